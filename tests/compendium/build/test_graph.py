"""The steps of a run: which they are, and what each rests on."""

from dataclasses import replace

import pytest
from mini_project import Workspace, copied, edit, edit_cell, rebuilt, run, states

from compendium.build import graph
from compendium.build.build import plan
from compendium.build.graph import STANDIN, Graph
from compendium.build.progress import Progress
from compendium.chapter.inline import BIBLIOGRAPHY
from compendium.errors import ChapterError, ParameterError, TranslationError

CHAPTERS = {"chapter 1", "chapter 2", "chapter 7"}


def test_another_python_runs_everything_again(tmp_path, monkeypatch):
    workspace = rebuilt(tmp_path / "mini")
    monkeypatch.setattr(graph, "PYTHON", "4.0.0")
    assert {step.state for step in plan(workspace)} == {"runs"}
    assert plan(workspace)[0].reasons == ("Python changed",)


def ran(workspace):
    return {name for name, state in states(workspace).items() if state == "ran"}


def test_a_deleted_module_is_seen(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    (workspace.root / "minilib" / "other.py").unlink()
    steps = {step.name: step for step in run(workspace, keep_going=True)}
    assert isinstance(steps["chapter 1"].error, ChapterError)
    assert "minilib.other" in str(steps["chapter 1"].error)
    assert steps["chapter 7"].state == "unchanged"


def test_own_choices_go_to_a_folder_of_their_own(tmp_path):
    full = rebuilt(tmp_path / "mini")
    own = replace(full, chapters=(2,), parameters={})
    assert {name for name in states(own) if name.startswith("chapter")} == CHAPTERS
    assert own.out == full.out / "custom" / "2"
    assert set(states(full).values()) == {"unchanged"}


def test_a_parameter_changes_the_chapter_and_the_folder(tmp_path):
    workspace = replace(
        copied(tmp_path / "mini"), chapters=(7,), parameters={"level": "0.9"}, languages=("en",)
    )
    steps = (
        "data check",
        "prose check",
        "chapter 7",
        "notebooks en",
        "report en html",
        "report en pdf",
        "methods en",
    )
    assert states(workspace) == dict.fromkeys(steps, "ran")
    page = (workspace.out / "report" / "en" / "report.html").read_text("utf-8")
    assert "90\xa0% confidence interval" in page
    assert "Extract with its own choices: 7, level=0.9" in page


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"parameters": {"levl": "0.9"}}, "did you mean `level`"),
        ({"parameters": {"level": "2"}}, "at most 0.999"),
        ({"chapters": (1,), "parameters": {"level": "0.9"}}, "no parameter this chapter has"),
        ({"chapters": (5,)}, "there is no chapter 5; the chapters are 1, 2, 7"),
    ],
)
def test_wrong_choices_are_refused_before_anything_starts(tmp_path, choices, message):
    workspace = replace(copied(tmp_path / "mini"), **choices)
    with pytest.raises(ParameterError, match=message):
        run(workspace)
    assert not workspace.full_out.exists()


def test_reordered_chapters_are_renumbered(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    (workspace.notebooks / "01_start.ipynb").rename(workspace.notebooks / "08_start.ipynb")
    edit(
        workspace.notebooks / "08_start.ipynb",
        lambda text: text.replace('"chapter": 1', '"chapter": 8'),
    )
    catalogues = workspace.root / "locale" / "da" / "LC_MESSAGES"
    (catalogues / "01_start.po").rename(catalogues / "08_start.po")
    assert "failed" not in states(workspace).values()
    page = (workspace.out / "report" / "en" / "report.html").read_text("utf-8")
    assert "Figure 8.1" in page
    assert "Figure 1.1" not in page
    assert not (workspace.out / "values" / "01.json").exists()


def test_a_module_beside_the_notebooks_is_an_input_and_changes_no_other_chapter(tmp_path):
    workspace = copied(tmp_path / "mini")
    side = workspace.notebooks / "side.py"
    side.write_text("import matplotlib\nmatplotlib.rcParams['font.size'] = 99\nprint(12345)\n")
    edit_cell(
        workspace.notebooks / "01_start.ipynb", "01-code-02", lambda text: f"import side\n{text}"
    )
    look = "import matplotlib\nprint(matplotlib.rcParams['font.size'] == 99)"
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-03", lambda text: f"{look}\n{text}")
    workspace = replace(workspace, draft=True)  # what they print is no exhibit
    assert set(states(workspace).values()) == {"ran"}
    assert '"False\\n"' in (workspace.out / "executed" / "07_work.ipynb").read_text("utf-8")
    assert "12345" in (workspace.out / "executed" / "01_start.ipynb").read_text("utf-8")
    edit(side, lambda text: text.replace("12345", "54321"))
    assert "chapter 1" in ran(workspace)


def test_a_cell_that_is_no_python_fails_in_its_place_and_a_magic_does_not(tmp_path):
    workspace = copied(tmp_path / "mini")
    path = workspace.notebooks / "07_work.ipynb"
    edit_cell(path, "07-code-03", lambda text: f"here = %pwd\n{text}")
    assert states(workspace)["chapter 7"] == "ran"
    edit_cell(path, "07-code-04", lambda text: f"{text}\ndef broken(:")
    steps = {step.name: step for step in run(workspace, keep_going=True)}
    assert "07_work.ipynb, cell 07-code-04, line 12: " in str(steps["prose check"].error)
    steps = {step.name: step for step in run(replace(workspace, draft=True))}
    failure = steps["chapter 7"].error.failure
    assert (failure.error, failure.cell) == ("SyntaxError", 4)
    assert not list((workspace.out / "report").glob("*/report.*"))


def test_a_table_is_an_input_however_its_name_is_written(tmp_path):
    workspace = copied(tmp_path / "mini")
    (workspace.data / "people.csv").rename(workspace.data / "PEOPLE.csv")
    steps = {step.name: step for step in Graph(workspace, Progress()).steps()}
    assert "data/standin/PEOPLE.csv" in steps["chapter 7"].inputs


def test_a_run_of_one_s_own_does_not_check_the_data_again(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    own = replace(workspace, chapters=(7,), parameters={"level": "0.8"})
    assert states(own)["data check"] == "unchanged"
    edit(workspace.data / "people.csv", lambda text: text.replace(",1\n", ",0\n", 1))
    assert states(own)["data check"] == "ran"


def test_english_rests_on_no_catalogue_and_danish_on_all(tmp_path):
    steps = {s.name: s for s in Graph(copied(tmp_path / "mini"), Progress()).steps()}
    catalogues = {
        f"locale/da/LC_MESSAGES/{name}.po" for name in ("01_start", "02_end", "07_work", "shared")
    }
    for name in ("notebooks", "report"):
        kinds = [""] if name == "notebooks" else [" html", " pdf"]
        for kind in kinds:
            assert not catalogues & steps[f"{name} en{kind}"].inputs.keys()
            assert catalogues <= steps[f"{name} da{kind}"].inputs.keys()
    assert catalogues & steps["chapter 7"].inputs.keys() == {"locale/da/LC_MESSAGES/shared.po"}


def test_copies_that_jupyter_keeps_beside_what_it_saves_are_no_inputs(tmp_path):
    workspace = copied(tmp_path / "mini")
    before = {s.name: s.inputs.keys() for s in Graph(workspace, Progress()).steps()}
    for file in ("data/codebook.csv", "locale/da/LC_MESSAGES/shared.po", "notebooks/07_work.ipynb"):
        kept = workspace.root / file
        copy = kept.parent / ".ipynb_checkpoints" / f"{kept.stem}-checkpoint{kept.suffix}"
        copy.parent.mkdir()
        copy.write_bytes(kept.read_bytes())
    assert {s.name: s.inputs.keys() for s in Graph(workspace, Progress()).steps()} == before


def test_a_chapter_of_one_s_own_is_shown_as_written_in_both_languages(tmp_path):
    workspace = copied(tmp_path / "mini")
    path = workspace.notebooks / "01_start.ipynb"
    edit(path, lambda text: text.replace('"title"', '"language": "en", "title"'))
    (workspace.root / "locale" / "da" / "LC_MESSAGES" / "01_start.po").unlink()
    assert set(states(workspace).values()) == {"ran"}
    for lang in ("da", "en"):
        page = (workspace.out / "report" / lang / "report.html").read_text("utf-8")
        assert "The line rises to 4°." in page


def test_a_broken_catalogue_is_told_before_anything_runs(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    catalogue = workspace.root / "locale" / "da" / "LC_MESSAGES" / "07_work.po"
    catalogue.write_bytes(catalogue.read_bytes() + "# æ".encode("latin-1"))
    with pytest.raises(TranslationError, match=r"07_work\.po: not UTF-8"):
        run(workspace)
    assert not list((workspace.out / "report").glob("*/report.*"))


def test_every_chapter_rests_on_all_that_data_defines_and_one_on_the_claims():
    graph = Graph(Workspace(), Progress())
    data = graph.workspace.root / "data"
    files = [path for path in data.rglob("*") if path.suffix in (".csv", ".toml")]
    names = {f"data/{path.relative_to(data).as_posix()}" for path in files}
    defined = {name for name in names if name.split("/")[1] not in ("standin", "published")}
    chapters = {step.name: step for step in graph.steps() if step.name.startswith("chapter")}
    assert all(defined <= step.inputs.keys() for step in chapters.values())
    claims = [name for name, step in chapters.items() if "data/published/claims.csv" in step.inputs]
    assert claims == ["chapter 13"]
    made = next(step for step in graph.steps() if step.name == STANDIN)
    assert "data/published/claims.csv" in made.inputs  # it says which numbers they print, ...
    assert "data/standin/basis.csv" in made.products
    assert all("data/standin/basis.csv" in step.inputs for step in chapters.values())
    works = {step.name for step in graph.steps() if BIBLIOGRAPHY in step.inputs}
    assert works == {step.name for step in graph.steps() if "report" in step.name} | {
        "notebooks da", "notebooks en", "methods da", "methods en", "prose check",
    }  # fmt: skip
