"""Every verdict from the smallest case that gives it, and the faults a claims file can have."""

import csv
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from compendium.chapter.catalogue import translator
from compendium.chapter.payloads import say
from compendium.chapter.text import message_of
from compendium.claims.claims import COLUMNS, LOST, Claim, ClaimError
from compendium.claims.published import (
    FOLDER,
    LABELS,
    Code,
    as_text,
    read_claims,
    read_contradictions,
    verdict,
    verdicts,
    worth,
)

PUBLISHED = read_claims()
SHARE = Claim(
    id="c001", page=7, section="2", chapter=7, statement_da="Andel", statement_en="Share",
    kind="percent", value="39.5", unit="percent", rounding=0.1, calibrated=True, basis="study",
    route=1, value_id="share.route1.month9", contradicts=(), note_da="", note_en="",
)  # fmt: skip
RISE = replace(SHARE, kind="direction", value="higher", unit="text", value_id="shift.1v2")
ALIKE = replace(RISE, kind="null", value="none")
ORDER = replace(RISE, value_id="referred.route1 vs referred.route3")
DAY = replace(SHARE, kind="date", unit="date", value="2016", value_id="study.intake_last")
WORDS = replace(SHARE, kind="text", value="", unit="text", basis="narrative", value_id="")


def number(value: object, unit: str = "share") -> dict[str, Any]:
    return {"kind": "value", "value": value, "unit": unit}


def found(decision: str) -> dict[str, Any]:
    return {"kind": "finding", "value": 0.05, "unit": "points", "decision": decision}


def code(claim: Claim, *records: Mapping[str, Any], is_standin: bool = True) -> Code:
    values = dict(zip(claim.answers, records, strict=False))
    return verdict(claim, values, is_standin).code


@pytest.mark.parametrize(
    ("claim", "records", "expected"),
    [
        (SHARE, [number(0.395)], "same"),
        (SHARE, [number(0.39548)], "within_rounding"),
        (SHARE, [number(0.3956)], "differs"),
        (DAY, [number("2016", "date")], "same"),
        (DAY, [number("2016-12", "date")], "within_rounding"),
        (DAY, [number("2017-01", "date")], "differs"),
        (RISE, [found("higher")], "agrees"),
        (RISE, [found("unclear")], "compatible"),
        (RISE, [found("lower")], "disagrees"),
        (RISE, [found("none")], "disagrees"),
        (ALIKE, [found("none")], "agrees"),
        (ALIKE, [found("unclear")], "compatible"),
        (ALIKE, [found("higher")], "disagrees"),
        (ORDER, [number(2231, "count"), number(877, "count")], "agrees"),
        (ORDER, [number(877, "count"), number(2231, "count")], "disagrees"),
        (ORDER, [number(877, "count"), number(877, "count")], "disagrees"),
        (replace(SHARE, calibrated=False), [number(0.395)], "not_testable"),
        (replace(SHARE, calibrated=False, basis="definition"), [number(0.395)], "same"),
        (replace(SHARE, value=LOST), [number(0.395)], "not_in_source"),
        (WORDS, [], "qualitative"),
        (SHARE, [], "not_computed"),
        (ORDER, [number(2231, "count")], "not_computed"),
    ],
)
def test_each_verdict(claim: Claim, records: list[Mapping[str, Any]], expected: Code):
    assert code(claim, *records) == expected


def test_the_cases_above_and_contradictions_cover_all_verdicts():
    cases = test_each_verdict.pytestmark[0].args[1]
    assert {case[2] for case in cases} | {"contradicts"} == set(get_args(Code)) == set(LABELS)


def test_real_data_are_tested_whether_calibrated_or_not():
    claim = replace(SHARE, calibrated=False)
    assert code(claim, number(0.395), is_standin=False) == "same"


def test_a_test_is_worth_what_its_number_rests_on():
    typed, lost = replace(SHARE, basis="definition"), replace(SHARE, value=LOST)
    free = replace(SHARE, calibrated=False)
    claims, values = [typed, SHARE, free, lost, WORDS], {SHARE.value_id: number(0.395)}
    made_up, real = (verdicts(claims, values, is_standin) for is_standin in (True, False))
    assert made_up["basis"].tolist() == ["stated", "calibrated", "", "", ""]
    assert worth(made_up) == {"typed_in": 1, "made_to_fit": 1, "independent": 0}
    assert worth(real) == {"typed_in": 1, "made_to_fit": 0, "independent": 2}


@pytest.mark.parametrize(
    ("claim", "records", "expected"),
    [
        (WORDS, [], "contradicts"),
        (replace(SHARE, calibrated=False), [number(0.395)], "contradicts"),
        (SHARE, [number(0.30)], "contradicts"),
        (RISE, [found("lower")], "contradicts"),
        (SHARE, [number(0.395)], "same"),
        (RISE, [found("higher")], "agrees"),
        (RISE, [found("unclear")], "compatible"),
        (SHARE, [], "not_computed"),
        (replace(SHARE, value=LOST), [], "not_in_source"),
    ],
)
def test_a_contradiction_shows_unless_the_claim_is_borne_out(
    claim: Claim, records: list[Mapping[str, Any]], expected: Code
):
    assert code(replace(claim, contradicts=("c002",)), *records) == expected


@pytest.mark.parametrize("computed", [0.3945, 0.3955])
def test_a_tie_is_within_rounding_whichever_way_it_was_rounded(computed: float):
    assert code(SHARE, number(computed)) == "within_rounding"


def test_a_difference_is_in_the_printed_unit():
    made = verdict(SHARE, {SHARE.value_id: number(0.42)}, is_standin=True)
    assert made.computed == 42
    assert made.difference == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("value", "expected", "difference"),
    [(0.346, "within_rounding", 0), (0.37, "within_rounding", 0), (0.401, "differs", 0.6)],
)
def test_a_range_holds_what_lies_in_it(value: float, expected: Code, difference: float):
    claim = replace(SHARE, value="34.6..39.5")
    made = verdict(claim, {claim.value_id: number(value, "points")}, is_standin=True)
    assert made.code == expected
    assert made.difference == pytest.approx(difference)


@pytest.mark.parametrize(
    ("claim", "record", "message"),
    [
        (SHARE, number(120.0, "hours"), "recorded in hours"),
        (SHARE, number("much"), "needs a number"),
        (SHARE, number(None), "needs a number"),
        (RISE, number(0.05, "points"), "recorded as a value"),
    ],
)
def test_an_answer_of_another_kind_is_an_error(claim: Claim, record: dict, message: str):
    with pytest.raises(ClaimError, match=message):
        verdict(claim, {claim.value_id: record}, is_standin=True)


# --- all claims of the source --------------------------------------------------------------------


def bearing_out(claim: Claim) -> dict[str, Any]:
    """The record a chapter would have made if the claim were exactly true."""
    if claim.kind in ("direction", "null"):
        return found(claim.value)
    if claim.kind == "date":
        return number(claim.value, "date")
    if claim.unit in ("percent", "points"):
        return number(claim.limits[0] / 100)
    return number(claim.limits[0], claim.unit)


SINGLE = [c for c in PUBLISHED if c.value != LOST and len(c.answers) == 1]
VALUES = {claim.value_id: bearing_out(claim) for claim in SINGLE}


def test_one_row_per_claim_in_their_order():
    frame = verdicts(PUBLISHED, {}, is_standin=True)
    assert list(frame["id"]) == [claim.id for claim in PUBLISHED]
    assert set(frame["verdict"]) <= set(get_args(Code))
    assert {"page", "published", "computed", "difference", "calibrated", "value_id"} <= {*frame}


@pytest.mark.parametrize("claim", SINGLE, ids=lambda claim: claim.id)
def test_a_claim_is_borne_out_by_what_it_says(claim: Claim):
    made = verdict(claim, {claim.value_id: bearing_out(claim)}, is_standin=False)
    assert made.code in ("same", "within_rounding", "agrees")


def test_scrambled_claims_change_verdicts_and_nothing_that_was_computed():
    scrambled = [
        replace(c, value=str(c.limits[0] + 1)) if c.kind == "count" and c.value != LOST else c
        for c in PUBLISHED
    ]
    before, after = (verdicts(claims, VALUES, is_standin=True) for claims in (PUBLISHED, scrambled))
    moved = before["verdict"] != after["verdict"]
    assert set(before.loc[moved, "verdict"]) == {"same", "within_rounding"}
    assert set(after.loc[moved, "verdict"]) == {"differs", "contradicts"}
    mine = ["id", "computed", "calibrated", "value_id", "statement_da", "statement_en"]
    assert before[mine].equals(after[mine])


def test_claims_say_where_they_come_from_in_both_languages():
    for claim in PUBLISHED:
        assert claim.statement_da != claim.statement_en, claim.id
        assert bool(claim.note_da) == bool(claim.note_en), claim.id
        assert 1 <= claim.chapter <= 12, claim.id
        assert claim.section, claim.id
        assert claim.basis == "study" or not claim.calibrated, claim.id


def test_statements_stand_once():
    counts = Counter((claim.page, claim.statement_da) for claim in PUBLISHED)
    assert [key for key, n in counts.items() if n > 1] == []


def test_a_value_is_recorded_by_one_chapter():
    chapters: dict[str, set[int]] = {}
    for claim in SINGLE:
        chapters.setdefault(claim.value_id, set()).add(claim.chapter)
    assert {name: found for name, found in chapters.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("value", "unit", "da", "en"),
    [
        ("34.6..39.5", "points", "34,6–39,5\xa0procentpoint", "34.6–39.5\xa0percentage points"),
        ("-2..1", "points", "−2 til 1\xa0procentpoint", "−2 to 1\xa0percentage point"),
        (39.4812, "percent", "39,48\xa0pct.", "39.48\xa0%"),
        ("2014-06-18", "date", "18.\xa0juni 2014", "18\xa0June 2014"),
        ("2017-W08", "date", "uge 8 i 2017", "week 8 of 2017"),
        ("2015", "date", "2015", "2015"),
        ("lower", "text", "lavere", "lower"),
    ],
)
def test_a_cell_is_said_in_both_languages(value, unit, da, en):
    said = as_text(value, unit)
    assert said == en
    assert say(message_of(said), {}, translator("da")) == da


def test_a_cell_without_a_value_is_empty_and_every_printed_value_has_a_text():
    assert as_text("", "percent") is as_text(None, "count") is None
    printed = [claim for claim in PUBLISHED if claim.value not in ("", LOST)]
    assert all(as_text(claim.value, claim.unit) for claim in printed)


# --- faults of the files --------------------------------------------------------------------------

Rows = list[dict[str, str]]


def rows_of(name: str) -> Rows:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def reading(tmp_path: Path) -> Callable[[Rows], tuple[Claim, ...]]:
    """Reads claims from rows, beside the true list of value ids."""

    def read(rows: Rows) -> tuple[Claim, ...]:
        folder = tmp_path / "published"
        folder.mkdir()
        (tmp_path / "evaluation.toml").write_text("[study]\nextract_pages = 24\n")
        (folder / "value_ids.csv").write_bytes((FOLDER / "value_ids.csv").read_bytes())
        with (folder / "claims.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return read_claims(folder)

    return read


def changed(claim: Claim, **cells: str) -> Rows:
    """The rows of the file with some cells of one claim replaced."""
    return [row | cells if row["id"] == claim.id else row for row in rows_of("claims.csv")]


COUNT = next(c for c in SINGLE if c.kind == "count" and c.basis == "study")


def test_the_file_as_it_is_can_be_written_and_read_back(reading: Callable):
    assert reading(rows_of("claims.csv")) == PUBLISHED


def test_a_missing_column(reading: Callable):
    rows = [{k: v for k, v in row.items() if k != "page"} for row in rows_of("claims.csv")]
    with pytest.raises(ClaimError, match="no column page; add it"):
        reading(rows)


def test_an_unknown_column(reading: Callable):
    rows = [row | {"pages": "1"} for row in rows_of("claims.csv")]
    with pytest.raises(ClaimError, match="unknown column `pages`; did you mean `page`"):
        reading(rows)


def test_a_row_with_too_few_cells(tmp_path: Path):
    for name, text in (
        ("value_ids.csv", "pattern,unit,meaning\n"),
        ("claims.csv", ",".join(COLUMNS) + "\nc001,7\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ClaimError, match="row c001 does not have 17 cells"):
        read_claims(tmp_path)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(ClaimError, match=r"value_ids.csv is missing; restore it"):
        read_claims(tmp_path)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"id": "c002"}, "c002: the id stands twice"),
        ({"value_id": "refered.route1"}, "`refered.route1` is no value id"),
        ({"value_id": ""}, "no value_id says what answers it"),
        ({"value_id": "ever.all"}, "is a share; that cannot answer a count"),
        ({"value_id": "shift.1v2"}, "is a finding; that cannot answer a count"),
        ({"page": "25"}, "page 25 is not among the available pages 1-24"),
        ({"page": "six"}, "page is 'six'; write a whole number"),
        ({"kind": "guess"}, "kind is 'guess'; write one of number"),
        ({"unit": "kilos"}, "unit is 'kilos'"),
        ({"value": "many"}, "'many' is neither a number nor a range"),
        ({"value": "9..3"}, "out of order"),
        ({"rounding": "fine"}, "rounding is 'fine'; write a number"),
        ({"calibrated": "maybe"}, "calibrated is 'maybe'; write one of yes, no"),
        ({"statement_en": " "}, "the statement lacks a language"),
        ({"basis": "narrative"}, "kind count does not go with basis narrative"),
        ({"contradicts": "c999"}, "it contradicts c999, which does not say so in turn"),
        ({"kind": "null"}, "should be 'none'"),
        ({"kind": "date", "value": "soon"}, "is no date"),
    ],
)
def test_a_fault_is_named_with_its_row(reading: Callable, cells: dict[str, str], message: str):
    with pytest.raises(ClaimError, match=message) as caught:
        reading(changed(COUNT, **cells))
    assert cells.get("id", COUNT.id) in str(caught.value)


def test_all_faults_are_told_at_once(reading: Callable):
    rows = [row | {"page": "0", "calibrated": "perhaps"} for row in rows_of("claims.csv")]
    with pytest.raises(ClaimError, match=f"has {len(rows)} faults"):
        reading(rows)


def test_every_pattern_of_value_ids_is_used_by_a_claim(tmp_path: Path):
    patterns = rows_of("value_ids.csv")
    for row in patterns:
        others = [r for r in patterns if r is not row]
        with (tmp_path / "value_ids.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(row))
            writer.writeheader()
            writer.writerows(others)
        (tmp_path / "claims.csv").write_bytes((FOLDER / "claims.csv").read_bytes())
        with pytest.raises(ClaimError):
            read_claims(tmp_path)


def test_every_contradiction_is_explained_in_both_languages():
    table = read_contradictions(read_claims())
    assert (table[["explanation_da", "explanation_en"]] != "").all(axis=None)
    assert table.loc[table["claims"] == "c025 c031", "pages"].item() == "4"


def test_a_contradiction_without_explanation_is_told(tmp_path):
    claims = read_claims()
    (tmp_path / "contradictions.csv").write_text(
        "claims,kind,explanation_da,explanation_en\nc025 c031,hard,a,b\n", "utf-8"
    )
    with pytest.raises(ClaimError, match="c016 and c147 contradict each other"):
        read_contradictions(claims, tmp_path)


def test_a_contradiction_is_hard_or_one_of_wording(tmp_path):
    assert set(read_contradictions(read_claims())["kind"]) == {"hard", "wording"}
    (tmp_path / "contradictions.csv").write_text(
        "claims,kind,explanation_da,explanation_en\nc025 c031,hrad,a,b\n", "utf-8"
    )
    with pytest.raises(ClaimError, match="unknown kind `hrad`; did you mean `hard`"):
        read_contradictions(read_claims(), tmp_path)
