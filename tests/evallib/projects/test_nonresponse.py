"""Who answered and what silence could hide: against R, by hand, and with known truth."""

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evallib.errors import DataError, EstimationError
from evallib.inference.means import cluster_mean
from evallib.projects.nonresponse import delta_adjusted, response, response_weights, worst_case
from evallib.projects.survey import answer_share, distribution

REFERENCE = frozen("survey")
# ten invited people in three units; 9 is don't-know
ASKED = pd.DataFrame(
    {
        "unit": list("AAAABBBCCC"),
        "responded": [1, 1, 1, 0, 1, 0, 1, 1, 0, 0],
        "answer": [5, 4, 9, np.nan, 1, np.nan, 4, 9, np.nan, np.nan],
    }
)
# Four in seven of the 420 people of the references answered, as in survey.R.
PEOPLE = people()
INVITED = PEOPLE.assign(q=PEOPLE["satisfaction"].where((PEOPLE.index + 1) % 7 < 4))


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
    with pytest.raises(DataError, match=r"column 'responded' is missing.* 1 of 10"):
        response(ASKED.assign(responded=ASKED["responded"].mask(ASKED.index == 2)), "responded")


def test_nobody_is_left_out_of_the_response_in_silence():
    holes = ASKED.assign(unit=ASKED["unit"].mask(ASKED["unit"] == "A"))
    with pytest.raises(DataError, match="Column 'unit' is empty in 4 of 10 rows"):
        response(holes, "responded", by="unit")
    with pytest.raises(EstimationError, match="Nobody was invited"):
        response(ASKED.iloc[:0], "responded")
    with pytest.raises(EstimationError, match="Nobody was invited"):
        response(ASKED.iloc[:0], "responded", by="unit")


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


def test_weights_bear_the_names_of_their_people():
    invited = pd.DataFrame({"cell": list("xxxxyyyy"), "r": [1, 1, 0, 0, 1, 0, 0, 0]})
    moved = invited.set_axis(list("hgfedcba"))
    weights = response_weights(moved, "r", ["cell"])
    assert weights.index.tolist() == ["h", "g", "d"]
    assert weights.tolist() == pytest.approx(response_weights(invited, "r", ["cell"]).tolist())


def test_respondents_without_covariates_are_not_dropped_in_silence():
    rng = np.random.default_rng(2)
    invited = pd.DataFrame({"age": rng.normal(size=50), "r": rng.integers(0, 2, 50)})
    some = invited["r"].idxmax()
    invited.loc[some, "age"] = np.nan
    with pytest.raises(DataError, match="1 respondents have gaps in age"):
        response_weights(invited, "r", ["age"])
    with pytest.raises(EstimationError, match=r"The fit of 'r': age.* separate"):
        response_weights(invited.assign(age=invited["r"]), "r", ["age"])


# --- what silence could hide


def test_worst_case_bounds_by_hand():
    # 61 of 100 content, 43 per cent response: 233 invited
    answers = [5] * 61 + [2] * 39 + [np.nan] * 133
    frame = pd.DataFrame({"q": answers, "unit": list("ABCDEF") * 38 + list("ABCDE")})
    bounds = worst_case(frame, "q", [4, 5], "unit")
    assert bounds.observed == 0.61
    assert bounds.low == pytest.approx(61 / 233)
    assert bounds.high == pytest.approx((61 + 133) / 233)
    assert (bounds.answered, bounds.invited, bounds.clusters) == (100, 233, 6)
    assert bounds.level == 0.95
    full = worst_case(frame.dropna(), "q", [4, 5], "unit")
    assert full.low == full.high == full.observed == 0.61


def test_dont_know_is_an_answer_and_no_answer_is_silence():
    bounds = worst_case(ASKED, "answer", [4, 5], "unit")
    assert (bounds.observed, bounds.low, bounds.high) == (3 / 6, 3 / 10, pytest.approx(7 / 10))


def test_bounds_and_their_limits_match_r():
    for level, key in ((0.95, "imbens manski 95"), (0.8, "imbens manski 80")):
        bounds = worst_case(INVITED, "q", [4, 5], "unit", level=level)
        assert [bounds.low, bounds.high] == pytest.approx(
            [REFERENCE["least"][0], REFERENCE["most"][0]], rel=1e-9
        )
        assert [bounds.limit_low, bounds.limit_high] == pytest.approx(REFERENCE[key][:2], rel=1e-8)


def test_the_critical_value_lies_between_one_and_two_sided():
    """Nearly everybody answered (against R), everybody, and so few that one side is enough."""
    hundredth = (PEOPLE.index + 1) % 100 == 0
    near = worst_case(PEOPLE.assign(q=PEOPLE["satisfaction"].mask(hundredth)), "q", [4, 5], "unit")
    low, high, times = REFERENCE["imbens manski near"]
    assert [near.limit_low, near.limit_high] == pytest.approx([low, high], rel=1e-8)
    df = cluster_mean(PEOPLE["employed"], PEOPLE["unit"]).df
    assert stats.t.ppf(0.95, df) < times < stats.t.ppf(0.975, df)

    full = worst_case(PEOPLE, "satisfaction", [4, 5], "unit")
    share = answer_share(PEOPLE, "satisfaction", [4, 5], "unit")
    assert [full.limit_low, full.limit_high] == pytest.approx([share.low, share.high], abs=1e-8)

    wide = worst_case(INVITED, "q", [4, 5], "unit")
    least = cluster_mean(INVITED["q"].isin([4, 5]), INVITED["unit"], level=0.9)
    assert wide.limit_low == pytest.approx(least.low, abs=1e-8)


def test_limits_stay_within_zero_and_one_where_a_bound_does_not_vary():
    nobody = INVITED.assign(q=INVITED["q"].where(INVITED["q"].isna(), 1.0))
    bounds = worst_case(nobody, "q", [4, 5], "unit")
    assert (bounds.low, bounds.limit_low) == (0, 0)
    assert bounds.high < bounds.limit_high < 1


def answers_of(rng, units: int, share_silent: float) -> pd.DataFrame:
    """Invited people of whom those not content are silent more often."""
    unit = np.repeat(np.arange(units), 40)
    content = rng.random(len(unit)) < (0.5 + 0.1 * rng.normal(size=units))[unit]
    answers = rng.random(len(unit)) < np.where(content, 0.6, 0.6 - share_silent)
    return pd.DataFrame({"unit": unit, "q": np.where(answers, np.where(content, 5.0, 2.0), np.nan)})


def test_limits_hold_a_share_at_a_bound_as_often_as_promised():
    """The truth at the upper bound, where the limits have the least to spare."""
    rng, held, runs = np.random.default_rng(5), 0, 400
    for _ in range(runs):
        made = answers_of(rng, 17, share_silent=0.0)
        # 0.6 answer and half of these are content: the bound is .3 + .4
        held += worst_case(made, "q", [5], "unit", level=0.9).limit_high >= 0.7
    assert held / runs == pytest.approx(0.9, abs=0.045)


@pytest.mark.filterwarnings("ignore:.* does not vary between its 2 clusters")
@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.lists(st.booleans(), max_size=30))
def test_the_truth_lies_within_the_bounds(answered, silent):
    said = [5.0 if content else 1.0 for content in answered]
    frame = pd.DataFrame({"q": [5.0, 1.0, *said, *[np.nan] * len(silent)]})
    frame["unit"] = np.arange(len(frame)) % 2
    bounds = worst_case(frame, "q", [5], "unit")
    truth = np.mean([1, 0, *answered, *silent])
    assert bounds.limit_low <= bounds.low <= truth + 1e-9
    assert truth - 1e-9 <= bounds.high <= bounds.limit_high


@pytest.mark.parametrize("bounds", [worst_case, delta_adjusted])
def test_silence_of_all_and_lone_units_are_refused(bounds):
    with pytest.raises(EstimationError, match="Nobody answered 'answer'"):
        bounds(ASKED.assign(answer=np.nan), "answer", [4, 5], "unit")
    with pytest.raises(EstimationError, match=r"1 cluster \(A\)"):
        bounds(ASKED[ASKED["unit"] == "A"], "answer", [4, 5], "unit")
    with pytest.raises(DataError, match="no cluster label"):
        bounds(ASKED.assign(unit=ASKED["unit"].mask(ASKED["unit"] == "C")), "answer", [4], "unit")
    with pytest.raises(DataError, match="no column 'region'"):
        bounds(ASKED, "answer", [4, 5], "region")
    with pytest.raises(EstimationError, match="level is 95"):
        bounds(ASKED, "answer", [4, 5], "unit", level=95)


def test_delta_adjusted_shares_match_r():
    table = delta_adjusted(INVITED, "q", [4, 5], "unit", deltas=[-0.3, 0.0, 0.2])
    assert table["delta"].tolist() == [-0.3, 0.0, 0.2]
    for key, row in zip(("-0.3", "0", "0.2"), table.itertuples(), strict=True):
        expected = REFERENCE[f"delta {key}"]
        assert [row.estimate, row.se, row.df] == pytest.approx(expected, rel=1e-8)
    assert (table["n"].unique().tolist(), table["clusters"].unique().tolist()) == ([420], [17])
    observed = table.loc[1, "estimate"]
    assert table["silent"].to_numpy() == pytest.approx(observed + table["delta"].to_numpy())


def test_at_delta_zero_it_is_the_answer_share():
    row = delta_adjusted(INVITED, "q", [4, 5], "unit", deltas=[0], level=0.9).loc[0]
    share = answer_share(INVITED, "q", [4, 5], "unit", level=0.9)
    assert [row["estimate"], row["low"], row["high"]] == pytest.approx(
        [share.value, share.low, share.high]
    )


def test_the_curve_runs_from_one_worst_case_to_the_other():
    table = delta_adjusted(INVITED, "q", [4, 5], "unit")
    bounds = worst_case(INVITED, "q", [4, 5], "unit")
    ends = table.iloc[[0, -1]]
    assert ends["estimate"].tolist() == pytest.approx([bounds.low, bounds.high])
    assert ends["silent"].tolist() == pytest.approx([0, 1])
    assert ends["delta"].tolist() == pytest.approx([-bounds.observed, 1 - bounds.observed])
    inner = table["delta"].iloc[1:-1]
    assert np.diff(inner).tolist() == pytest.approx([0.05] * (len(inner) - 1))
    assert 0.0 in inner.tolist()
    assert table["estimate"].is_monotonic_increasing
    # the doubt about those who answered is one about the silent too
    assert ends.iloc[0]["low"] < bounds.limit_low
    assert table[["low", "high"]].stack().between(0, 1).all()


def test_a_delta_beyond_the_worst_case_is_refused():
    with pytest.raises(EstimationError, match=r"delta -0.6, 0.7 gives .*: choose from -0.5 to 0.5"):
        delta_adjusted(ASKED, "answer", [4, 5], "unit", deltas=[-0.6, 0.1, 0.7])
    lone = ASKED.assign(answer=ASKED["answer"].where(ASKED["unit"] == "A"))
    with pytest.raises(EstimationError, match=r"the share answering 'answer' rests on 1 cluster"):
        delta_adjusted(lone, "answer", [4, 5], "unit")
