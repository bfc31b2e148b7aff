"""Waiting, loss and length, worked out by hand on the study of six people."""

from types import SimpleNamespace

import pandas as pd
import pytest

from evallib.cohort import attendance
from evallib.errors import DataError, EstimationError
from evallib.study.study import Study

DATES = ["referred_on", "started_on", "completed_on"]
PEOPLE = [
    # person, route, unit, referred, started, completed
    ("P1", 2, "A", "2016-05-02", "2016-05-10", "2016-06-07"),
    ("P2", 2, "A", "2016-05-02", None, None),
    ("P3", 2, "B", "2016-05-23", "2016-05-24", None),
    ("P1", 3, "C", "2016-06-01", "2016-06-02", None),
]


@pytest.fixture
def study() -> SimpleNamespace:
    frame = pd.DataFrame(PEOPLE, columns=["person_id", "route", "project", *DATES])
    frame[DATES] = frame[DATES].apply(pd.to_datetime)
    return SimpleNamespace(participants=frame)


def test_a_person_has_the_course_of_the_first_referral(study: SimpleNamespace) -> None:
    made = attendance.courses(study).set_index("person_id")
    assert made.index.tolist() == ["P1", "P2", "P3"]
    assert made.loc["P1", ["route", "wait_days", "weeks"]].tolist() == [2, 8, 4]
    assert made["started"].tolist() == [True, False, True]
    assert made["completed"].tolist() == [True, False, False]
    assert pd.isna(made.loc["P2", "wait_days"])


def test_the_records_end_with_the_last_date_of_any_kind(study: SimpleNamespace) -> None:
    assert attendance.last_record(study) == pd.Timestamp("2016-06-07")


def test_people_are_followed_as_far_as_the_records_reach(study: SimpleNamespace) -> None:
    people = attendance.courses(study)
    panel = attendance.started_by_week(people, 4, pd.Timestamp("2016-06-07"))
    seen = panel.groupby("person_id")["week"].max()
    assert seen.to_dict() == {"P1": 4, "P2": 4, "P3": 2}
    begun = panel[panel["started"]].groupby("person_id")["week"].min()
    assert begun.to_dict() == {"P1": 2, "P3": 1}


def test_weeks_to_follow_must_be_positive(study: SimpleNamespace) -> None:
    with pytest.raises(EstimationError, match="weeks is 0"):
        attendance.started_by_week(attendance.courses(study), 0, pd.Timestamp("2016-06-07"))


def test_a_week_begun_is_a_week() -> None:
    people = pd.DataFrame({"weeks": [4.0, 4.1, 5.0, None], "project": ["A", "A", "B", "B"]})
    assert attendance.lengths(people).to_dict("list") == {
        "weeks": [4, 5],
        "n": [1, 2],
        "clusters": [1, 2],
        "share": [pytest.approx(1 / 3), pytest.approx(2 / 3)],
    }


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="'weeks'"):
        attendance.lengths(pd.DataFrame({"project": ["A"]}))


def test_a_month_has_the_division_of_its_recorded_hours(
    panel: pd.DataFrame, tiny_study: Study
) -> None:
    made = attendance.with_division(panel, tiny_study)
    assert made.drop(columns="division").equals(panel)
    recorded = made["hours"] > 0
    assert recorded.any()
    assert not recorded.all()
    assert set(made.loc[recorded, "division"]) == {"01"}
    assert made.loc[~recorded, "division"].isna().all()
