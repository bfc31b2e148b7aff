"""Whatever stops a chapter is told exactly: which cell, which line, and the author's own frames."""

import json
from dataclasses import replace

import pytest
from mini_project import copied, edit_cell

from compendium.errors import ChapterError
from compendium.run.engine import run_chapter
from compendium.run.notebooks import read_chapters


def chapter(workspace, number):
    return next(c for c in read_chapters(workspace.notebooks) if c.number == number)


def failing(tmp_path, cell_id, change):
    """Run chapter 7 with a cell changed and return the failure."""
    workspace = copied(tmp_path / "mini")
    edit_cell(workspace.notebooks / "07_work.ipynb", cell_id, change)
    with pytest.raises(ChapterError) as caught:
        run_chapter(chapter(workspace, 7), replace(workspace, timeout=5))
    return workspace, caught.value.failure


def test_a_failing_cell_is_told_by_chapter_cell_line_and_own_frames(tmp_path):
    workspace, failure = failing(
        tmp_path,
        "07-code-03",
        lambda source: source.replace("share(rows, level)", "share([], level)"),
    )
    assert (failure.chapter, failure.notebook) == (7, "notebooks/07_work.ipynb")
    assert (failure.cell, failure.cell_id, failure.error) == (3, "07-code-03", "ZeroDivisionError")
    marked = next(line for line in failure.source.splitlines() if line.startswith("->"))
    assert "share([], level)" in marked
    assert "minilib/stats.py, line" in failure.traceback
    assert "site-packages" not in failure.traceback
    assert (workspace.root / failure.kept).is_file()
    assert failure.kept in str(failure)
    assert not (workspace.out / "values" / "07.json").exists()
    told = json.loads((workspace.root / failure.kept).with_suffix(".json").read_text("utf-8"))
    assert (told["chapter"], told["cell_id"]) == (7, "07-code-03")


def test_a_failing_inline_value_keeps_its_cause(tmp_path):
    _, failure = failing(
        tmp_path, "07-text-02", lambda source: source.replace("{eval}`n`", "{eval}`m`", 1)
    )
    assert failure.error == "inline value"
    assert "`m` is not defined" in failure.message
    assert failure.cell_id == "07-text-02"
    assert "{eval}`m`" in next(x for x in failure.source.splitlines() if x.startswith("->"))


def test_an_endless_cell_is_stopped(tmp_path):
    _, failure = failing(tmp_path, "07-code-04", lambda _: "import time\ntime.sleep(600)")
    assert (failure.error, failure.cell) == ("timeout", 4)


def test_a_kernel_that_dies_is_told(tmp_path):
    _, failure = failing(tmp_path, "07-code-04", lambda _: "import os\nos._exit(1)")
    assert (failure.error, failure.cell) == ("dead kernel", 4)


def test_a_cell_that_leaves_the_kernel_is_told_at_its_own_place(tmp_path):
    _, failure = failing(tmp_path, "07-code-03", lambda source: f"{source}\nexit()")
    assert (failure.error, failure.cell) == ("NotebookError", 3)
    assert "take exit(), quit() or sys.exit() out" in failure.message
