"""What is recorded of a build, and what its files are called there.

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

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from compendium.errors import CompendiumError
from compendium.workspace import ROOT, Workspace

CRATE = "ro-crate-metadata.json"
COPY = "workflow/run_all.py"

_URI = re.compile(r"arcp://[^/]*/")


class ProvenanceError(CompendiumError):
    """There is no record of the build, or it cannot be read."""


@dataclass(frozen=True)
class Action:
    """A step of the build: its inputs, the outputs it made, and when (ISO 8601, UTC).

    `notebook` is the source of a chapter; other steps have none. `parameters` are all values the
    chapter ran with, its defaults too; `inputs` are files with their hashes as the build found
    them: a file may have changed while it ran.
    """

    name: str
    notebook: Path | None
    parameters: Mapping[str, Any]
    inputs: Mapping[Path, str]
    outputs: tuple[Path, ...]
    began: str
    ended: str


def identifier(workspace: Workspace, path: Path) -> str:
    """Return what the crate calls a file: a path below the crate, or an arcp URI."""
    for prefix, folder in _folders(workspace).items():
        if path.is_relative_to(folder):
            return prefix + quote(path.relative_to(folder).as_posix())
    raise ProvenanceError(f"{path} lies outside the project, the study and the results")


def located(workspace: Workspace, identifier: str) -> Path:
    """Return the file a crate calls so; KeyError if it lies in no folder of ours."""
    uri = _URI.match(identifier)
    prefix = uri.group() if uri else ""
    return _folders(workspace)[prefix] / unquote(identifier.removeprefix(prefix))


def _folders(workspace: Workspace) -> dict[str, Path]:
    """Return what identifiers begin with, and the folder each stands for; results come first."""
    return {
        "": workspace.out,
        "arcp://name,study/": workspace.data,
        "arcp://name,project/": workspace.root,
        "arcp://name,compendium/": ROOT,
    }


def git(root: Path, *words: str) -> str:
    """Return what git says in a folder; OSError or CalledProcessError if it cannot tell."""
    command = [shutil.which("git") or "git", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(root: Path, out: Path) -> list[dict[str, Any]]:
    """Return commit and whether files differ from it, or that no commit is known."""
    try:
        if not git(root, "ls-files", "notebooks"):  # a folder inside somebody else's checkout
            raise FileNotFoundError
        inside = out.is_relative_to(root) and out != root
        results = [f":(exclude){out.relative_to(root).as_posix()}"] if inside else []
        changed = bool(git(root, "status", "--porcelain", "--", ".", *results))
        head = git(root, "rev-parse", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        why = "the project's folder is not a git checkout, or there is no git to ask"
        return [{"name": "git commit", "value": "unknown", "description": why}]
    return [
        {"name": "git commit", "value": head},
        {"name": "uncommitted changes", "value": changed},
    ]
