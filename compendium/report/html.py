"""The report as one HTML file: nothing is fetched, nothing needs a script.

A number is a link to the code that made it; the code stands folded under its figure or table, and
opens when a link leads into it. Styles and type are inside the file.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from threading import Lock
from typing import ClassVar

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer
from pygments.style import Style
from pygments.token import Comment, Keyword, Number, String

from compendium.chapter.formatting import FONTS, words
from compendium.chapter.payloads import Payload, say
from compendium.chapter.tables import in_words, row_groups, to_html
from compendium.report.document import Code, Document, ExecutedChapter
from compendium.report.prose import Renderer
from compendium.run.executed import Exhibit

READS = (
    "compendium/report/report.html",
    "compendium/report/body.html",
    "compendium/report/style.css",
    "compendium/fonts/*.ttf",
)
HERE = Path(__file__).parent
_COLOURING = Lock()
_CONTENTS_END = "<!-- end of the contents -->"
_VALUE_LINK = re.compile(r'<a class="value"[^>]*>(.*?)</a>')  # a link stands in no other link
_FONT = re.compile(r"url\((OpenSans-\w+\.ttf)\)")


class HtmlRenderer(Renderer):
    """HTML markup of the document's pieces."""

    format = "html"
    options = ("--mathml", "--toc", "--toc-depth=2", f"--template={HERE / 'body.html'}")
    number = '<span class="number">{}</span> '

    def _text(self, literal: str) -> str:
        return escape(literal, quote=False)

    def _value(self, payload: Payload, text: str) -> str:
        origin, _ = self.document.origins.get(payload.get("id", ""), (None, ""))
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

    def _exhibit(self, chapter: ExecutedChapter, exhibit: Exhibit) -> str:
        payload, anchor, translate = exhibit.payload, exhibit.target, chapter.translate
        kind, number = self.document.labels[anchor]
        label = f'<span class="label">{words(translate.lang)[kind]} {number}</span>'
        caption = f"{label} {self._told(chapter, payload, 'caption')}"
        if kind == "table":
            plain = escape(say(payload["caption"], payload, translate))
            choice = self._choice(chapter, payload, anchor) if payload["filtered"] else ""
            table = choice + _scroll(plain, to_html(payload, translate, caption))
            if note := self._note(chapter, payload):
                table += f'<p class="note">{note}</p>'
            return f'<div class="table" id="{anchor}">{table}</div>'
        alt = escape(say(payload["alt"], payload, translate))
        return (
            f'<figure id="{anchor}"><div class="drawing" role="img" aria-label="{alt}">'
            f"{chapter.drawing(payload, 'svg')}</div><figcaption>{caption}</figcaption></figure>"
        )

    def _code(self, chapter: ExecutedChapter, block: Code) -> str:
        """Return a code cell, folded; the anchor is inside, so that a link to it unfolds it."""
        anchor = _anchor({"chapter": chapter.number, "cell_id": block.id})
        label = f"{self.words['code']} [{chapter.number}.{block.position}]"
        source = (
            f'<pre id="{anchor}" tabindex="0"><code>{_coloured(block.source.rstrip())}</code></pre>'
        )
        return f'<details class="code"><summary>{label}</summary>{source}</details>'

    def _chapter(self, chapter: ExecutedChapter) -> tuple[str, str]:
        lang = f' lang="{chapter.translate.lang}"' if chapter.foreign_in(self.document) else ""
        opening = f'<section class="chapter" aria-labelledby="{chapter.target}"{lang}>'
        return opening, "</section>"

    def _choice(self, chapter: ExecutedChapter, payload: Payload, target: str) -> str:
        """Return buttons that show one group of a table's rows; style alone does it, no script."""
        groups = [in_words(group, chapter.translate) for group, _ in row_groups(payload)]
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


def render(document: Document) -> bytes:
    """Return the whole report as one HTML file."""
    target = HtmlRenderer(document)
    contents, _, body = target.body().partition(_CONTENTS_END)
    text, about, lang = target.words, document.about, document.lang
    listed = _VALUE_LINK.sub(r"\1", contents.strip().removesuffix("</ul>"))
    last = f'<li><a href="#origins">{text["origins"]}</a></li>\n'
    choices = escape(text["custom"].format(choices=about.choices))
    links = (
        f'<a href="../{other}/report.html" hreflang="{other}" lang="{other}">'
        f"{words(other)['language']}</a>"
        for other in about.languages
        if other != lang
    )
    page = Template((HERE / "report.html").read_text("utf-8")).substitute(
        lang=lang,
        title=escape(document.title),
        style=_style(),
        skip=text["skip"],
        contents=text["contents"],
        toc=f"{listed}{last}</ul>",
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

    def inside(place: re.Match[str]) -> str:
        font = base64.b64encode((FONTS / place[1]).read_bytes()).decode()
        return f"url(data:font/ttf;base64,{font})"

    return _FONT.sub(inside, (HERE / "style.css").read_text("utf-8"))


class _Colours(Style):  # type: ignore[misc]  # pygments ships no types
    """The colours of code; the rest is as the page has it."""

    styles: ClassVar = {
        Keyword: "#7a1f6b",
        String: "#1d6134",
        Comment: "italic #5f6671",
        Number: "#9a3b00",
    }


def _coloured(source: str) -> str:
    """Return code as markup; two languages made at once share the work, cell by cell."""
    with _COLOURING:
        return _colour(source)


@cache
def _colour(source: str) -> str:
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    formatter = HtmlFormatter(nowrap=True, noclasses=True, style=_Colours)
    return str(highlight(source, lexer, formatter)).rstrip()


def _origins(target: HtmlRenderer) -> str:
    """Return the list of all recorded values with the place each was computed."""
    text = target.words
    heads = "".join(f'<th scope="col">{head}</th>' for head in text["origins_columns"])
    rows = []
    for name, (origin, shown) in target.document.origins.items():
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
