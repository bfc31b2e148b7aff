"""A test by draws and its interval: two-sided, one-sided, equivalence, limits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.errors import EstimationError, EstimationWarning
from evallib.inference.assignments import permutation
from evallib.inference.inversion import Inversion, numbers, partial


def by_draws(statistics, value=2.0, **more):
    """A test whose draws have these statistics whatever the truth: a table of a distribution."""
    draws = np.zeros((5, len(statistics)))
    draws[0], draws[2] = statistics, 1.0
    known = {"se": 1.0, "smallest_p": 0.0, "units": 9, "n": 90, "level": 0.95, "method": "table"}
    return Inversion(value=value, draws=draws, **({"drawn": False} | known | more))


TABLE = np.r_[-3.0, -2.0, np.linspace(-1, 1, 96), 1.5, 2.5]  # 100 draws, not symmetric


def test_p_values_count_draws_as_far():
    test = by_draws(TABLE)
    assert test.p_value() == 3 / 100  # -3, -2 (a tie) and 2.5
    assert test.p_value(side="above") == 1 / 100
    assert test.p_value(side="below") == 99 / 100
    assert test.p_value(2) == 1
    assert test.p_value(4, "below") == 2 / 100
    assert test.p_value(4.5) == 2 / 100
    assert by_draws(TABLE, drawn=True).p_value() == 4 / 101
    assert by_draws(TABLE, se=2.0).p_value() == by_draws(TABLE, value=1.0).p_value()


def test_limits_are_where_the_test_stops_rejecting():
    test = by_draws(TABLE)
    # sizes are 3, 2.5, 2, 1.5 and then 1 twice: at .97 three may be as far, the fourth may not
    for level, reach in ((0.985, 2.5), (0.98, 2.0), (0.97, 1.5), (0.965, 1.5), (0.95, 1.0)):
        interval = test.at(level)
        assert interval.low == pytest.approx(2 - reach, abs=1e-6)
        assert interval.high == pytest.approx(2 + reach, abs=1e-6)
        assert test.p_value(interval.high) > 1 - level >= test.p_value(interval.high + 1e-6)
        assert test.p_value(interval.low) > 1 - level >= test.p_value(interval.low - 1e-6)


def test_no_limit_where_too_few_draws_can_reject():
    with pytest.warns(EstimationWarning, match=r"With 9 units .* level 0\.995 .*p-value is 0\.01"):
        interval = by_draws(np.r_[TABLE[:99], np.nan_to_num(np.inf)], smallest_p=0.01).at(0.995)
    assert (interval.low, interval.high) == (-np.inf, np.inf)
    with pytest.raises(EstimationError, match="level is 2"):
        by_draws(TABLE).at(2)


def test_equivalence_is_two_one_sided_tests_and_agrees_with_the_interval():
    test = by_draws(TABLE, value=0.5)
    assert test.equivalence(2.4) == 2 / 100  # -3 and -2 are as far below 2.4 as the value
    assert test.equivalence(0.2) > 0.5
    assert test.equivalence(0.0) >= 0.5
    lopsided = by_draws(np.r_[np.linspace(-1, 1, 80), np.linspace(2, 3, 20)], value=0.0)
    # nothing is as low as -2, yet the 90 per cent interval reaches beyond it
    assert lopsided.p_value(2, "below") == 0
    assert lopsided.at(0.9).high > 2
    assert lopsided.equivalence(2.2) == lopsided.p_value(-2.2, "above") > 0.05
    left = by_draws(-lopsided.draws[0], value=0.0)
    assert left.equivalence(2.2) == left.p_value(2.2, "below") > 0.05


def test_half_the_two_sided_p_value_bounds_the_equivalence():
    # one side is never exceeded, the other at 16 per cent: half of that decides
    test = by_draws(np.r_[np.zeros(84), np.full(8, 2.0), np.full(8, -2.0)], value=0.0)
    assert test.equivalence(1.0) == 0.08
    assert test.equivalence(2.5) == 0


SIZES = st.lists(st.integers(2, 9), min_size=6, max_size=8)


@settings(max_examples=25, deadline=None)
@given(SIZES, st.integers(0, 10**6), st.floats(-3, 3), st.sampled_from([0.5, 0.8, 0.9]))
def test_interval_and_test_agree_on_zero_and_on_the_margin(sizes, seed, shift, level):
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(len(sizes)), sizes)
    used = (unit < 2) * 1
    frame = pd.DataFrame({"y": rng.normal(size=len(unit)) + shift * used, "x": used, "u": unit})
    test = permutation(frame, "y", "x", "u", level=0.5)
    interval = test.at(level)
    assert interval.low <= test.value <= interval.high
    assert (interval.low <= 0 <= interval.high) == (test.p_value() > (1 - level) * (1 + 1e-9))
    assert test.at(0.5).high <= interval.high
    for margin in (0.5, 4.0):
        if test.equivalence(margin) < (1 - level) / 2:
            assert -margin <= interval.low
            assert interval.high <= margin


def test_partial_is_the_coefficient_of_the_whole_regression():
    rng = np.random.default_rng(2)
    others = np.column_stack([np.ones(60), rng.normal(size=(60, 2)) * [1, 1e6] + [0, 1e7]])
    x, y, codes = rng.normal(size=60), rng.normal(size=60), np.arange(60) % 6
    fit = partial(y, x, others, codes, list("ABCDEF"))
    scaled = np.column_stack([x, others / np.abs(others).max(axis=0)])
    solution = np.linalg.lstsq(scaled, y)[0]
    assert fit.value == pytest.approx(solution[0])
    assert fit.residuals == pytest.approx(y - scaled @ solution)
    assert others.T @ fit.regressor == pytest.approx(np.zeros(3), abs=1e-6)
    assert fit.others.T @ fit.others == pytest.approx(np.eye(3))
    assert (fit.alone, fit.units) == (None, 6)
    lone = partial(y, (codes == 4) * 1.0, others, codes, list("ABCDEF"))
    assert lone.alone == "E"


def test_a_draw_without_a_regressor_counts_as_extreme():
    one = np.ones((2, 3))
    own = np.array([[1.0, 1, 1], [0, 0, 0]])
    found = numbers([(one, one, own)])
    assert found[:, 1].tolist() == [0] * 5
    assert found[:2, 0].tolist() == [1, 1]
