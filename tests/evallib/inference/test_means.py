"""Means and differences of few units: against R, against brute force, and against bad input."""

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.cr2 import least_squares
from evallib.inference.means import cluster_mean, cluster_means, contrast, slope

REFERENCE = frozen("inference")
SURVEY = frozen("survey")
PEOPLE = people()
WEIGHTS = 1 + PEOPLE["age"] / 10 + 5 * (PEOPLE["unit"] == "U16")
ROUTE = {route: PEOPLE[PEOPLE["route"] == route] for route in (1, 2)}


def told(estimate):
    return [estimate.value, estimate.se, estimate.df]


# --- means


@pytest.mark.parametrize(
    ("key", "frame", "outcome", "weights"),
    [
        ("mean hours", PEOPLE, "hours", None),
        ("mean employed", PEOPLE, "employed", None),
        ("mean employed route 1", ROUTE[1], "employed", None),
        ("mean employed route 2", ROUTE[2], "employed", None),
        ("weighted hours", PEOPLE, "hours", WEIGHTS),
        ("weighted employed", PEOPLE, "employed", WEIGHTS),
        ("weighted two units", PEOPLE[PEOPLE["unit"].isin(["U03", "U16"])], "hours", WEIGHTS),
    ],
)
def test_means_match_clubsandwich(key, frame, outcome, weights):
    weights = None if weights is None else weights[frame.index]
    found = cluster_mean(frame[outcome], frame["unit"], weights=weights)
    assert told(found) == pytest.approx(SURVEY[key], rel=1e-9)
    assert (found.n, found.clusters) == (len(frame), frame["unit"].nunique())
    assert found.method == "mean, CR2, t with Satterthwaite df"
    assert found.function == "evallib.inference.means.cluster_mean"


def brute_mean(y, w, unit):
    """CR2 as it is defined, with matrices of people by people."""
    y, w = np.asarray(y, dtype=float), np.asarray(w, dtype=float)
    hat = np.eye(len(y)) - np.ones((len(y), 1)) @ (w[None, :] / w.sum())  # residual maker
    value = w @ y / w.sum()
    rows = []
    for name in sorted(set(unit)):
        own = np.asarray(unit) == name
        block = (hat @ hat.T)[np.ix_(own, own)]
        inverse = linalg.pinvh(linalg.sqrtm(block).real)
        rows.append(w[own] / w.sum() @ inverse @ hat[own])
    g = np.array(rows)
    q = g @ g.T
    return value, np.sqrt(((g @ y) ** 2).sum()), np.trace(q) ** 2 / (q**2).sum()


def test_a_mean_is_that_of_its_definition():
    few = PEOPLE.iloc[::9]
    for weights in (np.ones(len(few)), WEIGHTS[few.index]):
        found = cluster_mean(few["hours"], few["unit"], weights=weights)
        assert told(found) == pytest.approx(brute_mean(few["hours"], weights, few["unit"]))


def test_limits_of_a_number_are_symmetric():
    hours = cluster_mean(PEOPLE["hours"], PEOPLE["unit"], level=0.9)
    half = stats.t.ppf(0.95, hours.df) * hours.se
    assert (hours.low, hours.high) == pytest.approx((hours.value - half, hours.value + half))
    assert hours.level == 0.9
    assert hours.k is None


def test_limits_of_a_share_are_wilson_with_the_people_it_is_worth():
    share = cluster_mean(PEOPLE["employed"], PEOPLE["unit"])
    p, t = share.value, stats.t.ppf(0.975, share.df)
    n = p * (1 - p) / share.se**2
    root = t * np.sqrt(p * (1 - p) / n + t**2 / (4 * n**2))
    limits = (np.array([-root, root]) + p + t**2 / (2 * n)) / (1 + t**2 / n)
    assert (share.low, share.high) == pytest.approx(tuple(limits))
    assert share.k == PEOPLE["employed"].sum()
    assert share.bounds == (0, 1)
    flags = cluster_mean(PEOPLE["employed"] == 1, PEOPLE["unit"])
    assert (flags.low, flags.high, flags.k) == (share.low, share.high, share.k)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), min_size=5, max_size=40))
def test_limits_stay_on_the_scale(answers):
    unit = [code for _, code in answers[2:]]
    y = [answer for answer, _ in answers[2:]]
    mean = cluster_mean([1, 5, *y], [8, 9, *unit], bounds=(1, 5))
    assert 1 <= mean.low <= mean.value <= mean.high <= 5
    share = cluster_mean([0, 1, *(value > 3 for value in y)], [8, 9, *unit], level=0.99)
    assert 0 <= share.low <= share.value <= share.high <= 1


def test_where_everybody_or_nobody_has_it_the_limits_keep_a_width():
    everybody = cluster_mean([1] * 60, list("ABC") * 20)
    nobody = cluster_mean([0] * 60, list("ABC") * 20)
    assert (everybody.high, nobody.low) == (1, 0)
    assert 0.5 < everybody.low < 0.95
    assert nobody.high == pytest.approx(1 - everybody.low)
    assert np.isnan(everybody.p_value(0.9))


def test_people_and_units_without_weight_do_not_count():
    """Ten of twelve units weigh nothing: two units are left, and the interval says so."""
    unit = np.repeat([f"U{i:02d}" for i in range(12)], 10)
    y = np.random.default_rng(1).normal(size=120) + np.repeat(np.arange(12), 10)
    weights = np.where(np.isin(unit, ["U03", "U07"]), 2.0, 0.0)
    found = cluster_mean(y, unit, weights=weights)
    kept = weights > 0
    alone = cluster_mean(y[kept], unit[kept])
    assert told(found) == pytest.approx(told(alone))
    assert (found.n, found.clusters) == (20, 2)
    assert found.df == pytest.approx(1)
    assert found.high - found.low > 5 * (cluster_mean(y, unit).high - cluster_mean(y, unit).low)
    with pytest.raises(EstimationError, match=r"the mean rests on 1 cluster \(U03\)"):
        cluster_mean(y, unit, weights=np.where(unit == "U03", 1.0, 0.0))


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
        assert other.df == pytest.approx(plain.df, rel=1e-6)


def test_means_by_group_are_the_means_of_their_people():
    means = cluster_means(PEOPLE, "hours", "route", "unit", level=0.9)
    assert list(means) == [1, 2]
    for route, mean in means.items():
        assert mean == cluster_mean(ROUTE[route]["hours"], ROUTE[route]["unit"], level=0.9)
    assert cluster_means(PEOPLE.assign(project=PEOPLE["unit"]), "hours", "route")[1].level == 0.95
    assert means[1].function.endswith("means.cluster_means")
    scores = cluster_means(PEOPLE, "satisfaction", "route", "unit", bounds=(1, 5))
    assert scores[2].bounds == (1, 5)
    assert [*cluster_means(PEOPLE, "hours", "visits", "unit")] == [0, 1]


def test_a_group_that_cannot_be_judged_is_named():
    lone = PEOPLE.assign(route=np.where(PEOPLE["unit"] == "U05", 3, 1))
    with pytest.raises(EstimationError, match=r"the mean of route 3 rests on 1 cluster \(U05\)"):
        cluster_means(lone, "hours", "route", "unit")
    with pytest.raises(DataError, match="no column 'project'"):
        cluster_means(PEOPLE, "hours", "route")
    holes = PEOPLE.assign(route=PEOPLE["route"].where(PEOPLE["unit"] != "U05"))
    with pytest.raises(DataError, match="Column 'route' is empty in 8 of 420 rows"):
        cluster_means(holes, "hours", "route", "unit")


# --- contrasts and slopes


def test_contrast_of_routes_that_share_units_matches_clubsandwich():
    estimate = contrast(PEOPLE, "employed", "route", 1, 2, "unit")
    name = "I(as.numeric(route == 1))"
    keys = (f"contrast coef {name}", f"contrast CR2 se {name}", f"contrast CR2 df {name}")
    assert told(estimate) == pytest.approx([REFERENCE[key][0] for key in keys], rel=1e-9)
    assert (estimate.n, estimate.clusters) == (420, 17)
    assert estimate.method == "difference in means, CR2, t with Satterthwaite df"
    assert estimate.function == "evallib.inference.means.contrast"
    half = stats.t.ppf(0.975, estimate.df) * estimate.se
    assert estimate.high - estimate.value == pytest.approx(half)
    assert (estimate.bounds, estimate.difference) == ((-1, 1), True)
    assert contrast(PEOPLE, "hours", "route", 1, 2, "unit").bounds is None
    # two units a group are enough
    four = PEOPLE[PEOPLE["unit"].isin(["U03", "U11", "U13", "U15"])]
    assert contrast(four, "hours", "visits", 1, 0, "unit").df < 3


def test_a_difference_of_shares_is_cut_at_one_and_agrees_with_its_p_value():
    frame = pd.DataFrame({"y": [1] * 9 + [0] + [0] * 9 + [1], "g": [1] * 10 + [2] * 10})
    frame["unit"] = ["A", "B"] * 5 + ["C", "D"] * 5
    found = contrast(frame, "y", "g", 1, 2, "unit", level=0.99)
    assert found.value == pytest.approx(0.8)
    assert (found.high, found.value - found.low > found.high - found.value) == (1, True)
    assert (found.low > 0) == (found.p_value() < 0.01)


def test_contrast_knows_direction_and_leaves_other_groups_out():
    more = pd.concat([PEOPLE, PEOPLE.assign(route=3, employed=9.0)], ignore_index=True)
    ahead, back = (contrast(more, "employed", "route", *pair, "unit") for pair in [(1, 2), (2, 1)])
    assert ahead.value == pytest.approx(-back.value)
    assert ahead.low == pytest.approx(-back.high)
    assert ahead.n == 420


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(60)), st.floats(-3, 3), st.floats(0.1, 5))
def test_contrast_is_equivariant(order, shift, scale):
    few = PEOPLE.iloc[::7]
    base = contrast(few, "hours", "homework", 1, 0, "unit")
    moved = few.iloc[list(order)].assign(hours=lambda f: shift + scale * f["hours"])
    other = contrast(moved, "hours", "homework", 1, 0, "unit")
    assert told(other) == pytest.approx([scale * base.value, scale * base.se, base.df], rel=1e-9)


def test_slope_matches_clubsandwich():
    y, x = PEOPLE["hours"].to_numpy(), PEOPLE["age"].to_numpy(dtype=float)
    found = slope(y, x, PEOPLE["unit"], "hours by age", level=0.9)
    assert told(found) == pytest.approx(SURVEY["slope hours age"], rel=1e-9)
    assert (found.level, found.bounds, found.difference) == (0.9, None, False)
    assert found.method == "least squares, CR2, t with Satterthwaite df"


def test_a_badly_scaled_regressor_changes_nothing():
    y, x = PEOPLE["hours"].to_numpy(), PEOPLE["age"].to_numpy(dtype=float)
    plain, moved = (slope(y, x + far, PEOPLE["unit"], "age") for far in (0.0, 1e8))
    assert told(moved) == pytest.approx(told(plain), rel=1e-6)
    scaled = slope(y, x * 1e9, PEOPLE["unit"], "age")
    assert told(scaled) == pytest.approx([plain.value / 1e9, plain.se / 1e9, plain.df], rel=1e-6)


def test_what_one_cluster_alone_carries_is_refused():
    late = np.where(PEOPLE["unit"] == "U07", 1.0, 0.0)
    with pytest.raises(EstimationError, match="the drift cannot be told from cluster U07, which"):
        slope(PEOPLE["hours"].to_numpy(), late, PEOPLE["unit"], "the drift")
    # a fit of least squares would have given it a standard error all the same
    codes = pd.factorize(PEOPLE["unit"])[0].astype(np.intp)
    fit = least_squares(np.column_stack([np.ones(420), late]), PEOPLE["hours"].to_numpy(), codes)
    assert fit.covariance.se(np.array([0.0, 1.0])) < 5


# --- bad input


def test_a_group_of_one_unit_is_refused_by_name():
    frame = PEOPLE.assign(route=np.where(PEOPLE["unit"] == "U05", 3, 1))
    with pytest.raises(EstimationError, match=r"Group 3 .* 1 cluster \(U05\)"):
        contrast(frame, "hours", "route", 1, 3, "unit")
    with pytest.raises(EstimationError, match="Column 'route' has no group 7; it has 1, 3"):
        contrast(frame, "hours", "route", 1, 7, "unit")
    with pytest.raises(EstimationError, match="Group 1 is compared with itself"):
        contrast(frame, "hours", "route", 1, 1, "unit")
    with pytest.raises(EstimationError, match=r"1 cluster \(A\)"):
        cluster_mean([1, 2], ["A", "A"])
    with pytest.raises(EstimationError, match=r"rests on 0 cluster \(none\)"):
        cluster_mean([], [])


def test_values_that_are_none_are_counted():
    holes = PEOPLE["hours"].mask(PEOPLE["unit"] == "U05")
    with pytest.raises(DataError, match="the mean is missing, infinite or no number for 8 of 420"):
        cluster_mean(holes, PEOPLE["unit"])
    with pytest.raises(DataError, match="infinite or no number for 1 of 3"):
        cluster_mean([1, np.inf, 2], ["A", "B", "B"])
    with pytest.raises(DataError, match="no number for 1 of 3"):
        cluster_mean([1, "two", 2], ["A", "B", "B"])
    with pytest.raises(DataError, match=r"1 rows of the mean have no cluster label"):
        cluster_mean([1, 2, 3], ["A", "B", None])
    with pytest.raises(DataError, match="column 'hours' is missing"):
        contrast(PEOPLE.assign(hours=holes), "hours", "route", 1, 2, "unit")
    with pytest.raises(DataError, match="1 rows of the contrast 1 - 2 have no cluster label"):
        contrast(PEOPLE.assign(unit=PEOPLE["unit"].mask(PEOPLE.index == 3)), "hours", "route", 1, 2,
                 "unit")  # fmt: skip
    with pytest.raises(DataError, match="no column 'wages'"):
        contrast(PEOPLE, "wages", "route", 1, 2, "unit")
    with pytest.raises(DataError, match="3 values, 3 weights and 2 cluster labels"):
        cluster_mean([1, 2, 3], ["A", "B"])


def test_weights_and_bounds_that_cannot_be_are_refused():
    with pytest.raises(DataError, match="the weights of the mean is missing"):
        cluster_mean([1, 2, 3], ["A", "B", "B"], weights=[1, np.nan, 1])
    with pytest.raises(EstimationError, match="no person with a positive weight"):
        cluster_mean([1, 2], ["A", "B"], weights=[0, 0])
    with pytest.raises(EstimationError, match="1 weights of the mean are negative"):
        cluster_mean([1, 2], ["A", "B"], weights=[-1, 2])
    with pytest.raises(DataError, match="the score has values outside 1 to 5"):
        cluster_mean([0, 2], ["A", "B"], bounds=(1, 5), what="the score")
    with pytest.raises(DataError, match="outside 1 to 5"):
        cluster_mean([2, 9], ["A", "B"], bounds=(1, 5))


def test_no_spread_is_warned_of():
    with pytest.warns(EstimationWarning, match="the mean does not vary between its 2 clusters"):
        flat = cluster_mean([3, 3, 3, 3], ["A", "A", "B", "B"])
    with pytest.warns(EstimationWarning, match="the contrast 1 - 2 does not vary"):
        alike = contrast(PEOPLE.assign(y=7.3), "y", "route", 1, 2, "unit")
    assert (flat.low, flat.high) == pytest.approx((3, 3))
    assert np.isnan(flat.p_value())
    assert np.isnan(alike.p_value())


@pytest.mark.parametrize("level", [0, 1, 95])
def test_level_is_a_coverage(level):
    with pytest.raises(EstimationError, match="between 0 and 1"):
        cluster_mean([1, 2], ["A", "B"], level=level)
