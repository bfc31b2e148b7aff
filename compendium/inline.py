"""Numbers in prose: where {eval}`name` stands in a Markdown text, and the text with them filled in.

Markdown-it decides what is a role and what is code, as Jupyter does; a regular expression alone
would also find the ones that an author shows as code.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from compendium.formatting import part

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_WRITTEN = re.compile(r"\{eval\}`([^`]+)`")
_REFERENCE = re.compile(r"\[\]\(#((?:fig|tab|ch)-[^)\s]+)\)")


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
    links = [str(t.attrs.get("href", "")) for t in tokens(source) if t.type == "link_open"]
    return [link[1:] for link in links if re.match(r"#(fig|tab|ch)-", link)]


def fill_in(source: str, texts: Mapping[str, str]) -> str:
    """Return the text with each expression replaced by its text.

    >>> fill_in("n = {eval}`n`, written as ``{eval}`n` ``", {"n": "2,231"})
    'n = 2,231, written as ``{eval}`n` ``'
    """
    matches = list(_WRITTEN.finditer(source))
    if len(matches) != len(expressions(source)):
        matches = [match for match in matches if _is_role(source, match)]
    for match in reversed(matches):
        source = source[: match.start()] + texts[match[1]] + source[match.end() :]
    return source


def fill_references(source: str, name: Callable[[str], str]) -> str:
    """Return the text with words put into its empty references.

    >>> fill_references("see [](#fig-a)", lambda target: "Figure 7.1")
    'see [Figure 7.1](#fig-a)'
    """
    return _REFERENCE.sub(lambda match: f"[{name(match[1])}](#{match[1]})", source)


def sentence_parts(
    payload: Mapping[str, Any], text: str
) -> list[tuple[str, Mapping[str, Any] | None, str]]:
    """Split a sentence with {placeholders} into (literal, payload, part) pieces.

    A placeholder names the payload's own parts ({estimate}, {low}, …) or one of its `values`; a
    literal piece has no payload.
    """
    own = {"estimate": "value"}
    pieces: list[tuple[str, Mapping[str, Any] | None, str]] = []
    for literal, name, _, _ in string.Formatter().parse(text):
        if literal:
            pieces.append((literal, None, ""))
        if name is None:
            continue
        first, _, rest = name.partition(".")
        values = payload.get("values", {})
        if first in values:
            pieces.append(("", values[first], rest or "value"))
        else:
            pieces.append(("", payload, own.get(first, first)))
    return pieces


def shown(payload: Mapping[str, Any], lang: str) -> str:
    """Return an inline payload as text: a finding's sentence, a value, or the part asked for."""
    name = payload.get("part", "")
    if payload["kind"] == "finding" and not name:
        return filled(payload, payload["text"][lang], lang)
    return part(payload, name or "value", lang)


def filled(payload: Mapping[str, Any], text: str, lang: str) -> str:
    """Return a sentence, caption or alt text with its {placeholders} filled in."""
    pieces = sentence_parts(payload, text)
    return "".join(text if of is None else part(of, which, lang) for text, of, which in pieces)


def _is_role(source: str, match: re.Match[str]) -> bool:
    """Tell whether an expression as written is one: without it, there is one less."""
    without = source[: match.start()] + source[match.end() :]
    return len(expressions(without)) < len(expressions(source))
