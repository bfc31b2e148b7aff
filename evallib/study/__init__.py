"""The tables on disk, held to their contract and read into one frozen `Study`.

Here belong file formats, the contract of the tables, the register's layout, the definition file and
the code lists. Who counts from when is `evallib.cohort`'s; no number is estimated here.
"""
