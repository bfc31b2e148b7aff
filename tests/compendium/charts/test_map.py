"""What a map shows, read from the figure's own objects."""

import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from compendium.chapter.catalogue import Translator
from compendium.chapter.drawing import NARROW, drawn
from compendium.charts.look import WIDTH
from compendium.charts.map import Window, point_map

PALETTE = {"Club": "#0072B2", "Temp": "#D55E00", "Place": "#009E73"}
SQUARE = pd.DataFrame(
    {"ring": 1, "lon": [8.0, 12.0, 12.0, 8.0, 8.0], "lat": [54.0, 54.0, 58.0, 58.0, 54.0]}
)
PLACES = pd.DataFrame(
    [
        ("Vest", 9.0, 56.0, "Club", "left"),
        ("Vest", 9.0, 56.0, "Temp", "left"),
        ("Øst", 11.5, 55.0, "Club", "right"),
    ],
    columns=["name", "lon", "lat", "route", "label"],
)
EAST = Window(11, 12, 54.5, 55.5, "East", (0.6, 0.6, 0.4, 0.4))


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def names(axes):
    return [text.get_text() for text in axes.texts]


def signs(axes):
    return [(line.get_marker(), to_hex(line.get_color())) for line in axes.lines]


def test_a_place_in_two_groups_shows_both_signs(ax):
    point_map(ax, SQUARE, PLACES, palette=PALETTE)
    assert sorted(names(ax)) == ["Vest", "Øst"]
    assert sorted(signs(ax)) == [("o", "#0072b2"), ("o", "#0072b2"), ("s", "#d55e00")]
    keys = [text.get_text() for text in ax.get_legend().get_texts()]
    assert keys == ["Club", "Temp"]  # nobody is in the third group


def test_a_window_takes_over_the_names_inside_it(ax):
    point_map(ax, SQUARE, PLACES, palette=PALETTE, window=EAST)
    inset = ax.child_axes[0]
    assert (names(ax), names(inset)) == (["Vest"], ["Øst"])
    assert inset.get_xlim() == (11, 12)
    assert inset.get_title(loc="left") == "East"
    assert len(ax.lines) == 3  # the dot itself stays on the whole map


def test_the_outline_is_one_line_through_all_its_corners(ax):
    point_map(ax, SQUARE, PLACES, palette=PALETTE)
    corners = ax.patches[0].get_path().vertices
    assert corners.tolist()[:5] == SQUARE[["lon", "lat"]].to_numpy().tolist()


def test_on_a_narrow_screen_the_window_is_wider_to_hold_its_names(ax):
    point_map(ax, SQUARE, PLACES, palette=PALETTE, window=EAST)
    names = {name: name for name in ("Vest", "Øst", "East", *PALETTE)}
    images = drawn(ax, "f", "en", Translator("en", vocabulary=names))
    begins = [
        float(re.search(r' x="([\d.]+)"[^>]*>East<', svg)[1]) / width
        for svg, width in ((images.svg, WIDTH), (images.narrow, NARROW))
    ]
    assert begins[1] < begins[0]
