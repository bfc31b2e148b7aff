"""Whole units exchanged: against R's enumeration, a slow loop, and what cannot be exchanged."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people
from scipy import stats

from evallib.errors import DataError, EstimationError, EstimationWarning, EvalError
from evallib.inference.assignments import permutation
from evallib.inference.cr2 import least_squares
from evallib.inference.decisions import decide

REFERENCE = frozen("inference")
PEOPLE = people()
MEANS = PEOPLE.groupby("unit", as_index=False)[["hours", "visits", "homework"]].mean()
ROWS = {"people": PEOPLE, "units": MEANS}


@pytest.mark.parametrize("element", ["visits", "homework"])
@pytest.mark.parametrize("weighting", ["people", "units"])
def test_difference_is_the_full_enumeration_exactly(element, weighting):
    result = permutation(ROWS[weighting], "hours", element, "unit", statistic="difference")
    value, count, extreme = (
        REFERENCE[f"permutation {element} {weighting} {part}"][0]
        for part in ("value", "count", "extreme")
    )
    assert result.value == pytest.approx(value, abs=1e-12)
    assert result.p_value() == extreme / count
    assert result.smallest_p == 1 / count
    treated = {"visits": 3, "homework": 8}[element]
    assert (result.treated, result.units, result.n) == (treated, 17, len(ROWS[weighting]))


@pytest.mark.parametrize("element", ["visits", "homework"])
@pytest.mark.parametrize("weighting", ["people", "units"])
def test_studentised_is_the_full_enumeration_exactly(element, weighting):
    result = permutation(ROWS[weighting], "hours", element, "unit")
    name, count = f"studentised {element} {weighting}", {"visits": 680, "homework": 24310}[element]
    assert result.value / result.se == pytest.approx(REFERENCE[f"{name} t"][0], abs=1e-11)
    assert result.p_value() == REFERENCE[f"{name} both"][0] / count
    assert result.p_value(side="above") == REFERENCE[f"{name} above"][0] / count


def test_another_null_is_a_shift_of_the_treated():
    result = permutation(PEOPLE, "hours", "visits", "unit")
    name = "studentised visits at 20"
    assert (result.value - 20) / result.se == pytest.approx(REFERENCE[f"{name} t"][0])
    assert result.p_value(20) == REFERENCE[f"{name} both"][0] / 680
    assert result.p_value(20, "above") == REFERENCE[f"{name} above"][0] / 680
    moved = PEOPLE.assign(hours=PEOPLE["hours"] - 20 * PEOPLE["visits"])
    again = permutation(moved, "hours", "visits", "unit")
    for side in ("both", "above", "below"):
        assert again.p_value(0, side) == result.p_value(20, side)
    # without ties the two sides share all assignments but the one that happened
    assert result.p_value(20, "above") + result.p_value(20, "below") == pytest.approx(681 / 680)


def test_standard_error_is_that_of_the_regression():
    x = np.column_stack([np.ones(420), PEOPLE["homework"]])
    fit = least_squares(x, PEOPLE["hours"].to_numpy(), pd.factorize(PEOPLE["unit"])[0], "CR1")
    result = permutation(PEOPLE, "hours", "homework", "unit")
    assert result.value == pytest.approx(fit.coefficients[1])
    assert result.se == pytest.approx(fit.covariance.se(np.array([0.0, 1.0])))


def test_the_interval_holds_what_the_test_does_not_reject():
    result = permutation(PEOPLE, "hours", "visits", "unit")
    interval = result.at(0.95)
    for limit in ("low", "high"):
        expected = REFERENCE[f"studentised visits {limit}"][0]
        assert getattr(interval, limit) == pytest.approx(expected, abs=1e-6 * result.se)
    assert interval.value == result.value
    assert (interval.se, interval.n, interval.clusters) == (result.se, 420, 17)
    assert interval.level == 0.95
    assert np.isnan(interval.df)
    assert interval.method == result.method
    assert interval.function == "evallib.inference.assignments.permutation"


def test_the_difference_has_an_interval_too():
    rows = MEANS.assign(hours=np.round(MEANS["hours"]))
    result = permutation(rows, "hours", "visits", "unit", statistic="difference")
    y, used = rows["hours"].to_numpy(), rows["visits"].to_numpy() == 1

    def p(null):
        left = y - null * used
        every = [
            left[list(c)].mean() - np.delete(left, c).mean() for c in combinations(range(17), 3)
        ]
        own = left[used].mean() - left[~used].mean()
        return np.mean(np.abs(every) >= abs(own) * (1 - 1e-9))

    for null in (-30.0, -5.0, 0.0, 4.0, 35.0):
        assert result.p_value(null) == pytest.approx(p(null))
    interval = result.at(0.9)
    step = 1e-6 * result.se
    assert p(interval.low + step) > 0.1 >= p(interval.low - step)
    assert p(interval.high - step) > 0.1 >= p(interval.high + step)
    spread = [y[list(c)].mean() - np.delete(y, c).mean() for c in combinations(range(17), 3)]
    assert result.se == pytest.approx(np.std(spread))


def many_units(difference: float = 0.0, units: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    unit = np.arange(units)
    return pd.DataFrame(
        {"unit": unit, "used": unit % 2, "y": rng.normal(size=units) + difference * (unit % 2)}
    )


def test_permutation_samples_above_a_million_assignments():
    result = permutation(many_units(), "y", "used", "unit", draws=1999, seed=4)
    assert result.smallest_p == 1 / 2000
    assert "all" not in result.method
    assert "random 1999 assignments" in result.method
    again = permutation(many_units(), "y", "used", "unit", draws=1999, seed=4)
    assert again == result
    assert again.p_value() == result.p_value()
    other = permutation(many_units(), "y", "used", "unit", draws=1999, seed=5)
    assert other.p_value() != result.p_value()
    assert (result.p_value() * 2000) == pytest.approx(round(result.p_value() * 2000))
    # A t test of 24 independent values is close to the permutation distribution.
    groups = many_units().groupby("used")["y"]
    classical = stats.ttest_ind(groups.get_group(1), groups.get_group(0)).pvalue
    assert result.p_value() == pytest.approx(classical, abs=0.05)
    assert permutation(many_units(9), "y", "used", "unit", draws=1999).p_value() == 1 / 2000


def test_random_assignments_are_spread_over_all_blocks():
    result = permutation(many_units(), "y", "used", "unit", draws=20_000, seed=4)
    assert result.draws.shape == (5, 20_000)
    assert len(np.unique(result.draws[0])) > 19_000  # of 2.7 million
    assert abs(np.mean(result.draws[0])) < 0.01


def test_every_assignment_is_listed_once_across_blocks():
    result = permutation(many_units(units=18), "y", "used", "unit")
    assert result.draws.shape == (5, 48_620)
    assert len(np.unique(result.draws[0].round(12))) > 48_610
    assert result.draws[0] == pytest.approx(-result.draws[0][::-1])  # in the order of the choices
    # of two halves each stands for both: exchanging them turns the sign
    assert result.smallest_p == 2 / 48_620
    assert permutation(many_units(50, 18), "y", "used", "unit").p_value() == 2 / 48_620


def test_permutation_says_on_what_it_rests():
    result = permutation(PEOPLE, "hours", "visits", "unit")
    assert result.method == (
        "permutation of units, CR1-studentised, all 680 assignments, valid if units are "
        "exchangeable"
    )
    plain = permutation(PEOPLE, "hours", "visits", "unit", statistic="difference", level=0.9)
    assert plain.method.startswith("permutation of units, not studentised, all 680")
    assert (result.level, plain.level) == (0.95, 0.9)


def test_the_order_of_rows_and_the_names_of_units_change_nothing():
    mixed = PEOPLE.sample(frac=1, random_state=1)
    mixed["unit"] = mixed["unit"].map({name: -i for i, name in enumerate(MEANS["unit"])})
    one, other = (permutation(rows, "hours", "visits", "unit") for rows in (PEOPLE, mixed))
    assert other.p_value() == one.p_value()
    assert other.at(0.9).low == pytest.approx(one.at(0.9).low)
    turned = permutation(PEOPLE.assign(visits=1 - PEOPLE["visits"]), "hours", "visits", "unit")
    assert turned.p_value(-3, "below") == one.p_value(3, "above")
    far = permutation(PEOPLE.assign(hours=1e6 + PEOPLE["hours"]), "hours", "visits", "unit")
    assert far.p_value() == one.p_value()
    for times in (1e8, 1e-8):
        scaled = permutation(
            PEOPLE.assign(hours=PEOPLE["hours"] * times), "hours", "visits", "unit"
        )
        assert scaled.p_value() == one.p_value()
        assert scaled.at(0.9).low == pytest.approx(one.at(0.9).low * times)


def test_one_treated_unit_has_no_studentised_test():
    one = PEOPLE.assign(one=(PEOPLE["unit"] == "U03") * 1)
    for rows in (one, one.assign(one=1 - one["one"])):
        with pytest.raises(
            EstimationError, match=r'U03.*no standard error.*statistic="difference"'
        ):
            permutation(rows, "hours", "one", "unit")
        with pytest.warns(EstimationWarning, match=r"of 17 units .*p-value of 0\.059"):
            result = permutation(rows, "hours", "one", "unit", statistic="difference")
        assert result.smallest_p == 1 / 17
        assert result.p_value() * 17 == pytest.approx(round(result.p_value() * 17))


def test_permutation_refuses_what_it_cannot_permute():
    with pytest.raises(EstimationError, match=r"'y2' differs .*U01"):
        permutation(PEOPLE.assign(y2=(PEOPLE["route"] == 2) * 1), "hours", "y2", "unit")
    with pytest.raises(EstimationError, match="17 of 17"):
        permutation(PEOPLE.assign(all=1), "hours", "all", "unit")
    with pytest.raises(EstimationError, match="0 of 17"):
        permutation(PEOPLE.assign(none=0), "hours", "none", "unit")
    with pytest.raises(DataError, match="0 and 1 only"):
        permutation(PEOPLE, "hours", "age", "unit")
    with pytest.raises(DataError, match="no column 'nothing'"):
        permutation(PEOPLE, "hours", "nothing", "unit")
    with pytest.raises(EvalError, match="statistic is 'mean'; choose one of 'studentised'"):
        permutation(PEOPLE, "hours", "visits", "unit", statistic="mean")
    with pytest.raises(EstimationError, match="level is 95"):
        permutation(PEOPLE, "hours", "visits", "unit", level=95)


@pytest.mark.parametrize("column", ["hours", "visits", "unit"])
def test_permutation_refuses_gaps(column):
    holes = PEOPLE.assign(**{column: PEOPLE[column].mask(PEOPLE.index < 3)})
    with pytest.raises(DataError, match=r"3 (of 420 people|rows of the permutation of 'unit')"):
        permutation(holes, "hours", "visits", "unit")
    if column == "hours":
        with pytest.raises(DataError, match="infinite"):
            permutation(holes.fillna({"hours": np.inf}), "hours", "visits", "unit")


def test_permutation_warns_where_no_result_could_be_small():
    few = PEOPLE.loc[PEOPLE["unit"].isin(["U03", "U01", "U02", "U11"])]
    with pytest.warns(EstimationWarning, match="2 of 4 units used 'visits': .* of 0.33") as caught:
        result = permutation(few, "hours", "visits", "unit")
    assert caught[0].filename == __file__
    assert result.smallest_p == 2 / 6


def test_an_outcome_without_spread_has_no_p_value():
    for statistic in ("studentised", "difference"):
        for constant in (0.0, 1 / 3, 5e5):
            flat = PEOPLE.assign(hours=constant)
            result = permutation(flat, "hours", "visits", "unit", statistic=statistic)
            assert result.value == 0
            assert np.isnan(result.p_value())
            assert np.isnan(result.equivalence(0.1))
            with pytest.warns(EstimationWarning, match="the same for everybody") as caught:
                assert np.isnan(result.at(0.95).high)
            assert caught[0].filename == __file__


def test_arms_without_spread_are_as_far_apart_as_can_be():
    rows = many_units(units=10).assign(y=lambda frame: 3.0 * frame["used"])
    result = permutation(rows, "y", "used", "unit")
    assert (result.value, result.se) == (pytest.approx(3), 0)
    assert result.p_value() == 2 / 252
    assert result.p_value(3) == 1
    interval = result.at(0.95)
    assert [interval.low, interval.high] == pytest.approx([3, 3])


def test_limits_of_a_difference_of_shares_stay_in_range():
    few = PEOPLE[PEOPLE["unit"].isin(["U02", "U03", "U04", "U05", "U11"])]
    interval = permutation(few, "employed", "visits", "unit", level=0.8).at(0.9)
    assert (interval.bounds, interval.difference) == ((-1, 1), True)
    assert -1 <= interval.low < interval.high <= 1
    with pytest.warns(EstimationWarning, match="With 5 units") as caught:
        wide = permutation(few, "employed", "visits", "unit", level=0.8).at(0.99)
    assert caught[0].filename == __file__
    assert (wide.low, wide.high) == (-1, 1)
    assert permutation(PEOPLE, "hours", "visits", "unit").at(0.9).bounds is None


def test_a_verdict_rests_on_the_test():
    far = PEOPLE.assign(hours=PEOPLE["hours"] + 40 * PEOPLE["visits"])
    result = permutation(far, "hours", "visits", "unit")
    verdict = decide(result, margin=5)
    assert verdict.decision == "higher"
    assert verdict.p == result.p_value() < 0.05
    assert verdict.low == result.at(0.95).low > 0
    near = permutation(PEOPLE, "hours", "visits", "unit")
    assert decide(near, margin=5).decision == "unclear"
    assert decide(near, margin=60).decision == "none"
    assert replace(near, value=near.value) == near
