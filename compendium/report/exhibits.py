"""The map from what is shown to what made it: each figure, table and number of the report.

Reviewers ask for a table that says which program makes which exhibit, in which file it stands, and
whether it needs data that they do not get. Here it is made of the executed chapters, so that it
cannot differ from them: `exhibits.csv` beside the report, and a section in it.

kind       figure, table or value
number     of a figure or table
id         its anchor in the report, or a value's name
title      its caption, or how a value reads
chapter    and the notebook that makes it
cell       that computed it, counted from the chapter's first code cell; cell_id names it there
functions  of the library it goes through, by full name
file       where it stands, from the folder of results
tables     of the study that its chapter reads
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from compendium.chapter.payloads import Payload, say
from compendium.report.cells import Cell, read_cells
from compendium.report.document import Code, Document, ExecutedChapter

Cells = Mapping[int, Mapping[str, Cell]]
"""Code cells by chapter and id."""


def entries(document: Document, cells: Cells) -> Iterator[dict[str, Any]]:
    """Yield what a report shows, chapter by chapter: its figures and tables, then its values."""
    for chapter in document.chapters:
        own, report = cells[chapter.number], f"report/{document.lang}/report.html"
        blocks = (block for block in chapter.blocks if isinstance(block, Code))
        for exhibit in (exhibit for block in blocks for exhibit in block.shown):
            shown, anchor = {**exhibit.payload, "cell_id": exhibit.cell_id}, exhibit.target
            kind, number = document.labels[anchor]
            title = say(shown["caption"], shown, chapter.translate)
            about = {"kind": kind, "number": number, "id": anchor, "title": title}
            yield about | _made(chapter, shown, own) | {"file": f"{report}#{anchor}"}
        for name, payload in chapter.recorded.items():
            title = document.origins[name][1]
            about = {"kind": "value", "number": "", "id": name, "title": title}
            made = _made(chapter, {**payload, "id": name}, own)
            yield about | made | {"file": f"values/{chapter.number:02d}.json"}


def _made(chapter: ExecutedChapter, payload: Payload, own: Mapping[str, Cell]) -> dict[str, Any]:
    cell = own[own[payload["cell_id"]].computing(payload["id"])]
    return {
        "chapter": chapter.number,
        "notebook": f"notebooks/{chapter.name}.ipynb",
        "cell": cell.position,
        "cell_id": cell.id,
        "functions": payload.get("function") or " ".join(functions_of(cell, own)),
        "tables": " ".join(chapter.notebook["metadata"]["compendium"].get("tables", ())),
    }


def functions_of(cell: Cell, own: Mapping[str, Cell]) -> list[str]:
    """Return the library's functions a cell calls; if none, those of the cells it builds on."""
    earlier = (name for other in cell.names for name in functions_of(own[other], own))
    return sorted({*(cell.functions or earlier)})


def cells_of(document: Document) -> dict[int, dict[str, Cell]]:
    """Return a report's code cells by chapter and id."""
    return {
        chapter.number: read_cells(b for b in chapter.blocks if isinstance(b, Code))
        for chapter in document.chapters
    }


def to_csv(document: Document) -> str:
    """Return the map as CSV, a line for each figure, table and value."""
    lines, rows = io.StringIO(), list(entries(document, cells_of(document)))
    writer = csv.DictWriter(lines, [*rows[0]] if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()
