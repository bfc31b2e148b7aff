"""The second gate: what a chapter shows is held against what may be seen of the exact numbers."""

import pytest

from compendium.disclosure.audit import Audit
from compendium.disclosure.numbers import released
from compendium.disclosure.rules import read_rules

RULES = read_rules()
EXACT = {
    "share.route1.month9": {"value": 41 / 104, "unit": "share", "k": 41, "n": 104},
    "referred.total": {"value": 3630, "unit": "count"},
    "units.total": {"value": 27, "unit": "count"},
    "left": {"value": 12, "unit": "count"},
}


def counts(name):
    return "units" if name.startswith("units") else "people"


COUNT = {"value": 4, "unit": "count"}
SAYS = {"text": "{n}", "values": {"n": COUNT}}
AUDIT = Audit(EXACT, {"left"}, counts, RULES)


def cells(rows, **more):
    return {"kind": "table", "id": "t", "rows": rows} | more


def seen(name):
    return {"kind": "value", "id": name, **released(EXACT[name], counts(name), RULES)}


def test_what_may_be_seen_passes():
    assert not any(AUDIT.fault(seen(name)) for name in EXACT if name != "left")
    records = {
        "kind": "records",
        "id": "share",
        "values": {"referred.total": seen("referred.total")},
    }
    assert not AUDIT.fault(records)
    row = ["Job clubs", seen("referred.total"), {"value": 27, "rule": "units"}, None]
    assert not AUDIT.fault(cells([row], caption="c", columns=[], note=None))


@pytest.mark.parametrize(
    "payload",
    [
        {"kind": "value", "id": "referred.total", "value": 3630, "unit": "count"},
        seen("share.route1.month9") | {"n": 104},
        seen("share.route1.month9") | {"value": 41 / 104},
        {"kind": "value", "id": "left", "value": 9, "unit": "count"},
        {"kind": "value", "id": "never_recorded", "value": 9, "unit": "count"},
        {"kind": "records", "id": "r", "values": {"referred.total": EXACT["referred.total"]}},
        cells([["a", {"value": 4}]]),
        cells([["a", COUNT | {"rule": "rounded"}]]),
        cells([], caption=SAYS),
        {"kind": "figure", "id": "f", "alt": {"items": [SAYS], "joint": " "}},
        {"kind": "figure", "id": "f", "data": {"columns": ["month", "k"], "rows": [[0, 41]]}},
        {"kind": "finding", "id": "units.total", "value": 27, "rule": "units", "text": SAYS},
    ],
)
def test_a_number_that_may_not_be_seen_is_found(payload):
    assert AUDIT.fault(payload)


def test_months_are_places_and_no_numbers():
    data = {"columns": ["month", "estimate"], "rows": [[0, 39 / 105], [1, 39 / 105]]}
    assert not AUDIT.fault({"kind": "figure", "id": "f", "data": data})


def test_what_counts_units_is_not_held_against_people():
    assert not AUDIT.fault({"kind": "figure", "id": "f", "of": "units", "alt": {"value": 4}})
