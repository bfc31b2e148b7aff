"""Curves under a changing entry: drift found where planted, and taken out under the model."""

import numpy as np
import pandas as pd
import pytest

from evallib.curves import entry
from evallib.curves import shares as curves
from evallib.errors import EstimationError

LAST = 14


def drifting(seed: int, slope: float, people: int = 12_000, units: int = 20) -> pd.DataFrame:
    """Two-state chains whose log-odds of finding work rise by `slope` per month of later entry.

    Entry in months 0-11, register to month 14, so late entrants are seen for a few months only.
    """
    rng = np.random.default_rng(seed)
    when = rng.integers(0, 12, people)
    odds = np.log(0.15 / 0.85) + slope * (when - 5.5)
    enter = 1 / (1 + np.exp(-odds))
    work = rng.random(people) < 0.15
    frames = []
    for month in range(LAST + 1):
        if month:
            work = rng.random(people) < np.where(work, 0.88, enter)
        frames.append(
            pd.DataFrame(
                {
                    "person_id": np.arange(people),
                    "route": 1,
                    "project": np.arange(people) % units,
                    "month": month,
                    "calendar": pd.Timestamp("2015-12-01")
                    + pd.to_timedelta((when + month) * 30.4375 + 5, unit="D"),
                    "employed": work,
                    "observed": when + month <= LAST,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def drifted():
    return drifting(5, slope=0.12)


def test_standardising_repairs_what_the_share_gets_wrong(drifted):
    seen = drifted[drifted["observed"]]
    truth = drifted[drifted["month"] == 10]["employed"].mean()
    until10 = seen[seen["month"] <= 10]
    naive = curves.share(until10).at(1, 10).value
    made = entry.standardised(until10).at(1, 10)
    assert naive < truth - 0.03
    assert made.value == pytest.approx(truth, abs=0.015)
    assert made.low < truth < made.high


def test_standardised_is_the_share_when_everybody_is_followed(drifted):
    # The logit has a level per month, so fitted moves add up to the observed ones in each month.
    whole = drifted[drifted["month"] <= 1]
    share, made = curves.share(whole).frame, entry.standardised(whole).frame
    np.testing.assert_allclose(made["estimate"], share["estimate"], atol=1e-6)


def test_move_chances_solve_the_score_equations():
    rng = np.random.default_rng(2)
    at_risk = rng.integers(20, 60, (4, 5)).astype(float)
    after = rng.binomial(at_risk.astype(int), 0.3).astype(float)
    fitted = entry.move_chances(at_risk, after)
    left = after - at_risk * fitted
    np.testing.assert_allclose(left.sum(axis=1), 0, atol=1e-3)
    assert abs(left.sum(axis=0) @ np.arange(5)) < 1e-2
    # In logits the chances differ between entries by one slope, the same in every month.
    logits = np.log(fitted / (1 - fitted))
    steps = np.diff(logits, axis=1)
    np.testing.assert_allclose(steps, steps[0, 0], atol=1e-9)


def test_a_month_in_which_nobody_moves_stays_finite():
    at_risk = np.full((2, 3), 50.0)
    fitted = entry.move_chances(at_risk, np.array([[5.0, 8.0, 9.0], [0, 0, 0]]))
    assert np.isfinite(fitted).all()
    assert fitted[1].max() < 1e-4


def test_drift_is_found_where_it_is_planted(drifted):
    seen = drifted[drifted["observed"]]
    late = entry.drift(seen, months=(0, 2))
    assert late.at(1, 0).low < 0 < late.at(1, 0).high  # month 0 does not depend on entry
    assert late.at(1, 2).low > 0
    # The least-squares slope itself.
    cell = seen[seen["month"] == 2]
    slope = np.polyfit(entry.entry_months(seen)[cell.index], cell["employed"].astype(float), 1)[0]
    assert late.at(1, 2).value == pytest.approx(slope)


def test_fixed_cohort_is_one_population(drifted):
    seen = drifted[drifted["observed"]]
    fixed = entry.fixed_cohort(seen, 10)
    counts = curves.risk_set(fixed)
    assert len(set(counts["n"])) == 1
    assert counts["month"].tolist() == list(range(11))
    last = curves.share(fixed).at(1, 10)
    assert last.value == curves.share(seen).at(1, 10).value
    with pytest.raises(EstimationError, match="month 99"):
        entry.fixed_cohort(seen, 99)


def test_drift_needs_two_months_of_entry(panel):
    with pytest.raises(EstimationError, match="two months of entry"):
        entry.drift(panel[panel["route"] == 2], months=(0,))
