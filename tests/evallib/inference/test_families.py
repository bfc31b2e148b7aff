"""Several differences as one statement: which decides, and what may be said of all."""

from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evallib.errors import DataError, EstimationError
from evallib.inference.decisions import decide, verdicts
from evallib.inference.estimate import Estimate, t_estimate
from evallib.inference.families import Joint, against_others, spread
from evallib.inference.means import contrast


def estimate(value, se=0.02, df=20.0, level=0.95):
    return t_estimate(value, se, df, n=900, clusters=22, level=level, method="by hand")


FIXED = Estimate(0.2, 0.2, 0.2, 0.0, 20, 900, 22, 0.95, "")


@pytest.fixture
def frame():
    draw = np.random.default_rng(4)
    unit = draw.integers(0, 12, 400)
    return pd.DataFrame(
        {
            "unit": unit.astype(str),
            "route": np.where(unit < 6, 1, 2),
            "benefit": draw.choice(["a", "b", "c"], 400, p=[0.6, 0.3, 0.1]),
            "work": draw.integers(0, 2, 400),
        }
    )


@pytest.mark.parametrize(
    ("differences", "which"),
    [
        # clear by its own interval, whose limit is 1.96 of its standard errors and more
        ({"wide": estimate(0.0, 0.2), "clear": estimate(0.1, 0.02)}, "clear"),
        ({"less": estimate(-0.1), "more": estimate(-0.3)}, "more"),
        ({"more": estimate(0.3), "less": estimate(-0.1)}, "more"),
        # the surest, which is not the largest: t is 8 against 3
        ({"large": estimate(0.3, 0.1), "sure": estimate(0.08, 0.01)}, "sure"),
        # not clear among two: t is 2.25, and .975 of 20 degrees of freedom 2.09, .9875 2.42
        ({"alone": estimate(0.045, 0.02), "wide": estimate(0.0, 0.1)}, "wide"),
        # nothing is clear: the one that may be farthest from zero, on either side
        ({"near": estimate(0.03), "far": estimate(0.0, 0.045)}, "far"),
        # ... by its joint interval; by its own the first would reach .082 and the second .079
        ({"surer": estimate(0.04, 0.02), "wider": estimate(0.0, 0.038)}, "wider"),
        ({"above": estimate(0.02, 0.03), "below": estimate(-0.03, 0.03)}, "below"),
        ({"below": estimate(-0.02, 0.03), "above": estimate(0.03, 0.03)}, "above"),
        # without any spread there is no test, however far it is from zero
        ({"fixed": FIXED, "clear": estimate(0.1)}, "clear"),
    ],
)
def test_the_difference_that_decides(differences, which):
    told = Joint(differences)
    assert told.name == which
    assert told.decisive.value == told.at(0.9).value == differences[which].value


def test_a_joint_test_by_hand():
    told = Joint({"a": estimate(0.05), "b": estimate(-0.06), "c": estimate(0.01)}, "ours.spread")
    p = [2 * stats.t.sf(t, 20) for t in (2.5, 3.0, 0.5)]
    assert told.p_value() == pytest.approx(3 * min(p))
    assert told.equivalence(0.1) == pytest.approx(stats.t.cdf((0.06 - 0.1) / 0.02, 20))
    assert told.equivalence(0.02) == pytest.approx(stats.t.cdf((0.06 - 0.02) / 0.02, 20))
    half = stats.t.isf(0.1 / 3 / 2, 20) * 0.02
    found = told.at(0.9)
    assert (found.low, found.high) == pytest.approx((-0.06 - half, -0.06 + half))
    assert found.level == pytest.approx(1 - 0.1 / 3)
    assert found.function == told.decisive.function == "ours.spread"
    assert told.level == 0.95


def test_a_joint_p_value_is_one_at_most_and_may_lack():
    assert Joint({"a": estimate(0.01), "b": estimate(0.012)}).p_value() == 1
    assert Joint({"a": FIXED, "b": estimate(0.06)}).p_value() == pytest.approx(
        2 * estimate(0.06).p_value()
    )
    assert isnan(Joint({"a": FIXED, "b": FIXED}).p_value())
    # that one has no spread leaves open whether it is small
    assert isnan(Joint({"a": FIXED, "b": estimate(0.0)}).equivalence(0.3))


JOINT = st.lists(
    st.builds(
        estimate,
        st.integers(-100, 100).map(lambda value: value / 1000),
        st.integers(5, 60).map(lambda se: se / 1000),
        st.integers(2, 60).map(float),
    ),
    min_size=2,
    max_size=5,
)


@given(JOINT, st.sampled_from([0.9, 0.95]), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_a_joint_verdict_agrees_with_its_interval(differences, level, others):
    told = Joint({str(n): replace(one, level=level) for n, one in enumerate(differences)})
    verdict = verdicts({"joint": told}, 0.05, 1 + others)["joint"]
    every = 0.05 / (1 + others)
    alike = all(abs(one.value) + stats.t.isf(every, one.df) * one.se < 0.05 for one in differences)
    assert (verdict.decision == "none") == alike
    clear = [
        one
        for one in differences
        if abs(one.value) > stats.t.isf((1 - level) / 2 / (1 + others) / len(differences), one.df)
        * one.se
    ]  # fmt: skip
    assert (verdict.decision in ("higher", "lower")) == bool(clear and not alike)
    if alike:
        assert -0.05 < verdict.low <= verdict.high < 0.05
    else:
        assert (verdict.low > 0 or verdict.high < 0) == bool(clear)


def test_what_decides_is_clear_however_many_comparisons_there_are():
    """Of five comparisons the larger difference is no longer clear, and the surer one is."""
    told = Joint({"large": estimate(0.3, 0.1), "sure": estimate(0.08, 0.01)})
    verdict = verdicts({"joint": told}, 0.01, 5)["joint"]
    assert (verdict.decision, verdict.value) == ("higher", 0.08)
    assert verdict.low == pytest.approx(0.08 - stats.t.isf(0.05 / 5 / 2 / 2, 20) * 0.01)


def test_that_all_are_small_takes_no_wider_interval():
    """Each must be small by itself, so here the joint interval would reach past the margin."""
    told = Joint({"a": estimate(0.0), "b": estimate(0.014)})
    verdict = decide(told, 0.05)
    assert told.at(0.9).high > 0.05
    assert verdict.decision == "none"
    assert verdict.high == pytest.approx(0.014 + stats.t.isf(0.05, 20) * 0.02)
    assert verdict.level == pytest.approx(0.9)


def test_spread_is_a_contrast_of_each_share(frame):
    told = spread(frame, "benefit", "route", 1, 2, "unit", level=0.9)
    assert list(told.estimates) == ["a", "b", "c"]
    assert sum(e.value for e in told.estimates.values()) == pytest.approx(0, abs=1e-12)
    for name, found in told.estimates.items():
        share = frame.assign(one=(frame["benefit"] == name).astype(float))
        assert found == contrast(share, "one", "route", 1, 2, "unit", 0.9)
    assert told.level == 0.9
    assert told.function == told.at(0.9).function == "evallib.inference.families.spread"


def test_people_without_a_category_count_as_none_of_them(frame):
    gaps = frame.assign(benefit=frame["benefit"].where(frame["benefit"] != "c"))
    with_gaps = spread(gaps, "benefit", "route", 1, 2, "unit").estimates
    assert list(with_gaps) == ["a", "b"]
    assert with_gaps["a"] == spread(frame, "benefit", "route", 1, 2, "unit").estimates["a"]


def test_each_category_is_held_against_the_others(frame):
    told = against_others(frame, "work", "benefit", "unit", level=0.9)
    assert list(told.estimates) == ["a", "b", "c"]
    inside = frame["benefit"] == "c"
    gap = frame.loc[inside, "work"].mean() - frame.loc[~inside, "work"].mean()
    assert told.estimates["c"].value == pytest.approx(gap)
    held = frame.assign(inside=inside)
    assert told.estimates["c"] == contrast(held, "work", "inside", True, False, "unit", 0.9)
    assert told.level == 0.9
    assert told.function == "evallib.inference.families.against_others"


def test_a_category_of_one_cluster_is_left_out(frame):
    frame.loc[frame["unit"] == "3", "benefit"] = "d"
    assert list(against_others(frame, "work", "benefit", "unit").estimates) == ["a", "b", "c"]
    assert against_others(frame, "work", "benefit", "unit").estimates["a"].n == len(frame)


def test_nothing_to_compare_is_said(frame):
    same = frame.assign(benefit="a")
    with pytest.raises(EstimationError, match=r"^Everybody has the same 'benefit': there is no"):
        spread(same, "benefit", "route", 1, 2, "unit")
    with pytest.raises(EstimationError, match=r"^Fewer than two categories of 'benefit' are found"):
        against_others(same, "work", "benefit", "unit")
    with pytest.raises(DataError, match="no column 'trade'"):
        spread(frame, "trade", "route", 1, 2, "unit")
    with pytest.raises(DataError, match="no column 'trade'"):
        against_others(frame, "work", "trade", "unit")
    one = frame[(frame["route"] == 2) | (frame["unit"] == "1")]
    with pytest.raises(EstimationError, match="1"):
        spread(one, "benefit", "route", 1, 2, "unit")
