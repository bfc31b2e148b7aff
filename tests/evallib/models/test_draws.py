"""Permutation and wild bootstrap of a coefficient: against R, a frame's test, and bad input."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from frozen import frozen, people

from evallib.errors import DataError, EstimationError
from evallib.inference.assignments import permutation
from evallib.inference.decisions import verdicts
from evallib.models.covariance import clustered
from evallib.models.draws import permuted, wild_bootstrap

REFERENCE = frozen("inference")
PEOPLE = people()
WHOLE = "hours ~ visits + homework + age + education"


@pytest.mark.parametrize("null", [0, 20])
def test_permuted_coefficient_is_a_regression_per_assignment(null):
    fit = smf.ols(WHOLE, PEOPLE).fit()
    test = permuted(fit, "visits", PEOPLE["unit"])
    name = f"studentised covariates at {null}"
    assert (test.value - null) / test.se == pytest.approx(REFERENCE[f"{name} t"][0], abs=1e-10)
    assert test.p_value(null) == REFERENCE[f"{name} both"][0] / 680
    assert test.p_value(null, "above") == REFERENCE[f"{name} above"][0] / 680
    ours = clustered(fit, PEOPLE["unit"], kind="CR1")["visits"]
    assert (test.value, test.se) == (pytest.approx(ours.value), pytest.approx(ours.se))
    assert (test.treated, test.units, test.n) == (3, 17, 420)


def test_permuted_coefficient_of_a_weighted_regression():
    fit = smf.wls(WHOLE, PEOPLE, weights=1 + PEOPLE["age"] / 50).fit()
    test = permuted(fit, "visits", PEOPLE["unit"])
    assert test.value / test.se == pytest.approx(REFERENCE["studentised weighted t"][0], abs=1e-10)
    assert test.p_value() == REFERENCE["studentised weighted both"][0] / 680
    assert test.p_value(side="above") == REFERENCE["studentised weighted above"][0] / 680


@pytest.mark.parametrize("statistic", ["studentised", "difference"])
def test_without_other_columns_it_is_the_test_of_a_frame(statistic):
    holes = PEOPLE.assign(hours=PEOPLE["hours"].mask(PEOPLE.index % 9 == 0))
    fit = smf.ols("hours ~ homework", holes).fit()
    test = permuted(fit, "homework", holes["unit"], statistic=statistic, level=0.9)
    known = permutation(holes.dropna(), "hours", "homework", "unit", statistic=statistic, level=0.9)
    for null in (0, 5, -12):
        assert test.p_value(null) == known.p_value(null)
    assert test.at(0.9).low == pytest.approx(known.at(0.9).low)
    assert (test.method, test.level) == (known.method, 0.9)
    assert test.function == "evallib.models.draws.permuted"


def test_random_assignments_are_passed_on():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"u": np.arange(24), "x": np.arange(24) % 2, "y": rng.normal(size=24)})
    fit = smf.ols("y ~ x", frame).fit()
    one = permuted(fit, "x", frame["u"], draws=199, seed=3)
    assert "random 199" in one.method
    assert one.p_value() == permutation(frame, "y", "x", "u", draws=199, seed=3).p_value()


@pytest.mark.parametrize("null", [0, -0.8])
@pytest.mark.parametrize("weights", ["rademacher", "webb"])
def test_wild_bootstrap_is_a_refit_per_draw(weights, null):
    numbers = {"rademacher": range(1, 13), "webb": (1, 3, 5, 11, 12)}[weights]
    few = PEOPLE[PEOPLE["unit"].isin([f"U{number:02d}" for number in numbers])]
    test = wild_bootstrap(smf.ols("hours ~ visits + age", few).fit(), "age", few["unit"])
    name = f"{weights} at {null}"
    draws = REFERENCE[f"{name} draws"][0]
    assert test.draws.shape[1] == draws
    assert (test.value - null) / test.se == pytest.approx(REFERENCE[f"{name} t"][0], abs=1e-9)
    assert test.p_value(null) == REFERENCE[f"{name} both"][0] / draws
    assert test.p_value(null, "above") == REFERENCE[f"{name} above"][0] / draws
    assert test.function == "evallib.models.draws.wild_bootstrap"
    assert test.n == len(few)


def test_wild_bootstrap_of_a_weighted_regression_is_that_of_weighted_columns():
    root = np.sqrt(1 + PEOPLE["age"] / 50)
    fit = smf.wls("hours ~ homework + age", PEOPLE, weights=root**2).fit()
    columns = {"h": PEOPLE["homework"] * root, "a": PEOPLE["age"] * root, "one": root}
    plain = PEOPLE.assign(hours=PEOPLE["hours"] * root, **columns)
    by_hand = wild_bootstrap(
        smf.ols("hours ~ 0 + one + h + a", plain).fit(), "a", PEOPLE["unit"], level=0.8, seed=2
    )
    test = wild_bootstrap(fit, "age", PEOPLE["unit"])
    assert test.p_value(0.1) == by_hand.p_value(0.1)
    assert (test.level, by_hand.level) == (0.95, 0.8)


def test_draws_and_seed_of_the_bootstrap_are_passed_on():
    few = PEOPLE[PEOPLE["unit"] <= "U08"]
    fit = smf.ols("hours ~ age", few).fit()
    one, again, other = (
        wild_bootstrap(fit, "age", few["unit"], draws=499, seed=seed) for seed in (1, 1, 2)
    )
    assert "random 499" in one.method
    assert one.p_value(-1) == again.p_value(-1) != other.p_value(-1)


def test_both_are_tests_for_a_verdict():
    far = PEOPLE.assign(hours=PEOPLE["hours"] + 60 * PEOPLE["visits"])
    fit = smf.ols(WHOLE, far).fit()
    tests = {
        "permutation": permuted(fit, "visits", PEOPLE["unit"]),
        "wild": wild_bootstrap(fit, "visits", PEOPLE["unit"]),
    }
    found = verdicts(tests, margin=5)
    assert {verdict.decision for verdict in found.values()} == {"higher"}
    for name, verdict in found.items():
        assert verdict.raw == tests[name].p_value()
        assert verdict.low > 0


def test_an_assignment_the_other_columns_explain_counts_as_extreme():
    units = pd.DataFrame(
        {"u": range(8), "x": [1, 1, 0, 0, 0, 0, 0, 0], "z": [0, 0, 1, 1, 0, 0, 0, 0]}
    )
    units["y"] = [9.0, 8.5, 1, 2, 0, 3, 1, 2]
    test = permuted(smf.ols("y ~ x + z", units).fit(), "x", units["u"])
    # of 28 assignments the one that happened is the farthest, the one that is z has no coefficient
    assert test.p_value() == 2 / 28


def test_other_models_and_terms_are_refused():
    logit = smf.logit("employed ~ visits", PEOPLE).fit(disp=False)
    linear = smf.ols("hours ~ visits + age", PEOPLE).fit()
    for test in (permuted, wild_bootstrap):
        with pytest.raises(EstimationError, match=r"'employed' is by Logit.* least squares alone"):
            test(logit, "visits", PEOPLE["unit"])
        with pytest.raises(
            EstimationError, match="no term 'homework'; it has Intercept, visits, age"
        ):
            test(linear, "homework", PEOPLE["unit"])
        with pytest.raises(DataError, match="groups has 3"):
            test(linear, "visits", ["a", "b", "c"])
    with pytest.raises(DataError, match="column 'age' must hold 0 and 1 only"):
        permuted(linear, "age", PEOPLE["unit"])
    mixed = smf.ols("hours ~ first", PEOPLE.assign(first=(PEOPLE["route"] == 1) * 1)).fit()
    with pytest.raises(EstimationError, match="'first' differs between people"):
        permuted(mixed, "first", PEOPLE["unit"])
    lone = smf.ols("hours ~ lone", PEOPLE.assign(lone=(PEOPLE["unit"] == "U16") * 1)).fit()
    with pytest.raises(EstimationError, match="'lone' cannot be told from unit U16"):
        permuted(lone, "lone", PEOPLE["unit"])
    with pytest.raises(EstimationError, match="'lone' cannot be told from cluster U16"):
        wild_bootstrap(lone, "lone", PEOPLE["unit"])


def test_an_outcome_without_spread_has_no_p_value():
    flat = smf.ols("hours ~ visits + age", PEOPLE.assign(hours=7.0)).fit()
    for test in (permuted, wild_bootstrap):
        found = test(flat, "visits", PEOPLE["unit"])
        assert np.isnan(found.p_value())
        assert found.value == 0
