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

from compendium.chapter.formatting import FONTS, words
from compendium.chapter.payloads import Payload, say
from compendium.chapter.tables import to_typst, typst_string
from compendium.errors import RenderError
from compendium.report.document import Code, Document, ExecutedChapter
from compendium.report.prose import Renderer
from compendium.run.executed import Exhibit

READS = (
    "compendium/report/report.typ",
    "compendium/report/formulas.lua",
    "compendium/fonts/*.ttf",
)
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
    options = (f"--lua-filter={HERE / 'formulas.lua'}",)
    number = ""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.drawings: dict[str, str] = {}

    def _text(self, literal: str) -> str:
        return f"#{typst_string(literal)};"

    def _value(self, payload: Payload, text: str) -> str:
        if payload.get("id") not in self.document.origins:
            return self._text(text)
        return f"#value({typst_string(payload['id'])}, {typst_string(text)});"

    def _finding(self, inner: str, addition: bool) -> str:
        mark = f" #addition({typst_string(self.words['addition'])});" if addition else ""
        return f"{inner}{mark}"

    def _exhibit(self, chapter: ExecutedChapter, exhibit: Exhibit) -> str:
        payload, translate = exhibit.payload, chapter.translate
        kind, number = self.document.labels[exhibit.target]
        caption = f"[{self._told(chapter, payload, 'caption')}]"
        options = [f"[{words(translate.lang)[kind]}]", typst_string(number), caption]
        if kind == "figure":
            name = f"{exhibit.target}.svg"
            self.drawings[name] = chapter.drawing(payload, "svg")
            alt = typst_string(say(payload["alt"], payload, translate))
            options.append(f"image({typst_string(name)}, alt: {alt}, width: 100%)")
        else:
            if note := self._note(chapter, payload):
                options.append(f"note: [{note}]")
            options.append(f"long: {'true' if len(payload['rows']) > _LONG else 'false'}")
            options.append(to_typst(payload, translate))
        options.insert(0, "image" if kind == "figure" else "table")
        return f"#exhibit({', '.join(options)}) <{exhibit.target}>"

    def _code(self, chapter: ExecutedChapter, block: Code) -> str:
        """Code stays in the HTML edition; the list of values says which cell made what."""
        del chapter, block
        return ""

    def _chapter(self, chapter: ExecutedChapter) -> tuple[str, str]:
        lang = typst_string(chapter.translate.lang)
        return f"#chapter-start({chapter.number})\n#set text(lang: {lang})", ""


def render(document: Document) -> bytes:
    """Return the whole report as one PDF, or raise RenderError with Typst's words."""
    import typst

    target = TypstRenderer(document)
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
            raise RenderError(f"typst could not set the PDF ({document.lang}): {error}") from error
    return pdf


def _opening(target: TypstRenderer) -> dict[str, str]:
    """Return what stands on the title page and on every page."""
    about, text, lang = target.document.about, target.words, target.document.lang
    return {
        "title": target.document.title,
        "lang": lang,
        "edition": text["edition"],
        "byline": about.byline(lang),
        "choices": text["custom"].format(choices=about.choices) if about.choices else "",
        "standin": text["standin"] if about.standin else "",
        "contents": text["contents"],
        "page-words": text["page"],
    }


def _origins(target: TypstRenderer) -> dict[str, Any]:
    """Return the list of all recorded values under the cell and function that computed them."""
    text = target.words
    by_cell: dict[tuple[int, int, str], list[list[str]]] = {}
    for name, (origin, shown) in target.document.origins.items():
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
