"""Whatever stops a chapter is told exactly: which cell, which line, and the author's own frames."""

import json
import sys
import tempfile
from dataclasses import replace

import pytest
from mini_project import copied, edit_cell

from compendium.errors import ChapterError
from compendium.run.engine import run_chapter
from compendium.run.notebooks import read_chapters
from compendium.workspace import Workspace


def chapter(workspace, number):
    return next(c for c in read_chapters(workspace.notebooks) if c.number == number)


def failing(tmp_path, cell_id, change, timeout=60):
    """Run chapter 7 with a cell changed and return the failure."""
    workspace = copied(tmp_path / "mini")
    edit_cell(workspace.notebooks / "07_work.ipynb", cell_id, change)
    with pytest.raises(ChapterError) as caught:
        run_chapter(chapter(workspace, 7), replace(workspace, timeout=timeout))
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
    _, failure = failing(tmp_path, "07-code-04", lambda _: "import time\ntime.sleep(600)", 15)
    assert (failure.error, failure.cell) == ("timeout", 4)


def test_a_kernel_that_dies_is_told(tmp_path):
    _, failure = failing(tmp_path, "07-code-04", lambda _: "import os\nos._exit(1)")
    assert (failure.error, failure.cell) == ("dead kernel", 4)


def test_a_cell_that_leaves_the_kernel_is_told_at_its_own_place(tmp_path):
    _, failure = failing(tmp_path, "07-code-03", lambda source: f"{source}\nexit()")
    assert (failure.error, failure.cell) == ("NotebookError", 3)
    assert "take exit(), quit() or sys.exit() out" in failure.message


PERSON = "P-1207-1970"


def on_real_data(tmp_path, code, **options):
    """Fail in chapter 7 on data that do not say they are made up."""
    workspace = copied(tmp_path / "mini")
    (workspace.data / "study.toml").write_text("standin = false\n")
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-04", lambda text: f"{text}\n{code}")
    with pytest.raises(ChapterError) as caught:
        run_chapter(chapter(workspace, 7), replace(workspace, **options))
    kept = (workspace.out / "failed").iterdir()
    return caught.value.failure, "".join(path.read_text("utf-8") for path in kept)


@pytest.mark.parametrize(
    "code",
    [
        "who = 'P-1207' + '-1970'\nraise ValueError(who)",
        "who = 'P-1207' + '-1970'\n{}[who]",
        "who = 'P-1207' + '-1970'\nprint(who)\nassert not who, who",
        "who = 'P-1207' + '-1970'\nclass DataError(Exception):\n    pass\nraise DataError(who)",
    ],
)
def test_on_real_data_a_library_s_error_tells_of_no_person(tmp_path, code):
    failure, kept = on_real_data(tmp_path / "hidden", code)
    assert failure.cell_id == "07-code-04"
    assert failure.message == "a text that may tell of persons; --debug shows it"
    assert PERSON not in str(failure) + kept
    shown, _ = on_real_data(tmp_path / "shown", code, debug=True)
    assert PERSON in shown.message


def test_on_real_data_an_error_of_ours_keeps_its_sentence(tmp_path):
    failure, kept = on_real_data(tmp_path, "value('no id', 1, 'count')")
    assert failure.message.startswith("`no id` is no id: use letters")
    assert '"outputs": []' in kept


ROWS = """import pandas as pd
frame = pd.DataFrame({"person_id": ["P-1207" + "-1970"], "age": [46]})
print(frame, frame.set_index("age")["person_id"], frame.set_index("person_id"))
frame
"""


@pytest.mark.parametrize("made_up", [True, False])
def test_on_real_data_a_frame_of_people_shows_its_shape_alone(tmp_path, made_up):
    workspace = replace(copied(tmp_path / "mini"), draft=True)
    if not made_up:
        (workspace.data / "study.toml").write_text("standin = false\n")
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-04", lambda text: f"{text}\n{ROWS}")
    notebook = run_chapter(chapter(workspace, 7), workspace)
    (cell,) = (cell for cell in notebook["cells"] if cell["id"] == "07-code-04")
    said = str([output for output in cell["outputs"] if "compendium" not in str(output)])
    assert (PERSON in said) is made_up
    assert ("1 rows of people: person_id (str), age (int64)" in said) is not made_up


def test_commands_to_the_terminal_are_left_out(tmp_path):
    code = "raise ValueError('\\x1b]0;title\\x07\\x1b[31mred\\x9b0m \\x1b]8;;x\\x1b\\\\link')"
    _, failure = failing(tmp_path, "07-code-03", lambda _: code)
    assert failure.message == "red link"


def test_a_message_without_end_is_cut(tmp_path):
    _, failure = failing(tmp_path, "07-code-03", lambda _: "raise ValueError('x' * 50_000_000)")
    assert failure.message.startswith("x" * 1_000)
    assert len(failure.message) < 1_100


def test_only_the_kernel_of_the_environment_runs_a_chapter(tmp_path, monkeypatch):
    other = tmp_path / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    argv = ["/bin/false", "{connection_file}"]
    (other / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "other"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    run_chapter(chapter(copied(tmp_path / "mini"), 7), Workspace(tmp_path / "mini"))


@pytest.mark.skipif(sys.platform == "win32", reason="no sockets there")
def test_a_folder_for_temporary_files_may_have_a_long_name(tmp_path, monkeypatch):
    place = tmp_path / ("long" * 30)
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    run_chapter(chapter(copied(tmp_path / "mini"), 7), Workspace(tmp_path / "mini"))
    assert list(place.iterdir()) == []
