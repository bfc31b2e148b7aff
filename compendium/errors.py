"""What can go wrong, told to the person who can act on it.

Every error says what happened, where, and what to do. `exit_code` follows the command line's
promise: 1 when a chapter or a check failed, 2 when the set-up, the call or the data are at fault.
"""

from __future__ import annotations

import argparse
import difflib
import errno
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from evallib.errors import Told

_CONTROL = re.compile(
    r"(?:\x1b[\]P_^X]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours and movements
    r"|\x1b[ -/]*[0-~]?|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
HIDDEN = "a text that may tell of persons; --debug shows it"
"""Stands for what a library says of data that are not made up."""
_IN_USE = (5, 32, 33)  # what Windows says of a file that a viewer holds: no access, shared, locked
_NO_PLACE = (
    PermissionError,
    NotADirectoryError,
    FileExistsError,
    IsADirectoryError,
)


class CompendiumError(Told):
    """Base of all errors that are shown without a traceback."""

    exit_code = 2


class ExhibitError(CompendiumError):
    """A value, finding, figure or table was called in a way the report cannot show."""


class ParameterError(CompendiumError):
    """A chapter was given an unknown parameter, a wrong type or a value out of range."""


class Arguments(argparse.ArgumentParser):
    """Reads the arguments of a command; what is wrong with them is told in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Raise ParameterError instead of printing the usage and leaving."""
        raise ParameterError(f"{message}; see `{self.prog} --help`")


class NotebookError(CompendiumError):
    """A notebook's metadata or cells break the rules of chapters."""


class TranslationError(CompendiumError):
    """A catalogue or the codebook is not what it should be."""


class RenderError(CompendiumError):
    """Pandoc or Typst refused the document."""

    exit_code = 1


class DataFaultError(CompendiumError):
    """The study's tables cannot be used; the message is the report of all their faults."""


class ReleaseError(CompendiumError):
    """A result may not leave, or a rule of release is not what it should be."""

    exit_code = 1


class CheckError(CompendiumError):
    """The chapters have faults that no reader may meet; the message lists them."""

    exit_code = 1


class DepositError(CompendiumError):
    """A deposit cannot be made of what is there, or a second run not be held to it."""


class StorageError(CompendiumError):
    """A file could not be written, for want of room or of permission."""


class BuildError(CompendiumError):
    """The build itself could not go on."""

    exit_code = 1


@dataclass(frozen=True)
class Failure:
    """Where a chapter failed, as data: the same object becomes text and JSON.

    `source` holds the lines around the failing one, with it marked by an arrow; `traceback` holds
    the author's own frames alone; `kept` is the partial notebook, relative to the project.
    """

    chapter: int
    notebook: str
    cell: int
    cell_id: str
    error: str
    message: str
    source: str
    traceback: str
    kept: str

    def __str__(self) -> str:
        lines = [
            f"chapter {self.chapter} failed: {self.error}: {self.message}",
            f"  notebook  {self.notebook}",
            f"  cell      {self.cell} (id {self.cell_id})",
            *(f"    {line}" for line in self.source.splitlines()),
        ]
        if self.traceback:
            lines += ["  called from", *(f"    {line}" for line in self.traceback.splitlines())]
        if self.kept:
            lines.append(f"  partial notebook kept at {self.kept}")
        return "\n".join(lines)


class ChapterError(CompendiumError):
    """A chapter's cell or inline value failed; `failure` says where."""

    exit_code = 1

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


def explained(error: Exception) -> Exception:
    """Return an error of the system as it concerns the person who runs the build, if it does."""
    number = error.errno if isinstance(error, OSError) else None
    place = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    if number in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            f"the disk is full{place}: make room and run again; what is finished is kept"
        )
    if getattr(error, "winerror", None) in _IN_USE:
        return StorageError(
            f"a file of the results{place} is open in another program, or may not be written: "
            "close it there and run again"
        )
    if number == errno.EROFS or isinstance(error, _NO_PLACE):
        return StorageError(
            f"the results cannot be written{place}: make the folder writable, or choose another "
            "with --out"
        )
    return error


def clean(text: str, most: int = 10_000) -> str:
    r"""Return a text as it may be written to a terminal: no commands to it, and not without end.

    >>> clean("\x1b]0;title\x07\x1b[31mred\x1b[0m\n\x9b2Jtext\r")
    'red\ntext'
    >>> len(clean("x" * 50_000_000)) < 11_000
    True
    """
    short = _CONTROL.sub("", text[: 2 * most])  # what is searched is no longer
    more = len(short) > most or len(text) > 2 * most
    return f"{short[:most]} … ({len(text):,} letters)" if more else short


def nearest(name: object, names: Iterable[object]) -> str:
    """Return a hint that names the closest known name, or lists them all.

    >>> nearest("rotes", ["routes", "level"])
    'did you mean `routes`?'
    >>> nearest("x", ["routes", "level"])
    'known names: level, routes'
    """
    known = sorted(map(str, names))
    if close := difflib.get_close_matches(str(name), known, n=1):
        return f"did you mean `{close[0]}`?"
    return "known names: " + (", ".join(known[:12]) + (" …" if len(known) > 12 else "") or "none")
