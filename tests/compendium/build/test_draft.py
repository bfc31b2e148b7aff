"""Faults of the chapters stop a build before a kernel starts; a draft is built, and says so."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from mini_project import command, copied, edit, edit_cell, rebuilt, run, states

from compendium.errors import CheckError

TYPED = "## Results\n\nIn all 3,417 people."
PLAIN = (
    "import matplotlib.pyplot as plt\n"
    "plt.plot([1, 2])\n"
    "plt.show()\n"
    "print('<script>plain</script> words')\n"
    "pd.DataFrame({'shown in a frame': [1]})"
)
MARKS = {"en": "Draft: what is shown has not been checked", "da": "Udkast: indholdet er ikke"}


def type_a_number(workspace):
    path = workspace.notebooks / "07_work.ipynb"
    edit_cell(path, "07-text-02", lambda text: text.replace("## Results", TYPED))


def show_plain_things(workspace):
    path = workspace.notebooks / "07_work.ipynb"
    edit_cell(path, "07-code-06", lambda text: f"{text}\n{PLAIN}")


def words_of(pdf, *options):
    command = [shutil.which("pdftotext") or "", "-layout", *options, pdf, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("given", [["--draft"], []])
def test_a_typed_number_stops_a_build_before_a_kernel_starts(tmp_path, capsys, given):
    workspace = copied(tmp_path / "mini")
    type_a_number(workspace)
    code = command(workspace.root, *given)
    said = capsys.readouterr()
    rule = "07_work.ipynb, cell 07-text-02, paragraph 2: [digit] “3,417” is typed in"
    if given:
        assert code == 0
        assert rule in said.out
        return
    assert code == 1
    assert said.err.startswith(rule)
    assert "build with --draft, which marks every page as a draft" in said.err
    assert said.err.endswith("no chapter was run\n")
    assert not (workspace.out / "executed").exists()


def test_a_check_that_found_nothing_is_remembered_and_wakes_no_chapter(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    assert states(workspace)["prose check"] == "unchanged"
    edit(workspace.root / "locale/da/LC_MESSAGES/07_work.po", lambda text: f"{text}\n# a note\n")
    done = states(workspace)
    assert (done["prose check"], done["chapter 7"]) == ("ran", "unchanged")


def test_a_fault_that_comes_later_takes_the_reports_away(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    type_a_number(workspace)
    steps = {step.name: step for step in run(workspace)}
    assert isinstance(steps["prose check"].error, CheckError)
    assert not list((workspace.out / "report").glob("*/report.*"))


def test_habits_only_warn_in_a_build(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    path = folder / "notebooks" / "02_end.ipynb"
    edit_cell(path, "02-code-01", lambda text: f"{text}\nimport os")
    edit(path, lambda text: text.replace('"outputs": []', '"outputs": [{}]', 1))
    assert command(folder) == 0
    assert "warning: 02_end.ipynb" in capsys.readouterr().out


def test_in_a_chapter_of_ones_own_a_typed_number_only_warns(tmp_path, capsys):
    workspace = copied(tmp_path / "mini")
    type_a_number(workspace)
    path = workspace.notebooks / "07_work.ipynb"
    edit(path, lambda text: text.replace('"tables"', '"language": "en", "tables"', 1))
    (workspace.root / "locale/da/LC_MESSAGES/07_work.po").unlink()
    assert command(workspace.root, "check") == 0
    assert "warning: 07_work.ipynb" in capsys.readouterr().out
    show_plain_things(workspace)
    assert command(workspace.root, "--lang", "en") == 0
    page = (workspace.out / "report" / "en" / "report.html").read_text("utf-8")
    assert "Unchecked output [7.6]" in page
    assert MARKS["en"] not in page


def test_every_page_of_a_draft_says_so_and_shows_what_is_unchecked(tmp_path):
    workspace = copied(tmp_path / "mini")
    type_a_number(workspace)
    show_plain_things(workspace)
    draft = replace(workspace, draft=True)
    assert set(states(draft).values()) == {"ran"}
    for lang, mark in MARKS.items():
        page = (draft.out / "report" / lang / "report.html").read_text("utf-8")
        assert f'<p class="standin" role="note">{mark}' in page
        assert 'src="data:image/png;base64,' in page
        assert "shown in a frame" in page
        assert "<script>plain" not in page
        pdf = draft.out / "report" / lang / "report.pdf"
        pages = words_of(pdf).split("\f")[:-1]
        assert [mark in re.sub(r"\s+", " ", text) for text in pages] == [True] * len(pages)
        assert "shown in a frame" in words_of(pdf)
        for path in (draft.out / "notebooks" / lang).glob("*.ipynb"):
            first = json.loads(path.read_text("utf-8"))["cells"][0]
            assert mark in "".join(first["source"])
            assert mark in path.with_suffix(".html").read_text("utf-8")
    steps = {step.name: step for step in run(workspace)}  # no draft now
    assert steps["prose check"].state == "failed"


def test_what_a_draft_has_shown_does_not_slip_into_the_report(tmp_path):
    workspace = copied(tmp_path / "mini")
    show_plain_things(workspace)
    assert "failed" not in states(replace(workspace, draft=True)).values()
    errors = {str(step.error) for step in run(workspace) if step.error}
    assert len(errors) == 1
    said = errors.pop()
    assert said.startswith("chapter 7, cell 6 (id 07-code-06): the cell shows a plain figure")
