"""Occupancy and first events against R, against loops, and as identities.

The frozen numbers come from tests/references/curves.R (versions in the first lines of curves.csv).
"""

import warnings

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from frozen import FOLDER, frozen
from hypothesis import given, settings
from panels import simulated

from evallib.curves import moves
from evallib.curves import shares as curves
from evallib.curves.bands import statistic_of
from evallib.curves.resampling import jackknife_se, point
from evallib.errors import EstimationError, EstimationWarning

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
    assert (made.n, made.clusters, made.df) == (340, 17, 16)


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
def test_order_of_rows_and_weights_of_units_change_nothing(seed):
    panel = simulated(seed, 40, 5)
    shuffled = panel.sample(frac=1, random_state=seed)
    for make in (moves.occupancy, lambda p, _: {"": moves.incidence(p)}):
        one, other = (quiet(make, frame, "employed") for frame in (panel, shuffled))
        for name, curve in one.items():
            pd.testing.assert_frame_equal(curve.frame, other[name].frame)
    for kind in ("share", "change", "occupancy"):
        statistic = statistic_of(panel, "employed", "project", "person_id", kind, "it")
        ones = np.ones((1, statistic.clusters))
        np.testing.assert_allclose(statistic(3 * ones)[0], point(statistic), atol=1e-12)
        assert (jackknife_se(statistic)[1:3] > 0).all()  # months that everybody reaches


def test_incidence_is_above_occupancy_and_never_falls(people):
    first = moves.incidence(people, "work", by=None).frame["estimate"]
    assert (first.diff().dropna() >= 0).all()
    exits = moves.incidence(people, "work", "education", by=None).frame["estimate"]
    assert exits.iloc[-1] < first.iloc[-1]


def test_bad_panels_are_named(people):
    gap = people.drop(index=people.index[1])
    with pytest.raises(EstimationError, match="gaps in their months"):
        moves.occupancy(gap, by=None)
    with pytest.raises(EstimationError, match="not to 12"):
        moves.expected_months(people, "work", by=None, until=12)
    with pytest.raises(EstimationError, match="the states are benefit, education, work"):
        moves.expected_months(people, "job", by=None)
    with pytest.raises(EstimationError, match="Nobody who waits for work"):
        moves.incidence(people.assign(work=False), "work", by=None)
    with pytest.raises(EstimationError, match="1 cluster"):
        moves.occupancy(people[people["project"] == "U01"], by=None)
