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

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from compendium.chapter.payloads import say
from compendium.report.cells import Cell, read_cells
from compendium.report.document import Code, Document, ExecutedChapter

COLUMNS = (
    "kind", "number", "id", "title", "chapter", "notebook", "cell", "cell_id", "functions", "file",
    "tables",
)  # fmt: skip
Cells = Mapping[int, Mapping[str, Cell]]
"""Code cells by chapter and id."""


def entries(document: Document, cells: Cells) -> Iterator[dict[str, Any]]:
    """Yield what a report shows, chapter by chapter: its figures and tables, then its values."""
    for chapter in document.chapters:
        own, notebook = cells[chapter.number], f"notebooks/{chapter.name}.ipynb"
        tables = " ".join(chapter.notebook["metadata"]["compendium"].get("tables", ()))
        for *about, payload, file in _shown(document, chapter):
            cell = own[own[payload["cell_id"]].computing(payload["id"])]
            functions = payload.get("function") or " ".join(functions_of(cell, own))
            made = (chapter.number, notebook, cell.position, cell.id, functions, file, tables)
            yield dict(zip(COLUMNS, (*about, *made), strict=True))


def _shown(document: Document, chapter: ExecutedChapter) -> Iterator[tuple[Any, ...]]:
    """Yield the kind, number, id and title of what a chapter shows, its payload and its place."""
    blocks = (block for block in chapter.blocks if isinstance(block, Code))
    for one in (exhibit for block in blocks for exhibit in block.shown):
        title = say(one.payload["caption"], one.payload, chapter.translate)
        place = f"report/{document.lang}/report.html#{one.target}"
        whole = {**one.payload, "cell_id": one.cell_id}
        yield *document.labels[one.target], one.target, title, whole, place
    declared = chapter.notebook["metadata"]["compendium"]
    file = declared.get("records") or f"values/{chapter.number:02d}.json"
    for name, payload in chapter.recorded.items():
        title = document.origins[name][1]
        yield "value", "", name, title, {**payload, "id": name}, file


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
    lines = io.StringIO()
    writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries(document, cells_of(document)))
    return lines.getvalue()
