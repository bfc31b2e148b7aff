"""How often intervals and bands hold the truth: what the committed simulation found.

`tests/simulations/score_curves.py` makes the numbers; a small part is run again here.
"""

from pathlib import Path

import pandas as pd
import pytest
from simulations import score_curves as simulation

SIMULATIONS = Path(__file__).parents[2] / "simulations"


@pytest.fixture(scope="module")
def scored():
    return pd.read_csv(SIMULATIONS / "coverage.csv").set_index(simulation.KEYS)["coverage"]


POINTWISE = ("pointwise", "pointwise, occupancy", "pointwise, standardised")


@pytest.mark.parametrize("method", POINTWISE)
@pytest.mark.parametrize("sizes", simulation.SIZES)
@pytest.mark.parametrize("clusters", ["17", "10", "5"])
def test_pointwise_coverage_at_the_spread_of_the_study(scored, method, sizes, clusters):
    months = [scored[method, sizes, clusters, m, 0.15] for m in range(simulation.MONTHS)]
    # Under a dominant unit the degrees of freedom are few and the intervals wide.
    assert 0.93 <= sum(months) / len(months) <= (0.97 if sizes != "dominant" else 0.99)


@pytest.mark.parametrize("kind", ["share", "occupancy", "standardised"])
@pytest.mark.parametrize("unit_sd", simulation.UNIT_SD)
def test_pointwise_coverage_of_differences(scored, kind, unit_sd):
    method = f"pointwise, difference in {kind}"
    months = [scored[method, "stand-in", "17 - 10", m, unit_sd] for m in range(10)]
    assert 0.93 <= sum(months) / len(months) <= 0.98


@pytest.mark.parametrize("unit_sd", simulation.UNIT_SD)
@pytest.mark.parametrize("clusters", ["17", "10", "17 - 10"])
@pytest.mark.parametrize("kind", ["share", "occupancy"])
def test_simultaneous_bands_hold_the_whole_curve(scored, kind, clusters, unit_sd):
    apart = "difference in " if "-" in clusters else ""
    method = f"simultaneous, {apart}{kind}"
    for sizes in ("stand-in", "equal"):
        assert scored[method, sizes, clusters, -1, unit_sd] >= 0.93


def test_what_is_not_taken_is_worse(scored):
    for unit_sd in simulation.UNIT_SD:
        assert scored["simultaneous, fixed error", "stand-in", "17", -1, unit_sd] < 0.92
    wide = ("stand-in", "17", -1, simulation.UNIT_SD[1])
    assert scored[("pointwise, people as units", *wide)] < scored[("pointwise", *wide)]


def test_entry_standardised_repairs_drift():
    bias = pd.read_csv(SIMULATIONS / "bias.csv").set_index(["estimator", "drift"])["bias"]
    drift = simulation.DRIFT
    assert abs(bias["entry-standardised", drift]) < 0.02
    assert bias["share of those observed", drift] < bias["Aalen-Johansen", drift] < -0.05
    for estimator in ("share of those observed", "Aalen-Johansen", "entry-standardised"):
        assert abs(bias[estimator, 0.0]) < 0.01
    assert bias["first job (Kaplan-Meier)", 0.0] > 0.15


def test_a_small_part_run_again():
    scored = simulation.coverage(12, simulation.UNIT_SD[0], seed=4)
    by = scored.set_index(["method", "clusters", "month"])["coverage"]
    pointwise = [by["pointwise", "17", month] for month in range(simulation.MONTHS)]
    assert sum(pointwise) / len(pointwise) > 0.88
    assert by["simultaneous, share", "17", -1] >= 0.8
    assert by["simultaneous, share", "17", -1] >= by["pointwise", "17", -1]
    off = simulation.bias(4, simulation.DRIFT).set_index("estimator")["bias"]
    assert abs(off["entry-standardised"]) < abs(off["share of those observed"]) / 2
