"""What runs, and why: every kind of input, early cutoff, failures, threads, and the same bytes."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from mini_project import built, copied, edit, edit_cell, rebuilt, run, states

from compendium.build.build import plan, tasks
from compendium.build.imports import Imports
from compendium.build.progress import Progress
from compendium.build.tasks import Graph
from compendium.errors import BuildError, ChapterError, NotebookError, ParameterError
from compendium.files import locked

CHAPTERS = {"chapter 1", "chapter 2", "chapter 7"}


def ran(project, **options):
    return {name for name, state in states(project, **options).items() if state == "ran"}


def append(text):
    return lambda source: f"{source}\n{text}\n"


def touch_module(root):
    edit(root / "minilib" / "stats.py", append("# a comment"))


def touch_shared_file(root):
    edit(root / "minilib" / "other.py", lambda text: text.replace("FACTOR = 2", "FACTOR = 3"))


def test_another_python_runs_everything_again(tmp_path, monkeypatch):
    project = rebuilt(tmp_path / "mini")
    monkeypatch.setattr(tasks, "PYTHON", "4.0.0")
    assert {step.state for step in plan(project)} == {"runs"}
    assert plan(project)[0].reasons == ("Python changed",)


def test_a_deleted_module_is_seen(tmp_path):
    project = rebuilt(tmp_path / "mini")
    (project.root / "minilib" / "other.py").unlink()
    steps = {step.name: step for step in run(project, keep_going=True)}
    assert isinstance(steps["chapter 1"].error, ChapterError)
    assert "minilib.other" in str(steps["chapter 1"].error)
    assert steps["chapter 7"].state == "unchanged"


def test_a_damaged_or_missing_result_is_made_again(tmp_path):
    project = rebuilt(tmp_path / "mini")
    values = project.out / "values" / "07.json"
    whole = values.read_bytes()
    values.write_text("{}")
    (project.out / "report" / "en" / "report.pdf").unlink()
    assert ran(project) == {"chapter 7", "report en pdf"}
    assert values.read_bytes() == whole


def test_a_plan_says_what_runs_and_why_and_runs_nothing(tmp_path):
    project = rebuilt(tmp_path / "mini")
    touch_module(project.root)
    before = (project.out / "values" / "07.json").stat().st_mtime_ns
    steps = {step.name: step for step in plan(project)}
    assert (steps["chapter 7"].state, steps["chapter 1"].state) == ("runs", "unchanged")
    assert steps["chapter 7"].reasons == ("minilib/stats.py changed",)
    assert {steps["chapter 2"].state, steps["report da pdf"].state} == {"may run"}
    assert (project.out / "values" / "07.json").stat().st_mtime_ns == before


def broken(tmp_path):
    project = rebuilt(tmp_path / "mini")
    edit_cell(project.notebooks / "07_work.ipynb", 1, append("1 / 0"))
    return project


def test_a_failed_build_leaves_no_report_and_the_next_one_completes(tmp_path):
    project = broken(tmp_path)
    steps = {step.name: step for step in run(project)}
    assert isinstance(steps["chapter 7"].error, ChapterError)
    assert not list((project.out / "report").glob("*/report.*"))
    edit_cell(project.notebooks / "07_work.ipynb", 1, lambda text: text.replace("\n1 / 0", ""))
    assert "failed" not in states(project).values()
    for path in (built().out / "report").glob("*/report.*"):
        assert (project.out / path.relative_to(built().out)).read_bytes() == path.read_bytes()


def test_keep_going_runs_what_does_not_depend_on_the_failure(tmp_path):
    project = broken(tmp_path)
    touch_shared_file(project.root)
    done = states(project, keep_going=True)
    assert (done["chapter 1"], done["chapter 7"]) == ("ran", "failed")
    assert {done["chapter 2"], done["report da html"]} == {"left out"}


def test_a_data_fault_stops_everything_before_a_chapter(tmp_path):
    project = copied(tmp_path / "mini")
    (project.data / "people.csv").unlink()
    steps = {step.name: step for step in run(project)}
    assert "people.csv is missing" in str(steps["data check"].error)
    assert "ran" not in {step.state for step in steps.values()}
    assert not (project.out / "report").exists()


def test_two_clean_builds_in_two_folders_give_the_same_bytes(tmp_path):
    project = copied(tmp_path / "elsewhere")
    run(project, jobs=1)
    files = [p.relative_to(built().out) for p in built().out.rglob("*") if p.is_file()]
    results = [path for path in files if path.parts[0] in ("notebooks", "values", "report")]
    assert len(results) == 3 + 3 + 4
    for path in results:
        assert (project.out / path).read_bytes() == (built().out / path).read_bytes(), path


def test_own_choices_go_to_a_folder_of_their_own(tmp_path):
    full = rebuilt(tmp_path / "mini")
    own = replace(full, chapters=(2,), parameters={})
    assert {name for name in states(own) if name.startswith("chapter")} == CHAPTERS
    assert own.out == full.out / "custom" / "2"
    assert set(states(full).values()) == {"unchanged"}


def test_a_parameter_changes_the_chapter_and_the_folder(tmp_path):
    project = replace(
        copied(tmp_path / "mini"), chapters=(7,), parameters={"level": "0.9"}, languages=("en",)
    )
    assert states(project) == dict.fromkeys(
        ("data check", "chapter 7", "report en html", "report en pdf"), "ran"
    )
    page = (project.out / "report" / "en" / "report.html").read_text("utf-8")
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
    project = replace(copied(tmp_path / "mini"), **choices)
    with pytest.raises(ParameterError, match=message):
        run(project)
    assert not project.full_out.exists()


def test_the_import_closure_follows_packages_relatives_and_declared_files(tmp_path):
    package = tmp_path / "lib" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "lib" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("from . import a\n")
    (package / "a.py").write_text("def f():\n    from ..b import x\n    return x\n")
    (tmp_path / "lib" / "b.py").write_text('import os\nREADS = ("codes/*.csv",)\nx = 1\n')
    (tmp_path / "lib" / "c.py").write_text("")
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "x.csv").write_text("")
    imports = Imports([tmp_path], tmp_path / "memory.json")
    found = imports.closure("import lib.inner")
    names = {path.relative_to(tmp_path).as_posix() for path in found}
    assert names == {
        "lib/__init__.py", "lib/inner/__init__.py", "lib/inner/a.py", "lib/b.py", "codes/x.csv",
    }  # fmt: skip
    imports.remember()
    again = Imports([tmp_path], tmp_path / "memory.json")
    assert again.closure("import lib.inner") == found
    assert again.known == again.before


def test_what_functions_and_type_checkers_import_is_told_apart(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "later.py").write_text(
        "import typing\nimport email\nif typing.TYPE_CHECKING:\n    import html\n"
        "def f():\n    import csv\n"
    )
    imports = Imports([tmp_path], tmp_path / "memory.json")
    assert imports.outside("import lib.later", at_once=True) == ["email", "typing"]
    assert imports.outside("import lib.later", at_once=False) == ["csv", "email", "typing"]


def test_the_chapters_inputs_hold_the_engine_and_the_interface_words():
    folder = Path(__file__).parents[3]
    found = Imports([folder], folder / "none").closure("", ["compendium.run.engine"])
    names = {path.name for path in found}
    assert {"engine.py", "exhibits.py", "formatting.py", "words.toml"} <= names
    assert not {"tasks.py", "build.py", "cli.py", "report_html.py"} & names


def test_what_a_removed_chapter_made_goes_and_what_a_user_put_there_stays(tmp_path):
    project = rebuilt(tmp_path / "mini")
    (project.out / "notebooks" / "99_mine.ipynb").write_text("{}")
    (project.notebooks / "07_work.ipynb").unlink()
    steps = {step.name: step for step in run(project)}
    assert "recorded" in str(steps["chapter 2"].error)  # it reads values of chapter 7
    left = {path.name for path in (project.out / "notebooks").iterdir()}
    assert {"99_mine.ipynb", "01_start.ipynb"} <= left
    assert "07_work.ipynb" not in left
    assert not (project.out / "values" / "07.json").exists()


def test_reordered_chapters_are_renumbered(tmp_path):
    project = rebuilt(tmp_path / "mini")
    (project.notebooks / "01_start.ipynb").rename(project.notebooks / "08_start.ipynb")
    edit(
        project.notebooks / "08_start.ipynb",
        lambda text: text.replace('"chapter": 1', '"chapter": 8'),
    )
    assert "failed" not in states(project).values()
    page = (project.out / "report" / "en" / "report.html").read_text("utf-8")
    assert "Figure 8.1" in page
    assert "Figure 1.1" not in page
    assert not (project.out / "values" / "01.json").exists()


def test_a_report_in_a_language_that_was_not_built_does_not_stay(tmp_path):
    project = rebuilt(tmp_path / "mini")
    assert "failed" not in states(replace(project, languages=("da",))).values()
    assert [path.parent.name for path in (project.out / "report").glob("*/report.pdf")] == ["da"]


def test_a_module_beside_the_notebooks_is_an_input_and_changes_no_other_chapter(tmp_path):
    project = copied(tmp_path / "mini")
    side = project.notebooks / "side.py"
    side.write_text("import matplotlib\nmatplotlib.rcParams['font.size'] = 99\nprint(12345)\n")
    edit_cell(project.notebooks / "01_start.ipynb", 0, lambda text: f"import side\n{text}")
    look = "import matplotlib\nprint(matplotlib.rcParams['font.size'])"
    edit_cell(project.notebooks / "07_work.ipynb", 1, lambda text: f"{look}\n{text}")
    assert set(states(project).values()) == {"ran"}
    assert '"10.0\\n"' in (project.out / "notebooks" / "07_work.ipynb").read_text("utf-8")
    assert "12345" in (project.out / "notebooks" / "01_start.ipynb").read_text("utf-8")
    edit(side, lambda text: text.replace("12345", "54321"))
    assert "chapter 1" in ran(project)


def test_a_cell_that_is_no_python_fails_in_its_place_and_a_magic_does_not(tmp_path):
    project = copied(tmp_path / "mini")
    path = project.notebooks / "07_work.ipynb"
    edit_cell(path, 1, lambda text: f"here = %pwd\n{text}")
    assert states(project)["chapter 7"] == "ran"
    edit_cell(path, 2, lambda text: f"{text}\ndef broken(:")
    failure = {step.name: step for step in run(project)}["chapter 7"].error.failure
    assert (failure.error, failure.cell) == ("SyntaxError", 3)
    assert not list((project.out / "report").glob("*/report.*"))


def test_a_fault_before_the_first_step_leaves_no_report_either(tmp_path):
    project = rebuilt(tmp_path / "mini")
    other = project.notebooks / "08_same.ipynb"
    other.write_bytes((project.notebooks / "07_work.ipynb").read_bytes())
    with pytest.raises(NotebookError, match="both chapter 7"):
        run(project)
    assert not list((project.out / "report").glob("*/report.*"))
    other.unlink()
    assert set(states(project).values()) == {"unchanged"} | {"ran"}


def test_an_edit_while_a_step_runs_is_told_and_what_it_made_does_not_count(tmp_path):
    project = rebuilt(tmp_path / "mini")
    module = project.root / "minilib" / "stats.py"
    whole = module.read_text("utf-8")
    lines = (
        f"\nimport pathlib\nwith pathlib.Path({str(module)!r}).open('a') as f:\n    f.write('#')"
    )
    edit_cell(project.notebooks / "07_work.ipynb", 1, lambda text: text + lines)
    error = {step.name: step for step in run(project)}["chapter 7"].error
    assert str(error) == "minilib/stats.py changed while chapter 7 ran: run again"
    assert not list((project.out / "report").glob("*/report.*"))
    module.write_text(whole, "utf-8")  # undone: the results are still of neither
    assert {step.name: step for step in plan(project)}["chapter 7"].state == "runs"


def test_a_table_is_an_input_however_its_name_is_written(tmp_path):
    project = copied(tmp_path / "mini")
    (project.data / "people.csv").rename(project.data / "PEOPLE.csv")
    steps = {task.name: task for task in Graph(project, Progress()).tasks()}
    assert "data/tiny/PEOPLE.csv" in steps["chapter 7"].inputs


def test_reports_of_another_run_go_though_it_is_forgotten(tmp_path):
    project = rebuilt(tmp_path / "mini")
    shutil.rmtree(project.memory)
    states(replace(project, languages=("da",)))
    assert [path.parent.name for path in (project.out / "report").glob("*/report.pdf")] == ["da"]


def test_a_run_of_one_s_own_does_not_check_the_data_again(tmp_path):
    project = rebuilt(tmp_path / "mini")
    own = replace(project, chapters=(7,), parameters={"level": "0.8"})
    assert states(own)["data check"] == "unchanged"
    edit(project.data / "people.csv", lambda text: text.replace(",1\n", ",0\n", 1))
    assert states(own)["data check"] == "ran"


def test_a_broken_notebook_leaves_the_reports_of_a_build_that_runs(tmp_path):
    project = rebuilt(tmp_path / "mini")
    (project.notebooks / "07_work.ipynb").write_text("{")
    with locked(project.memory / "lock"), pytest.raises(NotebookError):
        run(project)
    assert len(list((project.out / "report").glob("*/report.*"))) == 4
    with pytest.raises(NotebookError):
        run(project)
    assert not list((project.out / "report").glob("*/report.*"))


def test_two_builds_of_one_folder_do_not_meet(tmp_path):
    project = rebuilt(tmp_path / "mini")
    with (
        locked(project.out / ".build" / "lock"),
        pytest.raises(BuildError, match="another build"),
    ):
        run(project)
    assert len(list((project.out / "report").glob("*/report.*"))) == 4  # the other's own


def test_what_a_failure_left_goes_with_its_cause(tmp_path):
    project = broken(tmp_path)
    run(project)
    assert list((project.out / "failed").iterdir())
    edit_cell(project.notebooks / "07_work.ipynb", 1, lambda text: text.replace("\n1 / 0\n", ""))
    assert "failed" not in states(project).values()
    assert not (project.out / "failed").exists()


def produces(project, *names):
    for path, name in zip(sorted(project.notebooks.glob("*.ipynb")), names, strict=False):
        listed = f'"produces": ["{name}"], "tables"'
        edit(path, lambda text, new=listed: text.replace('"tables"', new, 1))


def test_a_file_a_chapter_says_it_makes_must_be_made(tmp_path):
    project = copied(tmp_path / "mini")
    produces(project, "more.csv")
    steps = {step.name: step for step in run(project)}
    told = "chapter 1 was to make outputs/more.csv, and did not: write it in a cell, or take it "
    assert str(steps["chapter 1"].error).startswith(told)
    assert steps["report da pdf"].state == "left out"


def test_two_chapters_cannot_make_one_file(tmp_path):
    project = copied(tmp_path / "mini")
    produces(project, "more.csv", "more.csv")
    with pytest.raises(BuildError, match=r"chapter 1 and chapter 2 both make outputs/more\.csv"):
        run(project)


def test_a_step_that_runs_says_why(tmp_path):
    project = rebuilt(tmp_path / "mini")
    touch_module(project.root)
    touch_shared_file(project.root)
    steps = {step.name: step for step in run(project)}
    assert steps["chapter 7"].why == "minilib/stats.py changed"
    assert steps["chapter 2"].reasons == ("outputs/values/01.json changed",)
    assert steps["report en pdf"].why == "outputs/notebooks/01_start.ipynb (en) changed"
    assert steps["data check"].reasons == ()
