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

from compendium.chapter.formatting import words
from compendium.chapter.inline import fill_in, fill_references
from compendium.chapter.payloads import MIME, shown
from compendium.errors import ExhibitError
from compendium.files import dumps, write
from compendium.project import Project
from compendium.run.notebooks import Chapter

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
    seen: set[tuple[str, str]] = set()
    for exhibit in exhibits(notebook):
        payload = dict(exhibit.payload)
        name = payload.pop("id")
        key = (_NUMBERED.get(payload["kind"], ""), name)
        if key in seen:
            raise ExhibitError(f"chapter {chapter}: two exhibits have the id `{name}`")
        seen.add(key)
        if not exhibit.number:
            where = {"chapter": chapter, "cell": exhibit.cell, "cell_id": exhibit.cell_id}
            found[name] = payload | where
    return {"chapter": chapter, "values": found}


def keep(notebook: dict[str, Any], chapter: Chapter, project: Project) -> dict[str, Any]:
    """Write a chapter's executed notebook, made fit to keep, and what it recorded.

    Numbers go into the prose; times, paths and addresses go. The prose as written stays in the
    cell's metadata, for the renderer. Returns the notebook. Raises ExhibitError when two of its
    exhibits share an id.
    """
    import nbformat

    _clean(notebook, chapter.number, [project.data, project.root, Path(sys.prefix)])
    recorded = values(notebook, chapter.number)
    text = nbformat.writes(notebook, version=4)  # type: ignore[no-untyped-call]
    write(project.out / "notebooks" / chapter.path.name, f"{text}\n")
    write(project.out / chapter.values_file, dumps(recorded))
    return notebook


def inline_payloads(cell: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the payloads of a prose cell by expression."""
    stored = cell["metadata"].get("user_expressions", ())
    return {item["expression"]: item["result"]["data"][MIME] for item in stored}


def written(cell: Mapping[str, Any]) -> str:
    """Return a prose cell's text as its author wrote it."""
    return "".join(cell["metadata"].get("compendium", {}).get("source", cell["source"]))


def language(cell: Mapping[str, Any]) -> str:
    """Return the language of a prose cell; "" for both."""
    tags = cell["metadata"].get("tags", ())
    return next((tag[5:] for tag in tags if tag.startswith("lang-")), "")


def _clean(notebook: dict[str, Any], chapter: int, folders: list[Path]) -> None:
    names = {e.target: (e.payload["kind"], e.number) for e in exhibits(notebook) if e.number}
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
        if lang := language(cell):
            _fill(cell, names, chapter, lang)


def _fill(
    cell: dict[str, Any], names: Mapping[str, tuple[str, int]], chapter: int, lang: str
) -> None:
    def reference(target: str) -> str:
        kind, number = names.get(target, ("", 0))
        if kind:
            return f"{words(lang)[kind]} {chapter}.{number}"
        if not target.startswith("ch-"):  # in another chapter, whose count is not known here
            return str(words(lang)["figure" if target.startswith("fig-") else "table"])
        return str(words(lang)["chapter_ref"]).format(target[3:].lstrip("0"))

    texts = {name: shown(item, lang) for name, item in inline_payloads(cell).items()}
    filled = fill_references(fill_in(cell["source"], texts), reference)
    if filled != cell["source"]:
        cell["metadata"]["compendium"] = {"source": cell["source"]}
        cell["source"] = filled


def _neutralise(output: dict[str, Any], folders: list[Path]) -> None:
    """Take folder names and memory addresses out of an output's texts."""

    def neutral(text: Any) -> Any:
        if isinstance(text, str):
            for folder in folders:
                text = text.replace(f"{folder}/", "").replace(str(folder), ".")
            return _ADDRESS.sub("", text)
        return [neutral(line) for line in text] if isinstance(text, list) else text

    output.get("metadata", {}).clear()
    for texts in (output, output.get("data", {})):
        for name, text in texts.items():
            texts[name] = neutral(text)
