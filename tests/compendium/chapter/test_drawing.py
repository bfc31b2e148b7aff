"""Drawings: the same bytes each time, in each language, and as before afterwards."""

import numpy as np
import pytest
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from compendium import number, text
from compendium.chapter.catalogue import Translator
from compendium.chapter.drawing import NARROW, NUMBER, drawn, on_narrow
from compendium.charts import number_axis
from compendium.errors import ExhibitError

ENGLISH = Translator()
DANISH = Translator(
    "da", {"Share": "Andel", "Yes": "Ja", "No": "Nej", "{n} units": "{n} enheder", "Route": "Vej"}
)


def curve():
    made = Figure(figsize=(4, 3), layout="constrained")
    axes = made.subplots()
    axes.plot([0, 0.5, 1], [0.1, 0.25, 0.4], label="Route")
    axes.set(xlabel="Share")
    axes.annotate(text("{n} units", n=number(1700, "count")), (0.5, 0.2))
    axes.legend()
    return made


def test_a_figure_gives_the_same_bytes_however_often_it_is_drawn():
    figure = curve()
    first = drawn(figure, "f", "en", ENGLISH, mark="assumed")
    drawn(figure, "f", "da", DANISH, mark="assumed")
    assert drawn(figure, "f", "en", ENGLISH, mark="assumed") == first
    assert drawn(curve(), "f", "en", ENGLISH, mark="assumed") == first


def test_ids_in_a_drawing_are_its_own():
    svg = drawn(curve(), "f", "en", ENGLISH).svg
    assert 'id="f-en-' in svg
    assert 'id="f-en-' not in drawn(curve(), "g", "en", ENGLISH).svg
    assert "<metadata>" not in svg
    assert "Open Sans" in svg


def test_a_drawing_for_a_narrow_screen_has_its_width_and_its_changes_alone():
    figure = curve()
    label = figure.axes[0].xaxis.label
    on_narrow(figure, label.set_text, "Route")
    images = drawn(figure, "f", "en", ENGLISH)
    assert f'width="{72 * NARROW:g}pt"' in images.narrow
    assert ">Share<" in images.svg
    assert ">Share<" not in images.narrow
    assert label.get_text() == "Share"


def test_a_function_that_draws_has_no_narrow_form():
    assert drawn(lambda _: curve(), "f", "en", ENGLISH).narrow == ""


def test_words_and_numbers_are_those_of_the_language():
    figure = curve()
    danish = drawn(figure, "f", "da", DANISH).svg
    for shown in ("Andel", "Vej", "1.700 enheder", "0,25"):
        assert f">{shown}<" in danish, shown
    english = drawn(figure, "f", "en", ENGLISH).svg
    for shown in ("Share", "Route", "1,700 units", "0.25"):
        assert f">{shown}<" in english, shown


def test_ticks_that_are_words_are_translated():
    made = Figure(layout="constrained")
    axes = made.subplots()
    sns.barplot(x=["Yes", "No"], y=[1, 2], ax=axes, errorbar=None)
    axes.set(xlabel="", ylabel="")
    danish = drawn(made, "f", "da", DANISH).svg
    assert ">Ja<" in danish
    assert ">Nej<" in danish
    made.axes[0].set_xticks([0, 1], ["No", "Yes"])
    assert ">Nej<" in drawn(made, "f", "da", DANISH).svg


def test_axes_that_share_their_ticks_are_translated_once():
    made = Figure(layout="constrained")
    for axes in made.subplots(1, 2, sharey=True):
        axes.plot([0, 1], [0, 1])
        axes.set_yticks([0, 1], ["No", "Yes"])
        number_axis(axes.xaxis, "number", 1)
    danish = drawn(made, "f", "da", DANISH).svg
    assert danish.count(">Nej<") == 1
    assert ">0,4<" in danish
    shared = Figure(layout="constrained")
    for axes in shared.subplots(1, 2, sharey=True):
        axes.plot([0, 1], [0, 1])
        number_axis(axes.yaxis, "number", 1)
    assert ">0,4<" not in drawn(shared, "f", "en", ENGLISH).svg
    assert ">0,4<" in drawn(shared, "f", "da", DANISH).svg


@pytest.mark.parametrize(
    ("shown", "translate", "message"),
    [
        ("Nothing", DANISH, "“Nothing” has no translation to da"),
        ("Week 8", ENGLISH, "“Week 8” has a digit that nobody computed"),
    ],
)
def test_a_text_that_cannot_be_shown_is_named_and_the_figure_left_as_it_was(
    shown, translate, message
):
    figure = curve()
    before = drawn(figure, "f", "en", ENGLISH)
    title = figure.axes[0].set_title(shown)
    with pytest.raises(ExhibitError, match=message):
        drawn(figure, "f", translate.lang, translate)
    title.set_text("")
    assert drawn(figure, "f", "en", ENGLISH) == before


def test_a_tick_without_words_needs_no_translation():
    figure = curve()
    figure.axes[0].yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.1f} %"))
    assert ">0,2 %<" in drawn(figure, "f", "da", DANISH).svg


def test_a_grid_of_seaborn_is_a_drawing(recwarn):
    grid = sns.relplot(x=np.arange(3), y=np.arange(3))
    assert drawn(grid, "f", "en", ENGLISH, mark="assumed").svg.startswith("<svg")
    again = drawn(grid, "f", "en", ENGLISH, mark="assumed")
    assert drawn(grid, "f", "en", ENGLISH, mark="assumed") == again


@pytest.mark.parametrize(("mark", "shown"), [("assumed", "12°"), ("printed", "12"), ("", "12")])
def test_where_all_is_assumed_numbers_say_so(mark, shown):
    ax = curve().axes[0]
    ax.annotate(text("{n}", n=number(12, "count")), (0.5, 0.2), gid=NUMBER)
    assert f">{shown}</text>" in drawn(ax.figure, "f", "en", ENGLISH, mark=mark).svg
