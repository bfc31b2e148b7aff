"""How often the tests for few units are wrong: the committed simulation, and a quick run of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simulations import few_clusters

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
