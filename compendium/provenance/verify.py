"""Whether all files are as the record of the last build says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from compendium.files import sha256
from compendium.provenance.record import CRATE, ProvenanceError, located
from compendium.workspace import Workspace

_APART = {".build", ".ipynb_checkpoints", "custom", "failed"}  # folders that are no results


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


def verify(workspace: Workspace) -> list[Difference]:
    """Return what is not as the crate says: its files, and files in its folders it does not know.

    Raises ProvenanceError when there is no crate or it cannot be read.
    """
    listed = _listed(workspace)
    found: list[Difference] = []
    for path, digest in listed.items():
        if not path.is_file():
            found.append(Difference(workspace.relative(path), "missing"))
        elif sha256(path) != digest:
            found.append(Difference(workspace.relative(path), "changed"))
    known = {*listed, workspace.out / CRATE}
    lying = {path for path in workspace.out.rglob("*") if path.is_file()} - known
    found += [
        Difference(workspace.relative(path), "not in the crate")
        for path in lying
        if not _APART.intersection(path.relative_to(workspace.out).parts)
    ]
    return sorted(found, key=lambda difference: difference.file)


def _listed(workspace: Workspace) -> dict[Path, str]:
    """Read the files the crate lists, each with its hash."""
    crate = workspace.out / CRATE
    try:
        entities = json.loads(crate.read_text("utf-8"))["@graph"]
        return {located(workspace, e["@id"]): e["sha256"] for e in entities if "sha256" in e}
    except FileNotFoundError as error:
        raise ProvenanceError(
            f"{workspace.relative(crate)} is missing: nothing says what the results were made of; "
            "build first"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProvenanceError(
            f"{workspace.relative(crate)} cannot be read ({type(error).__name__}): "
            "remove it and build again"
        ) from error
