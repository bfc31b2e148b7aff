"""The report as one accessible PDF (PDF/UA-1), set by Typst from the environment.

Typst refuses a figure or formula without an alternative text, so a missing one stops the build and
not a reader. Only fonts of the wheel and of this package are used; nothing is fetched.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from compendium.document import Code, Document, ExecutedChapter
from compendium.errors import RenderError
from compendium.executed import Exhibit
from compendium.formatting import TEMPLATES, full, local
from compendium.payloads import Payload
from compendium.prose import Node, Target, render_body
from compendium.tables import to_typst, typst_string

READS = ("compendium/templates/report.typ", "compendium/templates/fonts/*.ttf")
_LONG = 12  # rows from which a table may go on to the next page


class TypstTarget(Target):
    """Typst markup of the document's pieces; drawings are collected as files beside it."""

    format = "typst"
    number = ""

    def __init__(self, document: Document, lang: str) -> None:
        super().__init__(document, lang)
        self.drawings: dict[str, str] = {}

    def text(self, literal: str) -> str:
        """Return a literal text."""
        return f"#{typst_string(literal)};"

    def value(self, payload: Payload, text: str) -> str:
        """Return a number as a link to its line in the list of all values."""
        if payload["id"] not in self.document.origins:
            return self.text(text)
        return f"#value({typst_string(payload['id'])}, {typst_string(text)});"

    def finding(self, inner: str, addition: bool) -> str:
        """Return a finding's sentence, marked when it is an addition of ours."""
        mark = f" #addition({typst_string(self.words['addition'])});" if addition else ""
        return f"{inner}{mark}"

    def reference(self, target: str, text: str) -> str:
        """Return a link to a figure, table or chapter."""
        return f"#link(label({typst_string(target)}), {typst_string(text)});"

    def math(self, node: Node) -> Node:
        """Return a formula with its source as alternative text."""
        display, source = node["c"]
        block = "true" if display["t"] == "DisplayMath" else "false"
        opening = f"#math.equation(block: {block}, alt: {typst_string(source)}, "
        around = [self.inline(opening), node, self.inline(".body);")]
        return {"t": "Span", "c": [["", [], []], around]}

    def exhibit(self, exhibit: Exhibit) -> str:
        """Return a figure or table with its number, caption and anchor."""
        payload = exhibit.payload
        kind, number = self.document.labels[exhibit.target]
        caption = f"[{self.told(payload, 'caption')}]"
        options = [f"[{self.words[kind]}]", typst_string(number), caption]
        if kind == "figure":
            name = f"{exhibit.target}.svg"
            self.drawings[name] = payload["svg"][self.lang]
            alt = typst_string(self.alt(payload))
            options.append(f"image({typst_string(name)}, alt: {alt}, width: 100%)")
        else:
            if payload["note"]:
                options.append(f"note: [{self.words['note']}: {self.told(payload, 'note')}]")
            options.append(f"long: {'true' if len(payload['rows']) > _LONG else 'false'}")
            options.append(to_typst(payload, self.lang))
        options.insert(0, "image" if kind == "figure" else "table")
        return f"#exhibit({', '.join(options)}) <{exhibit.target}>"

    def code(self, chapter: ExecutedChapter, block: Code) -> list[Node]:
        """Code stays in the HTML edition; the list of values says which cell made what."""
        del chapter, block
        return []

    def chapter(self, chapter: ExecutedChapter, blocks: list[Node]) -> list[Node]:
        """Return a chapter whose heading has the report's own number."""
        return [self.block(f"#chapter-start({chapter.number})"), *blocks]


def render(document: Document, lang: str) -> bytes:
    """Return the whole report in a language as one PDF, or raise RenderError with Typst's words."""
    import typst

    target = TypstTarget(document, lang)
    body = render_body(target)
    with tempfile.TemporaryDirectory(prefix="compendium-") as scratch:
        folder = Path(scratch)
        for name, drawing in target.drawings.items():
            (folder / name).write_text(drawing, "utf-8")
        (folder / "report.typ").write_bytes((TEMPLATES / "report.typ").read_bytes())
        source = folder / "main.typ"
        source.write_text(f"{_opening(target)}\n{body}\n{_origins(target)}\n", "utf-8")
        try:
            pdf: bytes = typst.compile(
                source,
                root=folder,
                font_paths=[TEMPLATES / "fonts"],
                ignore_system_fonts=True,
                pdf_standards="ua-1",
                timestamp=0,
            )
        except typst.TypstError as error:
            raise RenderError(f"typst could not set the PDF ({lang}): {error}") from error
    return pdf


def _opening(target: TypstTarget) -> str:
    about = target.document.about
    text = target.words
    choices = text["custom"].format(choices=about.choices) if about.choices else ""
    before, between = text["page"].replace("{pages}", "{page}").split("{page}")[:2]
    settings = {
        "title": local(about.title, target.lang),
        "lang": target.lang,
        "edition": text["edition"],
        "byline": about.byline(target.lang),
        "choices": choices,
        "standin": text["standin"] if about.standin else "",
        "contents": text["contents"],
    }
    lines = [f"  {name}: {typst_string(value)}," for name, value in settings.items()]
    words_of_page = f"  page-words: (now, all) => [{before}#now{between}#all],"
    return "\n".join(['#import "report.typ": *', "#show: report.with(", *lines, words_of_page, ")"])


def _origins(target: TypstTarget) -> str:
    """Return the list of all recorded values under the cell and function that computed them."""
    text = target.words
    by_cell: dict[tuple[int, int, str], list[str]] = {}
    for name, origin in target.document.origins.items():
        shown = full(origin["value"], origin["unit"], target.lang, origin.get("decimals"))
        label = f"#label({typst_string(f'val-{name}')})"
        cells = f"[#{typst_string(_breakable(name))} {label}], [#{typst_string(shown)}],"
        place = (origin["chapter"], origin["cell"], origin.get("function", ""))
        by_cell.setdefault(place, []).append(cells)
    heads = ", ".join(f"strong({typst_string(head)})" for head in text["origins_columns"][:2] * 2)
    rows = []
    for (chapter, cell, function), pairs in sorted(by_cell.items()):
        place = text["origin_cell"].format(chapter=chapter, cell=cell, function=function)
        rows += [f"group-row(4, {typst_string(place.removesuffix(' · '))}),", *pairs]
        rows += ["[], [],"] * (len(pairs) % 2)
    return "\n".join(
        [
            "#chapter-start(1)",
            f"#heading(level: 1, numbering: none)[{text['origins']}]",
            text["origins_intro"],
            "#{ set text(size: 8.6pt); report-table(columns: (1.5fr, 1fr, 1.5fr, 1fr),",
            "  align: (left + top, right + top, left + top, right + top),",
            f"  table.header({heads}),",
            *rows,
            ") }",
        ]
    )


def _breakable(name: str) -> str:
    """Let a dotted name break after its dots."""
    return name.replace(".", ".\N{ZERO WIDTH SPACE}") if name.count(".") > 1 else name
