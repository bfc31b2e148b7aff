"""Simultaneous bands: against a slow bootstrap, by their coverage, and where they are refused."""

import math

import numpy as np
import pytest
from test_curves import simulated

from evallib.curves import bands
from evallib.curves import shares as curves
from evallib.curves.replicates import bootstrap_weights, jackknife_se, studentised
from evallib.errors import EstimationError, EvalError

FULL = simulated(11, 240, 12)


def slow_studentised(panel, weights):
    """Each draw built row by row, its jackknife by leaving out one drawn copy at a time."""
    units = sorted(panel["project"].unique())
    sums = panel.pivot_table(index="project", columns="month", values="employed", aggfunc="sum")
    counts = panel.pivot_table(index="project", columns="month", values="employed", aggfunc="size")
    s, n = (frame.reindex(units).fillna(0).to_numpy(float) for frame in (sums, counts))
    estimate = s.sum(axis=0) / n.sum(axis=0)
    drawn = [g for g, times in enumerate(weights) for _ in range(int(times))]
    left = []
    for position in range(len(drawn)):
        rest = drawn[:position] + drawn[position + 1 :]
        left.append(s[rest].sum(axis=0) / n[rest].sum(axis=0))
    count = len(drawn)
    se = np.sqrt((count - 1) / count * ((left - np.mean(left, axis=0)) ** 2).sum(axis=0))
    return np.abs(s[drawn].sum(axis=0) / n[drawn].sum(axis=0) - estimate) / se


def test_studentised_draws_equal_a_slow_bootstrap():
    statistic = bands.statistic_of(FULL, "employed", "project", "person_id", "share", "it")
    weights = bootstrap_weights(12, 20, seed=3)
    slow = np.array([slow_studentised(FULL, row) for row in weights])
    np.testing.assert_allclose(studentised(statistic, weights), slow, rtol=1e-9)


def test_band_is_the_curve_plus_and_minus_one_multiple_of_its_error():
    made = bands.simultaneous(FULL)
    np.testing.assert_allclose(
        made.frame["estimate"], curves.share(FULL).frame["estimate"], atol=1e-12
    )
    times = (made.frame["high"] - made.frame["estimate"]) / made.frame["se"]
    assert times.max() - times.min() < 1e-9
    assert times.iloc[0] > 2.2  # wider than t(11) pointwise
    statistic = bands.statistic_of(FULL, "employed", "project", "person_id", "share", "it")
    np.testing.assert_allclose(made.frame["se"], jackknife_se(statistic), atol=1e-15)


def test_same_seed_same_band_and_higher_level_wider():
    assert bands.simultaneous(FULL).frame.equals(bands.simultaneous(FULL).frame)
    wide = bands.simultaneous(FULL, level=0.99).frame
    assert (wide["high"] > bands.simultaneous(FULL).frame["high"]).all()


@pytest.mark.parametrize("kind", ["change", "occupancy"])
def test_other_curves(kind):
    made = bands.simultaneous(FULL, kind=kind)
    later = made.frame[made.frame["month"] > 0]
    assert (later["high"] > later["low"]).all()
    if kind == "change":
        expected = curves.shift(FULL, baseline="risk_set").frame["estimate"]
        np.testing.assert_allclose(made.frame["estimate"], expected, atol=1e-12)
        assert tuple(made.frame.loc[0, ["estimate", "low", "high"]]) == (0, 0, 0)


def test_refused_below_ten_clusters_with_the_reason():
    few = FULL[FULL["project"].isin([f"U{i}" for i in range(5)])]
    with pytest.raises(EstimationError, match=r"5 clusters.*only 126 distinct bootstrap samples"):
        bands.simultaneous(few)
    assert math.comb(9, 5) == 126
    with pytest.raises(EvalError, match="kind is 'level'"):
        bands.simultaneous(FULL, kind="level")


def test_bootstrap_curves_center_on_the_curve():
    draws = bands.bootstrap(FULL, draws=4000)[1]
    assert draws.shape == (4000, 6)
    made = curves.share(FULL).frame
    np.testing.assert_allclose(draws.mean(axis=0), made["estimate"], atol=0.004)
    np.testing.assert_allclose(draws.std(axis=0), made["se"], rtol=0.15)


def test_person_level_interval_ignores_the_units():
    person = curves.share(FULL, cluster="person_id").at(1, 0)
    p, n = person.value, person.n
    # The textbook binomial standard error, with n - 1.
    assert person.se == pytest.approx(math.sqrt(p * (1 - p) / (n - 1)))
    assert person.clusters == n == 240
