"""What made the results: recorded beside them after a build, and held against the disk later.

A number is worth the trust of somebody who can say which data, code and parameters it came from.
The record is an RO-Crate 1.1 after the profile Provenance Run Crate: one workflow, one action for
each step of the build, every file with its size and sha256. It alone holds times, commit and
machine; it names no user and no host, and of the study's tables it tells name, size and hash.

A crate names a file by its path below the crate, or by an absolute URI. Results lie below it. What
they were made of does not, and a study may not be copied, so inputs have arcp URIs:
`arcp://name,study/dream.csv` is that table wherever the study lies, `arcp://name,project/…` a file
of the project, and `arcp://name,compendium/…` one of the program where that lies elsewhere. Such a
URI tells nothing of the machine, and is the same in the next run: two crates can be compared line
by line. (URIs made of hashes would not do: two equal files would be one.) The profile wants the
workflow's own file inside the crate, so a copy of run_all.py lies in workflow/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

from compendium.build.memory import Run
from compendium.build.nodes import FileNode, Node, Task
from compendium.errors import CompendiumError
from compendium.files import dumps, sha256, write
from compendium.project import ROOT, Project

CRATE = "ro-crate-metadata.json"
COPY = "workflow/run_all.py"

_URI = re.compile(r"arcp://[^/]*/")


class ProvenanceError(CompendiumError):
    """There is no record of the build, or it cannot be read."""


@dataclass(frozen=True)
class Action:
    """A step of the build: its inputs, the outputs it made, and when (ISO 8601, UTC).

    `notebook` is the source of a chapter; other steps have none. `parameters` are all values the
    chapter ran with, its defaults too; `hashes` are those of the inputs as the build found them.
    """

    name: str
    notebook: Path | None
    inputs: tuple[Path, ...]
    parameters: Mapping[str, Any]
    outputs: tuple[Path, ...]
    began: str
    ended: str
    hashes: Mapping[Path, str]

    @classmethod
    def of(cls, task: Task, project: Project, run: Run) -> Action:
        """Return the action of a step of the build, without the files of the build's own memory."""
        return cls(
            name=task.name,
            notebook=task.notebook,
            inputs=tuple(_files(task.inputs, project)),
            parameters=task.parameters,
            outputs=tuple(_files(task.products, project)),
            began=run.began.isoformat(timespec="milliseconds"),
            ended=run.ended.isoformat(timespec="milliseconds"),
            hashes=_hashes(task, run),
        )


@dataclass(frozen=True)
class Difference:
    """A file that is not as the crate says.

    >>> print(Difference("outputs/values/07.json", "changed"))
    outputs/values/07.json has changed since the build
    """

    file: str
    what: Literal["missing", "changed", "not in the crate"]

    def __str__(self) -> str:
        verb = {"changed": "has changed since the build"}.get(self.what, f"is {self.what}")
        return f"{self.file} {verb}"


def write_crate(project: Project, actions: Sequence[Action]) -> Path:
    """Write the crate of a finished build and return its path.

    `actions` are all steps of the build in their order, those that did not run this time too.
    """
    from compendium.record.crate import Crate

    entry = next(p for p in (project.root / "run_all.py", ROOT / "run_all.py") if p.is_file())
    write(project.out / COPY, entry.read_bytes())
    crate = Crate(project)
    crate.workflow(entry, actions)
    write(project.out / CRATE, dumps(crate.metadata))
    return project.out / CRATE


def verify(project: Project) -> list[Difference]:
    """Return what is not as the crate says: its files, and files in its folders it does not know.

    Raises ProvenanceError when there is no crate or it cannot be read.
    """
    listed = _listed(project)
    found: list[Difference] = []
    for path, digest in listed.items():
        if not path.is_file():
            found.append(Difference(project.relative(path), "missing"))
        elif sha256(path) != digest:
            found.append(Difference(project.relative(path), "changed"))
    known = {*listed, project.out / CRATE}
    apart = tuple(project.out / name for name in (".build", "custom", "failed"))
    lying = {path for path in project.out.rglob("*") if path.is_file()} - known
    found += [
        Difference(project.relative(path), "not in the crate")
        for path in lying
        if not any(path.is_relative_to(folder) for folder in apart)
    ]
    return sorted(found, key=lambda difference: difference.file)


def _hashes(task: Task, run: Run) -> dict[Path, str]:
    """Return the hashes the build went by: a file may have changed while it ran."""
    plain = [node for node in task.inputs.values() if type(node) is FileNode]
    return {node.file: state for node in plain if (state := run.inputs[node.name])}


def _files(nodes: Mapping[str, Node], project: Project) -> Iterator[Path]:
    files = dict.fromkeys(node.file for node in nodes.values() if isinstance(node, FileNode))
    return (path for path in files if not path.is_relative_to(project.full_memory))


def _folders(project: Project) -> Iterable[tuple[str, Path]]:
    """Return what identifiers begin with, and the folder each stands for; results come first."""
    yield "", project.out
    yield "arcp://name,study/", project.data
    yield "arcp://name,project/", project.root
    yield "arcp://name,compendium/", ROOT


def identifier(project: Project, path: Path) -> str:
    """Return what the crate calls a file: a path below the crate, or an arcp URI."""
    for prefix, folder in _folders(project):
        if path.is_relative_to(folder):
            return prefix + quote(path.relative_to(folder).as_posix())
    raise ProvenanceError(f"{path} lies outside the project, the study and the results")


def _listed(project: Project) -> dict[Path, str]:
    """Read the files the crate lists, each with its hash."""
    crate = project.out / CRATE
    folders = dict(_folders(project))
    listed = {}
    try:
        for entity in json.loads(crate.read_text("utf-8"))["@graph"]:
            if "sha256" in entity:
                uri = _URI.match(entity["@id"])
                prefix = uri.group() if uri else ""
                name = unquote(entity["@id"].removeprefix(prefix))
                listed[folders[prefix] / name] = entity["sha256"]
    except FileNotFoundError as error:
        raise ProvenanceError(
            f"{project.relative(crate)} is missing: nothing says what the results were made of; "
            "build first"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProvenanceError(
            f"{project.relative(crate)} cannot be read ({type(error).__name__}): "
            "remove it and build again"
        ) from error
    return listed
