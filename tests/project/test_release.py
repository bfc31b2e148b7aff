"""The study built for release: what an attacker gets out of it, by each way out."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from whole_project import build

from compendium.chapter.gate import counts_of
from compendium.chapter.payloads import MIME
from compendium.disclosure.attacker import attack
from compendium.disclosure.linked import Cells, declared
from compendium.disclosure.rounding import class_of
from compendium.disclosure.rules import read_rules

RULES = read_rules()


@pytest.fixture(scope="session")
def released(project) -> Path:
    """The folder of a build for release, its exact numbers beside it."""
    done = build(project, "--release", "--lang", "da")
    assert done.returncode == 0, done.stderr
    return project / "outputs" / ".release"


def values(folder: Path) -> dict:
    files = [*sorted((folder / "values").glob("[0-9][0-9].json")), folder / "verdicts.json"]
    return {k: v for file in files for k, v in json.loads(file.read_text())["values"].items()}


def notebooks(folder: Path) -> list:
    return [json.loads(path.read_text()) for path in sorted((folder / "executed").glob("*.ipynb"))]


def payloads(folder: Path) -> list:
    outputs = [o for nb in notebooks(folder) for c in nb["cells"] for o in c.get("outputs", ())]
    return [output["data"][MIME] for output in outputs]


def test_no_small_count_can_be_derived(released):
    """All that was shown and every declared sum, in the hands of one who knows the rules."""
    exact, seen = values(released / "exact"), values(released / "seen")
    hidden = {name for name, payload in seen.items() if payload.get("hidden")}
    cells = Cells.of(exact, counts_of)
    known = {
        name: class_of(count, RULES)
        for name, count in cells.counts.items()
        if name.removesuffix(".people") not in hidden and name not in cells.rests
    }
    sums = [*cells.sums, *declared(cells.counts)]
    found = attack(known, cells.counts.keys() - known.keys(), sums)
    small = [name for name, count in cells.counts.items() if RULES.is_small(count)]
    assert small
    assert min(found[name].spread for name in small) >= RULES.spread


def test_twelve_digits_of_a_share_no_longer_give_its_count(released):
    exact, seen = values(released / "exact"), values(released / "seen")
    shares = [n for n, p in exact.items() if p.get("k") is not None and counts_of(n) == "people"]
    assert len(shares) > 200
    for name in shares:
        told = seen[name]
        if told.get("hidden"):
            continue
        low, high = class_of(exact[name]["k"], RULES)
        assert told["n"] * told["value"] == pytest.approx((low + high) // 2, abs=1e-6)
        assert high - low >= RULES.spread


def test_every_number_of_people_says_by_which_rule_it_leaves(released):
    for name, payload in values(released / "seen").items():
        if payload["unit"] in ("text", "name") or payload.get("decision") == "mixed":
            continue
        assert payload.get("rule") or payload.get("hidden"), name


def test_a_drawing_tells_the_released_numbers_and_no_others(released):
    """Its curve, read back from the SVG, lies on the released numbers and off the exact ones."""
    exact, seen = values(released / "exact"), values(released / "seen")
    drawing = next(p for p in payloads(released / "seen") if p["id"] == "shares")["svg"]["da"]
    lines = [
        [tuple(map(float, pair)) for pair in re.findall(r"[ML] ?([\d.]+) ([\d.]+)", path)]
        for path in re.findall(r'<path d="([^"]+)"[^>]*style="[^"]*fill:none', drawing)
    ]
    months = [name for name in seen if name.startswith("share.route1.month")]
    curve = next(line for line in lines if len(line) == len(months))
    heights = np.array([y for _, y in curve])

    def misfit(numbers):
        told = np.array([numbers[f"share.route1.month{m}"]["value"] for m in range(len(months))])
        design = np.column_stack([told, np.ones_like(told)])
        fitted = design @ np.linalg.lstsq(design, heights)[0]
        return float(np.abs(fitted - heights).max())

    assert misfit(seen) < 0.02 < 2 * 0.02 < misfit(exact)


def test_a_notebook_holds_exhibits_and_nothing_else(released):
    for notebook in notebooks(released / "seen"):
        for cell in notebook["cells"]:
            assert cell["metadata"].keys() <= {"tags", "user_expressions"}
            for output in cell.get("outputs", ()):
                assert MIME in output["data"]


def test_verdicts_are_those_of_the_exact_numbers(released):
    one, other = (
        list(csv.DictReader((released / part / "verdicts.csv").read_text().splitlines()))
        for part in ("exact", "seen")
    )
    assert [row["verdict"] for row in one] == [row["verdict"] for row in other]
    assert [row["computed"] for row in one] != [row["computed"] for row in other]


def test_what_was_left_out_is_said(released):
    page = (released / "seen" / "report" / "da" / "report.html").read_text()
    assert "så ingen kan genkendes" in page
