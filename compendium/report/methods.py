"""The page of methods: for each public function what it computes, on which assumptions, how sure.

It is made of the docstrings, so that `?curves.share` in a notebook and the page say the same. A
docstring is Markdown with formulas between dollars; `share` between backticks leads to that
function, and "Holm (1979)" to the work in the bibliography. How far a function is from the
implementation it is held against stands in `evallib/differences.csv`, which
`tests/references/differences.py` measures.
"""

from __future__ import annotations

import csv
import inspect
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from importlib import import_module
from pathlib import Path
from textwrap import indent
from typing import Any

from docstring_parser import Docstring
from docstring_parser.numpydoc import NumpydocParser, Section

import evallib
from compendium.chapter.catalogue import SOURCE
from compendium.chapter.formatting import words
from compendium.report.cells import ROOMS, full_name, public, written
from compendium.report.document import METHODS, About, Document
from compendium.report.html import CONTENTS_END, coloured, page
from compendium.report.prose import HERE, READER, citing, pandoc

DIFFERENCES = Path(evallib.__file__).with_name("differences.csv")
_SECTIONS = {
    "Parameters": "param",
    "Returns": "returns",
    "Raises": "raises",
    "Warns": "warns",
}
_PLAIN = ("Notes", "References", "Examples")  # kept as they are written
_NOTHING = Document(About(""), SOURCE, "", ())  # of the edition itself, whose works are cited
_NONE = "No other is at hand: its tests work it out by hand or by brute force."
_REFERENCES = "# References {#references}\n\n::: {#refs}\n:::"
_NAMED = re.compile(r"`([\w.]+)`")
WORK = re.compile(r"\b([A-Z]\w+)(?:(?:,|\sand|,\sand)\s[A-Z]\w+)*(?:\set\sal\.)?\s\((\d{4})\)")


def parsed(function: Callable[..., Any]) -> Docstring:
    """Return a docstring in its sections; examples, notes and references as they are written."""
    reader = NumpydocParser()
    for title in _PLAIN:
        reader.add_section(Section(title, title.lower()))
    return reader.parse(inspect.getdoc(function))


def methods_page(document: Document) -> str:
    """Return the page in the frame of the document's language; what it tells is English."""
    told = words(document.lang)
    contents, _, body = _body().partition(CONTENTS_END)
    return page(
        document,
        "report",
        METHODS,
        title=told["web"]["methods"],
        contents=told["contents"],
        toc=f'<div lang="{SOURCE}">{contents.strip()}</div>',
        edition=escape(document.title),
        byline=f'<a href="report.html">{told["back"]}</a>',
        choices="",
        body=f'<div lang="{SOURCE}">{body}</div>',
        functions="",
        exhibits="",
        origins="",
    )


@cache
def _body() -> str:
    """Return contents and text, which are the same whatever was built."""
    text = "\n\n".join([*map(_of_room, ROOMS), _REFERENCES])
    options = ("--mathml", "--toc", "--toc-depth=2", f"--template={HERE / 'body.html'}")
    return pandoc(text, READER, "html", *options, *citing(_NOTHING))


def _of_room(name: str) -> str:
    """Return the Markdown of a room: what belongs there, and its functions."""
    room = _room(name)
    about = inspect.getdoc(room) or ""
    intro = about.partition(f"\n{room.__all__[0]} ")[0]
    functions = (full_name(inspect.unwrap(getattr(room, one))) for one in room.__all__)
    return "\n\n".join(
        [
            _raw('<section class="chapter">'),
            f"# {room.__name__} {{#{name}}}\n\n{_linked(intro)}",
            *(_function(one, public()[one]) for one in functions),
            _raw("</section>"),
        ]
    )


def _function(name: str, function: Callable[..., Any]) -> str:
    """Return the Markdown of a function under its short name."""
    told = parsed(function)
    text = "\n\n".join(part for part in (told.short_description, told.long_description) if part)
    declared, code = written(function)
    parts = [
        f"## {function.__name__} {{#{name}}}",
        _raw(f'<pre tabindex="0"><code>{coloured(declared)}</code></pre>'),
        _linked(text),
        *_plain(told, "Notes"),
        *(_listed(title, told, key) for title, key in _SECTIONS.items()),
        *(_measured(name) if "Notes" in (function.__doc__ or "") else ()),
        *_plain(told, "References"),
    ]
    for example in _written(told, "examples"):
        parts += ["### Examples", _raw(f"<pre><code>{coloured(example)}</code></pre>")]
    fold = f'<details class="code"><summary>{name}</summary><pre tabindex="0"><code>'
    return "\n\n".join(
        [*filter(None, parts), _raw(f"{fold}{coloured(code)}</code></pre></details>")]
    )


def _plain(told: Docstring, title: str) -> list[str]:
    return [f"### {title}\n\n{_linked(text)}" for text in _written(told, title.lower())]


def _written(told: Docstring, key: str) -> Iterator[str]:
    yield from (meta.description or "" for meta in told.meta if meta.args == [key])


def _listed(title: str, told: Docstring, key: str) -> str:
    """Return a section as a list of what it names; empty if there is none."""
    items = []
    for meta in told.meta:
        if meta.args[0] == key:
            name = meta.args[1] if len(meta.args) > 1 else getattr(meta, "type_name", "")
            text = indent(_linked(meta.description or "–"), "    ").strip()
            items.append(f"`{name}`\n\n:   {text}")
    return "\n\n".join([f"### {title}", *items]) if items else ""


def _measured(name: str) -> list[str]:
    """Return what a function was held against, and the largest difference found."""
    rows = [row for row in differences() if row["function"] == name]
    told = [
        f"- {row['reference']}: {row['what']}; {row['numbers']} numbers, the largest difference "
        f"{float(row['largest']):.0e} of the number (`{row['script']}`)"
        for row in rows
    ]
    return ["### Reference implementation", "\n".join(told) or _NONE]


@cache
def differences() -> list[dict[str, str]]:
    """Return for each comparison with another implementation the largest relative difference."""
    with DIFFERENCES.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _linked(text: str) -> str:
    """Return a text whose names of public functions, and of works, lead there."""

    def place(name: re.Match[str]) -> str:
        found = _places().get(name[1])
        return f"[{name[0]}](#{found})" if found else name[0]

    def work(cited: re.Match[str]) -> str:
        found = works().get((cited[1], cited[2]))
        return f"`@{found}`{{=cite}}" if found else cited[0]

    return WORK.sub(work, _NAMED.sub(place, text))


@cache
def _places() -> dict[str, str]:
    """Return anchors by each way to name a function: `share`, `curves.share`, in full."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for name in _room(room).__all__:
            full = full_name(inspect.unwrap(getattr(_room(room), name)))
            for way in (name, f"{room}.{name}", f"evallib.{room}.{name}", full):
                found.setdefault(way, full)
    return found


@cache
def works() -> dict[tuple[str, str], str]:
    """Return the ids of the bibliography's works by first author and year, as `WORK` finds them."""
    listed = json.loads(_NOTHING.bibliography.read_text("utf-8"))
    first = ((work, work["author"][0]) for work in listed)
    return {
        (author.get("family") or author["literal"], str(work["issued"]["date-parts"][0][0])): work[
            "id"
        ]
        for work, author in first
    }


def _room(name: str) -> Any:
    return import_module(f"{evallib.__name__}.{name}")


def _raw(markup: str) -> str:
    return f"```````{{=html}}\n{markup}\n```````"
