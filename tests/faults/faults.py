"""What can be wrong with a delivery, as lists: what is done to it, and what must be said.

Each row is a name, a change of the small study (tests/support/small_study.py) and what must happen:
`fatal`, `counted` or `resolved` by a rule, or `same`: nothing is said, and all values are those of
the untouched study. `test_faults.py` runs it.
"""

from faults_of_cells import CELLS, ROWS
from faults_of_files import COLUMNS, FILES
from faults_of_register import REGISTER
from faults_of_units import KEYS, UNITS

ALL = {
    "files": FILES,
    "columns": COLUMNS,
    "cells": CELLS,
    "rows": ROWS,
    "keys": KEYS,
    "units": UNITS,
    "register": REGISTER,
}
