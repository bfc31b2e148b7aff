"""The table of what is compared: its numbers come from the definition, its words from the data."""

import csv
import re
from dataclasses import replace
from string import Formatter

import pytest

from evallib.errors import DataError
from evallib.projects import trial
from evallib.projects.trial import target_trial
from evallib.settings import DATA
from evallib.study.definition import read_definition

RULES = read_definition()


def rows():
    with (DATA / "target_trial.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def named(text):
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def test_every_element_of_a_trial_is_answered_in_its_order():
    told = target_trial(RULES)
    assert list(dict.fromkeys(told["element"])) == [
        "eligibility", "time_zero", "assignment", "follow_up", "outcome", "population", "contrast",
        "missing",
    ]  # fmt: skip
    assert told.groupby("element")["question"].nunique().eq(1).all()
    assert told.groupby("element")["heading"].nunique().eq(1).all()
    for route in (1, 2, 3):
        told = target_trial(RULES, [route]).dropna(subset="route")
        assert set(told["route"]) == {route}
        assert {"time_zero", "assignment", "follow_up"} <= set(told["element"])


def test_both_languages_name_the_same_numbers_and_type_none():
    for row in rows():
        assert sorted(named(row["content_da"])) == sorted(named(row["content_en"]))
        for language in ("da", "en"):
            assert not re.search(r"\d", re.sub(r"{\w+}", "", row[f"content_{language}"]))


def test_pages_are_those_of_the_extract_and_only_what_is_missing_has_none():
    for row in rows():
        pages = [int(page) for page in row["page"].split(";") if page]
        assert all(1 <= page <= RULES.study.extract_pages for page in pages)
        assert bool(pages) == (row["element"] != "missing")


def test_numbers_are_those_of_the_definition():
    told = target_trial(RULES).set_index(["element", "route"])["values"]
    facts = {name: fact for values in told for name, fact in values.items()}
    assert facts["week"] == (8, "number", 0)
    assert facts["year"] == (2017, "year", 0)
    assert facts["observed"] == (2, "months", 0)
    assert facts["hours"] == (1.0, "hours", 0)
    assert facts["horizon1"] == (10, "number", 0)
    assert facts["adult_from"] == (30, "number", 0)
    assert facts["adult_to"] == (49, "number", 0)
    assert facts["adult_months"] == facts["young_months"] == (6, "months", 0)
    assert facts["senior_from"] == (50, "number", 0)
    assert told[("time_zero", 3)] == {"referred3": (RULES.route(3).referred, "text", 0)}
    other = replace(RULES, study=replace(RULES.study, register_last_week="2018-W51"))
    assert target_trial(other).set_index("element").loc["follow_up", "values"].iloc[0] == {
        "week": (51, "number", 0), "year": (2018, "year", 0), "observed": (2, "months", 0),
    }  # fmt: skip


def test_a_number_the_definition_lacks_is_named(monkeypatch):
    told = trial.read("target_trial")
    odd = told.assign(content=told["content"].replace("{referred2}", "From {start2} on"))
    monkeypatch.setattr(trial, "read", lambda _: odd)
    with pytest.raises(DataError, match=r"'From \{start2\} on' names start2; the definition has"):
        target_trial(RULES)
