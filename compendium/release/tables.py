"""A table of the report as a file to compute with: Excel or CSV, in the language of the report.

Its numbers have the decimals the report shows and no more: with twelve digits a share tells how
many people it rests on. The same table gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from compendium.chapter.catalogue import Translator
from compendium.chapter.formatting import WORDED, bare, head_unit, words
from compendium.chapter.payloads import Payload, say
from compendium.chapter.tables import as_shown, in_words, note_of

Cell = str | int | float | None
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time an archive can hold
_TIMES = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def number(value: Any, unit: str, decimals: int | None) -> int | float | None:
    """Return a number as it is shown, without its separators: shares in percent.

    >>> number(0.137931034483, "share", None), number(2231, "count", None), number(None, "count", 0)
    (13.8, 2231, None)
    """
    if value is None:
        return None
    shown = float(bare(value, unit, "en", decimals).replace(",", "").replace("\N{MINUS SIGN}", "-"))
    return int(shown) if shown == int(shown) and not decimals else shown


def rows(payload: Payload, translate: Translator) -> list[list[Cell]]:
    """Return a table's head and rows; an interval gets two columns of its own.

    Parameters
    ----------
    payload
        The table's payload.
    translate
        The language.

    Returns
    -------
    list of list
        Texts and numbers; None where nothing is shown. A group stands in a column before the rest.
    """
    columns = payload["columns"]
    limited = [
        any(
            isinstance(row[at], Mapping) and row[at].get("low") is not None
            for row in payload["rows"]
        )
        for at in range(len(columns))
    ]
    head: list[Cell] = [""] if payload["groups"] else []
    for column, has_limits in zip(columns, limited, strict=True):
        unit = head_unit(column["unit"], translate.lang)
        label = say(column["label"], {}, translate)
        head.append(f"{label} ({unit})" if unit else label)
        if has_limits:
            head += [f"{label}, {end}" for end in words(translate.lang)["release"]["ends"]]
    made = [head]
    groups = payload["groups"] or [None] * len(payload["rows"])
    for group, row in zip(groups, payload["rows"], strict=True):
        line: list[Cell] = [in_words(group, translate)] if payload["groups"] else []
        for cell, column, has_limits in zip(row, columns, limited, strict=True):
            line += _cells(cell, column, translate, has_limits=has_limits)
        made.append(line)
    return made


def _cells(cell: Any, column: Payload, translate: Translator, *, has_limits: bool) -> list[Cell]:
    given = as_shown(cell, column)
    unit, decimals = given["unit"], given.get("decimals", column["decimals"])
    if unit == "text":
        text = None if cell is None else in_words(cell, translate)
        return [text, None, None] if has_limits else [text]
    if unit in WORDED:
        text = None if given["value"] is None else bare(given["value"], unit, translate.lang)
        return [text, None, None] if has_limits else [text]
    parts = ("value", "low", "high") if has_limits else ("value",)
    if given.get("hidden"):
        return [str(words(translate.lang)["hidden"]), *[None] * (len(parts) - 1)]
    return [number(given.get(part), unit, decimals) for part in parts]


def to_csv(payload: Payload, translate: Translator) -> bytes:
    """Return a table as CSV (UTF-8, comma, decimal point); lines that begin with # tell of it."""
    out = io.StringIO()
    for text in _told(payload, translate):
        out.write("# " + " ".join(text.split()) + "\n")
    csv.writer(out, lineterminator="\n").writerows(
        [_harmless(cell) for cell in row] for row in rows(payload, translate)
    )
    return out.getvalue().encode("utf-8")


def to_xlsx(payload: Payload, translate: Translator) -> bytes:
    """Return a table as an Excel file: caption, head, rows, note."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.properties.creator = "compendium"
    sheet = book.active
    sheet.title = payload["id"][:31]
    caption, *note = _told(payload, translate)
    lines = rows(payload, translate)
    for line in [[caption], [], *lines, [], *([text] for text in note)]:
        sheet.append(line)
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text that begins with = is no formula
    sheet["A1"].font = Font(bold=True)
    for cell in sheet[3]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for letter in (cell.column_letter for cell in sheet[3]):
        sheet.column_dimensions[letter].width = 22
    written = io.BytesIO()
    book.save(written)
    return _timeless(written.getvalue())


def _told(payload: Payload, translate: Translator) -> list[str]:
    note = note_of(payload, translate)
    return [say(payload["caption"], payload, translate), *([note] if note else [])]


def _harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "@") else cell


def _timeless(data: bytes) -> bytes:
    """Return an Excel file without the times it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            held = old.read(member)
            if member.filename == "docProps/core.xml":
                held = _TIMES.sub(b"1980-01-01T00:00:00Z", held)
            named = zipfile.ZipInfo(member.filename, _EPOCH)
            named.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(named, held)
    return out.getvalue()
