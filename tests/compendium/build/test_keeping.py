"""A build writes in its own folder, deletes what it made there, and touches nothing else."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from mini_project import BUILD, ROOT, built, command, copied, edit, edit_cell, rebuilt, run, states

from compendium.build import keeping
from compendium.errors import StorageError
from compendium.workspace import Workspace

REPORTS = {f"{lang}/report.{kind}" for lang in ("da", "en") for kind in ("html", "pdf")}


def reports(workspace):
    folder = workspace.out / "report"
    return {path.relative_to(folder).as_posix() for path in folder.glob("*/report.*")}


def test_a_build_that_is_killed_leaves_no_report_beside_other_results(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    waits = "import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(60)"
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-03", lambda text: f"{text}\n{waits}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", BUILD, workspace.root]
    with subprocess.Popen(command, env=environment) as process:
        while not (workspace.notebooks / "begun").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
    assert reports(workspace) == set()


def test_reports_that_would_come_out_the_same_are_not_made_again(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    edit(workspace.root / "minilib" / "stats.py", lambda text: f"{text}\n# a comment\n")
    before = (workspace.out / "report" / "en" / "report.html").stat().st_mtime_ns
    done = states(workspace)
    assert done["chapter 7"] == "ran"
    assert (workspace.out / "report" / "en" / "report.html").stat().st_mtime_ns != before
    edit(workspace.root / "locale/da/LC_MESSAGES/07_work.po", lambda text: f"{text}\n# note\n")
    done = states(workspace)
    assert (done["report da html"], done["report en html"]) == ("ran", "unchanged")
    assert reports(workspace) == REPORTS
    assert set(states(workspace).values()) == {"unchanged"}


def test_a_forged_memory_deletes_nothing_outside(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    others = [tmp_path / f"{number}.txt" for number in range(3)]
    for path in others:
        path.write_text("mine")
    (workspace.out / "link").symlink_to(tmp_path)
    (workspace.out / "old.csv").write_text("made by a chapter that is gone")
    path = workspace.memory / "steps.json"
    steps = json.loads(path.read_text("utf-8"))
    names = [str(others[0]), f"outputs/../../{others[1].name}", f"outputs/link/{others[2].name}"]
    names += ["outputs/.build/lock", "outputs/old.csv"]
    steps["chapter 9"] = {**steps["chapter 1"], "products": dict.fromkeys(names, "0")}
    path.write_text(json.dumps(steps))
    states(workspace)
    assert all(path.is_file() for path in others)
    assert (workspace.memory / "lock").is_file()
    assert not (workspace.out / "old.csv").exists()


@pytest.mark.parametrize("name", ["report/da/report.pdf", "failed/notes.txt", "values/01.json"])
def test_a_folder_with_files_of_others_is_left_alone(tmp_path, capsys, name):
    folder, out = copied(tmp_path / "mini").root, tmp_path / "others"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    assert command(folder, "--out", str(out)) == 2
    said = capsys.readouterr().err
    assert "was made by no build that is remembered there: move it away" in said
    assert len(said.splitlines()) == 1
    assert [path for path in out.rglob("*") if path.is_file()] == [out / name]


def test_what_others_put_beside_failures_stays(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-03", lambda text: f"{text}\n1 / 0")
    run(workspace)
    (workspace.out / "failed" / "notes.txt").write_text("mine")
    (workspace.notebooks / "07_work.ipynb").write_bytes(
        (built().notebooks / "07_work.ipynb").read_bytes()
    )
    states(workspace)
    assert [path.name for path in (workspace.out / "failed").iterdir()] == ["notes.txt"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    workspace = copied(tmp_path / "mini")
    keeping.claim(workspace)
    (workspace.memory / "lock").touch()
    (tmp_path / "elsewhere").mkdir()
    (workspace.out / "values").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match=r"outputs/values leads out of .*: remove the link"):
        run(workspace)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("field", ["records", "produces"])
@pytest.mark.parametrize("name", ["../../evil.json", "/evil.json", "report/en/report.html", ".x/y"])
def test_a_chapter_cannot_name_a_file_outside_the_results(tmp_path, capsys, field, name):
    folder = copied(tmp_path / "mini").root
    given = json.dumps([name] if field == "produces" else name)
    path = folder / "notebooks" / "07_work.ipynb"
    edit(path, lambda text: text.replace('"tables"', f'"{field}": {given}, "tables"', 1))
    assert command(folder) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"07_work.ipynb: `{name}` is no place among the results: ")


PLACES = {
    "in the data": ("data/standin/out", "the study's tables"),
    "the data": ("data/standin", "the study's tables"),
    "over the data": ("data", "the study's tables"),
    "in the notebooks": ("notebooks/out", "notebooks"),
    "over all": (".", "the study's tables"),
}


@pytest.mark.parametrize("place", PLACES)
def test_results_may_not_lie_among_what_they_are_made_of(tmp_path, capsys, place):
    folder = copied(tmp_path / "mini").root
    where, what = PLACES[place]
    data = folder / "data" / "standin"
    assert command(folder, "--data", str(data), "--out", str(folder / where)) == 2
    said = capsys.readouterr().err
    assert re.search(f"results would lie in, over or under {what} .*; name another folder", said)
    assert len(said.splitlines()) == 1


def test_an_output_folder_that_is_a_link_to_itself_is_one_sentence(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert command(folder, "--out", str(tmp_path / "loop")) == 2
    assert capsys.readouterr().err.endswith("loop: it is a link to itself\n")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_place_where_nothing_can_be_written_is_one_sentence(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    assert command(folder, "--out", "/proc/nowhere/out") == 2
    said = capsys.readouterr().err
    assert said == (
        "the results cannot be written (/proc/nowhere/out): choose another folder with --out\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_results_are_readable_by_their_owner_alone():
    out = built().out
    for path in (out, *out.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_name_in_the_memory_or_a_failure_is_a_place_of_this_machine(tmp_path):
    workspace = copied(tmp_path / "mini")
    elsewhere = replace(workspace, data_dir=tmp_path / "data", out_dir=tmp_path / "out")
    (workspace.root / "data" / "standin").rename(tmp_path / "data")
    edit_cell(workspace.notebooks / "02_end.ipynb", "02-code-01", lambda text: f"{text}\n1 / 0")
    run(elsewhere)
    for path in (*elsewhere.memory.glob("*.json"), *(elsewhere.out / "failed").iterdir()):
        assert str(tmp_path) not in path.read_text("utf-8"), path.name


def test_names_lead_back_to_their_files(tmp_path):
    workspace = Workspace(tmp_path / "a", tmp_path / "data", tmp_path / "out")
    for path in (workspace.root / "x.py", workspace.data / "a.csv", workspace.out / "b.csv"):
        assert workspace.located(workspace.relative(path)) == path


@pytest.mark.parametrize("seconds", ["1e18", "-1", "Infinity", "NaN"])
def test_a_time_that_no_step_can_have_taken_costs_a_build_and_no_more(tmp_path, seconds):
    workspace = rebuilt(tmp_path / "mini")
    path = workspace.memory / "steps.json"
    path.write_text(re.sub(r'"seconds": [\d.]+', f'"seconds": {seconds}', path.read_text("utf-8")))
    assert set(states(workspace).values()) == {"ran"}
