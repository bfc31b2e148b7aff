"""Every rule is silent on the clean mini project and speaks on a planted fault."""

import json
from itertools import pairwise

import pytest
from mini_project import SOURCE, copied, edit_cell

from compendium.chapter.inline import expressions
from compendium.check import check, definition_names
from compendium.report.prose import READER, pandoc
from compendium.run.notebooks import read_chapters

CLEAN = "Af {eval}`n` personer"


def issues(root):
    return [(issue.rule, issue.cell) for issue in check(read_chapters(root / "notebooks"), root)]


def test_the_clean_project_has_no_issue():
    assert issues(SOURCE) == []


@pytest.mark.parametrize(
    ("rule", "position", "old", "new"),
    [
        ("digit", 3, "Af {eval}`n` personer", "Af {eval}`n` af 250 personer"),
        ("digit", 3, "i 2017", "med 39,5 pct."),
        ("digit", 5, '"da": "Andele"', '"da": "De 3 andele"'),
        ("digit", 2, "Det er uklart", "Det er 3 gange uklart"),
        ("eval", 3, "{eval}`n`", "{eval}`m`"),
        ("eval", 3, "{eval}`first.interval`", "{eval}`first.intervall`"),
        ("reference", 3, "#tab-shares", "#tab-sharing"),
        ("reference", 3, "#tab-shares", "#ch-14"),
        ("twin", 3, "{eval}`gap`", "{eval}`n`"),
        ("title", 3, "# Arbejde", "# Arbejdet"),
        ("language", 5, '"da": "Andele", "en": "Shares"', '"da": "Andele"'),
        ("language", 5, '"en": "Shares"', '"en": ""'),
        ("alt", 5, "    alt={", "    alternative={"),
        (
            "alt",
            5,
            'alt={"da": "Den anden søjle er højest.", "en": "The second bar is the highest."}',
            'alt={"da": "Andele", "en": "Shares"}',
        ),
        ("parameters", 0, "level: float = 0.95", "level = 0.95"),
        ("parameters", 0, "0.95", "1.95"),
        ("id", 5, '"bars"', '"line"'),
        ("id", 1, '"people"', '"twice"'),
    ],
)
def test_each_rule_finds_a_planted_fault(tmp_path, rule, position, old, new):
    root = copied(tmp_path / "mini").root
    edit_cell(root / "notebooks" / "07_work.ipynb", position, lambda text: text.replace(old, new))
    assert rule in {found for found, _ in issues(root)}


def test_a_value_with_a_computed_id_is_no_target_of_references(tmp_path):
    root = copied(tmp_path / "mini").root
    path = root / "notebooks" / "07_work.ipynb"
    edit_cell(path, 1, lambda text: text.replace('"people"', "str(n)"))
    edit_cell(path, 3, lambda text: text.replace("#tab-shares", "#tab-sharing"))
    assert ("reference", "07-cell-04") in issues(root)


def drop(notebook):
    del notebook["cells"][4]


def untag(notebook):
    notebook["cells"][3]["metadata"] = {}


def run(notebook):
    notebook["cells"][1]["execution_count"] = 3


@pytest.mark.parametrize(
    ("rule", "cell", "change"),
    [
        ("twin", "07-cell-04", drop),
        ("twin", "07-cell-04", untag),
        ("source", "07-cell-02", run),
    ],
)
def test_faults_of_cells_are_found(tmp_path, rule, cell, change):
    root = copied(tmp_path / "mini").root
    path = root / "notebooks" / "07_work.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    change(notebook)
    path.write_text(json.dumps(notebook))
    assert (rule, cell) in issues(root)


@pytest.mark.parametrize(
    "text",
    [
        "i 2017 og 2015-2016",
        "(s. 7), side 7-8 og (p. 13)",
        "på Hovedvej 1",
        "som `39` og $x = 39$",
        "[teksten](side-39.html)",
        "## 39 veje",
    ],
)
def test_what_may_hold_a_digit(tmp_path, text):
    root = copied(tmp_path / "mini").root
    path = root / "notebooks" / "07_work.ipynb"
    edit_cell(path, 3, lambda source: f"{source}\n\n{text}")
    assert ("digit", "07-cell-04") not in issues(root)


def test_names_come_from_the_definition_file():
    assert definition_names(SOURCE / "data" / "evaluation.toml") == ["Hovedvej 1", "Route 1"]


@pytest.mark.parametrize(
    "source",
    [
        "Af {eval}`a` og ({eval}`b.low`), **{eval}`c`**",
        "| x | y |\n|---|---|\n| {eval}`a` | `{eval}` |",
        "```\n{eval}`a`\n```\n\n- {eval}`b`",
        "$x$ {eval}`a`[^1]\n\n[^1]: {eval}`b`",
    ],
)
def test_pandoc_and_markdown_it_see_the_same_expressions(source):
    found = []

    def walk(node):
        if isinstance(node, list):
            for before, after in pairwise(node):
                if isinstance(after, dict) and after.get("t") == "Code":
                    text = before.get("c", "") if before.get("t") == "Str" else ""
                    found.extend([after["c"][1]] if text.endswith("{eval}") else [])
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            walk(node.get("c"))

    walk(json.loads(pandoc(source, READER, "json"))["blocks"])
    assert sorted(found) == sorted(expressions(source))
