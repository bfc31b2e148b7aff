"""A chapter is run as asked, numbers in prose in their place, and failures are told exactly."""

import json
from dataclasses import replace

from mini_project import built, copied, edit_cell

from compendium.run.engine import run_chapter, settings
from compendium.run.executed import INJECTED
from compendium.run.notebooks import read_chapters


def chapter(workspace, number):
    return next(c for c in read_chapters(workspace.notebooks) if c.number == number)


def test_the_executed_notebook_holds_its_prose_as_written_and_no_trace_of_the_run():
    workspace = built()
    text = (workspace.out / "executed" / "07_work.ipynb").read_text("utf-8")
    cells = {cell["id"]: cell for cell in json.loads(text)["cells"]}
    source = chapter(workspace, 7)
    assert ["".join(cells[cell.id]["source"]) for cell in source.cells] == [
        cell.source for cell in source.cells
    ]
    shown = [item["expression"] for item in cells["07-text-02"]["metadata"]["user_expressions"]]
    assert shown == ["n", "first", "first.interval", "gap", "n"]
    assert str(workspace.root) not in text
    for trace in ("start_time", "papermill", "iopub", " at 0x"):
        assert trace not in text


def test_values_are_known_by_their_cell():
    values = json.loads((built().out / "values" / "07.json").read_text("utf-8"))["values"]
    assert set(values) == {"people", "share.route1", "share.route2", "gap"}
    assert (values["gap"]["cell"], values["gap"]["cell_id"]) == (4, "07-code-04")
    assert values["gap"]["decision"] == "higher"


def test_a_kernel_is_told_where_all_is_and_what_the_chapter_declares(tmp_path):
    workspace = replace(copied(tmp_path / "mini"), draft=True)  # else a print is a fault
    look = "import json\nfrom evallib.settings import settings\nprint(json.dumps(dict(settings())))"
    edit_cell(workspace.notebooks / "02_end.ipynb", "02-code-01", lambda _: look)
    edit_cell(workspace.notebooks / "02_end.ipynb", "02-text-02", lambda _: "Nothing.")
    end = chapter(workspace, 2)
    notebook = run_chapter(end, workspace, after=["01"])
    (output,) = (output for cell in notebook["cells"] for output in cell.get("outputs", ()))
    told = settings(end, replace(workspace, draft=False), ["01"])
    assert json.loads(output["text"]).keys() == told.keys() | {"secret"}
    assert (told["chapter"], told["tables"], told["after"]) == ("02_end", [], ["01"])
    assert (told["data"], told["out"]) == (str(workspace.data), str(workspace.out))
    assert told["untranslated"] is False
    assert settings(replace(end, language="da"), workspace, None)["untranslated"] is True


def test_parameters_reach_the_chapter_in_a_cell_that_does_not_count(tmp_path):
    workspace = replace(copied(tmp_path / "mini"), out_dir=tmp_path / "out")
    work = chapter(workspace, 7)
    notebook = run_chapter(work, workspace, work.chosen({"level": "0.8", "routes": "[2]"}))
    assert notebook["cells"][2]["id"] == INJECTED
    values = json.loads((workspace.out / "values" / "07.json").read_text("utf-8"))["values"]
    assert "share.route1" not in values
    assert (values["share.route2"]["level"], values["share.route2"]["cell"]) == (0.8, 3)


def test_a_warning_in_a_cell_leaves_no_trace_of_the_run(tmp_path):
    workspace = copied(tmp_path / "mini")
    warn = "import warnings\nwarnings.warn('careful', stacklevel=1)"
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-03", lambda text: f"{warn}\n{text}")
    work = chapter(workspace, 7)
    texts = {json.dumps(run_chapter(work, workspace)) for _ in range(2)}
    assert len(texts) == 1
    assert "careful" in texts.pop()
