"""Groups keep their names, colours and order; what cannot be drawn honestly is refused."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.colors import to_hex

from compendium.charts.look import groups, key, one_row_each, unit_name
from compendium.errors import ExhibitError

ROUTES = pd.DataFrame({"route": ["Clubs", "Temp", "Clubs"], "month": [1, 0, 0], "n": [3, 4, 5]})
PALETTE = {"Clubs": "#0072B2", "Temp": "#D55E00"}


def test_groups_stand_in_the_order_of_the_frame_and_their_rows_by_month():
    first, second = groups(ROUTES, "route", "month", PALETTE)
    assert (first.name, first.colour, second.name) == ("Clubs", "#0072B2", "Temp")
    assert first.rows["n"].tolist() == [5, 3]


@pytest.mark.parametrize("palette", [None, "deep", ["#E69F00", "#56B4E9"]])
def test_colours_are_those_seaborn_gives(palette):
    fig, ax = plt.subplots()
    sns.lineplot(ROUTES, x="month", y="n", hue="route", palette=palette, ax=ax, legend=False)
    given = [to_hex(line.get_color()) for line in ax.lines]
    assert [to_hex(group.colour) for group in groups(ROUTES, "route", "month", palette)] == given
    plt.close(fig)


def test_several_rows_at_one_month_are_refused_in_one_sentence():
    twice = pd.concat([ROUTES, ROUTES])
    with pytest.raises(ExhibitError, match=r"^several rows for Clubs, 1; draw one row each"):
        groups(twice, "route", "month")


def test_a_missing_column_or_colour_is_named_with_the_nearest():
    with pytest.raises(ExhibitError, match="no column `rute`; did you mean `route`"):
        one_row_each(ROUTES, "rute")
    with pytest.raises(ExhibitError, match="no colour for Temp"):
        groups(ROUTES, "route", "month", {"Clubs": "#0072B2"})


def test_a_key_is_read_from_line_to_line_and_replaces_the_one_inside():
    fig, ax = plt.subplots()
    for name in "abcde":
        ax.plot([0, 1], label=name)
    ax.legend()
    key(ax, columns=3)
    assert ax.get_legend() is None
    named = [text.get_text() for text in fig.legends[0].get_texts()]
    assert named == ["a", "d", "b", "e", "c"]  # a legend fills its columns
    plt.close(fig)


def test_a_pseudonym_is_translated_and_a_municipality_is_not():
    assert unit_name("Enhed 07", 1021) == "Unit 07 (n = 1,021)"
    assert unit_name("Odder") == "Odder"
