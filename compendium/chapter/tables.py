"""One table model, two renderings: HTML for the page and Jupyter, Typst for the PDF.

A payload's cells are raw; here they are formatted for a language. Numbers stand to the right with a
fixed number of decimals, so their separators align; the unit stands once, in the head.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import groupby
from typing import Any

from compendium.chapter.formatting import bare, head_unit, local, span
from compendium.chapter.payloads import Payload

_WRAPS = 24  # letters from which a column of text shares the width that is left
_LEAST = 8  # ... by the mean length of its filled cells and this
_LEFT = ("text", "date", "month")


def cell_texts(cell: Any, column: Payload, lang: str) -> tuple[str, str]:
    """Format a cell and, of an estimate, the interval that stands under it."""
    unit, decimals = column["unit"], column["decimals"]
    given = cell if isinstance(cell, Mapping) and "value" in cell else {"value": cell}
    text = bare(given["value"], unit, lang, decimals)
    if given.get("low") is None or given.get("high") is None:
        return text, ""
    return text, span(given["low"], given["high"], unit, lang, decimals, form=bare)


def head_text(column: Payload, lang: str) -> tuple[str, str]:
    """Return a column's label and its unit."""
    return local(column["label"], lang), head_unit(column["unit"], lang)


def row_groups(payload: Payload) -> list[tuple[Any, list[list[Any]]]]:
    """Return (group, rows) pairs in order; one pair with group None for a table without groups."""
    groups = payload["groups"] or [None] * len(payload["rows"])
    pairs = zip(groups, payload["rows"], strict=True)
    return [(key, [row for _, row in rows]) for key, rows in groupby(pairs, key=lambda p: p[0])]


def to_html(payload: Payload, lang: str, caption: str | None = None) -> str:
    """Render the table as HTML with column and row headers; `caption` is HTML."""
    columns = payload["columns"]
    heads = "".join(_html_head(column, lang) for column in columns)
    parts = [
        "<table>",
        f"<caption>{escape(payload['caption'][lang]) if caption is None else caption}</caption>",
        f"<thead><tr>{heads}</tr></thead>",
    ]
    for number, (group, rows) in enumerate(row_groups(payload)):
        if group is None:
            parts.append("<tbody>")
        else:
            head = (
                f'<th colspan="{len(columns)}" scope="rowgroup">{escape(local(group, lang))}</th>'
            )
            parts += [f'<tbody data-group="{number}">', f'<tr class="group">{head}</tr>']
        for row in rows:
            cells = (_html_cell(*pair, lang) for pair in zip(row, columns, strict=True))
            parts.append(f"<tr>{''.join(cells)}</tr>")
        parts.append("</tbody>")
    return "\n".join([*parts, "</table>"])


def _html_head(column: Payload, lang: str) -> str:
    label, unit = map(escape, head_text(column, lang))
    after = f' <span class="unit">{unit}</span>' if unit else ""
    return f'<th scope="col" class="{_kind(column)}">{label}{after}</th>'


def _html_cell(cell: Any, column: Payload, lang: str) -> str:
    tag, scope = ("th", ' scope="row"') if column["head"] else ("td", "")
    text, interval = map(escape, cell_texts(cell, column, lang))
    under = f'<span class="interval">{interval}</span>' if interval else ""
    return f'<{tag}{scope} class="{_kind(column)}">{text}{under}</{tag}>'


def _kind(column: Payload) -> str:
    return "text" if column["unit"] in _LEFT else "num"


def to_typst(payload: Payload, lang: str) -> str:
    """Render the table as a Typst `table` whose head repeats on every page."""
    columns = payload["columns"]
    sides = ["left" if column["unit"] in _LEFT else "right" for column in columns]
    aligns = ", ".join(f"{side} + top" for side in sides)
    widths = ", ".join(_width(payload, i, lang) for i in range(len(columns)))
    lines = [f"report-table(columns: ({widths},), align: ({aligns},),", "table.header("]
    for column, side in zip(columns, sides, strict=True):
        label, unit = map(typst_string, head_text(column, lang))
        lines.append(f"head-cell({side}, {label}, {unit}),")
    lines.append("),")
    for group, rows in row_groups(payload):
        if group is not None:
            lines.append(f"group-row({len(columns)}, {typst_string(local(group, lang))}),")
        for cell, column in (pair for row in rows for pair in zip(row, columns, strict=True)):
            text, interval = map(typst_string, cell_texts(cell, column, lang))
            lines.append(f"data({text}, {interval}),")
    return "\n".join([*lines, ")"])


def _width(payload: Payload, position: int, lang: str) -> str:
    """Return a column's width: its own, or, where text must wrap, a share of what is left."""
    column = payload["columns"][position]
    texts = [cell_texts(row[position], column, lang)[0] for row in payload["rows"]]
    if column["unit"] not in _LEFT or max(map(len, texts), default=0) <= _WRAPS:
        return "auto"
    filled = [len(text) for text in texts if len(text) > 1]
    return f"{_LEAST + sum(filled) / len(filled):.0f}fr"


def typst_string(text: str) -> str:
    r"""Quote a text for Typst.

    >>> print(typst_string('a "b"'))
    "a \"b\""
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
