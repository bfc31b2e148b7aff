"""Row headers for the tables of a PDF, which Typst can tag but its wheel cannot be asked to.

`pdf.header-cell` needs a feature that only Typst's own command line can switch on. So the first
cell of each row of a table's body becomes a header here: it gets a scope and an id, and the cells
of its row name it before the headers of their columns, as ISO 32000-1, 14.8.5.7, has it.
"""

import io
from collections.abc import Iterator
from typing import Any


def with_row_headers(made: bytes) -> bytes:
    """Return a tagged PDF in which the first cell of each body row heads its row.

    Parameters
    ----------
    made
        A PDF as Typst writes it, in which every header cell heads a column.

    Returns
    -------
    bytes
        The same pages; equal for equal input, and packed more tightly.
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(made)) as pdf:
        tree = pdf.Root.StructTreeRoot
        names = pikepdf.NameTree(tree.IDTree) if "/IDTree" in tree else {}
        rows = [row for body in _below(tree, "/TBody") for row in _below(body, "/TR")]
        for number, row in enumerate(rows):
            head, *others = _children(row)
            if head.S != "/TD" or "/K" not in head:
                continue  # the name of a group of rows, or an empty cell
            head.S, head.ID = pikepdf.Name.TH, pikepdf.String(f"row-{number}")
            head.A[0].Scope = pikepdf.Name.Row
            names[str(head.ID)] = head
            for cell in others:
                cell.A[0].Headers.insert(0, head.ID)
        written = io.BytesIO()
        packed = pikepdf.ObjectStreamMode.generate
        pdf.save(written, deterministic_id=True, object_stream_mode=packed)
    return written.getvalue()


def _children(node: Any) -> list[Any]:
    """Return the structure elements directly below one; what else stands there is content."""
    import pikepdf

    kids = node.get("/K", [])
    listed = kids if isinstance(kids, pikepdf.Array) else [kids]
    return [kid for kid in listed if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]


def _below(node: Any, kind: str) -> Iterator[Any]:
    """Yield the nearest structure elements of a kind below one."""
    for kid in _children(node):
        if kind == kid.S:
            yield kid
        else:
            yield from _below(kid, kind)
