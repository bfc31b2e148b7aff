"""The mutation table: one change of one input in a built project, and exactly what runs again.

A chapter whose notebook comes out the same wakes nobody; one whose values come out the same wakes
the reports alone, and of these only those in whose language something changed.
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
REPORTS = {"report da html", "report da pdf", "report en html", "report en pdf"}
CHAPTERS = {"chapter 1", "chapter 2", "chapter 7"}
ALL = {"data check", *CHAPTERS, *REPORTS}
WORK, OTHER, STATS = "notebooks/07_work.ipynb", "minilib/other.py", "minilib/stats.py"


def swap(name, old, new):
    """A change of a text file."""
    return lambda root: edit(root / name, lambda text: text.replace(old, new, 1))


def cell(position, old, new):
    """A change of a cell of chapter 7."""
    return lambda root: edit_cell(root / WORK, position, lambda text: text.replace(old, new, 1))


def metadata(root):
    notebook = json.loads((root / WORK).read_text("utf-8"))
    notebook["metadata"]["compendium"]["title"]["en"] = "Jobs"
    (root / WORK).write_text(json.dumps(notebook), "utf-8")


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
    (root / "data" / "tiny" / "more.csv").write_text("x\n")


def damaged_notebook(root):
    (root / "outputs" / "notebooks" / "07_work.ipynb").write_text("{", "utf-8")


def unrelated(root):
    (root / "minilib" / "unused.py").write_text("x = 1\n")
    (root / "README.md").write_text("new")


def damaged_values(root):
    (root / "outputs" / "values" / "07.json").write_text("{}")


def lost_pdf(root):
    (root / "outputs" / "report" / "en" / "report.pdf").unlink()


def lost_memory(root):
    shutil.rmtree(root / "outputs" / ".build")


def declared(root):
    """A table that is not there: no input is new, and yet the chapter may see other data."""
    notebook = json.loads((root / WORK).read_text("utf-8"))
    notebook["metadata"]["compendium"]["tables"].append("more")
    (root / WORK).write_text(json.dumps(notebook), "utf-8")


TABLE = {
    "nothing": (lambda _: None, set()),
    "a file's time alone": (touched, set()),
    "an unrelated file": (unrelated, set()),
    "Danish prose": (
        cell(3, "Af", "Ud af"),
        {"chapter 7", "report da html", "report da pdf"},
    ),
    "a title": (metadata, {"chapter 7", *REPORTS}),
    "code, same result": (
        cell(1, "people = load()", "people = [*load()]"),
        {"chapter 7", *REPORTS},
    ),
    "code, other result": (
        cell(1, "people = load()", "people = load()[10:]"),
        {"chapter 7", "chapter 2", *REPORTS},
    ),
    "the tables it declares": (declared, {"chapter 7", *REPORTS}),
    "a parameter's default": (
        cell(0, "level: float = 0.95", "level: float = 0.9"),
        {"chapter 7", "chapter 2", *REPORTS},
    ),
    "a module, same result": (swap(STATS, "1.96 * sqrt", "+1.96 * sqrt"), {"chapter 7"}),
    "a module, other result": (
        swap(STATS, "1.96", "2.5"),
        {"chapter 7", "chapter 2", *REPORTS},
    ),
    "a module of chapter 1": (
        swap(OTHER, "FACTOR = 2", "FACTOR = 3"),
        {"chapter 1", "chapter 2", *REPORTS},
    ),
    "an edit that keeps time and size": (same_time_and_size, {"chapter 1", "chapter 2", *REPORTS}),
    "a package in front of a module": (new_module_in_front, {"chapter 1", "chapter 2", *REPORTS}),
    "a table, a row changed": (
        swap("data/tiny/people.csv", ",1\n", ",0\n"),
        {"data check", "chapter 7", "chapter 2", *REPORTS},
    ),
    "a table nobody declares": (new_table, {"data check"}),
    "a file a module reads": (
        swap("data/evaluation.toml", "Nogen", "En anden"),
        {"data check", "chapter 7", *REPORTS},
    ),
    "the lock": (swap("requirements.lock", "#", "# new"), {"data check", *CHAPTERS, *REPORTS}),
    "a damaged result": (damaged_values, {"chapter 7"}),
    "a damaged notebook": (damaged_notebook, {"chapter 7"}),
    "a lost report": (lost_pdf, {"report en pdf"}),
    "the build's memory lost": (lost_memory, ALL),
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
    "the engine": ("compendium/run/engine.py", {*CHAPTERS}),
    "an exhibit module": ("compendium/chapter/payloads.py", {*CHAPTERS, *REPORTS}),
    "the HTML renderer": ("compendium/report/html.py", {"report da html", "report en html"}),
    "the PDF template": ("compendium/report/report.typ", {"report da pdf", "report en pdf"}),
    "the command line": ("compendium/cli.py", set()),
}


@pytest.fixture(scope="module")
def compendium(tmp_path_factory):
    """A copy of the package that builds the mini project in a folder of its own."""
    folder = tmp_path_factory.mktemp("compendium")
    for name in ("compendium", "evallib", "data"):  # with what its modules say they read
        without = shutil.ignore_patterns("__pycache__", "standin")
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    for name in ("run_all.py", "pyproject.toml"):  # the crate names both
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
        "from compendium.project import Project\n"
        f"root = pathlib.Path({str(project.root)!r})\n"
        "project = Project(root, root / 'data' / 'tiny', validator='minilib.people:validate')\n"
        "print(json.dumps([step.name for step in build(project) if step.state == 'ran']))\n"
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
