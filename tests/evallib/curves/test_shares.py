"""Curves against arithmetic done by hand, against a slow obvious implementation, and identities."""

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

from evallib.curves import shares as curves
from evallib.errors import EstimationError, EstimationWarning, EvalError

# Route 1 of the six-person study (tests/conftest.py): employed by month, unit in brackets.
#        0  1  2  3  4
# P1 (A) 0  1  1  1  0
# P2 (A) 1  0  1  0  .
# P3 (B) 0  1  0  1  1
# P4 (C) 0  0  0  .  .
# SE: with d the deviations from the mean and D their sums over units,
# se^2 = G/(G-1) * sum(D^2) / n^2.
ROUTE_1 = {
    # month: (n, G, share, se)
    0: (4, 3, 1 / 4, sqrt(3 / 2 * (1 / 4 + 1 / 16 + 1 / 16) / 16)),  # D = 1/2, -1/4, -1/4
    1: (4, 3, 2 / 4, sqrt(3 / 2 * (0 + 1 / 4 + 1 / 4) / 16)),  # D = 0, 1/2, -1/2
    2: (4, 3, 2 / 4, sqrt(3 / 2 * (1 + 1 / 4 + 1 / 4) / 16)),  # D = 1, -1/2, -1/2
    3: (3, 2, 2 / 3, sqrt(2 / 1 * (1 / 9 + 1 / 9) / 9)),  # D = -1/3, 1/3
    4: (2, 2, 1 / 2, sqrt(2 / 1 * (1 / 4 + 1 / 4) / 4)),  # D = -1/2, 1/2
}
# Change since month 0 of those observed: P1 1 1 1 0, P2 -1 0 -1, P3 1 0 1 1, P4 0 0.
CHANGE_1 = {
    0: (4, 3, 0.0, 0.0),
    1: (4, 3, 1 / 4, sqrt(3 / 2 * (1 / 4 + 9 / 16 + 1 / 16) / 16)),  # D = -1/2, 3/4, -1/4
    2: (4, 3, 1 / 4, sqrt(3 / 2 * (1 / 4 + 1 / 16 + 1 / 16) / 16)),  # D = 1/2, -1/4, -1/4
    3: (3, 2, 1 / 3, sqrt(2 / 1 * (4 / 9 + 4 / 9) / 9)),  # D = -2/3, 2/3
    4: (2, 2, 1 / 2, sqrt(2 / 1 * (1 / 4 + 1 / 4) / 4)),  # D = -1/2, 1/2
}
# Share in month k less the month-0 share of all four (1/4). Influence of a person:
# (y_k - share_k)/n_k if observed, less (y_0 - 1/4)/4. Months 1 and 2 equal the change above.
FROM_ALL_1 = {
    3: (
        3,
        3,
        5 / 12,
        sqrt(3 / 2 * (34**2 + 25**2 + 9**2)) / 144,
    ),  # P1 25, P2 -59, P3 25, P4 9 /144
    # P1 -1/4 + 1/16, P2 -3/16, P3 1/4 + 1/16, P4 1/16: D = -6/16, 5/16, 1/16
    4: (2, 3, 1 / 4, sqrt(3 / 2 * (36 + 25 + 1)) / 16),
}
# At least one month so far: P1 0 1 1 1 1, P2 1 1 1 1, P3 0 1 1 1 1, P4 0 0 0.
EVER_1 = {
    0: (4, 3, 1 / 4, ROUTE_1[0][3]),
    1: (4, 3, 3 / 4, sqrt(3 / 2 * (1 / 4 + 1 / 16 + 9 / 16) / 16)),  # D = 1/2, 1/4, -3/4
    2: (4, 3, 3 / 4, sqrt(3 / 2 * (1 / 4 + 1 / 16 + 9 / 16) / 16)),
    3: (3, 2, 1.0, 0.0),
    4: (2, 2, 1.0, 0.0),
}


def assert_by_hand(curve, expected, group=1):
    for month, (n, clusters, value, se) in expected.items():
        half = stdtrit(clusters - 1, 0.975) * se
        made = curve.at(group, month)
        got = (made.value, made.low, made.high, made.se, made.df, made.n, made.clusters)
        by_hand = (value, value - half, value + half, se, clusters - 1, n, clusters)
        assert got == pytest.approx(by_hand, abs=1e-14)


def test_share_by_hand(panel):
    assert_by_hand(curves.share(panel), ROUTE_1)


def test_shift_on_the_same_risk_set_by_hand(panel):
    assert_by_hand(curves.shift(panel[panel["route"] == 1], baseline="risk_set"), CHANGE_1)


def test_shift_from_all_by_hand(panel):
    together = curves.shift(panel[panel["route"] == 1], baseline="all")
    assert_by_hand(together, {k: CHANGE_1[k] for k in (0, 1, 2)} | FROM_ALL_1)


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


def test_one_cluster_is_an_error_that_names_group_and_month(panel):
    with pytest.raises(EstimationError, match=r"group 1 in month 0 .*1 cluster \(Enhed 01\)"):
        curves.mean(panel, "hours", among="employed")


def test_nobody_to_average_is_an_error_that_names_group_and_month(panel):
    nobody = panel.assign(employed=panel["employed"] & (panel["month"] != 2))
    with pytest.raises(EstimationError, match="Nobody of group 1 is employed in month 2"):
        curves.mean(nobody, "hours", among="employed")
    with pytest.raises(EstimationError, match="no rows"):
        curves.share(panel.head(0))


def test_no_variation_is_said_aloud(panel):
    with pytest.warns(EstimationWarning, match="group 1 in month 3 does not vary"):
        curves.ever(panel[(panel["route"] == 1) & (panel["month"] <= 3)])


def test_month_beyond_the_horizon_and_unknown_options(panel):
    curve = curves.share(panel)
    with pytest.raises(EstimationError, match="months 0-4 for group 1, not month 9"):
        curve.at(1, 9)
    with pytest.raises(EvalError, match="baseline is 'both'; choose one of 'all', 'risk_set'"):
        curves.shift(panel, baseline="both")
    with pytest.raises(EstimationError, match="no month 0"):
        curves.shift(panel[panel["month"] > 0])
    with pytest.raises(EstimationError, match="no month 0"):
        curves.shift(panel[(panel["month"] > 0) | (panel["person_id"] != "P3")])


def slow_share(panel: pd.DataFrame, month: int) -> tuple[float, float]:
    """Mean and standard error with nothing but loops over people."""
    rows = [row for row in panel.itertuples() if row.month == month]
    value = sum(row.employed for row in rows) / len(rows)
    units = sorted({row.project for row in rows})
    squares = 0.0
    for unit in units:
        squares += sum(row.employed - value for row in rows if row.project == unit) ** 2
    return value, sqrt(len(units) / (len(units) - 1) * squares) / len(rows)


def slow_change(panel: pd.DataFrame, month: int) -> tuple[float, float]:
    first = {row.person_id: row.employed for row in panel.itertuples() if row.month == 0}
    later = panel[panel["month"] == month]
    return slow_share(
        later.assign(
            employed=[int(r.employed) - int(first[r.person_id]) for r in later.itertuples()]
        ),
        month,
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(12, 40), units=st.integers(2, 6))
def test_agrees_with_the_slow_implementation(seed, people, units):
    panel = simulated(seed, people, units)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        share = curves.share(panel)
        shift = curves.shift(panel, baseline="risk_set")
    for month in range(6):
        made = share.at(1, month)
        assert (made.value, made.se) == pytest.approx(slow_share(panel, month), abs=1e-12)
        made = shift.at(1, month)
        assert (made.value, made.se) == pytest.approx(slow_change(panel, month), abs=1e-12)


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
    for column in ("estimate", "se", "low", "high"):
        np.testing.assert_allclose(doubled[column], 2 * single[column], atol=1e-12)
