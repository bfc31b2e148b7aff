"""An estimate and its interval: by hand, and that what is said of it agrees with its p-values."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evallib.errors import EstimationError, EstimationWarning
from evallib.inference.estimate import (
    ICC,
    Estimate,
    check_level,
    estimator,
    t_estimate,
    within,
)

BASE = Estimate(0.04, -0.0, 0.08, 0.02, 16, 900, 17, 0.95, "t(16)")
T = 2.119905  # of 16 degrees of freedom at 97.5 per cent


def made(value=0.04, se=0.02, df=16.0, **given):
    facts = {"n": 900, "clusters": 17, "level": 0.95, "method": ""}
    return t_estimate(value, se, df, **facts | given)


def test_frame_has_the_numbers_and_not_how_they_were_asked_for():
    row = BASE.frame.loc[0]
    assert row[["value", "df", "clusters", "method"]].tolist() == [0.04, 16, 17, "t(16)"]
    hidden = {"function", "k", "bounds", "difference"}
    assert not hidden & set(BASE.frame.columns)


def test_p_values_by_hand():
    # t = 2 on 16 degrees of freedom
    assert BASE.p_value() == pytest.approx(0.0627720, abs=1e-6)
    assert BASE.p_value(side="above") == pytest.approx(0.0313860, abs=1e-6)
    assert BASE.p_value(side="below") == pytest.approx(1 - 0.0313860, abs=1e-6)
    assert BASE.p_value(null=0.04) == 1
    assert BASE.p_value(null=0.08) == pytest.approx(BASE.p_value())
    assert replace(BASE, value=-0.04).p_value() == pytest.approx(BASE.p_value())


def test_equivalence_is_the_worse_of_two_one_sided_tests():
    # (.05 - .04) / .02 = .5 and (.05 + .04) / .02 = 4.5
    assert BASE.equivalence(0.05) == pytest.approx(stats.t.sf(0.5, 16))
    assert replace(BASE, value=-0.04).equivalence(0.05) == pytest.approx(stats.t.sf(0.5, 16))
    assert BASE.equivalence(0.03) > 0.5


@settings(max_examples=60, deadline=None)
@given(st.floats(-0.2, 0.2), st.floats(0.005, 0.1), st.floats(1.5, 40))
def test_interval_and_p_values_agree(value, se, df):
    estimate = made(value, se, df, bounds=(-1.0, 1.0), difference=True)
    assert (estimate.low > 0 or estimate.high < 0) == (estimate.p_value() < 0.05)
    ninety = estimate.at(0.9)
    assert (ninety.low > -0.1 and ninety.high < 0.1) == (estimate.equivalence(0.1) < 0.05)
    assert ninety.at(0.95) == estimate


def test_what_does_not_vary_has_no_p_value():
    flat = replace(BASE, se=1e-15)
    assert BASE.varies
    assert not flat.varies
    assert np.isnan(flat.p_value())
    assert np.isnan(flat.equivalence(0.05))
    # rounding of a large number is no spread either
    assert not replace(BASE, value=1e6, se=1e-7).varies


def test_limits_without_bounds_are_symmetric():
    estimate = made()
    assert estimate.high - 0.04 == pytest.approx(T * 0.02, rel=1e-6)
    assert 0.04 - estimate.low == pytest.approx(T * 0.02, rel=1e-6)
    assert estimate.at(0.5).high - 0.04 == pytest.approx(stats.t.ppf(0.75, 16) * 0.02)
    assert estimate.at(0.5).level == 0.5


def test_limits_within_bounds_are_wilson():
    # n = .04 x .96 / .02^2 = 96 people
    p, n = 0.04, 96
    root = T * np.sqrt(p * (1 - p) / n + T**2 / (4 * n**2))
    expected = ((np.array([-root, root]) + p + T**2 / (2 * n)) / (1 + T**2 / n)).tolist()
    share = made(bounds=(0.0, 1.0))
    assert [share.low, share.high] == pytest.approx(expected, rel=1e-6)
    assert [share.low, share.high] == list(within(p, 0.02, stats.t.ppf(0.975, 16), (0, 1), 5))
    score = made(1.16, 0.08, bounds=(1.0, 5.0))  # the same on a scale from 1 to 5
    assert [score.low, score.high] == pytest.approx([1 + 4 * limit for limit in expected], rel=1e-6)


def test_a_difference_is_cut_at_its_bounds():
    cut = made(0.95, 0.2, bounds=(-1.0, 1.0), difference=True)
    assert (cut.low, cut.high) == (pytest.approx(0.95 - T * 0.2, rel=1e-6), 1.0)
    cut = made(-0.95, 0.2, bounds=(-1.0, 1.0), difference=True)
    assert (cut.low, cut.high) == (-1.0, pytest.approx(-0.95 + T * 0.2, rel=1e-6))


@pytest.mark.parametrize(("value", "beyond"), [(0.0, 1), (1.0, 0)])
def test_where_no_spread_is_seen_the_people_are_those_the_units_are_worth(value, beyond):
    flat = made(value, 0.0, bounds=(0.0, 1.0))
    n = 900 / (1 + (900 / 17 - 1) * ICC)
    width = T**2 / n / (1 + T**2 / n)
    assert flat.high - flat.low == pytest.approx(width, rel=1e-6)
    assert (flat.low, flat.high)[1 - beyond] == value


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.floats(1e-3, 2), st.floats(1, 30), st.floats(0.5, 0.999))
def test_limits_stay_within_bounds_and_hold_the_value(value, se, df, level):
    made_ = made(1 + 4 * value, se, df, bounds=(1.0, 5.0), level=level)
    assert 1 <= made_.low <= made_.value + 1e-12
    assert made_.value - 1e-12 <= made_.high <= 5


def test_degrees_of_freedom_that_allow_anything_give_the_whole_range():
    assert within(0.3, 0.1, float("inf"), (0.0, 1.0), 10) == (0.0, 1.0)


def test_an_interval_without_width_is_warned_of():
    with pytest.warns(EstimationWarning, match="the rise does not vary between its 17 clusters"):
        flat = made(3.0, 0.0, what="the rise")
    assert flat.low == flat.high == 3


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, "0.95"])
def test_level_is_a_coverage(level):
    with pytest.raises(EstimationError, match=f"level is {level!r}; give a coverage between 0 and"):
        check_level(level)
    with pytest.raises(EstimationError, match="between 0 and 1"):
        BASE.at(level)


# --- which function was called


@estimator
def doubled(value):
    return [replace(BASE, value=value), {"a": BASE, "b": value}]


def test_estimates_carry_the_function_that_was_called():
    first, rest = doubled(3.0)
    assert first.function == rest["a"].function == f"{__name__}.doubled"
    assert rest["b"] == 3.0
    assert first == replace(BASE, value=3.0)  # the function is no part of the result
