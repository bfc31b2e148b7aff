"""Who people were before referral: the six-person study, and its rules at their limits."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evallib.cohort.outcomes import afterwards, by_group
from evallib.cohort.panel import first_referrals
from evallib.cohort.people import (
    NONE,
    OUTSIDE,
    Trait,
    background,
    banded,
    full_months,
    full_years,
    history,
    industry_groups,
    industry_positions,
    target_groups,
    traits,
)
from evallib.errors import DataError
from evallib.inference.means import cluster_mean
from evallib.study.register import Register


def days(*texts):
    return pd.Series(pd.to_datetime(list(texts)))


def with_history(study, degrees, industries):
    """The study with a register of its first two people and chosen months before October 2016."""
    months = pd.date_range("2016-06-01", periods=4, freq="MS")
    hours = np.array(degrees, dtype=float)
    register = Register(
        people=pd.Index(["P1", "P3"], dtype="str"),
        thursdays=pd.date_range("2016-06-02", periods=1),
        codes=np.zeros((2, 1), dtype=np.int32),
        firsts=pd.DatetimeIndex(months),
        hours=np.where(hours > 0, hours, np.nan),
        industry=np.array(industries, dtype=np.int32),
    )
    return replace(study, register=register)


def test_history_counts_months_and_the_industry_of_most(tiny_study):
    trade, transport = 470000, 490000
    study = with_history(
        tiny_study,
        [[0, 0.9, 1.0, 80], [0, 0, 0, 0]],  # 0.9 hours is less than the paid hour
        [[transport, trade, transport, trade], [0, 0, 0, 0]],
    )
    people = first_referrals(study)
    told = history(study, people).set_index(people["person_id"])
    assert told.loc["P1", "prior_months"] == 2
    assert told.loc["P1", "industry"] == "trade"  # a tie: the first of the code list
    assert told.loc["P3"].tolist() == [0, NONE]
    assert told.loc[["P2", "P4"]].isna().all(axis=None)  # not in this register


def test_history_stops_before_the_month_of_referral(tiny_study):
    told = background(tiny_study).set_index("person_id")
    assert told.loc["P2", "prior_months"] == 0  # paid hours in its month of referral, none before
    assert told["entry"].to_dict() == {"P1": 0, "P2": 1, "P3": 0, "P4": 2, "P5": 1, "P6": 1}


def test_ages_and_lengths_are_full_ones():
    day = days("2016-05-02", "2016-05-02", "2016-02-29")
    assert full_years(days("1990-05-02", "1990-05-03", None), day)[:2].tolist() == [26, 25]
    assert full_months(days("2016-04-02", "2016-04-03", None), day)[:2].tolist() == [1, 0]
    assert np.isnan(full_years(days("1990-05-02", "1990-05-03", None), day)[2])


def test_bands_hold_their_limits_and_name_who_falls_outside():
    told = banded(pd.Series([0.0, 12, 13, 24, 25, np.nan]), "prior_months_employed")
    assert told[:5].tolist() == ["0", "1_12", "13_24", "13_24", "25_36"]
    assert told.isna().tolist() == [False] * 5 + [True]
    with pytest.raises(DataError, match=r"1 people .* 'prior_months_employed', such as 37"):
        banded(pd.Series([37.0]), "prior_months_employed")


def test_target_groups_need_age_and_length(tiny_study):
    people = pd.DataFrame(
        {"age": [29.0, 29, 30, 49, 50, np.nan], "months_unemployed": [6.0, 5, 6, 0, 0, 9]}
    )
    told = target_groups(tiny_study, people)
    assert told[:5].tolist() == ["young", OUTSIDE, "adult", OUTSIDE, "senior"]
    assert told.isna()[5]


def test_industries_follow_the_code_list():
    groups = [*industry_groups(), NONE]
    codes = np.array([11100, 782000, 791100, 0, -1, 999900])
    told = [groups[position] for position in industry_positions(codes)]
    assert told == [
        "agriculture",
        "temp_agencies",
        "business_services",
        NONE,
        NONE,
        "international",
    ]


def test_every_group_of_people_has_a_name(tiny_study):
    people = background(tiny_study)
    for trait in traits(tiny_study):
        assert set(people[trait.column].dropna()) <= set(trait.groups)


def test_traits_are_named_in_the_order_of_the_list(tiny_study):
    named = {trait.name: list(trait.groups.values()) for trait in traits(tiny_study)}
    assert list(named) == [
        "Target group",
        "Age",
        "Gender",
        "Education",
        "Unemployment at referral",
        "Employment in the three years before",
        "Previous industry",
    ]
    assert named["Gender"] == ["Men", "Women"]
    assert named["Target group"][-1] == "Outside the target groups"
    assert named["Previous industry"][-1] == "No industry recorded"


def test_afterwards_leaves_out_the_month_of_referral(panel):
    told = afterwards(panel).set_index("person_id")
    assert told.loc["P2", ["months", "work"]].tolist() == [3, 1.0]  # work again in month 2
    assert told.loc["P4", ["months", "work", "hours"]].tolist() == [2, 0.0, 0.0]
    assert afterwards(panel, first=4)["person_id"].tolist() == ["P1", "P3"]


def test_groups_too_small_are_left_out():
    trait = Trait("g", "", {"b": "B", "a": "A", "c": "C"})
    people = pd.DataFrame({"g": list("aabbc"), "project": list("XYXYX"), "y": [0, 1, 1, 1, 0]})
    told = by_group(
        people, trait, lambda part: cluster_mean(part["y"] + part.index, part["project"]), least=2
    )
    assert told["group"].tolist() == ["b", "a"]
    assert told["n"].tolist() == [2, 2]
