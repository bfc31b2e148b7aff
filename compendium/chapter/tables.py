"""One table model, two renderings: HTML for the page and Jupyter, Typst for the PDF.

A payload's cells are raw; here they are translated and formatted. Numbers stand to the right with a
fixed number of decimals, so their separators align; the unit stands once, in the head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from itertools import groupby
from typing import Any

from compendium.chapter.catalogue import Translator
from compendium.chapter.formatting import bare, head_unit, span, words
from compendium.chapter.payloads import Payload, say

_WRAPS = 24  # letters from which a column of text shares the width that is left
_LEAST = 8  # ... by the mean length of its filled cells and this
_LEFT = ("text", "name", "date", "month")


def cell_texts(cell: Any, column: Payload, translate: Translator) -> tuple[str, str]:
    """Format a cell and, of an estimate, the interval that stands under it."""
    unit, decimals, lang = column["unit"], column["decimals"], translate.lang
    if unit == "text" and cell is not None:
        return in_words(cell, translate), ""
    given = cell if isinstance(cell, Mapping) and "value" in cell else {"value": cell}
    text = bare(given["value"], unit, lang, decimals)
    if given.get("low") is None or given.get("high") is None:
        return text, ""
    return text, span(given["low"], given["high"], unit, lang, decimals, form=bare)


def in_words(cell: Any, translate: Translator) -> str:
    """Return a cell's text, or the words over a group of rows.

    A recorded text stands in the cell as its payload, a text with numbers as its message.
    """
    if isinstance(cell, Mapping):
        return translate(str(cell["value"])) if "value" in cell else say(cell, {}, translate)
    return translate(str(cell))


def note_of(
    payload: Payload,
    translate: Translator,
    literal: Callable[[str], str] = str,
    number: Callable[[Payload, str], str] = lambda _, text: text,
) -> str:
    """Return a table's note with the number of units behind its intervals; empty if it has none."""
    note = say(payload["note"], payload, translate, literal, number) if payload["note"] else ""
    if not payload.get("clusters"):
        return note
    told = words(translate.lang)["clusters_note"].format(n="–".join(map(str, payload["clusters"])))
    return f"{note}{literal(' ')}{literal(told)}" if note else literal(told)


def row_groups(payload: Payload) -> list[tuple[Any, list[list[Any]]]]:
    """Return (group, rows) pairs in order; one pair with group None for a table without groups."""
    groups = payload["groups"] or [None] * len(payload["rows"])
    pairs = zip(groups, payload["rows"], strict=True)
    return [(key, [row for _, row in rows]) for key, rows in groupby(pairs, key=lambda p: p[0])]


def to_html(payload: Payload, translate: Translator, caption: str | None = None) -> str:
    """Render a table as HTML with column and row headers.

    Parameters
    ----------
    payload
        The table's payload.
    translate
        The language.
    caption
        The caption as HTML, on a page whose style sheet knows the classes. Left out, the table is
        one for Jupyter: caption and note stand with it, and texts say that they stand to the left,
        as Jupyter sets all to the right.

    Returns
    -------
    str
        A `<table>`, in Jupyter perhaps with a paragraph after it.
    """
    columns = payload["columns"]
    told = escape(say(payload["caption"], payload, translate)) if caption is None else caption
    heads = "".join(_html_head(column, translate) for column in columns)
    parts = ["<table>", f"<caption>{told}</caption>", f"<thead><tr>{heads}</tr></thead>"]
    for number, (group, rows) in enumerate(row_groups(payload)):
        if group is None:
            parts.append("<tbody>")
        else:
            over = escape(in_words(group, translate))
            head = f'<th colspan="{len(columns)}" scope="rowgroup" class="text">{over}</th>'
            parts += [f'<tbody data-group="{number}">', f'<tr class="group">{head}</tr>']
        for row in rows:
            cells = (_html_cell(*pair, translate) for pair in zip(row, columns, strict=True))
            parts.append(f"<tr>{''.join(cells)}</tr>")
        parts.append("</tbody>")
    made = "\n".join([*parts, "</table>"])
    if caption is not None:
        return made
    made = made.replace(' class="text"', ' style="text-align: left"')
    if note := note_of(payload, translate, escape):
        made += f"\n<p><small>{words(translate.lang)['note']}: {note}</small></p>"
    return made


def _html_head(column: Payload, translate: Translator) -> str:
    label, unit = map(escape, _head(column, translate))
    after = f'<br><span class="unit">{unit}</span>' if unit else ""
    return f'<th scope="col" class="{_kind(column)}">{label}{after}</th>'


def _html_cell(cell: Any, column: Payload, translate: Translator) -> str:
    tag, scope = ("th", ' scope="row"') if column["head"] else ("td", "")
    text, interval = map(escape, cell_texts(cell, column, translate))
    under = f'<br><small class="interval">{interval}</small>' if interval else ""
    return f'<{tag}{scope} class="{_kind(column)}">{text}{under}</{tag}>'


def _head(column: Payload, translate: Translator) -> tuple[str, str]:
    return say(column["label"], {}, translate), head_unit(column["unit"], translate.lang)


def _kind(column: Payload) -> str:
    return "text" if column["unit"] in _LEFT else "num"


def to_typst(payload: Payload, translate: Translator) -> str:
    """Render the table as a Typst `table` whose head repeats on every page."""
    columns = payload["columns"]
    sides = ["left" if _kind(column) == "text" else "right" for column in columns]
    aligns = ", ".join(f"{side} + top" for side in sides)
    widths = ", ".join(_width(payload, i, translate) for i in range(len(columns)))
    lines = [f"report-table(columns: ({widths},), align: ({aligns},),", "table.header("]
    for column, side in zip(columns, sides, strict=True):
        label, unit = map(typst_string, _head(column, translate))
        lines.append(f"head-cell({side}, {label}, {unit}),")
    lines.append("),")
    for group, rows in row_groups(payload):
        if group is not None:
            over = typst_string(in_words(group, translate))
            lines.append(f"group-row({len(columns)}, {over}),")
        for cell, column in (pair for row in rows for pair in zip(row, columns, strict=True)):
            text, interval = map(typst_string, cell_texts(cell, column, translate))
            lines.append(f"data({text}, {interval}),")
    return "\n".join([*lines, ")"])


def _width(payload: Payload, position: int, translate: Translator) -> str:
    """Return a column's width: its own, or, where text must wrap, a share of what is left."""
    column = payload["columns"][position]
    texts = [cell_texts(row[position], column, translate)[0] for row in payload["rows"]]
    if _kind(column) == "num" or max(map(len, texts), default=0) <= _WRAPS:
        return "auto"
    filled = [len(text) for text in texts if len(text) > 1]
    return f"{_LEAST + sum(filled) / len(filled):.0f}fr"


def typst_string(text: str) -> str:
    r"""Quote a text for Typst.

    >>> print(typst_string('a "b"'))
    "a \"b\""
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
