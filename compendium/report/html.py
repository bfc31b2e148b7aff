"""The report as one HTML file that fetches nothing; without scripts all of it can still be read.

A number is a link to the code that computed it. The code stands folded after what it shows, each
cell with the way to those it builds on and to the functions it calls, whose source the page holds
once. What the reader does with the page (search, themes, data to take away) is in report.js, and
takes all it needs from the page. Styles, scripts and type are inside the file.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from inspect import getsource
from string import Template
from textwrap import dedent
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Number, String

from compendium.chapter.catalogue import Translator
from compendium.chapter.formatting import FONTS, words
from compendium.chapter.payloads import Payload, say
from compendium.chapter.tables import in_words, to_html
from compendium.report.cells import Cell, public, written
from compendium.report.details import details
from compendium.report.document import METHODS, Code, Document, ExecutedChapter
from compendium.report.exhibits import cells_of, entries
from compendium.report.kept import Kept
from compendium.report.prose import HERE, Renderer
from compendium.run.executed import Exhibit

READS = (
    "compendium/report/*.html",
    "compendium/report/style.css",
    "compendium/report/report.js",
    "compendium/fonts/*.ttf",
)
PLACE = re.compile("\ue010([\\w-]+)\ue011")
_VALUE_LINK = re.compile(r'<a class="value"[^>]*>(.*?)</a>')  # a link stands in no other link
_FONT = re.compile(r"url\((OpenSans-\w+\.ttf)\)")
_COLOURS = {Keyword: "k", String: "s", Comment: "c", Number: "m"}  # the rest is as the page has it


class HtmlRenderer(Renderer):
    """HTML markup of the document's pieces."""

    format = "html"
    options = ("--mathml", "--toc", "--toc-depth=2", f"--template={HERE / 'body.html'}")
    origins_at = "#origins"
    frame = ('<section class="chapter" aria-labelledby="{}">', "</section>")
    unchecked = ('<div class="unchecked"><p>{}</p>', "</div>")
    assumed = '<span class="assumed">{}</span>'
    number = '<span class="number">{}</span> '

    def __init__(self, document: Document, kept: Kept | None = None) -> None:
        super().__init__(document, kept)
        self.page = self.words["web"]
        self.pieces: dict[str, tuple[str, ...]] = {}
        self.cells = cells_of(document)
        self.methods = public() if document.about.languages else {}  # else there is no page of it
        called = (cell.functions for cells in self.cells.values() for cell in cells.values())
        self.functions = {name: f for functions in called for name, f in functions.items()}

    def _text(self, literal: str) -> str:
        return escape(literal, quote=False)

    def _value(self, payload: Payload, text: str) -> str:
        name = payload.get("id", "")
        origin, _ = self.document.origins.get(name, (None, ""))
        if origin is None:
            return f'<span class="value">{escape(text)}</span>'
        anchor, _ = self.cell_of(origin["chapter"], origin["cell_id"], name)
        return f'<a class="value" href="#{anchor}" data-id="{escape(name)}">{escape(text)}</a>'

    def cell_of(self, chapter: int, cell_id: str, name: str) -> tuple[str, str]:
        """Return the anchor and the label of the cell that computed what a cell shows."""
        cells = self.cells[chapter]
        cell = cells[cells[cell_id].computing(name)]
        return _anchor(chapter, cell.id), f"{chapter}.{cell.position}"

    def _finding(self, inner: str, addition: bool) -> str:
        mark = ""
        if addition:
            title = escape(self.words["addition_title"])
            mark = f' <abbr class="addition" title="{title}">{self.words["addition"]}</abbr>'
        return f'<span class="finding">{inner}{mark}</span>'

    def _box(self, intro: str, sentences: list[str]) -> str:
        told = "".join(f"<li>{sentence}</li>" for sentence in sentences)
        title = escape(self.words["box_title"])
        return f'<aside class="box"><p><b>{title}.</b> {escape(intro)}</p><ul>{told}</ul></aside>'

    def _exhibit(self, chapter: ExecutedChapter, exhibit: Exhibit) -> str:
        payload, anchor, translate = exhibit.payload, exhibit.target, chapter.translate
        kind, number = self.document.labels[anchor]
        label = f'<span class="label">{words(translate.lang)[kind]} {number}</span>'
        caption = f"{label} {self._told(chapter, payload, 'caption')}"
        code, cell = self.cell_of(chapter.number, exhibit.cell_id, payload["id"])
        opening = f'id="{escape(anchor)}" data-code="{code}" data-cell="{cell}"'
        if kind == "table":
            plain = escape(say(payload["caption"], payload, translate))
            made = to_html(payload, translate, f"<span>{caption}</span>", self._value)
            note = self._note(chapter, payload)
            note = f'<p class="note">{note}</p>' if note else ""
            choice = " data-choice" if payload["filtered"] else ""
            return f'<div class="table" {opening}{choice}>{_scroll(plain, made)}{note}</div>'
        alt = escape(say(payload["alt"], payload, translate))
        return (
            f'<figure {opening}><div class="drawing" role="img" aria-label="{alt}">'
            f"{chapter.drawing(payload, 'svg')}{chapter.drawing(payload, 'narrow')}</div>"
            f"<figcaption>{caption}</figcaption>"
            f"{_data(payload, translate)}</figure>"
        )

    def _image(self, name: str, png: str, alt: str) -> str:
        return f'<img id="{name}" alt="{escape(alt)}" src="data:image/png;base64,{escape(png)}">'

    def _code(self, chapter: ExecutedChapter, blocks: Sequence[Code]) -> str:
        """Return neighbouring code cells in one fold, which opens when a link leads into it."""
        cells = self.cells[chapter.number]
        inner = "".join(self._cell(chapter, cells[block.id]) for block in blocks)
        ends = dict.fromkeys((blocks[0].position, blocks[-1].position))
        label = f"{self.words['code']} [{'–'.join(f'{chapter.number}.{end}' for end in ends)}]"
        return f'<details class="code"><summary>{label}</summary>{inner}</details>'

    def _cell(self, chapter: ExecutedChapter, cell: Cell) -> str:
        """Return a code cell with the ways to its notebook, to earlier cells and to functions."""
        number, anchor = chapter.number, _anchor(chapter.number, cell.id)
        label = f"[{number}.{cell.position}]"
        if self.document.about.languages:
            label = (
                f'<a href="{self._notebook(chapter)}.html#cell-id={escape(cell.id)}">{label}</a>'
            )
        ways = [label]
        if cell.names:
            earlier = (
                f"{', '.join(names)} <a href='#{_anchor(number, other)}'>"
                f"[{number}.{self.cells[number][other].position}]</a>"
                for other, names in cell.names.items()
            )
            ways.append(f"{self.page['builds_on']} {', '.join(earlier)}")
        if cell.functions:
            called = (f'<a href="#fn-{f}">{_short(f)}</a>' for f in sorted(cell.functions))
            ways.append(f"{self.page['calls']} {', '.join(called)}")
        return f'<div id="{anchor}"><p>{" · ".join(ways)}</p>{_source(cell.source)}</div>'

    def _chapter(self, chapter: ExecutedChapter) -> tuple[str, str]:
        lang = f' lang="{chapter.translate.lang}"' if chapter.foreign_in(self.document) else ""
        opening = f'<section class="chapter" aria-labelledby="{chapter.target}"{lang}>'
        if self.document.about.languages:
            path, said = self._notebook(chapter), self.page
            opening += (
                f'<p class="notebook"><a href="{path}.html">{said["notebook_page"]}</a> · '
                f'<a href="{path}.ipynb">{said["notebook"]}</a></p>'
            )
        return opening, "</section>"

    def _notebook(self, chapter: ExecutedChapter) -> str:
        """Return the way to a chapter's executed notebook, without its ending."""
        return f"../../notebooks/{self.document.lang}/{chapter.name}"

    def place(self, name: str, pieces: Iterable[str]) -> str:
        """Return the sign of a place in the page's frame, where these pieces stand."""
        self.pieces[name] = tuple(pieces)
        return f"\ue010{name}\ue011"

    def sources(self) -> str:
        """Return the section that holds the source of every function a cell calls."""
        shown = (
            f'<details class="code"><summary>{_short(name)}</summary>'
            f'<div id="fn-{name}">{self._source_of(name, function)}</div></details>'
            for name, function in sorted(self.functions.items())
        )
        title, intro = self.page["functions"], self.page["functions_intro"]
        return _section("functions", title, intro, self.place("functions", shown))

    def origins(self) -> str:
        """Return the list of all recorded values with the place each was computed."""
        text, lines = self.words, details(self.document)
        heads = "".join(f'<th scope="col">{head}</th>' for head in text["origins_columns"])
        rows = []
        for name, (origin, shown) in self.document.origins.items():
            anchor, cell = self.cell_of(origin["chapter"], origin["cell_id"], name)
            function = origin.get("function", "")
            rows.append(
                f'<tr id="v-{escape(name)}"><th scope="row">{escape(name)}</th>'
                f'<td class="num">{escape(shown)}</td><td><a href="#{anchor}">{cell}</a></td>'
                f"<td>{self.method(function)}</td>"
                f"<td>{'<br>'.join(map(escape, lines.get(name, ())))}</td></tr>"
            )
        table = (
            f'<table class="origins"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{self.place('origins', rows)}</tbody></table>"
        )
        box = f'<div class="table" id="all-origins">{_scroll(text["origins"], table)}</div>'
        return _section("origins", text["origins"], text["origins_intro"], box)

    def method(self, function: str) -> str:
        """Return a function's name with the way to its method, or else to its source."""
        if function in self.methods:
            return f'<a href="{METHODS}#{function}">{_short(function)}</a>'
        leads = f'<a href="#fn-{function}">{_short(function)}</a>'
        return leads if function in self.functions else _short(function)

    def _source_of(self, name: str, function: Callable[..., Any]) -> str:
        """Return a function's source; what it is for stands with its method, if there is one."""
        if name not in self.methods:
            return f"<p>{name}</p>{_source(dedent(getsource(function)))}"
        to = f'<a href="{METHODS}#{name}">{self.page["method"]}</a>'
        return f"<p>{name} · {to}</p>{_source(written(function)[1])}"


def _exhibits(target: HtmlRenderer) -> str:
    """Return the list of figures and tables with the cells and functions that made them."""
    rows, told = [], target.page
    for made in entries(target.document, target.cells):
        if made["number"]:
            label = f"{target.words[made['kind']]} {made['number']}"
            code = _anchor(made["chapter"], made["cell_id"])
            cell = f"{made['chapter']}.{made['cell']}"
            functions = ", ".join(map(target.method, made["functions"].split()))
            rows.append(
                f'<tr><th scope="row"><a href="#{made["id"]}">{label}</a></th>'
                f'<td>{escape(made["title"])}</td><td><a href="#{code}">{cell}</a></td>'
                f"<td>{functions}</td><td>{made['tables'].replace(' ', ', ')}</td></tr>"
            )
    heads = "".join(f'<th scope="col">{head}</th>' for head in told["exhibits_columns"])
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    box = f'<div class="table exhibits">{_scroll(told["exhibits"], table)}</div>'
    return _section("exhibits", told["exhibits"], told["exhibits_intro"], box)


def _anchor(chapter: int, cell_id: str) -> str:
    """Return the anchor of a code cell; cell ids are unique in a chapter only."""
    return f"code-{chapter:02d}-{escape(cell_id)}"


def _short(function: str) -> str:
    """Return a function's name as a notebook calls it: that of its room and its own.

    >>> _short("evallib.cohort.panel.person_months")
    'cohort.person_months'
    """
    parts = function.split(".")
    return ".".join((parts[1], *parts[3:]) if len(parts) > 3 else parts[-2:])


def _data(payload: Payload, translate: Translator) -> str:
    """Return what a figure was drawn from, for report.js; names of columns in code stay."""

    def told(cell: Any) -> Any:
        if not isinstance(cell, str | Mapping):
            return cell
        return in_words(cell, translate).replace("\N{SOFT HYPHEN}", "")

    heads = [h if h == str(h).lower() else told(h) for h in payload["data"]["columns"]]
    rows = [[told(cell) for cell in row] for row in payload["data"]["rows"]]
    known = {"columns": heads, "rows": rows}
    return f'<script type="application/json" class="data">{_json(known)}</script>'


def _json(known: Any) -> str:
    return json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")


def _section(anchor: str, title: str, intro: str, *parts: str) -> str:
    return (
        f'<section class="chapter" aria-labelledby="{anchor}"><h1 id="{anchor}">{title}</h1>'
        f"<p>{intro}</p>{''.join(parts)}</section>"
    )


def _scroll(label: str, table: str) -> str:
    """Wrap a table so that a narrow screen scrolls it alone."""
    return f'<div class="scroll" role="group" aria-label="{label}">{table}</div>'


def render(document: Document, kept: Kept | None = None) -> bytes:
    """Return the whole report as one HTML file."""
    return report_page(document, kept).whole.encode("utf-8")


@dataclass(frozen=True)
class Page:
    """The report: its frame, and by name of a place in it the pieces that stand there."""

    frame: str
    pieces: Mapping[str, tuple[str, ...]]

    @property
    def whole(self) -> str:
        """The page."""
        return PLACE.sub(lambda place: "".join(self.pieces[place[1]]), self.frame)


def report_page(document: Document, kept: Kept | None = None) -> Page:
    """Return the report as a page whose pieces are known apart."""
    target = HtmlRenderer(document, kept)
    sections = target.sections()
    text, about = target.words, document.about
    listed = [_VALUE_LINK.sub(r"\1", _lines(section.contents)) for section in sections]
    last = [
        ("#exhibits", target.page["exhibits"]),
        ("#functions", target.page["functions"]),
        ("#origins", text["origins"]),
        *([(METHODS, target.page["methods"])] if target.methods else []),
    ]
    listed += [f'<li><a href="{place}">{title}</a></li>\n' for place, title in last]
    body = (f"{s.begin}\n{target.place(s.name, s.pieces)}\n{s.end}" for s in sections)
    choices = escape(text["custom"].format(choices=about.choices))
    frame = page(
        document,
        "report",
        "report.html",
        title=escape(document.title),
        contents=text["contents"],
        toc=f"<ul>\n{target.place('contents', listed)}</ul>",
        edition=text["edition"],
        byline=escape(about.byline(document.lang)),
        choices=f'<p class="choices">{choices}</p>' if about.choices else "",
        body="\n\n".join(body),
        exhibits=_exhibits(target),
        functions=target.sources(),
        origins=target.origins(),
    )
    return Page(frame, target.pieces)


def _lines(contents: str) -> str:
    """Return the lines of a section in the list of contents."""
    return contents.strip().removeprefix("<ul>\n").removesuffix("</ul>")


def page(document: Document, template: str, file: str, **parts: str) -> str:
    """Return a page of ours, its styles, scripts and interface words inside.

    `file` is its name, which is the same in the other language's folder.
    """
    text, about, lang = words(document.lang), document.about, document.lang
    languages = (
        f'<a class="language" href="../{other}/{file}" hreflang="{other}" lang="{other}">'
        f"{words(other)['language']}</a>"
        for other in about.languages
        if other != lang
    )
    return _filled(
        "shell",
        lang=lang,
        title=parts["title"],
        content=_filled(template, **parts),
        style=_style(),
        script=(HERE / "report.js").read_text("utf-8"),
        words=_json({**text["web"], "code": text["code"]}),
        skip=text["skip"],
        banner="".join(f'<p class="standin" role="note">{mark}</p>' for mark in document.marks),
        languages=" ".join(languages),
        **{name: text["web"][name] for name in ("tools", "search", "theme")},
    )


def _filled(template: str, **parts: str) -> str:
    return Template((HERE / f"{template}.html").read_text("utf-8")).substitute(parts)


@cache
def _style() -> str:
    """Return the style sheet with the type inside."""

    def inside(place: re.Match[str]) -> str:
        font = base64.b64encode((FONTS / place[1]).read_bytes()).decode()
        return f"url(data:font/ttf;base64,{font})"

    return _FONT.sub(inside, (HERE / "style.css").read_text("utf-8"))


def _source(code: str) -> str:
    return f'<pre tabindex="0"><code>{coloured(code.rstrip())}</code></pre>'


@cache
def coloured(source: str) -> str:
    """Return Python code as markup, its words classed by kind."""
    parts = []
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        name = next((name for above, name in _COLOURS.items() if kind in above), "")
        parts.append(f'<span class="{name}">{escape(text)}</span>' if name else escape(text))
    return "".join(parts)
