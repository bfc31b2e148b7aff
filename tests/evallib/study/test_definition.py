"""The definition file is read strictly; code lists and assumptions fit what reads them."""

import csv
import re
from itertools import pairwise
from pathlib import Path

import pytest

from evallib.errors import DataError
from evallib.study import contract
from evallib.study.benefits import NONE, UNKNOWN, read_codelist
from evallib.study.definition import DEFAULT, read_definition

DATA = DEFAULT.parent


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def codes(category: str) -> set[str]:
    return {r["code"] for r in rows("codelists/categories.csv") if r["category"] == category}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("horizon = 10 ", "", r"the key routes\[0\].horizon is missing; add it"),
        ("horizon = 10 ", "horizont = 10 ", r"the key routes\[0\].horizon is missing"),
        ("[margins]", "[margins]\nweight = 1.0", r"the key margins.weight is unknown"),
        ("horizon = 10 ", 'horizon = "ten" ', r"'routes\[0\].horizon' is 'ten'; write int"),
        ("horizon = 10 ", "horizon = true ", r"'routes\[0\].horizon' is True; write int"),
        (
            'missing_week = "counted"',
            'missing_week = "ignored"',
            "'rules.missing_week' is 'ignored'",
        ),
        ('missing_week = "counted"', "", "do not name the same: missing_week"),
        ('"Gentofte", "Faxe"', '"Gentofte", "Faxxe"', "do not name the same units: Faxe, Faxxe"),
        ("number = 2", "number = 1", "a route stands twice"),
        ('"2015-12" ', '"2017-12" ', "lies after"),
        ("yellow_from = 0.10", "yellow_from = 0.30", "yellow_from <= red_above"),
        ("[study]", "[study", "not readable as TOML"),
        (
            'label.da = "Unge med uddannelse"\nlabel.en = "The young with an education"',
            'label = "Unge"',
            r"'target_groups\[0\].label' is 'Unge'; write a table",
        ),
    ],
)
def test_a_fault_of_the_definition_names_its_key(tmp_path: Path, old: str, new: str, message: str):
    text = DEFAULT.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "evaluation.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        read_definition(path)
    assert str(caught.value).startswith("evaluation.toml") or "TOML" in message


def test_a_missing_definition_says_what_to_do(tmp_path: Path):
    with pytest.raises(DataError, match=r"no definition file gone.toml; restore it to data"):
        read_definition(tmp_path / "gone.toml")


def test_an_unknown_route_is_an_error():
    with pytest.raises(DataError, match="no route 4; the definition has routes 1, 2, 3"):
        read_definition().route(4)


def test_a_light_needs_something_to_fall_short_of():
    with pytest.raises(DataError, match="expected number is 0"):
        read_definition().traffic_light.light(3, 0)


def test_the_rules_are_those_of_the_contract_with_their_severity():
    assert read_definition().rules == {name: rule.severity for name, rule in contract.RULES.items()}


def test_full_time_is_37_hours_a_week():
    assert read_definition().study.full_time_hours == round(37 * 52 / 12, 2)


def test_target_groups_cover_every_age_once():
    groups = read_definition().target_groups
    assert all(a.age_to + 1 == b.age_from for a, b in pairwise(groups))


# --- code lists ----------------------------------------------------------------------------------


def test_every_benefit_code_has_one_group_and_every_group_a_label():
    spans = sorted((int(r["code_from"]), int(r["code_to"])) for r in rows("codelists/benefits.csv"))
    assert all(first <= last for first, last in spans)
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    labels = [r["group"] for r in rows("codelists/benefit_groups.csv")]
    assert labels == list(read_codelist().groups), "the order decides ties between benefits"
    assert {NONE, UNKNOWN} <= set(labels)


def test_unverified_benefit_codes_are_marked():
    marks = {r["confidence"] for r in rows("codelists/benefits.csv")}
    assert marks == {"verified", "recalled_high", "recalled_medium", "recalled_low"}


def test_industries_do_not_overlap_and_temp_agencies_stand_alone():
    spans = [(r["code_from"], r["code_to"], r["group"]) for r in rows("codelists/industries.csv")]
    assert all(len(first) == len(last) == 2 for first, last, _ in spans)
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    assert [s for s in spans if s[2] == "temp_agencies"] == [("78", "78", "temp_agencies")]


def test_code_lists_hold_the_codes_of_the_contract():
    assert codes("gender") == set(contract.GENDER)
    assert codes("indicator") == set(contract.INDICATORS)
    assert codes("fidelity") == set(contract.FIDELITY)
    assert codes("satisfaction") == codes("usefulness") == set(contract.SCALE)
    assert tuple(r["code"] for r in rows("codelists/education.csv")) == contract.EDUCATION
    items = [r["item"] for r in rows("codelists/survey_items.csv")]
    columns = [column.name for column in contract.TABLES["survey"].columns]
    assert items == [name for name in columns if name in items]
    assert len(items) == 5


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("codelists/elements.csv", ("route", "element", "approach")),
        ("codelists/requirements.csv", ("route", "requirement")),
        ("codelists/categories.csv", ("category", "code")),
        ("codelists/benefit_groups.csv", ("group",)),
        ("assumptions.csv", ("id",)),
    ],
)
def test_keys_are_unique_and_no_label_is_empty(name: str, key: tuple[str, ...]):
    table = rows(name)
    keys = [tuple(row[part] for part in key) for row in table]
    assert len(set(keys)) == len(keys)
    optional = {"from", "to"}
    assert all(value for row in table for column, value in row.items() if column not in optional)


def test_the_definition_points_to_assumptions_that_exist():
    named = re.findall(r"assumption (\w+)", DEFAULT.read_text(encoding="utf-8"))
    assert named
    assert set(named) <= {row["id"] for row in rows("assumptions.csv")}
