"""Checks of exercise 4: what tables give away, and how to protect them."""

from functools import cache

import numpy as np
import pandas as pd

from checks import Rules, check, near
from evallib import cohort, load

LEAST = 5  # the fewest people a cell may show


@cache
def month_six() -> pd.DataFrame:
    """The people of route 1 in month 6, with age and education."""
    people = load().participants.drop_duplicates("person_id")
    columns = ["person_id", "birth_date", "education"]
    rows = (
        cohort.person_months(load(), routes=[1])
        .query("month == 6")
        .merge(people[columns], on="person_id")
    )
    return rows.assign(age=(rows["calendar"] - pd.to_datetime(rows["birth_date"])).dt.days / 365.25)


def unit_by_education() -> pd.DataFrame:
    """Four units by education, with totals."""
    few = month_six()[month_six()["project"].isin(["Enhed 04", "Enhed 17", "Enhed 21", "Enhed 27"])]
    table = pd.crosstab(few["project"], few["education"], margins=True, margins_name="total")
    return table.rename_axis(index="unit", columns=None)


@check
def task_1(older: pd.DataFrame) -> Rules:
    """Two tables, each harmless, make a third that nobody meant to publish."""
    rows = month_six()[month_six()["age"] >= 63]
    right = pd.crosstab(rows["project"], rows["employed"])
    yield isinstance(older, pd.DataFrame), "give a frame of units by in work or not."
    yield not (older < 0).to_numpy().any(), "negative people: take the smaller from the larger."
    told = older.reindex(index=right.index, columns=right.columns)
    yield near(told, right), "not those counts. One table holds all of the other, and some more."


@check
def task_2(known: int) -> Rules:
    """All of a group have the same status, so whoever knows that somebody belongs to it knows the
    status. A least count of people does not stop that: the group need not be small.
    """
    rows = month_six()[month_six()["age"] >= 63]
    table = pd.crosstab(rows["project"], rows["employed"])
    alike = table[(table == 0).any(axis=1) & (table.sum(axis=1) > 0)]
    yield isinstance(known, int | np.integer), "give a whole number of people."
    yield known != len(alike), "that is how many units. How many people are in them?"
    yield (
        known != table.where(table < LEAST).sum().sum(),
        "those are the people in small cells. Is a person's status known because the cell is small?",
    )
    yield (
        known == alike.to_numpy().sum(),
        "look for units where all the older ones are in one column.",
    )


@check
def task_3(primary: pd.DataFrame) -> Rules:
    """Primary suppression. Most people stop here."""
    table = unit_by_education()
    yield primary.shape == table.shape, "keep the shape of `table`, totals included."
    inner, small = primary.iloc[:-1, :-1], table.iloc[:-1, :-1] < LEAST
    totals = primary.drop(index="total")["total"], primary.loc["total"]
    yield not any(part.isna().any() for part in totals), "leave the totals: they were promised."
    yield inner.isna().to_numpy().any(), "nothing is hidden: put a missing value in a hidden cell."
    yield not (inner < LEAST).to_numpy().any(), "a count of fewer than five is still to be seen."
    yield (
        (inner.isna() == small).to_numpy().all(),
        "a cell is hidden that has five or more. For now hide only what is small.",
    )


@check
def task_4(recovered: dict[tuple[str, str], float]) -> Rules:
    """A hidden cell that is alone in its row or column is not hidden: the total tells it."""
    table = unit_by_education()
    found = {cell for cell, (low, high) in reader(table, _primary(table)).items() if low == high}
    yield isinstance(recovered, dict), "give a dict: {(unit, education): count}."
    yield set(recovered) <= {*_hidden(_primary(table))}, "that cell is not hidden at all."
    yield set(recovered) <= found, "is that certain? Two unknowns in a line have only their sum."
    yield set(recovered) == found, "look along rows, and down columns, for a hidden cell alone."
    right = {cell: table.loc[cell] for cell in found}
    yield recovered == right, "right cell, wrong count: the total less all that is shown beside it."


@check
def task_5(protected: pd.DataFrame) -> Rules:
    """No row and no column can be solved. Which further cells cost least is a puzzle of its own;
    `compendium.disclosure` leaves it to a solver.
    """
    table = unit_by_education()
    primary = _primary(table)
    yield protected.shape == table.shape, "keep the shape of `table`, totals included."
    yield not protected["total"].isna().any(), "leave the totals: they were promised."
    yield not (protected.iloc[:-1, :-1] < LEAST).to_numpy().any(), "a small count is to be seen."
    shown = protected.notna()
    yield (
        (protected[shown] == table[shown]).to_numpy()[shown].all(),
        "hide counts, don't change them.",
    )
    known = [c for c, (low, high) in reader(table, protected).items() if low == high]
    where = f"{known[0][1]} in {known[0][0]}" if known else ""
    yield not known, f"a reader still finds {where}: what else is hidden in its row, its column?"
    more = int(protected.isna().to_numpy().sum() - primary.isna().to_numpy().sum())
    yield more <= 3, f"safe, but {more} more cells are hidden. Fewer will do; the table is for use."


@check
def task_6(rounded: pd.DataFrame) -> Rules:
    """Every count is off by two at most, and no sum has to come out. That it does not is the price,
    and the protection: a total that added up would tell what was rounded.
    """
    table = unit_by_education()
    yield rounded.shape == table.shape, "keep the shape of `table`, totals included."
    yield ((rounded % LEAST) == 0).to_numpy().all(), "each count, totals too, a multiple of five."
    yield (
        not near(rounded.iloc[:-1, :-1], table.iloc[:-1, :-1] // LEAST * LEAST),
        "you always round down, so the table leans. To the nearest multiple.",
    )
    yield (
        near(rounded.iloc[:-1, :-1], (table.iloc[:-1, :-1] / LEAST).round() * LEAST),
        "some count is not at its nearest multiple of five.",
    )
    yield (
        near(rounded, (table / LEAST).round() * LEAST),
        "your totals are sums of rounded counts, and carry all their errors: round them themselves.",
    )


def _primary(table: pd.DataFrame) -> pd.DataFrame:
    kept = table.astype(float)
    kept.iloc[:-1, :-1] = kept.iloc[:-1, :-1].where(table.iloc[:-1, :-1] >= LEAST)
    return kept


def _hidden(shown: pd.DataFrame) -> list[tuple[str, str]]:
    return [(r, c) for r in shown.index for c in shown.columns if pd.isna(shown.loc[r, c])]


def reader(table: pd.DataFrame, shown: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """By hidden cell the least and the greatest count a reader can tell from totals and cells."""
    from compendium.disclosure.attack import Sum
    from compendium.disclosure.attacker import attack

    name = "{} / {}".format
    rows, columns = table.index, table.columns
    sums = [Sum(name(r, "total"), tuple(name(r, c) for c in columns[:-1])) for r in rows]
    sums += [Sum(name("total", c), tuple(name(r, c) for r in rows[:-1])) for c in columns]
    hidden = {name(*cell): cell for cell in _hidden(shown)}
    seen = {name(r, c): int(table.loc[r, c]) for r in rows for c in columns}
    found = attack({k: n for k, n in seen.items() if k not in hidden}, [*hidden], sums)
    return {hidden[k]: (round(i.low), round(i.high)) for k, i in found.items()}
