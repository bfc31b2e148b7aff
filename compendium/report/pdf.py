"""The report as one accessible PDF (PDF/UA-1), set by Typst from the environment.

Typst refuses a figure or formula without an alternative text, so a missing one stops the build and
not a reader. Only fonts of the wheel and of this package are used; nothing is fetched.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from compendium.chapter.formatting import FONTS, words
from compendium.chapter.payloads import Payload, say
from compendium.chapter.tables import to_typst, typst_string
from compendium.errors import RenderError
from compendium.files import scratch_folder
from compendium.report.document import Code, Document, ExecutedChapter
from compendium.report.kept import Kept
from compendium.report.prose import HERE, Renderer
from compendium.report.tags import with_row_headers
from compendium.run.executed import Exhibit

READS = ("compendium/report/report.typ", "compendium/report/formulas.lua", "compendium/fonts/*.ttf")
_MAIN = """#import "report.typ": *
#show: report.with(..json("opening.json"))
{body}
"""
_SMALL = 9  # lines of an exhibit that stands where it is told of
_TALL = 30  # lines for which there is no room beside a chapter's title
_SUBSECTION = 3  # parts of its number
_HEIGHT = re.compile(r'<svg[^>]*? height="([\d.]+)pt"')


class TypstRenderer(Renderer):
    """Typst markup of the document's pieces; drawings are collected as files beside it."""

    format = "typst"
    options = (f"--lua-filter={HERE / 'formulas.lua'}",)
    origins_at = "report.html#origins"
    frame = ("", "")
    unchecked = ('#unchecked("{}")[', "]")
    assumed = "#assumed[{}];"
    number = ""

    def __init__(self, document: Document, kept: Kept | None = None) -> None:
        super().__init__(document, kept)
        self.drawings: dict[str, str | bytes] = {}
        self._begins = True  # whether a chapter's first section is written
        self._places: dict[str, str] = {}  # where the section's last figure and table went

    def _text(self, literal: str) -> str:
        return f"#{typst_string(literal)};"

    def _value(self, payload: Payload, text: str) -> str:
        del payload  # where it was computed is told by the HTML edition, which has the code
        return self._text(text)

    def _finding(self, inner: str, addition: bool) -> str:
        mark = f" #addition({typst_string(self.words['addition'])});" if addition else ""
        return f"{inner}{mark}"

    def _box(self, intro: str, sentences: list[str]) -> str:
        texts = map(typst_string, (self.words["box_title"], intro))
        return f"#illustration({', '.join([*texts, *(f'[{told}]' for told in sentences)])})"

    def _exhibit(self, chapter: ExecutedChapter, exhibit: Exhibit) -> str:
        payload, translate = exhibit.payload, chapter.translate
        kind, number = self.document.labels[exhibit.target]
        options = [typst_string(exhibit.target), f"[{words(translate.lang)[kind]}]"]
        options += [typst_string(number), f"[{self._told(chapter, payload, 'caption')}]"]
        if "html_only" in payload:
            page = typst_string(f"report.html#{exhibit.target}")
            return f"#elsewhere({', '.join(options)}, {page}, [{self.words['html_only']}])"
        options.append(f"place: {self._place(kind, _height(payload))}")
        if kind == "figure":
            name = f"{exhibit.target}.svg"
            self.drawings[name] = chapter.drawing(payload, "svg")
            alt = typst_string(say(payload["alt"], payload, translate))
            return f"#drawing({', '.join(options)}, {typst_string(name)}, alt: {alt})"
        if note := self._note(chapter, payload):
            options.append(f"note: [{note}]")
        return f"#tabular({', '.join(options)}, {to_typst(payload, translate)})"

    def _image(self, name: str, png: str, alt: str) -> str:
        self.drawings[f"{name}.png"] = base64.b64decode(png)
        return f"#image({typst_string(f'{name}.png')}, width: 70%, alt: {typst_string(alt)})"

    def _heading(self, number: list[int], anchor: str, title: str) -> str:
        if len(number) < _SUBSECTION:
            self._begins, self._places = number[1:] in ([], [1], [2]), {}
        return super()._heading(number, anchor, title)

    def _place(self, kind: str, lines: int) -> str:
        """Return where an exhibit goes so that text fills the page and exhibits keep their order.

        What is small stands where it is told of, the rest at an edge of the page. In a section a
        small one follows those that went to an edge; after one that did not, or in a chapter's
        first section, none goes to the head of a page, where it would stand before it.
        """
        before, begins = self._places.get(kind, ""), self._begins and lines <= _TALL
        if (lines <= _SMALL and before in ("", "none")) or (begins and kind == "table"):
            place = "none"
        else:
            place = "bottom" if begins or before in ("none", "bottom") else "auto"
        self._places[kind] = place
        return place

    def _code(self, chapter: ExecutedChapter, blocks: Sequence[Code]) -> str:
        """Code stays in the HTML edition; the list of values says which cell made what."""
        del chapter, blocks
        return ""

    def _chapter(self, chapter: ExecutedChapter) -> tuple[str, str]:
        lang = typst_string(chapter.translate.lang)
        numbers = '"1.1"' if chapter.number else "none"  # a summary stands before the first
        numbered = f"#set heading(numbering: {numbers})"
        return f"#chapter-start({chapter.number})\n{numbered}\n#set text(lang: {lang})", ""


def _height(payload: Payload) -> int:
    """Return about how many lines an exhibit takes."""
    if payload["kind"] == "figure":
        drawing = next(iter(payload["svg"].values()))
        return int(float(_HEIGHT.findall(drawing)[0]) / 16)
    return sum(2 if any(map(_has_interval, row)) else 1 for row in payload["rows"])


def _has_interval(cell: Any) -> bool:
    return isinstance(cell, Mapping) and cell.get("low") is not None


def render(document: Document, kept: Kept | None = None) -> bytes:
    """Return the whole report as one PDF, or raise RenderError with Typst's words."""
    target = TypstRenderer(document, kept)
    files = {
        "main.typ": _MAIN.format(body=target.body()).encode("utf-8"),
        "opening.json": json.dumps(_opening(target)).encode("utf-8"),
        "report.typ": (HERE / "report.typ").read_bytes(),
    }
    for name, drawing in target.drawings.items():
        files[name] = drawing if isinstance(drawing, bytes) else drawing.encode("utf-8")
    parts = [part for name in sorted(files) for part in (name, files[name])]
    return target.kept.get(parts, lambda: _typeset(files, document.lang))


def _typeset(files: Mapping[str, bytes], lang: str) -> bytes:
    try:
        import typst
    except ImportError as error:
        raise RenderError(f"typst cannot be run here: {error}") from error
    with scratch_folder() as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        try:
            pdf: bytes = typst.compile(
                folder / "main.typ",
                root=folder,
                font_paths=[FONTS],
                ignore_system_fonts=True,
                pdf_standards="ua-1",
                timestamp=0,
            )
        except typst.TypstError as error:
            raise RenderError(f"typst could not set the PDF ({lang}): {error}") from error
    return with_row_headers(pdf)


def _opening(target: TypstRenderer) -> dict[str, Any]:
    """Return what stands on the title page and on every page."""
    about, text, lang = target.document.about, target.words, target.document.lang
    return {
        "title": target.document.title,
        "lang": lang,
        "edition": text["edition"],
        "byline": about.byline(lang),
        "choices": text["custom"].format(choices=about.choices) if about.choices else "",
        "marks": " · ".join(target.document.marks),
        "routes": about.routes,
        "imprint": about.colophon.imprint(lang) if about.colophon else [],
        "contents": text["contents"],
        "page-words": text["page"],
    }
