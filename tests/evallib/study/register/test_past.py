"""History before a date, against sums over a person's weeks and months in plain Python."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phases import NO_SHRINKING
from registers import HIERARCHY, HOURS, groups_by_week, made, row_of

from evallib.errors import DataError
from evallib.study.register import history


def by_hand(row, day, weeks, months):
    monday = day - timedelta(days=day.weekday())
    known = groups_by_week(row)
    window = [
        (at, known.get(at)) for n in range(weeks, 0, -1)
        if min(known) <= (at := monday + timedelta(days=3) - timedelta(weeks=n)) <= max(known)
    ]  # fmt: skip
    calendar = [
        period.to_timestamp().date()
        for period in pd.period_range(end=pd.Period(day, "M") - 1, periods=months, freq="M")
    ]
    employed = {m: (row.get(f"grad_{m:%Y_%m}") or 0) * HOURS >= 1 for m in calendar}
    at_work = {
        name[5:] for name in row if name.startswith("grad") and (row[name] or 0) * HOURS >= 1
    }
    free = "".join(
        "1" if group == "none" and f"{at:%Y_%m}" in at_work else "0" for at, group in window
    )
    seen = [m for m in calendar if f"grad_{m:%Y_%m}" in row]
    trades = [row[f"branche_{m:%Y_%m}"] for m in seen if row[f"branche_{m:%Y_%m}"]]
    latest = {trade: place for place, trade in enumerate(trades)}
    return {
        "weeks": sum(group is not None for _, group in window),
        **{f"weeks_{g}": sum(group == g for _, group in window) for g in HIERARCHY},
        "months": len(seen),
        "months_employed": sum(employed[m] for m in seen),
        "stable_weeks": sum(len(run) for run in free.split("0") if len(run) >= 4),
        "industry": max(trades, key=lambda t: (trades.count(t), latest[t]), default=0),
    }


@settings(max_examples=5, deadline=None, phases=NO_SHRINKING)
@given(
    seed=st.integers(0, 10**6), lost=st.integers(0, 3), day=st.integers(-30, 300),
    weeks=st.integers(1, 40), months=st.integers(1, 9),
)  # fmt: skip
def test_history_is_what_the_weeks_and_months_add_up_to(seed, lost, day, weeks, months):
    rng = np.random.default_rng(seed)
    wide = made(rng, lost=lost)
    days = [date(2015, 11, 2) + timedelta(days=day + int(n)) for n in rng.integers(0, 30, 6)]
    dates = pd.DataFrame({"person_id": [*wide["person_id"][:5], "stranger"], "date": days})
    rows = history(ibis.memtable(wide), dates, weeks=weeks, months=months, full_time_hours=HOURS)
    rows = rows.to_pandas().set_index("person_id")
    assert sorted(rows.index) == sorted(wide["person_id"][:5])
    for person, found in rows.iterrows():
        at = days[int(person[1:])]
        expected = by_hand(row_of(wide, person), at, weeks, months)
        assert {name: int(found[name]) for name in expected} == expected
        if expected["months"]:
            assert found["share_employed"] == expected["months_employed"] / expected["months"]
        else:
            assert np.isnan(found["share_employed"])


def test_a_person_twice_is_refused():
    wide = ibis.memtable(pd.DataFrame({"pnr": ["a"], "y_1601": [890]}))
    twice = pd.DataFrame({"person_id": ["a", "a"], "date": [date(2016, 2, 1)] * 2})
    with pytest.raises(DataError, match="a person twice"):
        history(wide, twice)
