"""Prose that changed alone: no code runs again, and the results are those of a clean build."""

import json
from dataclasses import replace

import pytest
from mini_project import built, copied, edit, edit_cell, rebuilt, results, states

from compendium.run import engine
from compendium.run.reuse import with_new_prose

WORK, PROSE = "07_work.ipynb", "07-text-02"


@pytest.fixture
def ran(monkeypatch):
    """The chapters whose code ran, in order."""
    built()  # what is copied below; its runs do not count
    found = []
    run = engine.run_chapter

    def noted(chapter, *given, **options):
        found.append(chapter.number)
        return run(chapter, *given, **options)

    monkeypatch.setattr(engine, "run_chapter", noted)
    return found


def other_words(root):
    edit_cell(
        root / "notebooks" / WORK, PROSE, lambda text: text.replace("Of {eval}", "Out of {eval}")
    )


def fewer_numbers(root):
    edit_cell(
        root / "notebooks" / WORK, PROSE, lambda text: text.replace("({eval}`first.interval`)", "")
    )


def number_again(root):
    edit_cell(root / "notebooks" / WORK, PROSE, lambda text: f"{text}\n\nAnd {{eval}}`n` again.")


def new_cell(root):
    def change(text):
        notebook = json.loads(text)
        place = [cell["id"] for cell in notebook["cells"]].index(PROSE)
        cell = {"cell_type": "markdown", "id": "new", "metadata": {}}
        notebook["cells"].insert(place, cell | {"source": ["Once more: {eval}`first`."]})
        return json.dumps(notebook)

    edit(root / "notebooks" / WORK, change)


def title(root):
    edit(root / "notebooks" / WORK, lambda text: text.replace('"Work"', '"Jobs"'))


def hidden_code(root):
    def change(text):
        notebook = json.loads(text)
        notebook["cells"][3]["metadata"]["jupyter"] = {"source_hidden": True}
        return json.dumps(notebook)

    edit(root / "notebooks" / WORK, change)


CHANGES = [other_words, fewer_numbers, number_again, new_cell, title, hidden_code]


@pytest.mark.parametrize("change", CHANGES)
def test_prose_alone_runs_no_code_and_gives_what_a_clean_build_gives(tmp_path, ran, change):
    workspace = replace(rebuilt(tmp_path / "changed"), draft=True)  # nobody translates it
    change(workspace.root)
    assert states(workspace)["chapter 7"] == "ran"
    assert ran == []
    clean = replace(copied(tmp_path / "clean"), draft=True)
    change(clean.root)
    states(clean)
    assert results(workspace.out) == results(clean.out)


def number_not_shown_there(root):
    edit_cell(root / "notebooks" / WORK, PROSE, lambda text: f"{text}\n\nAnd {{eval}}`first.low`.")


def code(root):
    edit_cell(root / "notebooks" / WORK, "07-code-03", lambda text: f"{text}\n")


def damaged(root):
    path = root / "outputs" / "executed" / WORK
    path.write_text(path.read_text("utf-8").replace("200", "300"), "utf-8")


def module(root):
    edit(root / "minilib" / "stats.py", lambda text: f"{text}\n# new\n")


def lost_memory(root):
    (root / "outputs" / ".build" / "steps.json").write_text("{")
    other_words(root)


def declared(root):
    edit(
        root / "notebooks" / WORK,
        lambda text: text.replace('"tables": [', '"tables": ["more", ', 1),
    )


CODE = [number_not_shown_there, code, damaged, module, lost_memory, declared]


@pytest.mark.parametrize("change", CODE)
def test_anything_else_runs_the_code(tmp_path, ran, change):
    workspace = replace(rebuilt(tmp_path / "mini"), draft=True)
    change(workspace.root)
    assert states(workspace)["chapter 7"] == "ran"
    assert 7 in ran


def test_outputs_are_not_put_under_code_that_did_not_make_them(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    code(workspace.root)
    executed = workspace.out / "executed" / WORK
    assert with_new_prose(workspace.notebooks / WORK, executed) is None


def test_a_reader_s_parameters_stay_when_prose_changes(tmp_path, ran):
    workspace = copied(tmp_path / "mini")
    own = replace(workspace, chapters=(7,), parameters={"level": "0.8"}, languages=("en",))
    states(own)
    before = results(own.out)
    edit_cell(workspace.notebooks / WORK, PROSE, lambda text: text.replace("people", "persons", 1))
    assert states(own)["chapter 7"] == "ran"
    assert ran == [7]
    after = results(own.out)
    assert after["values/07.json"] == before["values/07.json"]
    assert b"persons" in after["report/en/report.html"]
