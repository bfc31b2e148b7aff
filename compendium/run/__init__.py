"""One chapter, run: read, checked, executed in a kernel of its own, and failures told.

Here belong notebooks as files, the engine and the kernels. What must run, and when, is
`compendium.build`'s.
"""
