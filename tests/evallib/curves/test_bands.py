"""Simultaneous bands: what they are made of, and where they are refused."""

import math

import numpy as np
import pytest
from panels import simulated

from evallib.curves import bands
from evallib.curves import shares as curves
from evallib.curves.resampling import jackknife_se
from evallib.errors import EstimationError, EvalError

FULL = simulated(11, 240, 12)


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


def test_person_level_interval_ignores_the_units():
    person = curves.share(FULL, cluster="person_id").at(1, 0)
    p, n = person.value, person.n
    # The textbook binomial standard error, with n - 1.
    assert person.se == pytest.approx(math.sqrt(p * (1 - p) / (n - 1)))
    assert person.clusters == n == 240


def test_bands_need_every_month_in_nearly_every_draw():
    # One unit alone reaches month 5: a third of the draws miss it.
    rare = FULL[(FULL["month"] < 5) | (FULL["project"] == "U0")]
    with pytest.raises(EstimationError, match=r"of the bootstrap samples of group 1 nobody"):
        bands.simultaneous(rare)


def test_fewest_clusters_is_ten():
    ten = simulated(21, 160, 10)
    assert bands.simultaneous(ten).at(1, 0).clusters == 10
    with pytest.raises(EstimationError, match="Group 1 has 9 clusters"):
        bands.simultaneous(ten[ten["project"] != "U0"])
