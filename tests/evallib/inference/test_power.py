"""Differences that could be found: by hand, by simulation, and as the definition declares them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from frozen import people
from scipy import stats

from evallib.errors import DataError, EstimationError, EvalError
from evallib.inference.means import contrast
from evallib.inference.power import detectable
from evallib.study.definition import Power, Spread, read_definition

PEOPLE = people()
PLAN = read_definition().power


def planned(sizes_a, sizes_b, *, sd, icc, power=0.8, level=0.95):
    """What can be found between units of these sizes, none of which is in both groups."""
    groups = {"a": sizes_a, "b": sizes_b}.items()
    sizes = [(group, f"{group}{i}", n) for group, ns in groups for i, n in enumerate(ns)]
    people = pd.DataFrame(sizes, columns=["group", "unit", "n"])
    people = people.loc[people.index.repeat(people["n"])]
    plan = Power(power=power, icc=icc, sd=Spread(share=sd, rise=sd, hours=sd, score=sd))
    return detectable(people, "group", "a", "b", "unit", plan, "hours", level)


def test_units_of_one_size_by_hand():
    # Variance (.05 + .95 / 40) (1/5 + 1/5); of two groups of five equal units 8 degrees of freedom:
    # t 2.306004 and 0.888890.
    expected = (2.306004 + 0.888890) * np.sqrt((0.05 + 0.95 / 40) * (1 / 5 + 1 / 5))
    found = planned([40] * 5, [40] * 5, sd=1.0, icc=0.05)
    assert found == pytest.approx(expected, rel=1e-6)
    assert planned([40] * 5, [40] * 5, sd=2.0, icc=0.05) == pytest.approx(2 * found)
    # independent people: the variance falls to 1/200 + 1/200, the degrees of freedom stay
    alone = planned([40] * 5, [40] * 5, sd=1.0, icc=0.0)
    assert alone == pytest.approx((2.306004 + 0.888890) * np.sqrt(2 / 200), rel=1e-6)


def test_unequal_units_find_less_and_fewer_treated_less_still():
    equal = planned([40] * 5, [40] * 5, sd=1.0, icc=0.05)
    assert planned([160, 10, 10, 10, 10], [40] * 5, sd=1.0, icc=0.05) > 1.5 * equal
    assert planned([40] * 2, [40] * 8, sd=1.0, icc=0.05) > 1.5 * equal
    assert planned([40] * 5, [40] * 5, sd=1.0, icc=0.05, power=0.9) > equal
    assert planned([40] * 5, [40] * 5, sd=1.0, icc=0.05, level=0.9) < equal


@pytest.mark.parametrize("sizes", [([40] * 5, [40] * 5), ([10, 20, 30, 25, 35], [20] * 12)])
def test_the_difference_is_found_as_often_as_promised(sizes):
    """Sums of units drawn with the planned variance; each comparison tested as `contrast` does."""
    rng = np.random.default_rng(4)
    icc, draws = 0.05, 20_000
    found = planned(*sizes, sd=1.0, icc=icc)
    value, variance, frame = found, 0.0, []
    for group, size in enumerate(map(np.array, sizes)):
        shape = (draws, len(size))
        means = np.sqrt(icc) * rng.normal(size=shape)
        means += np.sqrt((1 - icc) / size) * rng.normal(size=shape)
        share = size / size.sum()
        mean = means @ share
        # CR2 of one mean: the residual sums of its units, each over sqrt(1 - share)
        variance = variance + ((share * (means - mean[:, None])) ** 2 / (1 - share)).sum(axis=1)
        value = value + (1 - 2 * group) * mean
        frame += [(group, (group, unit)) for unit, n in enumerate(size) for _ in range(n)]
    people_of = pd.DataFrame(frame, columns=["group", "unit"]).assign(y=rng.normal(size=len(frame)))
    df = contrast(people_of, "y", "group", 0, 1, "unit").df
    times = np.mean(np.abs(value) / np.sqrt(variance) > stats.t.ppf(0.975, df))
    assert times == pytest.approx(0.8, abs=0.03)


def test_a_comparison_of_people_uses_their_units_and_nothing_they_did():
    frame = PEOPLE[["route", "unit", "visits"]]
    sizes = frame.groupby(["visits", "unit"]).size()
    expected = planned(sizes[1], sizes[0], sd=PLAN.sd.hours, icc=PLAN.icc)
    assert detectable(frame, "visits", 1, 0, "unit", PLAN, "hours") == pytest.approx(expected)
    assert detectable(frame, "visits", 0, 1, "unit", PLAN, "hours") == pytest.approx(expected)
    wide = detectable(frame, "visits", 1, 0, "unit", PLAN, "hours", level=0.99)
    assert wide > expected
    strong = replace(PLAN, power=0.9)
    assert detectable(frame, "visits", 1, 0, "unit", strong, "hours") > expected
    half = detectable(frame, "visits", 1, 0, "unit", PLAN, "share")
    assert half == pytest.approx(expected * PLAN.sd.share / PLAN.sd.hours)


def test_what_shared_units_have_in_common_cancels():
    frame = PEOPLE[["route", "unit"]]
    one = frame.groupby(["route", "unit"]).size()
    a, b = (one[r].reindex(sorted(frame["unit"].unique()), fill_value=0).to_numpy() for r in (1, 2))
    p, q = a / a.sum(), b / b.sum()
    variance = 0.05 * ((p - q) ** 2).sum() + 0.95 * (1 / a.sum() + 1 / b.sum())
    df = contrast(PEOPLE, "hours", "route", 1, 2, "unit").df
    t = stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)
    found = detectable(frame, "route", 1, 2, "unit", replace(PLAN, icc=0.05, power=0.8), "score")
    assert found == pytest.approx(PLAN.sd.score * t * np.sqrt(variance))


def test_what_cannot_be_planned_with_is_refused():
    assert np.isfinite(planned([40, 40], [40, 40], sd=1.0, icc=0.05))
    with pytest.raises(EstimationError, match=r"has 1 cluster.*groups of at least two units"):
        planned([40], [40] * 4, sd=1.0, icc=0.05)
    with pytest.raises(EstimationError, match="level is 95"):
        planned([40] * 3, [40] * 3, sd=1.0, icc=0.1, level=95)
    with pytest.raises(EvalError, match="measure is 'wages'; choose one of 'share', 'rise'"):
        detectable(PEOPLE, "route", 1, 2, "unit", PLAN, "wages")
    with pytest.raises(EstimationError, match="compared with itself"):
        detectable(PEOPLE, "route", 1, 1, "unit", PLAN, "hours")
    holes = PEOPLE.assign(unit=PEOPLE["unit"].where(PEOPLE["unit"] != "U05"))
    with pytest.raises(DataError, match="no cluster label"):
        detectable(holes, "route", 1, 2, "unit", PLAN, "hours")


def test_the_plan_of_the_definition_follows_from_what_is_printed():
    # p. 23: 8, 6, 21, 36 and 25 per cent; p. 7: 120 to 130 hours, a rise of 34.6 to 39.5 points
    answers, share = np.arange(1, 6), np.array([8, 6, 21, 36, 25]) / 96
    assert PLAN.sd.score == pytest.approx(
        np.sqrt(share @ (answers - share @ answers) ** 2), abs=0.05
    )
    assert PLAN.sd.share == 0.5
    assert PLAN.sd.hours == pytest.approx(125 * 0.5, abs=5)
    assert PLAN.sd.rise == pytest.approx(np.sqrt(0.44 + 0.07 - (0.44 - 0.07) ** 2), abs=0.05)
