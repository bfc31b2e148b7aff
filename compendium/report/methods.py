"""The page of methods: for each public function what it computes, on which assumptions, how sure.

It is made of the docstrings, so that `?curves.share` in a notebook and the page say the same. A
docstring is Markdown with formulas between dollars; `share` between backticks leads to that
function, and "Holm (1979)" to the work in the bibliography. How far a function is from the
implementation it is held against stands in `evallib/differences.csv`, which
`tests/references/differences.py` measures.
"""

import csv
import inspect
import json
import re
from collections.abc import Callable
from functools import cache
from html import escape
from importlib import import_module
from pathlib import Path
from textwrap import indent
from typing import Any

from docstring_parser import Docstring
from docstring_parser.common import DocstringMeta
from docstring_parser.numpydoc import NumpydocParser, Section

import evallib
from compendium.chapter.catalogue import SOURCE
from compendium.chapter.formatting import words
from compendium.report.cells import ROOMS, public, written
from compendium.report.document import METHODS, About, Document
from compendium.report.html import coloured, page
from compendium.report.prose import READER, citing, pandoc

DIFFERENCES = Path(evallib.__file__).with_name("differences.csv")
WORK = re.compile(r"\b([A-Z]\w+)(?:(?:,|\sand|,\sand)\s[A-Z]\w+)*(?:\set\sal\.)?\s\((\d{4})\)")
_SECTIONS = {"Parameters": "param", "Returns": "returns", "Raises": "raises", "Warns": "warns"}
_AS_WRITTEN = ("Notes", "References", "Examples")
_NOTHING = Document(About(""), SOURCE, "", ())  # of the edition itself, whose works are cited
_NONE = "- No other is at hand: the tests work it out by hand or by brute force."
_REFERENCES = "# References {#references}\n\n::: {#refs}\n:::"
_NAMED = re.compile(r"`([\w.]+)`")


def parsed(function: Callable[..., Any]) -> Docstring:
    """Return a docstring in its sections; examples, notes and references as they are written."""
    reader = NumpydocParser()
    for title in _AS_WRITTEN:
        reader.add_section(Section(title, title.lower()))
    return reader.parse(inspect.getdoc(function))


def methods_page(document: Document) -> str:
    """Return the page in the frame of the document's language; what it tells is English."""
    told = words(document.lang)
    return page(
        document,
        "report",
        METHODS,
        title=told["web"]["methods"],
        contents=told["contents"],
        toc=f'<ul lang="{SOURCE}">{"".join(map(_listed, ROOMS))}</ul>',
        edition=escape(document.title),
        byline=f'<a href="report.html">{told["back"]}</a>',
        body=f'<div class="chapter"><p>{told["web"]["methods_intro"]}</p></div>'
        f'<div lang="{SOURCE}">{_body()}</div>',
        **dict.fromkeys(("choices", "exhibits", "functions", "origins"), ""),
    )


@cache
def _body() -> str:
    """Return the text, which is the same whatever was built."""
    text = "\n\n".join([*map(_of_room, ROOMS), _REFERENCES])
    return pandoc(text, READER, "html", "--mathml", *citing(_NOTHING))


def _names(room: str) -> list[str]:
    return [name for name in public() if name.split(".")[1] == room]


def _listed(room: str) -> str:
    """Return a room and its functions in the list of contents."""
    links = (f'<li><a href="#{name}">{_short(name)}</a></li>' for name in _names(room))
    return f'<li><a href="#{room}">evallib.{room}</a><ul>{"".join(links)}</ul></li>'


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _of_room(room: str) -> str:
    """Return the Markdown of a room: what belongs there, and its functions."""
    module = import_module(f"{evallib.__name__}.{room}")
    about = (inspect.getdoc(module) or "").partition(f"\n{module.__all__[0]} ")[0]
    begin, end = _raw('<section class="chapter">'), _raw("</section>")
    parts = [begin, f"# evallib.{room} {{#{room}}}", _linked(about)]
    return "\n\n".join([*parts, *map(_function, _names(room)), end])


def _function(name: str) -> str:
    """Return the Markdown of a function under its short name."""
    told, (declared, code) = parsed(public()[name]), written(public()[name])
    parts = [f"## {_short(name)} {{#{name}}}", _code(declared)]
    parts += [_linked(text) for text in (told.short_description, told.long_description) if text]
    for title in ("Notes", *_SECTIONS, "References", "Examples"):
        key = _SECTIONS.get(title, title.lower())
        if found := [_told(meta) for meta in told.meta if meta.args[0] == key]:
            parts += [f"### {title}", *found]
        if found and title == "Notes":
            parts += ["### Reference implementation", _measured().get(name, _NONE)]
    fold = _raw(f'<details class="code"><summary>{name}</summary>')
    return "\n\n".join([*parts, fold, _code(code), _raw("</details>")])


def _told(meta: DocstringMeta) -> str:
    """Return a part of a section; what it names stands before what is said of it."""
    if meta.args == ["examples"]:
        return _code(meta.description or "")
    text = _linked(meta.description or "–")
    name = meta.args[1] if len(meta.args) > 1 else getattr(meta, "type_name", "")
    return f"`{name}`\n\n:   {indent(text, '    ').strip()}" if name else text


@cache
def _measured() -> dict[str, str]:
    """Return for functions what they were held against, and the largest difference found."""
    told: dict[str, str] = {}
    with DIFFERENCES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            line = (
                f"- {row['reference']}: {row['what']}; {row['numbers']} numbers, the largest "
                f"difference {float(row['largest']):.0e} of the number (`{row['script']}`)\n"
            )
            told[row["function"]] = told.get(row["function"], "") + line
    return told


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
    """Return full names by each way to name a function: `share`, `curves.share`, in full."""
    found: dict[str, str] = {}
    for name in public():
        room = name.split(".")[1]
        found |= {name: name, f"{room}.{_short(name)}": name}
        found.setdefault(_short(name), name)
    return found


@cache
def works() -> dict[tuple[str, str], str]:
    """Return the ids of the bibliography's works by first author and year, as `WORK` finds them."""
    found = {}
    for work in json.loads(_NOTHING.bibliography.read_text("utf-8")):
        author, year = work["author"][0], str(work["issued"]["date-parts"][0][0])
        found[author.get("family") or author["literal"], year] = work["id"]
    return found


def _code(code: str) -> str:
    return _raw(f'<pre tabindex="0"><code>{coloured(code)}</code></pre>')


def _raw(markup: str) -> str:
    return f"```````{{=html}}\n{markup}\n```````"
