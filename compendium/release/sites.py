"""What a secure site lets out, read from data/rules/sites.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from compendium.chapter.catalogue import ROOT
from compendium.errors import ParameterError, nearest

READS = ("data/rules/sites.toml",)
_CODE = re.compile(r"<(script|style)\b.*?</\1\s*>|<link\b[^>]*>|\son\w+=\"[^\"]*\"", re.DOTALL)
_LOOKS = re.compile(r'\sstyle="[^"]*"')
_DRAWING = re.compile(r"(<svg\b.*?</svg>)", re.DOTALL)


@dataclass(frozen=True)
class Site:
    """A secure site: the types of file it lets out, and what it asks of them.

    `sources` say where that is told and when it was read, `unconfirmed` what could not be read;
    what they say, and `name`, is text by language.
    """

    id: str
    name: Mapping[str, str]
    types: frozenset[str]
    html: Literal["whole", "bare"]
    gated: bool
    sources: tuple[Mapping[str, Any], ...] = ()
    unconfirmed: tuple[Mapping[str, str], ...] = ()
    megabytes: int | None = None
    rows: int | None = None

    def refuses(self, name: str, data: bytes) -> str:
        """Return why a file may not leave, as a word of `release.reasons`; empty if it may."""
        ending = Path(name).suffix.removeprefix(".")
        if ending not in self.types:
            return "type"
        if self.megabytes and len(data) > self.megabytes * 1024**2:
            return "size"
        return "rows" if self.rows and ending == "csv" and data.count(b"\n") > self.rows else ""

    def page(self, html: str) -> str:
        """Return a page as the site wants it; drawings keep their colours.

        >>> site("opensafely").page('<p style="color: red">a<script>b()</script></p>')
        '<p>a</p>'
        """
        if self.html == "whole":
            return html
        pieces = _DRAWING.split(_CODE.sub("", html))
        for at in range(3, len(pieces), 2):  # without styles both drawings of a figure would show
            if not pieces[at - 1].strip():
                pieces[at] = ""
        return "".join(p if n % 2 else _LOOKS.sub("", p) for n, p in enumerate(pieces))


@cache
def sites(root: Path = ROOT) -> Mapping[str, Site]:
    """Return the known sites by id.

    >>> "pdf" in sites()["open"].types, "pdf" in sites()["opensafely"].types
    (True, False)
    """
    given = tomllib.loads((root / READS[0]).read_text("utf-8"))
    return {name: _site(name, about) for name, about in given.items()}


def site(name: str, root: Path = ROOT) -> Site:
    """Return a site; ParameterError with the nearest name if there is none."""
    known = sites(root)
    if name not in known:
        raise ParameterError(f"there is no site `{name}` in {READS[0]}; {nearest(name, known)}")
    return known[name]


def _site(name: str, about: Mapping[str, Any]) -> Site:
    sources = tuple({**source, "seen": source["seen"].isoformat()} for source in about["sources"])
    types, unconfirmed = frozenset(about["types"]), tuple(about["unconfirmed"])
    read = {"types": types, "sources": sources, "unconfirmed": unconfirmed}
    return Site(id=name, **{**about, **read})
