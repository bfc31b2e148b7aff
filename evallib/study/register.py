"""Reads the DREAM register as owners deliver it: wide, one row per person, never twice the same.

Deliveries differ in case, types and file format, and weeks go missing. So columns are recognised
by anchored patterns and never by position, every cell is parsed by its meaning, and only the rows
of the study's people and the columns of its window leave the file. Reshaping happens on numpy
matrices (people x weeks): a long table of a full register would not fit in memory.

DuckDB reads text and Parquet out of core, through ibis; pyreadstat reads SAS, Stata and SPSS in
chunks. What is known of the register's format stands in data/README.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.study.checks import Findings
from evallib.study.contract import (
    BLANKS,
    PERSON,
    month_column,
    month_of,
    week_column,
    week_of,
    weeks_between,
)
from evallib.study.delivery import canonical, some
from evallib.study.formats import WideFile
from evallib.study.forms import NUMBER

NO_CODE, UNREADABLE = 0, -1
"""Marks in the matrices of codes: nothing recorded, and something that is no code."""
_HIGHEST = 999_999
"""The largest code: industries have six digits, benefits three."""
_PERCENT_ABOVE = 5.0
"""An employment degree above this in more than a few cells is taken for percent: nobody works five
times full time, while even a small job is above 5 percent."""


@dataclass(frozen=True)
class Layout:
    """Which column of a register file is what. Keys are Thursdays and first days of months."""

    key: str | None
    weeks: dict[date, str]
    degrees: dict[date, str]
    industries: dict[date, str]

    def missing_weeks(self) -> list[str]:
        """Names of the week columns absent between the first and the last, such as y_1553."""
        if not self.weeks:
            return []
        every = weeks_between(min(self.weeks), max(self.weeks))
        return [week_column(day) for day in every if day not in self.weeks]

    def last_complete_month(self, last_week: date | None = None) -> date:
        """First day of the last month whose weeks and hours are all in the file.

        A week belongs to the month of its Thursday, so a month is complete once the Thursday after
        its last week lies in the next one. `last_week` (its Thursday) cuts the register
        earlier.
        """
        cut = max(day for day in self.weeks if last_week is None or day <= last_week)
        if (cut + timedelta(weeks=1)).month == cut.month:
            cut = cut.replace(day=1) - timedelta(days=1)
        return min(cut.replace(day=1), max(self.degrees))

    def between(self, first: date, last: date) -> "Layout":
        """The layout with only the columns of the months from `first` to `last`."""

        def inside(columns: dict[date, str]) -> dict[date, str]:
            return {d: name for d, name in columns.items() if first <= d.replace(day=1) <= last}

        return Layout(self.key, inside(self.weeks), inside(self.degrees), inside(self.industries))

    @property
    def complete(self) -> bool:
        """Whether every kind of column is there at all."""
        return bool(self.key and self.weeks and self.degrees and self.industries)

    @property
    def columns(self) -> list[str]:
        """All columns of the layout but the key."""
        return [*self.weeks.values(), *self.degrees.values(), *self.industries.values()]


def layout(columns: Iterable[str]) -> Layout:
    """Recognise the columns of a register file by name; all others are ignored.

    >>> layout(["PNR", "Y_1553", "grad_2016_01", "family_id"]).weeks
    {datetime.date(2015, 12, 31): 'Y_1553'}
    """
    names = list(columns)
    keys = [name for name in names if canonical(name) == PERSON]
    weeks = {day: name for name in names if (day := week_of(name)) is not None}
    months = [(month, name) for name in names if (month := month_of(name)) is not None]
    by_kind = {
        kind: dict(sorted((month[1], name) for month, name in months if month[0] == kind))
        for kind in ("grad", "branche")
    }
    return Layout(
        keys[0] if keys else None, dict(sorted(weeks.items())), by_kind["grad"], by_kind["branche"]
    )


@dataclass(frozen=True)
class Register:
    """The study's people in the register, as matrices with one row per person.

    `people` (n,) are the keys; `codes` (n, weeks) benefit codes, 0 for none and -1 for a cell that
    is no code; `hours` (n, months) paid hours, NaN where none are recorded; `industry` (n, months)
    industry codes as numbers, 0 for none. `thursdays` and `firsts` date the columns; a week missing
    from the file has no column.
    """

    people: pd.Index
    thursdays: pd.DatetimeIndex
    codes: NDArray[np.int32]
    firsts: pd.DatetimeIndex
    hours: NDArray[np.float64]
    industry: NDArray[np.int32]

    @cached_property
    def months(self) -> pd.DataFrame:
        """One row per person and month: person_id, calendar (first day), hours, industry.

        Hours are NaN where no paid hour is recorded; industry is text of six digits (DB07) with
        its leading zeros, NaN where none is recorded.
        """
        who, when = (axis.ravel() for axis in np.indices(self.hours.shape))
        numbers, position = np.unique(self.industry, return_inverse=True)
        names = pd.array([f"{n:06d}" if n > 0 else None for n in numbers], dtype="str")
        return pd.DataFrame(
            {
                PERSON: self.people[who],
                "calendar": self.firsts[when],
                "hours": self.hours.ravel(),
                "industry": names[position.ravel()],
            }
        )


def check_register(file: WideFile, columns: Layout, findings: Findings) -> None:
    """Faults of the file itself: columns it lacks, weeks it skips, people on two rows."""
    name = file.path.name
    for column, present in (
        (PERSON, columns.key),
        ("y_YYWW", columns.weeks),
        ("grad_YYYY_MM", columns.degrees),
        ("branche_YYYY_MM", columns.industries),
    ):
        if not present:
            findings.add("missing_column", name, column)
    missing = columns.missing_weeks()
    if missing:
        every = len(missing) + len(columns.weeks)
        findings.add("missing_week", name, n=len(missing), detail=some(missing), of=every)
    repeated = file.repeated(columns.key) if columns.key else []
    if repeated:
        findings.add("duplicate_person_in_register", name, columns.key or "", repeated)


def missing_months(columns: Layout, first: date, last: date) -> list[str]:
    """Monthly columns absent between two months."""
    months = pd.date_range(first, last, freq="MS").date
    absent = [month_column("grad", month) for month in months if month not in columns.degrees]
    return absent + [
        month_column("branche", month) for month in months if month not in columns.industries
    ]


def read_register(
    file: WideFile,
    people: Sequence[str],
    window: Layout,
    findings: Findings,
    *,
    full_time_hours: float,
) -> Register:
    """Read the window of some people. `window` names the columns; others stay in the file.

    `full_time_hours` turns the employment degree into hours. Whether full time is 1 or 100 in this
    delivery is seen from the values; a division is noted.
    """
    name = file.path.name
    rows = file.rows(window.key or PERSON, people, window.columns)
    codes = rows.matrix(list(window.weeks.values()), parse_code, np.int32, NO_CODE)
    industry = rows.matrix(list(window.industries.values()), parse_code, np.int32, NO_CODE)
    degree = rows.matrix(list(window.degrees.values()), parse_degree, np.float64, np.nan)
    unreadable = int((degree < 0).sum())
    if unreadable:
        findings.add("unparsable_number", name, "grad_YYYY_MM", n=unreadable)
    if _in_percent(degree):
        degree = degree / 100
        findings.add("degree_in_percent", name, "grad_YYYY_MM")
    hours = np.where(degree > 0, degree, np.nan) * full_time_hours
    months = list(pd.date_range(min(window.degrees), max(window.degrees), freq="MS").date)
    return Register(
        people=pd.Index(rows.people, dtype="str", name=PERSON),
        thursdays=pd.DatetimeIndex(list(window.weeks)).as_unit("us"),
        codes=codes,
        firsts=pd.DatetimeIndex(months).as_unit("us"),
        hours=_aligned(hours, list(window.degrees), months, np.nan),
        industry=_aligned(industry, list(window.industries), months, NO_CODE),
    )


def _aligned(
    values: NDArray[Any], months: list[date], wanted: list[date], blank: float
) -> NDArray[Any]:
    """Columns of `months` moved to those of `wanted`; a month without a column is all blank."""
    out = np.full((len(values), len(wanted)), blank, dtype=values.dtype)
    where = {month: position for position, month in enumerate(months)}
    for position, month in enumerate(wanted):
        if month in where:
            out[:, position] = values[:, where[month]]
    return out


def _in_percent(degree: NDArray[np.float64]) -> bool:
    recorded = degree[degree > 0]
    return bool(len(recorded)) and float(np.mean(recorded > _PERCENT_ABOVE)) > 0.5


def _parsed(cell: object) -> float | None:
    """The number in a cell; None for a blank, NaN for something that is no number."""
    if cell is None:
        return None
    text = str(cell).strip().replace(",", ".")
    if text.lower() in BLANKS:
        return None
    return float(text) if NUMBER.fullmatch(text) else float("nan")


def parse_code(cell: object) -> int:
    """A code cell as a number: 111, 111.0, " 111" and "111" are the same; blank is 0.

    What is no whole positive number of at most six digits is -1: unknown, never blank.

    >>> [parse_code(cell) for cell in ("111", 111.0, " 111", ".", None, "11A", 1e10)]
    [111, 111, 111, 0, 0, -1, -1]
    """
    number = _parsed(cell)
    if number is None or number == 0:
        return NO_CODE
    whole = 0 < number <= _HIGHEST and number == int(number)
    return int(number) if whole else UNREADABLE


def parse_degree(cell: object) -> float:
    """An employment degree, decimal comma tolerated; blank is NaN, what is no number is -1.

    >>> [parse_degree(cell) for cell in ("0,75", 1.0, "", "full")]
    [0.75, 1.0, nan, -1.0]
    """
    number = _parsed(cell)
    if number is None:
        return float("nan")
    return number if number >= 0 else -1.0
