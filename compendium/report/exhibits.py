"""The map from what is shown to what made it: each figure, table and number of the report.

Reviewers ask for a table that says which program makes which exhibit, in which file it stands, and
whether it needs data that they do not get. Here it is made of the executed chapters, so that it
cannot differ from them: `exhibits.csv` beside the report, and a section in it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields

from compendium.chapter.payloads import Payload, say
from compendium.report.cells import Cell, read_cells
from compendium.report.document import Code, Document, ExecutedChapter

Cells = Mapping[int, Mapping[str, Cell]]
"""Code cells by chapter and id."""


@dataclass(frozen=True)
class Entry:
    """A figure, table or number, and what made it.

    `kind` is "figure", "table" or "value", `number` that of a figure or table; `title` is its
    caption, or how a value reads. `cell` is the one that computed it, counted from the chapter's
    first code cell, and `cell_id` its name in the notebook; `functions` are those of the library
    it goes through, by full name. `file` is where it stands, from the folder of results, and
    `tables` are those of the study that its chapter reads.
    """

    kind: str
    number: str
    id: str
    title: str
    chapter: int
    notebook: str
    cell: int
    cell_id: str
    functions: str
    file: str
    tables: str


def entries(document: Document, cells: Cells) -> Iterator[Entry]:
    """Yield what a report shows, chapter by chapter: its figures and tables, then its values."""
    report = f"report/{document.lang}/report.html"
    for chapter in document.chapters:
        blocks = (block for block in chapter.blocks if isinstance(block, Code))
        for exhibit in (exhibit for block in blocks for exhibit in block.shown):
            kind, number = document.labels[exhibit.target]
            shown = {**exhibit.payload, "cell_id": exhibit.cell_id}
            title = say(shown["caption"], shown, chapter.translate)
            made = _made(chapter, shown, cells)
            yield Entry(
                kind,
                number,
                exhibit.target,
                title,
                *made,
                f"{report}#{exhibit.target}",
                _read(chapter),
            )
        for name, payload in chapter.recorded.items():
            made = _made(chapter, {**payload, "id": name}, cells)
            yield Entry(
                "value",
                "",
                name,
                document.origins[name][1],
                *made,
                f"values/{chapter.number:02d}.json",
                _read(chapter),
            )


def _made(
    chapter: ExecutedChapter, payload: Payload, cells: Cells
) -> tuple[int, str, int, str, str]:
    """Return what made an exhibit: notebook, cell, its id, and functions."""
    own = cells[chapter.number]
    cell = own[own[payload["cell_id"]].computing(payload["id"])]
    functions = payload.get("function") or " ".join(functions_of(cell, own))
    notebook = f"notebooks/{chapter.name}.ipynb"
    return chapter.number, notebook, cell.position, cell.id, functions


def _read(chapter: ExecutedChapter) -> str:
    return " ".join(chapter.notebook["metadata"]["compendium"].get("tables", ()))


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
    writer = csv.DictWriter(lines, [field.name for field in fields(Entry)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(entry) for entry in entries(document, cells_of(document)))
    return lines.getvalue()
