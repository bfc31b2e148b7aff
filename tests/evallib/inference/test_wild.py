"""Weights of the wild bootstrap, and where it says nothing; numbers are in models/test_draws.py."""

import numpy as np
import pytest

from evallib.errors import EstimationError, EstimationWarning
from evallib.inference.inversion import partial
from evallib.inference.wild import SIGNS, SIX, bootstrap


def fit(units, seed=1, people=6, slope=0.0):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(units), people)
    x = rng.normal(size=len(codes)) + codes % 3
    y = slope * x + rng.normal(size=units)[codes] + rng.normal(size=len(codes))
    return partial(y, x, np.ones((len(y), 1)), codes, [f"U{i}" for i in range(units)])


def test_weights_have_mean_zero_and_variance_one():
    for points in (SIGNS, SIX):
        assert np.mean(points) == pytest.approx(0)
        assert np.mean(points**2) == pytest.approx(1)
    assert sorted(SIX) == pytest.approx(
        [-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5)]
    )


@pytest.mark.parametrize(
    ("units", "draws", "least", "words"),
    [
        (5, 6**5, 6 / 6**5, "all 7776 draws of Webb weights"),
        (8, 999, 1 / 1000, "random 999 draws of Webb weights"),
        (11, 999, 1 / 1000, "random 999 draws of Webb weights"),
        (12, 2**12, 2 / 2**12, "all 4096 draws of Rademacher weights"),
        (19, 2**19, 2 / 2**19, "all 524288 draws of Rademacher weights"),
        (20, 999, 1 / 1000, "random 999 draws of Rademacher weights"),
    ],
)
def test_all_weights_are_listed_or_some_are_drawn(units, draws, least, words):
    test = bootstrap(fit(units), what="x", draws=999)
    assert test.method == f"restricted wild cluster bootstrap, CR1, {words}"
    assert test.draws.shape == (5, draws)
    assert test.smallest_p == pytest.approx(least)
    assert (test.units, test.n, test.level) == (units, units * 6, 0.95)
    assert test.p_value() >= least
    assert bootstrap(fit(units, slope=90.0), what="x", draws=999).p_value() <= max(least, 6 / 6**5)


def test_random_weights_depend_on_the_seed_and_reach_every_block():
    one, again, other = (bootstrap(fit(20), what="x", draws=9999, seed=s) for s in (1, 1, 2))
    assert one.p_value() == again.p_value() != other.p_value()
    assert len(np.unique(one.draws[0])) > 9900
    assert one.p_value(0.3) == pytest.approx(other.p_value(0.3), abs=0.02)


def test_interval_is_where_the_test_stops_rejecting():
    test = bootstrap(fit(12, slope=1.0), what="x", level=0.9)
    interval = test.at(test.level)
    step = 1e-6 * test.se
    for limit, out in ((interval.low, -step), (interval.high, step)):
        assert test.p_value(limit) > 0.1 >= test.p_value(limit + out)
    assert interval.low < test.value < interval.high


def test_few_clusters_cannot_reject_at_a_high_level():
    with pytest.warns(EstimationWarning, match="With 2 units"):
        assert bootstrap(fit(2), what="x").at(0.95).low == -np.inf


def test_what_one_cluster_carries_is_refused():
    codes = np.repeat(np.arange(6), 4)
    y = np.random.default_rng(1).normal(size=24)
    names = list("ABCDEF")
    lone = partial(y, (codes == 2) * 1.0, np.ones((24, 1)), codes, names)
    with pytest.raises(EstimationError, match=r"'visits' cannot be told from cluster C"):
        bootstrap(lone, what="visits")
    with pytest.raises(EstimationError, match="level is 7"):
        bootstrap(fit(5), what="x", level=7)
