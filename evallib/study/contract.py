"""What the input tables must look like, as data (data/rules/contract.toml).

The reader, the checks and the maker of stand-in data all go by this page, so that a delivery, a
test fixture and the synthetic study cannot drift apart. Standard library only: cheap to import.
"""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from pathlib import Path
from typing import Any, Literal

from evallib.errors import DataError
from evallib.settings import DATA

Kind = Literal["key", "route", "unit", "code", "text", "integer", "number", "date", "month"]
Severity = Literal["fatal", "counted", "resolved"]
Language = Literal["en", "da"]


@dataclass(frozen=True)
class Column:
    """One column: its kind, and what its cells may hold.

    A `route` column holds one of the route numbers of the definition file, a `unit` one of its
    units. Dates are YYYY-MM-DD, months YYYY-MM. `blank`: a cell may be empty; `expected`: the share
    of empty ones is told; `varies`: one value in all rows is a fault; `spread`: one far more common
    than any other is told; `every`: some row must have each of its codes; `may_be_empty`: so empty
    that no row has a value. `codes` are the codes it may hold (any if none), `least` and `most` the
    limits of a number, `whole` forbids fractions. `en` and `da` say what it holds.
    """

    name: str
    kind: Kind = "text"
    blank: bool = False
    expected: bool = False
    varies: bool = False
    spread: bool = False
    every: bool = False
    may_be_empty: bool = False
    whole: bool = False
    least: float = -inf
    most: float = inf
    codes: tuple[str, ...] = ()
    en: str = ""
    da: str = ""


Span = tuple[str, str, float, float]


@dataclass(frozen=True)
class Table:
    """One small table: its columns, and how its cells must agree.

    `unique` names the columns that tell rows apart; `ordered` pairs of date columns whose first may
    not be later; `requires` a column and the one it cannot be filled without; `spans` two date
    columns and the least and most years between them; `excludes` a column, a code of it and the
    column that is blank beside it; `of_person` what is the same in all rows of a person; `listed`
    columns whose codes must stand together in a row of a code list.
    """

    name: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]
    ordered: tuple[tuple[str, str], ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    spans: tuple[Span, ...] = ()
    excludes: tuple[tuple[str, str, str], ...] = ()
    of_person: tuple[str, ...] = ()
    listed: tuple[tuple[str, ...], str] | None = None

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Rule:
    """A rule of the contract: what a breach means, how grave it is and what to do about it.

    A counted breach is fatal if a larger share than `fatal_above` is touched by it. Those of a
    whole `delivery` are fatal only where one is checked. No definition may soften what is `always`
    fatal: past such a breach there is nothing to compute with.
    """

    what: Mapping[Language, str]
    remedy: Mapping[Language, str]
    severity: Severity
    fatal_above: float = 1.0
    delivery: bool = False
    always: bool = False


def codelist(name: str) -> list[dict[str, str]]:
    """The rows of a file of data/codelists, as text."""
    with (DATA / "codelists" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _codes(codes: str | list[str]) -> tuple[str, ...]:
    """Codes as they stand, or those of "list.column" or "categories.category"."""
    if not isinstance(codes, str):
        return tuple(codes)
    name, column = codes.split(".")
    if name == "categories":
        return tuple(row["code"] for row in codelist(name) if row["category"] == column)
    return tuple(dict.fromkeys(row[column] for row in codelist(name)))


def _table(name: str, told: dict[str, Any]) -> Table:
    columns = tuple(
        Column(column, **{**cells, "codes": _codes(cells.get("codes", []))})
        for column, cells in told.pop("columns").items()
    )
    lists = ("ordered", "requires", "spans", "excludes")
    pairs: dict[str, Any] = {key: tuple(map(tuple, told.pop(key, ()))) for key in lists}
    pairs |= {key: tuple(told.pop(key, ())) for key in ("unique", "of_person")}
    if listed := told.pop("listed", None):
        pairs["listed"] = (tuple(listed[0]), listed[1])
    return Table(name, columns, **pairs, **told)


_CONTRACT = tomllib.loads((DATA / "rules" / "contract.toml").read_text(encoding="utf-8"))
LIMITS: Mapping[str, Any] = _CONTRACT["limits"]
"""Numbers the checks go by, each with its meaning in the file."""
SMALL_COUNT: int = LIMITS["small_count"]
"""A value carried by fewer people than this is never printed in a report on the data."""
TABLES: dict[str, Table] = {
    name: _table(name, dict(told)) for name, told in _CONTRACT["tables"].items()
}
"""The small tables. The register (`REGISTER`) is wide and described by its column patterns."""
REGISTER_COLUMNS: Mapping[str, Mapping[Language, str]] = _CONTRACT["register"]
"""Patterns of the register's columns, and what each holds."""
RULES = {name: Rule(**told) for name, told in _CONTRACT["rules"].items()}
"""Every rule, in the order faults are reported."""
PHRASES: Mapping[str, str] = _CONTRACT["danish"]
"""Patterns of what stands in brackets behind a rule, and their Danish."""

REGISTER = "dream"
SHEET = "study.toml"
"""What a study says of itself; beside the tables, and not required."""
BASIS = "basis.csv"
"""Which printed numbers a stand-in study was made to fit; nothing is computed from it."""
FULL_TIME_HOURS = 160.33
"""Paid hours of a month at an employment degree of 1, where no definition says otherwise."""
PERSON = "person_id"
ALIASES = {"pnr": PERSON}
"""Names under which owners deliver a column (already in lower case) -> the name used here."""
BLANKS = ("", ".", "na", "nan", "n/a", "#n/a", "null", "<na>", "nat", "._",
          *(f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))  # fmt: skip
"""What owners' programs write for an empty cell, compared without case and outer spaces: R's NA,
a database's NULL, and the missing values . to .z of SAS and Stata. "none" is a code."""


STATISTICAL = {".sas7bdat": "read_sas7bdat", ".xpt": "read_xport", ".dta": "read_dta",
               ".sav": "read_sav", ".zsav": "read_sav"}  # fmt: skip
"""Endings of the statistical packages' formats and the pyreadstat function of each."""
TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
FORMATS = (*TEXT, ".parquet", ".feather", ".xlsx", *STATISTICAL)
"""Endings of the formats that are read; Excel and Feather for small tables only."""


def table_of(file: str) -> tuple[str, str, str] | None:
    """Which table a file name speaks of: its name, the number of the part, the ending.

    A delivery may come in parts with a year or number each. None if the name is no table's.

    >>> table_of("Survey_2016.CSV"), table_of("participants.csv.gz"), table_of("surveyed.csv")
    (('survey', '2016', '.csv'), ('participants', '', '.csv.gz'), None)
    """
    match = _FILE.fullmatch(file.lower())
    return (match[1], match[2] or "", match[3] or "") if match else None


def is_standin(folder: Path) -> bool:
    """Whether the study in a folder is made up: its study.toml says `standin = true`.

    Raises
    ------
    DataError
        There is a study.toml, but it cannot be read as TOML.
    """
    path = folder / SHEET
    if not path.exists():
        return False
    if not path.is_file():  # to open a named pipe would wait for ever
        raise DataError(f"{SHEET} is no file. Remove it, or put the file there.")
    try:
        sheet = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"{SHEET} cannot be opened. Give permission to read it.") from error
    except ValueError as error:  # of TOML or of its encoding; its own words may quote the file
        line = re.search(r"at line (\d+)", str(error))
        where = f" (line {line[1]})" if line else ""
        raise DataError(f"{SHEET} is not readable as TOML{where}. Correct the line.") from error
    return sheet.get("standin") is True


_FILE = re.compile(
    rf"({'|'.join((*TABLES, REGISTER))})(?:[ _.-]?(\d[\w-]*))?((?:\.[a-z]\w*){{0,2}})"
)
_WEEK = re.compile(r"^y_(\d{2})(\d{2})$", re.IGNORECASE)
_MONTH = re.compile(r"^(branche|grad)_(\d{4})_(\d{2})$", re.IGNORECASE)


def week_of(column: str) -> date | None:
    """The Thursday of a register week column `y_YYWW`, or None for any other column.

    Two-digit years from 90 belong to the 1900s. A week number the year does not have is no week.

    >>> week_of("Y_1553"), week_of("family_id"), week_of("y_1653")
    (datetime.date(2015, 12, 31), None, None)
    """
    match = _WEEK.match(column)
    if match is None:
        return None
    year, week = int(match[1]), int(match[2])
    try:
        return date.fromisocalendar(year + (1900 if year >= 90 else 2000), week, 4)
    except ValueError:
        return None


def week_column(day: date) -> str:
    """The name of the register column for the ISO week of a day.

    >>> week_column(date(2016, 1, 3))
    'y_1553'
    """
    year, week, _ = day.isocalendar()
    return f"y_{year % 100:02d}{week:02d}"


def month_of(column: str) -> tuple[str, date] | None:
    """`("grad", first day of the month)` of a monthly register column, or None.

    >>> month_of("GRAD_2017_02")
    ('grad', datetime.date(2017, 2, 1))
    """
    match = _MONTH.match(column)
    if match is None or not 1 <= int(match[3]) <= 12:
        return None
    return match[1].lower(), date(int(match[2]), int(match[3]), 1)


def month_column(kind: Literal["branche", "grad"], month: date) -> str:
    """The name of a monthly register column.

    >>> month_column("grad", date(2017, 2, 1))
    'grad_2017_02'
    """
    return f"{kind}_{month.year}_{month.month:02d}"


def weeks_between(first: date, last: date) -> Iterator[date]:
    """The Thursdays of all ISO weeks from the week of `first` to the week of `last`.

    >>> [week_column(day) for day in weeks_between(date(2015, 12, 24), date(2016, 1, 7))]
    ['y_1552', 'y_1553', 'y_1601']
    """
    day = date.fromisocalendar(*first.isocalendar()[:2], 4)
    while day <= date.fromisocalendar(*last.isocalendar()[:2], 4):
        yield day
        day += timedelta(weeks=1)
