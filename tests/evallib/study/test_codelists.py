"""The tables the edition brings along: how they are read, and that they fit what reads them."""

import csv
from itertools import pairwise

import numpy as np
import pytest

from evallib.errors import DataError
from evallib.settings import DATA
from evallib.study import contract
from evallib.study.codelists import NONE, UNKNOWN, read, read_codelist
from evallib.study.definition import read_definition


def test_texts_come_in_english(tmp_path):
    table = "id,text_da,text_en,page\na,Ja,Yes,7\nnone,Nej,No,\n"
    (tmp_path / "x.csv").write_text(table, encoding="utf-8")
    frame = read("x", tmp_path)
    assert list(frame.columns) == ["id", "text", "page"]
    assert frame["text"].tolist() == ["Yes", "No"]
    assert frame["id"].tolist() == ["a", "none"]  # a code, not a missing value
    assert frame["page"].isna().tolist() == [False, True]


def test_a_wrong_name_is_told_the_right_ones():
    with pytest.raises(DataError, match=r"'interview' .* codelists/elements, .*interviews"):
        read("interview")


def test_interviews_cover_every_route_with_every_kind():
    frame = read("interviews")
    routes = [route.number for route in read_definition().routes]
    own = frame.dropna(subset="route")
    pairs = set(zip(own["route"].astype(int), own["kind"], strict=True))
    assert pairs >= {(route, kind) for route in routes for kind in ("driver", "barrier", "lever")}
    assert set(frame["kind"]) <= {"driver", "barrier", "lever", "change"}
    assert frame["page"].between(1, read_definition().study.extract_pages).all()
    assert not frame.duplicated(["route", "text"]).any()


def test_interviews_have_the_rows_of_the_reports_tables_on_their_pages():
    frame = read("interviews")
    pages = {1: 9, 2: 10, 3: 12}  # tables 1-3
    of_tables = frame[frame["page"] == frame["route"].map(pages)]
    counts = of_tables.groupby(["route", "kind"]).size().unstack()[["driver", "barrier", "lever"]]
    assert counts.to_numpy().tolist() == [[5, 4, 3], [4, 5, 5], [2, 4, 3]]
    relations = frame[frame["text"].str.contains("ersonal relations")]
    assert len(relations) == 2
    assert set(relations["kind"]) == {"lever"}


def test_the_sources_are_those_the_definition_counts():
    frame = read("sources")
    assert len(frame) == read_definition().fieldwork.sources
    assert frame["id"].is_unique
    assert set(frame["kind"]) == {"qualitative", "quantitative"}


def test_every_municipality_has_a_place_inside_the_outline():
    places, outline = read("geo/seats").set_index("municipality"), read("geo/denmark")
    named = {name for unit in read_definition().units for name in unit.municipalities}
    assert set(places.index) == named
    for axis in ("lon", "lat"):
        assert places[axis].between(outline[axis].min(), outline[axis].max()).all()


def test_rings_of_the_outline_are_closed():
    ends = read("geo/denmark").groupby("ring")[["lon", "lat"]]
    assert ends.first().equals(ends.last())


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def codes(category: str) -> set[str]:
    return {r["code"] for r in rows("codelists/categories.csv") if r["category"] == category}


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
    tables = contract.TABLES
    assert codes("gender") == set(tables["participants"]["gender"].codes)
    assert codes("indicator") == set(tables["milestones"]["indicator"].codes)
    assert codes("fidelity") == set(tables["fidelity"]["level"].codes)
    answers = set(tables["survey"]["satisfaction"].codes)
    assert codes("satisfaction") == codes("usefulness") == answers
    levels = tuple(r["code"] for r in rows("codelists/education.csv"))
    assert (
        levels == tables["participants"]["education"].codes == tables["survey"]["education"].codes
    )
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
        ("codelists/readings.csv", ("assumption", "reading")),
        ("codelists/specifications.csv", ("dimension", "option")),
        ("target_trial.csv", ("element", "route")),
        ("assumptions.csv", ("id",)),
    ],
)
def test_keys_are_unique_and_no_label_is_empty(name: str, key: tuple[str, ...]):
    table = rows(name)
    keys = [tuple(row[part] for part in key) for row in table]
    assert len(set(keys)) == len(keys)
    optional = {"from", "to"} | ({"route", "page"} if name == "target_trial.csv" else set())
    assert all(value for row in table for column, value in row.items() if column not in optional)


def test_code_list_of_the_repository():
    benefits = read_codelist()
    codes = np.array([0, 111, 651, 890, 999, 433, -1, 5000])
    assert [benefits.groups[i] for i in benefits.group(codes)] == [
        "none", "unemployment_benefit", "education", "sickness_benefit", "left_register",
        "unknown", "unknown", "unknown",
    ]  # fmt: skip
