"""The command line: what it prints, and the exit code of each way to end."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mini_project import built, command, copied, edit, edit_cell, rebuilt

ROOT = Path(__file__).parents[2]


def test_a_build_prints_the_four_reports_and_the_next_says_there_is_nothing_to_do(tmp_path, capsys):
    folder = tmp_path / "mini"
    copied(folder)
    assert command(folder) == 0
    said = capsys.readouterr().out
    for lang in ("da", "en"):
        for kind in ("html", "pdf"):
            path = folder / "outputs" / "report" / lang / f"report.{kind}"
            assert str(path) in said
            assert path.is_file()
    assert command(folder) == 0
    assert capsys.readouterr().out == (
        "nothing to do: the report in outputs/report is up to date\n"
    )
    assert command(folder, "-q") == 0
    assert capsys.readouterr().out == ""


def test_one_chapter_says_what_runs_first(tmp_path, capsys):
    folder = rebuilt(tmp_path / "mini").root
    assert command(folder, "--chapter", "2", "--lang", "en") == 0
    said = capsys.readouterr().out
    assert said.startswith("chapters run first: 1, 7\n")
    assert "custom/2/report/en/report.html" in said


def test_a_plan_is_printed_with_reasons(tmp_path, capsys):
    folder = rebuilt(tmp_path / "mini").root
    (folder / "outputs" / "values" / "01.json").unlink()
    assert command(folder, "plan") == 0
    said = capsys.readouterr().out
    assert re.search(r"^runs +chapter 1 +outputs/values/01.json is missing$", said, re.MULTILINE)
    assert re.search(r"^unchanged +chapter 7$", said, re.MULTILINE)


def test_a_failing_chapter_ends_with_1_and_one_message(tmp_path, capsys):
    folder = rebuilt(tmp_path / "mini").root
    edit_cell(folder / "notebooks" / "07_work.ipynb", "07-code-03", lambda text: f"{text}\n1 / 0")
    assert command(folder) == 1
    said = capsys.readouterr()
    assert "chapter 7 failed: ZeroDivisionError" in said.err
    assert "not run: chapter 2, notebooks da" in said.err
    assert "Traceback" not in said.err
    assert "report.html" not in said.out


def test_a_data_fault_ends_with_2_and_its_report_alone(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    (folder / "data" / "standin" / "participants.csv").write_text("person_id\n")
    assert command(folder) == 2
    said = capsys.readouterr().err
    assert "participants.csv" in said
    assert said.endswith("no chapter was run\n")
    assert "Traceback" not in said
    assert not list((folder / "outputs").rglob("report.*"))  # the page of methods needs no data


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "level"], "write it as NAME=VALUE"),
        (["-p", "levl=0.9"], "did you mean `level`"),
        (["--data", "nowhere"], "there is no such folder"),
        (["--jobs", "0"], "at least one step"),
        (["--chapter", "9"], "there is no chapter 9"),
        (["--chapter", "x"], "argument --chapter: invalid int value: 'x'; see `python run_all.py"),
        (["--jbos", "2"], "unrecognized arguments: --jbos"),
        (["tset"], "`tset` is no command here; did you mean `test`?"),
        (
            ["--lang=en", "new", "chapter", "A"],
            "`new` is no command here; write it before all options",
        ),
        (["data", "validat", "."], "invalid choice: 'validat'"),
    ],
)
def test_wrong_calls_end_with_2(tmp_path, capsys, arguments, message):
    folder = copied(tmp_path / "mini").root
    assert command(folder, *arguments) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_check_prints_issues_and_ends_with_1(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    assert command(folder, "check") == 0
    assert capsys.readouterr().out == "no faults found\n"
    edit_cell(folder / "notebooks" / "02_end.ipynb", "02-text-02", lambda text: f"{text} 42")
    assert command(folder, "check") == 1
    told = capsys.readouterr().out
    assert "“42” is typed" in told
    assert "is not translated" in told


def test_translate_says_what_is_missing_and_ends_with_1(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    assert command(folder, "translate") == 0
    assert capsys.readouterr().out == "nothing is missing\n"
    edit_cell(folder / "notebooks" / "02_end.ipynb", "02-text-02", lambda _: "Something else.")
    assert command(folder, "translate") == 1
    assert "02_end.po: 02-text-02" in capsys.readouterr().out


def test_a_chapter_of_one_s_own_is_named_and_misses_nothing(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    path = folder / "notebooks" / "02_end.ipynb"
    edit(path, lambda text: text.replace('"title"', '"language": "en", "title"'))
    assert command(folder, "translate") == 0
    assert "02_end.ipynb: written in `en`" in capsys.readouterr().out


def test_check_reads_the_claims_and_the_tables_too(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    shutil.copytree(ROOT / "data" / "published", folder / "data" / "published")
    assert command(folder, "check") == 0
    edit(folder / "data" / "published" / "claims.csv", lambda text: text.replace("yes", "perhaps"))
    (folder / "data" / "standin" / "participants.csv").unlink()
    capsys.readouterr()
    assert command(folder, "check") == 1
    told = capsys.readouterr().out
    assert "calibrated is 'perhaps'; write one of yes, no" in told
    assert "participants.csv" in told


def test_a_timeout_is_told_without_a_word_from_the_libraries(tmp_path):
    workspace = copied(tmp_path / "mini")
    for name, cell in (("01_start", "01-code-02"), ("07_work", "07-code-03")):
        path = workspace.notebooks / f"{name}.ipynb"
        edit_cell(path, cell, lambda text: f"{text}\nwhile True: pass")
    script = (
        "import sys\n"
        "sys.path[:0] = sys.argv[1:]\n"
        "from mini_project import Path, Workspace, run\n"
        "workspace = Workspace(Path(sys.argv[2]), timeout=1)\n"
        "print([step.state for step in run(workspace, keep_going=True)].count('failed'))\n"
    )
    command = [sys.executable, "-c", script, str(ROOT / "tests" / "support"), str(workspace.root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_the_command_may_stand_last(tmp_path, capsys):
    folder = rebuilt(tmp_path / "mini").root
    assert command(folder, "--lang", "da", "--chapter", "7", "plan") == 0
    assert "chapter 7" in capsys.readouterr().out


def test_debug_shows_the_traceback(tmp_path):
    folder = copied(tmp_path / "mini").root
    with pytest.raises(Exception, match="there is no chapter 9"):
        command(folder, "--debug", "--chapter", "9")


def test_nothing_to_do_takes_little_time_and_loads_no_notebook_library():
    workspace = built()
    script = (
        "import sys; from pathlib import Path; from compendium.cli import main\n"
        f"assert main(['build'], Path({str(workspace.root)!r})) == 0\n"
        "heavy = {'papermill', 'nbformat', 'pandas', 'matplotlib', 'typst', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--release", "--chapter", "7"], "--release is of the whole study"),
        (["--release", "-p", "level=0.9"], "--release is of the whole study"),
        (["--previous", "nowhere"], "--previous nowhere: give the folder of a release"),
        (["--release", "nowhere"], "there is no site `nowhere`"),
    ],
)
def test_a_release_is_of_the_whole_study_and_to_a_known_site(options, said, tmp_path, capsys):
    assert command(built().root, *options, "--out", str(tmp_path)) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_release_is_not_written_over(tmp_path, capsys):
    (tmp_path / "release").mkdir()
    assert command(built().root, "--release", "--out", str(tmp_path)) == 2
    assert "is there already and is not written over" in capsys.readouterr().err
