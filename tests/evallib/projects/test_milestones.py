"""What was reached of what was expected, worked out by hand and at the limits of the lights."""

import pandas as pd
import pytest

from evallib.errors import DataError
from evallib.projects.milestones import three_counts, traffic_lights
from evallib.study.definition import TrafficLight

LIMITS = TrafficLight(yellow_from=0.10, red_above=0.25)


def reports(*rows):
    names = ["route", "project", "month", "indicator", "application", "milestone", "realised"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize(
    ("realised", "expected", "light"),
    [
        (1000, 1000, "green"),
        (901, 1000, "green"),
        (900, 1000, "yellow"),  # exactly 10 % short: the limit belongs to yellow
        (750, 1000, "yellow"),  # exactly 25 % short: so does this one
        (749, 1000, "red"),
        (27, 30, "yellow"),  # 10 % again, where 1 - 27/30 is 0.0999... in floating point
        (0, 1, "red"),
        (1300, 1000, "green"),  # too many is not short
    ],
)
def test_lights_at_their_limits(realised, expected, light):
    made = traffic_lights(reports((1, "A", "2016-01", "started", None, expected, realised)), LIMITS)
    assert made["light"].tolist() == [light]
    assert made["deviation"].tolist() == [(realised - expected) / expected]


def test_lights_add_up_projects_and_months_first():
    rows = reports(
        (1, "A", "2016-01", "referred", 10, 20, 5),
        (1, "A", "2016-02", "referred", 10, 20, 30),
        (1, "B", "2016-01", "referred", None, 60, 40),
        (2, "A", "2016-01", "referred", None, 8, 6),
        (2, "A", "2016-01", "completed", None, None, 3),
    )
    by_route = traffic_lights(rows, LIMITS).set_index(["route", "basis"])
    assert by_route.loc[(1, "milestone"), ["expected", "realised", "light"]].tolist() == [
        100, 75, "yellow",
    ]  # fmt: skip
    assert by_route.loc[(1, "application"), ["expected", "realised"]].tolist() == [20, 75]
    # No application target on route 2, no target at all for those who completed.
    assert set(by_route.index) == {(1, "milestone"), (1, "application"), (2, "milestone")}

    by_project = traffic_lights(rows, LIMITS, by=("route", "project"))
    lights = by_project[by_project["basis"] == "milestone"].set_index(["route", "project"])["light"]
    assert lights.to_dict() == {(1, "A"): "yellow", (1, "B"): "red", (2, "A"): "yellow"}


def test_an_expected_number_of_zero_has_no_light():
    assert traffic_lights(reports((1, "A", "2016-01", "started", None, 0, 4)), LIMITS).empty


def test_lights_refuse_parts_of_people():
    rows = reports((3, "A", "2016-01", "started", None, 2.5, 2))
    with pytest.raises(
        DataError, match=r"'expected' adds up to 2\.5 for route 3, indicator started"
    ):
        traffic_lights(rows, LIMITS)


def test_three_counts_of_the_same_people():
    milestones = reports(
        (1, "A", "2016-01", "referred", None, 5, 4),
        (1, "B", "2016-01", "referred", None, 5, 3),
        (1, "B", "2016-01", "started", None, 5, 9),
        (2, "A", "2016-01", "referred", None, 5, 2),
    )
    people = pd.DataFrame({"route": [1] * 6 + [2] * 2})
    survey = pd.DataFrame({"route": [1, 1, 1], "responded": [1, 0, 1]})
    counted = three_counts(milestones, people, survey).set_index("route")
    assert counted.loc[1].tolist() == [7, 6, 3, 2]
    assert counted.loc[2].tolist() == [2, 2, 0, 0]  # nobody on route 2 was invited
