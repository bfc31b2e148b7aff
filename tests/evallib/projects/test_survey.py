"""The survey: response, answers and bounds, against R and by hand."""

import numpy as np
import pandas as pd
import pytest
from frozen import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.estimate import cluster_mean
from evallib.projects.survey import (
    answer_share,
    distribution,
    response,
    response_weights,
    scores,
    worst_case,
)

REFERENCE = frozen("survey")
# ten invited people in three units; 9 is don't-know
ASKED = pd.DataFrame(
    {
        "unit": list("AAAABBBCCC"),
        "responded": [1, 1, 1, 0, 1, 0, 1, 1, 0, 0],
        "answer": [5, 4, 9, np.nan, 1, np.nan, 4, 9, np.nan, np.nan],
    }
)


# --- who answered


def test_response_by_unit_by_hand():
    table = response(ASKED, "responded", by="unit")
    assert table["group"].tolist() == ["A", "B", "C"]
    assert table["invited"].tolist() == [4, 3, 3]
    assert table["answered"].tolist() == [3, 2, 1]
    assert table["share"].tolist() == pytest.approx([3 / 4, 2 / 3, 1 / 3])
    assert response(ASKED, "responded")["share"].tolist() == [0.6]
    assert (table["low"] < table["share"]).all()
    assert (table["high"] > table["share"]).all()


def test_response_must_be_yes_or_no():
    with pytest.raises(DataError, match="0 and 1 only"):
        response(ASKED.assign(responded=2), "responded")
    with pytest.raises(DataError, match="no column 'region'"):
        response(ASKED, "responded", by="region")


def test_limits_match_r():
    asked = pd.DataFrame({"unit": np.repeat(list("ABCD"), 20), "responded": 0})
    for unit, count in zip("ABCD", [0, 1, 7, 20], strict=True):
        asked.loc[asked.index[asked["unit"] == unit][:count], "responded"] = 1
    table = response(asked, "responded", by="unit")
    assert table["low"].to_numpy() == pytest.approx(REFERENCE["wilson low"], abs=1e-12)
    assert table["high"].to_numpy() == pytest.approx(REFERENCE["wilson high"], abs=1e-12)
    said = distribution(asked, "responded", by="unit")
    yes = said[said["answer"] == 1]
    assert yes["low"].to_numpy() == pytest.approx(REFERENCE["wilson low"], abs=1e-12)
    assert (response(asked, "responded", by="unit", level=0.8)["low"] >= table["low"]).all()
    with pytest.raises(EstimationError, match="level is 95"):
        response(asked, "responded", level=95)


def test_weights_restore_the_mix_of_the_invited():
    rng = np.random.default_rng(1)
    invited = pd.DataFrame({"young": rng.integers(0, 2, 900), "long": rng.integers(0, 2, 900)})
    chance = 0.7 - 0.4 * invited["young"]
    invited["responded"] = (rng.random(900) < chance) * 1
    weights = response_weights(invited, "responded", ["young", "long"])
    answered = invited.loc[weights.index]
    assert (answered["responded"] == 1).all()
    assert len(weights) == invited["responded"].sum()
    assert weights.mean() == pytest.approx(1)
    assert answered["young"].mean() < 0.4
    weighted = np.average(answered["young"], weights=weights)
    assert weighted == pytest.approx(invited["young"].mean(), abs=0.005)


def test_saturated_weights_are_the_inverse_response_of_each_cell():
    invited = pd.DataFrame(
        {"cell": ["x"] * 10 + ["y"] * 10, "r": [1] * 5 + [0] * 5 + [1] * 8 + [0] * 2}
    )
    weights = response_weights(invited, "r", ["cell"])
    assert weights.iloc[0] / weights.iloc[-1] == pytest.approx((10 / 5) / (10 / 8))
    gap = invited.assign(cell=invited["cell"].mask(invited.index == 19))  # she did not answer
    assert len(response_weights(gap, "r", ["cell"])) == 13


def test_respondents_without_covariates_are_not_dropped_in_silence():
    rng = np.random.default_rng(2)
    invited = pd.DataFrame({"age": rng.normal(size=50), "r": rng.integers(0, 2, 50)})
    some = invited["r"].idxmax()
    invited.loc[some, "age"] = np.nan
    with pytest.raises(DataError, match="1 respondents have gaps in age"):
        response_weights(invited, "r", ["age"])
    with pytest.raises(EstimationError, match=r"The fit of 'r': age.* separate"):
        response_weights(invited.assign(age=invited["r"]), "r", ["age"])


def test_worst_case_bounds_by_hand():
    # 61 of 100 content, 43 per cent response: 233 invited
    bounds = worst_case([1] * 61 + [0] * 39, invited=233)
    assert bounds.observed == 0.61
    assert bounds.low == pytest.approx(61 / 233)
    assert bounds.high == pytest.approx((61 + 133) / 233)
    assert (bounds.answered, bounds.invited) == (100, 233)
    scale = worst_case([4, 4], invited=4, lowest=1, highest=5)
    assert (scale.low, scale.high) == (2.5, 4.5)
    full = worst_case([0, 1], invited=2)
    assert full.low == full.high == full.observed


@settings(max_examples=50)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=30), st.lists(st.integers(1, 5), max_size=30)
)
def test_the_truth_lies_within_the_bounds(answered, silent):
    bounds = worst_case(answered, len(answered) + len(silent), lowest=1, highest=5)
    truth = np.mean(answered + silent)
    assert bounds.low - 1e-9 <= truth <= bounds.high + 1e-9


def test_bounds_refuse_answers_off_the_scale():
    with pytest.raises(DataError, match="from 1 to 9, outside 1 to 5"):
        worst_case([1, 9], invited=4, lowest=1, highest=5)
    with pytest.raises(DataError, match="3 answers of 2 invited"):
        worst_case([1, 1, 1], invited=2)
    with pytest.raises(DataError, match="0 answers of 2 invited"):
        worst_case([], invited=2)


# --- what was said


def test_distribution_keeps_dont_know_and_empty_cells():
    table = distribution(ASKED, "answer", by="unit").set_index(["group", "answer"])
    assert len(table) == 3 * 4
    assert table.loc[("A", 9), ["n", "base", "share"]].tolist() == pytest.approx([1, 3, 1 / 3])
    assert table.loc[("C", 5), ["n", "share"]].tolist() == [0, 0]
    assert table.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    overall = distribution(ASKED, "answer").set_index("answer")
    assert overall["n"].to_dict() == {1: 1, 4: 2, 5: 1, 9: 2}
    assert overall.loc[9, "base"] == 6


def test_a_group_without_answers_is_named():
    silent = ASKED.assign(answer=ASKED["answer"].mask(ASKED["unit"] == "C"))
    with pytest.raises(EstimationError, match="Nobody in C answered 'answer'"):
        distribution(silent, "answer", by="unit")
    with pytest.raises(EstimationError, match="Nobody in all answered 'answer'"):
        distribution(ASKED.assign(answer=np.nan), "answer")
    with pytest.raises(EstimationError, match="Nobody answered 'answer'"):
        answer_share(ASKED.assign(answer=np.nan), "answer", [4, 5], "unit")


def test_answer_shares_have_dont_know_in_the_base():
    top = answer_share(ASKED, "answer", [4, 5], "unit")
    known = ASKED.dropna()
    plain = cluster_mean(known["answer"].isin([4, 5]), known["unit"])
    assert top.value == pytest.approx(3 / 6)
    assert (top.low, top.high, top.n, top.clusters) == (plain.low, plain.high, 6, 3)
    assert answer_share(ASKED, "answer", [9], "unit").value == pytest.approx(2 / 6)
    weights = pd.Series(np.where(ASKED["unit"] == "A", 3.0, 1.0), index=ASKED.index)
    weighted = answer_share(ASKED, "answer", [4, 5], "unit", weights=weights)
    assert weighted.value == pytest.approx((2 * 3 + 1) / (3 * 3 + 3))


def test_units_of_dont_knows_are_named_and_left_out():
    with pytest.warns(EstimationWarning, match=r"'answer' in C:.*don't-know"):
        rows = scores(ASKED, "answer", "unit", dont_know=[9])
    assert rows["answer"].tolist() == [5, 4, 1, 4]
    with pytest.raises(EstimationError, match="All 10 people"):
        scores(ASKED.assign(answer=9), "answer", "unit", dont_know=[9])
