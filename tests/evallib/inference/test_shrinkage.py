"""Means of small units: against R, against simulation, and by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people

from evallib.errors import DataError, EstimationError
from evallib.inference.shrinkage import (
    expected_range,
    random_effects,
    reml,
    unit_means,
    unit_scores,
    within_variance,
)

REFERENCE = frozen("survey")
MEANS, VARIANCES = np.array(REFERENCE["means"]), 1.21 / np.array(REFERENCE["n"])


# --- unit means


def test_unit_means_are_those_of_the_people():
    everyone = people()
    means = unit_means(everyone, "hours", "unit").set_index("unit")
    some = everyone.loc[everyone["unit"] == "U03", "hours"]
    assert means.loc["U03"].tolist() == pytest.approx([20, some.mean(), some.std()])
    assert means["n"].sum() == 420
    holes = everyone.assign(hours=everyone["hours"].mask(everyone["unit"] == "U05"))
    with pytest.raises(DataError, match="column 'hours' is missing"):
        unit_means(holes, "hours", "unit")
    with pytest.raises(DataError, match="'unit' is empty in 8 of 420 rows"):
        unit_means(everyone.assign(unit=holes["unit"].mask(holes["hours"].isna())), "hours", "unit")


def test_reml_and_shrunken_means_match_metafor():
    fit = random_effects(MEANS, VARIANCES)
    assert fit.tau2 == pytest.approx(REFERENCE["tau2"][0], abs=1e-7)
    assert fit.mean == pytest.approx(REFERENCE["mean"][0], abs=1e-7)
    assert fit.frame["shrunken"].tolist() == pytest.approx(REFERENCE["shrunken"], abs=1e-7)


def test_reml_is_zero_where_units_are_alike():
    alike = 3.6 + (MEANS - 3.6) / 10
    fit = random_effects(alike, VARIANCES)
    assert [fit.mean, fit.tau2] == pytest.approx(REFERENCE["alike"], abs=1e-9)
    assert fit.frame["shrunken"].tolist() == pytest.approx([fit.mean] * 17)


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
    like_all = (table["chance_low"] + table["chance_high"]).to_numpy() / 2
    assert like_all == pytest.approx(random_effects(MEANS, VARIANCES).mean)
    wide = table[["high", "chance_high"]].to_numpy() - table[["low", "chance_low"]].to_numpy()
    assert wide[:, 1] == pytest.approx(wide[:, 0])
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


def test_units_come_in_the_order_of_their_names_with_the_range_of_chance():
    """What a figure draws: a unit outside the range of chance is one in twenty if all are alike."""
    shuffled = flat_units().sample(frac=1, random_state=1)
    fit = unit_scores(shuffled, "y", "unit")
    table = fit.frame
    assert table["unit"].tolist() == sorted(shuffled["unit"].unique())
    assert (table["chance_low"] < fit.mean).all()
    assert (table["chance_high"] > fit.mean).all()
    within = table["raw"].between(table["chance_low"], table["chance_high"])
    assert within.sum() >= 18
    apart = unit_scores(flat_units(bad=1.0), "y", "unit").frame.set_index("unit")
    outside = ~apart["raw"].between(apart["chance_low"], apart["chance_high"])
    assert outside["U07"]
    assert apart.loc["U07", "chance_low"] > apart.loc["U07", "raw"]


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


# --- the range of equal units


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
