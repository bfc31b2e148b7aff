"""Prose of a chapter: its paragraphs, and the numbers and references that stand in them.

A text is translated paragraph by paragraph and then filled, once, by `fill`; who reads it decides
how a number and a reference are written. Markdown-it says what is a role and what is code, as
Jupyter does; a regular expression alone would also find the ones that an author shows as code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

CITATION = re.compile(  # as pandoc writes it: [@holm1979, p. 65; @lin2013]
    r"\[(?:[^\[\]@`]*[ -])?@[A-Za-z][^\[\]`]*\]"
)
_MARKUP = re.compile(r"([\\`*_\[\]<>$|])")
_PLACE = re.compile(
    r"\{eval\}`(?P<expression>[^`]+)`"
    r"|\[(?P<text>[^\]`]*)\]\(#(?P<target>(?:fig|tab|ch)-[^)\s]+)\)"
    rf"|(?P<citation>{CITATION.pattern})"
)
BIBLIOGRAPHY = "data/references.json"
_BLANK_LINES = re.compile(r"(\s*\n[^\S\n]*\n\s*)")
_SENTENCE_START = re.compile(
    r"(?:\A|[.!?:]|\n\s*\n|(?:\A|\n)[^\S\n]*(?:[-*+>#]+|\d+[.)])|\|)\s*[*_(“\"]*\Z"
)


@cache
def parser() -> MarkdownIt:
    """Return the Markdown parser for prose: tables, footnotes, math and roles."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    made = MarkdownIt("commonmark").enable("table")
    for plugin in (myst_role_plugin, dollarmath_plugin, footnote_plugin):
        made.use(plugin)
    return made


def tokens(source: str) -> list[Token]:
    """Return all tokens of a text in document order, inline ones in place of their parents."""
    found: list[Token] = []
    for token in parser().parse(source):
        found += token.children or [] if token.type == "inline" else [token]
    return found


def expressions(source: str) -> list[str]:
    r"""Return the expressions of a text in document order.

    >>> expressions("n = {eval}`n`, but `{eval}` is code, and so is ``{eval}`x` ``")
    ['n']
    """
    return [t.content for t in tokens(source) if t.type == "myst_role" and t.meta["name"] == "eval"]


def references(source: str) -> list[str]:
    """Return the targets of the text's references, as in [](#fig-shares).

    >>> references("see [](#fig-shares) and [the site](x)")
    ['fig-shares']
    """
    return [link for link in _anchors(source) if re.match(r"(fig|tab|ch)-", link)]


def citations(source: str) -> list[str]:
    """Return the keys of the works a text cites.

    >>> citations("as shown [see @holm1979, p. 65; @lin2013], and `[@code]`")
    ['holm1979', 'lin2013']
    """
    text = "".join(token.content for token in tokens(source) if token.type == "text")
    return re.findall(r"@([A-Za-z][\w-]*)", " ".join(CITATION.findall(text)))


def works(root: Path) -> set[str]:
    """Return the keys of the works a project can cite."""
    path = root / BIBLIOGRAPHY
    return {work["id"] for work in json.loads(path.read_text("utf-8"))} if path.exists() else set()


def paragraphs(source: str) -> list[str]:
    r"""Return what stands between blank lines, which is translated as a whole.

    >>> paragraphs("# Title\n\nA text\nof two lines.\n")
    ['# Title', 'A text\nof two lines.']
    """
    return _BLANK_LINES.split(source.strip())[::2]


def in_language(source: str, translate: Callable[[str], str]) -> str:
    r"""Return a text with each paragraph translated.

    >>> in_language("one\n\n- two", str.upper)
    'ONE\n\n- TWO'
    """
    pieces = _BLANK_LINES.split(source.strip())
    pieces[::2] = map(translate, pieces[::2])
    return "".join(pieces)


def fill(
    source: str,
    number: Callable[[str], str],
    reference: Callable[[str, str, bool], str],
    citation: Callable[[str], str] = str,
) -> str:
    """Return a text with its expressions, references and citations written out.

    Parameters
    ----------
    source
        Markdown with {eval}`name` and [](#fig-name) where numbers and references stand.
    number
        What to write for an expression.
    reference
        What to write for a target, the words its author gave it, if any, and whether it begins a
        sentence.
    citation
        What to write for one or more works, given as in [@holm1979, p. 65; @lin2013].

    Returns
    -------
    str
        The text; what its author shows as code is left alone.

    Examples
    --------
    >>> fill("n = {eval}`n`, written as ``{eval}`n` ``", {"n": "2,231"}.get, None)
    'n = 2,231, written as ``{eval}`n` ``'
    """
    numbers = count()  # each place gets a name of its own, so that the parser says which are real
    marked = _PLACE.sub(
        lambda m: f"[](#{next(numbers)})" if m["target"] else f"{{eval}}`{next(numbers)}`",
        source,
    )
    real = {*expressions(marked), *_anchors(marked)}
    numbers = count()

    def written(place: re.Match[str]) -> str:
        if str(next(numbers)) not in real:
            return place[0]
        if place["expression"]:
            return number(place["expression"])
        if place["citation"]:
            return citation(place["citation"])
        begins = _SENTENCE_START.search(source[: place.start()]) is not None
        return reference(place["target"], place["text"], begins)

    return _PLACE.sub(written, source)


def _anchors(source: str) -> list[str]:
    """Return the anchors that a text links to."""
    links = [str(t.attrs.get("href", "")) for t in tokens(source) if t.type == "link_open"]
    return [link[1:] for link in links if link.startswith("#")]


def plain(text: str) -> str:
    r"""Return a text in which Markdown finds no markup.

    >>> print(plain("a_b, 39.5 %"))
    a\_b, 39.5 %
    """
    return _MARKUP.sub(r"\\\1", text)
