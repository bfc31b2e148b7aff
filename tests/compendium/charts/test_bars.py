"""Charts of named rows show the frame's numbers where they say they do."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from compendium import charts
from compendium.chapter.catalogue import Translator
from compendium.chapter.drawing import NUMBER, PRINTED, drawn
from compendium.charts import bars
from compendium.errors import ExhibitError

BARS = pd.DataFrame({"answer": ["Voluntary", "Mandatory"], "estimate": [0.764, 0.236]})
ORDER = ["Not at all", "A little", "Somewhat", "Much", "Very much", "Don't know"]
SHARES = pd.DataFrame(
    [[0.1, 0.2, None, None, 0.4, 0.3], [None, None, 0.5, 0.48, None, 0.02]],
    index=["Voluntary", "Mandatory"],
    columns=ORDER,
)


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_bars_have_their_numbers_and_names_the_first_on_top(ax):
    sns.barplot(BARS, x="estimate", y="answer", errorbar=None, ax=ax)
    charts.finish_bars(ax, BARS, "share", y="answer", decimals=0)
    assert texts(ax) == ["76\xa0%", "24\xa0%"]
    assert names(ax.yaxis) == ["Voluntary", "Mandatory"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_intervals_reach_their_ends(ax):
    frame = BARS.assign(low=[0.7, 0.1], high=[0.8, 0.4])
    sns.barplot(frame, x="estimate", y="answer", errorbar=None, ax=ax)
    charts.finish_bars(ax, frame, "share", y="answer")
    whiskers = ax.collections[0].get_segments()
    assert [segment[:, 0].tolist() for segment in whiskers] == [[0.7, 0.8], [0.1, 0.4]]


def test_a_number_that_the_source_does_not_print_is_hollow_and_signed(ax):
    frame = BARS.assign(printed=[True, False])
    sns.barplot(frame, x="estimate", y="answer", errorbar=None, ax=ax)
    charts.finish_bars(ax, frame, "share", y="answer", decimals=0)
    assert texts(ax) == ["76\xa0%", "24\xa0%°"]
    assert [bar.get_label() == PRINTED for bar in ax.patches] == [True, False]
    assert ax.patches[1].get_facecolor() == (1, 1, 1, 1) != ax.patches[0].get_facecolor()


def test_two_bars_of_one_name_are_refused(ax):
    with pytest.raises(ExhibitError, match="several rows for Voluntary"):
        charts.finish_bars(ax, pd.concat([BARS, BARS]), "share", y="answer")


def test_a_figure_is_as_high_as_its_names_need(ax):
    charts.rows(ax, ["a", "b"])
    low = ax.figure.get_figheight()
    charts.rows(ax, ["a", "a name so long that it has to be broken into lines"])
    assert ax.figure.get_figheight() > low
    assert "\n" in names(ax.yaxis)[1]


def test_answers_fill_the_bar_and_dont_know_stands_apart(ax):
    charts.answers(ax, SHARES, apart="Don't know")
    first = [bars[0] for bars in ax.containers]
    assert [round(part.get_width(), 3) for part in first] == [0.1, 0.2, 0, 0, 0.4, 0.3]
    scale_end = first[4].get_x() + first[4].get_width()
    assert scale_end == pytest.approx(0.7)
    assert first[5].get_x() > scale_end
    assert ax.get_xlim()[1] >= first[5].get_x() + first[5].get_width()
    assert texts(ax) == ["10", "20", "50", "48", "40", "30"]  # none in the narrow part


def test_an_answer_the_source_prints_is_not_marked_as_assumed(ax, monkeypatch):
    monkeypatch.setattr(bars, "basis_of", lambda name, _: name)
    ids = SHARES.notna().replace({True: "assumed", False: ""}).assign(Somewhat="calibrated")
    charts.answers(ax, SHARES, apart="Don't know", ids=ids)
    known = [text.get_text() for text in ax.texts if text.get_gid() != NUMBER]
    assert known == ["50"]


def test_the_key_names_all_answers_in_reading_order(ax):
    charts.answers(ax, SHARES, apart="Don't know")
    named = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    columns = [named[0:2], named[2:4], named[4:6]]  # a legend fills columns first
    assert [name for row in zip(*columns, strict=True) for name in row] == ORDER


def test_a_unit_has_its_band_both_means_and_its_size(ax):
    frame = pd.DataFrame(
        {
            "unit": ["Enhed 03", "Odder"],
            "n": [14, 138],
            "raw": [4.4, 3.4],
            "shrunken": [4.1, 3.45],
            "shrunken_low": [3.7, 3.3],
            "shrunken_high": [4.6, 3.6],
            "chance_low": [3.0, 3.4],
            "chance_high": [4.2, 3.8],
        }
    )
    charts.units(ax, frame, centre=3.6, colour="#0072B2")
    assert names(ax.yaxis) == ["Unit 03 (n = 14)", "Odder (n = 138)"]
    drawn = {line.get_label(): list(line.get_xdata()) for line in ax.lines}
    assert drawn["The unit’s own mean"] == [4.4, 3.4]
    assert drawn["Drawn to the common mean, with interval"] == [4.1, 3.45]
    assert [3.6, 3.6] in [list(line.get_xdata()) for line in ax.lines]
    assert texts(ax) == ["Common mean: 3.60"]
    bands = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert bands == [pytest.approx((3.0, 4.2)), pytest.approx((3.4, 3.8))]
    assert len(ax.figure.legends[0].get_texts()) == 3


def test_a_matrix_marks_who_chose_what_under_shared_headings(ax):
    pairs = [("Place", "Outside"), ("Place", "Inside"), ("Intake", "Running")]
    chosen = pd.DataFrame(
        [[True, False, True], [False, True, True]],
        index=["Odder", "Skive"],
        columns=pd.MultiIndex.from_tuples(pairs),
    )
    charts.matrix(ax, chosen, colour="#0072B2")
    rows = names(ax.yaxis)
    assert rows == ["Place", "Outside", "Inside", "Intake", "Running"]
    marks = {
        (rows[int(y)], chosen.index[int(x)])
        for line in ax.lines
        if line.get_marker() == "s"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    assert marks == {
        ("Outside", "Odder"),
        ("Inside", "Skive"),
        ("Running", "Odder"),
        ("Running", "Skive"),
    }


def test_levels_are_told_by_colour_and_by_word(ax):
    met = pd.DataFrame(
        {"Sessions": ["In full", "In part"], "Follow-up": ["Not met", "In full"]},
        index=["Enhed 03", "Odder"],
    )
    charts.levels(ax, met, order=["In full", "In part", "Not met"])
    assert (names(ax.yaxis), names(ax.xaxis)) == (["Unit 03", "Odder"], list(met))
    cells = {text.get_position(): text.get_text() for text in ax.texts}
    assert cells == {
        (0, 0): "In full", (0, 1): "In part", (1, 0): "Not met", (1, 1): "In full",
    }  # fmt: skip
    colours = {
        (round(bar.get_x() + bar.get_width() / 2), round(bar.get_y() + bar.get_height() / 2)):
            bar.get_facecolor()
        for bar in ax.patches
    }  # fmt: skip
    assert colours[0, 0] == colours[1, 1]
    assert len(set(colours.values())) == 3


def test_zones_lie_under_the_results_and_carry_their_names(ax):
    zones = pd.DataFrame(
        [("Bad", -np.inf, -0.1, "#b3261e"), ("Good", -0.1, np.inf, "#1a7f37")],
        columns=["zone", "low", "high", "colour"],
    )
    ax.scatter([0.30, -0.20], [0, 1])
    charts.zones(ax, zones)
    assert texts(ax) == ["Bad", "Good"]
    bad, good = ax.patches
    assert bad.get_x() + bad.get_width() == pytest.approx(good.get_x()) == pytest.approx(-0.1)
    edge = ax.get_xlim()[1]
    assert good.get_x() + good.get_width() == pytest.approx(edge)
    assert (edge, ax.get_xlim()[0]) == pytest.approx((0.38, -0.38), abs=0.05)


def test_in_danish_names_are_translated_before_they_are_broken(ax):
    name = "a name so long that it has to be broken into lines"
    words = "et navn, der også er for langt til én linje"
    charts.rows(ax, [name, "Odder"])
    danish = Translator("da", vocabulary={name: words, "Odder": "Odder"})
    lines = re.findall(r"<text[^>]*>([^<]+)</text>", drawn(ax, "rows", "da", danish).svg)
    assert words not in lines
    assert words in " ".join(lines)


def test_on_a_narrow_screen_names_take_less_room_and_the_key_fewer_columns(ax):
    name = "A name that is broken in two"
    charts.answers(ax, SHARES.rename(index={"Voluntary": name}), apart=ORDER[-1])
    names = {shown: shown for shown in [*ORDER, name, "Mandatory"]}
    images = drawn(ax, "f", "en", Translator("en", vocabulary=names))
    assert f">{name}<" in images.svg
    assert f">{name}<" not in images.narrow
    places = [
        len(set(re.findall(r' x="([\d.]+)"[^>]*>(?:Not at all|A little|Somewhat)<', svg)))
        for svg in (images.svg, images.narrow)
    ]
    assert places == [3, 2]
