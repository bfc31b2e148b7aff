"""The mini project, copied and built: three chapters and 200 people, for tests of the build.

A build is made once and copied by every test that changes something; nothing is built twice.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from compendium import cli
from compendium.build.build import Step, build
from compendium.project import Project
from compendium.report.document import About, Document, read_document

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "mini"
BUILD = (
    "import pathlib, sys\n"
    "from compendium.build.build import build\n"
    "from compendium.project import Project\n"
    "root = pathlib.Path(sys.argv[1])\n"
    "project = Project(root, root / 'data' / 'tiny', validator='minilib.people:validate')\n"
    "build(project)\n"
)
RESULTS = ("notebooks", "values", "report")
TITLE = {"da": "Et lille studie", "en": "A small study"}


def mini(folder: Path, **choices: Any) -> Project:
    """Return the project of a copied mini folder."""
    return Project(
        root=folder,
        data_dir=folder / "data" / "tiny",
        validator="minilib.people:validate",
        **choices,
    )


def copied(folder: Path) -> Project:
    """Copy the sources to a folder that is not there yet."""
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return mini(folder)


@cache
def built() -> Project:
    """Return a built mini project, for reading only."""
    project = copied(Path(tempfile.mkdtemp(prefix="mini-")) / "mini")
    assert {step.state for step in run(project)} == {"ran"}
    return project


def rebuilt(folder: Path) -> Project:
    """Copy the built mini project, with its results and its memory, for changing."""
    shutil.copytree(built().root, folder)
    return mini(folder)


def run(project: Project, **options: Any) -> list[Step]:
    """Build and return the steps."""
    return build(project, **options)


def states(project: Project, **options: Any) -> dict[str, str]:
    """Build and return what became of each step."""
    return {step.name: step.state for step in run(project, **options)}


def document(project: Project, *, standin: bool = True) -> Document:
    """Return the document of a built project's chapters."""
    about = About(TITLE, author="Nogen", standin=standin, languages=("da", "en"))
    return read_document(sorted((project.out / "notebooks").glob("*.ipynb")), about)


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Change a text file, and make sure something changed."""
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, "utf-8")


def edit_cell(path: Path, position: int, change: Callable[[str], str]) -> None:
    """Change the source of a notebook's cell."""
    notebook = json.loads(path.read_text("utf-8"))
    source = "".join(notebook["cells"][position]["source"])
    notebook["cells"][position]["source"] = change(source).splitlines(keepends=True)
    assert "".join(notebook["cells"][position]["source"]) != source
    path.write_text(json.dumps(notebook, ensure_ascii=False), "utf-8")


def command(folder: Path, monkeypatch: Any, *arguments: str) -> int:
    """Run the command line on a mini folder, with the mini project's own data check."""
    made = cli.project_of

    def project_of(options: Any, root: Path) -> Project:
        given = made(options, root)
        data = given.data_dir or folder / "data" / "tiny"
        return replace(given, data_dir=data, validator="minilib.people:validate")

    monkeypatch.setattr(cli, "project_of", project_of)
    return cli.main(arguments, root=folder)


def results(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for folder in RESULTS
        for path in (out / folder).rglob("[!.]*.*")
    }
