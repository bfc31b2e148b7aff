"""Person-months of the six-person study against the register read by eye."""

import numpy as np
import pandas as pd
import pytest

from evallib.cohort.panel import benefit_months, first_referrals, flow, person_months
from evallib.errors import EvalError
from evallib.study.codelists import CodeList
from evallib.study.register import Register
from evallib.study.study import load

BENEFITS = CodeList(((111, 111, "unemployment"), (890, 899, "sickness")))


def register_of(codes, first="2015-12-03", months=("2015-12-01", "2016-01-01")):
    """A register of a few people and consecutive weeks from a Thursday."""
    array = np.atleast_2d(codes).astype(np.int32)
    blank = np.full((len(array), len(months)), np.nan)
    return Register(
        people=pd.Index([f"Q{i}" for i in range(len(array))], dtype="str"),
        thursdays=pd.date_range(first, periods=array.shape[1], freq="7D"),
        codes=array,
        firsts=pd.DatetimeIndex(months),
        hours=blank,
        industry=np.zeros(blank.shape, dtype=np.int32),
    )


def groups(codes, rule, **where):
    made = benefit_months(register_of(codes, **where), BENEFITS, rule)
    return [[BENEFITS.groups[position] for position in row] for row in made]


def test_person_months_by_hand(panel):
    rows = panel.set_index(["person_id", "month"])
    assert rows.groupby("person_id").size().to_dict() == {
        "P1": 5, "P2": 4, "P3": 5, "P4": 3, "P5": 4, "P6": 4,
    }  # fmt: skip
    assert rows.loc["P1", "employed"].tolist() == [False, True, True, True, False]
    assert rows.loc["P1", "hours"].tolist() == [0.0, 80.165, 160.33, 160.33, 0.0]
    # Unemployment benefit until 31 December 2016, the months end in weeks 43, 47, 52, 4 and 8.
    assert rows.loc["P1", "benefit"].tolist() == ["unemployment_benefit"] * 3 + ["none"] * 2
    assert rows.loc[("P1", 0), "calendar"] == pd.Timestamp("2016-10-01")
    assert rows.loc[("P4", 0), "hours"] == pytest.approx(0.80165)  # less than the paid hour
    assert not rows.loc[("P4", 0), "employed"]
    assert rows.loc["P4", "benefit"].eq("sickness_benefit").all()


def test_week_rules_differ_where_they_should(tiny_study):
    # P2's benefit ends with week 45 of 2016: the first week of two in November.
    last, most, any_ = (
        person_months(tiny_study, week_rule=rule).set_index(["person_id", "month"])["benefit"]
        for rule in ("last", "most", "any")
    )
    paid = "unemployment_benefit"
    assert (last["P2", 0], most["P2", 0], any_["P2", 0]) == ("none", paid, paid)
    # P6 has it in weeks 1 and 2 of 2017, two of January's four weeks: a benefit wins a tie.
    assert (last["P6", 2], most["P6", 2], any_["P6", 2]) == ("none", paid, paid)


def test_week_rules_on_the_turn_of_a_53_week_year():
    # Five weeks of December 2015 (Thursdays 3, 10, 17, 24, 31), then January 2016.
    codes = [[111, 111, 890, 890, 0, 111, 0]]
    assert groups(codes, "last") == [["none", "none"]]
    assert groups(codes, "most") == [["unemployment", "unemployment"]]  # ties: first in the list
    assert groups(codes, "any") == [["sickness", "unemployment"]]


def test_weeks_outside_the_months_are_left_out():
    assert groups([[890, 111, 111]], "any", first="2015-11-26") == [["unemployment", "none"]]


def test_unreadable_and_unlisted_codes_are_unknown():
    assert groups([[433, 433, 433, 433, -1]], "last") == [["unknown", "none"]]
    assert groups([[433, 433, 433, 433, -1]], "most") == [["unknown", "none"]]


def test_wrong_week_rule_is_named():
    with pytest.raises(EvalError, match="week_rule is 'first'; choose one of 'last'"):
        groups([[111]], "first")


def test_routes_and_horizon(tiny_study):
    assert set(person_months(tiny_study, routes=[2])["route"]) == {2}
    assert person_months(tiny_study, horizon=1)["month"].max() == 1
    # A horizon beyond the register adds nothing.
    assert person_months(tiny_study, horizon=99).equals(person_months(tiny_study))


def test_route_horizon_comes_from_the_definition(tables, written):
    tables["participants"]["referred_on"] = "2016-01-15"
    tables["participants"]["started_on"] = ""
    longest = person_months(load(written(tables))).groupby("route")["month"].max()
    assert longest.to_dict() == {1: 10, 2: 9}


def test_flow_by_hand(tables, written):
    people = tables["participants"]
    again = people.iloc[[0]].assign(route=2, referred_on="2016-12-01", started_on="")
    tables["participants"] = pd.concat([again, people])
    tables["dream"] = tables["dream"].iloc[[0, 1, 3, 4, 5]].drop(columns="y_1553")  # P3 is gone
    study = load(written(tables))
    counts = flow(study)
    wide = counts.frame.pivot(index="step", columns="route", values="n").fillna(0).astype(int)
    assert wide.loc["referral"].tolist() == [4, 3]
    assert wide.loc["first_referral"].tolist() == [4, 2]
    assert wide.loc["in_register"].tolist() == [3, 2]
    assert wide.loc["month0"].tolist() == [3, 2]
    assert wide.loc["month3"].tolist() == [2, 2]
    assert wide.loc["month4"].tolist() == [1, 0]
    notes = counts.notes.set_index("rule")
    expected = {"participant_not_in_register": 1, "missing_week": 1, "second_referral": 1}
    assert notes.loc[list(expected), "n"].to_dict() == expected
    assert notes.loc["missing_week", "detail"] == "y_1553"


def test_first_referral_whatever_the_row_order(tables, written, definition_with):
    rules = definition_with({"unknown_unit": "counted"})
    people = tables["participants"]
    same_day = people.iloc[[0]].assign(route=2, project="Enhed 00")
    for order in ([same_day, people], [people, same_day]):
        tables["participants"] = pd.concat(order)
        first = first_referrals(load(written(tables), rules)).set_index("person_id")
        assert first.loc["P1", ["route", "project"]].tolist() == [1, "Enhed 01"]


def test_order_of_rows_is_irrelevant(tables, written, panel):
    shuffled = {name: frame.iloc[::-1] for name, frame in tables.items()}
    pd.testing.assert_frame_equal(person_months(load(written(shuffled))), panel)
