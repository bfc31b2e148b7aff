"""What a map and a chart of zones show, read from the figure's own objects."""

import math

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from compendium.charts.curves import Group
from compendium.charts.map import Window, map_alt, point_map
from compendium.charts.zones import Zone, zone_alt, zone_chart

GROUPS = [
    Group(1, {"da": "Klub", "en": "Club"}, "#0072B2"),
    Group(2, {"da": "Vikar", "en": "Temp"}, "#D55E00"),
    Group(3, {"da": "Plads", "en": "Place"}, "#009E73"),
]
SQUARE = pd.DataFrame(
    {"ring": 1, "lon": [8.0, 12.0, 12.0, 8.0, 8.0], "lat": [54.0, 54.0, 58.0, 58.0, 54.0]}
)
PLACES = pd.DataFrame(
    [
        ("Vest", 9.0, 56.0, 1, "left"),
        ("Vest", 9.0, 56.0, 2, "left"),
        ("Øst", 11.5, 55.0, 1, "right"),
    ],
    columns=["name", "lon", "lat", "group", "label"],
)
EAST = Window(11, 12, 54.5, 55.5, {"da": "Østpå", "en": "East"}, (0.6, 0.6, 0.4, 0.4))


def names(axes):
    return [text.get_text() for text in axes.texts]


def signs(axes):
    return [(line.get_marker(), to_hex(line.get_color())) for line in axes.lines]


def test_a_place_in_two_groups_shows_both_signs():
    axes = point_map(SQUARE, PLACES, "da", GROUPS).axes[0]
    assert sorted(names(axes)) == ["Vest", "Øst"]
    assert sorted(signs(axes)) == [("o", "#0072b2"), ("o", "#0072b2"), ("s", "#d55e00")]
    keys = [text.get_text() for text in axes.get_legend().get_texts()]
    assert keys == ["Klub", "Vikar"]  # nobody is in the third group


def test_a_window_takes_over_the_names_inside_it():
    figure = point_map(SQUARE, PLACES, "en", GROUPS, EAST)
    whole, inset = figure.axes[0], figure.axes[0].child_axes[0]
    assert (names(whole), names(inset)) == (["Vest"], ["Øst"])
    assert inset.get_xlim() == (11, 12)
    assert inset.get_title() == "East"
    assert len(whole.lines) == 3  # the dot itself stays on the whole map


def test_the_outline_is_one_line_through_all_its_corners():
    patch = point_map(SQUARE, PLACES, "da", GROUPS).axes[0].patches[0]
    assert patch.get_path().vertices.tolist()[:5] == SQUARE[["lon", "lat"]].to_numpy().tolist()


def test_map_alt_names_places_by_group_from_west_to_east():
    alt = map_alt(PLACES, GROUPS, {"da": "Kort", "en": "Map"})
    assert alt == {
        "da": "Kort. Klub: Vest, Øst. Vikar: Vest.",
        "en": "Map. Club: Vest, Øst. Temp: Vest.",
    }


ZONES = [
    Zone("bad", -math.inf, -0.1, {"da": "Dårlig", "en": "Bad"}, "#b3261e"),
    Zone("good", -0.1, math.inf, {"da": "God", "en": "Good"}, "#1a7f37"),
]
RESULTS = pd.DataFrame(
    [
        ({"da": "Nord", "en": "North"}, 1, 0.30, "good"),
        ({"da": "Syd", "en": "South"}, 1, -0.20, "bad"),
        ({"da": "Nord", "en": "North"}, 2, -0.05, "good"),
    ],
    columns=["label", "series", "value", "zone"],
)


def test_zones_lie_under_the_values_and_carry_their_names():
    axes = zone_chart(
        RESULTS, "da", ZONES, GROUPS[:2], x_label={"da": "Afvigelse", "en": "x"}
    ).axes[0]
    assert names(axes) == ["Dårlig", "God"]
    bad, good = axes.patches
    assert bad.get_x() + bad.get_width() == pytest.approx(good.get_x()) == pytest.approx(-0.1)
    assert (
        good.get_x() + good.get_width() == pytest.approx(axes.get_xlim()[1]) == pytest.approx(0.38)
    )


def test_every_value_stands_on_the_line_of_its_label():
    axes = zone_chart(RESULTS, "en", ZONES, GROUPS[:2], x_label={"da": "x", "en": "Gap"}).axes[0]
    first, second, _zero = axes.lines
    assert first.get_xydata().tolist() == [[0.30, 0], [-0.20, 1]]
    assert second.get_xydata().tolist() == [[-0.05, 0]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["North", "South"]


def test_zone_alt_says_value_and_zone():
    alt = zone_alt(RESULTS, ZONES, GROUPS[:2], {"da": "Afvigelse", "en": "Deviation"})
    club = "Club: North 30.0\xa0% (good); South −20.0\xa0% (bad)."
    assert alt["en"] == f"Deviation. {club} Temp: North −5.0\xa0% (good)."
