"""The report as one accessible PDF (PDF/UA-1), set by Typst from the environment.

Typst refuses a figure or formula without an alternative text, so a missing one stops the build and
not a reader. Only fonts of the wheel and of this package are used; nothing is fetched.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from compendium.chapter.formatting import FONTS, full, local
from compendium.chapter.payloads import Payload
from compendium.chapter.tables import to_typst, typst_string
from compendium.errors import RenderError
from compendium.report.document import Code, Document, ExecutedChapter
from compendium.report.prose import Node, Renderer
from compendium.run.executed import Exhibit

READS = ("compendium/report/report.typ", "compendium/fonts/*.ttf")
HERE = Path(__file__).parent
_MAIN = """#import "report.typ": *
#show: report.with(..json("opening.json"))
{body}
#origins(..json("origins.json"))
"""
_LONG = 12  # rows from which a table may go on to the next page


class TypstRenderer(Renderer):
    """Typst markup of the document's pieces; drawings are collected as files beside it."""

    format = "typst"
    number = ""

    def __init__(self, document: Document, lang: str) -> None:
        super().__init__(document, lang)
        self.drawings: dict[str, str] = {}

    def _text(self, literal: str) -> str:
        return f"#{typst_string(literal)};"

    def _value(self, payload: Payload, text: str) -> str:
        if payload["id"] not in self.document.origins:
            return self._text(text)
        return f"#value({typst_string(payload['id'])}, {typst_string(text)});"

    def _finding(self, inner: str, addition: bool) -> str:
        mark = f" #addition({typst_string(self.words['addition'])});" if addition else ""
        return f"{inner}{mark}"

    def _link(self, target: str, text: str) -> str:
        return f"#link(label({typst_string(target)}), {typst_string(text)});"

    def _math(self, node: Node) -> Node:
        """Return a formula with its source as alternative text."""
        display, source = node["c"]
        block = "true" if display["t"] == "DisplayMath" else "false"
        opening = f"#math.equation(block: {block}, alt: {typst_string(source)}, "
        around = [self._inline(opening), node, self._inline(".body);")]
        return {"t": "Span", "c": [["", [], []], around]}

    def _exhibit(self, exhibit: Exhibit) -> str:
        payload = exhibit.payload
        kind, number = self.document.labels[exhibit.target]
        caption = f"[{self._told(payload, 'caption')}]"
        options = [f"[{self.words[kind]}]", typst_string(number), caption]
        if kind == "figure":
            name = f"{exhibit.target}.svg"
            self.drawings[name] = payload["svg"][self.lang]
            alt = typst_string(self._plain(payload, "alt"))
            options.append(f"image({typst_string(name)}, alt: {alt}, width: 100%)")
        else:
            if payload["note"]:
                options.append(f"note: [{self.words['note']}: {self._told(payload, 'note')}]")
            options.append(f"long: {'true' if len(payload['rows']) > _LONG else 'false'}")
            options.append(to_typst(payload, self.lang))
        options.insert(0, "image" if kind == "figure" else "table")
        return f"#exhibit({', '.join(options)}) <{exhibit.target}>"

    def _code(self, chapter: ExecutedChapter, block: Code) -> list[Node]:
        """Code stays in the HTML edition; the list of values says which cell made what."""
        del chapter, block
        return []

    def _chapter(self, chapter: ExecutedChapter, blocks: list[Node]) -> list[Node]:
        return [self._block(f"#chapter-start({chapter.number})"), *blocks]


def render(document: Document, lang: str) -> bytes:
    """Return the whole report in a language as one PDF, or raise RenderError with Typst's words."""
    import typst

    target = TypstRenderer(document, lang)
    body = target.body()
    with tempfile.TemporaryDirectory(prefix="compendium-") as scratch:
        folder = Path(scratch)
        shutil.copy(HERE / "report.typ", folder)
        for name, drawing in target.drawings.items():
            (folder / name).write_text(drawing, "utf-8")
        for name, data in (("opening", _opening(target)), ("origins", _origins(target))):
            (folder / f"{name}.json").write_text(json.dumps(data), "utf-8")
        source = folder / "main.typ"
        source.write_text(_MAIN.format(body=body), "utf-8")
        try:
            pdf: bytes = typst.compile(
                source,
                root=folder,
                font_paths=[FONTS],
                ignore_system_fonts=True,
                pdf_standards="ua-1",
                timestamp=0,
            )
        except typst.TypstError as error:
            raise RenderError(f"typst could not set the PDF ({lang}): {error}") from error
    return pdf


def _opening(target: TypstRenderer) -> dict[str, str]:
    """Return what stands on the title page and on every page."""
    about, text = target.document.about, target.words
    return {
        "title": local(about.title, target.lang),
        "lang": target.lang,
        "edition": text["edition"],
        "byline": about.byline(target.lang),
        "choices": text["custom"].format(choices=about.choices) if about.choices else "",
        "standin": text["standin"] if about.standin else "",
        "contents": text["contents"],
        "page-words": text["page"],
    }


def _origins(target: TypstRenderer) -> dict[str, Any]:
    """Return the list of all recorded values under the cell and function that computed them."""
    text = target.words
    by_cell: dict[tuple[int, int, str], list[list[str]]] = {}
    for name, origin in target.document.origins.items():
        shown = full(origin["value"], origin["unit"], target.lang, origin.get("decimals"))
        place = (origin["chapter"], origin["cell"], origin.get("function", ""))
        by_cell.setdefault(place, []).append([name, shown])
    cells = []
    for (chapter, cell, function), values in sorted(by_cell.items()):
        place = text["origin_cell"].format(chapter=chapter, cell=cell, function=function)
        cells.append([place.removesuffix(" · "), values])
    heads = text["origins_columns"][:2]
    return {
        "title": text["origins"],
        "intro": text["origins_intro"],
        "heads": heads,
        "cells": cells,
    }
