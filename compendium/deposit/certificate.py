"""The certificate of a reproduction: what ran, where and when, and a verdict on each exhibit.

A second run is held to the deposited one by its numbers, not by its bytes: a drawing may differ by
a rounding of the machine and still show the same. Of a figure the data it draws are compared, of a
table its cells, of a finding its sentence and decision, too. No person and no host is named; who
checked signs it.
"""

from __future__ import annotations

import json
import math
import os
import platform
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from compendium.deposit.archive import must_be_whole
from compendium.deposit.description import read_citation
from compendium.errors import DepositError
from compendium.files import dumps, write
from compendium.provenance.record import CRATE
from compendium.provenance.verify import listed, verify
from compendium.report.tools import WITHOUT
from compendium.run.executed import exhibits, values
from compendium.workspace import Workspace

TOLERANCE = 1e-6  # of the larger of two numbers, or of 1; results are kept with 12 digits
_DRAWINGS = ("svg", "narrow", "png")
_PLACE = ("cell", "cell_id", "chapter")  # where it was computed is no result


def reproduce(workspace: Workspace, build: Callable[[], int]) -> tuple[int, Path | None]:
    """Build a deposit again with `build`, certify it; return exit code and certificate, if any.

    Raises
    ------
    DepositError
        If the data are another study, or the folder for the second run is not empty.
    ProvenanceError
        If there are no deposited results.
    """
    must_be_whole(workspace)
    deposited = replace(workspace, out_dir=None)
    listed(deposited)  # before a run that would have nothing to be held to
    if workspace.out.is_dir() and any(workspace.out.iterdir()):
        raise DepositError(
            f"{workspace.out} is not empty, and a reproduction begins with nothing: remove it, or "
            "name another folder with --out"
        )
    code = build()
    if code not in (0, WITHOUT):
        return code, None
    return certify(deposited, workspace) or code, workspace.out / "certificate.md"


def certify(deposited: Workspace, again: Workspace) -> int:
    """Hold a second run to the deposited one; write certificate.json and certificate.md to it.

    Returns 0 if each exhibit is the same or within tolerance and each input as deposited, else 1.

    References
    ----------
    https://codecheck.org.uk/guide/, the items of a certificate
    """
    found, changed = compare(deposited.out, again.out), verify(deposited)
    counts = Counter(row["verdict"] for row in found)
    bad = bool(changed or counts.keys() - {"same", "within tolerance"})
    citation, first, second = read_citation(deposited), _run(deposited), _run(again)
    commit, packages = first["commit"], [{*run["packages"]} for run in (first, second)]
    about = {
        "verdict": "not reproduced" if bad else "reproduced",
        "what": f"{citation['title']}, version {citation['version']}, commit {commit}",
        "how": "`python run_all.py reproduce`, from nothing",
        "deposited run": f"{first['time']}, {first['platform']}",
        "this run": f"{second['time']}, {second['platform']}",
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "packages": f"{len(packages[1])}, other than deposited: "
        + (", ".join(sorted(packages[0] ^ packages[1])) or "none"),
        "inputs": "; ".join(changed) or "all as deposited, by their hashes",
        "exhibits": ", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())),
        "tolerance": f"{TOLERANCE:g}",
        "checked by": "______________________ (name, ORCID, date)",
    }
    write(again.out / "certificate.json", dumps({**about, "verdicts": found}))
    write(again.out / "certificate.md", "\n".join([*_page(about, found), ""]))
    return int(bad)


def compare(before: Path, after: Path) -> list[dict[str, Any]]:
    """Return for each exhibit of two folders of results its verdict and largest difference.

    Returns
    -------
    list of dict
        exhibit, kind, chapter, verdict ("same", "within tolerance", "differs", "missing", "new")
        and difference, relative to the larger of the two numbers or to 1; None where a text, a
        decision or the number of points is another.
    """
    old, new = dict(_shown(before)), dict(_shown(after))
    rows = []
    for name in sorted(old | new):
        chapter, payload = old.get(name) or new[name]
        row = {"exhibit": name, "kind": payload["kind"], "chapter": chapter}
        apart = difference(payload, new[name][1]) if name in old and name in new else None
        if apart is None:
            verdict = "missing" if name in old else "new"
        else:
            near = "within tolerance" if apart <= TOLERANCE else "differs"
            verdict = near if apart else "same"
        told = apart if apart is not None and math.isfinite(apart) else None
        rows.append(row | {"verdict": verdict, "difference": told})
    return rows


def difference(old: Any, new: Any) -> float:
    """Return the largest difference between two payloads' numbers; infinite if all else differs.

    >>> difference({"value": 100.0, "n": 3}, {"value": 99.0, "n": 3}), difference("up", "down")
    (0.01, inf)
    """
    if isinstance(old, float | int) and isinstance(new, float | int):
        return 0.0 if old == new else abs(old - new) / max(1.0, abs(old), abs(new))
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() == new.keys():
        return max((difference(old[key], new[key]) for key in old), default=0.0)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return max(map(difference, old, new), default=0.0)
    return 0.0 if old == new else math.inf


def _shown(out: Path) -> Iterator[tuple[str, tuple[int, dict[str, Any]]]]:
    """Yield each exhibit's name with its chapter and payload, without drawings and places."""
    for path in sorted((out / "executed").glob("*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        number = notebook["metadata"]["compendium"]["chapter"]
        shown = {e.target: e.payload for e in exhibits(notebook) if e.number}
        for name, payload in {**values(notebook, number)["values"], **shown}.items():
            kept = {k: v for k, v in payload.items() if k not in (*_DRAWINGS, *_PLACE)}
            yield name, (number, kept)


def _run(workspace: Workspace) -> dict[str, Any]:
    """Return when and on what a run was made, as its record tells."""
    entities = json.loads((workspace.out / CRATE).read_text("utf-8"))["@graph"]
    known = {entity["@id"]: entity for entity in entities}
    program = known["workflow/run_all.py"]
    return {
        "time": f"{known['#build']['startTime']} to {known['#build']['endTime']}",
        "platform": ", ".join(program["runtimePlatform"]),
        "packages": program["softwareRequirements"],
        "commit": known["#git-commit"]["value"],
    }


def _page(about: Mapping[str, str], found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of the certificate: what is told of the run, then what is not the same."""
    yield from (
        "# Certificate of reproduction",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {text} |" for name, text in about.items()),
    )
    names = ("exhibit", "kind", "chapter", "verdict", "difference")
    yield from ("", f"| {' | '.join(names)} |", "|---|---|---|---|---|")
    for row in sorted(found, key=lambda row: row["verdict"] == "same"):
        yield f"| {' | '.join(str(row[name]) for name in names)} |"
