"""Occupancy and first events against R, against loops, and as identities.

The frozen numbers come from tests/references/curves.R (versions in the first lines of curves.csv).
"""

import warnings
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from frozen import FOLDER, frozen
from hypothesis import given, settings
from panels import simulated
from scipy.special import stdtrit

from evallib import curves
from evallib.curves import moves
from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.cr2 import least_squares
from evallib.inference.estimate import within

R = frozen("curves")


@pytest.fixture(scope="module")
def people():
    """340 people in 17 units, three states, followed for 2 to 10 months."""
    frame = pd.read_csv(FOLDER / "moves.csv")
    return frame.assign(work=frame["state"] == "work", education=frame["state"] == "education")


def test_aalen_johansen_equals_survfit(people):
    made = moves.occupancy(people, by=None)
    assert list(made) == ["benefit", "education", "work"]
    for state, curve in made.items():
        np.testing.assert_allclose(curve.frame["estimate"], R[f"occupancy.{state}"], atol=1e-9)


def test_cluster_jackknife_equals_the_leave_one_out_loop(people):
    for state, curve in moves.occupancy(people, by=None).items():
        np.testing.assert_allclose(curve.frame["se"], R[f"occupancy_se.{state}"], atol=1e-9)


def test_expected_months_equal_the_area_in_r(people):
    made = moves.expected_months(people, "work", by=None)["all"]
    assert made.value == pytest.approx(R["expected_months"][0], abs=1e-9)
    assert made.se == pytest.approx(R["expected_months_se"][0], abs=1e-9)
    assert (made.n, made.clusters, made.bounds) == (340, 17, (0, 11))
    last = moves.occupancy(people, by=None)["work"].at("all", 10)
    assert made.df == last.df
    half = stdtrit(made.df, 0.975) * made.se
    assert made.low < made.value - 0.9 * half < made.value + 0.9 * half < made.high
    assert (made.low, made.high) == within(made.value, made.se, half / made.se, (0, 11), 1)


def test_degrees_of_freedom_are_those_of_cr2_on_the_units_of_the_month(people):
    made = moves.occupancy(people, by=None)["work"].frame
    for month, cell in people.groupby("month"):
        codes = pd.factorize(cell["project"])[0]
        ones = np.ones((len(cell), 1))
        fit = least_squares(ones, cell["work"].to_numpy(float), codes, kind="CR2")
        row = made.loc[month]
        assert row["df"] == pytest.approx(fit.covariance.df(np.ones(1)))
        assert (row["n"], row["clusters"]) == (len(cell), cell["project"].nunique())
        times = stdtrit(row["df"], 0.975)
        limits = within(row["estimate"], row["se"], times, (0, 1), 1)
        assert (row["low"], row["high"]) == pytest.approx(limits)


def test_first_event_equals_kaplan_meier(people):
    made = moves.incidence(people, "work", by=None).frame
    np.testing.assert_allclose(made["estimate"], R["kaplan_meier"], atol=1e-12)
    np.testing.assert_allclose(made["se"], R["kaplan_meier_se"], atol=1e-9)


def test_first_event_with_exits_equals_cumulative_incidence(people):
    made = moves.incidence(people, "work", "education", by=None).frame
    np.testing.assert_allclose(made["estimate"], R["incidence"], atol=1e-12)
    np.testing.assert_allclose(made["se"], R["incidence_se"], atol=1e-9)


def test_occupancy_by_hand(panel):
    # Route 1 of tests/conftest.py: month 3 has P1 1->1, P2 1->0, P3 0->1 (P4 is gone).
    # Month 2: half in work; chance to stay 1/2, to enter 1: 1/2 * 1/2 + 1/2 * 1 = 3/4.
    # Month 4: P1 1->0, P3 1->1: nobody out of work is observed, 3/4 * 1/2 + 1/4 * 0 = 3/8.
    one = panel[panel["route"] == 1]
    with pytest.warns(EstimationWarning, match="'False' in month 3 is observed in month 4"):
        made = moves.occupancy(one, "employed")["True"]
    assert made.frame["estimate"].tolist() == pytest.approx([1 / 4, 2 / 4, 2 / 4, 3 / 4, 3 / 8])
    assert made.frame["n"].tolist() == [4, 4, 4, 3, 2]


def test_jackknife_equals_a_loop_over_the_panel():
    panel = simulated(3, 60, 6)
    made = moves.occupancy(panel, "employed")["True"].frame
    left = []
    for unit in sorted(panel["project"].unique()):
        rest = panel[panel["project"] != unit]
        left.append(moves.occupancy(rest, "employed")["True"].frame["estimate"].to_numpy())
    deviations = np.array(left) - np.mean(left, axis=0)
    np.testing.assert_allclose(made["se"], np.sqrt(5 / 6 * (deviations**2).sum(axis=0)), atol=1e-12)


def quiet(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        return function(*arguments, **options)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_states_add_to_one_in_every_month(seed):
    panel = simulated(seed, 40, 5)
    rng = np.random.default_rng(seed)
    panel["state"] = rng.choice(["a", "b", "c"], len(panel))
    made = quiet(moves.occupancy, panel)
    total = sum(curve.frame["estimate"] for curve in made.values())
    np.testing.assert_allclose(total, 1, atol=1e-12)
    areas = [quiet(moves.expected_months, panel, name)[1].value for name in made]
    assert sum(areas) == pytest.approx(panel["month"].max() + 1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_without_censoring_occupancy_is_the_share(seed):
    panel = simulated(seed, 40, 5)
    panel = panel[panel["month"] < 3]  # everybody is followed to month 2
    made = quiet(moves.occupancy, panel, "employed")["True"].frame
    share = quiet(curves.share, panel).frame
    np.testing.assert_allclose(made["estimate"], share["estimate"], atol=1e-12)
    # ... and the first event is the share ever employed of those not employed at the start.
    first = quiet(moves.incidence, panel).frame
    ever = quiet(curves.ever, panel, exclude_at_baseline=True).frame
    np.testing.assert_allclose(first["estimate"][1:], ever["estimate"], atol=1e-12)
    assert first["estimate"][0] == 0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_rows_changes_nothing(seed):
    panel = simulated(seed, 40, 5)
    shuffled = panel.sample(frac=1, random_state=seed)
    for make in (moves.occupancy, lambda p, _: {"": moves.incidence(p)}):
        one, other = (quiet(make, frame, "employed") for frame in (panel, shuffled))
        for name, curve in one.items():
            pd.testing.assert_frame_equal(curve.frame, other[name].frame)


def test_incidence_is_above_occupancy_and_never_falls(people):
    first = moves.incidence(people, "work", by=None).frame["estimate"]
    assert (first.diff().dropna() >= 0).all()
    exits = moves.incidence(people, "work", "education", by=None).frame["estimate"]
    assert exits.iloc[-1] < first.iloc[-1]


def test_bad_panels_are_named(people):
    gap = people.drop(index=people.index[1])
    with pytest.raises(DataError, match="'person_id' has gaps before these rows"):
        moves.occupancy(gap, by=None)
    with pytest.raises(EstimationError, match="not to 12"):
        moves.expected_months(people, "work", by=None, until=12)
    with pytest.raises(EstimationError, match="the states are benefit, education, work"):
        moves.expected_months(people, "job", by=None)
    with pytest.raises(EstimationError, match="Nobody who waits for work in month 0"):
        moves.incidence(people.assign(work=False), "work", by=None)
    two = people.assign(route=people["project"].isin(["U01", "U02"]) + 1)
    two = two.assign(work=two["work"] | (two["route"] == 2))
    with pytest.raises(EstimationError, match=r"Nobody of group 2 is without work in month 0\. Le"):
        moves.incidence(two, "work")
    with pytest.raises(EstimationError, match="1 cluster"):
        moves.occupancy(people[people["project"] == "U01"], by=None)


# --- months that one unit alone reaches, and data that start with the first observed month


@pytest.mark.filterwarnings("ignore:.*they are taken to stay")
@pytest.mark.parametrize("estimator", ["occupancy", "incidence"])
def test_a_month_of_one_unit_has_a_number_without_interval(people, estimator):
    rare = people[(people["month"] < 9) | (people["project"] == "U04")]
    make = {
        "occupancy": lambda panel: moves.occupancy(panel, by=None)["work"],
        "incidence": lambda panel: moves.incidence(panel, "work", by=None),
    }[estimator]
    with pytest.warns(
        EstimationWarning,
        match="carries what is estimated of group 'all': U04 in month 9, U04 in month 10. The num",
    ):
        made = make(rare).frame
    late = made[made["month"] > 8]
    assert late[["se", "df", "low", "high"]].isna().all(axis=None)
    assert late["estimate"].notna().all()
    assert late["clusters"].tolist() == [1, 1]
    early = quiet(make, people[people["month"] < 9]).frame
    pd.testing.assert_frame_equal(made.head(9), early)
    if estimator == "occupancy":
        with pytest.warns(EstimationWarning, match="U04 in month 10"):
            area = moves.expected_months(rare, "work", by=None)["all"]
        assert np.isnan([area.low, area.high, area.se, area.p_value(5)]).all()
        assert area.n == 340
        assert quiet(moves.expected_months, rare, "work", by=None, until=8)["all"].se > 0


def test_events_in_the_first_month_count_where_everybody_is_at_risk(people):
    """One minus Kaplan-Meier of the first events, month 0 being a time like any other."""
    made = moves.incidence(people, "work", by=None, at_risk_from_start=True).frame
    np.testing.assert_allclose(made["estimate"], R["kaplan_meier.start"], atol=1e-12)
    np.testing.assert_allclose(made["se"], R["kaplan_meier.start_se"], atol=1e-9)
    assert made["low"].iloc[0] > 0
    assert made["n"].iloc[0] == 340
    # The same, with an invented month before the first in which nobody works.
    before = people[people["month"] == 0].assign(work=False)
    longer = pd.concat([before, people.assign(month=people["month"] + 1)])
    invented = quiet(moves.incidence, longer, "work", by=None).frame
    np.testing.assert_allclose(made["estimate"], invented["estimate"][1:])
    np.testing.assert_allclose(made["se"], invented["se"][1:])
    exits = moves.incidence(people, "work", "education", by=None, at_risk_from_start=True).frame
    assert exits["estimate"].iloc[0] == people[people["month"] == 0]["work"].mean()


def test_nobody_has_had_the_event_in_month_0_by_construction(people):
    first = moves.incidence(people, "work", by=None).frame.iloc[0]
    assert tuple(first[["estimate", "low", "high", "se"]]) == (0, 0, 0, 0)


def test_limits_stay_in_range_and_equal_those_of_independent_people(people):
    """Of independent people, followed without gaps, the limits are Wilson's with t for z."""
    panel = people[people["month"] <= 2]
    made = moves.occupancy(panel, by=None, cluster="person_id")["work"].at("all", 0)
    n, p, t = made.n, made.value, stdtrit(made.df, 0.975)
    assert made.df == pytest.approx(n - 1)
    assert made.se == pytest.approx(np.sqrt(p * (1 - p) / (n - 1)))
    centre, half = (
        p + t**2 / (2 * (n - 1)),
        t * np.sqrt(p * (1 - p) / (n - 1) + (t / (n - 1)) ** 2 / 4),
    )
    whole = 1 + t**2 / (n - 1)
    assert (made.low, made.high) == pytest.approx(
        ((centre - half) / whole, (centre + half) / whole)
    )


def test_plain_limits_are_those_of_survfit(people):
    """R's limits of a Kaplan-Meier curve are value +- z x Greenwood's error; ours are in range."""
    value, error = np.array(R["kaplan_meier"]), np.array(R["greenwood"])
    for row, (low, high) in enumerate(zip(R["plain_low"], R["plain_high"], strict=True)):
        one = replace(
            moves.incidence(people, "work", by=None).at("all", row),
            value=value[row], se=error[row], df=np.inf, bounds=None,
        ).at(0.95)  # fmt: skip
        assert (max(one.low, 0), min(one.high, 1)) == pytest.approx((low, high))
    apart = moves.incidence(people, "work", by=None, cluster="person_id").frame
    np.testing.assert_allclose(apart["se"], error, rtol=0.04)
    # Wilson's limits lie between R's log and log-log ones, or at most 0.01 outside.
    for side, name in (("low", "low"), ("high", "high")):
        pair = np.array([R[f"log_{name}"], R[f"loglog_{name}"]])[:, 1:]
        made = apart[side][1:]
        assert (made > pair.min(axis=0) - 0.01).all()
        assert (made < pair.max(axis=0) + 0.01).all()
