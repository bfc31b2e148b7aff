"""The command line: what it prints, and the exit code of each way to end."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mini_project import SOURCE, built, command, copied, edit, edit_cell, rebuilt

ROOT = Path(__file__).parents[2]


def test_a_build_prints_the_four_reports_and_the_next_says_there_is_nothing_to_do(
    tmp_path, monkeypatch, capsys
):
    folder = tmp_path / "mini"
    copied(folder)
    assert command(folder, monkeypatch) == 0
    said = capsys.readouterr().out
    for lang in ("da", "en"):
        for kind in ("html", "pdf"):
            path = folder / "outputs" / "report" / lang / f"report.{kind}"
            assert str(path) in said
            assert path.is_file()
    assert command(folder, monkeypatch) == 0
    assert capsys.readouterr().out == (
        "nothing to do: the report in outputs/report is up to date\n"
    )
    assert command(folder, monkeypatch, "-q") == 0
    assert capsys.readouterr().out == ""


def test_one_chapter_says_what_runs_first(tmp_path, monkeypatch, capsys):
    folder = rebuilt(tmp_path / "mini").root
    assert command(folder, monkeypatch, "--chapter", "2", "--lang", "en") == 0
    said = capsys.readouterr().out
    assert said.startswith("chapters run first: 1, 7\n")
    assert "custom/2/report/en/report.html" in said


def test_a_plan_is_printed_with_reasons(tmp_path, monkeypatch, capsys):
    folder = rebuilt(tmp_path / "mini").root
    (folder / "outputs" / "values" / "01.json").unlink()
    assert command(folder, monkeypatch, "plan") == 0
    said = capsys.readouterr().out
    assert re.search(r"^runs +chapter 1 +outputs/values/01.json is missing$", said, re.MULTILINE)
    assert re.search(r"^unchanged +chapter 7$", said, re.MULTILINE)


def test_a_failing_chapter_ends_with_1_and_one_message(tmp_path, monkeypatch, capsys):
    folder = rebuilt(tmp_path / "mini").root
    edit_cell(folder / "notebooks" / "07_work.ipynb", 1, lambda text: f"{text}\n1 / 0")
    assert command(folder, monkeypatch) == 1
    said = capsys.readouterr()
    assert "chapter 7 failed: ZeroDivisionError" in said.err
    assert "not run: chapter 2, report da html" in said.err
    assert "Traceback" not in said.err
    assert "report.html" not in said.out


def test_a_data_fault_ends_with_2_and_its_report_alone(tmp_path, monkeypatch, capsys):
    folder = copied(tmp_path / "mini").root
    (folder / "data" / "tiny" / "people.csv").write_text("person_id\n")
    assert command(folder, monkeypatch) == 2
    said = capsys.readouterr().err
    assert said.startswith("people.csv: column `employed` is missing\npeople.csv: nothing else\n")
    assert not (folder / "outputs" / "report").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "level"], "write it as NAME=VALUE"),
        (["-p", "levl=0.9"], "did you mean `level`"),
        (["--data", "nowhere"], "there is no such folder"),
        (["--jobs", "0"], "at least one step"),
        (["--chapter", "9"], "there is no chapter 9"),
    ],
)
def test_wrong_calls_end_with_2(tmp_path, monkeypatch, capsys, arguments, message):
    folder = copied(tmp_path / "mini").root
    assert command(folder, monkeypatch, *arguments) == 2
    assert message in capsys.readouterr().err


def test_check_prints_issues_and_ends_with_1(tmp_path, monkeypatch, capsys):
    assert command(SOURCE, monkeypatch, "check") == 0
    assert capsys.readouterr().out == "no faults found\n"
    folder = copied(tmp_path / "mini").root
    edit_cell(folder / "notebooks" / "02_end.ipynb", 1, lambda text: f"{text} 42")
    assert command(folder, monkeypatch, "check") == 1
    assert "02_end.ipynb, cell 02-cell-02: [digit] “42” is typed" in capsys.readouterr().out


def test_check_reads_the_claims_and_the_tables_too(tmp_path, monkeypatch, capsys):
    folder = copied(tmp_path / "mini").root
    shutil.copytree(ROOT / "data" / "published", folder / "data" / "published")
    assert command(folder, monkeypatch, "check") == 0
    edit(folder / "data" / "published" / "claims.csv", lambda text: text.replace("yes", "perhaps"))
    (folder / "data" / "tiny" / "people.csv").unlink()
    capsys.readouterr()
    assert command(folder, monkeypatch, "check") == 1
    told = capsys.readouterr().out
    assert "calibrated is 'perhaps'; write one of yes, no" in told
    assert "people.csv is missing" in told


def test_a_timeout_is_told_without_a_word_from_the_libraries(tmp_path):
    project = copied(tmp_path / "mini")
    for name, cell in (("01_start", 0), ("07_work", 1)):
        path = project.notebooks / f"{name}.ipynb"
        edit_cell(path, cell, lambda text: f"{text}\nwhile True: pass")
    script = (
        "import dataclasses, sys\n"
        "sys.path[:0] = sys.argv[1:]\n"
        "from mini_project import mini, run, Path\n"
        "project = dataclasses.replace(mini(Path(sys.argv[2])), timeout=1)\n"
        "print([step.state for step in run(project, keep_going=True)].count('failed'))\n"
    )
    command = [sys.executable, "-c", script, str(ROOT / "tests" / "support"), str(project.root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_the_command_may_stand_last(tmp_path, monkeypatch, capsys):
    folder = rebuilt(tmp_path / "mini").root
    assert command(folder, monkeypatch, "--lang", "da", "--chapter", "7", "plan") == 0
    assert "chapter 7" in capsys.readouterr().out


def test_debug_shows_the_traceback(tmp_path, monkeypatch):
    folder = copied(tmp_path / "mini").root
    with pytest.raises(Exception, match="there is no chapter 9"):
        command(folder, monkeypatch, "--debug", "--chapter", "9")


def test_nothing_to_do_takes_little_time_and_loads_no_notebook_library():
    project = built()
    script = (
        "import sys; from pathlib import Path; from compendium.build.build import build\n"
        "from compendium.project import Project\n"
        f"project = Project(root=Path({str(project.root)!r}), data_dir=Path({str(project.data)!r}),"
        " validator='minilib.people:validate')\n"
        "assert {s.state for s in build(project)} == {'unchanged'}\n"
        "heavy = {'papermill', 'nbformat', 'pandas', 'matplotlib', 'typst', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 10  # the promise is 1.5 s; a busy machine is allowed more
