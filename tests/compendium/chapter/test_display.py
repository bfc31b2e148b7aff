"""Tables and figures: what they keep, and what they refuse."""

import json
import shutil
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure

from compendium import figure, number, table, text, value
from compendium.chapter.catalogue import ROOT
from compendium.chapter.drawing import PRINTED
from compendium.errors import ExhibitError
from evallib.errors import VARIABLE
from evallib.settings import settings

FRAME = pd.DataFrame(
    {
        "route": ["Job clubs"],
        "n": [2231],
        "share": [SimpleNamespace(value=0.4, low=0.3, high=0.5, clusters=17, level=0.95)],
        "day": [pd.Timestamp("2016-11-08")],
    }
)

CATALOGUE = r"""msgid ""
msgstr ""
"Language: da\n"
"Content-Type: text/plain; charset=utf-8\n"

msgid "Month"
msgstr "Måned"
"""


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Settings of a build in both languages; more can be said."""
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "codebook.csv", tmp_path / "data")

    def with_settings(**more):
        given = {"languages": ["da", "en"], "root": str(tmp_path), "data": str(tmp_path)} | more
        (tmp_path / "settings.json").write_text(json.dumps(given))
        monkeypatch.setenv(VARIABLE, str(tmp_path / "settings.json"))
        settings.cache_clear()
        return tmp_path

    yield with_settings
    monkeypatch.undo()
    settings.cache_clear()


def test_a_table_keeps_raw_cells_and_asks_the_codebook(sent):
    table("t", FRAME, caption="What it is", labels={"day": "Day"}, units={"day": "date"})
    payload, html = sent[0].payload, sent[0].more["text/html"]
    row = payload["rows"][0]
    assert row[:2] == ["Job clubs", 2231]
    assert (row[2]["value"], row[2]["low"], row[3]) == (0.4, 0.3, "2016-11-08")
    assert [c["label"] for c in payload["columns"]] == ["Route", "Participants", "Share", "Day"]
    assert [c["head"] for c in payload["columns"]] == [True, False, False, False]
    assert '<th scope="row"' in html
    assert "2,231" in html


def test_recorded_numbers_keep_their_units_in_a_column_of_several(sent):
    gaps = [value("share.gap", 0.041, "points"), value("hours.gap", 2.3, "hours", decimals=0)]
    frame = FRAME.loc[[0, 0]].assign(gap=gaps)
    table("t", frame, columns=["route", "gap"], labels={"gap": "Gap"}, units={"gap": "number"},
          caption="What it is")  # fmt: skip
    cells = [row[1] for row in sent[-1].payload["rows"]]
    assert [(cell["unit"], cell["decimals"]) for cell in cells] == [("points", None), ("hours", 0)]
    table("t", frame, columns=["route", "gap"], labels={"gap": "Gap"}, units={"gap": "points"},
          caption="What it is")  # fmt: skip
    assert "unit" not in sent[-1].payload["rows"][0][1]


def test_a_call_says_what_differs_in_its_table(sent):
    frame = FRAME.rename(columns={"n": 1})
    table(
        "t", frame, columns=["route", 1, "share"], labels={1: "One", "share": "Part"}, unit="count",
        decimals={"share": 0}, caption="What it is",
    )  # fmt: skip
    columns = sent[0].payload["columns"]
    assert [(c["label"], c["unit"], c["decimals"]) for c in columns[1:]] == [
        ("One", "count", None),
        ("Part", "share", 0),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["shar"]}, "no column `shar`; did you mean `share`"),
        ({"columns": ["day"]}, r"column `day` has no row in data/codebook\.csv"),
        ({"columns": ["day"], "labels": {"day": "Day"}}, "column `day` has no row"),
        ({"columns": ["route"], "units": {"route": "texts"}}, "unknown unit `texts`"),
        ({"columns": ["route"], "caption": "{n}"}, "has no value"),
    ],
)
def test_what_a_table_cannot_show_is_told(options, message):
    with pytest.raises(ExhibitError, match=message):
        table("t", FRAME, **({"caption": "What it is"} | options))


def test_a_cell_without_danish_stops_a_build_and_names_itself(sent, build):
    build()
    frame = pd.DataFrame({"route": ["Somewhere else"]})
    with pytest.raises(ExhibitError, match="“Somewhere else” has no translation to da"):
        table("t", frame, caption="What it is")
    table("t", frame, caption="What it is", units={"route": "name"})
    build(untranslated=True)
    table("t", frame, caption="What it is")


def test_the_payload_says_how_many_units_stand_behind_the_intervals(sent):
    table("t", FRAME[["route", "share"]], caption="What it is")
    table("t", FRAME.assign(units=17)[["route", "share", "units"]], caption="What it is")
    first, second = (output.payload for output in sent)
    assert first["clusters"] == [17]
    assert "clusters" not in second


def test_intervals_of_people_as_units_do_not_count_among_them(sent):
    single = SimpleNamespace(value=0.4, low=0.3, high=0.5, clusters=900, n=900, level=0.95)
    few = SimpleNamespace(**vars(single) | {"clusters": 5})
    for share in ([single], [single, few]):
        frame = pd.DataFrame({"route": ["Job clubs"] * len(share), "share": share})
        table("t", frame, caption="What it is")
    assert [output.payload.get("clusters") for output in sent] == [[], [5]]


def drawn(title="Month"):
    made = Figure(figsize=(3, 2))
    made.subplots().set_title(title)
    return made


def test_a_figure_outside_a_build_is_english_with_its_alt_text_in_the_metadata(sent):
    figure("f", drawn(), caption="A curve", alt="It rises.")
    (output,) = sent
    assert set(output.payload["svg"]) == {"en"}
    assert output.more == {
        "image/svg+xml": output.payload["svg"]["en"],
        "image/png": output.payload["png"]["en"],
    }
    assert output.metadata == {"image/png": {"alt": "It rises."}}


def test_axes_will_do_and_pyplot_forgets_the_figure(sent):
    _, axes = plt.subplots()
    figure("f", axes, caption="A curve", alt="It rises.")
    assert plt.get_fignums() == []


def test_a_build_draws_both_languages_from_one_drawing(sent, build):
    folder = build(chapter="07_one") / "locale" / "da" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "07_one.po").write_text(CATALOGUE, "utf-8")
    figure("f", drawn(), caption="A curve", alt="It rises.")
    svg = sent[0].payload["svg"]
    assert "Måned" in svg["da"]
    assert "Month" in svg["en"]


def marked():
    """A drawing in which a point is marked as printed."""
    made = drawn()
    made.axes[0].plot([1], [1], "o", label=PRINTED)
    return made


@pytest.mark.parametrize(
    ("drawing", "options", "stamp", "alt"),
    [
        (drawn, {}, "Stand-in data: ° assumed", "is assumed for the stand-in edition."),
        (marked, {}, "filled: printed in the report", "but for the filled marks"),
        (drawn, {"basis": "calibrated"}, "made to fit the report", "were made to fit it."),
    ],
)
@pytest.mark.usefixtures("made_up")
def test_a_figure_of_made_up_data_says_what_of_it_is(sent, drawing, options, stamp, alt):
    figure("f", drawing(), caption="A curve", alt="It rises.", **options)
    assert stamp in sent[0].payload["svg"]["en"]
    said = sent[0].metadata["image/png"]["alt"]
    assert said.startswith("It rises. ")
    assert alt in said


@pytest.mark.usefixtures("made_up")
def test_a_drawing_of_the_source_has_no_stamp(sent):
    figure("f", drawn(), caption="A map", alt="It lies there.", basis="stated")
    (output,) = sent
    assert "tand-in" not in output.payload["svg"]["en"]
    assert output.metadata == {"image/png": {"alt": "It lies there."}}


def test_a_figure_of_a_register_has_no_stamp(sent):
    figure("f", marked(), caption="A curve", alt="It rises.", basis="calibrated")
    (output,) = sent
    assert output.payload["basis"] == "measured"
    assert "tand-in" not in output.payload["svg"]["en"]
    assert output.metadata == {"image/png": {"alt": "It rises."}}


@pytest.mark.parametrize(
    ("drawing", "alt", "message"),
    [
        (drawn(), "", "alt text of figure `f` must be a text"),
        (drawn(), "A curve", "repeats the caption"),
        (drawn(), "{n}", "has no value"),
        ("a picture", "It rises.", "given a str"),
        (lambda lang: lang, "It rises.", "given a str"),
        (drawn("17 units"), "It rises.", "“17 units” has a digit that nobody computed"),
    ],
)
def test_what_a_figure_cannot_show_is_told(sent, drawing, alt, message):
    with pytest.raises(ExhibitError, match=message):
        figure("f", drawing, caption="A curve", alt=alt)


def test_a_number_in_a_drawing_is_made_by_text(sent):
    figure("f", drawn(text("{n} units", n=number(17, "count"))), caption="A curve", alt="It rises.")
    assert "17 units" in sent[0].payload["svg"]["en"]
