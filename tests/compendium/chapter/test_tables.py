"""Tables as HTML and as Typst: cells escaped, translated and formatted."""

import json
import re
from typing import Any

from compendium.chapter.catalogue import Translator
from compendium.chapter.payloads import Payload
from compendium.chapter.tables import note_of, row_groups, to_html, to_typst

ENGLISH = Translator()
DANISH = Translator("da", {"Name": "Navn", "north": "nord", "{n} people": "{n} personer"})
PEOPLE = {"text": "{n} people", "values": {"n": {"value": 1234, "unit": "count"}}}
TABLE = {
    "caption": "{n} people",
    "values": {"n": {"value": 2231, "unit": "count"}},
    "columns": [
        {"label": "Name", "unit": "name", "decimals": None, "head": True},
        {"label": "Part", "unit": "text", "decimals": None, "head": False},
        {"label": "Share", "unit": "share", "decimals": 1, "head": False},
    ],
    "rows": [
        ['<b>"north"</b>', "north", {"value": 0.4, "low": 0.3, "high": 0.5}],
        ["{n}", PEOPLE, None],
        ["y", {"id": "part", "value": "north"}, {"value": 0.1}],
    ],
    "groups": None,
    "note": None,
}


def typst_data(table: Payload) -> Any:
    """What the call of `report-table` hands over: a JSON text in a string of Typst."""
    written = re.fullmatch(r"report-table\(json\(bytes\((.*)\)\)\)", to_typst(table, DANISH))
    assert written
    return json.loads(json.loads(written[1]))


def test_cells_are_escaped_and_intervals_stand_under_their_estimate() -> None:
    shown = to_html(TABLE, ENGLISH, "caption")
    assert "<caption>caption</caption>" in shown
    assert '<th scope="row" class="text">&lt;b&gt;&quot;north&quot;&lt;/b&gt;</th>' in shown
    assert '40.0<br><small class="interval">30.0–50.0</small>' in shown
    assert '<td class="num">–</td>' in shown
    data = typst_data(TABLE)
    assert data["heads"][2] == ["Share", "pct.", "num"]
    assert data["groups"][0][1][0] == [
        ['<b>"north"</b>', "", False], ["nord", "", False], ["40,0", "30,0–50,0", False],
    ]  # fmt: skip


def test_a_cell_may_have_a_unit_of_its_own() -> None:
    columns = [{"label": "Gap", "unit": "number", "decimals": None, "head": False}]
    cells = [{"value": 0.041, "unit": "points"}, {"value": 2.34, "unit": "hours", "decimals": 0}]
    table = {**TABLE, "columns": columns, "rows": [[cell] for cell in cells]}
    shown = to_html(table, DANISH, "caption")
    assert [text in shown for text in (">4,1<", ">2<", "0,041")] == [True, True, False]


def test_texts_are_translated_and_names_are_not() -> None:
    shown = to_html(TABLE, DANISH, "")
    assert '<th scope="col" class="text">Navn</th>' in shown
    assert shown.count(">nord<") == 2
    assert "1.234 personer" in shown
    assert ">{n}<" in shown


def test_groups_are_headings_of_their_rows() -> None:
    grouped = TABLE | {"groups": ["north", "north", PEOPLE]}
    assert [(key, len(rows)) for key, rows in row_groups(grouped)] == [("north", 2), (PEOPLE, 1)]
    shown = to_html(grouped, DANISH, "")
    assert '<th colspan="3" scope="rowgroup" class="text">nord</th>' in shown
    groups = typst_data(grouped)["groups"]
    assert [(label, len(rows)) for label, rows in groups] == [("nord", 2), ("1.234 personer", 1)]


def test_in_jupyter_caption_and_note_stand_with_the_table_and_texts_to_the_left() -> None:
    shown = to_html(TABLE | {"note": "A <note>.", "clusters": [4, 17]}, ENGLISH)
    assert "<caption>2,231 people</caption>" in shown
    assert '<th scope="row" style="text-align: left">y</th>' in shown
    assert shown.endswith(
        "<p><small>Note: A &lt;note&gt;. The confidence intervals rest on 4–17 units.</small></p>"
    )


def test_a_note_may_be_missing_or_tell_of_clusters_alone() -> None:
    assert note_of(TABLE, ENGLISH) == ""
    told = note_of(TABLE | {"clusters": [3]}, ENGLISH)
    assert told == "The confidence intervals rest on 3 units."
