"""Whether all files are as the record says: what differs is named, and nothing else."""

import subprocess
import sys
import threading
import time

import pytest
from mini_project import edit_cell, rebuilt, states

from compendium.provenance.record import ProvenanceError
from compendium.provenance.verify import verify
from compendium.workspace import ROOT

CHANGED = "has changed since the build"


@pytest.fixture
def workspace(tmp_path):
    return rebuilt(tmp_path / "mini")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("outputs/values/07.json", CHANGED),
        ("outputs/report/da/report.html", CHANGED),
        ("notebooks/07_work.ipynb", CHANGED),
        ("data/standin/people.csv", CHANGED),
        ("minilib/stats.py", CHANGED),
        ("requirements.lock", CHANGED),
        ("outputs/executed/01_start.ipynb", "is missing"),
        ("outputs/report/da/report.html", "is missing"),
        ("minilib/stats.py", "is missing"),
        ("outputs/values/08.json", "is not in the crate"),
        ("outputs/report/da/old.html", "is not in the crate"),
        ("outputs/old.csv", "is not in the crate"),
    ],
)
def test_verify_names_what_differs_and_nothing_else(workspace, name, what):
    assert verify(workspace) == []
    path = workspace.root / name
    if what == "is missing":
        path.unlink()
    else:
        path.write_bytes((path.read_bytes() if what == CHANGED else b"") + b"\n")
    assert verify(workspace) == [f"{name} {what}"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"@graph": 1}', '{"@graph": [{"sha256": "0"}]}', "\udcff"],
)
def test_a_crate_that_cannot_be_read_is_told_in_a_sentence(workspace, content):
    crate = workspace.out / "ro-crate-metadata.json"
    crate.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ProvenanceError, match=r"outputs/ro-crate-metadata.json cannot be read"):
        verify(workspace)
    crate.unlink()
    with pytest.raises(ProvenanceError, match=r"is missing: .*; build first"):
        verify(workspace)


def test_only_writing_loads_the_library():
    script = (
        "import sys, compendium.build.build, compendium.provenance.verify\n"
        "assert not {'rocrate', 'requests'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_the_build_writes_it_and_an_edit_while_it_runs_is_told(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    assert verify(workspace) == []
    slow = "import os, pathlib, time\npathlib.Path('../here').touch()\ntime.sleep(2)"
    edit_cell(workspace.notebooks / "02_end.ipynb", "02-code-01", lambda text: f"{slow}\n{text}")
    work = workspace.notebooks / "07_work.ipynb"

    def later():
        while not (workspace.root / "here").exists():
            time.sleep(0.05)
        edit_cell(work, "07-text-02", lambda text: text.replace("Of", "Out of", 1))

    thread = threading.Thread(target=later)
    thread.start()
    assert "failed" not in states(workspace).values()
    thread.join()
    assert verify(workspace) == [f"notebooks/07_work.ipynb {CHANGED}"]


def test_what_jupyter_keeps_for_itself_is_no_result(workspace):
    kept = workspace.out / "notebooks" / "en" / ".ipynb_checkpoints" / "07_work-checkpoint.ipynb"
    kept.parent.mkdir()
    kept.write_text("{}")
    assert verify(workspace) == []


def test_a_report_of_another_run_is_not_in_the_crate(tmp_path):
    workspace = rebuilt(tmp_path / "mini")
    (workspace.out / "extra").mkdir()
    (workspace.out / "extra" / "table.csv").write_text("x")
    assert verify(workspace) == ["outputs/extra/table.csv is not in the crate"]
