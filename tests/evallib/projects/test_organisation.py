"""Approaches of units against their people's outcomes, by hand and against the parts."""

import pandas as pd
import pytest

from evallib.errors import DataError, EstimationError
from evallib.inference.decisions import minimum_detectable
from evallib.inference.estimate import contrast
from evallib.inference.permutation import permutation
from evallib.models.coefficients import side_by_side
from evallib.models.regression import ols
from evallib.projects.organisation import compare_approaches, with_approaches


@pytest.fixture
def people():
    rows = [
        (f"P{i}{unit}", 1, unit, hours)
        for unit, level in zip("ABCDEF", (10, 14, 9, 30, 26, 33), strict=True)
        for i, hours in enumerate((level - 3.0, level, level + 5.0))
    ]
    rows.append(("X", 2, "A", 99.0))
    return pd.DataFrame(rows, columns=["person_id", "route", "project", "hours"])


def elements(**chosen):
    rows = [
        (1, unit, element, approach)
        for element, approaches in chosen.items()
        for unit, approach in zip("ABCDEF", approaches, strict=True)
        if approach
    ]
    return pd.DataFrame(rows, columns=["route", "project", "element", "approach"])


def test_people_get_the_approach_of_their_unit(people):
    told = with_approaches(people, elements(place=["in"] * 3 + ["out"] * 3), 1, ["place.out"])
    assert told.groupby("project")["place_out"].first().tolist() == [0, 0, 0, 1, 1, 1]
    assert set(told["route"]) == {1}


def test_units_without_an_answer_are_left_out(people):
    chosen = elements(place=["in", "in", "", "out", "out", "out"])
    assert set(with_approaches(people, chosen, 1, ["place.out"])["project"]) == set("ABDEF")


@pytest.mark.parametrize("approach", ["place.in", "place.nowhere"])
def test_an_approach_of_all_or_of_none_is_refused(people, approach):
    with pytest.raises(DataError, match="nothing to compare"):
        with_approaches(people, elements(place=["in"] * 6), 1, [approach])


def test_the_row_of_an_approach_is_made_of_its_parts(people):
    told = with_approaches(people, elements(place=["in"] * 3 + ["out"] * 3), 1, ["place.out"])
    row = compare_approaches(told, "hours", ["place.out"]).iloc[0]
    alone = contrast(told, "hours", "place_out", 1, 0, "project")
    assert row["estimate"] == alone
    assert row["estimate"].value == pytest.approx((30 + 26 + 33 - 10 - 14 - 9) / 3)
    assert (row["treated"], row["units"]) == (3, 6)
    assert row["p_permutation"] == permutation(told, "hours", "place_out", "project").p_value == 0.1
    assert row["detectable"] == minimum_detectable(alone)


def test_models_stand_side_by_side(people):
    told = with_approaches(people, elements(place=["in"] * 3 + ["out"] * 3), 1, ["place.out"])
    fits = {
        "people": ols(told, "hours", ["place_out"], kind="model"),
        "units": ols(told, "hours", ["place_out"], cluster="project"),
    }
    row = side_by_side(fits).iloc[0]
    assert row["people"].value == pytest.approx(row["units"].value)
    assert row["people_df"] > row["units_df"]
    assert (row["n"], row["clusters_with"]) == (18, 3)
    other = ols(told.assign(late=range(18)), "hours", ["late"], cluster="project")
    with pytest.raises(EstimationError, match="same terms"):
        side_by_side({**fits, "other": other})
