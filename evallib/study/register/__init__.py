"""The wide DREAM register: from files of any size to people by months, spells and history.

`months`, `spells` and `history` take any wide register, on DuckDB or on Spark; `open_register`
opens one. `read_register` reads the people of a study, for `evallib.study.load`. Here belongs what
is true of DREAM wherever it is used; who is referred, and when, is `evallib.cohort`'s.
"""

from evallib.study.register.columns import Layout, layout, missing_months
from evallib.study.register.conversion import convert, in_several, open_register, open_wide
from evallib.study.register.episodes import spells
from evallib.study.register.files import DuckFile, engine
from evallib.study.register.monthly import StatusRule, months, write_months
from evallib.study.register.past import history
from evallib.study.register.people import (
    Register,
    check_register,
    parse_code,
    parse_degree,
    read_register,
)

__all__ = [
    "DuckFile",
    "Layout",
    "Register",
    "StatusRule",
    "check_register",
    "convert",
    "engine",
    "history",
    "in_several",
    "layout",
    "missing_months",
    "months",
    "open_register",
    "open_wide",
    "parse_code",
    "parse_degree",
    "read_register",
    "spells",
    "write_months",
]
