"""Curves against arithmetic done by hand, against a slow obvious implementation, and identities."""

import math
import warnings
from dataclasses import astuple
from math import sqrt

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from panels import simulated
from scipy.special import stdtrit

from evallib import curves
from evallib.errors import DataError, EstimationError, EstimationWarning, EvalError
from evallib.inference.estimate import ICC, within

# Route 1 of the six-person study (tests/conftest.py): employed by month, unit in brackets.
#        0  1  2  3  4
# P1 (A) 0  1  1  1  0
# P2 (A) 1  0  1  0  .
# P3 (B) 0  1  0  1  1
# P4 (C) 0  0  0  .  .
# SE (CR2): with D the sums of deviations over units and h the units' parts of the people,
# se^2 = sum(D^2 / (1 - h)) / n^2. Degrees of freedom: tr(Q)^2 / tr(Q^2), where Q has h / (1 - h)
# on its diagonal, less the products of h / sqrt(1 - h). Units of 2, 1 and 1 people have
# Q = [1/2, 1/4, 1/4] on the diagonal, -1/sqrt(24) twice and -1/12 beside it: tr(Q) = 1 and
# tr(Q^2) = 3/8 + 4/24 + 2/144 = 5/9. Two units have 1.
THREE = 9 / 5
ROUTE_1 = {
    # month: (n, G, df, share, se)
    0: (4, 3, THREE, 1 / 4, sqrt((1 / 4 * 2 + 1 / 16 * 4 / 3 + 1 / 16 * 4 / 3) / 16)),
    1: (4, 3, THREE, 2 / 4, sqrt((0 + 1 / 4 * 4 / 3 + 1 / 4 * 4 / 3) / 16)),  # D = 0, 1/2, -1/2
    2: (4, 3, THREE, 2 / 4, sqrt((1 * 2 + 1 / 4 * 4 / 3 + 1 / 4 * 4 / 3) / 16)),  # D = 1, -1/2 ...
    3: (3, 2, 1, 2 / 3, sqrt((1 / 9 * 3 + 1 / 9 * 3 / 2) / 9)),  # D = -1/3, 1/3
    4: (2, 2, 1, 1 / 2, sqrt((1 / 4 * 2 + 1 / 4 * 2) / 4)),  # D = -1/2, 1/2
}
# Change since month 0 of those observed: P1 1 1 1 0, P2 -1 0 -1, P3 1 0 1 1, P4 0 0.
CHANGE_1 = {
    0: (4, 3, THREE, 0.0, 0.0),
    1: (4, 3, THREE, 1 / 4, sqrt((1 / 4 * 2 + 9 / 16 * 4 / 3 + 1 / 16 * 4 / 3) / 16)),
    2: (4, 3, THREE, 1 / 4, sqrt((1 / 4 * 2 + 1 / 16 * 4 / 3 + 1 / 16 * 4 / 3) / 16)),
    3: (3, 2, 1, 1 / 3, sqrt((4 / 9 * 3 + 4 / 9 * 3 / 2) / 9)),  # D = -2/3, 2/3
    4: (2, 2, 1, 1 / 2, sqrt((1 / 4 * 2 + 1 / 4 * 2) / 4)),  # D = -1/2, 1/2
}
# Share in month 3 less the month-0 share of all four (1/4). A unit adds, of either month, its D / n
# over the root of 1 - h: months 3 (D = -1/3, 1/3) and 0 (D = 1/2, -1/4, -1/4).
A, B, C = (
    -1 / 9 / sqrt(1 / 3) - 1 / 8 / sqrt(1 / 2),
    1 / 9 / sqrt(2 / 3) + 1 / 16 / sqrt(3 / 4),
    1 / 16 / sqrt(3 / 4),
)
FROM_ALL_3 = (5 / 12, sqrt(A**2 + B**2 + C**2))
# At least one month so far: P1 0 1 1 1 1, P2 1 1 1 1, P3 0 1 1 1 1, P4 0 0 0.
EVER_1 = {
    0: (4, 3, THREE, 1 / 4, ROUTE_1[0][4]),
    1: (4, 3, THREE, 3 / 4, sqrt((1 / 4 * 2 + 1 / 16 * 4 / 3 + 9 / 16 * 4 / 3) / 16)),
    2: (4, 3, THREE, 3 / 4, sqrt((1 / 4 * 2 + 1 / 16 * 4 / 3 + 9 / 16 * 4 / 3) / 16)),
    3: (3, 2, 1, 1.0, 0.0),
    4: (2, 2, 1, 1.0, 0.0),
}


def assert_by_hand(curve, expected, *, difference=False):
    for month, (n, clusters, df, value, se) in expected.items():
        times = stdtrit(df, 0.975)
        if difference:
            low, high = max(value - times * se, -1), min(value + times * se, 1)
        else:
            low, high = within(value, se, times, (0, 1), n / (1 + (n / clusters - 1) * ICC))
        made = curve.at(1, month)
        got = (made.value, made.low, made.high, made.se, made.df, made.n, made.clusters)
        by_hand = (value, low, high, se, df, n, clusters)
        assert got == pytest.approx(by_hand, abs=1e-12)
        assert (made.bounds, made.difference) == ((-1 if difference else 0, 1), difference)


def test_share_by_hand(panel):
    assert_by_hand(curves.share(panel), ROUTE_1)
    assert curves.share(panel).at(1, 0).k == 1


def test_shift_on_the_same_risk_set_by_hand(panel):
    made = curves.shift(panel[panel["route"] == 1], baseline="risk_set")
    assert_by_hand(made, CHANGE_1, difference=True)
    assert made.frame["k"].isna().all()


def test_shift_from_all_by_hand(panel):
    made = curves.shift(panel[panel["route"] == 1], baseline="all")
    assert_by_hand(made, {0: CHANGE_1[0]}, difference=True)
    third = made.at(1, 3)
    assert (third.value, third.se) == pytest.approx(FROM_ALL_3)
    assert (third.n, third.clusters) == (3, 2)


@pytest.mark.filterwarnings("ignore::evallib.errors.EstimationWarning")
def test_ever_by_hand(panel):
    assert_by_hand(curves.ever(panel), EVER_1)
    by_person = curves.ever_share(panel[panel["route"] == 1])
    assert by_person[1].value == pytest.approx(3 / 4)
    everyone = curves.ever_share(panel, by=None)["all"]
    assert (everyone.value, everyone.n, everyone.clusters) == (pytest.approx(5 / 6), 6, 4)


def test_ever_without_those_in_work_at_referral_by_hand(panel):
    # P2 leaves; P1 and P3 find work in month 1, P4 never does.
    new = curves.ever(panel[panel["month"] <= 2], exclude_at_baseline=True, by=None)
    # With route 2: P5 finds work in month 1, P6 was in work at referral.
    assert new.at("all", 1).value == pytest.approx(3 / 4)
    assert new.at("all", 1).n == 4
    assert 0 not in set(new.frame["month"])
    assert curves.ever_share(panel, exclude_at_baseline=True, by=None)["all"].value == 3 / 4


def test_mean_hours_by_hand(panel):
    one = panel[(panel["route"] == 1) & (panel["month"].isin([1, 3]))]
    full = 160.33
    among = curves.mean(one, "hours", among="employed")
    assert among.at(1, 1).value == pytest.approx((0.5 + 1) / 2 * full)  # P1, P3
    assert among.at(1, 3).value == pytest.approx((1 + 0.5) / 2 * full)  # P1, P3
    assert among.at(1, 3).n == 2
    with pytest.warns(EstimationWarning, match="month 3"):  # both units have the same mean
        zeros = curves.mean(one, "hours")
    assert zeros.at(1, 1).value == pytest.approx((0.5 + 0 + 1 + 0) / 4 * full)
    assert zeros.at(1, 3).value == pytest.approx((1 + 0 + 0.5) / 3 * full)


def test_risk_set_by_hand(panel):
    counts = curves.risk_set(panel).set_index(["group", "month"])
    assert counts.loc[1, "n"].tolist() == [4, 4, 4, 3, 2]
    assert counts.loc[2, "n"].tolist() == [2, 2, 2, 2]
    assert counts.loc[1, "clusters"].tolist() == [3, 3, 3, 2, 2]
    together = curves.risk_set(panel, by=None)
    assert together["group"].eq("all").all()
    assert together["n"].tolist() == [6, 6, 6, 5, 2]


def test_one_cluster_is_an_error_that_names_all_groups_and_months(panel):
    with pytest.raises(
        EstimationError,
        match=(
            r"mean hours among employed rests on 1 cluster: group 1 in month 0, 2 \(Enhed 01\); "
            r"group 1 in month 4 \(Enhed 02\); group 2 in month 1, 3 \(Enhed 02\); "
            r"group 2 in month 0, 2 \(Enhed 04\)\. An interval needs"
        ),
    ):
        curves.mean(panel, "hours", among="employed")
    late = panel[(panel["month"] < 3) | (panel["project"] == "Enhed 01")]
    for make in (curves.share, curves.shift, curves.ever, curves.mean):
        with pytest.raises(EstimationError, match=r"1 cluster: group 1 in month 3, 4 \(Enhed 01\)"):
            make(late[late["route"] == 1])


def test_nobody_to_average_is_an_error_that_names_all_groups_and_months(panel):
    nobody = panel.assign(employed=panel["employed"] & (panel["month"] != 2))
    with pytest.raises(
        EstimationError,
        match=r"Nobody of group 1 in month 2, group 2 in month 2 is employed, so no mean hours",
    ):
        curves.mean(nobody, "hours", among="employed")


def test_no_variation_is_said_aloud(panel):
    one = panel[(panel["route"] == 1) & (panel["month"] <= 3)]
    number = one["person_id"].str[1:].astype(float)
    one = one.assign(hours=number.where(one["month"] < 3, 7.0))
    with pytest.warns(EstimationWarning, match="mean hours of group 1 in month 3 does not vary"):
        made = curves.mean(one, "hours")
    assert (made.at(1, 3).low, made.at(1, 3).high) == pytest.approx((7, 7))
    still = curves.shift(one).at(1, 0)  # 0 by definition, which is no finding
    assert (still.value, still.low, still.high) == (0, 0, 0)


@pytest.mark.filterwarnings("error")
def test_a_share_of_everybody_has_limits_in_range(panel):
    last = curves.ever(panel[(panel["route"] == 1) & (panel["month"] <= 3)]).at(1, 3)
    assert (last.value, last.high, last.se) == (1, 1, 0)
    assert 0 < last.low < 0.5
    assert math.isnan(last.p_value(0.5))


def test_numbers_that_are_0_and_1_in_one_month_are_still_numbers(panel):
    one = panel[panel["route"] == 1]
    mixed = one.assign(hours=one["employed"] * 1.0 + (one["month"] == 1) * 20)
    made = curves.mean(mixed, "hours")
    assert made.bounds is None
    share = curves.share(one).at(1, 0)
    number = made.at(1, 0)
    assert number.k is None
    assert (number.value, number.se) == (share.value, share.se)
    half = stdtrit(number.df, 0.975) * number.se
    assert (number.low, number.high) == pytest.approx((number.value - half, number.value + half))
    moved = curves.shift(mixed, "hours")
    assert (moved.bounds, moved.difference) == (None, True)
    assert moved.at(1, 2).low == pytest.approx(
        moved.at(1, 2).value - stdtrit(moved.at(1, 2).df, 0.975) * moved.at(1, 2).se
    )


def test_everybody_in_work_at_the_start_leaves_nobody(panel):
    busy = panel.assign(employed=panel["employed"] | (panel["route"] == 2))
    for make in (curves.ever, curves.ever_share):
        with pytest.raises(
            EstimationError, match=r"Nobody of group 2 is not employed in month 0\. Leave them out"
        ):
            make(busy, exclude_at_baseline=True)


def test_month_beyond_the_horizon_and_unknown_options(panel):
    curve = curves.share(panel)
    with pytest.raises(EstimationError, match="months 0-4 for group 1, not month 9"):
        curve.at(1, 9)
    with pytest.raises(EvalError, match="baseline is 'both'; choose one of 'all', 'risk_set'"):
        curves.shift(panel, baseline="both")
    with pytest.raises(DataError, match="no row at time 0"):
        curves.shift(panel[panel["month"] > 0])
    with pytest.raises(DataError, match=r"no row at time 0.*: 4 of 24 rows"):
        curves.shift(panel[(panel["month"] > 0) | (panel["person_id"] != "P3")])


def slow_cr2(y, x, units):
    """Least squares of y on a constant and x, its CR2 error and degrees of freedom: last one.

    With every matrix as it stands in the papers: n x n, and roots of blocks.
    """
    design = np.column_stack([np.ones(len(y)), *([x] if x is not None else [])])
    bread = np.linalg.inv(design.T @ design)
    left = np.eye(len(y)) - design @ bread @ design.T
    squares, rows = 0.0, []
    for unit in sorted(set(units)):
        own = np.flatnonzero(np.asarray(units) == unit)
        values, vectors = np.linalg.eigh(left[np.ix_(own, own)])
        root = [0.0 if value < 1e-9 else value**-0.5 for value in values]
        weight = bread[-1] @ design[own].T @ (vectors * root) @ vectors.T
        squares += (weight @ left[own] @ y) ** 2
        rows.append(weight @ left[own])
    q = np.array(rows) @ np.array(rows).T
    return (bread @ design.T @ y)[-1], sqrt(squares), np.trace(q) ** 2 / np.sum(q**2)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(12, 40), units=st.integers(2, 6))
def test_agrees_with_the_slow_implementation(seed, people, units):
    panel = simulated(seed, people, units).astype({"employed": float})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        share = curves.share(panel)
        paired = curves.shift(panel, baseline="risk_set")
        shift = curves.shift(panel)
    start = panel[panel["month"] == 0]
    first = start.set_index("person_id")["employed"]
    for month, cell in panel.groupby("month"):
        y, unit = cell["employed"].to_numpy(), cell["project"].tolist()
        both = np.r_[y, first], np.r_[np.ones(len(y)), np.zeros(len(first))]
        expected = {
            "share": (share, slow_cr2(y, None, unit)),
            "paired": (paired, slow_cr2(y - cell["person_id"].map(first).to_numpy(), None, unit)),
            "shift": (shift, slow_cr2(*both, unit + start["project"].tolist())),
        }
        for name, (curve, (value, se, df)) in expected.items():
            made = curve.at(1, month)
            assert (made.value, made.se) == pytest.approx((value, se), abs=1e-7), (name, month)
            if month or name == "share":
                assert made.df == pytest.approx(df), (name, month)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
@pytest.mark.filterwarnings("ignore::evallib.errors.EstimationWarning")
def test_identities(seed):
    panel = simulated(seed, 30, 5)
    shuffled = panel.sample(frac=1, random_state=seed)
    for make in (curves.share, curves.ever, curves.shift):
        frames = [make(frame).frame for frame in (panel, shuffled)]
        pd.testing.assert_frame_equal(*frames, rtol=1e-12, atol=1e-14)
    for baseline in ("all", "risk_set"):
        assert astuple(curves.shift(panel, baseline=baseline).at(1, 0))[:4] == (0, 0, 0, 0)
    assert np.all(np.diff(curves.ever(panel[panel["month"] < 3]).frame["estimate"]) >= 0)
    # A full panel has one risk set, so both baselines agree.
    full = panel[panel["month"] < 3]
    both = [curves.shift(full, baseline=b).frame for b in ("all", "risk_set")]
    pd.testing.assert_frame_equal(*both, rtol=1e-10, atol=1e-12)
    # Hours and their thresholds scale as means do.
    doubled = curves.mean(panel.assign(hours=panel["employed"] * 2.0), "hours").frame
    single = curves.share(panel).frame
    for column in ("estimate", "se"):
        np.testing.assert_allclose(doubled[column], 2 * single[column], atol=1e-12)
    np.testing.assert_allclose(doubled["df"], single["df"])
