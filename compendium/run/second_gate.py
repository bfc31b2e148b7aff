"""Lets an executed chapter pass only with what may be seen: exhibits, and nothing beside them.

A chapter's kernel gated every number; here the build computes again what may be seen and holds the
exhibits against it. All else a kernel puts out is dropped, as nothing says what it shows: plain
outputs, texts beside a payload, and what cells remember of their run.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from compendium.chapter.gate import counts_of
from compendium.chapter.payloads import MIME
from compendium.chapter.recording import recorded_in
from compendium.chapter.tables import to_html
from compendium.chapter.text import ENGLISH
from compendium.disclosure.audit import Audit
from compendium.disclosure.rules import read_rules
from compendium.errors import ExhibitError
from compendium.workspace import WITHHELD, Workspace

_KEPT = ("tags", "user_expressions")
_PICTURES = ("image/png", "image/svg+xml")


def pass_through(notebook: dict[str, Any], workspace: Workspace) -> None:
    """Leave in an executed chapter what may be seen.

    Raises ExhibitError with the cell if an exhibit shows more.
    """
    audit = _audit(workspace.exact, (workspace.exact / WITHHELD).stat().st_mtime_ns)
    for cell in notebook["cells"]:
        cell["metadata"] = {key: cell["metadata"][key] for key in _KEPT if key in cell["metadata"]}
        for payload in _payloads(cell):
            if fault := audit.fault(payload):
                raise ExhibitError(f"in cell {cell['id']}, {payload['kind']}: {fault}")
            payload["released"] = audit.mark(payload)
        if "outputs" in cell:
            cell["outputs"] = [out for out in cell["outputs"] if MIME in out.get("data", {})]
            for output in cell["outputs"]:
                output["data"] = _plain(output["data"])


def _payloads(cell: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for output in cell.get("outputs", ()):
        if MIME in output.get("data", {}):
            yield output["data"][MIME]
    for item in cell["metadata"].get("user_expressions", ()):
        yield item["result"]["data"][MIME]


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return an exhibit's output with a payload's own rendering, and no other text."""
    payload = data[MIME]
    shown = {"text/html": to_html(payload, ENGLISH)} if payload["kind"] == "table" else {}
    pictures = {kind: data[kind] for kind in _PICTURES if kind in data}
    return {MIME: payload, "text/plain": f"{payload['kind']} {payload['id']}", **shown, **pictures}


@cache
def _audit(exact: Path, decided: int) -> Audit:
    del decided  # a build of the same process may decide anew
    withheld = json.loads((exact / WITHHELD).read_text("utf-8"))
    values = recorded_in(exact)
    judged = json.loads((exact / "verdicts.json").read_text("utf-8"))["values"]
    return Audit(values | judged, withheld, counts_of, read_rules())
