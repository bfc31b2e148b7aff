"""The errors a reader of this project can meet, in one small tree.

A message says what is wrong, where, and what to do; callers that print it need nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

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
