"""The tables on disk, held to their contract and read into one frozen `Study`.

Here belong file formats, the contract of the tables, the register's layout, the definition file and
the code lists. Who counts from when is `evallib.cohort`'s; no number is estimated here.

load             the tables of a folder, as a `Study`
validate         the report of all that is wrong with a folder
read_definition  the evaluation's rules
read             a code list or another table the edition brings along
read_codelist    the benefit codes and their groups
"""

from evallib.faces import face

_MODULES = {
    "study": "load validate",
    "definition": "read_definition",
    "codelists": "read read_codelist",
}
__getattr__, __dir__, __all__ = face(__name__, _MODULES)
