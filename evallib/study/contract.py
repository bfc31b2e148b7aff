"""What the input tables must look like, as data.

The reader, the checks and the maker of stand-in data all go by this page, so that a delivery, a
test fixture and the synthetic study cannot drift apart. Standard library only: cheap to import.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from evallib.errors import DataError
from evallib.settings import DATA

Kind = Literal["text", "route", "integer", "number", "date", "month"]
Severity = Literal["fatal", "counted"]

SMALL_COUNT = 5
"""A value carried by fewer people than this is never printed in a report on the data."""

EDUCATION = ("none", "vocational", "short", "medium", "long")
"""Danish standard groups: compulsory school or upper secondary only, vocational, and three
lengths of higher education."""
GENDER = ("m", "k")
INDICATORS = ("referred", "started", "completed", "left")
FIDELITY = ("full", "partial", "none")
SCALE = ("1", "2", "3", "4", "5", "9")
"""Survey answers: 1 (most negative) to 5 (most positive), 9 = don't know."""


@dataclass(frozen=True)
class Column:
    """One column: its kind, whether a cell may be blank, and the codes it may hold (any if none).

    A `route` column holds one of the route numbers of the definition file. Dates are YYYY-MM-DD,
    months YYYY-MM. Numbers may use a decimal comma.
    """

    name: str
    kind: Kind = "text"
    blank: bool = False
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One small table: its columns, and pairs of date columns whose first may not be later."""

    name: str
    columns: tuple[Column, ...]
    ordered: tuple[tuple[str, str], ...] = ()


_UNIT = (Column("route", "route"), Column("project"))
_ITEMS = ("satisfaction", "useful_overall", "useful_fellowship", "useful_counselling",
          "useful_companies")  # fmt: skip

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "participants",
            (
                Column("person_id"),
                *_UNIT,
                Column("referred_on", "date"),
                Column("started_on", "date", blank=True),
                Column("completed_on", "date", blank=True),
                Column("gender", blank=True, codes=GENDER),
                Column("birth_date", "date", blank=True),
                Column("education", blank=True, codes=EDUCATION),
                Column("unemployed_since", "date", blank=True),
            ),
            ordered=(
                ("birth_date", "referred_on"),
                ("unemployed_since", "referred_on"),
                ("referred_on", "started_on"),
                ("referred_on", "completed_on"),
                ("started_on", "completed_on"),
            ),
        ),
        Table(
            "survey",
            (
                Column("respondent"),
                *_UNIT,
                Column("responded", "integer", codes=("0", "1")),
                *(Column(item, "integer", blank=True, codes=SCALE) for item in _ITEMS),
                Column("age", "number", blank=True),
                Column("education", blank=True, codes=EDUCATION),
            ),
        ),
        Table(
            "milestones",
            (
                *_UNIT,
                Column("month", "month"),
                Column("indicator", codes=INDICATORS),
                Column("application", "number", blank=True),
                Column("milestone", "number", blank=True),
                Column("realised", "number", blank=True),
            ),
        ),
        Table("elements", (*_UNIT, Column("element"), Column("approach"))),
        Table(
            "fidelity",
            (
                *_UNIT,
                Column("requirement"),
                Column("level", codes=FIDELITY),
                Column("reason", blank=True),
            ),
        ),
    )
}
"""The small tables. The register (`REGISTER`) is wide and described by its column patterns."""

REGISTER = "dream"
SHEET = "study.toml"
"""What a study says of itself; beside the tables, and not required."""
BASIS = "basis.csv"
"""Which printed numbers a stand-in study was made to fit; nothing is computed from it."""
PERSON = "person_id"
ALIASES = {"pnr": PERSON}
"""Names under which owners deliver a column (already in lower case) -> the name used here."""
BLANKS = ("", ".", "na", "nan")
"""What owners' programs write for an empty cell, compared without case and outer spaces."""


def is_standin(folder: Path) -> bool:
    """Whether the study in a folder is made up: its study.toml says `standin = true`.

    Raises
    ------
    DataError
        There is a study.toml, but it is not readable as TOML.
    """
    try:
        sheet = tomllib.loads((folder / SHEET).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{SHEET} is not readable as TOML: {error}. Correct the line.") from error
    return sheet.get("standin") is True


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


@dataclass(frozen=True)
class Rule:
    """A rule of the contract: what a breach means and what to do about it.

    The definition says how grave it is, but `always_fatal` is what no definition may soften: past a
    breach there is nothing to compute with.
    """

    what: str
    remedy: str
    always_fatal: bool = False


_TEXTS = tomllib.loads((DATA / "rules" / "contract.toml").read_text(encoding="utf-8"))
RULES = {name: Rule(**texts) for name, texts in _TEXTS.items()}
"""Every rule, in the order faults are reported."""
