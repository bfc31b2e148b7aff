"""Whether all files are as the record of the last build says."""

from __future__ import annotations

import json
from pathlib import Path

from compendium.files import CHECKPOINTS, sha256
from compendium.provenance.record import CRATE, ProvenanceError, located
from compendium.workspace import Workspace

_APART = {CRATE, CHECKPOINTS, ".build", "build.html", "custom", "failed"}  # no results


def verify(workspace: Workspace) -> list[str]:
    """Return a sentence for each file that is not as the crate says, and each it does not know.

    Raises ProvenanceError when there is no crate or it cannot be read.
    """
    known = listed(workspace)
    found: dict[Path, str] = {}
    for path, digest in known.items():
        if not path.is_file():
            found[path] = "is missing"
        elif sha256(path) != digest:
            found[path] = "has changed since the build"
    for path in workspace.out.rglob("*"):
        apart = _APART.intersection(path.relative_to(workspace.out).parts)
        if path not in known and not apart and path.is_file():
            found[path] = "is not in the crate"
    return sorted(f"{workspace.relative(path)} {what}" for path, what in found.items())


def listed(workspace: Workspace) -> dict[Path, str]:
    """Return the files the crate lists, each with its hash; raises as `verify` does."""
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
