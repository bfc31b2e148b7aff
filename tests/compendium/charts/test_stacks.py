"""Stacked areas fill the whole, and say how large the last month's are."""

import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from compendium.chapter.catalogue import Translator
from compendium.chapter.drawing import drawn
from compendium.charts.stacks import stack
from compendium.errors import ExhibitError

COLOURS = {"Work": "#0072B2", "Away": "#777777", "Benefit": "#F0E442"}
SHARES = pd.DataFrame({"Work": [0.2, 0.46], "Benefit": [0.8, 0.54]}, index=[0, 1])


def height(svg):
    return float(re.search(r'height="([\d.]+)pt"', svg)[1])


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def test_areas_fill_the_panel_in_the_order_of_the_colours(ax):
    stack(ax, SHARES, COLOURS, title="Job clubs")
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in ax.collections]
    assert tops == pytest.approx([0.46, 0.46, 1])
    assert [area.get_label() for area in ax.collections] == list(COLOURS)
    assert [text.get_text() for text in ax.texts] == ["46\xa0%", "54\xa0%", *COLOURS]
    assert ax.get_title(loc="left") == "Job clubs"


def test_panels_stand_beside_each_other_and_on_a_narrow_screen_below_with_all_names():
    fig, axes = plt.subplots(1, 2, sharey=True)
    for ax, name in zip(axes, ("Job clubs", "Temp"), strict=True):
        stack(ax, SHARES, COLOURS, title=name)
    danish = {name: name for name in [*COLOURS, "Job clubs", "Temp"]}
    images = drawn(fig, "f", "en", Translator("en", vocabulary=danish))
    assert images.svg.count(">Benefit<") == 1
    assert images.narrow.count(">Benefit<") == 2
    assert height(images.narrow) > height(images.svg)
    plt.close(fig)


def test_a_state_without_a_colour_is_named(ax):
    with pytest.raises(ExhibitError, match="no colour for the state Works"):
        stack(ax, SHARES.rename(columns={"Work": "Works"}), COLOURS)
