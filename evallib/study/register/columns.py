"""Recognises the columns of a wide register by anchored patterns, never by position.

Deliveries differ in case and in what stands between the columns one knows, and weeks go missing.
Whoever counted columns would read another week's benefit and never notice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from evallib.study.contract import (
    PERSON,
    month_column,
    month_of,
    week_column,
    week_of,
    weeks_between,
)
from evallib.study.delivery import canonical


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
        its last week lies in the next one. Hours can lag behind the weeks. `last_week` (its
        Thursday) cuts the register earlier.
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

    def months(self) -> dict[date, list[date]]:
        """The Thursdays of the weeks there are of each month that has any column."""
        firsts = {day.replace(day=1) for day in self.weeks} | {*self.degrees, *self.industries}
        return {
            month: [day for day in self.weeks if day.replace(day=1) == month]
            for month in sorted(firsts)
        }

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


def within(columns: Layout, first: date | None, last: date | None) -> Layout:
    """The layout from one month to another, both included; open ends stay open."""
    return columns.between(first or date.min, last or date.max)


def missing_months(columns: Layout, first: date, last: date) -> list[str]:
    """Monthly columns absent between two months."""
    months = pd.date_range(first, last, freq="MS").date
    absent = [month_column("grad", month) for month in months if month not in columns.degrees]
    return absent + [
        month_column("branche", month) for month in months if month not in columns.industries
    ]
