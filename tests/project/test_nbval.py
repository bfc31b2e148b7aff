"""The executed chapters a reader gets give the same outputs again, in a tool that is not ours.

nbval runs every code cell in a stock kernel and compares all outputs but bitmaps, of which chapters
have none: what each exhibit records, its text, its table or its figure. Nothing is sanitised.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from compendium.chapter.payloads import MIME
from compendium.project import Project


def nbval(project: Path, folder: Path, *notebooks: Path) -> str:
    """What nbval says in the end about notebooks, run in the environment chapters are run in."""
    # no short summary: where CI is set, pytest's tells each failure a second time
    options = ["-q", "-rN", "-p", "no:cacheprovider", "--nbval"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *notebooks],
        cwd=project / "notebooks",
        env={**Project(project).environment(), "IPYTHONDIR": str(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


def outputs(notebook: dict) -> list[dict]:
    """The contents of all outputs, by mime type."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [output["data"] for cell in code for output in cell["outputs"] if "data" in output]


def test_a_chapter_with_figures_and_one_without_give_the_same_outputs_again(
    project: Path, tmp_path: Path
) -> None:
    executed = project / "outputs" / "notebooks"
    chapters = [executed / "06_company_placements.ipynb", executed / "12_categories.ipynb"]
    notebooks = [json.loads(path.read_text("utf-8")) for path in chapters]
    shown = [{mime for output in outputs(notebook) for mime in output} for notebook in notebooks]
    assert shown[0] == {MIME, "text/plain", "text/html", "image/svg+xml"}
    assert shown[1] == {MIME, "text/plain", "text/html"}
    cells = sum(cell["cell_type"] == "code" for book in notebooks for cell in book["cells"])
    said = nbval(project, tmp_path, *chapters)
    assert re.search(rf"^{cells} passed in", said, re.MULTILINE), said


@pytest.mark.parametrize("mime", [MIME, "image/svg+xml"])
def test_one_other_number_is_seen(project: Path, tmp_path: Path, mime: str) -> None:
    """A recorded value that is one higher; a figure with one digit changed."""
    name = "09_core_elements.ipynb"
    notebook = json.loads((project / "outputs" / "notebooks" / name).read_text("utf-8"))
    changed = next(output for output in outputs(notebook) if mime in output)
    if mime == MIME:
        changed[mime]["value"] += 1
    else:
        lines = changed[mime]
        place = next(i for i, line in enumerate(lines) if re.search(r"<path d=.*[0-8]", line))
        lines[place] = re.sub(r"[0-8]", lambda digit: str(int(digit[0]) + 1), lines[place], count=1)
    (tmp_path / name).write_text(json.dumps(notebook), "utf-8")
    said = nbval(project, tmp_path, tmp_path / name)
    assert said.count(f"mismatch '{mime}'") == 1, said
    assert re.search(r"^1 failed, \d+ passed in", said, re.MULTILINE), said
