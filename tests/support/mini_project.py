"""The mini project, copied and built: three chapters and 200 people, for tests of the build.

A build is made once and copied by every test that changes something; nothing is built twice.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from compendium import cli
from compendium.build.build import Outcome, build
from compendium.report.document import About, Document, read_document
from compendium.workspace import Workspace

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "mini"
SHARED = "locale/da/LC_MESSAGES/shared.po"
BUILD = (
    "import pathlib, sys\n"
    "from compendium.build.build import build\n"
    "from compendium.workspace import Workspace\n"
    "build(Workspace(pathlib.Path(sys.argv[1])))\n"
)
RESULTS = ("executed", "notebooks", "values", "report")


def copied(folder: Path) -> Workspace:
    """Copy the sources to a folder that is not there yet."""
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / SHARED, folder / SHARED)  # the words of the interface
    return Workspace(folder)


@cache
def built() -> Workspace:
    """Return a built mini project, for reading only."""
    workspace = copied(Path(tempfile.mkdtemp(prefix="mini-")) / "mini")
    outcomes = run(workspace)
    assert {outcome.state for outcome in outcomes} == {"ran"}, [str(o.error) for o in outcomes]
    return workspace


def rebuilt(folder: Path) -> Workspace:
    """Copy the built mini project, with its results and its memory, for changing."""
    shutil.copytree(built().root, folder)
    return Workspace(folder)


def run(workspace: Workspace, **options: Any) -> list[Outcome]:
    """Build and return what became of each step."""
    return build(workspace, **options)


def states(workspace: Workspace, **options: Any) -> dict[str, str]:
    """Build and return the state of each step."""
    return {outcome.name: outcome.state for outcome in run(workspace, **options)}


def document(workspace: Workspace, lang: str = "en", *, standin: bool = True) -> Document:
    """Return the document of a built workspace's chapters."""
    about = About("A small study", author="Nogen", standin=standin, languages=("da", "en"))
    executed = sorted((workspace.out / "executed").glob("*.ipynb"))
    return read_document(executed, about, lang, workspace.root)


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Change a text file, and make sure something changed."""
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, "utf-8")


def edit_cell(path: Path, cell_id: str, change: Callable[[str], str]) -> None:
    """Change the source of a notebook's cell, and make sure something changed."""
    notebook = json.loads(path.read_text("utf-8"))
    (cell,) = (cell for cell in notebook["cells"] if cell["id"] == cell_id)
    before = "".join(cell["source"])
    cell["source"] = change(before).splitlines(keepends=True)
    assert "".join(cell["source"]) != before
    path.write_text(json.dumps(notebook, ensure_ascii=False), "utf-8")


def command(folder: Path, *arguments: str) -> int:
    """Run the command line on a mini folder."""
    return cli.main(arguments, root=folder)


def results(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for folder in RESULTS
        for path in (out / folder).rglob("[!.]*.*")
        if path.name != "build.html"  # times, which differ
    }
