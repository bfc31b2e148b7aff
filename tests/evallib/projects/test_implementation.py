"""Counts of projects and people, worked out by hand."""

import pandas as pd
import pytest

from evallib.errors import DataError
from evallib.projects.implementation import (
    approaches,
    cross,
    element_matrix,
    fidelity_matrix,
    participation,
    preferred,
    three_counts,
    traffic_lights,
)
from evallib.study.definition import TrafficLight, read_definition

LIMITS = TrafficLight(yellow_from=0.10, red_above=0.25)


def reports(*rows):
    names = ["route", "project", "month", "indicator", "application", "milestone", "realised"]
    return pd.DataFrame(rows, columns=names)


def chosen(*rows):
    return pd.DataFrame(rows, columns=["route", "project", "element", "approach"])


def test_participation_of_all_routes_and_of_some():
    definition = read_definition()
    everyone = participation(definition)
    assert (everyone.units, everyone.municipalities, everyone.projects) == (27, 29, 32)
    assert everyone.joint == 2
    assert [everyone.behind(unit) for unit in ("Faxe", "Mariagerfjord/Rebild", "Oslo")] == [1, 2, 0]
    assert everyone.several_routes == definition.units_on_several_routes
    assert len(everyone.several_routes) == 5

    two = participation(definition, routes=[2])
    assert (two.units, two.municipalities, two.projects, two.joint) == (5, 5, 5, 0)
    assert two.several_routes == ()
    # Route 3 shares Nordfyn with route 2: 5 + 10 projects are 14 units.
    both = participation(definition, routes=[2, 3])
    assert (both.units, both.projects, both.several_routes) == (14, 15, ("Nordfyn",))


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


def test_preferred_says_ties():
    top = preferred(ELEMENTS)
    one = top[top["route"] == 1].groupby("element")
    assert one["approach"].agg(list).to_dict() == {
        "duration": ["long", "short"], "meetings": ["one"], "sessions": ["teaching"],
    }  # fmt: skip
    assert one["tied"].any().to_dict() == {"duration": True, "meetings": False, "sessions": False}


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


def test_fidelity_matrix():
    names = ["route", "project", "requirement", "level", "reason"]
    rows = pd.DataFrame(
        [
            (1, "A", "sessions", "full", None),
            (1, "A", "mixed", "partial", "split"),
            (1, "B", "mixed", "full", None),
        ],
        columns=names,
    )
    levels = fidelity_matrix(rows)
    assert levels.loc[(1, "A")].to_dict() == {"mixed": "partial", "sessions": "full"}
    assert pd.isna(levels.loc[(1, "B"), "sessions"])
    assert fidelity_matrix(rows, "reason").loc[(1, "A"), "mixed"] == "split"
    with pytest.raises(DataError, match="project B on route 1 is assessed twice on 'mixed'"):
        fidelity_matrix(pd.concat([rows, rows.tail(1)]))
