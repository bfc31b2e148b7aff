"""Spells, against runs counted week by week in plain Python."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phases import NO_SHRINKING
from registers import groups_by_week, made, row_of
from registers import spells as counted

from evallib.errors import DataError
from evallib.study.register import spells


def found(wide, **options):
    rows = spells(ibis.memtable(wide), **options).order_by("person_id", "start").to_pandas()
    then = [None if pd.isna(then) else then for then in rows["then"]]
    return rows.assign(then=pd.Series(then, dtype=object))


@settings(max_examples=6, deadline=None, phases=NO_SHRINKING)
@given(
    seed=st.integers(0, 10**6), gap=st.integers(0, 5), lost=st.integers(0, 5),
    first=st.dates(date(1991, 8, 1), date(2020, 1, 1)),
)  # fmt: skip
def test_spells_are_those_counted_by_hand(seed, gap, lost, first):
    wide = made(np.random.default_rng(seed), first=first, lost=lost)
    rows = found(wide, gap=gap)
    for person, part in rows.groupby("person_id"):
        expected = counted(groups_by_week(row_of(wide, person)), gap)
        starts = [pd.Timestamp(day).date() + timedelta(days=3) for day in part["start"]]
        columns = ["weeks", "left_censored", "right_censored", "then"]
        got = [part["state"], starts, *(part[name] for name in columns)]
        assert list(zip(*got, strict=True)) == expected
        lasted = pd.to_datetime(part["end"]) - pd.to_datetime(part["start"])
        assert (lasted.dt.days + 1 == 7 * part["weeks"]).all()


def test_exits_end_a_spell_and_edges_censor_it():
    wide = pd.DataFrame({"pnr": ["a"], "y_1552": [111], "y_1601": [111], "y_1602": [998]})
    rows = found(wide)
    assert rows["state"].tolist() == [
        "unemployment_benefit",
        "unemployment_benefit",
        "left_register",
    ]
    assert rows["left_censored"].tolist() == [True, True, False]  # y_1553 was not delivered
    assert rows["right_censored"].tolist() == [True, False, True]
    assert rows["then"].tolist() == [None, "left_register", None]


def test_groups_joined_into_states():
    wide = pd.DataFrame({"pnr": ["a"], "y_1601": [890], "y_1602": [870], "y_1603": [111]})
    ill = {"sickness_benefit": "ill", "job_clarification": "ill"}
    assert found(wide, states=ill)[["state", "weeks"]].to_numpy().tolist() == [
        ["ill", 2],
        ["none", 1],
    ]


def test_refusals():
    wide = ibis.memtable(pd.DataFrame({"pnr": ["a"], "y_1601": [890]}))
    with pytest.raises(DataError, match="gap is -1"):
        spells(wide, gap=-1)
    with pytest.raises(DataError, match="no week columns"):
        spells(wide, first=date(2017, 1, 1))
