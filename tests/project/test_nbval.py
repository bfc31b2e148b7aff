"""The English chapters a reader gets give the same outputs again, in a tool that is not ours.

nbval runs every code cell in a stock kernel, without the build's settings, and compares all outputs
but bitmaps: what each exhibit records, its text, its table, its drawing. Nothing is sanitised. That
one other letter is seen is shown in tests/compendium/report/test_editions.py.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from compendium.chapter.payloads import MIME
from compendium.workspace import Workspace

SHOWN = {
    "value": {"text/plain"},
    "records": {"text/plain"},
    "finding": {"text/plain"},
    "table": {"text/plain", "text/html"},
    "figure": {"text/plain", "image/svg+xml", "image/png"},
}


def code(notebook: Path) -> list[dict]:
    """The code cells of a notebook."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_all_english_chapters_give_the_same_outputs_again(project: Path, tmp_path: Path) -> None:
    chapters = sorted((project / "outputs" / "notebooks" / "en").glob("*.ipynb"))
    assert len(chapters) >= 14
    cells = [cell for chapter in chapters for cell in code(chapter)]
    seen = set()
    for data in (output["data"] for cell in cells for output in cell["outputs"]):
        if MIME in data:
            seen.add(data[MIME]["kind"])
            formatted = set(data) - {MIME, "text/markdown"}  # a finding may be shown as a sentence
            assert formatted == SHOWN[data[MIME]["kind"]]
    assert seen == set(SHOWN)
    # no short summary: where CI is set, pytest's tells each failure a second time
    options = ["-q", "-rN", "-p", "no:cacheprovider", "--nbval"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *chapters],
        cwd=project / "notebooks",
        env={**Workspace(project).environment(), "IPYTHONDIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout + done.stderr
    assert re.search(rf"^{len(cells)} passed in", said, re.MULTILINE), said
