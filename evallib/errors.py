"""The errors a reader of this project can meet, in one small tree.

A message says what is wrong, where, and what to do; callers that print it need nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from traceback import walk_tb
from types import TracebackType
from typing import Any, NoReturn, TypeVar, get_args

T = TypeVar("T")
VARIABLE = "EVALUATION_SETTINGS"
"""Names in the environment the file of settings of a run among others, such as a build."""


class Told(Exception):  # noqa: N818 - what kind of error, not one that is raised
    """An error whose message is the whole explanation.

    In a notebook that a person runs, the lines of cells that led to it stand above the message, and
    nothing of what they call.
    """

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows of it."""
        from IPython.core.getipython import get_ipython

        shell: Any = get_ipython()
        if VARIABLE in os.environ:  # a build, which reads all of it
            shown, trace = self, self.__traceback__
        else:
            shown, trace = type(self).__new__(type(self), *self.args), None
            for frame, line in reversed(list(walk_tb(self.__traceback__))):
                if frame.f_globals.get("__name__") == "__main__":
                    trace = TracebackType(trace, frame, frame.f_lasti, line)
        offset = None if shown is self else 0
        told: list[str] = shell.InteractiveTB.structured_traceback(
            type(self), shown, trace, tb_offset=offset
        )
        return told


class EvalError(Told):
    """Anything evallib refuses to do."""


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


class Named(dict[Any, T]):
    """Results by name; one that is not there is told those that are."""

    def __missing__(self, name: object) -> T:
        one_of(name, self, "the name of a result")
        raise KeyError(name)


def one_of(value: T, options: object, name: str) -> T:
    """`value` if it is among the options of a Literal type or a list, else an EvalError with them.

    >>> from typing import Literal
    >>> one_of("last", Literal["last", "most"], "week_rule")
    'last'
    >>> one_of("1", [1, 2], "route")
    Traceback (most recent call last):
    evallib.errors.EvalError: route is '1'; choose one of 1, 2.
    """
    names: Iterable[Any] = get_args(options) or options  # type: ignore[assignment]
    if not any(value == one for one in names):
        raise EvalError(f"{name} is {value!r}; choose one of {nearest_first(value, names)}.")
    return value


def nearest_first(name: object, names: Iterable[object]) -> str:
    """The names in one line, those first that look like `name`.

    >>> nearest_first("employd", ["month", "employed"])
    "'employed', 'month'"
    """
    there = [one.item() if hasattr(one, "item") else one for one in names]  # of numpy
    near = get_close_matches(str(name), map(str, there), cutoff=0.5)
    return ", ".join(map(repr, sorted(there, key=lambda one: str(one) not in near)))


def need_columns(frame: Any, columns: Sequence[str]) -> None:
    """Raise a `DataError` that names the columns `frame` lacks, or says that it is no frame."""
    if not hasattr(frame, "columns"):
        kind = type(frame).__name__
        raise DataError(f"A {kind} is no frame; give one, such as person_months(study).")
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataError(
            f"The frame has no column {', '.join(map(repr, missing))}; it has "
            f"{nearest_first(missing[0], frame.columns)}."
        )
