"""Made-up wide registers, and what is known of them worked out the slow and obvious way."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from evallib.study.codelists import read_codelist
from evallib.study.contract import month_column, week_column, weeks_between

BENEFITS = read_codelist()
HIERARCHY = [*BENEFITS.groups[1:], "none"]
CODES = [0, 0, 0, 111, 111, 130, 651, 774, 890, 433, 997, 998, 999, -1]
HOURS = 160.0


def made(rng, people=6, first=date(2015, 11, 2), weeks=30, lost=0):
    """A register of so many weeks, `lost` of them missing; a code is likely to last."""
    thursdays = list(weeks_between(first, first + timedelta(weeks=weeks - 1)))
    frame = pd.DataFrame({"person_id": [f"Q{n}" for n in range(people)]})
    before = rng.choice(CODES, people)
    for day in thursdays:
        before = np.where(rng.random(people) < 0.7, before, rng.choice(CODES, people))
        frame[week_column(day)] = pd.array(np.where(before == 0, None, before), dtype="Int32")
    for month in sorted({day.replace(day=1) for day in thursdays}):
        frame[month_column("grad", month)] = rng.choice([np.nan, 0.0, 0.01, 0.5, 1.0], people)
        frame[month_column("branche", month)] = rng.choice([0, 11100, 620100], people).astype(
            "int32"
        )
    gone = rng.choice(len(thursdays), lost, replace=False)
    return frame.drop(columns=[week_column(thursdays[n]) for n in gone])


def row_of(wide, person):
    """A person's cells by column, None where there is none."""
    (cells,) = wide[wide["person_id"] == person].astype(object).to_dict("records")
    return {name: None if pd.isna(cell) else cell for name, cell in cells.items()}


def group_of(code):
    """The group of a code, by looking at the code list from its end."""
    if not code:
        return "none"
    named = [name for low, high, name in BENEFITS.ranges if low <= code <= high]
    return named[-1] if named else "unknown"


def groups_by_week(row):
    """{Thursday: group} of the weeks a person's row has."""
    weeks = {}
    for name, code in row.items():
        if name.startswith("y_"):
            century = 1900 if int(name[2:4]) >= 90 else 2000
            day = date.fromisocalendar(century + int(name[2:4]), int(name[4:]), 4)
            weeks[day] = group_of(code)
    return weeks


def status(weeks, month, rule, day=15):
    """What a month counts as, from {Thursday: group}; None if there is no week to say so."""
    if rule == "date":
        monday = month.replace(day=day) - timedelta(days=month.replace(day=day).weekday())
        return weeks.get(monday + timedelta(days=3))
    mine = [weeks[w] for w in sorted(weeks) if (w.year, w.month) == (month.year, month.month)]
    if not mine:
        return None
    if rule == "last":
        return mine[-1]
    if rule == "latest":
        return ([g for g in mine if g != "none"] or ["none"])[-1]
    if rule == "any":
        return min(mine, key=HIERARCHY.index)
    return max(mine, key=lambda g: (mine.count(g), -HIERARCHY.index(g)))


def spells(weeks, gap=0):
    """[(state, first Thursday, weeks, left, right, then)] of one person."""
    day, last = min(weeks), max(weeks)
    runs = []
    while day <= last:
        state = weeks.get(day)
        if runs and runs[-1][0] == state:
            runs[-1][2] += 1
        else:
            runs.append([state, day, 1])
        day += timedelta(weeks=1)
    at = 1
    while at < len(runs) - 1:
        before, this, after = runs[at - 1 : at + 2]
        if this[0] == "none" and this[2] <= gap and before[0] == after[0] is not None:
            runs[at - 1 : at + 2] = [[before[0], before[1], before[2] + this[2] + after[2]]]
        else:
            at += 1
    states = [None, *(run[0] for run in runs), None]
    return [
        (run[0], run[1], run[2], states[n] is None, states[n + 2] is None, states[n + 2])
        for n, run in enumerate(runs)
        if run[0] is not None
    ]
