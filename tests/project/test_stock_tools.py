"""A chapter is a notebook like any other: papermill and nbconvert run it without this project."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from whole_project import ROOT

CHAPTER = "09_core_elements.ipynb"


def run(project: Path, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment in the folder of the project, as a reader would."""
    program = Path(sysconfig.get_path("scripts"), tool)
    return subprocess.run(
        [program, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_papermill_runs_a_chapter_with_a_parameter(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    done = run(
        project, "papermill", f"notebooks/{CHAPTER}", str(out), "-y", "routes: [1]",
        "--no-progress-bar",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    cells = json.loads(out.read_text("utf-8"))["cells"]
    outputs = [output["data"] for cell in cells for output in cell.get("outputs", ())]
    assert any("image/png" in data for data in outputs)
    assert any("text/html" in data for data in outputs)


def test_a_wrongly_typed_parameter_is_refused_by_the_first_call_it_reaches(
    project: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.ipynb"
    done = run(
        project, "papermill", "notebooks/07_labour_market.ipynb", str(out), "-p", "level", "high",
        "--no-progress-bar",
    )  # fmt: skip
    assert done.returncode != 0
    assert "level" in done.stderr.rstrip().splitlines()[-1]


def test_nbconvert_executes_a_chapter_to_html(project: Path, tmp_path: Path) -> None:
    done = run(
        project, "jupyter-nbconvert", "--to", "html", "--execute", f"notebooks/{CHAPTER}",
        "--output-dir", str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (tmp_path / CHAPTER).with_suffix(".html").read_text("utf-8")
    assert "data:image/png;base64," in page
    assert "Knowledge of the temp industry" in page


@pytest.mark.parametrize("folder", [".", "notebooks"])
def test_the_packages_are_at_hand_wherever_a_notebook_runs(folder: str) -> None:
    script = "import compendium, evallib; print(evallib.load, compendium.figure)"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT / folder, env=environment, check=False
    )
    assert done.returncode == 0
