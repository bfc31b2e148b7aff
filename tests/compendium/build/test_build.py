"""A build: what it leaves, whatever happens, and the same bytes twice."""

import shutil
from dataclasses import replace

import pytest
from mini_project import RESULTS, built, copied, edit, edit_cell, rebuilt, results, run, states

from compendium.build.build import plan
from compendium.errors import BuildError, ChapterError, NotebookError, StorageError
from compendium.files import locked


def append(text):
    return lambda source: f"{source}\n{text}\n"


def touch_module(root):
    edit(root / "minilib" / "stats.py", append("# a comment"))


def touch_shared_file(root):
    edit(root / "minilib" / "other.py", lambda text: text.replace("FACTOR = 2", "FACTOR = 3"))


def ran(workspace, **options):
    return {name for name, state in states(workspace, **options).items() if state == "ran"}


def broken(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-03", append("1 / 0"))
    return workspace


def test_a_failed_build_leaves_no_report_and_the_next_one_completes(tmp_path):
    workspace = broken(tmp_path)
    steps = {step.name: step for step in run(workspace)}
    assert isinstance(steps["chapter 7"].error, ChapterError)
    assert not list((workspace.out / "report").glob("*/report.*"))
    shutil.copy(built().notebooks / "07_work.ipynb", workspace.notebooks)
    assert "failed" not in states(workspace).values()
    for path in (built().out / "report").glob("*/report.*"):
        assert (workspace.out / path.relative_to(built().out)).read_bytes() == path.read_bytes()


def test_keep_going_runs_what_does_not_depend_on_the_failure(tmp_path):
    workspace = broken(tmp_path)
    touch_shared_file(workspace.root)
    done = states(workspace, keep_going=True)
    assert (done["chapter 1"], done["chapter 7"]) == ("ran", "failed")
    assert {done["chapter 2"], done["report da html"]} == {"left out"}


def test_a_data_fault_stops_everything_before_a_chapter(tmp_path):
    workspace = copied(tmp_path / "mini")
    (workspace.data / "participants.csv").unlink()
    steps = {step.name: step for step in run(workspace)}
    assert "participants.csv" in str(steps["data check"].error)
    assert [name for name in steps if steps[name].state == "ran"] in ([], ["prose check"])
    assert not (workspace.out / "report").exists()


def test_two_clean_builds_in_two_folders_give_the_same_bytes(tmp_path):
    workspace = copied(tmp_path / "elsewhere")
    run(workspace, jobs=1)
    found = results(workspace.out)
    assert {name.partition("/")[0] for name in found} == set(RESULTS)
    assert len(found) == 3 + 2 * 2 * 3 + 3 + 4
    assert found == results(built().out)


def test_a_plan_says_what_runs_and_why_and_runs_nothing(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    touch_module(workspace.root)
    before = (workspace.out / "values" / "07.json").stat().st_mtime_ns
    steps = {step.name: step for step in plan(workspace)}
    assert (steps["chapter 7"].state, steps["chapter 1"].state) == ("runs", "unchanged")
    assert steps["chapter 7"].reasons == ("minilib/stats.py changed",)
    assert (steps["chapter 2"].state, steps["report da pdf"].state) == ("may run", "runs")
    assert steps["report da pdf"].reasons[0] == "colophon changed"
    assert (workspace.out / "values" / "07.json").stat().st_mtime_ns == before


def test_a_report_in_a_language_that_was_not_built_does_not_stay(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    assert "failed" not in states(replace(workspace, languages=("da",))).values()
    assert [path.parent.name for path in (workspace.out / "report").glob("*/report.pdf")] == ["da"]


def test_what_a_removed_chapter_made_goes_and_what_a_user_put_there_stays(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    (workspace.out / "executed" / "99_mine.ipynb").write_text("{}")
    (workspace.notebooks / "07_work.ipynb").unlink()
    (workspace.root / "locale/da/LC_MESSAGES/07_work.po").unlink()
    steps = {step.name: step for step in run(workspace)}
    assert "recorded" in str(steps["chapter 2"].error)  # it reads values of chapter 7
    left = {path.name for path in (workspace.out / "executed").iterdir()}
    assert {"99_mine.ipynb", "01_start.ipynb"} <= left
    assert "07_work.ipynb" not in left
    assert not (workspace.out / "values" / "07.json").exists()


def test_a_fault_before_the_first_step_leaves_no_report_either(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    other = workspace.notebooks / "08_same.ipynb"
    other.write_bytes((workspace.notebooks / "07_work.ipynb").read_bytes())
    with pytest.raises(NotebookError, match="both chapter 7"):
        run(workspace)
    assert not list((workspace.out / "report").glob("*/report.*"))
    other.unlink()
    assert set(states(workspace).values()) == {"unchanged"} | {"ran"}


def test_an_edit_while_a_step_runs_is_told_and_what_it_made_does_not_count(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    module = workspace.root / "minilib" / "stats.py"
    whole = module.read_text("utf-8")
    lines = (
        f"\nimport pathlib\nwith pathlib.Path({str(module)!r}).open('a') as f:\n    f.write('#')"
    )
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-03", lambda text: text + lines)
    error = {step.name: step for step in run(workspace)}["chapter 7"].error
    assert str(error) == "minilib/stats.py changed while chapter 7 ran: run again"
    assert not list((workspace.out / "report").glob("*/report.*"))
    module.write_text(whole, "utf-8")  # undone: the results are still of neither
    assert {step.name: step for step in plan(workspace)}["chapter 7"].state == "runs"


def test_results_that_no_memory_knows_are_left_alone(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    shutil.rmtree(workspace.memory)
    with pytest.raises(StorageError, match="was made by no build that is remembered there"):
        run(workspace)
    assert results(workspace.out) == results(built().out)


def test_a_broken_notebook_leaves_the_reports_of_a_build_that_runs(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    (workspace.notebooks / "07_work.ipynb").write_text("{")
    with locked(workspace.memory / "lock"), pytest.raises(NotebookError):
        run(workspace)
    assert len(list((workspace.out / "report").glob("*/report.*"))) == 4
    with pytest.raises(NotebookError):
        run(workspace)
    assert not list((workspace.out / "report").glob("*/report.*"))


def test_two_builds_of_one_folder_do_not_meet(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    with (
        locked(workspace.out / ".build" / "lock"),
        pytest.raises(BuildError, match="another build"),
    ):
        run(workspace)
    assert len(list((workspace.out / "report").glob("*/report.*"))) == 4  # the other's own


def test_what_a_failure_left_goes_with_its_cause(tmp_path):
    workspace = broken(tmp_path)
    run(workspace)
    assert list((workspace.out / "failed").iterdir())
    edit_cell(
        workspace.notebooks / "07_work.ipynb",
        "07-code-03",
        lambda text: text.replace("\n1 / 0\n", ""),
    )
    assert "failed" not in states(workspace).values()
    assert not (workspace.out / "failed").exists()


def produces(workspace, *names):
    for path, name in zip(sorted(workspace.notebooks.glob("*.ipynb")), names, strict=False):
        listed = f'"produces": ["{name}"], "tables"'
        edit(path, lambda text, new=listed: text.replace('"tables"', new, 1))


def test_a_file_a_chapter_says_it_makes_must_be_made(tmp_path):
    workspace = copied(tmp_path / "mini")
    produces(workspace, "more.csv")
    steps = {step.name: step for step in run(workspace)}
    told = "chapter 1 was to make outputs/more.csv, and did not: write it in a cell, or take it "
    assert str(steps["chapter 1"].error).startswith(told)
    assert steps["report da pdf"].state == "left out"


def test_two_chapters_cannot_make_one_file(tmp_path):
    workspace = copied(tmp_path / "mini")
    produces(workspace, "more.csv", "more.csv")
    with pytest.raises(BuildError, match=r"chapter 1 and chapter 2 both make outputs/more\.csv"):
        run(workspace)


def test_a_step_that_runs_says_why(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    touch_module(workspace.root)
    touch_shared_file(workspace.root)
    steps = {step.name: step for step in run(workspace)}
    assert steps["chapter 7"].why == "minilib/stats.py changed"
    assert steps["chapter 2"].reasons == ("outputs/values/01.json changed",)
    assert steps["report en pdf"].why == "outputs/executed/01_start.ipynb changed (and 1 more)"
    assert steps["data check"].reasons == ()


def test_a_damaged_or_missing_result_is_made_again(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    values = workspace.out / "values" / "07.json"
    whole = values.read_bytes()
    values.write_text("{}")
    (workspace.out / "report" / "en" / "report.pdf").unlink()
    assert ran(workspace) == {"chapter 7", "report en pdf"}
    assert values.read_bytes() == whole
