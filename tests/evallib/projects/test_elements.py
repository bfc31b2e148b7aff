"""Who chose which approach, worked out by hand on three projects."""

import pandas as pd
import pytest

from evallib.errors import DataError
from evallib.projects.elements import catalogue, choices, share_given, share_with_any

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
        assert all(text["da"] and text["en"] for text in listed[column])
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


def test_one_approach_given_another(elements: pd.DataFrame) -> None:
    given = {"duration": "over_10_weeks"}
    assert share_given(elements, 1, given, meetings="one_or_fewer") == 0.5
    assert pd.isna(share_given(elements, 2, given, meetings="one_or_fewer"))
