"""What the register knows of people before a date of their own: benefits, work, industry.

Such a history is what groups are compared and matched on. Everybody's window ends at another date,
so each person's weeks are put in an array and the window is cut out of it; only the people asked
for are read.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from evallib.errors import DataError, need_columns
from evallib.study.codelists import CodeList
from evallib.study.contract import FULL_TIME_HOURS, PERSON, week_column, weeks_between
from evallib.study.register.cells import Expression, code, degree, key
from evallib.study.register.columns import Layout, layout
from evallib.study.register.ranks import ordered, with_ranks

_UNSEEN = -1
"""Stands for a week or month the delivery does not have."""


def history(
    table: Expression,
    dates: pd.DataFrame,
    *,
    weeks: int = 156,
    months: int = 36,
    benefits: CodeList | None = None,
    full_time_hours: float = FULL_TIME_HOURS,
    least_hours: float = 1.0,
    stable: int = 4,
) -> Expression:
    """One row per person of `dates` who is in the register: what came before the date.

    The window ends before the week, and before the month, of the date. Where the register begins
    later than a window, or lacks a week, the history is of the weeks and months there are, and
    says how many.

    Parameters
    ----------
    table
        A wide register as an ibis table (`open_register`), one row per person.
    dates
        Columns person_id and date, one row per person.
    weeks, months
        How far back weeks and months are looked at.
    benefits
        The code list; data/codelists/benefits.csv if left out.
    full_time_hours
        Hours of a month at an employment degree of 1, as for `months`.
    least_hours
        Paid hours that make a month one of employment.
    stable
        Weeks in a row, without a benefit and in months of employment, that make employment stable.

    Returns
    -------
    ibis.Table
        Columns person_id; weeks (seen); weeks_GROUP for each group of the code list and for "none";
        months (seen), months_employed, share_employed (null if no month is seen); stable_weeks
        (weeks of stable employment); industry (DB07 code of most months, the latest among equals; 0
        if none is recorded).

    Raises
    ------
    DataError
        `dates` lacks a column, or has a person twice or without a date.

    References
    ----------
    Four weeks without a benefit, with income in their months: `u.spells` of DREAMtoolsR (STAR).

    Examples
    --------
    >>> import ibis
    >>> wide = ibis.memtable({"pnr": ["a"], "y_1552": [111], "y_1553": [0], "y_1601": [890],
    ...                       "grad_2015_12": [0.5], "branche_2015_12": [620100]})
    >>> dates = pd.DataFrame({"person_id": ["a"], "date": [date(2016, 1, 5)]})
    >>> found = history(wide, dates).to_pandas().iloc[0]
    >>> [int(found[name]) for name in ("weeks", "weeks_unemployment_benefit", "weeks_none")]
    [2, 1, 1]
    >>> [int(found[name]) for name in ("months", "months_employed", "industry")]
    [1, 1, 620100]
    """
    columns = layout(table.columns)
    if not columns.weeks:
        raise DataError("The register has no week columns (y_YYWW).")
    every = list(weeks_between(min(columns.weeks), max(columns.weeks)))
    firsts = [day.date() for day in pd.date_range(*_span(columns), freq="MS")]
    asked = _places(dates, every[0], firsts[0])
    people = _asked(table, columns, asked)
    ranked = with_ranks(
        people,
        columns.weeks,
        benefits,
        until_week=people["until_week"],
        until_month=people["until_month"],
        **{name: degree(people[name]) for name in columns.degrees.values()},
        **{name: code(people[name]) for name in columns.industries.values()},
    )
    worked = _worked(ranked, columns, firsts, least_hours / full_time_hours)
    names = ordered(benefits)
    cut = _cut(ranked, columns, every, worked, (weeks, months), len(names) - 1)
    return _counted(cut, names, stable)


def _span(columns: Layout) -> tuple[date, date]:
    months = columns.months()
    return min(months), max(months)


def _places(dates: pd.DataFrame, thursday: date, month: date) -> pd.DataFrame:
    """Where each person's windows end: positions among the weeks and months of the register."""
    need_columns(dates, [PERSON, "date"])
    day = pd.to_datetime(dates["date"])
    if day.isna().any() or dates[PERSON].duplicated().any():
        raise DataError("`dates` has a person twice or without a date; give one date per person.")
    since = day - pd.Timestamp(thursday - timedelta(days=3))
    later = (day.dt.year - month.year) * 12 + day.dt.month - month.month
    return pd.DataFrame(
        {
            "asked": dates[PERSON].astype("str"),
            "until_week": np.maximum(since.dt.days // 7, 0).astype("int32"),
            "until_month": np.maximum(later, 0).astype("int32"),
        }
    )


def _asked(table: Expression, columns: Layout, asked: pd.DataFrame) -> Expression:
    """The rows of the people asked for, with the ends of their windows."""
    import ibis

    keyed = table.mutate(asked=key(table[columns.key or PERSON]))
    return keyed.inner_join(ibis.memtable(asked), "asked").drop("asked")


def _worked(
    table: Expression, columns: Layout, firsts: Sequence[date], least: float
) -> dict[date, Expression]:
    """Whether each month was one of employment, 1 or 0; -1 for a month without a column."""
    import ibis

    def of(month: date) -> Expression:
        name = columns.degrees.get(month)
        if name is None:
            return ibis.literal(_UNSEEN, "int8")
        return (table[name] >= least).fill_null(False).cast("int8")  # ibis's own

    return {month: of(month) for month in firsts}


def _cut(
    table: Expression,
    columns: Layout,
    every: Sequence[date],
    worked: dict[date, Expression],
    length: tuple[int, int],
    none: int,
) -> Expression:
    """Each person's window as arrays: ranks, employment by week and month, and industries."""
    import ibis

    unseen, nothing = ibis.literal(_UNSEEN, "int8"), ibis.literal(0, "int32")
    ranks = [table[week_column(day)] if day in columns.weeks else unseen for day in every]
    steady = [
        ibis.ifelse((rank == none) & (worked[day.replace(day=1)] == 1), "1", "0")
        for day, rank in zip(every, ranks, strict=True)
    ]
    trades = [table[columns.industries[m]] if m in columns.industries else nothing for m in worked]

    def window(cells: Sequence[Any], until: Expression, back: int) -> Expression:
        array = ibis.array(list(cells))
        return array[ibis.greatest(until - back, 0) : ibis.least(until, len(cells))]

    to_week, to_month = table["until_week"], table["until_month"]
    arrays = {
        "ranks": window(ranks, to_week, length[0]),
        "steady": window(steady, to_week, length[0]),
        "worked": window([*worked.values()], to_month, length[1]),
        "trades": window(trades, to_month, length[1]),
    }
    # Unnesting keeps the arrays from being written out again wherever they are referred to.
    cell = ibis.array([ibis.struct(arrays)]).unnest()
    return table.select(PERSON, cell=cell).unpack("cell")


def _counted(cut: Expression, names: Sequence[str], stable: int) -> Expression:
    import ibis

    ranks, worked = cut["ranks"], cut["worked"]
    seen = ranks.filter(lambda rank: rank != _UNSEEN)
    months = worked.filter(lambda month: month != _UNSEEN).length()
    employed = worked.filter(lambda month: month == 1).length()
    runs = ibis.literal("").join(cut["steady"]).split("0")
    steady = ibis.literal("").join(runs.filter(lambda run: run.length() >= stable)).length()
    steady = steady.fill_null(0)  # Spark joins nothing to null
    return cut.select(
        PERSON,
        weeks=seen.length(),
        **{f"weeks_{name}": _equal(ranks, place).length() for place, name in enumerate(names)},
        months=months,
        months_employed=employed,
        share_employed=employed / months.nullif(0),
        stable_weeks=steady,
        industry=_most(cut["trades"]),
    )


def _equal(ranks: Expression, place: int) -> Expression:
    return ranks.filter(lambda rank: rank == place)


def _most(trades: Expression) -> Expression:
    """The number that fills most of an array, the last among equals; 0 if there is none."""
    import ibis

    known = trades.filter(lambda trade: trade > 0)
    often = known.map(
        lambda trade, at: trades.filter(lambda other: other == trade).length() * 1000 + at
    )
    best = known[(often.maxs() % 1000).cast("int32")]
    return ibis.ifelse(known.length() > 0, best, 0)
