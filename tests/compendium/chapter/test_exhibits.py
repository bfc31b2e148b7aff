"""Values: what they hold, what they refuse, and how prose asks for them."""

from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from compendium import value
from compendium.chapter import exhibits
from compendium.errors import ExhibitError


def estimate(low, high):
    return SimpleNamespace(value=(low + high) / 2, low=low, high=high, clusters=17, level=0.95)


def test_a_value_takes_all_an_estimate_has(sent):
    made = value("share.route1", estimate(0.346, 0.444), "share", decimals=1)
    assert (made.value, made.low, made.high, made.clusters) == (0.395, 0.346, 0.444, 17)
    assert float(made) == 0.395
    assert sent[0].payload["id"] == "share.route1"
    assert sent[0].text.replace("\xa0", " ") == "share.route1 = 39.5 %"


def test_a_value_shows_itself_as_it_stands_in_prose(sent):
    made = value("share.route1", estimate(0.346, 0.444), "share")
    assert repr(made) == "39.5\xa0%"
    assert repr(made.interval).startswith("95\xa0% confidence interval 34.6–44.4\xa0%")
    assert repr(value("gap", -0.02, "points").size) == "2.0\xa0percentage points"


def test_a_value_is_itself_like_an_estimate(sent):
    made = value("a", estimate(0.1, 0.3), "share")
    assert value("b", made, "share").high == 0.3


def test_a_value_keeps_the_function_that_made_its_estimate(sent):
    made = SimpleNamespace(value=1, low=0, high=2, function="evallib.curves.shares.share")
    value("a", made, "number")
    assert sent[0].payload["function"] == "evallib.curves.shares.share"


def test_the_codebook_says_how_a_value_is_shown(sent):
    assert value("share.all", 0.5).unit == "share"
    with pytest.raises(ExhibitError, match=r"no row in data/codebook\.csv; did you mean `share`"):
        value("shar.all", 0.5)


def test_a_text_is_no_number():
    with pytest.raises(ExhibitError, match=r"`a` is the text “.+”, and no share; give a number"):
        value("a", "0.9", "share")


@pytest.mark.parametrize("name", ["", "a b", "a..b", ".a", "a/b"])
def test_a_bad_id_is_refused(name):
    with pytest.raises(ExhibitError, match="is no id"):
        value(name, 1, "count")


def test_prose_shows_values_and_their_parts_and_nothing_else():
    made = value("n", estimate(1, 3), "number")
    names = {"n": made, "other": 3}
    assert exhibits.inline("n.low", names).part == "low"
    for wrong, message in [
        ("m", "not defined; known names: n"),
        ("other", "not a value or finding"),
        ("n.lov", "did you mean `low`"),
        ("n + 1", "not defined"),
    ]:
        with pytest.raises(ExhibitError, match=message):
            exhibits.inline(wrong, names)


def test_a_notebook_shows_a_result_once_in_the_cell_that_made_it_and_anew_elsewhere():
    made = "from compendium import value\nx = value('a', 3, 'count')\nx"
    cells = list(map(nbformat.v4.new_code_cell, (made, "x", made)))
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook).execute(cwd=Path(__file__).parents[3])
    kinds = [[output.output_type for output in cell.outputs] for cell in cells]
    assert kinds == [["display_data"], ["execute_result"], ["display_data"]]
    assert cells[1].outputs[0].data["text/plain"] == "3"
