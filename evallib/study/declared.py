"""Which tables may be read: a chapter declares them, and using another is an error that says so."""

from collections.abc import Collection

from evallib.errors import Absent, DataError, nearest_first
from evallib.settings import settings
from evallib.study.contract import REGISTER, TABLES

EVERY = (*TABLES, REGISTER)
"""The names of all tables of a study."""


def undeclared(table: str) -> Absent:
    """Return what stands in a `Study` for a table that was not declared; using it is an error."""
    hint = settings().get("hint") or "Add it to the tables given to load()."
    return Absent(f"The table '{table}' is not declared, so it was not read. {hint}")


def declared(tables: str | Collection[str] | None = None) -> frozenset[str]:
    """The tables that may be read: those named, else those of the settings, else all.

    Raises DataError for a name no table has, and for the register without the people who are looked
    up in it.

    >>> sorted(declared(["dream", "participants"]))
    ['dream', 'participants']
    """
    named = settings().get("tables") if tables is None else tables
    if named is None:
        return frozenset(EVERY)
    names = frozenset([named] if isinstance(named, str) else named)
    for name in sorted(names.difference(EVERY)):
        raise DataError(f"There is no table '{name}'; there are {nearest_first(name, EVERY)}.")
    if REGISTER in names and "participants" not in names:
        raise DataError(
            f"The table '{REGISTER}' is read for the people of 'participants': declare both."
        )
    return names
