"""Numbers in prose: where {eval}`name` stands in a Markdown text, and the text with them filled in.

Markdown-it decides what is a role and what is code, as Jupyter does; a regular expression alone
would also find the ones that an author shows as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

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
    matches, roles = list(_WRITTEN.finditer(source)), len(expressions(source))
    if len(matches) != roles:  # without a role there is one less, without an example there is not
        rests = [source[: match.start()] + source[match.end() :] for match in matches]
        pairs = zip(matches, rests, strict=True)
        matches = [match for match, rest in pairs if len(expressions(rest)) < roles]
    for match in reversed(matches):
        source = source[: match.start()] + texts[match[1]] + source[match.end() :]
    return source


def fill_references(source: str, name: Callable[[str], str]) -> str:
    """Return the text with words put into its empty references.

    >>> fill_references("see [](#fig-a)", lambda target: "Figure 7.1")
    'see [Figure 7.1](#fig-a)'
    """
    return _REFERENCE.sub(lambda match: f"[{name(match[1])}](#{match[1]})", source)
