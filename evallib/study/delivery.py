"""Finds the files of a folder's tables and reads the small ones, whole and as text.

A form is no fault: text in any usual encoding and delimiter, Excel, Parquet and the statistical
packages' files give the same cells. What does not fit together is kept for the checks to tell, and
why a file cannot be read is said in words of our own: a library's could quote a person's record.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pandas as pd

from evallib.study import forms
from evallib.study.checks import as_text, plain
from evallib.study.contract import ALIASES, FORMATS, STATISTICAL, TEXT, table_of

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NUMBERED = re.compile(r"\.+\d+$")
_QUOTES = "'\" \t\r\n"


class UnreadableError(Exception):
    """A file that is not what its name says; the text says why, in words of our own."""


@dataclass(frozen=True)
class Files:
    """The files of one table: those that are read, and those in a format that is not."""

    read: tuple[Path, ...]
    foreign: tuple[str, ...]
    doubtful: bool
    """More than one, and they are not numbered parts of one delivery."""

    @property
    def name(self) -> str:
        """The names of the files as a report shows them."""
        return " + ".join(path.name for path in self.read)


def find(folder: Path, table: str) -> Files:
    """The files that could hold a table: its name in any case, perhaps with a number or year.

    A folder of this name holds parts of the table, whatever they are called.

    Raises
    ------
    UnreadableError
        The folder may not be looked into.
    """
    try:
        there = sorted(folder.iterdir())
    except OSError as error:
        raise UnreadableError(reason(error)) from error
    known: list[tuple[Path, str]] = []
    foreign: list[tuple[Path, str]] = []
    for path in there:
        told = table_of(path.name)
        if told and told[0] == table and not told[2] and path.is_dir():
            known += [(part, part.name) for part in files_in(path)]
        elif told and told[0] == table:
            (known if told[2] in FORMATS else foreign).append((path, told[1]))
    parts = [part for _, part in known]
    doubtful = len(known) > 1 and not (all(parts) and len(set(parts)) == len(parts))
    return Files(tuple(p for p, _ in known), tuple(p.name for p, _ in foreign), doubtful)


def files_in(folder: Path) -> list[Path]:
    """The files of a folder that are in a format that is read."""
    return [path for path in sorted(folder.iterdir()) if kind_of(path) in FORMATS]


def canonical(name: str, renamed: Mapping[str, str] | None = None) -> str:
    """A column name as the contract writes it; `renamed` maps names of a delivery to ours.

    Programs that cannot have a name twice write "age.1" (pandas) or "age...7" (R).

    >>> canonical(" PNR "), canonical("Referred_On"), canonical("Dato", {"dato": "referred_on"})
    ('person_id', 'referred_on', 'referred_on')
    >>> canonical("\ufeffgender"), canonical("age.1")
    ('gender', 'age')
    """
    seen = _UNSEEN.sub("", normalize("NFKC", name)).strip(_QUOTES)
    lower = _NUMBERED.sub("", seen).lower()
    return (renamed or {}).get(lower) or ALIASES.get(lower, lower)


def reason(error: BaseException) -> str:
    """Why a file could not be read, in our own words.

    >>> reason(PermissionError("survey")), reason(KeyError("0101701234"))
    ('there is no permission to read it', 'it is damaged, or of another kind than its ending says')
    """
    match error:
        case PermissionError():
            return "there is no permission to read it"
        case MemoryError():
            return "it is too large for the memory"
        case UnreadableError() | forms.FormError():
            return str(error)
    return "it is damaged, or of another kind than its ending says"


@contextmanager
def reading() -> Iterator[None]:
    """Turn whatever a reader raises into `UnreadableError`: each has errors of its own."""
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles; ibis 12 calls DuckDB 2 by a name that DuckDB 3 will drop.
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        raise UnreadableError(reason(error)) from error


def kind_of(path: Path) -> str:
    """The ending that says how a file is read, in lower case.

    >>> kind_of(Path("Dream.CSV.gz")), kind_of(Path("dream_2016.dta"))
    ('.csv.gz', '.dta')
    """
    name = path.name.lower()
    return next((ending for ending in FORMATS if name.endswith(ending)), path.suffix.lower())


def reader(path: Path) -> Callable[..., Any]:
    """The function of pyreadstat that reads this file."""
    import pyreadstat

    function: Callable[..., Any] = getattr(pyreadstat, STATISTICAL[kind_of(path)])
    return function


def names_of(path: Path) -> list[str]:
    """The names of a register file's columns as they stand there, those that stand twice too.

    Raises `ValueError` or what the file's reader raises if it cannot be read.
    """
    kind = kind_of(path)
    if kind in STATISTICAL:
        _, meta = reader(path)(str(path), metadataonly=True)
        return list(meta.column_names)
    if kind == ".parquet":
        import pyarrow.parquet

        return list(pyarrow.parquet.read_schema(path).names)
    return list(forms.seen(path).names)


def must_be_file(path: Path) -> None:
    """Raise `UnreadableError` for a folder, a pipe and the like: to open a pipe waits for ever."""
    try:
        if path.is_dir():
            raise UnreadableError("it is a folder")
        if not path.is_file():
            raise UnreadableError("it is no plain file")
        with path.open("rb"):
            pass
    except OSError as error:
        raise UnreadableError(reason(error)) from error


@dataclass
class Part:
    """One file of a small table: its cells as text by line number, and what does not fit."""

    name: str
    cells: pd.DataFrame
    told: str = ""
    ragged: list[int] = field(default_factory=list)
    unnamed: int = 0
    twice: list[str] = field(default_factory=list)


def read_small(path: Path, renamed: Mapping[str, str] | None = None) -> Part:
    """A file of a small table as text with canonical column names.

    Parameters
    ----------
    path
        The file; its ending says what it is.
    renamed
        Names of columns in this delivery (lower case) and those of the contract.

    Returns
    -------
    Part
        The cells, blank where the file has nothing or a mark for nothing. The index holds line
        numbers: in text the names are line 1, elsewhere the first row is row 1. Of columns that
        have the same name the first is kept.

    Raises
    ------
    UnreadableError
        The file is not what its ending says, or cannot be opened.
    """
    must_be_file(path)
    kind = kind_of(path)
    with reading():
        if kind in TEXT:
            return _text(path, renamed)
        frame = _excel(path) if kind == ".xlsx" else _typed(path, kind)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    cells = as_text(frame.set_axis(range(frame.shape[1]), axis=1))  # two may share a name
    return _part(path, [str(name) for name in frame.columns], cells, renamed)


def _text(path: Path, renamed: Mapping[str, str] | None) -> Part:
    form = forms.sniff(path)
    with forms.opened(path) as file:
        if form.encoding != "utf-16" and b"\0" in file.read():
            raise UnreadableError("it holds zero bytes, as a damaged file does")
    lines, rows, ragged = [], [], []
    width = len(form.names)
    read = forms.rows(path, form)
    next(read)
    for line, row in read:
        if len(row) != width:
            looked_at = row if len(row) < width else row[width:]
            if any(cell.strip() for cell in looked_at):
                ragged.append(line)
            row = (row + [""] * width)[:width]  # noqa: PLW2901  # as long as the names
        lines.append(line)
        rows.append(row)
    index = pd.Index(lines, dtype="int64")
    columns = zip(*rows, strict=True) if rows else [()] * width
    cells = pd.DataFrame({place: plain(cells, index) for place, cells in enumerate(columns)}, index)
    part = _part(path, list(form.names), cells, renamed)
    part.told, part.ragged = form.told, ragged
    return part


def _part(
    path: Path, names: Sequence[str], cells: pd.DataFrame, renamed: Mapping[str, str] | None
) -> Part:
    """Name the columns; a nameless one may only be empty, as a trailing delimiter leaves it."""
    given = [canonical(name, renamed) for name in names]
    kept, twice, unnamed = [], [], 0
    for position, name in enumerate(given):
        if not name or name.startswith("unnamed:"):
            unnamed += int((cells.iloc[:, position] != "").any())
        elif name in given[:position]:
            twice.append(name)
        else:
            kept.append(position)
    cells = cells.iloc[:, kept].set_axis([given[position] for position in kept], axis=1)
    filled = (cells != "").any(axis=1)  # a blank line is no record
    return Part(path.name, cells[filled], unnamed=unnamed, twice=list(dict.fromkeys(twice)))


def _typed(path: Path, kind: str) -> pd.DataFrame:
    if kind in STATISTICAL:
        frame, _ = reader(path)(str(path))
        return pd.DataFrame(frame)
    import pyarrow.feather
    import pyarrow.parquet

    table: Any
    if kind == ".parquet":
        table = pyarrow.parquet.ParquetFile(path).read()
    else:
        table = pyarrow.feather.read_table(path)
    return pd.DataFrame(table.to_pandas(ignore_metadata=True))


def _excel(path: Path) -> pd.DataFrame:
    """The sheet named as the table, or else the first; its first filled row has the names."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        table = (table_of(path.name) or ("",))[0]
        named = [sheet for sheet in book.worksheets if sheet.title.strip().lower() == table]
        sheet = (named or book.worksheets)[0]
        rows = [[_cell(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()
    filled = [row for row in rows if any(row)]
    if not filled:
        raise UnreadableError("the file is empty")
    return pd.DataFrame(filled[1:], columns=filled[0], dtype="str")


def _cell(value: object) -> str:
    """A cell of a sheet as text, its whole numbers bare.

    >>> _cell(3.0), _cell(None), _cell(dt.datetime(2016, 3, 1))
    ('3', '', '2016-03-01')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, dt.datetime):
        return str(value.date() if value.time() == dt.time() else value)
    return str(value).strip()


def some(names: Sequence[str], most: int = 8) -> str:
    """The first of some names, and how many more there are.

    >>> some(["y_1601", "y_1602", "y_1603"], most=2)
    'y_1601, y_1602 and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
