"""The deposit: complete, checkable by others' tools, the same twice, and never of other data."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from urllib.parse import unquote

import pytest
import yaml
from crates import OLD_NAMES, faults
from deposits import GIT, TOP, in_git
from mini_project import Workspace, command, edit, rebuilt
from whole_project import ROOT as PROJECT

from compendium.deposit.archive import archive
from compendium.deposit.description import codecheck, zenodo
from compendium.errors import BuildError, DepositError
from compendium.provenance.record import CRATE, ProvenanceError
from compendium.provenance.verify import verify


@pytest.fixture
def workspace(tmp_path):
    return in_git(rebuilt(tmp_path / "mini"))


@pytest.fixture
def unpacked(workspace, tmp_path):
    with zipfile.ZipFile(archive(workspace)) as packed:
        packed.extractall(tmp_path / "far")
    return tmp_path / "far" / TOP


def test_it_holds_sources_study_and_results_and_nothing_else(unpacked, workspace):
    names = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    assert {
        "notebooks/07_work.ipynb",
        "minilib/stats.py",
        "data/evaluation.toml",
        "data/standin/people.csv",
        "outputs/values/07.json",
        "outputs/report/da/report.pdf",
        "outputs/notebooks/en/07_work.ipynb",
        f"outputs/{CRATE}",
        CRATE,
        "codecheck.yml",
        ".zenodo.json",
    } <= names
    assert not [name for name in names if ".build/" in name or "__pycache__" in name]
    assert verify(Workspace(unpacked)) == []
    for name in names & {
        p.relative_to(workspace.root).as_posix() for p in workspace.root.rglob("*")
    }:
        assert (unpacked / name).read_bytes() == (workspace.root / name).read_bytes()


def test_others_can_check_its_hashes(unpacked):
    check = ["sha256sum", "-c", "--quiet", "manifest-sha256.txt"]
    subprocess.run(check, cwd=unpacked, check=True)
    lines = (unpacked / "manifest-sha256.txt").read_text("utf-8").splitlines()
    files = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    assert {line[66:] for line in lines} == files - {"manifest-sha256.txt"}
    edit(unpacked / "minilib" / "stats.py", lambda text: f"{text}\n")
    assert subprocess.run(check, cwd=unpacked, check=False, capture_output=True).returncode == 1


def test_the_same_files_give_the_same_bytes(workspace, tmp_path):
    first = archive(workspace, tmp_path / "first.zip").read_bytes()
    for path in workspace.root.rglob("*.py"):
        os.utime(path, (10**9, 10**9))
    assert archive(workspace, tmp_path / "second.zip").read_bytes() == first


def test_its_crate_lists_every_file_where_it_lies(unpacked):
    entities = json.loads((unpacked / CRATE).read_text("utf-8"))["@graph"]
    files = {e["@id"]: e for e in entities if "sha256" in e}
    there = {unquote(name): e for name, e in files.items() if not name.startswith("arcp://")}
    lying = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    assert lying - there.keys() == {CRATE, "manifest-sha256.txt"}
    for name, entity in there.items():
        data = (unpacked / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(data).hexdigest()
        assert entity["contentSize"] == str(len(data))
    # The mini project is run by the compendium that lies elsewhere, and by nothing else.
    assert {name.split("/")[2] for name in files if name.startswith("arcp")} <= {"name,compendium"}
    root = next(e for e in entities if e["@id"] == "./")
    assert "run_all.py reproduce" in root["description"]
    assert {part["@id"] for part in root["hasPart"]} >= files.keys()


@OLD_NAMES
def test_its_crate_is_valid_after_its_profile(unpacked, tmp_path):
    assert faults(unpacked, tmp_path / "cache") == []
    (unpacked / "notebooks" / "07_work.ipynb").unlink()
    assert "'notebooks/07_work.ipynb'" in "".join(faults(unpacked, tmp_path / "cache"))


def test_an_unpacked_deposit_can_be_deposited_again_without_git(unpacked, workspace):
    again = Workspace(unpacked)
    shutil.copytree(workspace.memory, again.memory)
    assert archive(again).read_bytes() == (workspace.root / f"{TOP}.zip").read_bytes()


def test_each_exhibit_is_a_file_that_codecheck_names(unpacked):
    text = (unpacked / "codecheck.yml").read_text("utf-8")
    assert text.startswith("---\n")  # CC-CFG-002 of CODECHECK's rules, and so on
    about = yaml.safe_load(text)
    assert about["version"] == "https://codecheck.org.uk/spec/config/2.0/"
    assert about["paper"]["authors"][0]["name"]
    assert not re.search(r"FIXME|TODO|XXX", text)
    files = {item["file"]: item["comment"] for item in about["manifest"]}
    exhibits = {p.relative_to(unpacked).as_posix() for p in unpacked.glob("exhibits/*/*/*")}
    assert files.keys() == exhibits
    drawing = (unpacked / "exhibits" / "figures/en/01_line.svg").read_text("utf-8")
    assert drawing.startswith("<svg")
    assert all(re.match(r"(Figure|Table) \d", comment) for comment in files.values())


def test_what_is_said_of_it_is_said_by_the_citation():
    citation = {
        "title": "A work",
        "version": "2",
        "abstract": "Of it.",
        "doi": "10.5281/zenodo.1",
        "license": "MIT",
        "keywords": ["work"],
        "authors": [
            {
                "family-names": "Carberry",
                "given-names": "Josiah",
                "orcid": "https://orcid.org/0000-0002-1825-0097",
                "affiliation": "Brown University",
            }
        ],
    }
    paper = yaml.safe_load(codecheck(citation, {}))["paper"]
    author = {"name": "Carberry, Josiah", "ORCID": "0000-0002-1825-0097"}
    assert paper == {
        "title": "A work",
        "authors": [author],
        "reference": "https://doi.org/10.5281/zenodo.1",
    }
    about = json.loads(zenodo(citation))
    assert about["creators"] == [
        {
            "name": "Carberry, Josiah",
            "orcid": "0000-0002-1825-0097",
            "affiliation": "Brown University",
        }
    ]
    assert about["keywords"] == ["work"]
    # The fields that Zenodo's deposit takes, of those used here; each it needs is among them.
    needed = {"title", "upload_type", "description", "creators", "access_right", "license"}
    assert needed <= about.keys() <= needed | {"version", "keywords", "notes", "references"}


def stale(workspace):
    edit(workspace.root / "minilib" / "stats.py", lambda text: f"{text}\nmore = 1\n")


def of_other_data(workspace):
    edit(workspace.data / "study.toml", lambda text: text.replace("true", "false"))


def with_a_table_changed(workspace):
    edit(workspace.data / "people.csv", lambda text: text + "\n")


def not_in_git(workspace):
    subprocess.run(
        [*GIT, "rm", "-q", "--cached", "minilib/stats.py"], cwd=workspace.root, check=True
    )


def without_git(workspace):
    shutil.rmtree(workspace.root / ".git")


def a_page_more(workspace):
    (workspace.out / "report" / "da" / "more.html").write_text("x")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda w: shutil.rmtree(w.out), ProvenanceError, "build first"),
        (stale, BuildError, r"not up to date \(.*stats.py changed"),
        (of_other_data, DepositError, "study alone, and data/standin is another$"),
        (with_a_table_changed, BuildError, r"not up to date \(data check: .*people.csv changed"),
        (not_in_git, DepositError, r"minilib/stats.py is a source .* not in git: add it"),
        (without_git, DepositError, "neither a git checkout nor an unpacked deposit"),
        (a_page_more, DepositError, r"more.html is not in the crate: build again"),
    ],
)
def test_what_is_not_whole_is_refused_in_a_sentence(workspace, change, error, message):
    change(workspace)
    with pytest.raises(error, match=message):
        archive(workspace)
    assert not list(workspace.root.glob("*.zip"))


@pytest.mark.parametrize(
    "choice",
    [
        {"chapters": (7,)},
        {"parameters": {"level": "0.9"}},
        {"release": "statistics_denmark"},
        {"draft": True},
        {"languages": ("en",)},
        {"data_dir": PROJECT / "data" / "standin"},
    ],
)
def test_a_part_of_the_report_or_another_study_is_no_deposit(workspace, choice):
    with pytest.raises(DepositError, match="the whole report, in all languages, on the stand-in"):
        archive(replace(workspace, **choice))


def test_results_of_a_draft_are_no_deposit(workspace):
    assert command(workspace.root, "-q", "--draft") == 0
    with pytest.raises(BuildError, match=r"not up to date \(prose check: draft changed"):
        archive(workspace)


def test_the_place_of_the_file(workspace, capsys):
    assert command(workspace.root, "archive") == 0
    assert f"{TOP}.zip: docs/deposit.md" in capsys.readouterr().out
    assert verify(workspace) == []
    assert command(workspace.root, "archive") == 2
    assert "is there already: name another" in capsys.readouterr().err
    refused = {"x.tar": "not called .zip", "outputs/x.zip": "would lie", "data/x.zip": "would lie"}
    for place, why in refused.items():
        assert command(workspace.root, "archive", "--out", str(workspace.root / place)) == 2
        assert why in capsys.readouterr().err


def test_nothing_built_is_told_as_that(workspace):
    shutil.rmtree(workspace.out)
    shutil.rmtree(workspace.data)
    with pytest.raises(ProvenanceError, match="build first"):
        archive(workspace)


def test_a_full_disk_leaves_no_half_file(workspace, monkeypatch, capsys):
    def full(path, data):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert command(workspace.root, "archive") == 2
    assert re.search(r"the disk is full \(.*\.zip\): make room", capsys.readouterr().err)
    assert not list(workspace.root.glob("*.zip"))


def test_a_deposit_needs_the_programs_that_write_reports(workspace, monkeypatch):
    monkeypatch.setattr("compendium.deposit.archive.left_out", lambda: ["pdf"])
    with pytest.raises(DepositError, match="holds the PDF report, which cannot be made here"):
        archive(workspace)


def test_the_whole_project_unpacks_and_runs_by_itself(project, tmp_path):
    """Its plan, its checks and a chapter; a second whole build would take a minute."""
    root = shutil.copytree(project, tmp_path / "project")
    subprocess.run([*GIT, "init", "-q"], cwd=root, check=True)
    ignored = "/outputs/\n/data/standin/\n__pycache__/\n/said\n/*.zip\n"
    (root / ".git" / "info" / "exclude").write_text(ignored)
    subprocess.run([*GIT, "add", "."], cwd=root, check=True)

    def run(folder, *words):
        return subprocess.run(
            [sys.executable, "-P", "-m", "compendium", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    done = run(root, "archive", "--out", str(tmp_path / "deposit.zip"))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "deposit.zip") as packed:
        packed.extractall(tmp_path / "far")
    shutil.rmtree(root)
    unpacked = tmp_path / "far" / TOP
    assert run(unpacked, "verify").returncode == 0
    assert "runs       chapter 7" in run(unpacked, "plan", "--out", "again").stdout
    done = run(unpacked, "--out", "again", "--chapter", "9", "--lang", "en")
    assert done.returncode == 0, done.stderr
    made = "custom/9/values/09.json"
    deposited = (unpacked / "outputs" / "values" / "09.json").read_bytes()
    assert (unpacked / "again" / made).read_bytes() == deposited
    crate = json.loads((unpacked / CRATE).read_text("utf-8"))["@graph"]
    assert not [e["@id"] for e in crate if e["@id"].startswith("arcp://")]
