"""The mutation table: one change of one input in a built project, and exactly what runs again.

A chapter that comes out the same wakes no other; one whose values come out the same wakes notebooks
and reports alone. A changed input of the computations wakes the reports: their colophon names all
of them by one hash. A translation wakes those of its language alone, unless a figure shows it.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mini_project import built, edit, edit_cell, rebuilt, states

from compendium.build.build import plan

ROOT = Path(__file__).parents[3]
DANISH = {"notebooks da", "report da html", "report da pdf"}
READERS = {*DANISH, "notebooks en", "report en html", "report en pdf"}
METHODS = {"methods da", "methods en"}
REPORTS = {name for name in READERS if name.startswith("report")}
CHAPTERS = {"chapter 1", "chapter 2", "chapter 7"}
CHECK = "prose check"
WORK, OTHER, STATS = "notebooks/07_work.ipynb", "minilib/other.py", "minilib/stats.py"
CATALOGUES = "locale/da/LC_MESSAGES"


def swap(name, old, new):
    """A change of a text file."""
    return lambda root: edit(root / name, lambda text: text.replace(old, new, 1))


def cell(cell_id, old, new):
    """A change of a cell of chapter 7."""
    return lambda root: edit_cell(root / WORK, cell_id, lambda text: text.replace(old, new, 1))


def metadata(root):
    notebook = json.loads((root / WORK).read_text("utf-8"))
    notebook["metadata"]["compendium"]["title"] = "Jobs"
    (root / WORK).write_text(json.dumps(notebook), "utf-8")
    cell("07-text-01", "# Work", "# Jobs")(root)
    for text in ('"Work"', '"# Work"'):
        swap(f"{CATALOGUES}/07_work.po", f"msgid {text}", f"msgid {text.replace('Work', 'Jobs')}")(
            root
        )


def same_time_and_size(root):
    before = (root / OTHER).stat()
    swap(OTHER, "FACTOR = 2", "FACTOR = 5")(root)
    os.utime(root / OTHER, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (root / OTHER).stat().st_size == before.st_size


def touched(root):
    os.utime(root / OTHER)


def new_module_in_front(root):
    """A package takes the place of a module: no file changed, yet the import means another."""
    (root / "minilib" / "other").mkdir()
    (root / "minilib" / "other" / "__init__.py").write_text("FACTOR = 3\n")


def new_table(root):
    (root / "data" / "standin" / "more.csv").write_text("x\n")


def damaged_notebook(root):
    (root / "outputs" / "executed" / "07_work.ipynb").write_text("{", "utf-8")


def unrelated(root):
    (root / "minilib" / "unused.py").write_text("x = 1\n")
    (root / "README.md").write_text("new")


def damaged_values(root):
    (root / "outputs" / "values" / "07.json").write_text("{}")


def lost_pdf(root):
    (root / "outputs" / "report" / "en" / "report.pdf").unlink()


def declared(root):
    """A table that is not there: no input is new, and yet the chapter may see other data."""
    notebook = json.loads((root / WORK).read_text("utf-8"))
    notebook["metadata"]["compendium"]["tables"].append("more")
    (root / WORK).write_text(json.dumps(notebook), "utf-8")


TABLE = {
    "nothing": (lambda _: None, set()),
    "a file's time alone": (touched, set()),
    "an unrelated file": (unrelated, set()),
    "prose": (cell("07-text-02", "## Results\n", "## Results\n\n"), {CHECK, "chapter 7", *READERS}),
    "a Danish sentence": (
        swap(f"{CATALOGUES}/07_work.po", "personer på", "folk på"),
        {CHECK, *DANISH},
    ),
    "a Danish text in a figure": (
        swap(f"{CATALOGUES}/07_work.po", "I arbejde", "I job"),
        {CHECK, "chapter 7", *READERS},
    ),
    "a Danish word of the interface": (
        swap(f"{CATALOGUES}/shared.po", "Indhold", "Oversigt"),
        {CHECK, *CHAPTERS, *DANISH, "methods da"},
    ),
    "the codebook": (
        swap("data/codebook.csv", "Hovedvej", "Vej"),
        {"data check", CHECK, *CHAPTERS, *DANISH, *REPORTS},
    ),
    "a title": (metadata, {CHECK, "chapter 7", *READERS}),
    "code, same result": (
        cell("07-code-03", "people = load()", "people = [*load()]"),
        {CHECK, "chapter 7", *READERS},
    ),
    "code, other result": (
        cell("07-code-03", "people = load()", "people = load()[10:]"),
        {CHECK, "chapter 7", "chapter 2", *READERS},
    ),
    "the tables it declares": (declared, {CHECK, "chapter 7", *READERS}),
    "a parameter's default": (
        cell("07-code-01", "level: float = 0.95", "level: float = 0.9"),
        {CHECK, "chapter 7", "chapter 2", *READERS},
    ),
    "a module, same result": (
        swap(STATS, "1.96 * sqrt", "+1.96 * sqrt"),
        {"chapter 7", *REPORTS},
    ),
    "a module, other result": (
        swap(STATS, "1.96", "2.5"),
        {"chapter 7", "chapter 2", *READERS},
    ),
    "a module of chapter 1": (
        swap(OTHER, "FACTOR = 2", "FACTOR = 3"),
        {"chapter 1", "chapter 2", *READERS},
    ),
    "an edit that keeps time and size": (same_time_and_size, {"chapter 1", "chapter 2", *READERS}),
    "a package in front of a module": (new_module_in_front, {"chapter 1", "chapter 2", *READERS}),
    "a table, a row changed": (
        swap("data/standin/people.csv", ",1\n", ",0\n"),
        {"data check", "chapter 7", "chapter 2", *READERS},
    ),
    "a file beside the tables": (new_table, set()),
    "a definition": (
        swap("data/evaluation.toml", "Nogen", "En anden"),
        {"data check", CHECK, *CHAPTERS, *READERS, *METHODS},
    ),
    "the lock": (
        swap("requirements.lock", "#", "# new"),
        {"data check", CHECK, *CHAPTERS, *READERS, *METHODS},
    ),
    "a damaged result": (damaged_values, {"chapter 7"}),
    "a damaged notebook": (damaged_notebook, {"chapter 7"}),
    "a lost report": (lost_pdf, {"report en pdf"}),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_change_runs_exactly_what_it_reaches_as_the_plan_said(tmp_path, name):
    change, expected = TABLE[name]
    project = rebuilt(tmp_path / "mini")
    change(project.root)
    planned = {step.name: step.state for step in plan(project)}
    assert {step for step, state in states(project).items() if state == "ran"} == expected
    assert {step for step, state in planned.items() if state == "runs"} <= expected
    assert {step for step, state in planned.items() if state != "unchanged"} >= expected
    assert set(states(project).values()) == {"unchanged"}


ENGINE = {
    "the engine": ("compendium/run/engine.py", {*CHAPTERS, *REPORTS}),
    "an exhibit module": ("compendium/chapter/payloads.py", {*CHAPTERS, *READERS, *METHODS}),
    "the editions": ("compendium/report/editions.py", {"notebooks da", "notebooks en"}),
    "the HTML renderer": (
        "compendium/report/html.py",
        {"report da html", "report en html", "notebooks da", "notebooks en", *METHODS},
    ),
    "the PDF template": ("compendium/report/report.typ", {"report da pdf", "report en pdf"}),
    "the data's contract": (
        "evallib/study/contract.py",
        {
            "data check",
            CHECK,
            *CHAPTERS,
            *READERS,
            *METHODS,
        },  # evallib's functions stand beside numbers
    ),
    "the command line": ("compendium/cli.py", set()),
}


@pytest.fixture(scope="module")
def compendium(tmp_path_factory):
    """A copy of the package that builds the mini project in a folder of its own."""
    folder = tmp_path_factory.mktemp("compendium")
    for name in ("compendium", "evallib", "data", "locale"):
        without = shutil.ignore_patterns("__pycache__", "standin")
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    for name in ("run_all.py", "pyproject.toml", "CITATION.cff"):  # crate and colophon name them
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.mark.parametrize("name", ENGINE)
def test_a_change_of_the_engine_runs_what_rests_on_it(tmp_path, compendium, name):
    changed, expected = ENGINE[name]
    project = rebuilt(tmp_path / "mini")
    comment = "// new" if changed.endswith(".typ") else "# new"
    whole = (compendium / changed).read_text("utf-8")
    (compendium / changed).write_text(f"{whole}\n{comment}\n", "utf-8")
    script = (
        "import json, pathlib\n"
        "from compendium.build.build import build\n"
        "from compendium.workspace import Workspace\n"
        f"workspace = Workspace(pathlib.Path({str(project.root)!r}))\n"
        "print(json.dumps([step.name for step in build(workspace) if step.state == 'ran']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={**os.environ, "PYTHONPATH": str(compendium)},
        capture_output=True,
        text=True,
        check=True,
    )
    (compendium / changed).write_text(whole, "utf-8")
    assert set(json.loads(done.stdout.splitlines()[-1])) == expected


def test_the_table_starts_from_a_finished_build():
    assert set(states(built()).values()) == {"unchanged"}
