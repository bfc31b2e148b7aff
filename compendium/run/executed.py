"""Executed notebooks: what they hold, and how they are made fit to keep.

A chapter as run holds its prose as written, with the numbers asked for in the cells' metadata, and
what its code shows as payloads that belong to no language. It must give the same bytes twice, so
times, paths and addresses go. Its values file is computed from it and from nothing else.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.chapter.payloads import MIME
from compendium.errors import ExhibitError
from compendium.files import dumps, write
from compendium.run.notebooks import Chapter
from compendium.workspace import Workspace

INJECTED = "injected-parameters"
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+|[^\s\"']*ipykernel_\d+/(?=\d+\.py)")
_ENCODED = "image/png"  # one word of many thousand letters: no text, and slow to search
_NUMBERED = {"figure": "fig", "table": "tab"}


@dataclass(frozen=True)
class Exhibit:
    """An exhibit of an executed chapter: its payload and the code cell that made it.

    `cell` counts code cells from 1, as a reader sees them; `number` is the figure's or table's
    number in its chapter, 0 for values, records and findings.
    """

    payload: Mapping[str, Any]
    cell: int
    cell_id: str
    number: int = 0

    @property
    def target(self) -> str:
        """The anchor of a figure or table, as in [](#fig-shares)."""
        return f"{_NUMBERED[self.payload['kind']]}-{self.payload['id']}"


def exhibits(notebook: Mapping[str, Any]) -> Iterator[Exhibit]:
    """Yield the exhibits of an executed notebook in order."""
    counts: Counter[str] = Counter()
    for position, cell in enumerate(filter(is_code, notebook["cells"]), start=1):
        for output in cell["outputs"]:
            payload = output.get("data", {}).get(MIME)
            if payload is not None:
                kind = payload["kind"]
                counts[kind] += 1
                number = counts[kind] if kind in _NUMBERED else 0
                yield Exhibit(payload, position, cell["id"], number)


def is_code(cell: Mapping[str, Any]) -> bool:
    """Tell whether a cell is code of its author; the parameters a run was given are not."""
    return cell["cell_type"] == "code" and INJECTED not in cell["metadata"].get("tags", ())


def values(notebook: Mapping[str, Any], chapter: int) -> dict[str, Any]:
    """Return what a chapter recorded.

    Parameters
    ----------
    notebook
        The executed notebook.
    chapter
        Its number.

    Returns
    -------
    dict
        {"chapter": number, "values": {id: payload}}; a payload says the chapter and cell that
        computed it, and each point of a record has one.

    Raises
    ------
    ExhibitError
        If two exhibits of the chapter share an id.
    """
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for exhibit in exhibits(notebook):
        where = {"chapter": chapter, "cell": exhibit.cell, "cell_id": exhibit.cell_id}
        points = {} if exhibit.number else _points(exhibit.payload)
        for name in points or [exhibit.target]:
            if name in seen:
                twice = name if points else exhibit.payload["id"]
                raise ExhibitError(f"chapter {chapter}: two exhibits have the id `{twice}`")
            seen.add(name)
        found |= {name: payload | where for name, payload in points.items()}
    return {"chapter": chapter, "values": found}


def _points(payload: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return by id the values a payload holds: one, or all points of a record."""
    if payload["kind"] != "records":
        return {payload["id"]: {key: item for key, item in payload.items() if key != "id"}}
    shown = {key: payload[key] for key in ("unit", "decimals") if payload.get(key) is not None}
    return {name: {"kind": "value"} | shown | p for name, p in payload["values"].items()}


def keep(notebook: dict[str, Any], chapter: Chapter, workspace: Workspace) -> dict[str, Any]:
    """Write a chapter as run, made fit to keep, and what it recorded.

    Parameters
    ----------
    notebook
        What was executed; times, paths and addresses go.
    chapter, workspace
        The source, and where the files go: executed/NN_name.ipynb and the values file.

    Returns
    -------
    dict
        The notebook.

    Raises
    ------
    ExhibitError
        If two of its exhibits share an id.
    """
    import nbformat

    _clean(notebook, workspace)
    if workspace.release:
        from compendium.run.second_gate import pass_through

        pass_through(notebook, workspace)
    recorded = values(notebook, chapter.number)
    text = nbformat.writes(notebook, version=4)  # type: ignore[no-untyped-call]
    write(workspace.out / "executed" / chapter.path.name, f"{text}\n")
    write(workspace.out / chapter.values_file, dumps(recorded))
    return notebook


def kept_of_failure(text: str, workspace: Workspace) -> str:
    """Return the JSON of a notebook that failed, fit to keep: no results of data not made up."""
    notebook = json.loads(text)
    _clean(notebook, workspace)
    for cell in notebook["cells"] if workspace.hides else ():
        cell["metadata"].pop("user_expressions", None)
        if "outputs" in cell:
            cell["outputs"] = []
    return dumps(notebook)


def inline_payloads(cell: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the payloads of a prose cell by expression."""
    stored = cell["metadata"].get("user_expressions", ())
    return {item["expression"]: item["result"]["data"][MIME] for item in stored}


def _clean(notebook: dict[str, Any], workspace: Workspace) -> None:
    """Take out what tells of the run and the machine, such as times and folders."""
    folders = [workspace.data, workspace.full_out, workspace.root, Path(sys.prefix)]
    kept = {"compendium": notebook["metadata"]["compendium"], "language_info": {"name": "python"}}
    kept["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook["metadata"] = kept
    for cell in notebook["cells"]:
        for name in ("papermill", "execution"):
            cell["metadata"].pop(name, None)
        if not cell["metadata"].get("tags", True):  # papermill gives every cell a list of tags
            del cell["metadata"]["tags"]
        if INJECTED in cell["metadata"].get("tags", ()):
            cell["id"] = INJECTED
        for output in cell.get("outputs", ()):
            _neutralise(output, folders)


def _neutralise(output: dict[str, Any], folders: list[Path]) -> None:
    """Take folder names and memory addresses out of an output's texts."""

    def neutral(text: Any) -> Any:
        if isinstance(text, str):
            for folder in folders:
                text = text.replace(f"{folder}/", "").replace(str(folder), ".")
            return _ADDRESS.sub("", text)
        return [neutral(line) for line in text] if isinstance(text, list) else text

    for texts in (output, output.get("data", {})):
        for name, text in texts.items():
            if name != _ENCODED:
                texts[name] = neutral(text)
