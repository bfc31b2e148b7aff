"""One table model, two renderings: HTML for the page and Jupyter, Typst for the PDF.

A payload's cells are raw; here they are translated and formatted. Numbers stand to the right with a
fixed number of decimals, so their separators align; the unit stands once, in the head.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from itertools import groupby
from typing import Any

from compendium.chapter.catalogue import Translator
from compendium.chapter.formatting import WORDED, bare, head_unit, is_assumed, signed, span, words
from compendium.chapter.payloads import Payload, say

_LEFT = ("text", "name", "date", "month")
_SIGN = '<span class="sign">°</span>'  # takes no room, so that digits stay under each other


def cell_texts(cell: Any, column: Payload, translate: Translator) -> tuple[str, str]:
    """Format a cell and, of an estimate, the interval that stands under it, with their signs."""
    unit, decimals, lang = column["unit"], column["decimals"], translate.lang
    if unit == "text" and cell is not None:
        return in_words(cell, translate), ""
    given = as_shown(cell, column)
    if given.get("hidden"):
        return str(words(lang)["hidden"]), ""
    unit, decimals = given["unit"], given.get("decimals", decimals)
    text = signed(bare(given["value"], unit, lang, decimals), given, "value")
    if given.get("low") is None or given.get("high") is None:
        return text, ""
    limits = span(given["low"], given["high"], unit, lang, decimals, form=bare)
    return text, signed(limits, given, "low")


def as_shown(cell: Any, column: Payload) -> dict[str, Any]:
    """Return a cell as a payload, with the column's unit and what a number in it rests on."""
    given = cell if isinstance(cell, Mapping) and "value" in cell else {"value": cell}
    counts = given["value"] is not None and column["unit"] not in WORDED
    basis = given.get("basis", column.get("basis")) if counts else None
    return {"unit": column["unit"], **given, "basis": basis}


def legend_of(payload: Payload, lang: str) -> str:
    """Return what a reader must know of the basis of a table's numbers; empty if nothing."""
    pairs = [pair for row in payload["rows"] for pair in zip(row, payload["columns"], strict=True)]
    shown = [as_shown(*pair) for pair in pairs]
    found = {payload.get("basis"), *(given["basis"] for given in shown)} - {None}
    if any(is_assumed(given, "low") for given in shown if "low" in given):
        found.add("assumed")
    key = "printed" if "calibrated" in found else ""
    if "assumed" in found:
        key = "mixed" if len(found) > 1 else "assumed"
    return str(words(lang)["basis_table"][key]) if key else ""


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
    cells = (cell for row in payload["rows"] for cell in row)
    left_out = any(isinstance(cell, Mapping) and cell.get("hidden") for cell in cells)
    told = [legend_of(payload, translate.lang)]
    told += [words(translate.lang)["hidden_note"]] if left_out else []
    if payload.get("clusters"):
        n = "–".join(map(str, payload["clusters"]))
        told.insert(0, words(translate.lang)["clusters_note"].format(n=n))
    return literal(" ").join(filter(None, [note, *map(literal, filter(None, told))]))


def row_groups(payload: Payload) -> list[tuple[Any, list[list[Any]]]]:
    """Return (group, rows) pairs in order; one pair with group None for a table without groups."""
    groups = payload["groups"] or [None] * len(payload["rows"])
    pairs = zip(groups, payload["rows"], strict=True)
    return [(key, [row for _, row in rows]) for key, rows in groupby(pairs, key=lambda p: p[0])]


def to_html(
    payload: Payload,
    translate: Translator,
    caption: str | None = None,
    number: Callable[[Payload, str], str] = lambda _, text: escape(text),
) -> str:
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
    number
        The markup of a recorded value's payload and its text.

    Returns
    -------
    str
        A `<table>`, in Jupyter perhaps with a paragraph after it.
    """
    columns = payload["columns"]
    told = escape(say(payload["caption"], payload, translate)) if caption is None else caption
    heads = "".join(_html_head(column, translate) for column in columns)
    parts = ["<table>", f"<caption>{told}</caption>", f"<thead><tr>{heads}</tr></thead>"]
    for place, (group, rows) in enumerate(row_groups(payload)):
        if group is None:
            parts.append("<tbody>")
        else:
            over = escape(in_words(group, translate))
            head = f'<th colspan="{len(columns)}" scope="rowgroup" class="text">{over}</th>'
            parts += [f'<tbody data-group="{place}">', f'<tr class="group">{head}</tr>']
        for row in rows:
            cells = (
                _html_cell(*pair, translate, number) for pair in zip(row, columns, strict=True)
            )
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


def _html_cell(
    cell: Any, column: Payload, translate: Translator, number: Callable[[Payload, str], str]
) -> str:
    tag, scope = ("th", ' scope="row"') if column["head"] else ("td", "")
    text, interval = cell_texts(cell, column, translate)
    text = number(cell, text) if isinstance(cell, Mapping) and "id" in cell else escape(text)
    text, interval = (told.replace("°", _SIGN) for told in (text, escape(interval)))
    under = f'<br><small class="interval">{interval}</small>' if interval else ""
    basis = as_shown(cell, column)["basis"]
    said = words(translate.lang)["basis"].get(basis)
    hover = f' title="{escape(said)}"' if said else ""
    kind = f"{_kind(column)} assumed" if basis == "assumed" else _kind(column)
    return f'<{tag}{scope} class="{kind}"{hover}>{text}{under}</{tag}>'


def _head(column: Payload, translate: Translator) -> tuple[str, str]:
    return say(column["label"], {}, translate), head_unit(column["unit"], translate.lang)


def _kind(column: Payload) -> str:
    return "text" if column["unit"] in _LEFT else "num"


def to_typst(payload: Payload, translate: Translator) -> str:
    """Render the table as the data of a call of `report-table`, which chooses the widths."""
    columns = payload["columns"]
    groups = []
    for group, rows in row_groups(payload):
        cells = [
            [[*cell_texts(*pair, translate), is_assumed(as_shown(*pair))] for pair in pairs]
            for pairs in (list(zip(row, columns, strict=True)) for row in rows)
        ]
        groups.append([None if group is None else in_words(group, translate), cells])
    heads = [(*_head(column, translate), _kind(column)) for column in columns]
    data = json.dumps({"heads": heads, "groups": groups}, ensure_ascii=False)
    return f"report-table(json(bytes({typst_string(data)})))"


def typst_string(text: str) -> str:
    r"""Quote a text for Typst.

    >>> print(typst_string('a "b"'))
    "a \"b\""
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
