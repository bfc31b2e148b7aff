"""The errors a reader of this project can meet, in one small tree.

A message says what is wrong, where, and what to do; callers that print it need nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, get_args

if TYPE_CHECKING:
    import pandas as pd


class EvalError(Exception):
    """Anything evallib refuses to do; the message is the whole explanation."""


class DataError(EvalError):
    """The data in a folder break their contract; the message reports every fault at once."""


class EstimationError(EvalError):
    """An estimate cannot be made from the rows at hand; names the month, group or column."""


class EstimationWarning(UserWarning):
    """An estimate was made but should be read with the reservation the message states."""


class Absent:
    """Stands for a table or rule that is not there; to use it raises DataError.

    What holds it must be readable, or `dataclasses.replace` could not copy it.
    """

    def __init__(self, refusal: str) -> None:
        self.refusal = refusal

    def _refuse(self, *_: object) -> NoReturn:
        raise DataError(object.__getattribute__(self, "refusal"))

    __getattribute__ = __getitem__ = __iter__ = __len__ = __contains__ = __bool__ = _refuse
    __eq__ = __hash__ = __lt__ = __gt__ = __float__ = __index__ = __str__ = _refuse

    def __repr__(self) -> str:
        return "<not declared>"


def given(part: object) -> bool:
    """Whether something is there, and nothing stands in its place.

    >>> given(Absent("The table 'survey' was not read.")), given(None)
    (False, True)
    """
    return type(part) is not Absent


def one_of(value: str, options: object, name: str) -> str:
    """`value` if it is among the options of a Literal type, else an EvalError that lists them.

    >>> from typing import Literal
    >>> one_of("last", Literal["last", "most"], "week_rule")
    'last'
    """
    names = get_args(options)
    if value not in names:
        raise EvalError(f"{name} is {value!r}; choose one of {', '.join(map(repr, names))}.")
    return value


def need_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise a `DataError` that names the columns `frame` lacks."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataError(
            f"The frame has no column {', '.join(map(repr, missing))}; it has "
            f"{', '.join(map(str, frame.columns))}."
        )
