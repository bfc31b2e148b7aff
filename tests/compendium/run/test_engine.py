"""Parameters before a kernel starts, inline values in their place, and failures told exactly."""

import json
from dataclasses import replace

import pytest
from mini_project import built, copied, edit_cell

from compendium.chapter.inline import expressions, fill_in
from compendium.errors import ChapterError, NotebookError, ParameterError
from compendium.run.engine import run_chapter
from compendium.run.executed import INJECTED
from compendium.run.notebooks import Parameter, read_chapter, read_chapters, run_order


def chapter(project, number):
    return next(c for c in read_chapters(project.notebooks) if c.number == number)


@pytest.mark.parametrize(
    ("kind", "limits", "text", "value"),
    [
        ("float", {"min": 0.5, "max": 0.999}, "0.9", 0.9),
        ("float", {}, "1", 1.0),
        ("int", {}, "3", 3),
        ("bool", {}, "True", True),
        ("str", {}, "route", "route"),
        ("list[int]", {"choices": [1, 2, 3]}, "[1, 3]", [1, 3]),
        ("list[float]", {}, "[1, 0.5]", [1.0, 0.5]),
        ("list[str]", {}, "['a']", ["a"]),
    ],
)
def test_a_parameter_is_read_as_its_type(kind, limits, text, value):
    assert Parameter("p", kind, None, limits).parse(text) == value


@pytest.mark.parametrize(
    ("kind", "limits", "text", "message"),
    [
        ("float", {}, "high", "must be float"),
        ("int", {}, "1.5", "must be int"),
        ("int", {}, "True", "must be int"),
        ("bool", {}, "1", "must be bool"),
        ("float", {"max": 0.999}, "1.5", "at most 0.999"),
        ("float", {"min": 0.5}, "0.1", "at least 0.5"),
        ("list[int]", {}, "3", r"must be list\[int\]"),
        ("list[int]", {"choices": [1, 2]}, "[1, 4]", r"one of \[1, 2\]"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_right(kind, limits, text, message):
    with pytest.raises(ParameterError, match=message):
        Parameter("p", kind, None, limits).parse(text)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("level = 0.9", "typed assignments"),
        ("level: complex = 1", "is complex; use"),
        ("level: float = 'a'", "default of `level`"),
        ("level: float = 2.0\nroutes: list[int] = [1]", "at most 0.999"),
        ("levels: float = 0.9", "limits for `level`"),
        ("level: float =", "07_work.ipynb, cell 07-cell-01, line 1"),
    ],
)
def test_the_parameters_cell_is_checked(tmp_path, source, message):
    project = copied(tmp_path / "mini")
    path = project.notebooks / "07_work.ipynb"
    edit_cell(path, 0, lambda _: source)
    with pytest.raises(NotebookError, match=message):
        read_chapter(path).parameters  # noqa: B018  # reading them checks them


def test_a_notebook_that_is_no_chapter_says_what_it_lacks(tmp_path):
    path = tmp_path / "01_x.ipynb"
    path.write_text(json.dumps({"cells": [], "metadata": {}}))
    with pytest.raises(NotebookError, match="its metadata must hold"):
        read_chapter(path)


def test_chapters_that_read_recorded_values_run_last():
    chapters = read_chapters(built().notebooks)
    assert [c.number for c in chapters] == [1, 2, 7]
    assert [c.number for c in run_order(chapters)] == [1, 7, 2]
    waiting = [replace(chapters[0], after=(7,)), replace(chapters[2], after=(1,))]
    with pytest.raises(NotebookError, match="wait for each other"):
        run_order(waiting)


def test_the_executed_notebook_reads_well_and_holds_no_trace_of_the_run():
    project = built()
    text = (project.out / "notebooks" / "07_work.ipynb").read_text("utf-8")
    prose = ["".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] != "code"]
    assert "Af 200 personer" in prose[0]
    assert "pct.-konfidensinterval" in prose[0]
    assert "[Table 7.1](#tab-shares)" in prose[1]
    assert not any("{eval}" in source for source in prose)
    assert str(project.root) not in text
    for trace in ("start_time", "papermill", "iopub", " at 0x"):
        assert trace not in text


def test_values_are_known_by_cell_and_function():
    values = json.loads((built().out / "values" / "07.json").read_text("utf-8"))["values"]
    assert values["share.route1"]["function"] == "minilib.stats.share"
    assert values["people"]["function"] == "minilib.people.load"
    assert values["gap"]["function"] == "minilib.stats.share"
    assert (values["gap"]["cell"], values["gap"]["cell_id"]) == (3, "07-cell-03")
    assert values["gap"]["decision"] == "higher"


def test_a_number_is_followed_through_dicts_comprehensions_libraries_and_the_chapter_s_functions(
    tmp_path,
):
    project = copied(tmp_path / "mini")
    lines = [
        "",
        "found = {}",
        "for route in routes:",
        "    found[route] = share(people, level)",
        'value("filled", found[route], "share")',
        'value("framed", pd.DataFrame({"n": [len(load())]})["n"].sum(), "count")',
        "row = share(people, level)",
        "listed = [",
        "    row",
        "    for row in load()",
        "]",
        'value("listed", len(listed), "count")',
        "def record(name, *, numbers):",
        "    for number in numbers:",
        '        value(name, number, "share")',
        'record("given", numbers=[share(people, level)])',
        'value("foreign", pd.Timestamp("2017-01-01").year, "number")',
    ]
    edit_cell(project.notebooks / "07_work.ipynb", 1, lambda text: text + "\n".join(lines))
    run_chapter(chapter(project, 7), project)
    values = json.loads((project.out / "values" / "07.json").read_text("utf-8"))["values"]
    found = [
        values[name].get("function", "")
        for name in ("filled", "framed", "listed", "given", "foreign")
    ]
    share = "minilib.stats.share"
    load = "minilib.people.load"
    assert found == [share, load, load, share, "pandas.Timestamp"]


def test_a_reference_to_another_chapter_s_table_reads_as_a_table(tmp_path):
    project = copied(tmp_path / "mini")
    path = project.notebooks / "01_start.ipynb"
    edit_cell(path, 1, lambda text: f"{text}\n\nSe [](#tab-shares).")
    notebook = run_chapter(chapter(project, 1), project)
    assert notebook["cells"][1]["source"].endswith("Se [Tabel](#tab-shares).")


def test_parameters_reach_the_chapter_in_a_cell_that_does_not_count(tmp_path):
    project = replace(copied(tmp_path / "mini"), out_dir=tmp_path / "out")
    work = chapter(project, 7)
    notebook = run_chapter(work, project, work.chosen({"level": "0.8", "routes": "[2]"}))
    assert notebook["cells"][1]["id"] == INJECTED
    values = json.loads((project.out / "values" / "07.json").read_text("utf-8"))["values"]
    assert "share.route1" not in values
    assert (values["share.route2"]["level"], values["share.route2"]["cell"]) == (0.8, 2)


def failing(tmp_path, position, change):
    """Run chapter 7 with a cell changed and return the failure."""
    project = copied(tmp_path / "mini")
    edit_cell(project.notebooks / "07_work.ipynb", position, change)
    with pytest.raises(ChapterError) as caught:
        run_chapter(chapter(project, 7), replace(project, timeout=5))
    return project, caught.value.failure


def test_a_failing_cell_is_told_by_chapter_cell_line_and_own_frames(tmp_path):
    project, failure = failing(
        tmp_path, 1, lambda source: source.replace("share(rows, level)", "share([], level)")
    )
    assert (failure.chapter, failure.notebook) == (7, "notebooks/07_work.ipynb")
    assert (failure.cell, failure.cell_id, failure.error) == (2, "07-cell-02", "ZeroDivisionError")
    marked = next(line for line in failure.source.splitlines() if line.startswith("->"))
    assert "share([], level)" in marked
    assert "minilib/stats.py, line" in failure.traceback
    assert "site-packages" not in failure.traceback
    assert (project.root / failure.kept).is_file()
    assert failure.kept in str(failure)
    assert not (project.out / "values" / "07.json").exists()
    json.dumps(failure.as_dict())


def test_a_failing_inline_value_keeps_its_cause(tmp_path):
    _, failure = failing(tmp_path, 3, lambda source: source.replace("{eval}`n`", "{eval}`m`", 1))
    assert failure.error == "inline value"
    assert "`m` is not defined" in failure.message
    assert failure.cell_id == "07-cell-04"
    assert "{eval}`m`" in next(x for x in failure.source.splitlines() if x.startswith("->"))


def test_an_endless_cell_is_stopped(tmp_path):
    _, failure = failing(tmp_path, 2, lambda _: "import time\ntime.sleep(600)")
    assert (failure.error, failure.cell) == ("timeout", 3)


def test_a_kernel_that_dies_is_told(tmp_path):
    _, failure = failing(tmp_path, 2, lambda _: "import os\nos._exit(1)")
    assert (failure.error, failure.cell) == ("dead kernel", 3)


def test_a_cell_that_leaves_the_kernel_is_told_at_its_own_place(tmp_path):
    _, failure = failing(tmp_path, 1, lambda source: f"{source}\nexit()")
    assert (failure.error, failure.cell) == ("NotebookError", 2)
    assert "take exit() or quit() out" in failure.message


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{eval}`a` og ({eval}`b.low`).", ["a", "b.low"]),
        ("| x |\n|---|\n| {eval}`a` |", ["a"]),
        ("```\n{eval}`a`\n```\n\n{eval}`b`", ["b"]),
        ("$x_{eval}`a`$", []),
        ("``{eval}`a` `` {eval}`a`", ["a"]),
        ("text[^1]\n\n[^1]: {eval}`a`", ["a"]),
    ],
)
def test_expressions_are_found_as_jupyter_finds_them(source, found):
    assert expressions(source) == found
    filled = fill_in(source, {"a": "1", "b": "2", "b.low": "3"})
    assert expressions(filled) == []
    assert filled.count("{eval}") == source.count("{eval}") - len(found)


def test_two_cells_of_one_id_are_refused(tmp_path):
    project = copied(tmp_path / "mini")
    path = project.notebooks / "07_work.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][1]["id"] = notebook["cells"][0]["id"]
    path.write_text(json.dumps(notebook), "utf-8")
    with pytest.raises(
        NotebookError, match="cell id 07-cell-01: every cell needs an id of its own"
    ):
        read_chapter(path)


def test_a_warning_in_a_cell_leaves_no_trace_of_the_run(tmp_path):
    project = copied(tmp_path / "mini")
    warn = "import warnings\nwarnings.warn('careful', stacklevel=1)"
    edit_cell(project.notebooks / "07_work.ipynb", 1, lambda text: f"{warn}\n{text}")
    work = chapter(project, 7)
    texts = {json.dumps(run_chapter(work, project)) for _ in range(2)}
    assert len(texts) == 1
    assert "careful" in texts.pop()
