"""Intervals at few clusters: against R, against brute force, and against bad input."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.assignments import permutation
from evallib.inference.estimate import (
    Estimate,
    cluster_interval,
    cluster_mean,
    cluster_means,
    contrast,
    estimator,
)

REFERENCE = frozen("inference")
PEOPLE = people()
BASE = Estimate(0.04, -0.0, 0.08, 0.02, 16, 900, 17, 0.95, "t(16)")


def test_mean_has_the_cr1_error_of_clubsandwich():
    estimate = cluster_mean(PEOPLE["hours"], PEOPLE["unit"])
    assert estimate.value == pytest.approx(REFERENCE["mean coef (Intercept)"][0], abs=1e-10)
    assert estimate.se == pytest.approx(REFERENCE["mean CR1 se (Intercept)"][0], abs=1e-10)
    assert (estimate.df, estimate.n, estimate.clusters) == (16, 420, 17)
    # t(16) at 97.5 per cent is 2.119905
    assert estimate.high - estimate.value == pytest.approx(2.119905 * estimate.se, rel=1e-6)
    assert estimate.value - estimate.low == pytest.approx(2.119905 * estimate.se, rel=1e-6)


def test_means_by_group_are_the_means_of_their_people():
    holes = PEOPLE.assign(route=PEOPLE["route"].where(PEOPLE["unit"] != "U05"))
    means = cluster_means(holes, "hours", "route", "unit", level=0.9)
    assert list(means) == [1, 2]
    for route, mean in means.items():
        part = holes[holes["route"] == route]
        assert mean == cluster_mean(part["hours"], part["unit"], level=0.9)
    assert sum(mean.n for mean in means.values()) == (PEOPLE["unit"] != "U05").sum()
    assert cluster_means(PEOPLE.assign(project=PEOPLE["unit"]), "hours", "route")[1].level == 0.95
    assert means[1].function.endswith("estimate.cluster_means")


def test_the_mean_of_a_group_is_refused_by_the_name_of_the_group():
    with pytest.raises(EstimationError, match=r"the mean of route 3 rests on 1 cluster \(U05\)"):
        cluster_means(
            PEOPLE.assign(route=np.where(PEOPLE["unit"] == "U05", 3, 1)), "hours", "route", "unit"
        )
    with pytest.raises(DataError, match="no column 'project'"):
        cluster_means(PEOPLE, "hours", "route")


def test_contrast_of_routes_that_share_units_matches_clubsandwich():
    estimate = contrast(PEOPLE, "employed", "route", 1, 2, "unit")
    name = "I(as.numeric(route == 1))"
    assert estimate.value == pytest.approx(REFERENCE[f"contrast coef {name}"][0], abs=1e-10)
    assert estimate.se == pytest.approx(REFERENCE[f"contrast CR2 se {name}"][0], abs=1e-10)
    assert estimate.df == pytest.approx(REFERENCE[f"contrast CR2 df {name}"][0], abs=1e-10)
    assert (estimate.n, estimate.clusters) == (420, 17)
    assert estimate.method == "difference in means, CR2, t with Satterthwaite df"
    # two units a group are enough
    four = PEOPLE[PEOPLE["unit"].isin(["U03", "U11", "U13", "U15"])]
    assert contrast(four, "hours", "visits", 1, 0, "unit").df < 3


def test_contrast_knows_direction_and_leaves_other_groups_out():
    more = pd.concat([PEOPLE, PEOPLE.assign(route=3, employed=9.0)], ignore_index=True)
    ahead, back = (contrast(more, "employed", "route", *pair, "unit") for pair in [(1, 2), (2, 1)])
    assert ahead.value == pytest.approx(-back.value)
    assert ahead.low == pytest.approx(-back.high)
    assert ahead.n == 420


def test_interval_of_an_influence_function_is_that_of_the_mean():
    y = PEOPLE["hours"].to_numpy()
    ours = cluster_interval(y.mean(), (y - y.mean()) / len(y), PEOPLE["unit"], level=0.9)
    mean = cluster_mean(y, PEOPLE["unit"], level=0.9)
    assert (ours.low, ours.high) == pytest.approx((mean.low, mean.high), rel=1e-12)
    assert ours.method == "cluster-robust CR1 (G/(G-1)), t(16)"
    assert cluster_interval(0.0, y - y.mean(), PEOPLE["unit"]).level == 0.95
    assert ours.level == 0.9
    assert ours.high - ours.low < 2 * 2.119905 * ours.se


def test_weights_repeat_people():
    weights = np.arange(len(PEOPLE)) % 3
    repeated = PEOPLE.loc[PEOPLE.index.repeat(weights)]
    weighted = cluster_mean(PEOPLE["hours"], PEOPLE["unit"], weights=weights)
    copied = cluster_mean(repeated["hours"], repeated["unit"])
    assert weighted.value == pytest.approx(copied.value)
    assert weighted.se == pytest.approx(copied.se)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_units_of_weight_and_order_of_rows_change_nothing(data):
    size = data.draw(st.integers(4, 30))
    y = np.array(data.draw(st.lists(st.integers(0, 50), min_size=size, max_size=size)), dtype=float)
    unit = np.arange(size) % data.draw(st.integers(2, 4))
    y[0] += 0.5  # some spread
    scale = data.draw(st.floats(0.1, 10))
    shuffled = data.draw(st.permutations(range(size)))
    plain = cluster_mean(y + unit, unit)
    weighted = cluster_mean(y + unit, unit, weights=np.full(size, scale))
    moved = cluster_mean((y + unit)[shuffled], unit[shuffled])
    for other in (weighted, moved):
        assert other.value == pytest.approx(plain.value)
        assert other.se == pytest.approx(plain.se, rel=1e-6, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(60)), st.floats(-3, 3), st.floats(0.1, 5))
def test_contrast_is_equivariant(order, shift, scale):
    few = PEOPLE.iloc[::7]
    base = contrast(few, "hours", "homework", 1, 0, "unit")
    moved = few.iloc[list(order)].assign(hours=lambda f: shift + scale * f["hours"])
    other = contrast(moved, "hours", "homework", 1, 0, "unit")
    assert other.value == pytest.approx(scale * base.value, rel=1e-9)
    assert other.se == pytest.approx(scale * base.se, rel=1e-9)
    assert other.df == pytest.approx(base.df, rel=1e-9)


def test_estimate_frame_and_p_value():
    assert BASE.frame.loc[0, ["value", "df", "clusters", "method"]].tolist() == [
        0.04,
        16,
        17,
        "t(16)",
    ]
    # t = 2 on 16 degrees of freedom
    assert BASE.p_value() == pytest.approx(0.0627720, abs=1e-6)
    assert BASE.p_value(null=0.04) == 1


def test_one_cluster_is_refused_by_name():
    with pytest.raises(EstimationError, match=r"1 cluster \(A\)"):
        cluster_mean([1, 2], ["A", "A"])


def test_a_group_of_one_unit_is_refused_by_name():
    frame = PEOPLE.assign(route=np.where(PEOPLE["unit"] == "U05", 3, 1))
    with pytest.raises(EstimationError, match=r"Group 3 .* 1 cluster \(U05\)"):
        contrast(frame, "hours", "route", 1, 3, "unit")
    with pytest.raises(EstimationError, match=r"Group 7 .* 0 cluster"):
        contrast(frame, "hours", "route", 1, 7, "unit")


def test_missing_values_are_counted():
    holes = PEOPLE["hours"].mask(PEOPLE["unit"] == "U05")
    with pytest.raises(DataError, match="missing or infinite for 8 of 420"):
        cluster_mean(holes, PEOPLE["unit"])
    with pytest.raises(DataError, match=r"1 rows .* no cluster label"):
        cluster_mean([1, 2, 3], ["A", "B", None])
    with pytest.raises(DataError, match="column 'hours' is missing"):
        contrast(PEOPLE.assign(hours=holes), "hours", "route", 1, 2, "unit")
    with pytest.raises(DataError, match="column 'hours' is missing"):
        permutation(PEOPLE.assign(hours=holes), "hours", "visits", "unit")
    with pytest.raises(DataError, match="the weights of the mean is missing"):
        cluster_mean([1, 2, 3], ["A", "B", "B"], weights=[1, np.nan, 1])
    with pytest.raises(DataError, match="no column 'wages'"):
        contrast(PEOPLE, "wages", "route", 1, 2, "unit")
    with pytest.raises(DataError, match="3 influence values and 2"):
        cluster_interval(1.0, [0.1, 0.2, 0.3], ["A", "B"])


def test_no_spread_is_warned_of():
    with pytest.warns(EstimationWarning, match="the mean does not vary between its 2 clusters"):
        flat = cluster_mean([1, 1, 1, 1], ["A", "A", "B", "B"])
    with pytest.warns(EstimationWarning, match="the contrast 1 - 2 does not vary"):
        contrast(PEOPLE.assign(y=1), "y", "route", 1, 2, "unit")
    with pytest.warns(EstimationWarning, match="the estimate does not vary"):
        cluster_interval(1.0, [0, 0], ["A", "B"])
    assert flat.low == flat.high == 1
    assert flat.p_value(0) == 0
    assert flat.p_value(1) == 1


def test_weights_must_leave_somebody():
    with pytest.raises(EstimationError, match="positive weight"):
        cluster_mean([1, 2], ["A", "B"], weights=[0, 0])
    with pytest.raises(EstimationError, match="positive weight"):
        cluster_mean([1, 2], ["A", "B"], weights=[-1, 2])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_level_is_a_coverage(level):
    with pytest.raises(EstimationError, match="between 0 and 1"):
        cluster_mean([1, 2], ["A", "B"], level=level)


# --- which function was called


@estimator
def doubled(value):
    return [replace(BASE, value=value), {"a": BASE, "b": value}]


def test_estimates_carry_the_function_that_was_called():
    first, rest = doubled(3.0)
    assert first.function == rest["a"].function == f"{__name__}.doubled"
    assert rest["b"] == 3.0
    assert first == replace(BASE, value=3.0)  # the function is no part of the result
    assert "function" not in first.frame
    assert contrast(PEOPLE, "hours", "route", 1, 2, "unit").function.endswith("estimate.contrast")
