"""A chapter whose prose alone changed is put together anew, and its code is not run again.

What the code cells gave rests on them, the parameters and all inputs but the notebook; while these
are as they were, so are the outputs, and so is every number that the prose showed between the same
two code cells. Prose that asks for a number nobody showed there needs a kernel.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from compendium.chapter.inline import expressions
from compendium.run.executed import INJECTED


def with_new_prose(source: Path, executed: Path) -> Any | None:
    """Return the source with the outputs and numbers of the executed notebook.

    None if the prose shows a number where the executed notebook did not.
    """
    import nbformat

    read: Any = nbformat.read
    notebook, before = read(source, as_version=4), read(executed, as_version=4)
    shown = {
        (position, item["expression"]): item
        for position, cell in _placed(before.cells)
        for item in cell.metadata.get("user_expressions", ())
    }
    ran = {cell.id: cell for cell in before.cells if cell.cell_type == "code"}
    cells = []
    for position, cell in _placed(notebook.cells):
        if cell.cell_type == "code":
            if cell.id not in ran or cell.source != ran[cell.id].source:
                return None
            cell.outputs = ran[cell.id].outputs
            cell.execution_count = ran[cell.id].execution_count
            cells.append(cell)
            if INJECTED in ran and "parameters" in cell.metadata.get("tags", ()):
                cells.append(ran[INJECTED])
            continue
        asked = [(position, name) for name in expressions(cell.source)]
        if not all(place in shown for place in asked):
            return None
        if asked:
            cell.metadata["user_expressions"] = [shown[place] for place in asked]
        cells.append(cell)
    notebook.cells = cells
    return notebook


def _placed(cells: Iterable[Any]) -> Iterable[tuple[int, Any]]:
    """Yield each cell with the number of the chapter's code cells up to it."""
    position = 0
    for cell in cells:
        position += cell.cell_type == "code" and cell.id != INJECTED
        yield position, cell
