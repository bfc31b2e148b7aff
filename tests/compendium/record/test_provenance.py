"""The record of a build: complete, true, silent about people and machines, and valid."""

import getpass
import hashlib
import json
import platform
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from mini_project import edit, edit_cell, mini, rebuilt, states
from rocrate.vocabs import RO_CRATE
from rocrate_validator.services import ValidationSettings, validate
from rocrate_validator.utils.http import HttpRequester

from compendium.build import memory
from compendium.build.memory import Run
from compendium.build.progress import Progress
from compendium.build.tasks import Graph
from compendium.project import ROOT
from compendium.record.provenance import Action, Difference, ProvenanceError, verify, write_crate

BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
CHAPTERS = {1: "01_start", 2: "02_end", 7: "07_work"}
PROFILE = "provenance-run-crate-0.5"
OLD_NAMES = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the validator's, of rdflib
CONTEXT = "https://w3id.org/ro/crate/1.1/context"


def recorded(project, began=BEGAN):
    """Write the crate of a built project and return its entities by id."""
    tasks = Graph(project, Progress()).tasks()
    runs = [Run(began, 60, memory.states(task.inputs), {}) for task in tasks]
    done = zip(tasks, runs, strict=True)
    crate = write_crate(project, [Action.of(task, project, run) for task, run in done])
    return {entity["@id"]: entity for entity in json.loads(crate.read_text("utf-8"))["@graph"]}


def text(project):
    return (project.out / "ro-crate-metadata.json").read_text("utf-8")


def refs(value):
    return [item["@id"] for item in (value if isinstance(value, list) else [value])]


def facts(entities):
    found = (entities[name] for name in refs(entities["./"]["additionalProperty"]))
    return {fact["name"]: fact["value"] for fact in found}


@pytest.fixture
def project(tmp_path):
    found = rebuilt(tmp_path / "mini")
    recorded(found)
    return found


def test_each_chapter_has_its_inputs_parameters_and_outputs(project):
    entities = recorded(project)
    for number, name in CHAPTERS.items():
        action = entities[f"#chapter-{number}"]
        notebook = f"arcp://name,project/notebooks/{name}.ipynb"
        assert action["@type"] == "CreateAction"
        assert refs(action["instrument"]) == [notebook]
        assert "arcp://name,project/requirements.lock" in refs(action["object"])
        assert {notebook, "arcp://name,compendium/compendium/run/engine.py"} <= set(
            refs(action["object"])
        )
        outputs = {f"notebooks/{name}.ipynb", f"values/{number:02d}.json"}
        assert outputs <= set(refs(action["result"]))
        assert action["startTime"] == "2026-01-02T03:04:05.678+00:00"
        assert action["endTime"] == "2026-01-02T03:05:05.678+00:00"


def test_a_chapter_names_the_tables_and_modules_it_uses_and_no_others(project):
    entities = recorded(project)
    used = set(refs(entities["#chapter-7"]["object"]))
    assert {"arcp://name,study/people.csv", "arcp://name,project/minilib/stats.py"} <= used
    assert "values/07.json" in refs(entities["#chapter-2"]["object"])
    assert "arcp://name,study/people.csv" not in refs(entities["#chapter-2"]["object"])


def test_parameters_are_the_values_used_given_or_not(project):
    notebook = json.loads((project.notebooks / "07_work.ipynb").read_text("utf-8"))
    [cell] = [c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", ())]
    declared = dict(re.findall(r"^(\w+):.*= (.+)$", "".join(cell["source"]), re.MULTILINE))
    assert declared
    entities = recorded(project)
    found = {i: e for i, e in entities.items() if i.startswith("#chapter-7/")}
    assert {e["name"]: str(e["value"]) for e in found.values()} == declared
    assert set(found) <= set(refs(entities["#chapter-7"]["object"]))


def test_hashes_and_sizes_are_those_of_the_files(project):
    folders = {
        "arcp://name,study/": project.data,
        "arcp://name,project/": project.root,
        "arcp://name,compendium/": ROOT,
    }
    files = [entity for entity in recorded(project).values() if "File" in entity["@type"]]
    assert len(files) > 40
    for entity in files:
        match = re.match("arcp://[^/]*/", entity["@id"])
        folder = folders[match[0]] if match else project.out
        content = (folder / unquote(entity["@id"][match.end() if match else 0 :])).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["contentSize"] == str(len(content))


def test_every_result_is_listed_and_nothing_of_the_builds_memory(project):
    lying = {p.relative_to(project.out).as_posix() for p in project.out.rglob("*") if p.is_file()}
    lying = {name for name in lying if not name.startswith(".build/")}
    assert lying - set(recorded(project)) == set()
    assert ".build" not in text(project)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("outputs/values/07.json", "changed"),
        ("outputs/report/da/report.html", "changed"),
        ("notebooks/07_work.ipynb", "changed"),
        ("data/tiny/people.csv", "changed"),
        ("minilib/stats.py", "changed"),
        ("requirements.lock", "changed"),
        ("outputs/notebooks/01_start.ipynb", "missing"),
        ("minilib/stats.py", "missing"),
        ("outputs/values/08.json", "not in the crate"),
        ("outputs/report/da/old.html", "not in the crate"),
        ("outputs/old.csv", "not in the crate"),
    ],
)
def test_verify_names_what_differs_and_nothing_else(project, name, what):
    assert verify(project) == []
    path = project.root / name
    if what == "missing":
        path.unlink()
    else:
        path.write_bytes((path.read_bytes() if what == "changed" else b"") + b"\n")
    assert verify(project) == [Difference(name, what)]


def test_a_difference_is_one_sentence():
    told = [str(Difference("a", what)) for what in ("changed", "missing", "not in the crate")]
    assert told == ["a has changed since the build", "a is missing", "a is not in the crate"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"@graph": 1}', '{"@graph": [{"sha256": "0"}]}', "\udcff"],
)
def test_a_crate_that_cannot_be_read_is_told_in_a_sentence(project, content):
    crate = project.out / "ro-crate-metadata.json"
    crate.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ProvenanceError, match=r"outputs/ro-crate-metadata.json cannot be read"):
        verify(project)
    crate.unlink()
    with pytest.raises(ProvenanceError, match=r"is missing: .*; build first"):
        verify(project)


def test_no_place_person_or_machine_is_named(project, monkeypatch):
    for name in ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME"):
        monkeypatch.setenv(name, "somebodys-name")
    monkeypatch.setattr(platform, "node", lambda: "somebodys-name")
    monkeypatch.setattr(socket, "gethostname", lambda: "somebodys-name")
    assert getpass.getuser() == "somebodys-name"
    recorded(project)
    for said in (project.root, project.root.parent, ROOT, Path.home(), "somebodys-name"):
        assert str(said) not in text(project)
    assert "person_id" not in text(project)


def test_study_and_results_may_lie_anywhere(project, tmp_path):
    before = text(project)
    data, out = tmp_path / "far" / "study", tmp_path / "far" / "results"
    shutil.copytree(project.data, data)
    shutil.copytree(project.out, out)
    elsewhere = replace(project, data_dir=data, out_dir=out)
    shutil.rmtree(project.data)
    recorded(elsewhere)
    assert text(elsewhere) == before
    assert verify(elsewhere) == []
    edit(data / "people.csv", lambda content: content + "\n")
    assert verify(elsewhere) == [Difference(str(data / "people.csv"), "changed")]


def test_two_builds_differ_in_nothing_but_times(project, tmp_path):
    shutil.copytree(project.root, tmp_path / "twin")
    twin = mini(tmp_path / "twin")
    recorded(twin, BEGAN.replace(year=2027))
    assert text(twin) != text(project)
    timeless = [re.sub(r"202[67]-01-02T[\d:.]+\+00:00", "", text(p)) for p in (project, twin)]
    assert timeless[0] == timeless[1]
    times = {"datePublished", "startTime", "endTime"}
    assert set(re.findall(r'"(\w+)": "2027', text(twin))) == times


def test_it_says_which_data_and_which_software(project):
    edit(project.root / "requirements.lock", lambda _: "numpy==0.1 \\\nno-such-thing==1 \\\n")
    entities = recorded(project)
    workflow = entities["workflow/run_all.py"]
    assert workflow["softwareRequirements"] == [f"numpy=={version('numpy')}"]
    assert platform.python_version() in workflow["runtimePlatform"][0]
    assert platform.machine() in workflow["runtimePlatform"][1]
    assert facts(entities)["stand-in data"] is True
    (project.data / "study.toml").unlink()
    assert facts(recorded(project))["stand-in data"] is False


def test_commit_and_uncommitted_changes(project, tmp_path):
    assert facts(recorded(project)) == {"git commit": "unknown", "stand-in data": True}
    assert "is not a git checkout" in text(project)

    def git(*words, folder=project.root):
        who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
        command = [shutil.which("git"), *who, *words]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", folder=tmp_path)
    assert facts(recorded(project))["git commit"] == "unknown"  # somebody else's checkout
    git("init")
    (project.root / ".gitignore").write_text("/outputs/\n")
    git("add", ".")
    git("commit", "-m", "All")
    told = facts(recorded(project))
    assert told["git commit"] == git("rev-parse", "HEAD")
    assert told["uncommitted changes"] is False
    edit(project.notebooks / "07_work.ipynb", lambda content: content + "\n")
    assert facts(recorded(project))["uncommitted changes"] is True


def test_only_writing_loads_the_library():
    script = (
        "import sys, compendium.record.provenance\n"
        "assert not {'rocrate', 'requests'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


class Library:
    """Serves the one document validation asks for, instead of the network.

    The library brings the context of RO-Crate 1.3; four terms that matter here have other addresses
    in 1.1, the version the profiles rest on.
    """

    cache = None

    def get(self, url, **_):
        bioschemas = "https://bioschemas.org/"
        older = {
            "ComputationalWorkflow": f"{bioschemas}ComputationalWorkflow",
            "FormalParameter": f"{bioschemas}FormalParameter",
            "input": f"{bioschemas}ComputationalWorkflow#input",
            "output": f"{bioschemas}ComputationalWorkflow#output",
        }
        assert url == CONTEXT
        document = {"@context": RO_CRATE["@context"] | older}
        headers = {"Content-Type": "application/ld+json"}
        return SimpleNamespace(status_code=200, headers=headers, json=lambda: document)

    def close(self):
        pass


def faults(project, tmp_path):
    """Return what the validator finds at its level REQUIRED, for the profile and those below it."""
    settings = ValidationSettings(
        rocrate_uri=str(project.out),
        profile_identifier=PROFILE,
        requirement_severity="REQUIRED",
        offline=True,
        cache_path=tmp_path / "cache",
    )
    HttpRequester().session.close()
    HttpRequester().session = Library()
    return sorted({str(issue.message) for issue in validate(settings).get_issues()})


@OLD_NAMES
def test_the_crate_is_valid_after_its_profile(project, tmp_path):
    assert faults(project, tmp_path) == []


@OLD_NAMES
def test_the_validator_sees_what_is_wrong(project, tmp_path):
    crate = json.loads(text(project))
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    del entities["#chapter-7"]["instrument"]
    del entities["workflow/run_all.py"]["programmingLanguage"]
    (project.out / "values" / "01.json").unlink()
    (project.out / "ro-crate-metadata.json").write_text(json.dumps(crate), "utf-8")
    found = "\n".join(faults(project, tmp_path))
    assert "The Action MUST have an instrument property" in found
    assert "The Main Workflow must refer to its language" in found
    assert "does not include the Data Entity 'values/01.json'" in found


def test_the_build_writes_it_and_an_edit_while_it_runs_is_told(tmp_path):
    project = rebuilt(tmp_path / "mini")
    assert verify(project) == []
    slow = "import os, pathlib, time\npathlib.Path('../here').touch()\ntime.sleep(2)"
    edit_cell(project.notebooks / "02_end.ipynb", 0, lambda text: f"{slow}\n{text}")
    work = project.notebooks / "07_work.ipynb"

    def later():
        while not (project.root / "here").exists():
            time.sleep(0.05)
        edit_cell(work, 3, lambda text: text.replace("Af", "Ud af"))

    thread = threading.Thread(target=later)
    thread.start()
    assert "failed" not in states(project).values()
    thread.join()
    assert list(map(str, verify(project))) == [
        "notebooks/07_work.ipynb has changed since the build"
    ]


def test_a_report_of_another_run_is_not_in_the_crate(tmp_path):
    project = rebuilt(tmp_path / "mini")
    (project.out / "extra").mkdir()
    (project.out / "extra" / "table.csv").write_text("x")
    assert [str(found) for found in verify(project)] == [
        "outputs/extra/table.csv is not in the crate"
    ]
