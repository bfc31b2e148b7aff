"""The report as one HTML file: nothing is fetched, nothing needs a script.

A number is a link to the code that made it; the code stands folded under its figure or table, and
opens when a link leads into it. Styles and type are inside the file.
"""

from __future__ import annotations

import base64
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template
from threading import Lock
from typing import Any

from compendium.chapter.formatting import FONTS, full, local, words
from compendium.chapter.payloads import Payload
from compendium.chapter.tables import row_groups, to_html
from compendium.report.document import Code, Document, ExecutedChapter
from compendium.report.prose import Heading, Node, Renderer
from compendium.run.executed import Exhibit

READS = (
    "compendium/report/report.html",
    "compendium/report/style.css",
    "compendium/fonts/*.ttf",
)
HERE = Path(__file__).parent
_WEIGHTS = {"Regular": "400;font-style:normal", "SemiBold": "600;font-style:normal",
            "Italic": "400;font-style:italic"}  # fmt: skip
_COLOURING = Lock()
_COLOURED = ("Keyword", "String", "Comment", "Number")  # kinds of tokens, as Pygments calls them


class HtmlRenderer(Renderer):
    """HTML markup of the document's pieces."""

    format = "html"
    number = '<span class="number">{}</span> '

    def _text(self, literal: str) -> str:
        return escape(literal, quote=False)

    def _value(self, payload: Payload, text: str) -> str:
        origin = self.document.origins.get(payload["id"])
        if origin is None:
            return f'<span class="value">{escape(text)}</span>'
        said = self.words["origin"].format(id=payload["id"], **{"function": "", **origin})
        title = escape(said.removesuffix(" · "))
        return f'<a class="value" href="#{_anchor(origin)}" title="{title}">{escape(text)}</a>'

    def _finding(self, inner: str, addition: bool) -> str:
        mark = ""
        if addition:
            title = escape(self.words["addition_title"])
            mark = f' <abbr class="addition" title="{title}">{self.words["addition"]}</abbr>'
        return f'<span class="finding">{inner}{mark}</span>'

    def _link(self, target: str, text: str) -> str:
        return f'<a class="reference" href="#{target}">{escape(text)}</a>'

    def _exhibit(self, exhibit: Exhibit) -> str:
        payload, anchor = exhibit.payload, exhibit.target
        kind, number = self.document.labels[anchor]
        label = f'<span class="label">{self.words[kind]} {number}</span>'
        caption = f"{label} {self._told(payload, 'caption')}"
        if kind == "table":
            plain = escape(self._plain(payload, "caption"))
            choice = self._choice(payload, anchor) if payload["filtered"] else ""
            table = choice + _scroll(plain, to_html(payload, self.lang, caption))
            if payload["note"]:
                table += f'<p class="note">{self.words["note"]}: {self._told(payload, "note")}</p>'
            return f'<div class="table" id="{anchor}">{table}</div>'
        alt = escape(self._plain(payload, "alt"))
        return (
            f'<figure id="{anchor}"><div class="drawing" role="img" aria-label="{alt}">'
            f"{payload['svg'][self.lang]}</div><figcaption>{caption}</figcaption></figure>"
        )

    def _code(self, chapter: ExecutedChapter, block: Code) -> list[Node]:
        """Return a code cell, folded; the anchor is inside, so that a link to it unfolds it."""
        anchor = _anchor({"chapter": chapter.number, "cell_id": block.id})
        label = f"{self.words['code']} [{chapter.number}.{block.position}]"
        source = (
            f'<pre id="{anchor}" tabindex="0"><code>{_coloured(block.source.rstrip())}</code></pre>'
        )
        folded = f'<details class="code"><summary>{label}</summary>{source}</details>'
        return [self._block(folded)]

    def _chapter(self, chapter: ExecutedChapter, blocks: list[Node]) -> list[Node]:
        opening = f'<section class="chapter" aria-labelledby="{chapter.target}">'
        return [self._block(opening), *blocks, self._block("</section>")]

    def _choice(self, payload: Payload, target: str) -> str:
        """Return buttons that show one group of a table's rows; style alone does it, no script."""
        groups = [local(group, self.lang) for group, _ in row_groups(payload)]
        labels = [self.words["all_rows"], *groups]
        buttons = "".join(
            f'<label><input type="radio" name="{target}-rows" value="{number - 1}"'
            f"{'' if number else ' checked'}> {escape(label)}</label>"
            for number, label in enumerate(labels)
        )
        rules = "".join(
            f'#{target}:has(input[value="{number}"]:checked) tbody:not([data-group="{number}"])'
            "{display:none}"
            for number in range(len(groups))
        )
        legend = f"<legend>{self.words['choose_rows']}</legend>"
        return f'<style>{rules}</style><fieldset class="choice">{legend}{buttons}</fieldset>'


def _anchor(place: Payload) -> str:
    """Return the anchor of a code cell; cell ids are unique in a chapter only."""
    return f"code-{place['chapter']:02d}-{place['cell_id']}"


def render(document: Document, lang: str) -> bytes:
    """Return the whole report in a language as one HTML file."""
    target = HtmlRenderer(document, lang)
    body = target.body()
    text, about = target.words, document.about
    choices = escape(text["custom"].format(choices=about.choices))
    links = (
        f'<a href="../{other}/report.html" hreflang="{other}" lang="{other}">'
        f"{words(other)['language']}</a>"
        for other in about.languages
        if other != lang
    )
    page = Template((HERE / "report.html").read_text("utf-8")).substitute(
        lang=lang,
        title=escape(local(about.title, lang)),
        style=_style(),
        skip=text["skip"],
        contents=text["contents"],
        toc=_toc([*target.headings, Heading(1, "", "origins", text["origins"])]),
        banner=f'<p class="standin" role="note">{text["standin"]}</p>' if about.standin else "",
        edition=text["edition"],
        byline=escape(about.byline(lang)),
        choices=f'<p class="choices">{choices}</p>' if about.choices else "",
        languages=" ".join(links),
        body=body,
        origins=_origins(target),
    )
    return page.encode("utf-8")


def _style() -> str:
    """Return the style sheet with the type inside."""
    faces = []
    for name, weight in _WEIGHTS.items():
        font = (FONTS / f"OpenSans-{name}.ttf").read_bytes()
        source = f"data:font/ttf;base64,{base64.b64encode(font).decode()}"
        face = f"font-family:'Open Sans';font-weight:{weight};src:url({source}) format('truetype')"
        faces.append(f"@font-face{{{face}}}")
    return "\n".join([*faces, (HERE / "style.css").read_text("utf-8")])


def _coloured(source: str) -> str:
    """Return code as markup; two languages made at once share the work, cell by cell."""
    with _COLOURING:
        return _colour(source)


@cache
def _colour(source: str) -> str:
    from pygments.lexers.python import PythonLexer

    tokens = PythonLexer(stripnl=False, ensurenl=False).get_tokens(source)
    pieces = []
    for kind, group in groupby(tokens, key=lambda token: _kind(token[0])):
        text = escape("".join(text for _, text in group), quote=False)
        pieces.append(f'<span class="{kind}">{text}</span>' if kind else text)
    return "".join(pieces)


def _kind(token: Any) -> str:
    return next((f"is-{name.lower()}" for name in _COLOURED if name in token[:2]), "")


def _toc(headings: list[Heading]) -> str:
    """Return the table of contents as nested lists, two levels deep."""
    parts: list[str] = []
    depth = 0
    for heading in (h for h in headings if h.level <= 2):
        if heading.level > depth:
            parts.append("<ul>" * (heading.level - depth))
        else:
            parts.append("</li>" + "</ul></li>" * (depth - heading.level))
        number = f'<span class="number">{heading.number}</span> ' if heading.number else ""
        parts.append(f'<li><a href="#{heading.target}">{number}{escape(heading.text)}</a>')
        depth = heading.level
    return "".join(parts) + "</li></ul>" * depth


def _origins(target: HtmlRenderer) -> str:
    """Return the list of all recorded values with the place each was computed."""
    text = target.words
    heads = "".join(f'<th scope="col">{head}</th>' for head in text["origins_columns"])
    rows = []
    for name, origin in target.document.origins.items():
        shown = full(origin["value"], origin["unit"], target.lang, origin.get("decimals"))
        rows.append(
            f'<tr><th scope="row">{name}</th><td class="num">{escape(shown)}</td>'
            f"<td>{origin['chapter']}</td>"
            f'<td><a href="#{_anchor(origin)}">{origin["cell"]}</a></td>'
            f"<td>{escape(origin.get('function', ''))}</td></tr>"
        )
    table = (
        f'<table class="origins"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    return (
        f'<section class="chapter" aria-labelledby="origins">'
        f'<h1 id="origins">{text["origins"]}</h1>'
        f"<p>{text['origins_intro']}</p>{_scroll(text['origins'], table)}</section>"
    )


def _scroll(label: str, table: str) -> str:
    """Wrap a table so that a narrow screen scrolls it alone; the region is named for readers."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'
