"""Only a chapter that ran to its end, and showed what our calls made, becomes part of a report."""

import json
from dataclasses import replace

import pytest
from mini_project import copied, edit_cell

from compendium.errors import ChapterError
from compendium.run.engine import run_chapter
from compendium.run.notebooks import read_chapters

MIME = "application/vnd.compendium.exhibit+json"
DISPLAY = "from IPython.display import display\ndisplay({'MIME': PAYLOAD}, raw=True)"
GOOD = {"kind": "value", "id": "forged", "value": 99, "unit": "count", "basis": "stated"}
COPIED = """
from IPython.utils.capture import capture_output
with capture_output() as caught:
    value("copied", 1, "count")
sent = caught.outputs[0]
sent.data["application/vnd.compendium.exhibit+json"]["value"] = 2
sent.display()
"""
UPDATED = """
from IPython.display import display, update_display
from compendium.chapter import output
shown = display({"text/plain": "wait"}, raw=True, display_id=True)
shown.update({"application/vnd.compendium.exhibit+json": {"kind": "value"}}, raw=True)
"""
EXITS = [
    "import sys\nsys.exit(0)",
    "raise SystemExit",
    "import sys\nsys.exit('done')",
    "exit()",
    "quit()",
    "import os\nos._exit(0)",
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
]


def run(tmp_path, code, cell="07-code-06", **options):
    """Run chapter 7 with code added to a cell; most are added to the last."""
    workspace = copied(tmp_path / "mini")
    edit_cell(workspace.notebooks / "07_work.ipynb", cell, lambda text: f"{text}\n{code}")
    chapter = next(c for c in read_chapters(workspace.notebooks) if c.number == 7)
    workspace = replace(workspace, **options)
    return workspace, run_chapter(chapter, workspace)


def refused(tmp_path, code, cell="07-code-06", **options):
    with pytest.raises(ChapterError) as caught:
        run(tmp_path, code, cell, **options)
    assert not (tmp_path / "mini" / "outputs" / "values" / "07.json").exists()
    failure = caught.value.failure
    assert (failure.chapter, failure.cell_id) == (7, cell)
    return failure


@pytest.mark.parametrize("code", EXITS)
@pytest.mark.parametrize("cell", ["07-code-03", "07-code-06"])
def test_no_way_out_of_a_cell_counts_as_its_end(tmp_path, code, cell):
    failure = refused(tmp_path, code, cell)
    assert "the cell ends the run" in failure.message or failure.error == "dead kernel"


@pytest.mark.parametrize(
    "payload", ["['x']", "{'id': 3}", "{}", "3", str(GOOD), str({**GOOD, "id": '"><script>'})]
)
def test_an_exhibit_made_by_hand_is_refused(tmp_path, payload):
    code = DISPLAY.replace("MIME", MIME).replace("PAYLOAD", payload)
    assert "an exhibit that no call made" in refused(tmp_path, code).message


@pytest.mark.parametrize("code", [COPIED, UPDATED])
def test_an_exhibit_that_was_changed_after_it_was_sent_is_refused(tmp_path, code):
    assert "an exhibit that no call made" in refused(tmp_path, code).message


def test_a_number_in_prose_must_be_one_that_was_recorded(tmp_path):
    forged = "from compendium.chapter.exhibits import Value\nn = Value('people', 1, 'count')"
    failure = refused_in_prose(tmp_path, forged)
    assert "{eval}`n` shows another number than was recorded as `people`" in failure.message


def refused_in_prose(tmp_path, code):
    with pytest.raises(ChapterError) as caught:
        run(tmp_path, code, "07-code-04")
    assert caught.value.failure.cell_id == "07-text-02"
    return caught.value.failure


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("print('hello')", "plain text"),
        ("pd.DataFrame({'a': [1]})", "a frame"),
        ("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", "a plain figure"),
    ],
)
def test_what_is_no_exhibit_is_refused_in_the_report_and_kept_in_a_draft(tmp_path, code, what):
    failure = refused(tmp_path / "report", code)
    assert f"the cell shows {what}, which is no exhibit; show it with figure(…)" in failure.message
    _, notebook = run(tmp_path / "draft", code, draft=True)
    assert json.dumps(notebook).count("compendium.exhibit") > 0


def test_a_warning_of_a_library_is_no_fault(tmp_path):
    run(tmp_path, "import warnings\nwarnings.warn('careful', stacklevel=1)")


def test_a_cell_that_shows_without_end_is_stopped(tmp_path):
    failure = refused(tmp_path, "while True:\n    print('x' * 1_000_000)")
    assert failure.error == "too much output"
    assert "more than 20 MB; show a part of it" in failure.message


def test_a_table_no_reader_could_use_is_refused(tmp_path):
    code = "big = pd.DataFrame({'share': [0.5] * 2_001})\ntable('big', big, caption='Big')"
    assert (
        "table `big` has 2,001 rows, and a reader can use 2,000" in refused(tmp_path, code).message
    )


def test_marks_leave_no_trace(tmp_path):
    _, notebook = run(tmp_path, "")
    outputs = [o for cell in notebook["cells"] for o in cell.get("outputs", ())]
    assert any(MIME in output["data"] for output in outputs)
    assert all("compendium" not in output["metadata"] for output in outputs)
