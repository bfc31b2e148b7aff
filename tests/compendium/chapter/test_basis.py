"""Every number knows what it rests on; what nobody printed or defined is assumed."""

from types import SimpleNamespace

import pandas as pd
import pytest

from compendium import fact, record, table, value
from compendium.chapter.basis import basis_of
from compendium.chapter.catalogue import Translator
from compendium.chapter.codebook import codebook
from compendium.chapter.formatting import is_assumed
from compendium.chapter.payloads import shown
from compendium.chapter.tables import legend_of, to_html, to_typst

DANISH = Translator("da")
SHIFT = SimpleNamespace(value=0.395, low=0.2, high=0.5, clusters=17, level=0.95)


@pytest.mark.parametrize(
    ("value_id", "number", "basis"),
    [
        ("rule.yellow_from", 0.1, "stated"),
        ("units.route1", 17, "stated"),
        ("units.analysed", 27, "stated"),
        ("placements.usual_weeks", 4, "stated"),
        ("placements.completed", 300, "assumed"),
        ("referred.route1", 2231, "calibrated"),
        ("referred.route1", 2230, "assumed"),  # not what is printed, so not the printed number
        ("referred.route2", 522, "assumed"),
        ("counted.register.route1", 2231, "calibrated"),
        ("counts_gap.route1", 38, "calibrated"),  # of two printed numbers
        ("referred_shortfall.route1", -0.17, "calibrated"),
        ("started_shortfall.route1", -0.17, "assumed"),  # the weakest of its parts
        ("shift.route1.month9", 0.395, "calibrated"),
        ("shift.route3.month9", 0.37, "assumed"),  # the source gives a range
        ("never_heard_of", 1, "assumed"),
    ],
)
@pytest.mark.usefixtures("made_up")
def test_on_made_up_data_a_number_is_as_sure_as_its_weakest_part(value_id, number, basis):
    assert basis_of(value_id, number) == basis


@pytest.mark.parametrize("number", [2231, 2230])
def test_on_a_register_what_is_no_definition_is_measured(number):
    assert basis_of("referred.route1", number) == "measured"
    assert basis_of("counts_gap.route1", number) == "measured"
    assert basis_of("rule.yellow_from", 0.1) == "stated"


def test_a_made_up_study_that_lists_nothing_is_assumed(register):
    register.mkdir()
    (register / "study.toml").write_text("standin = true\n")
    assert basis_of("referred.route1", 2231) == "assumed"


def test_what_a_quantity_is_made_of_is_known_and_leads_to_an_end():
    known = codebook()

    def parts(name: str, above: tuple[str, ...] = ()) -> None:
        assert name not in above, f"{name} is made of itself"
        row = name
        while row not in known:
            row = row.rpartition(".")[0]
            assert row, f"{name}, of which {above[-1]} is made, has no row"
        for part in known[row].basis.split() if known[row].basis != "stated" else ():
            parts(part, (*above, name))

    for name in known:
        parts(name)


@pytest.mark.usefixtures("made_up")
def test_prose_signs_what_is_assumed_and_the_interval_of_what_is_not(sent):
    referred = value("referred.route1", 2231)
    assert shown(referred.payload, DANISH) == "2.231"
    assert shown(value("referred.route2", 522).payload, DANISH) == "522°"
    shift = value("shift.route1.month9", SHIFT, "points")
    assert shown(shift.payload, DANISH).endswith("procentpoint")
    for part in ("low", "high", "interval", "n"):
        assert is_assumed(shift.payload, part)
    assert not is_assumed(shift.payload, "clusters")
    assert "20.0–50.0\xa0percentage points°; 17" in shift.interval
    assert not is_assumed(value("prior.industry.group", "Trade", "text").payload)
    texts = dict.fromkeys(("higher", "lower", "equal"), "{estimate} of {all}")
    said = fact("gap.route2", 3, "count", values={"all": referred}, **texts)
    assert repr(said) == "3° of 2,231"


def test_on_a_register_prose_has_no_sign(sent):
    assert shown(value("referred.route2", 522).payload, DANISH) == "522"
    assert repr(fact("gap", 3, "count", higher="{estimate}", lower="-", equal="-")) == "3"


@pytest.mark.usefixtures("made_up")
def test_a_recorded_frame_says_which_of_its_points_are_printed(sent):
    points = pd.DataFrame({"group": [1, 1, 2], "month": [8, 9, 9], "shift": [0.3, 0.395, 0.346]})
    back = record("shift.route{group}.month{month}", points, "points", column="shift")
    assert back["printed"].tolist() == [False, True, False]
    recorded = sent[0].payload["values"]
    assert [point["basis"] for point in recorded.values()] == ["assumed", "calibrated", "assumed"]
    assert "printed" not in points


def of(sent, frame, **options):
    """The payload of a table of a frame."""
    table("t", frame, caption="What it is", **options)
    return sent[-1].payload


SIGN = '<span class="sign">°</span>'
REFERRED = pd.DataFrame({"short": ["Job clubs", "Other"], "referred": [2231, 522]}, index=[1, 2])


@pytest.mark.usefixtures("made_up")
def test_a_table_that_holds_both_signs_one_and_has_the_legend(sent):
    payload = of(sent, REFERRED, ids={"referred": "referred.route{index}"})
    assert [row[1]["basis"] for row in payload["rows"]] == ["calibrated", "assumed"]
    shown = to_html(payload, Translator(), "")
    assert '<td class="num" title="printed in the report or computed' in shown
    assert (
        f'<td class="num assumed" title="assumed for the stand-in edition">522{SIGN}</td>' in shown
    )
    typeset = to_typst(payload, Translator()).replace("\\", "")
    assert '["2,231", "", false]' in typeset
    assert '["522°", "", true]' in typeset
    assert legend_of(payload, "en").startswith("° assumed for the stand-in edition; the other")
    assert legend_of(payload, "da").startswith("° antaget til den illustrative udgave; de øvrige")


@pytest.mark.parametrize(
    ("frame", "options", "legend"),
    [
        (REFERRED, {}, "° What the table shows"),
        (REFERRED, {"basis": "stated"}, ""),
        (REFERRED[["short"]], {}, ""),
        (REFERRED[["short"]], {"basis": "assumed"}, "° What the table shows"),
        (REFERRED.assign(units=17)[["short", "units"]], {}, ""),
        (REFERRED.assign(units=17), {}, "° assumed for the stand-in edition; the other"),
        (REFERRED.iloc[:1], {"ids": {"referred": "referred.route{index}"}}, "The numbers are the"),
        (REFERRED.assign(units=[3.5, 4.5]), {"units": {"units": "hours"}}, "° What the table"),
        (REFERRED.assign(referred=None), {}, ""),
    ],
)
@pytest.mark.usefixtures("made_up")
def test_the_legend_says_what_is_true_of_the_table(sent, frame, options, legend):
    said = legend_of(of(sent, frame, **options), "en")
    assert said.startswith(legend)
    assert bool(said) == bool(legend)


@pytest.mark.usefixtures("made_up")
def test_a_printed_number_with_an_interval_needs_the_legend_too(sent):
    frame = pd.DataFrame({"short": ["Job clubs"], "shift": [SHIFT]}, index=[1])
    payload = of(sent, frame, ids={"shift": "shift.route{index}.month9"})
    interval = f'<small class="interval">20.0–50.0{SIGN}</small>'
    assert f"39.5<br>{interval}" in to_html(payload, Translator(), "")
    assert legend_of(payload, "en").startswith("° assumed")


def test_on_a_register_a_table_has_neither_sign_nor_legend(sent):
    payload = of(sent, REFERRED, ids={"referred": "referred.route{index}"})
    shown = to_html(payload, Translator(), "")
    assert legend_of(payload, "en") == ""
    assert "assumed" not in shown
    assert "title" not in shown
    assert "°" not in shown
