"""Seaborn's curves get their bands, names and people, where the frame says they are."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import seaborn as sns

from compendium import charts
from compendium.chapter.catalogue import Translator
from compendium.chapter.drawing import drawn, has_printed
from compendium.charts.look import figure_of
from compendium.errors import ExhibitError

DANISH = Translator(
    "da",
    chapter={
        "Months after referral": "Måneder efter visitation",
        "Share in work": "Andel i arbejde",
    },
    shared={"Number of people behind each {time!l}": "Antal personer", "{n} units": "{n} enheder"},
    vocabulary={"Job clubs": "Jobklubber", "Temp-agency work": "Vikararbejde"},
)
PALETTE = {"Job clubs": "#0072B2", "Temp-agency work": "#D55E00"}


@pytest.fixture
def frame():
    rows = [
        ("Job clubs", 0, 2231, 0.15, 0.10, 0.20, 17),
        ("Job clubs", 1, 1897, 0.55, 0.50, 0.60, 16),
        ("Temp-agency work", 0, 522, 0.24, 0.10, 0.30, 5),
        ("Temp-agency work", 1, 426, 0.54, 0.30, 0.80, 5),
    ]
    names = ["route", "month", "n", "estimate", "low", "high", "clusters"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture
def ax(frame):
    fig, ax = plt.subplots()
    x_y = {"x": "month", "y": "estimate"}
    sns.lineplot(frame, **x_y, hue="route", palette=PALETTE, errorbar=None, legend=False, ax=ax)
    yield ax
    plt.close(fig)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_band_reaches_from_low_to_high_in_the_curves_colour(ax, frame):
    charts.band(ax, frame, palette=PALETTE)
    clubs, temp = ax.collections
    corners = temp.get_paths()[0].vertices
    assert {tuple(corner) for corner in corners.round(2)} >= {
        (0, 0.1),
        (0, 0.3),
        (1, 0.3),
        (1, 0.8),
    }
    assert clubs.get_facecolor()[0][:3] == pytest.approx((0, 0x72 / 255, 0xB2 / 255))


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ({}, {}, "Shaded: confidence interval, counting units"),
        ({"level": 0.9}, {}, "Shaded: 90\xa0% confidence interval, counting units"),
        (
            {"level": 0.9},
            {"simultaneous": True},
            "Dotted: 90\xa0% confidence band for the whole curve",
        ),
    ],
)
def test_a_band_is_told_in_words_once(ax, frame, given, options, said):
    for _ in range(2):
        charts.band(ax, frame.assign(**given), palette=PALETTE, **options)
    (told,) = texts(ax)
    assert told.startswith(said)


def test_two_kinds_of_band_look_different_and_both_are_told(ax, frame):
    charts.band(ax, frame, palette=PALETTE)
    charts.band(ax, frame.assign(level=0.9), palette=PALETTE, simultaneous=True)
    filled, dotted = ax.collections[0], ax.collections[2]
    assert (len(filled.get_facecolor()), len(dotted.get_facecolor())) == (1, 0)
    assert [told.split(":")[0] for told in texts(ax)] == ["Shaded", "Dotted"]


def test_an_axis_that_does_not_begin_at_zero_says_so(ax, frame):
    charts.finish_curves(ax, frame, "share", palette=PALETTE, zero=False)
    assert ax.get_ylim()[0] == pytest.approx(0.1)
    assert "The vertical axis begins at 10\xa0%" in texts(ax)


def test_on_a_narrow_screen_names_stand_over_the_curves_and_every_other_month_is_told(frame):
    many = pd.concat([frame.assign(month=frame["month"] + 2 * step) for step in range(5)])
    fig, ax = plt.subplots()
    sns.lineplot(many, x="month", y="estimate", hue="route", palette=PALETTE, errorbar=None)
    charts.finish_curves(ax, many, "share", palette=PALETTE)
    ax.set(xlabel="Months after referral", ylabel="Share in work")
    images = drawn(fig, "f", "en", Translator())
    plt.close(fig)
    assert ">Job clubs, 16 units<" in images.narrow
    assert ">Job clubs<" in images.svg
    counts = [images.svg.count(">1,897<"), images.narrow.count(">1,897<")]
    assert counts == [5, 0]  # of the odd months


def test_names_with_their_units_stand_at_the_ends_and_apart(ax, frame):
    ax.set_ylim(0, 1)
    charts.name_ends(ax, frame, palette=PALETTE)
    assert texts(ax) == ["Temp-agency work\n5 units", "Job clubs\n16 units"]  # the lowest first
    low, high = (text.xy[1] for text in ax.texts)
    assert high - low > 0.1  # the curves end 0.01 apart
    assert (high + low) / 2 == pytest.approx(0.545)


def test_without_intervals_only_the_name_stands_there(ax, frame):
    charts.name_ends(ax, frame.drop(columns=["low", "high"]), palette=PALETTE)
    assert texts(ax) == ["Temp-agency work", "Job clubs"]


def test_a_curve_ends_at_its_last_number(ax, frame):
    frame.loc[3, "estimate"] = None
    charts.name_ends(ax, frame, palette=PALETTE)
    assert ax.texts[0].get_text() == "Temp-agency work\n5 units"


def test_the_people_stand_under_their_month_and_make_the_figure_higher(ax, frame):
    before = figure_of(ax).get_figheight()
    charts.people(ax, frame, palette=PALETTE)
    assert texts(ax) == ["Number of people behind each month", "2,231", "1,897", "522", "426"]
    figure = figure_of(ax)
    assert figure.get_figheight() > before
    figure.draw_without_rendering()
    places = [text.get_window_extent() for text in ax.texts]
    label = ax.xaxis.label.get_window_extent()
    assert all(place.y1 <= label.y0 and place.y0 >= 0 for place in places)
    ticks = ax.transData.transform([(0, 0), (1, 0)])[:, 0]
    middles = [(place.x0 + place.x1) / 2 for place in places[1:]]
    assert middles == pytest.approx([*ticks, *ticks], abs=0.5)


def test_finished_curves_have_all_of_it_on_an_axis_from_zero(ax, frame):
    charts.finish_curves(ax, frame, "share", palette=PALETTE)
    assert [line.get_marker() for line in ax.lines] == ["o", "s"]
    assert len(ax.collections) == 2
    assert ax.get_ylim()[0] == 0
    assert ax.get_xticks().tolist() == [0, 1]
    assert ax.yaxis.get_major_formatter().unit == "share"
    assert len(ax.texts) == 1 + 2 + 5


def test_a_curve_of_people_needs_no_people_below(ax, frame):
    charts.finish_curves(ax, frame, "count", y="n", palette=PALETTE, people=False)
    assert "Number of people behind each month" not in texts(ax)


def test_several_rows_at_a_month_are_refused(ax, frame):
    with pytest.raises(ExhibitError, match="several rows for Job clubs, 0"):
        charts.finish_curves(ax, pd.concat([frame, frame]), "share", palette=PALETTE)


def test_in_danish_all_of_it_is_danish_and_english_comes_back(ax, frame):
    charts.finish_curves(ax, frame, "share", palette=PALETTE)
    ax.set(xlabel="Months after referral", ylabel="Share in work")
    english, danish, again = (
        drawn(ax, "shares", language.lang, language).svg
        for language in (Translator(), DANISH, Translator())
    )
    words = ["Jobklubber", "16 enheder", "Antal personer", "2.231", "Andel i arbejde", "20\xa0%"]
    assert all(f">{word}<" in danish for word in words)
    assert "Job clubs" not in danish
    assert english == again


def test_marks_are_filled_where_the_source_prints_the_number_and_only_there(ax, frame):
    charts.name_ends(ax, frame.assign(printed=[True, False, False, True]), palette=PALETTE)
    curves, dots = ax.lines[:2], ax.lines[2:]
    assert [line.get_markerfacecolor() for line in curves] == ["white", "white"]
    assert [list(line.get_xdata()) for line in dots] == [[0], [1]]
    assert [line.get_marker() for line in dots] == [line.get_marker() for line in curves]
    assert has_printed(ax)


@pytest.mark.parametrize("printed", [True, False])
def test_marks_are_alike_where_all_or_no_numbers_are_printed(ax, frame, printed):
    charts.name_ends(ax, frame.assign(printed=printed), palette=PALETTE)
    assert len(ax.lines) == 2
    assert not has_printed(ax)
