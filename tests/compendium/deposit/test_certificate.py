"""A second run held to the deposited one: every kind of difference is told, and no person."""

import json
import math
import platform
import shutil
import zipfile

import pytest
from deposits import TOP, in_git
from mini_project import Workspace, command, edit, edit_cell, rebuilt

from compendium.deposit.archive import archive
from compendium.deposit.certificate import compare, difference


@pytest.fixture
def unpacked(tmp_path):
    with zipfile.ZipFile(archive(in_git(rebuilt(tmp_path / "mini")))) as packed:
        packed.extractall(tmp_path)
    return tmp_path / TOP


def certificate(root):
    return json.loads((root / "reproduction" / "certificate.json").read_text("utf-8"))


def test_a_deposit_is_reproduced_from_nothing(unpacked, capsys):
    assert command(unpacked, "reproduce", "-q") == 0
    assert capsys.readouterr().out.startswith("reproduced: ")
    told = certificate(unpacked)
    assert told["verdict"] == "reproduced"
    assert told["exhibits"] == f"{len(told['verdicts'])} same"
    names = {row["exhibit"]: row["kind"] for row in told["verdicts"]}
    assert {"figure", "table", "value"} <= set(names.values())
    assert told["inputs"].startswith("all as deposited")
    assert told["packages"].endswith("other than deposited: none")
    assert told["deposited run"].split(",")[0].split()[2] < told["this run"].split()[0]
    page = (unpacked / "reproduction" / "certificate.md").read_text("utf-8")
    assert "| verdict | reproduced |" in page
    assert "| checked by | ____" in page
    assert platform.node() not in page + json.dumps(told)
    assert str(unpacked) not in page + json.dumps(told)
    assert command(unpacked, "verify") == 0  # the deposited results are as they were
    assert command(unpacked, "reproduce") == 2
    assert "is not empty, and a reproduction begins with nothing" in capsys.readouterr().err


def test_a_changed_source_and_what_it_changes_are_told(unpacked, capsys):
    table = unpacked / "data" / "standin" / "people.csv"
    edit(table, lambda text: "\n".join(text.split("\n")[:-21]) + "\n")
    assert command(unpacked, "reproduce", "-q") == 1
    assert capsys.readouterr().out.startswith("not reproduced: ")
    told = certificate(unpacked)
    assert told["inputs"] == "data/standin/people.csv has changed since the build"
    verdicts = {row["exhibit"]: row for row in told["verdicts"]}
    assert "differs" in {row["verdict"] for row in verdicts.values()}
    assert verdicts["tab-shares"]["verdict"] == "differs"


def test_other_data_are_never_held_to_a_deposit(unpacked, capsys):
    shutil.copytree(unpacked / "data" / "standin", unpacked / "study")
    assert command(unpacked, "reproduce", "--data", str(unpacked / "study")) == 2
    assert "on the stand-in study alone" in capsys.readouterr().err


def test_without_deposited_results_nothing_runs(unpacked, capsys):
    shutil.rmtree(unpacked / "outputs")
    assert command(unpacked, "reproduce") == 2
    assert "build first" in capsys.readouterr().err
    assert not (unpacked / "reproduction").exists()


def folders(tmp_path):
    first = rebuilt(tmp_path / "first")
    second = Workspace(shutil.copytree(first.root, tmp_path / "second"))
    return first.out, second.out


def payload_of(out, name):
    """Return a chapter's path, its notebook and the payload of an exhibit in it."""
    for path in sorted((out / "executed").glob("*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            for output in cell.get("outputs", ()):
                for payload in output["data"].values():
                    if isinstance(payload, dict) and payload.get("id") == name:
                        return path, notebook, payload
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (
            lambda p: p["data"]["rows"][0].__setitem__(2, p["data"]["rows"][0][2] + 1e-9),
            "within tolerance",
        ),
        (lambda p: p["data"]["rows"][0].__setitem__(2, p["data"]["rows"][0][2] + 0.01), "differs"),
        (lambda p: p["data"]["rows"].pop(), "differs"),
        (lambda p: p.update(caption="Another"), "differs"),
        (lambda p: p["svg"].update(en="<svg/>"), "same"),  # drawn otherwise, of the same numbers
    ],
)
def test_a_figure_is_compared_by_the_numbers_it_draws(tmp_path, change, verdict):
    before, after = folders(tmp_path)
    path, notebook, payload = payload_of(after, "line")
    assert payload["kind"] == "figure"
    change(payload)
    path.write_text(json.dumps(notebook), "utf-8")
    rows = {row["exhibit"]: row for row in compare(before, after)}
    assert rows.pop("fig-line")["verdict"] == verdict
    assert {row["verdict"] for row in rows.values()} == {"same"}


def test_an_exhibit_that_is_gone_and_one_that_is_new(tmp_path):
    before, after = folders(tmp_path)
    (after / "executed" / "07_work.ipynb").unlink()
    gone = {row["verdict"] for row in compare(before, after) if row["chapter"] == 7}
    new = {row["verdict"] for row in compare(after, before) if row["chapter"] == 7}
    assert (gone, new) == ({"missing"}, {"new"})


@pytest.mark.parametrize(
    ("old", "new", "apart"),
    [
        (0.1 + 0.2, 0.3, 1e-16),
        (0.0, 1e-18, 1e-18),  # a difference from nothing is no large one
        (2000.0, 1000.0, 0.5),
        ({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 4.0}]}, 0.5),
        ({"a": 1}, {"b": 1}, math.inf),
        ([1], [1, 2], math.inf),
        ("up", "down", math.inf),
        (None, 0.0, math.inf),
        (None, None, 0.0),
    ],
)
def test_the_largest_difference(old, new, apart):
    assert difference(old, new) == pytest.approx(apart, rel=0.2)


def test_a_chapter_that_fails_gives_no_certificate(unpacked, capsys):
    edit_cell(unpacked / "notebooks" / "07_work.ipynb", "07-code-03", lambda text: f"{text}\n1 / 0")
    assert command(unpacked, "reproduce", "-q") == 1
    assert "reproduced" not in capsys.readouterr().out
    assert not (unpacked / "reproduction" / "certificate.json").exists()
