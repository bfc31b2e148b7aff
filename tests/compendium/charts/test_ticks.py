"""Ticks write numbers as each language does, and names in lines that fit."""

import matplotlib.pyplot as plt
import pytest

from compendium.charts.ticks import NumberTicks, RowTicks, number_axis


@pytest.mark.parametrize(
    ("unit", "decimals", "number", "english", "danish"),
    [
        ("share", 0, 0.4, "40\xa0%", "40\xa0%"),
        ("share", 1, -0.125, "−12.5\xa0%", "−12,5\xa0%"),
        ("count", 0, 2000, "2,000", "2.000"),
        ("score", 1, 3.5, "3.5", "3,5"),
    ],
)
def test_numbers_switch_their_marks_with_the_language(unit, decimals, number, english, danish):
    ticks = NumberTicks(unit, decimals)
    assert ticks(number) == english
    ticks.lang = "da"
    assert ticks(number) == danish


def test_an_axis_is_given_its_numbers_by_one_call():
    fig, ax = plt.subplots()
    ax.set_ylim(0, 1)
    number_axis(ax.yaxis, "share")
    assert ax.yaxis.get_major_formatter().format_ticks([0.25]) == ["25\xa0%"]
    plt.close(fig)


def test_names_are_said_in_the_language_before_they_are_broken():
    fig, ax = plt.subplots()
    ax.set_yticks([0], ["Public administration"])
    ticks = RowTicks(ax.yaxis.get_major_formatter(), width=1, size=9)
    assert ticks.format_ticks([0]) == ["Public\nadministration"]
    ticks.say = {"Public administration": "Forvaltning"}.__getitem__
    assert ticks.format_ticks([0]) == [ticks(0)] == ["Forvaltning"]
    plt.close(fig)
