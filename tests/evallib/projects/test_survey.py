"""The survey: response, answers and unit means, against R, simulation and by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.errors import DataError, EstimationError, EstimationWarning, EvalError
from evallib.inference.estimate import cluster_mean, unit_means
from evallib.inference.shrinkage import (
    expected_range,
    funnel,
    random_effects,
    reml,
    unit_scores,
    within_variance,
)
from evallib.projects.survey import (
    answer_share,
    distribution,
    response,
    response_weights,
    scores,
    wilson,
    worst_case,
)

REFERENCE = frozen("survey")
MEANS, VARIANCES = np.array(REFERENCE["means"]), 1.21 / np.array(REFERENCE["n"])
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


def test_wilson_matches_r():
    low, high = wilson([0, 1, 7, 20], 20)
    assert low == pytest.approx(REFERENCE["wilson low"], abs=1e-12)
    assert high == pytest.approx(REFERENCE["wilson high"], abs=1e-12)


def test_weights_restore_the_mix_of_the_invited():
    rng = np.random.default_rng(1)
    invited = pd.DataFrame({"young": rng.integers(0, 2, 900), "long": rng.integers(0, 2, 900)})
    chance = 0.7 - 0.4 * invited["young"]
    invited["responded"] = (rng.random(900) < chance) * 1
    result = response_weights(invited, "responded", ["young", "long"])
    answered = invited.loc[result.weights.index]
    assert (answered["responded"] == 1).all()
    assert result.respondents == invited["responded"].sum()
    assert result.weights.mean() == pytest.approx(1)
    assert answered["young"].mean() < 0.4
    weighted = np.average(answered["young"], weights=result.weights)
    assert weighted == pytest.approx(invited["young"].mean(), abs=0.005)
    by_hand = result.weights.sum() ** 2 / (result.weights**2).sum()
    assert result.effective == pytest.approx(by_hand)
    assert result.effective < result.respondents


def test_saturated_weights_are_the_inverse_response_of_each_cell():
    invited = pd.DataFrame(
        {"cell": ["x"] * 10 + ["y"] * 10, "r": [1] * 5 + [0] * 5 + [1] * 8 + [0] * 2}
    )
    result = response_weights(invited, "r", ["cell"])
    x, y = result.weights.iloc[0], result.weights.iloc[-1]
    assert x / y == pytest.approx((10 / 5) / (10 / 8))


def test_respondents_without_covariates_are_not_dropped_in_silence():
    rng = np.random.default_rng(2)
    invited = pd.DataFrame({"age": rng.normal(size=50), "r": rng.integers(0, 2, 50)})
    some = invited["r"].idxmax()
    invited.loc[some, "age"] = np.nan
    with pytest.raises(DataError, match="1 respondents have gaps in age"):
        response_weights(invited, "r", ["age"])


def test_worst_case_bounds_by_hand():
    # 61 of 100 content, 43 per cent response: 233 invited
    bounds = worst_case([1] * 61 + [0] * 39, invited=233)
    assert bounds.observed == 0.61
    assert bounds.low == pytest.approx(61 / 233)
    assert bounds.high == pytest.approx((61 + 133) / 233)
    assert bounds.frame.loc[0, ["answered", "invited"]].tolist() == [100, 233]
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
    low, high = wilson(2, 6)
    assert overall.loc[9, ["low", "high"]].tolist() == pytest.approx([float(low), float(high)])


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


# --- unit means


def test_reml_and_shrunken_means_match_metafor():
    fit = random_effects(MEANS, VARIANCES)
    assert fit.tau2 == pytest.approx(REFERENCE["tau2"][0], abs=1e-7)
    assert fit.mean == pytest.approx(REFERENCE["mean"][0], abs=1e-7)
    assert fit.frame["shrunken"].tolist() == pytest.approx(REFERENCE["shrunken"], abs=1e-7)
    assert [fit.mean_low, fit.mean_high] == pytest.approx(REFERENCE["mean limits"], abs=1e-7)
    assert fit.q == pytest.approx(REFERENCE["q"][0], abs=1e-9)
    assert fit.q_p == pytest.approx(REFERENCE["q_p"][0], abs=1e-9)


def test_reml_is_zero_where_units_are_alike():
    alike = 3.6 + (MEANS - 3.6) / 10
    fit = random_effects(alike, VARIANCES)
    assert [fit.mean, fit.tau2] == pytest.approx(REFERENCE["alike"], abs=1e-9)
    assert fit.frame["shrunken"].tolist() == pytest.approx([fit.mean] * 17)
    # Knapp and Hartung's interval would be narrower than the known variances allow.
    widest = 2.119905 / np.sqrt((1 / VARIANCES).sum())
    assert fit.mean_high - fit.mean == pytest.approx(widest, rel=1e-6)


def test_reml_maximises_the_restricted_likelihood():
    def likelihood(tau2):
        w = 1 / (VARIANCES + tau2)
        centre = w @ MEANS / w.sum()
        return np.log(w).sum() - np.log(w.sum()) - w @ (MEANS - centre) ** 2

    best = reml(MEANS, VARIANCES)
    assert likelihood(best) > max(likelihood(best * 0.99), likelihood(best * 1.01))
    # widely different units: the root lies beyond the first bracket
    assert reml(np.array([0.0, 1.0, 0.0, 1.0]), np.full(4, 1e-9)) == pytest.approx(1 / 3)


def test_interval_limits_are_posterior_quantiles():
    """The same posterior by brute force: draw tau on its grid, then mean and unit."""
    rng = np.random.default_rng(1)
    grid = np.linspace(0, 1.5, 3001)
    w = 1 / (VARIANCES + grid[:, None] ** 2)
    centre = (w * MEANS).sum(1) / w.sum(1)
    logs = 0.5 * (np.log(w).sum(1) - np.log(w.sum(1)) - (w * (MEANS - centre[:, None]) ** 2).sum(1))
    tau = rng.choice(grid, 200_000, p=np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum())
    w = 1 / (VARIANCES + tau[:, None] ** 2)
    mean = rng.normal((w * MEANS).sum(1) / w.sum(1), 1 / np.sqrt(w.sum(1)))[:, None]
    kept = tau[:, None] ** 2 * w
    truth = rng.normal(mean + kept * (MEANS - mean), np.sqrt(kept * VARIANCES))
    table = random_effects(MEANS, VARIANCES, level=0.9).frame
    assert table["shrunken_low"].to_numpy() == pytest.approx(
        np.quantile(truth, 0.05, axis=0), abs=0.006
    )
    assert table["shrunken_high"].to_numpy() == pytest.approx(
        np.quantile(truth, 0.95, axis=0), abs=0.006
    )


def test_shrunken_intervals_cover_where_plug_in_ones_do_not():
    """A quick version of simulations/few_clusters.py, which has the full numbers."""
    rng = np.random.default_rng(11)
    honest = plug_in = 0.0
    runs = 60
    for _ in range(runs):
        truth = 3.6 + 0.18 * rng.normal(size=17)
        table = random_effects(truth + rng.normal(size=17) * np.sqrt(VARIANCES), VARIANCES).frame
        honest += (
            (table["shrunken_low"] <= truth) & (truth <= table["shrunken_high"])
        ).mean() / runs
        naive = 1.96 * np.sqrt(table["weight"] * VARIANCES)
        plug_in += (abs(table["shrunken"] - truth) <= naive).mean() / runs
    assert honest > 0.91
    assert plug_in < honest - 0.04


def test_raw_intervals_and_weights():
    table = random_effects(MEANS, VARIANCES, names=[f"U{i}" for i in range(17)], level=0.9).frame
    assert table["unit"].tolist()[:2] == ["U0", "U1"]
    assert (table["high"] - table["low"]).to_numpy() == pytest.approx(
        2 * 1.644854 * np.sqrt(VARIANCES)
    )
    tau2 = REFERENCE["tau2"][0]
    assert table["weight"].to_numpy() == pytest.approx(tau2 / (tau2 + VARIANCES))


def test_unit_scores_pool_the_variance_within_units():
    frame = people()
    fit = unit_scores(frame, "satisfaction", "unit")
    means = frame.groupby("unit")["satisfaction"].transform("mean")
    pooled = ((frame["satisfaction"] - means) ** 2).sum() / (420 - 17)
    assert within_variance(unit_means(frame, "satisfaction", "unit")) == pytest.approx(pooled)
    assert fit.frame["se"].to_numpy() ** 2 == pytest.approx(pooled / fit.frame["n"].to_numpy())
    assert fit.frame["n"].sum() == 420
    assert fit.frame["unit"].tolist() == sorted(frame["unit"].unique())
    # a unit whose people agree has no variance of its own, and needs none
    agreed = frame.assign(satisfaction=frame["satisfaction"].mask(frame["unit"] == "U02", 5))
    assert (unit_scores(agreed, "satisfaction", "unit").frame["se"] > 0).all()


def test_units_without_variance_are_named():
    with pytest.raises(DataError, match="Unit B has a sampling variance of zero"):
        random_effects([1.0, 2, 3], [0.1, 0.0, 0.1], ["A", "B", "C"])
    with pytest.raises(EstimationError, match="2 units"):
        random_effects([1.0, 2], [0.1, 0.1])
    flat = pd.DataFrame({"y": [1.0, 1, 2, 2, 3, 3], "u": list("AABBCC")})
    with pytest.raises(EstimationError, match="all answers agree"):
        unit_scores(flat, "y", "u")
    with pytest.raises(EstimationError, match="No unit has two answers"):
        unit_scores(flat.iloc[::2], "y", "u")


def test_committed_coverage_of_shrunken_intervals():
    results = pd.read_csv(Path(__file__).parents[2] / "simulations" / "few_clusters.csv")
    rows = results[results["simulation"] == "unit means"]
    rows = rows.pivot_table(index="setting", columns="quantity", values="value")
    assert len(rows) == 4
    assert (rows["coverage shrunken"] >= 0.93).all()
    assert (rows["coverage plug-in"] < rows["coverage shrunken"]).all()
    assert (rows["mean squared error shrunken"] < rows["mean squared error raw"]).all()


# --- the range of equal units, and the funnel


def test_expected_range_of_equal_units_is_the_studentized_range():
    result = expected_range(np.ones(17), level=0.9)
    assert [result.low, result.high] == pytest.approx(REFERENCE["range of 17"], abs=1e-6)
    assert result.mean == pytest.approx(3.5879, abs=1e-4)  # Tippett (1925), table of mean ranges


def test_expected_range_of_unequal_units_matches_simulation():
    draws = np.random.default_rng(3).normal(size=(200_000, 17)) * np.sqrt(VARIANCES)
    ranges = np.ptp(draws, axis=1)
    result = expected_range(np.sqrt(VARIANCES), level=0.9)
    assert result.mean == pytest.approx(ranges.mean(), abs=0.003)
    assert [result.low, result.high] == pytest.approx(np.quantile(ranges, [0.05, 0.95]), abs=0.004)


def test_expected_range_needs_two_units_with_spread():
    with pytest.raises(EstimationError, match="two units or more"):
        expected_range([1.0])
    with pytest.raises(EstimationError, match="positive standard error"):
        expected_range([1.0, 0.0])


def flat_units(bad: float = 0.0, n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    unit = np.repeat([f"U{i:02d}" for i in range(20)], n)
    y = rng.normal(3.5, 1, len(unit)) - bad * (unit == "U07")
    return pd.DataFrame({"unit": unit, "y": y, "yes": (y > 3.5) * 1})


def test_funnel_finds_the_one_unit_that_differs():
    result = funnel(flat_units(bad=1.5), "y", "unit")
    positions = result.frame.set_index("unit")["position"]
    assert positions["U07"] == "far outside"
    assert (positions.drop("U07") != "far outside").all()
    assert result.dispersion < 1.6


def test_funnel_limits_by_hand():
    frame = flat_units()
    result = funnel(frame, "y", "unit")
    means = unit_means(frame, "y", "unit")
    assert result.dispersion == 1
    assert result.centre == pytest.approx(frame["y"].mean())
    # t(780) at 97.5 and 99.9 per cent
    se = np.sqrt(within_variance(means) / 40)
    assert result.frame["high"].to_numpy() == pytest.approx(result.centre + 1.963008 * se, rel=1e-5)
    assert result.frame["low"].to_numpy() == pytest.approx(result.centre - 1.963008 * se, rel=1e-5)
    assert result.frame["low_outer"].to_numpy() == pytest.approx(
        result.centre - 3.10054 * se, rel=1e-4
    )


def test_funnel_of_shares_is_wilson_turned_round():
    frame = flat_units(bad=0.8)
    result = funnel(frame, "yes", "unit", kind="share", levels=(0.95, 0.998))
    assert result.dispersion == 1
    table = result.frame
    low, high = wilson(table["value"] * table["n"], table["n"])
    beyond = (low > result.centre) | (high < result.centre)
    assert beyond.any()
    assert ((table["position"] != "inside") == beyond).all()
    small = funnel(frame.groupby("unit").head(3), "yes", "unit", kind="share").frame
    assert (small["low"] >= 0).all()
    assert (small["high_outer"] <= 1).all()


def test_overdispersion_widens_the_funnel():
    frame = flat_units()
    shift = frame["unit"].str[1:].astype(int) % 2
    wide = funnel(frame.assign(y=frame["y"] + shift), "y", "unit")
    z = (wide.frame["value"] - wide.centre) / np.sqrt(within_variance(unit_means(
        frame.assign(y=frame["y"] + shift), "y", "unit")) / 40)  # fmt: skip
    pulled = np.clip(z, *np.quantile(z, [0.1, 0.9]))
    assert wide.dispersion == pytest.approx((pulled**2).mean())
    assert wide.dispersion > 5
    narrow = funnel(frame, "y", "unit").frame
    ratio = (wide.frame["high"] - wide.frame["low"]) / (narrow["high"] - narrow["low"])
    assert ratio.to_numpy() == pytest.approx(np.sqrt(wide.dispersion), rel=1e-6)


def test_funnel_checks_its_input():
    with pytest.raises(DataError, match="0 and 1, and both"):
        funnel(flat_units(), "y", "unit", kind="share")
    with pytest.raises(DataError, match="0 and 1, and both"):
        funnel(flat_units().assign(yes=1), "yes", "unit", kind="share")
    with pytest.raises(EvalError, match="'mean', 'share'"):
        funnel(flat_units(), "y", "unit", kind="median")
