"""Executed notebooks: what they hold, and how they are made fit to keep.

An executed chapter must read well in plain Jupyter, so numbers are put into the prose; and it must
give the same bytes twice, so times, paths and addresses go. Its values file is computed from it and
from nothing else.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.errors import ExhibitError
from compendium.files import dumps, write
from compendium.formatting import words
from compendium.inline import fill_in, fill_references, shown
from compendium.notebooks import Chapter
from compendium.payloads import MIME
from compendium.project import Project

INJECTED = "injected-parameters"
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+|[^\s\"']*ipykernel_\d+/(?=\d+\.py)")
_NUMBERED = {"figure": "fig", "table": "tab"}


@dataclass(frozen=True)
class Exhibit:
    """An exhibit of an executed chapter: its payload and the code cell that made it.

    `cell` counts code cells from 1, as a reader sees them; `number` is the figure's or table's
    number in its chapter, 0 for values and findings.
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
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for position, cell in enumerate((c for c in code if c["id"] != INJECTED), start=1):
        for output in cell["outputs"]:
            payload = output.get("data", {}).get(MIME)
            if payload is not None:
                kind = payload["kind"]
                counts[kind] += 1
                number = counts[kind] if kind in _NUMBERED else 0
                yield Exhibit(payload, position, cell["id"], number)


def values(notebook: Mapping[str, Any], chapter: int) -> dict[str, Any]:
    """Return what the chapter recorded, by id, each with the chapter and cell that computed it.

    Raises ExhibitError when two exhibits of the chapter share an id.
    """
    found: dict[str, Any] = {}
    seen: set[tuple[bool, str]] = set()
    for exhibit in exhibits(notebook):
        payload = dict(exhibit.payload)
        name, kind = payload.pop("id"), payload["kind"]
        key = (kind in _NUMBERED, f"{kind}-{name}" if kind in _NUMBERED else name)
        if key in seen:
            raise ExhibitError(f"chapter {chapter}: two exhibits have the id `{name}`")
        seen.add(key)
        if kind not in _NUMBERED:
            where = {"chapter": chapter, "cell": exhibit.cell, "cell_id": exhibit.cell_id}
            found[name] = payload | where
    return {"chapter": chapter, "values": found}


def clean(notebook: dict[str, Any], chapter: int, *folders: Path) -> dict[str, Any]:
    """Make an executed notebook fit to keep: numbers in prose, no times, paths or addresses.

    The prose as written stays in the cell's metadata, for the renderer. Names of `folders` and of
    the environment go from outputs.
    """
    names = {e.target: (e.payload["kind"], e.number) for e in exhibits(notebook) if e.number}
    kept = {"compendium": notebook["metadata"]["compendium"], "language_info": {"name": "python"}}
    kept["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook["metadata"] = kept
    places = [str(folder) for folder in (*folders, Path(sys.prefix))]
    for cell in notebook["cells"]:
        for name in ("papermill", "execution"):
            cell["metadata"].pop(name, None)
        if not cell["metadata"].get("tags", True):  # papermill gives every cell a list of tags
            del cell["metadata"]["tags"]
        if INJECTED in cell["metadata"].get("tags", ()):
            cell["id"] = INJECTED
        if cell["cell_type"] == "code":
            cell["outputs"] = [_neutral(output, places) for output in cell["outputs"]]
        else:
            _fill(cell, names, chapter)
    return notebook


def keep(notebook: Any, chapter: Chapter, project: Project) -> dict[str, Any]:
    """Write a chapter's cleaned notebook and what it recorded.

    Returns the notebook. Raises ExhibitError when two of its exhibits share an id.
    """
    import nbformat

    cleaned = clean(notebook, chapter.number, project.data, project.root)
    recorded = values(cleaned, chapter.number)
    text = nbformat.writes(cleaned, version=4)  # type: ignore[no-untyped-call]
    write(project.out / "notebooks" / chapter.path.name, f"{text}\n")
    write(project.out / chapter.values_file, dumps(recorded))
    return cleaned


def inline_payloads(cell: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the payloads of a prose cell by expression."""
    stored = cell["metadata"].get("user_expressions", ())
    return {item["expression"]: item["result"]["data"][MIME] for item in stored}


def written(cell: Mapping[str, Any]) -> str:
    """Return a prose cell's text as its author wrote it."""
    source = cell["metadata"].get("compendium", {}).get("source", cell["source"])
    return source if isinstance(source, str) else "".join(source)


def _fill(cell: dict[str, Any], names: Mapping[str, tuple[str, int]], chapter: int) -> None:
    langs = [t.removeprefix("lang-") for t in cell["metadata"].get("tags", ()) if t[:5] == "lang-"]
    if not langs:
        return
    source = cell["source"]
    texts = {name: shown(item, langs[0]) for name, item in inline_payloads(cell).items()}

    def reference(target: str) -> str:
        kind, number = names.get(target, ("", 0))
        if kind:
            return f"{words(langs[0])[kind]} {chapter}.{number}"
        return str(words(langs[0])["chapter_ref"]).format(target[3:].lstrip("0"))

    filled = fill_references(fill_in(source, texts), reference)
    if filled != source:
        cell["metadata"]["compendium"] = {"source": source}
        cell["source"] = filled


def _neutral(output: dict[str, Any], places: list[str]) -> dict[str, Any]:
    """Take folder names and memory addresses out of an output's texts."""

    def neutral(text: Any) -> Any:
        if isinstance(text, str):
            for place in places:
                text = text.replace(f"{place}/", "").replace(place, ".")
            return _ADDRESS.sub("", text)
        return [neutral(line) for line in text] if isinstance(text, list) else text

    for name in ("text", "traceback", "evalue"):
        if name in output:
            output[name] = neutral(output[name])
    output.get("metadata", {}).clear()
    for mime, content in output.get("data", {}).items():
        output["data"][mime] = neutral(content)
    return output
