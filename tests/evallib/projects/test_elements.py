"""Who chose which approach, and what came of it, worked out by hand on a few projects."""

import pandas as pd
import pytest

from evallib.errors import DataError, EstimationError
from evallib.inference.assignments import permutation
from evallib.inference.means import contrast
from evallib.inference.power import detectable
from evallib.projects.comparison import compare_approaches
from evallib.projects.elements import (
    approaches,
    catalogue,
    choices,
    cross,
    element_matrix,
    share_with_any,
    with_approaches,
)
from evallib.study.definition import read_definition

PLAN = read_definition().power

ROWS = [
    (1, "A", "duration", "over_10_weeks"),
    (1, "A", "meetings", "one_or_fewer"),
    (1, "A", "homework", "none"),
    (1, "B", "duration", "over_10_weeks"),
    (1, "B", "meetings", "two_or_more"),
    (1, "B", "homework", "adapted"),
    (1, "C", "duration", "up_to_10_weeks"),
    (1, "C", "homework", "adapted"),
    (1, "C", "homework", "common"),
    (2, "A", "referral", "voluntary"),
]


@pytest.fixture
def elements() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=["route", "project", "element", "approach"])


def test_the_catalogue_names_every_code_once() -> None:
    listed = catalogue()
    assert not listed.duplicated(["route", "element", "approach"]).any()
    for column in ("heading", "name"):
        assert listed[column].str.len().gt(1).all()
    assert set(listed["kind"]) == {"core", "trait"}


def test_choices_count_projects_and_keep_what_nobody_chose(elements: pd.DataFrame) -> None:
    told = choices(elements, 1).set_index(["element", "approach"])
    assert told.loc[("homework", "adapted"), "n"] == 2
    assert told.loc[("homework", "adapted"), "share"] == pytest.approx(2 / 3)
    assert told.loc[("homework", "adapted"), "units"] == ["B", "C"]
    assert told.loc[("meetings", "one_or_fewer"), "projects"] == 2  # C told nothing of meetings
    assert told.loc[("companies", "visits"), "n"] == 0
    assert pd.isna(told.loc[("companies", "visits"), "share"])
    assert set(told["route"]) == {1}


def test_of_two_approaches_chosen_alike_both_are_preferred(elements: pd.DataFrame) -> None:
    told = choices(elements, 1)
    most = told[told["preferred"]].groupby("element")["approach"].agg(list)
    assert most.to_dict() == {
        "duration": ["over_10_weeks"],
        "homework": ["adapted"],
        "meetings": ["two_or_more", "one_or_fewer"],
    }


def test_a_project_told_twice_counts_once(elements: pd.DataFrame) -> None:
    twice = pd.concat([elements, elements])
    assert choices(twice, 1)["n"].tolist() == choices(elements, 1)["n"].tolist()


def test_an_unknown_approach_is_named(elements: pd.DataFrame) -> None:
    odd = elements.replace("adapted", "adopted")
    with pytest.raises(DataError, match="'adopted' to 'homework' on route 1"):
        choices(odd, 1)


def test_doing_without_is_no_approach(elements: pd.DataFrame) -> None:
    assert share_with_any(elements, 1, "homework") == pytest.approx(2 / 3)
    assert share_with_any(elements, 1, "meetings") == pytest.approx(2 / 3)


# --- shares, ties and tables


def chosen(*rows):
    return pd.DataFrame(rows, columns=["route", "project", "element", "approach"])


ELEMENTS = chosen(
    (1, "A", "duration", "long"),
    (1, "B", "duration", "long"),
    (1, "C", "duration", "short"),
    (1, "D", "duration", "short"),
    (1, "A", "meetings", "one"),
    (1, "B", "meetings", "one"),
    (1, "C", "meetings", "two"),
    (1, "A", "sessions", "teaching"),
    (1, "A", "sessions", "exercises"),
    (1, "B", "sessions", "teaching"),
    (2, "A", "duration", "short"),
)


def test_shares_count_projects_with_anything_recorded():
    shares = approaches(ELEMENTS).set_index(["route", "element", "approach"])["share"]
    assert shares[1, "meetings", "one"] == pytest.approx(2 / 3)  # D told nothing
    assert shares[1, "sessions", "teaching"] == 1  # of A and B, who may choose several
    assert shares[1, "sessions", "exercises"] == 0.5
    assert shares[2, "duration", "short"] == 1


def test_a_choice_told_twice_counts_once():
    again = pd.concat([ELEMENTS, ELEMENTS.head(1)])
    assert approaches(again).equals(approaches(ELEMENTS))
    assert cross(again, "duration", "meetings").equals(cross(ELEMENTS, "duration", "meetings"))


def test_element_matrix_keeps_routes_apart():
    matrix = element_matrix(ELEMENTS)
    assert matrix.shape == (5, 6)  # A runs two projects
    assert matrix.loc[(1, "A"), ("duration", "long")]
    assert not matrix.loc[(2, "A"), ("duration", "long")]
    assert matrix["duration"].sum().to_dict() == {"long": 2, "short": 3}


def test_cross_counts_projects_that_have_both():
    table = cross(ELEMENTS[ELEMENTS["route"] == 1], "duration", "meetings")
    assert table.loc["long"].tolist() == [2, 0]
    assert table.loc["short"].tolist() == [0, 1]  # D has no meetings recorded
    with pytest.raises(DataError, match="'homework'"):
        cross(ELEMENTS, "duration", "homework")


# --- approaches against outcomes


@pytest.fixture
def people():
    rows = [
        (f"P{i}{unit}", 1, unit, hours)
        for unit, level in zip("ABCDEF", (10, 14, 9, 30, 26, 33), strict=True)
        for i, hours in enumerate((level - 3.0, level, level + 5.0))
    ]
    rows.append(("X", 2, "A", 99.0))
    return pd.DataFrame(rows, columns=["person_id", "route", "project", "hours"])


def by_unit(**chosen):
    rows = [
        (1, unit, element, approach)
        for element, approaches in chosen.items()
        for unit, approach in zip("ABCDEF", approaches, strict=True)
        if approach
    ]
    return pd.DataFrame(rows, columns=["route", "project", "element", "approach"])


def test_people_get_the_approach_of_their_unit(people):
    told = with_approaches(people, by_unit(place=["in"] * 3 + ["out"] * 3), 1, ["place.out"])
    assert told.groupby("project")["place_out"].first().tolist() == [0, 0, 0, 1, 1, 1]
    assert set(told["route"]) == {1}


def test_units_without_an_answer_are_left_out(people):
    chosen = by_unit(place=["in", "in", "", "out", "out", "out"])
    assert set(with_approaches(people, chosen, 1, ["place.out"])["project"]) == set("ABDEF")


@pytest.mark.parametrize("approach", ["place.in", "place.nowhere"])
def test_an_approach_of_all_or_of_none_is_refused(people, approach):
    with pytest.raises(DataError, match="nothing to compare"):
        with_approaches(people, by_unit(place=["in"] * 6), 1, [approach])


def test_the_row_of_an_approach_is_made_of_its_parts(people):
    told = with_approaches(people, by_unit(place=["in"] * 3 + ["out"] * 3), 1, ["place.out"])
    row = compare_approaches(told, "hours", ["place.out"], PLAN, "hours", level=0.9).iloc[0]
    alone = contrast(told, "hours", "place_out", 1, 0, "project", level=0.9)
    assert row["estimate"] == alone
    assert row["estimate"].value == pytest.approx((30 + 26 + 33 - 10 - 14 - 9) / 3)
    assert (row["treated"], row["units"], row["permutation"].level) == (3, 6, 0.9)
    test = permutation(told, "hours", "place_out", "project", level=0.9)
    assert row["p_permutation"] == test.p_value() == 0.1
    assert row["permutation"].p_value(5.0) == test.p_value(5.0)
    assert row["detectable"] == detectable(told, "place_out", 1, 0, "project", PLAN, "hours", 0.9)


def test_what_was_found_changes_nothing_about_what_could_be(people):
    told = with_approaches(people, by_unit(place=["in"] * 3 + ["out"] * 3), 1, ["place.out"])
    other = told.assign(hours=told["hours"] * 7 + told["hours"] ** 2)
    tables = [compare_approaches(t, "hours", ["place.out"], PLAN, "hours", level=0.9)
              for t in (told, other)]  # fmt: skip
    assert tables[0].loc[0, "detectable"] == tables[1].loc[0, "detectable"]
    assert tables[0].loc[0, "estimate"].se != tables[1].loc[0, "estimate"].se


def test_an_approach_of_one_unit_is_refused(people):
    told = with_approaches(people, by_unit(place=["in"] * 5 + ["out"]), 1, ["place.out"])
    with pytest.raises(EstimationError, match="cannot be told from unit F"):
        compare_approaches(told, "hours", ["place.out"], PLAN, "hours")
