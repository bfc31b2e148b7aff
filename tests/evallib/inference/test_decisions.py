"""The rule that chooses among sentences, against statsmodels and against itself written out."""

from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evallib.errors import EstimationError
from evallib.inference.assignments import permutation
from evallib.inference.decisions import decide, direction, verdicts
from evallib.inference.estimate import Estimate, t_estimate


def estimate(value, se=0.02, df=20.0, level=0.95):
    return t_estimate(value, se, df, n=900, clusters=22, level=level, method="by hand")


def two_sided(test):
    return 2 * stats.t.cdf(-abs(test.value) / test.se, test.df)


def one_sided(test, margin):
    above = stats.t.cdf(-(test.value + margin) / test.se, test.df)
    return max(above, stats.t.cdf((test.value - margin) / test.se, test.df))


def stepwise(p_values, count):
    """How many tests each p-value is judged among, step by step, as Holm tells it."""
    order, factors, worst = sorted(range(len(p_values)), key=p_values.__getitem__), {}, 0.0
    for rank, place in enumerate(order):
        worst = max(worst, (count - rank) * p_values[place])
        factors[place] = worst / p_values[place]
    return [factors[place] for place in range(len(p_values))]


DIFFERENCES = st.builds(
    estimate,
    st.integers(-200, 200).map(lambda value: value / 1000),
    st.integers(5, 80).map(lambda se: se / 1000),
    st.integers(2, 60).map(float),
)
FAMILIES = st.lists(DIFFERENCES, min_size=1, max_size=6)
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(FAMILIES, LEVELS, st.sampled_from([0.0, 0.03, 0.05, 0.2]), st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_verdicts_are_those_of_the_rule_written_out(differences, level, margin, others):
    tests = {str(n): replace(test, level=level) for n, test in enumerate(differences)}
    count = len(tests) + others
    raw = [two_sided(test) for test in differences]
    raw_equal = [one_sided(test, margin) for test in differences]
    steps, equal_steps = stepwise(raw, count), stepwise(raw_equal, count)
    p, equal = (
        [min(step * value, 1.0) for step, value in zip(factors, values, strict=True)]
        for factors, values in ((steps, raw), (equal_steps, raw_equal))
    )
    told = list(verdicts(tests, margin, count).values())
    for n, (test, verdict) in enumerate(zip(differences, told, strict=True)):
        assert (verdict.raw, verdict.p) == pytest.approx((raw[n], p[n]), abs=1e-12)
        assert verdict.equal == pytest.approx(equal[n], abs=1e-12)
        apart, alike = p[n] < 1 - level, equal[n] < 0.05
        sign = "higher" if test.value > 0 else "lower"
        assert verdict.decision == ("none" if alike else sign if apart else "unclear")
        tail = (1 - level) / 2 / (steps[n] if apart else count)
        half = stats.t.isf(0.05 / equal_steps[n] if alike else tail, test.df) * test.se
        limits = (test.value - half, test.value + half)
        assert (verdict.low, verdict.high) == pytest.approx(limits, abs=1e-9)
        if alike:
            assert -margin < verdict.low <= verdict.high < margin
        else:
            assert (verdict.low > 0 or verdict.high < 0) == apart
        assert verdict.level == pytest.approx(0.9 if alike else level)
        assert (verdict.margin, verdict.comparisons) == (margin, count)


@given(FAMILIES, st.integers(0, 4))
@settings(max_examples=15, deadline=None)
def test_p_values_are_adjusted_as_statsmodels_does(differences, others):
    tests = {str(n): test for n, test in enumerate(differences)}
    told = verdicts(tests, 0.05, len(tests) + others).values()
    for by, found in (
        (two_sided, [verdict.p for verdict in told]),
        (lambda test: one_sided(test, 0.05), [verdict.equal for verdict in told]),
    ):
        padded = [*map(by, differences), *[1.0] * others]
        theirs = multipletests(padded, method="holm")[1][: len(tests)]
        assert found == pytest.approx(theirs, abs=1e-12)


@given(FAMILIES)
@settings(max_examples=20, deadline=None)
def test_the_order_of_comparisons_is_of_no_matter(differences):
    tests = {str(n): test for n, test in enumerate(differences)}
    back = verdicts(dict(reversed(tests.items())), 0.05)
    assert back == verdicts(tests, 0.05)
    assert list(back) == list(reversed(tests))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.01, "none"),  # 90 per cent: -.024 to .044
        (-0.01, "none"),
        (0.06, "higher"),  # 95 per cent: .018 to .102
        (-0.06, "lower"),
        (0.04, "unclear"),  # 95 per cent: -.002 to .082
        (-0.04, "unclear"),
    ],
)
def test_one_comparison_alone(value, said):
    verdict = decide(estimate(value), 0.05)
    assert verdict.decision == said
    assert verdict == verdicts({"x": estimate(value)}, 0.05)["x"]
    assert (verdict.raw, verdict.comparisons) == (verdict.p, 1)


def test_a_difference_that_is_there_may_be_too_small_to_matter():
    verdict = decide(estimate(0.03, se=0.005), 0.05)
    assert verdict.decision == "none"
    assert verdict.p < 0.001
    assert verdict.low > 0


def test_a_family_is_judged_more_strictly_than_each_of_it():
    test = estimate(0.05)  # p = .021
    assert decide(test, 0.01).decision == "higher"
    both = verdicts({"a": test, "b": estimate(0.0)}, 0.01)
    assert both["a"].decision == "higher"
    three = verdicts({"a": test, "b": estimate(0.0)}, 0.01, comparisons=3)
    assert three["a"].decision == "unclear"
    assert three["a"].p == pytest.approx(3 * test.p_value())
    assert three["a"].comparisons == 3


def test_a_later_step_of_holm_has_a_narrower_interval():
    first, second = verdicts({"a": estimate(0.2), "b": estimate(0.05)}, 0.01).values()
    assert (first.low, first.high) == pytest.approx(
        (0.2 - stats.t.isf(0.0125, 20) * 0.02, 0.2 + stats.t.isf(0.0125, 20) * 0.02)
    )
    assert second.low == pytest.approx(0.05 - stats.t.isf(0.025, 20) * 0.02)


def test_equal_p_values_are_judged_alike():
    tests = {"a": estimate(0.055), "b": estimate(-0.055), "c": estimate(0.0)}
    told = verdicts(tests, 0.01)
    assert told["a"].p == told["b"].p == pytest.approx(3 * tests["a"].p_value())
    assert (told["a"].decision, told["b"].decision) == ("higher", "lower")
    assert told["a"].low == pytest.approx(-told["b"].high)


def test_a_p_value_of_nought_is_judged_too():
    tests = {"a": estimate(50.0, se=1e-3, df=1000), "b": estimate(-50.0, se=1e-3, df=1000)}
    assert {test.p_value() for test in tests.values()} == {0.0}
    told = verdicts(tests, 0.05, comparisons=3)
    assert [verdict.decision for verdict in told.values()] == ["higher", "lower"]
    assert told["a"].low == pytest.approx(50 - stats.t.isf(0.025 / 3, 1000) * 1e-3)
    assert told["b"].low == pytest.approx(-50 - stats.t.isf(0.025 / 2, 1000) * 1e-3)
    assert told["a"].p == 0


def test_what_has_no_p_value_is_unclear_and_counts_as_having_shown_nothing():
    fixed = Estimate(0.2, 0.2, 0.2, 0.0, 20, 900, 22, 0.95, "")
    told = verdicts({"fixed": fixed, "a": estimate(0.05), "b": estimate(0.1)}, 0.01)
    assert (told["fixed"].decision, told["fixed"].p, told["fixed"].equal) == ("unclear", 1, 1)
    assert isnan(told["fixed"].raw)
    assert told["a"].p == pytest.approx(2 * estimate(0.05).p_value())
    assert told["b"].p == pytest.approx(3 * estimate(0.1).p_value())


def test_nothing_is_too_small_for_a_margin_of_nought():
    assert decide(estimate(0.0), 0.0).decision == "unclear"
    assert decide(estimate(0.1), 0.0).decision == "higher"


def test_verdicts_keep_what_the_estimate_knows():
    test = replace(
        estimate(0.06, level=0.9), function="evallib.contrast", k=12, bounds=(-1, 1),
        difference=True,
    )  # fmt: skip
    verdict = decide(test, 0.05)
    for name in ("value", "se", "df", "n", "clusters", "method", "function", "k", "bounds"):
        assert getattr(verdict, name) == getattr(test, name), name
    assert verdict.difference
    assert verdict.level == 0.9


def units(treated, *means):
    """Two people in each unit, the first units treated, means as given."""
    rows = [(str(n), n < treated, mean + off) for n, mean in enumerate(means) for off in (-1, 1)]
    return pd.DataFrame(rows, columns=["unit", "used", "y"])


@pytest.mark.filterwarnings("ignore:With . units the test cannot reject")
@pytest.mark.parametrize("level", [0.9, 0.95, 0.8])
@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("means", [(9, 8, 1, 2, 3), (1, 2, 9, 8, 7), (9, 8, 1, 2, 3, 0)])
def test_counted_p_values_and_their_intervals_agree_on_zero_in_ties_too(level, others, means):
    """With 2 of 5 units no p-value is below 1/10, and 1 - .9 is a little less than .1."""
    exchanged = permutation(units(2, *means), "y", "used", "unit", level=0.8)
    tests = {"a": replace(exchanged, level=level)}
    (verdict,) = verdicts(tests, 0.05, 1 + others).values()
    rejected = round((1 + others) * verdict.raw, 9) <= round(1 - level, 9)
    assert verdict.raw == pytest.approx(1 / (10 if len(means) == 5 else 15))
    sign = "higher" if means[0] > means[2] else "lower"
    assert verdict.decision == (sign if rejected else "unclear")
    assert (verdict.low > 0 or verdict.high < 0) == rejected
    assert verdict.clusters == len(means)


@pytest.mark.parametrize("margin", [-0.01, float("nan")])
def test_a_margin_is_a_size(margin):
    with pytest.raises(EstimationError, match=f"^margin is {margin}; give a size of 0 or more"):
        decide(estimate(0.1), margin)


def test_no_more_tests_than_were_declared():
    tests = {"a": estimate(0.1), "b": estimate(0.2)}
    with pytest.raises(EstimationError, match=r"^2 tests of 1 declared comparisons; declare each"):
        verdicts(tests, 0.05, comparisons=1)
    assert verdicts({}, 0.05, comparisons=2) == {}


@pytest.mark.parametrize(
    ("number", "within", "said"),
    [
        (3, 0, "higher"),
        (-0.1, 0, "lower"),
        (0, 0, "none"),
        (np.float64(0), 1, "none"),
        (0.99, 1, "none"),
        (-0.99, 1, "none"),
        (1, 1, "higher"),  # the limit itself is a difference
        (-1, 1, "lower"),
        (None, 1, "unclear"),
        (float("nan"), 1, "unclear"),
        (np.int64(-7), 2, "lower"),
    ],
)
def test_an_exact_number_decides(number, within, said):
    assert direction(number, within) == said
