"""The record of a build: complete, true, silent about people and machines, and valid."""

import getpass
import hashlib
import json
import platform
import re
import shutil
import socket
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote

import pytest
from crates import OLD_NAMES, faults
from mini_project import Workspace, edit, rebuilt

from compendium.build.build import _action
from compendium.build.graph import Graph
from compendium.build.progress import Progress
from compendium.build.steps import Run, hashes
from compendium.provenance.verify import verify
from compendium.provenance.write import write_crate
from compendium.workspace import ROOT

BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
CHAPTERS = {1: "01_start", 2: "02_end", 7: "07_work"}


def recorded(workspace, began=BEGAN):
    """Write the crate of a built workspace and return its entities by id."""
    graph = Graph(workspace, Progress())
    steps = graph.steps()
    graph.memory.runs = {s.name: Run(began, 60, hashes(s.inputs), {}) for s in steps}
    crate = write_crate(workspace, [_action(graph, step) for step in steps])
    return {entity["@id"]: entity for entity in json.loads(crate.read_text("utf-8"))["@graph"]}


def text(workspace):
    return (workspace.out / "ro-crate-metadata.json").read_text("utf-8")


def refs(value):
    return [item["@id"] for item in (value if isinstance(value, list) else [value])]


def facts(entities):
    found = (entities[name] for name in refs(entities["./"]["additionalProperty"]))
    return {fact["name"]: fact["value"] for fact in found}


@pytest.fixture
def workspace(tmp_path):
    found = rebuilt(tmp_path / "mini")
    recorded(found)
    return found


def test_each_chapter_has_its_inputs_parameters_and_outputs(workspace):
    entities = recorded(workspace)
    for number, name in CHAPTERS.items():
        action = entities[f"#chapter-{number}"]
        notebook = f"arcp://name,project/notebooks/{name}.ipynb"
        assert action["@type"] == "CreateAction"
        assert refs(action["instrument"]) == [notebook]
        assert "arcp://name,project/requirements.lock" in refs(action["object"])
        assert {notebook, "arcp://name,compendium/compendium/run/engine.py"} <= set(
            refs(action["object"])
        )
        outputs = {f"executed/{name}.ipynb", f"values/{number:02d}.json"}
        assert outputs <= set(refs(action["result"]))
        assert action["startTime"] == "2026-01-02T03:04:05.678+00:00"
        assert action["endTime"] == "2026-01-02T03:05:05.678+00:00"


def test_a_chapter_names_the_tables_and_modules_it_uses_and_no_others(workspace):
    entities = recorded(workspace)
    used = set(refs(entities["#chapter-7"]["object"]))
    assert {"arcp://name,study/people.csv", "arcp://name,project/minilib/stats.py"} <= used
    assert "values/07.json" in refs(entities["#chapter-2"]["object"])
    assert "arcp://name,study/people.csv" not in refs(entities["#chapter-2"]["object"])


def test_parameters_are_the_values_used_given_or_not(workspace):
    notebook = json.loads((workspace.notebooks / "07_work.ipynb").read_text("utf-8"))
    [cell] = [c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", ())]
    declared = dict(re.findall(r"^(\w+):.*= (.+)$", "".join(cell["source"]), re.MULTILINE))
    assert declared
    entities = recorded(workspace)
    found = {i: e for i, e in entities.items() if i.startswith("#chapter-7/")}
    assert {e["name"]: str(e["value"]) for e in found.values()} == declared
    assert set(found) <= set(refs(entities["#chapter-7"]["object"]))


def test_hashes_and_sizes_are_those_of_the_files(workspace):
    folders = {
        "arcp://name,study/": workspace.data,
        "arcp://name,project/": workspace.root,
        "arcp://name,compendium/": ROOT,
    }
    files = [entity for entity in recorded(workspace).values() if "File" in entity["@type"]]
    assert len(files) > 40
    for entity in files:
        match = re.match("arcp://[^/]*/", entity["@id"])
        folder = folders[match[0]] if match else workspace.out
        content = (folder / unquote(entity["@id"][match.end() if match else 0 :])).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["contentSize"] == str(len(content))


def test_every_result_is_listed_and_nothing_of_the_builds_memory(workspace):
    lying = {
        p.relative_to(workspace.out).as_posix() for p in workspace.out.rglob("*") if p.is_file()
    }
    lying = {n for n in lying if not n.startswith(".build/") and not n.endswith("/build.html")}
    assert lying - set(recorded(workspace)) == set()
    assert ".build" not in text(workspace)


def test_no_place_person_or_machine_is_named(workspace, monkeypatch):
    for name in ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME"):
        monkeypatch.setenv(name, "somebodys-name")
    monkeypatch.setattr(platform, "node", lambda: "somebodys-name")
    monkeypatch.setattr(socket, "gethostname", lambda: "somebodys-name")
    assert getpass.getuser() == "somebodys-name"
    recorded(workspace)
    for said in (workspace.root, workspace.root.parent, ROOT, Path.home(), "somebodys-name"):
        assert str(said) not in text(workspace)
    assert "person_id" not in text(workspace)


def test_study_and_results_may_lie_anywhere(workspace, tmp_path):
    before = text(workspace)
    data, out = tmp_path / "far" / "study", tmp_path / "far" / "results"
    shutil.copytree(workspace.data, data)
    shutil.copytree(workspace.out, out)
    elsewhere = replace(workspace, data_dir=data, out_dir=out)
    shutil.rmtree(workspace.data)
    recorded(elsewhere)
    assert text(elsewhere) == before
    assert verify(elsewhere) == []
    edit(data / "people.csv", lambda content: content + "\n")
    assert verify(elsewhere) == ["study:people.csv has changed since the build"]


def test_two_builds_differ_in_nothing_but_times(workspace, tmp_path):
    shutil.copytree(workspace.root, tmp_path / "twin")
    twin = Workspace(tmp_path / "twin")
    recorded(twin, BEGAN.replace(year=2027))
    assert text(twin) != text(workspace)
    timeless = [re.sub(r"202[67]-01-02T[\d:.]+\+00:00", "", text(p)) for p in (workspace, twin)]
    assert timeless[0] == timeless[1]
    times = {"datePublished", "startTime", "endTime"}
    assert set(re.findall(r'"(\w+)": "2027', text(twin))) == times


def test_it_says_which_data_and_which_software(workspace):
    edit(workspace.root / "requirements.lock", lambda _: "numpy==0.1 \\\nno-such-thing==1 \\\n")
    entities = recorded(workspace)
    workflow = entities["workflow/run_all.py"]
    assert workflow["softwareRequirements"] == [f"numpy=={version('numpy')}"]
    assert platform.python_version() in workflow["runtimePlatform"][0]
    assert platform.machine() in workflow["runtimePlatform"][1]
    assert facts(entities)["stand-in data"] is True
    (workspace.data / "study.toml").unlink()
    assert facts(recorded(workspace))["stand-in data"] is False


def test_commit_and_uncommitted_changes(workspace, tmp_path):
    assert facts(recorded(workspace)) == {"git commit": "unknown", "stand-in data": True}
    assert "is not a git checkout" in text(workspace)

    def git(*words, folder=workspace.root):
        who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
        command = [shutil.which("git"), *who, *words]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", folder=tmp_path)
    assert facts(recorded(workspace))["git commit"] == "unknown"  # somebody else's checkout
    git("init")
    (workspace.root / ".gitignore").write_text("/outputs/\n")
    git("add", ".")
    git("commit", "-m", "All")
    told = facts(recorded(workspace))
    assert told["git commit"] == git("rev-parse", "HEAD")
    assert told["uncommitted changes"] is False
    edit(workspace.notebooks / "07_work.ipynb", lambda content: content + "\n")
    assert facts(recorded(workspace))["uncommitted changes"] is True


@OLD_NAMES
def test_the_crate_is_valid_after_its_profile(workspace, tmp_path):
    assert faults(workspace.out, tmp_path / "cache") == []


@OLD_NAMES
def test_the_validator_sees_what_is_wrong(workspace, tmp_path):
    crate = json.loads(text(workspace))
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    del entities["#chapter-7"]["instrument"]
    del entities["workflow/run_all.py"]["programmingLanguage"]
    (workspace.out / "values" / "01.json").unlink()
    (workspace.out / "ro-crate-metadata.json").write_text(json.dumps(crate), "utf-8")
    found = "\n".join(faults(workspace.out, tmp_path / "cache"))
    assert "The Action MUST have an instrument property" in found
    assert "The Main Workflow must refer to its language" in found
    assert "does not include the Data Entity 'values/01.json'" in found
