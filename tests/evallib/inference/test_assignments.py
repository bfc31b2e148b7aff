"""Whole units exchanged: against R's enumeration, and what cannot be exchanged."""

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people
from scipy import stats

from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.assignments import permutation

REFERENCE = frozen("inference")
PEOPLE = people()


@pytest.mark.parametrize("element", ["visits", "homework"])
@pytest.mark.parametrize("weighting", ["people", "units"])
def test_permutation_is_the_full_enumeration_exactly(element, weighting):
    means = PEOPLE.groupby("unit", as_index=False)[["hours", element]].mean()
    rows = PEOPLE if weighting == "people" else means
    result = permutation(rows, "hours", element, "unit")
    value, count, extreme = (
        REFERENCE[f"permutation {element} {weighting} {part}"][0]
        for part in ("value", "count", "extreme")
    )
    assert result.value == pytest.approx(value, abs=1e-12)
    assert result.p_value == extreme / count
    assert result.smallest_p == 1 / count
    treated = {"visits": 3, "homework": 8}[element]
    assert (result.treated, result.units, result.n) == (treated, 17, len(rows))


def many_units(difference: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    unit = np.arange(24)
    return pd.DataFrame(
        {"unit": unit, "used": unit % 2, "y": rng.normal(size=24) + difference * (unit % 2)}
    )


def test_permutation_samples_above_a_million_assignments():
    result = permutation(many_units(), "y", "used", "unit", draws=1999, seed=4)
    assert result.smallest_p == 1 / 2000
    assert "all" not in result.method
    assert "random 1999 assignments" in result.method
    again = permutation(many_units(), "y", "used", "unit", draws=1999, seed=4)
    assert again == result
    assert (result.p_value * 2000) == pytest.approx(round(result.p_value * 2000))
    # A t test of 24 independent values is close to the permutation distribution.
    groups = many_units().groupby("used")["y"]
    classical = stats.ttest_ind(groups.get_group(1), groups.get_group(0)).pvalue
    assert result.p_value == pytest.approx(classical, abs=0.05)
    assert permutation(many_units(9), "y", "used", "unit", draws=1999).p_value == 1 / 2000


def test_permutation_says_on_what_it_rests():
    assert permutation(PEOPLE, "hours", "visits", "unit").method == (
        "permutation of units, all 680 assignments, valid if units are exchangeable"
    )


def test_permutation_refuses_what_it_cannot_permute():
    with pytest.raises(EstimationError, match=r"'y2' differs .*U01"):
        permutation(PEOPLE.assign(y2=(PEOPLE["route"] == 2) * 1), "hours", "y2", "unit")
    with pytest.raises(EstimationError, match="17 of 17"):
        permutation(PEOPLE.assign(all=1), "hours", "all", "unit")
    with pytest.raises(EstimationError, match="0 of 17"):
        permutation(PEOPLE.assign(none=0), "hours", "none", "unit")
    with pytest.raises(DataError, match="0 and 1 only"):
        permutation(PEOPLE, "hours", "age", "unit")


def test_permutation_warns_where_no_result_could_be_small():
    few = PEOPLE.loc[PEOPLE["unit"].isin(["U03", "U01", "U02", "U04"])]
    with pytest.warns(EstimationWarning, match="1 of 4 units"):
        assert permutation(few, "hours", "visits", "unit").smallest_p == 0.25
