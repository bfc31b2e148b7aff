"""Curves under a changing entry: drift found where planted, and taken out under the model."""

import numpy as np
import pandas as pd
import pytest

from evallib import curves
from evallib.curves import entry
from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.means import slope

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
    late = entry.drift(seen, times=(0, 2))
    assert late.at(1, 0).low < 0 < late.at(1, 0).high  # month 0 does not depend on entry
    assert late.at(1, 2).low > 0
    # The least-squares slope itself.
    cell = seen[seen["month"] == 2]
    slope = np.polyfit(entered(seen)[cell.index], cell["employed"].astype(float), 1)[0]
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
    with pytest.raises(EstimationError, match="no drift of group 2 in month 0, 1: it needs people"):
        entry.drift(panel, times=(0, 1))


@pytest.fixture
def late_unit():
    """A hundred people of ten units who enter in month 0; those of U9 in months 0 and 1."""
    rng = np.random.default_rng(8)
    unit = np.arange(100) % 10
    return pd.DataFrame(
        {
            "person_id": range(100),
            "route": 1,
            "project": [f"U{number}" for number in unit],
            "month": 0,
            "calendar": np.where((unit == 9) & (np.arange(100) > 50), 1, 0),
            "employed": rng.random(100) < 0.4,
        }
    )


def test_a_slope_that_one_unit_carries_has_no_interval(late_unit):
    with pytest.warns(
        EstimationWarning,
        match="One unit alone carries what is estimated of group 1: U9 in month 0. The",
    ):
        made = entry.drift(late_unit, times=(0,))
    one = made.at(1, 0)
    expected = np.polyfit(late_unit["calendar"], late_unit["employed"].astype(float), 1)[0]
    assert one.value == pytest.approx(expected)
    assert np.isnan([one.low, one.high, one.se, one.df, one.p_value()]).all()
    assert (one.n, one.clusters, one.level) == (100, 10, 0.95)
    with pytest.raises(EstimationError, match="level is 95"):
        entry.drift(late_unit, times=(0,), level=95)


def test_a_slope_that_two_units_carry_has_one(late_unit):
    both = late_unit.assign(calendar=late_unit["calendar"].where(late_unit["person_id"] != 8, 1))
    one = entry.drift(both, times=(0,)).at(1, 0)
    y, x = both["employed"].to_numpy(float), both["calendar"].to_numpy(float)
    expected = slope(y, x, both["project"], "it")
    for field in ("value", "se", "df", "n", "clusters"):
        assert getattr(one, field) == pytest.approx(getattr(expected, field))
    assert one.high - one.value == pytest.approx(one.value - one.low)  # a slope has no bounds


def entered(panel):
    """The month in which each row's person entered."""
    return entry.entries(panel.rename(columns={"person_id": "person", "month": "time"}), "month")


def test_entry_from_dates_and_from_numbers():
    panel = pd.DataFrame({"person_id": list("aabb"), "month": [0, 1, 0, 1]})
    dates = pd.to_datetime(["2016-12-05", "2017-01-31", "2017-02-01", "2017-03-09"])
    assert entered(panel.assign(calendar=dates)).tolist() == [0, 0, 2, 2]
    assert entered(panel.assign(calendar=[7, 8, 9, 10])).tolist() == [0, 0, 2, 2]
    for bad in ([7, 9, 9, 10], [7.5, 8.5, 9, 10], [7, 8, 9, 11]):
        with pytest.raises(DataError, match="calendar of 1 people does not count on with 'month'"):
            entered(panel.assign(calendar=bad))


def one_by_one(at_risk, after):
    """The same logits by Newton's method on the whole design, one after the other."""
    months, entries = at_risk.shape
    slopes = np.tile(np.arange(entries) - (entries - 1) / 2, months)
    design = np.column_stack([np.repeat(np.eye(months), entries, axis=0), slopes])
    n, y, beta = at_risk.ravel(), after.ravel(), np.zeros(months + 1)
    for _ in range(100):
        chance = 1 / (1 + np.exp(-design @ beta))
        score = design.T @ (y - n * chance) - 1e-4 * beta
        information = (design.T * (n * chance * (1 - chance))) @ design + 1e-4 * np.eye(months + 1)
        beta += np.clip(np.linalg.solve(information, score), -2, 2)
    return (1 / (1 + np.exp(-design @ beta))).reshape(months, entries)


def test_many_logits_at_once_are_each_the_one_alone():
    rng = np.random.default_rng(5)
    at_risk = rng.integers(0, 30, (3, 2, 4, 5)).astype(float)
    after = rng.binomial(at_risk.astype(int), 0.3).astype(float)
    after[0, 0, 2] = 0  # nobody moves
    made = entry.move_chances(at_risk, after)
    for cell in np.ndindex(3, 2):
        expected = one_by_one(at_risk[cell], after[cell])
        np.testing.assert_allclose(made[cell], expected, atol=1e-6)


def test_logits_that_do_not_converge_say_so(monkeypatch):
    monkeypatch.setattr(entry, "_STEPS", 1)
    with pytest.raises(EstimationError, match=r"did not converge\. Shorten the horizon"):
        entry.move_chances(np.full((2, 3), 9.0), np.ones((2, 3)))


@pytest.mark.filterwarnings("ignore:One unit alone")
def test_a_standardised_month_of_one_unit_has_no_interval(drifted):
    seen = drifted[drifted["observed"] & (drifted["month"] < 4)]
    rare = seen[(seen["month"] < 3) | (seen["project"] == 3)]
    made = entry.standardised(rare).frame
    assert made["low"].isna().tolist() == [False, False, False, True]
    assert made["clusters"].tolist() == [20, 20, 20, 1]
    assert made["estimate"].notna().all()
