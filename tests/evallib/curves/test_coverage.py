"""Intervals hold what they promise on studies whose truth is known."""

import sys
from pathlib import Path

import pandas as pd
import pytest

SIMULATIONS = Path(__file__).parents[2] / "simulations"
sys.path.insert(0, str(SIMULATIONS))
import score_curves as simulation  # noqa: E402 - a script beside the tests


@pytest.fixture(scope="module")
def scored():
    return pd.read_csv(SIMULATIONS / "coverage.csv").set_index(
        ["method", "clusters", "month", "unit_sd"]
    )["coverage"]


@pytest.mark.parametrize("method", ["pointwise", "pointwise, occupancy"])
@pytest.mark.parametrize("unit_sd", simulation.UNIT_SD)
def test_pointwise_coverage_at_17_units(scored, method, unit_sd):
    months = [scored[method, 17, month, unit_sd] for month in range(simulation.MONTHS)]
    assert min(months) >= 0.92
    assert max(months) <= 0.98


@pytest.mark.parametrize("method", ["simultaneous", "simultaneous, occupancy"])
@pytest.mark.parametrize("unit_sd", simulation.UNIT_SD)
def test_simultaneous_bands_hold_the_whole_curve(scored, method, unit_sd):
    assert scored[method, 17, -1, unit_sd] >= 0.93
    assert scored[method, 10, -1, unit_sd] >= 0.93


def test_what_is_not_taken_is_worse(scored):
    for unit_sd in simulation.UNIT_SD:
        assert scored["simultaneous, fixed error", 17, -1, unit_sd] < 0.92
    wide = simulation.UNIT_SD[1]
    assert scored["pointwise, people as units", 17, -1, wide] < scored["pointwise", 17, -1, wide]


def test_entry_standardised_repairs_drift():
    bias = pd.read_csv(SIMULATIONS / "bias.csv").set_index(["estimator", "drift"])["bias"]
    drift = simulation.DRIFT
    assert abs(bias["entry-standardised", drift]) < 0.02
    assert bias["share of those observed", drift] < bias["Aalen-Johansen", drift] < -0.05
    for estimator in ("share of those observed", "Aalen-Johansen", "entry-standardised"):
        assert abs(bias[estimator, 0.0]) < 0.01
    assert bias["first job (Kaplan-Meier)", 0.0] > 0.15


def test_a_small_part_run_again():
    made = simulation.coverage(25, simulation.UNIT_SD[0], seed=4)
    by = made.set_index(["method", "clusters", "month"])["coverage"]
    pointwise = [by["pointwise", 17, month] for month in range(simulation.MONTHS)]
    assert sum(pointwise) / len(pointwise) > 0.88
    assert by["simultaneous", 17, -1] >= 0.8
    assert by["simultaneous", 17, -1] >= by["pointwise", 17, -1]
    off = simulation.bias(4, simulation.DRIFT).set_index("estimator")["bias"]
    assert abs(off["entry-standardised"]) < abs(off["share of those observed"]) / 2
