"""Values, findings, figures and tables: what they hold, and what they refuse."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from compendium import Column, figure, finding, recorded, table, value
from compendium.chapter import exhibits
from compendium.chapter.payloads import MIME, decision, plain
from compendium.errors import ExhibitError
from compendium.run.executed import values

SENTENCES = {
    key: {"da": f"{key} {{estimate}} {{interval}}", "en": f"{key} {{size}} {{n.low}}"}
    for key in ("higher", "lower", "none", "unclear")
}
BOTH = {"da": "tekst", "en": "text"}


def estimate(low, high):
    return SimpleNamespace(value=(low + high) / 2, low=low, high=high, clusters=17, level=0.95)


@pytest.fixture
def sent(monkeypatch):
    """What the exhibits sent to the notebook."""
    outputs = []
    monkeypatch.setattr(exhibits, "_emit", lambda *given: outputs.append(given))
    return outputs


def test_a_value_takes_all_an_estimate_has(sent):
    made = value("share.route1", estimate(0.346, 0.444), "share", decimals=1)
    assert (made.value, made.low, made.high, made.clusters) == (0.395, 0.346, 0.444, 17)
    assert float(made) == 0.395
    assert sent[0][0]["id"] == "share.route1"


def test_a_value_is_itself_like_an_estimate(sent):
    made = value("a", estimate(0.1, 0.3), "share")
    assert value("b", made, "share").high == 0.3


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.int64(3), 3),
        (np.float64(0.1) + np.float64(0.2), 0.3),
        (pd.Timestamp("2016-11-08"), "2016-11-08"),
        (pd.NaT, None),
        (float("nan"), None),
        (pd.NA, None),
    ],
)
def test_payloads_hold_plain_data_with_twelve_digits(given, kept):
    assert plain(given) == kept
    json.dumps(plain(given))


@pytest.mark.parametrize("name", ["", "a b", "a..b", ".a", "a/b"])
def test_a_bad_id_is_refused(name):
    with pytest.raises(ExhibitError, match="is no id"):
        value(name, 1, "count")


@pytest.mark.parametrize(
    ("low", "high", "decided"),
    [
        (0.06, 0.2, "higher"),
        (0.01, 0.2, "higher"),
        (-0.2, -0.06, "lower"),
        (-0.04, 0.04, "none"),
        (0.01, 0.04, "none"),
        (-0.05, 0.01, "unclear"),
        (-0.2, 0.2, "unclear"),
        (None, None, "unclear"),
    ],
)
def test_the_interval_chooses_the_sentence(low, high, decided):
    assert decision({"low": low, "high": high}, margin=0.05) == decided


def test_a_finding_keeps_the_sentence_that_holds(sent):
    n = value("n", estimate(1, 2), "number")
    made = finding(
        "gap", estimate(0.1, 0.3), margin=0.05, unit="points", text=SENTENCES, values={"n": n}
    )
    assert made.decision == "higher"
    assert made.text == SENTENCES["higher"]
    assert made.payload["values"]["n"]["id"] == "n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({k: v for k, v in SENTENCES.items() if k != "none"}, "needs the sentences"),
        (SENTENCES | {"none": {"da": "kun dansk"}}, "sentence `none` must be"),
        (SENTENCES | {"none": {"da": "", "en": "text"}}, "no text in `da`"),
        (SENTENCES | {"none": {"da": "{lov}", "en": "text"}}, "did you mean `low`"),
        (SENTENCES | {"none": {"da": "{low", "en": "text"}}, "braces do not match"),
    ],
)
def test_every_sentence_is_checked_even_if_it_does_not_hold(text, message):
    n = value("n", 1, "count")
    with pytest.raises(ExhibitError, match=message):
        finding("gap", estimate(1, 2), margin=0, unit="points", text=text, values={"n": n})


def test_a_finding_needs_an_interval():
    with pytest.raises(ExhibitError, match="interval"):
        finding("gap", 0.3, margin=0.05, unit="points", text=SENTENCES)


def draw(lang):
    drawn = Figure(figsize=(3, 2))
    drawn.subplots().set_title({"da": "Måned", "en": "Month"}[lang])
    return drawn


def test_a_figure_is_drawn_once_per_language_with_real_text(sent):
    figure("f", draw, caption=BOTH, alt={"da": "Den stiger.", "en": "It rises."})
    payload, _, more = sent[0]
    assert "Måned" in payload["svg"]["da"]
    assert "Month" in payload["svg"]["en"]
    assert "Open Sans" in payload["svg"]["da"]
    assert more == {"image/svg+xml": payload["svg"]["da"]}


def test_a_figure_gives_the_same_bytes_twice_and_its_ids_are_its_own(sent):
    for name in ("f", "f", "g"):
        figure(name, draw, caption=BOTH, alt={"da": "Den stiger.", "en": "It rises."})
    first, again, other = (payload["svg"]["da"] for payload, *_ in sent)
    assert first == again
    assert 'id="f-da-' in first
    assert 'id="f-da-' not in other
    assert "<metadata>" not in first


def test_a_stand_in_figure_says_so_inside_itself(sent, monkeypatch, tmp_path):
    monkeypatch.setenv("EVALLIB_DATA", str(tmp_path))
    alt = {"da": "Den stiger.", "en": "It rises."}
    figure("f", draw, caption=BOTH, alt=alt)
    (tmp_path / "study.toml").write_text("standin = true\n")
    figure("f", draw, caption=BOTH, alt=alt)
    real, standin = (payload["svg"]["en"] for payload, *_ in sent)
    assert "Stand-in data" in standin
    assert "Stand-in data" not in real


@pytest.mark.parametrize(
    ("alt", "message"),
    [
        ({"da": "", "en": "text"}, "no text in `da`"),
        ({"da": "tekst"}, "must be"),
        (BOTH, "repeats the caption"),
        ({"da": "{n}", "en": "text"}, "has no value"),
    ],
)
def test_a_figure_needs_an_alt_text(alt, message):
    with pytest.raises(ExhibitError, match=message):
        figure("f", draw, caption=BOTH, alt=alt)


def test_draw_must_return_a_figure():
    with pytest.raises(ExhibitError, match="returned a str"):
        figure("f", lambda lang: lang, caption=BOTH, alt={"da": "a", "en": "b"})


def test_a_table_keeps_raw_cells(sent):
    frame = pd.DataFrame(
        {
            "route": [{"da": "Jobklub", "en": "Job club"}],
            "n": [2231],
            "share": [estimate(0.3, 0.5)],
            "day": [pd.Timestamp("2016-11-08")],
        }
    )
    columns = [Column("route", BOTH), Column("n", BOTH, unit="count")]
    columns += [Column("share", BOTH, unit="share"), Column("day", BOTH, unit="date")]
    table("t", frame, caption=BOTH, columns=columns)
    payload, _, more = sent[0]
    row = payload["rows"][0]
    assert row[:2] == [{"da": "Jobklub", "en": "Job club"}, 2231]
    assert (row[2]["value"], row[2]["low"], row[3]) == (0.4, 0.3, "2016-11-08")
    assert [column["head"] for column in payload["columns"]] == [True, False, False, False]
    assert '<th scope="row" class="text">Jobklub</th>' in more["text/html"]
    assert "2.231" in more["text/html"]


def test_a_table_refuses_a_column_the_frame_lacks():
    with pytest.raises(ExhibitError, match="did you mean `share`"):
        table("t", pd.DataFrame({"share": [1]}), caption=BOTH, columns=[Column("shar", BOTH)])


def test_recorded_gives_back_what_another_chapter_recorded(sent, monkeypatch, tmp_path):
    monkeypatch.setenv("COMPENDIUM_OUT", str(tmp_path))
    gap = finding("gap", estimate(0.1, 0.3), margin=0, unit="points", text=sentences())
    cell = {"cell_type": "code", "id": "c1", "outputs": [{"data": {MIME: gap.payload}}]}
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "07.json").write_text(json.dumps(values({"cells": [cell]}, 7)))
    again = recorded("gap")
    assert again == gap
    assert again.payload["chapter"] == 7
    with pytest.raises(ExhibitError, match="did you mean `gap`"):
        recorded("gab")


def sentences():
    return {key: {"da": "{size}", "en": "{size}"} for key in SENTENCES}


def test_two_exhibits_of_a_chapter_cannot_share_an_id():
    payload = {"kind": "value", "id": "n", "unit": "count", "value": 1}
    cell = {"cell_type": "code", "id": "c", "outputs": [{"data": {MIME: payload}}] * 2}
    with pytest.raises(ExhibitError, match="two exhibits have the id `n`"):
        values({"cells": [cell]}, 7)


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
