"""Intervals at few clusters: against R, against brute force, and against bad input."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people
from hypothesis import given, settings
from hypothesis import strategies as st
from simulations import few_clusters

from evallib.errors import DataError, EstimationError, EstimationWarning, EvalError
from evallib.inference.decisions import detectable_difference, equivalence, holm, minimum_detectable
from evallib.inference.estimate import (
    Estimate,
    cluster_interval,
    cluster_mean,
    contrast,
    contrast_of_unit_means,
    unit_means,
)
from evallib.inference.permutation import permutation, treated_units

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


def test_contrast_of_unit_means_is_the_classical_t_test():
    estimate = contrast_of_unit_means(PEOPLE, "hours", "visits", 1, 0, "unit")
    for attribute in ("value", "low", "high", "df"):
        expected = REFERENCE[f"unit means {attribute}"][0]
        assert getattr(estimate, attribute) == pytest.approx(expected, abs=1e-10)
    assert (estimate.n, estimate.clusters) == (420, 17)
    assert estimate.method == "difference of unit means, pooled variance, t(15)"


def test_contrast_of_unit_means_refuses_units_in_both_groups():
    with pytest.raises(EstimationError, match=r"U01.*both 1 and 2"):
        contrast_of_unit_means(PEOPLE, "hours", "route", 1, 2, "unit")


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


def test_unit_means_are_those_of_the_people():
    means = unit_means(PEOPLE, "hours", "unit").set_index("unit")
    some = PEOPLE.loc[PEOPLE["unit"] == "U03", "hours"]
    assert means.loc["U03"].tolist() == pytest.approx([20, some.mean(), some.std()])
    assert means["n"].sum() == 420


# --- several results, null results, small studies


def test_holm_matches_r():
    names = ["a", "b", "c", "d", "e"]
    table = holm(dict(zip(names, [0.01, 0.04, 0.03, 0.005, 0.5], strict=True)), names)
    assert table["adjusted"].tolist() == pytest.approx(REFERENCE["holm"], abs=1e-12)
    assert table["analysis"].tolist() == names
    assert table["p"].tolist() == [0.01, 0.04, 0.03, 0.005, 0.5]
    assert set(table["family_size"]) == {5}


def test_holm_never_exceeds_one():
    assert holm({"a": 0.6, "b": 0.9}, ["a", "b"])["adjusted"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("answered", "family", "named"),
    [(["a"], ["a", "b"], "'b'"), (["a", "b"], ["a"], "'b'"), (["a"], ["a", "a"], "named once")],
)
def test_holm_refuses_a_family_changed_after_looking(answered, family, named):
    with pytest.raises(EstimationError, match=named):
        holm(dict.fromkeys(answered, 0.01), family)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.04, 0.04, "equivalent"),
        (0.01, 0.04, "equivalent"),
        (0.01, 0.06, "different"),
        (-0.09, -0.01, "different"),
        (-0.01, 0.06, "unclear"),
        (-0.06, 0.01, "unclear"),
        (-0.05, 0.05, "unclear"),
    ],
)
def test_equivalence_reads_the_interval(low, high, verdict):
    estimate = Estimate((low + high) / 2, low, high, (high - low) / 4.24, 16, 900, 17, 0.95, "")
    assert equivalence(estimate, 0.05).verdict == verdict


def test_equivalence_p_value_is_that_of_two_one_sided_tests():
    result = equivalence(BASE, 0.05)
    # the nearer limit is half a standard error away: P(t(16) > .5)
    assert result.p_value == pytest.approx(0.3119408, abs=1e-6)
    assert result.frame.loc[0, ["margin", "verdict"]].tolist() == [0.05, "unclear"]
    assert equivalence(Estimate(0.0, 0, 0, 0.0, 16, 9, 17, 0.95, ""), 0.05).p_value == 0
    assert equivalence(Estimate(0.1, 0, 0, 0.0, 16, 9, 17, 0.95, ""), 0.05).p_value == 1


def test_equivalence_needs_a_positive_margin():
    with pytest.raises(EstimationError, match="positive"):
        equivalence(BASE, 0.0)


def test_minimum_detectable_difference():
    # (2.119905 + 0.864667) x .02
    assert minimum_detectable(BASE) == pytest.approx(0.0596914, abs=1e-6)
    assert minimum_detectable(BASE, power=0.9) > minimum_detectable(BASE)


def test_detectable_difference_by_hand():
    # variance 1/3 (.05 + .95/40) + 1/14 (...), t(15): 2.131450 + 0.866245
    expected = (2.131450 + 0.866245) * np.sqrt((0.05 + 0.95 / 40) * (1 / 3 + 1 / 14))
    found = detectable_difference([40] * 3, [40] * 14, sd=1.0, icc=0.05)
    assert found == pytest.approx(expected, rel=1e-6)
    assert detectable_difference([40] * 3, [40] * 14, sd=2.0, icc=0.05) == pytest.approx(2 * found)
    with pytest.raises(EstimationError, match="2 units"):
        detectable_difference([40], [40], sd=1.0, icc=0.05)


# --- permutation


@pytest.mark.parametrize("element", ["visits", "homework"])
@pytest.mark.parametrize("weighting", ["people", "units"])
def test_permutation_is_the_full_enumeration_exactly(element, weighting):
    result = permutation(PEOPLE, "hours", element, "unit", weighting=weighting)
    value, count, extreme = (
        REFERENCE[f"permutation {element} {weighting} {part}"][0]
        for part in ("value", "count", "extreme")
    )
    assert result.value == pytest.approx(value, abs=1e-12)
    assert result.assignments == count
    assert result.p_value == extreme / count
    assert result.smallest_p == 1 / count
    assert result.exact
    assert (result.treated, result.units, result.n) == (
        {"visits": 3, "homework": 8}[element],
        17,
        420,
    )


def many_units(difference: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    unit = np.arange(24)
    return pd.DataFrame(
        {"unit": unit, "used": unit % 2, "y": rng.normal(size=24) + difference * (unit % 2)}
    )


def test_permutation_samples_above_a_million_assignments():
    result = permutation(many_units(), "y", "used", "unit", draws=1999, seed=4)
    assert not result.exact
    assert result.assignments == 1999
    assert result.smallest_p == 1 / 2000
    assert "all" not in result.method
    assert "random 1999 assignments" in result.method
    assert result.weighting == "people"
    again = permutation(many_units(), "y", "used", "unit", draws=1999, seed=4)
    assert again == result
    assert (result.p_value * 2000) == pytest.approx(round(result.p_value * 2000))
    # A t test of 24 independent values is close to the permutation distribution.
    classical = contrast_of_unit_means(many_units(), "y", "used", 1, 0, "unit").p_value()
    assert result.p_value == pytest.approx(classical, abs=0.05)
    assert permutation(many_units(9), "y", "used", "unit", draws=1999).p_value == 1 / 2000


def test_permutation_takes_covariates_out_of_the_outcome():
    frame = PEOPLE.assign(y=PEOPLE["hours"] + 100 * PEOPLE["age"])
    age = PEOPLE[["age"]].to_numpy(float)
    left = np.polyfit(age[:, 0], frame["y"], 1)
    residual = frame["y"] - np.polyval(left, age[:, 0])
    adjusted = permutation(frame, "y", "visits", "unit", covariates=age)
    by_hand = permutation(frame.assign(y=residual), "y", "visits", "unit")
    assert adjusted.p_value == by_hand.p_value
    assert adjusted.value == pytest.approx(by_hand.value, abs=1e-9)


def test_permutation_says_on_what_it_rests():
    frame = permutation(PEOPLE, "hours", "visits", "unit").frame
    assert frame.loc[0, "method"] == (
        "permutation of units, all 680 assignments, valid if units are exchangeable"
    )


def test_permutation_refuses_what_it_cannot_permute():
    with pytest.raises(EstimationError, match=r"'y2' differs .*U01"):
        permutation(PEOPLE.assign(y2=(PEOPLE["route"] == 2) * 1), "hours", "y2", "unit")
    with pytest.raises(EstimationError, match="17 of 17"):
        permutation(PEOPLE.assign(all=1), "hours", "all", "unit")
    with pytest.raises(EstimationError, match="0 of 17"):
        permutation(PEOPLE.assign(none=0), "hours", "none", "unit")
    with pytest.raises(DataError, match="0 and 1 only"):
        permutation(PEOPLE, "hours", "age", "unit")
    with pytest.raises(EvalError, match="choose one of 'people', 'units'"):
        permutation(PEOPLE, "hours", "visits", "unit", weighting="rows")


def test_permutation_warns_where_no_result_could_be_small():
    few = PEOPLE.loc[PEOPLE["unit"].isin(["U03", "U01", "U02", "U04"])]
    with pytest.warns(EstimationWarning, match="1 of 4 units"):
        assert permutation(few, "hours", "visits", "unit").smallest_p == 0.25


def test_treated_units_are_counted_and_named():
    shuffled = PEOPLE.iloc[::-1]
    table = treated_units(shuffled, ["visits", "homework"], "unit").set_index("element")
    assert list(table.columns) == ["treated", "units", "names"]
    assert table.loc["visits"].tolist() == [3, 17, "U03, U11, U14"]
    assert table.loc["homework", "treated"] == 8


# --- how often the tests are wrong: the committed simulation, and a quick run of it

RESULTS = pd.read_csv(Path(__file__).parents[2] / "simulations" / "few_clusters.csv")
HONEST = ["CR2", "permutation of people", "permutation of units"]


@pytest.mark.parametrize("people", ["survey", "process"])
def test_committed_size_at_three_treated_units(people):
    rows = RESULTS[RESULTS["setting"] == f"{people}, ICC 0.05, 3 of 17 treated"]
    size = rows.set_index("quantity")["value"]
    assert (size[HONEST] <= 0.06).all()
    # the usual errors are why the honest ones are needed
    assert size["CR1S"] > 0.12
    assert size["HC1"] > 0.2
    assert (rows["runs"] >= 1000).all()


def test_committed_coverage_of_contrasts_between_routes():
    rows = RESULTS[RESULTS["simulation"] == "coverage of 95 per cent"].set_index("quantity")
    assert rows.loc["CR2", "value"].between(0.92, 0.98).all()


def test_tests_of_an_element_without_effect_seldom_reject():
    size = few_clusters.size(few_clusters.survey_outcome, 0.05, 3, runs=60, seed=2)
    # .05 expected: ten of 60 or more would happen once in 10,000 times
    assert all(size[name] < 10 / 60 for name in HONEST)
    assert size["HC1"] > 10 / 60


def test_simulated_outcomes_have_the_intended_spread_between_units():
    rng = np.random.default_rng(3)
    for outcome in (few_clusters.survey_outcome, few_clusters.process_outcome):
        spread = np.mean([few_clusters.icc(outcome(rng, 0.05)) for _ in range(60)])
        assert spread == pytest.approx(0.05, abs=0.012)
        assert np.mean([few_clusters.icc(outcome(rng, 0.0)) for _ in range(10)]) < 0.012


# --- bad input


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
    with pytest.raises(DataError, match="column 'hours' is missing"):
        unit_means(PEOPLE.assign(hours=holes), "hours", "unit")
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
    with pytest.warns(EstimationWarning, match="the contrast 1 - 0 of unit means does not vary"):
        contrast_of_unit_means(PEOPLE.assign(y=1), "y", "visits", 1, 0, "unit")
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
