"""The record of a build in the vocabulary of RO-Crate 1.1 and the profile Provenance Run Crate.

`compendium.provenance.record` says what is recorded and why files are named as they are. Here
stands how: which entity a file, a step or a parameter becomes, and what is known of code and
machine.
"""

from __future__ import annotations

import json
import platform
import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from compendium.files import dumps, sha256, write
from compendium.provenance.record import COPY, CRATE, Action, commit, identifier
from compendium.workspace import ROOT, Workspace
from evallib.study.contract import is_standin

_RO_CRATE = "https://w3id.org/ro/crate/1.1"
_WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    _WORKFLOW_CRATE: "Workflow RO-Crate",
}
_LICENSE = "https://creativecommons.org/licenses/by/4.0/"
_TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}  # RO-Crate 1.1 has none
_FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".py": "text/x-python",
    ".toml": "application/toml",
}
_LOCKED = re.compile(r"^([\w.-]+)(?:\[.*?\])?==", re.MULTILINE)


def write_crate(workspace: Workspace, actions: Sequence[Action]) -> Path:
    """Write the crate of a finished build and return its path.

    `actions` are all steps of the build in their order, those that did not run this time too.
    """
    entry = workspace.shared("run_all.py")
    write(workspace.out / COPY, entry.read_bytes())
    crate = Crate(workspace)
    crate.workflow(entry, actions)
    write(workspace.out / CRATE, dumps(crate.crate.metadata.generate()))
    return workspace.out / CRATE


class Crate:
    """Fills a crate with entities; each thing becomes one, however often it is used."""

    def __init__(self, workspace: Workspace) -> None:
        from rocrate.rocrate import ROCrate  # type: ignore[import-untyped]

        self.workspace = workspace
        self.hashes: dict[Path, str] = {}
        self.crate: Any = ROCrate(version="1.1")
        self.crate.metadata.extra_terms.update(_TERMS)
        self.crate.metadata["conformsTo"] = [{"@id": uri} for uri in (_RO_CRATE, _WORKFLOW_CRATE)]

    def workflow(self, entry: Path, actions: Sequence[Action]) -> None:
        """Add the workflow, its steps, and the run as a whole."""
        run = _run(entry, actions)
        self.hashes = {path: digest for a in actions for path, digest in a.inputs.items()}
        tools = [self._tool(action) for action in actions]
        steps = [
            self.add("HowToStep", f"#step/{_slug(a.name)}", name=a.name, position=i, workExample=t)
            for i, (a, t) in enumerate(zip(actions, tools, strict=True), start=1)
        ]
        workflow = self.file(
            self.workspace.out / COPY,
            "SoftwareSourceCode",
            "ComputationalWorkflow",
            "HowTo",
            conformsTo={"@id": "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"},
            isBasedOn=self.file(entry),
            programmingLanguage=self.add("ComputerLanguage", "#python", name="Python"),
            hasPart=list({tool.id: tool for tool in tools}.values()),
            step=steps,
            version=_version(),
            runtimePlatform=_platform(),
            softwareRequirements=_packages(self.workspace.root / "requirements.lock"),
        )
        done = [self._action(run, workflow, "the whole build")]
        for action, tool in zip(actions, tools, strict=True):
            done.append(self._action(action, tool, f"the step “{action.name}” of the build"))
        self._root(run, mainEntity=workflow, mentions=done)

    def add(self, kind: str, identifier: str, **properties: Any) -> Any:
        """Return the entity of something that is no file."""
        about = {"@id": identifier, "@type": kind, **properties}
        return self.crate.get(identifier) or self.crate.add_jsonld(about)

    def file(self, path: Path, *kinds: str, **properties: Any) -> Any:
        """Return the entity of a file; `kinds` say what it is besides."""
        name = identifier(self.workspace, path)
        if name in self.crate:
            return self.crate.get(name)
        about = {
            "@type": ["File", *kinds] if kinds else "File",
            "name": unquote(name.removeprefix("arcp://name,")),
            "contentSize": str(path.stat().st_size),
            "encodingFormat": _FORMATS.get(path.suffix, "text/plain"),
            "sha256": self.hashes.get(path) or sha256(path),
            **properties,
        }
        if path.is_relative_to(self.workspace.out):
            return self.crate.add_file(dest_path=unquote(name), properties=about)
        return self.crate.add_file(name, properties=about)

    def _named(self, paths: Iterable[Path]) -> list[Any]:
        """Return the entities of files in the order of their names, wherever they lie."""
        return [self.file(path) for path in sorted(paths, key=partial(identifier, self.workspace))]

    def _tool(self, action: Action) -> Any:
        """Return what carried out a step: its notebook, or the program itself."""
        if action.notebook:
            return self.file(action.notebook, "SoftwareSourceCode", version=_version())
        return self.add(
            "SoftwareApplication", "#compendium", name="compendium", softwareVersion=_version()
        )

    def _action(self, action: Action, tool: Any, description: str) -> Any:
        """Add an action; a step that leaves no file only “activates”, in the profile's words."""
        identifier = f"#{_slug(action.name)}"
        parameters = []
        for name, value in action.parameters.items():
            text = json.dumps(value) if isinstance(value, list) else value
            place = f"{identifier}/{name}"
            parameters.append(self.add("PropertyValue", place, name=name, value=text))
        made = self._named(action.outputs)
        result = {"result": made if len(made) > 1 else made[0]} if made else {}
        return self.add(
            "CreateAction" if made else "ActivateAction",
            identifier,
            name=action.name,
            description=description,
            instrument=tool,
            object=[*self._named(action.inputs), *parameters],
            startTime=action.began,
            endTime=action.ended,
            **result,
        )

    def _root(self, run: Action, **properties: Any) -> None:
        """Say what the crate is, which code made it, and which kind of data it rests on."""
        definition = (self.workspace.root / "data" / "evaluation.toml").read_text("utf-8")
        made_up = {"name": "stand-in data", "value": is_standin(self.workspace.data)}
        facts = [*commit(self.workspace.root, self.workspace.out), made_up]
        about = properties | {
            "name": tomllib.loads(definition)["study"]["title"]["en"],
            "description": "The results of one build and what they were made of. A step whose "
            "inputs had not changed keeps the times of the run that made its results.",
            "datePublished": run.ended,
            "license": self.add("CreativeWork", _LICENSE, name="CC BY 4.0"),
            "conformsTo": [
                self.add("CreativeWork", profile, name=name, version=profile.rpartition("/")[2])
                for profile, name in _PROFILES.items()
            ],
            "additionalProperty": [
                self.add("PropertyValue", f"#{_slug(fact['name'])}", **fact) for fact in facts
            ],
        }
        for name, value in about.items():
            self.crate.root_dataset[name] = value


def _run(entry: Path, actions: Sequence[Action]) -> Action:
    """Return the build as one action: what no step made goes in."""
    made = {path for action in actions for path in action.outputs}
    taken = {path: h for a in actions for path, h in a.inputs.items() if path not in made}
    return Action(
        name="build",
        notebook=None,
        inputs={**taken, entry: sha256(entry)},
        parameters={},
        outputs=(*made,),
        began=min(action.began for action in actions),
        ended=max(action.ended for action in actions),
    )


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def _platform() -> list[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [python, f"{platform.system()} {platform.release()} {platform.machine()}"]


def _packages(lock: Path) -> list[str]:
    """Return the locked packages as they are installed here."""
    found = []
    for name in dict.fromkeys(_LOCKED.findall(lock.read_text("utf-8")) if lock.is_file() else ()):
        try:
            found.append(f"{name}=={version(name)}")
        except PackageNotFoundError:  # locked for another system or Python
            continue
    return found
