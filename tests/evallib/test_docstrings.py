"""What each public function says of itself: enough to check a number without reading its code."""

import inspect
import re
from pathlib import Path

import pandas as pd
import pytest

from compendium.report.cells import public
from compendium.report.methods import WORK, parsed, works
from evallib.inference import contrast

ROOT = Path(__file__).parents[2]
FUNCTIONS = public()
NO_ESTIMATES = {  # they make or count rows, or read files
    "risk_set", "fixed_cohort", "sustained", "states", "read_analyses", "Number",
    "proportion", "proportions", "direction", "side_by_side", "participation", "traffic_lights",
    "three_counts", "fidelity_matrix", "catalogue", "choices", "approaches", "share_with_any",
    "element_matrix", "cross", "with_approaches", "column_of", "scores", "target_trial",
}  # fmt: skip
NO_SOURCE = {"column_of", "side_by_side", "by_group", "last_record"}  # they follow nobody's method
FILE = re.compile(r"`((?:data|tests)/[\w./]+)`")
ASSUMPTIONS = {*pd.read_csv(ROOT / "data" / "assumptions.csv")["id"]}

each = pytest.mark.parametrize("name", FUNCTIONS)


def sections(function) -> dict[str, list]:
    """The parts of a docstring by kind."""
    found: dict[str, list] = {}
    for part in parsed(function).meta:
        found.setdefault(part.args[0], []).append(part)
    return found


def text(parts: list) -> str:
    return " ".join(part.description or "" for part in parts)


def estimates(name: str) -> bool:
    room, short = name.split(".")[1], name.rpartition(".")[2]
    return room not in ("study", "cohort") and short not in NO_ESTIMATES


@each
def test_every_parameter_is_explained(name):
    told = [p.args[1] for p in sections(FUNCTIONS[name]).get("param", [])]
    documented = [one for names in told for one in names.split(", ")]
    assert sorted(documented) == sorted(inspect.signature(FUNCTIONS[name]).parameters)


@each
def test_what_comes_back_is_told_with_an_example(name):
    function, found = FUNCTIONS[name], sections(FUNCTIONS[name])
    assert text(found["returns"]), "what it returns"
    assert ">>> " in text(found["examples"])
    if "raise " in inspect.getsource(function):
        assert found["raises"]


@each
def test_sources_are_named_and_exist(name):
    if name.rpartition(".")[2] in NO_SOURCE:
        return
    told = text(sections(FUNCTIONS[name])["references"])
    assert told
    for author, year in WORK.findall(told):
        assert (author, year) in works(), f"{author} ({year})"
    for file in FILE.findall(told):
        assert (ROOT / file).is_file(), file
    if "assumptions.csv" in told:
        named = re.findall(r"`([a-z_]+)`", told.partition("assumptions.csv")[2].partition(";")[0])
        assert {*named} <= ASSUMPTIONS


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if estimates(name)])
def test_an_estimator_has_its_formula_and_its_assumptions(name):
    notes = text(sections(FUNCTIONS[name])["notes"])
    assert re.search(r"\$[^$]+\$", notes), "a formula"
    assert re.search(r"\bAssumes\b", notes)


def test_the_lists_of_exceptions_name_functions():
    short = {name.rpartition(".")[2] for name in FUNCTIONS}
    assert short >= NO_ESTIMATES | NO_SOURCE
    assert estimates(f"{contrast.__module__}.{contrast.__name__}")
