"""Chapters as files: metadata, parameters before a kernel starts, and the order they run in."""

import json
import os
from dataclasses import replace

import pytest
from mini_project import SOURCE, copied, edit, edit_cell

from compendium.errors import NotebookError, ParameterError
from compendium.run.notebooks import Parameter, read_chapter, read_chapters, run_order, wanted

CHAPTERS = read_chapters(SOURCE / "notebooks")


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
        ("list[int]", {}, "1", [1]),  # zsh takes brackets without quotes for names of files
        ("list[int]", {}, "1,3", [1, 3]),
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
        ("list[int]", {}, "x", r"must be list\[int\]"),
        ("list[int]", {}, "", r"must be list\[int\]"),
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
        ("level: float =", "07_work.ipynb, cell 07-code-01, line 1"),
    ],
)
def test_the_parameters_cell_is_checked(tmp_path, source, message):
    workspace = copied(tmp_path / "mini")
    path = workspace.notebooks / "07_work.ipynb"
    edit_cell(path, "07-code-01", lambda _: source)
    with pytest.raises(NotebookError, match=message):
        read_chapter(path).parameters  # noqa: B018  # reading them checks them


def test_a_notebook_that_is_no_chapter_says_what_it_lacks(tmp_path):
    path = tmp_path / "01_x.ipynb"
    path.write_text(json.dumps({"cells": [], "metadata": {}}))
    with pytest.raises(NotebookError, match="its metadata must hold"):
        read_chapter(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"title": "Work"', '"title": {"da": "Arbejde", "en": "Work"}', "the title is one text"),
        (
            '"title": "Work"',
            '"title": "Work", "language": "dk"',
            "language `dk`; known names: da, en",
        ),
        ('"tables"', '"table": [], "tables"', "metadata `table`; did you mean `tables`"),
        ('"07-code-03"', '"07-code-02"', "cell id 07-code-02: every cell needs an id of its own"),
        ('"07-code-03"', '""', r"cell id \(none\): every cell needs an id of its own"),
    ],
)
def test_faults_in_metadata_and_ids_say_what_to_do(tmp_path, old, new, message):
    path = copied(tmp_path / "mini").notebooks / "07_work.ipynb"
    edit(path, lambda text: text.replace(old, new))
    with pytest.raises(NotebookError, match=message):
        read_chapter(path)


def test_a_chapter_of_one_s_own_says_its_language(tmp_path):
    path = copied(tmp_path / "mini").notebooks / "07_work.ipynb"
    assert read_chapter(path).language == ""
    edit(path, lambda text: text.replace('"title": "Work"', '"title": "Arbejde", "language": "da"'))
    assert read_chapter(path).language == "da"


def test_chapters_that_read_recorded_values_run_last():
    assert [c.number for c in CHAPTERS] == [1, 2, 7]
    assert [c.number for c in run_order(CHAPTERS)] == [1, 7, 2]
    waiting = [replace(CHAPTERS[0], after=(7,)), replace(CHAPTERS[2], after=(1,))]
    with pytest.raises(NotebookError, match="wait for each other"):
        run_order(waiting)


@pytest.mark.parametrize(
    ("asked", "found"), [((), [1, 2, 7]), ((7,), [7]), ((2,), [1, 2, 7]), ((1, 7), [1, 7])]
)
def test_a_run_takes_the_chapters_asked_for_and_those_they_read(asked, found):
    assert [chapter.number for chapter in wanted(CHAPTERS, asked, {})] == found


FAULTS = {
    "a file half saved": (
        lambda text: text[: len(text) // 2],
        "07_work.ipynb is not whole (",
    ),
    "an old format": (
        lambda text: text.replace('"nbformat": 4', '"nbformat": 3'),
        "07_work.ipynb is of nbformat 3, which is no longer written: open and save it",
    ),
    "a cell id that is markup": (
        lambda text: text.replace("07-code-05", 'a\\"><script>'),
        '07_work.ipynb: cell id `a"><script>`: use at most 64 letters',
    ),
    "another language": (
        lambda text: text.replace('"language": "python"', '"language": "R"'),
        "07_work.ipynb: its kernel is `R`: choose Python 3",
    ),
    "a number that is none": (
        lambda text: text.replace('"chapter": 7', '"chapter": "7"'),
        "07_work.ipynb: chapter '7': its number is one of 0 to 99",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_no_build_could_take_is_one_sentence(tmp_path, fault):
    change, said = FAULTS[fault]
    path = copied(tmp_path / "mini").notebooks / "07_work.ipynb"
    edit(path, change)
    with pytest.raises(NotebookError) as caught:
        read_chapter(path)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("make", ["mkdir", "mkfifo"])
def test_what_is_no_file_is_told_and_not_waited_for(tmp_path, make):
    if make == "mkfifo" and not hasattr(os, "mkfifo"):
        pytest.skip("no pipes there")
    folder = copied(tmp_path / "mini").notebooks
    getattr(os, make)(folder / "08_more.ipynb")
    with pytest.raises(NotebookError, match=r"08_more\.ipynb is no file: move it out of notebooks"):
        read_chapters(folder)


def test_a_magic_is_no_fault_wherever_it_stands(tmp_path):
    path = copied(tmp_path / "mini").notebooks / "07_work.ipynb"
    magic = "if True:\n    %pwd\nhere = %pwd\n!ls\n"
    edit_cell(path, "07-code-03", lambda text: f"{magic}{text}")
    assert all(cell.is_python for cell in read_chapter(path).code)
