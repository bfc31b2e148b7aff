"""Checks of the chapters that need no run: what a careful editor would find, found every time.

Each rule yields what it finds in a chapter, and knows one way a report goes wrong: a number typed
by hand, a name that nothing computes, a reference that leads nowhere, a language left behind, a
figure that says nothing to those who cannot see it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from compendium.chapter.formatting import LANGUAGES
from compendium.chapter.inline import expressions, references, tokens
from compendium.errors import NotebookError, nearest
from compendium.run.notebooks import Cell, Chapter

_DIGIT = re.compile(r"\d[\d.,]*")
_ALLOWED = re.compile(
    r"\b(?:19|20)\d\d\b(?:[–-](?:19|20)?\d\d\b)?"  # years
    r"|\b(?:s\.|side|pp?\.|pages?)\s*\d+(?:[–-]\d+)?(?:(?:,| og| and)\s*\d+(?:[–-]\d+)?)*",  # pages
    re.IGNORECASE,
)
_PARTS = ("value", "size", "low", "high", "clusters", "n", "interval")
_AROUND = 30  # letters shown on each side of a typed number
_CHAPTERS = range(1, 14)  # the report's own
_PREFIX = {"figure": "fig-", "table": "tab-", "value": "", "finding": ""}

Found = Iterator[tuple[Cell | None, str]]
"""The cell at fault, if it is one, and what to do."""
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Issue:
    """A fault found: the rule's name, where, and what to do."""

    rule: str
    notebook: str
    cell: str
    message: str

    def __str__(self) -> str:
        where = f"{self.notebook}, cell {self.cell}" if self.cell else self.notebook
        return f"{where}: [{self.rule}] {self.message}"


def check(chapters: list[Chapter], root: Path) -> list[Issue]:
    """Return the issues of all rules, in the order of the chapters; empty when all is well."""
    names = definition_names(root / "data" / "evaluation.toml")
    named = {target for chapter in chapters for _, target in _targets(chapter)}
    targets = {target for target in named if target.startswith(("fig-", "tab-"))}
    rules: dict[str, Callable[[Chapter], Found]] = {
        "source": outputs,
        "parameters": parameters,
        "title": titles,
        "twin": twins,
        "eval": evaluated,
        "language": texts,
        "alt": alts,
        "digit": partial(digits, names=names),
        "id": partial(repeated, seen={}),
        "reference": partial(dangling, targets=targets),
    }
    return [
        Issue(rule, chapter.path.name, cell.id if cell else "", message)
        for chapter in chapters
        for rule, find in rules.items()
        for cell, message in find(chapter)
    ]


def outputs(chapter: Chapter) -> Found:
    """Sources hold no outputs: results are made by the build alone."""
    for cell in chapter.cells:
        if cell.ran:
            yield cell, "holds outputs; clear them before saving"


def parameters(chapter: Chapter) -> Found:
    """Parameters are typed assignments whose defaults keep their limits."""
    try:
        chapter.parameters  # noqa: B018  # reading them checks them
    except NotebookError as error:
        yield None, str(error)


def titles(chapter: Chapter) -> Found:
    """A heading of the first level repeats the chapter's title: the report writes that itself."""
    for cell in chapter.prose:
        for heading in re.findall(r"^# +(.+?)\s*$", cell.source, re.MULTILINE):
            if cell.lang and heading != (title := chapter.title[cell.lang]):
                yield cell, f"heading “{heading}” differs from the title “{title}”"


def twins(chapter: Chapter) -> Found:
    """Each Danish cell is followed by its English twin, with the same numbers and references."""
    for cell in chapter.prose:
        if not cell.lang:
            yield cell, "has no tag lang-da or lang-en"
    for before, after in pairwise([None, *chapter.cells, None]):
        danish, english = before and before.lang == "da", after and after.lang == "en"
        if before and after and danish and english:
            yield from _differences(before, after)
        elif danish:
            yield before, "no English cell follows"
        elif english:
            yield after, "no Danish cell comes before"


def _differences(da: Cell, en: Cell) -> Found:
    for what, read in (("{eval}", expressions), ("reference", references)):
        danish, english = Counter(read(da.source)), Counter(read(en.source))
        for name in sorted(danish | english):
            if danish[name] != english[name]:
                times = f"{danish[name]} times in Danish, {english[name]} in English"
                yield da, f"{what} `{name}` stands {times}"


def evaluated(chapter: Chapter) -> Found:
    """Every {eval} name is assigned in a code cell before it, and every part exists."""
    known: set[str] = set()
    for cell in chapter.cells:
        if cell.kind == "code":
            names = (node for node in ast.walk(cell.tree) if isinstance(node, ast.Name))
            known |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
            continue
        for expression in expressions(cell.source):
            name, _, part = expression.partition(".")
            if name not in known:
                yield cell, f"nothing before it assigns `{name}`; {nearest(name, known)}"
            elif part and part not in _PARTS:
                yield cell, f"`{expression}`: no such part; {nearest(part, _PARTS)}"


def texts(chapter: Chapter) -> Found:
    """A text that stands beside a call is there in both languages."""
    for cell, node, text in _texts(chapter):
        for lang in LANGUAGES:
            if lang not in text or ast.unparse(text[lang]) in ("''", "None"):
                yield cell, f"a text on line {node.lineno} has no “{lang}”"


def alts(chapter: Chapter) -> Found:
    """Every figure has an alt text of its own."""
    for cell, call in _calls(chapter, "figure"):
        given = {keyword.arg: ast.dump(keyword.value) for keyword in call.keywords}
        name = _text(call.args[0]) if call.args else ""
        if "alt" not in given:
            yield cell, f"figure “{name}” has no alt text"
        elif given["alt"] == given.get("caption"):
            repeats = f"the alt text of figure “{name}” repeats its caption"
            yield cell, f"{repeats}; say what the data show"


def digits(chapter: Chapter, names: Iterable[str]) -> Found:
    """No number is typed in prose, captions or findings: numbers come from {eval} and {values}."""
    written = [(cell, text) for cell in chapter.prose for text in _running_text(cell.source)]
    for cell, _, text in _texts(chapter):
        parts = (part for node in text.values() for part in ast.walk(node))
        constants = (part.value for part in parts if isinstance(part, ast.Constant))
        written += [(cell, value) for value in constants if isinstance(value, str)]
    for cell, whole in written:
        rest = reduce(lambda text, name: text.replace(name, " "), names, whole)
        if match := _DIGIT.search(_ALLOWED.sub(" ", rest)):
            begin = max(rest.find(match[0]) - _AROUND, 0)
            around = rest[begin : begin + 2 * _AROUND].strip()
            yield cell, f"“{match[0]}” is typed in “{around}”; record it with value(…)"


def repeated(chapter: Chapter, seen: dict[str, str]) -> Found:
    """No two values or findings, figures, or tables of the chapters seen have the same id."""
    for cell, target in _targets(chapter):
        if target in seen and "{}" not in target:
            yield cell, f"`{target}` stands in {seen[target]} too"
        seen[target] = f"{chapter.path.name}, cell {cell.id}"


def dangling(chapter: Chapter, targets: set[str]) -> Found:
    """Every reference leads to a figure, table or chapter of the report."""
    known = targets | {f"ch-{number:02d}" for number in _CHAPTERS}
    pattern = "|".join(re.escape(target).replace(r"\{\}", "[^ ]+") for target in known)
    for cell in chapter.prose:
        for target in references(cell.source):
            if not re.fullmatch(pattern, target):
                yield cell, f"[](#{target}) leads nowhere; {nearest(target, known)}"


def definition_names(path: Path) -> list[str]:
    """Return the names in the definition file that hold a digit, the longest first."""
    found: set[str] = set()
    waiting: list[object] = [tomllib.loads(path.read_text("utf-8"))] if path.is_file() else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            found.add(node)
        elif isinstance(node, (dict, list)):
            waiting += node.values() if isinstance(node, dict) else node
    names = (text for text in found if text[:1].isalpha() and _DIGIT.search(text))
    return sorted(names, key=len, reverse=True)


def _running_text(text: str) -> Iterator[str]:
    """Yield the text a reader reads: no code, math, headings or link targets."""
    heading = False
    for token in tokens(text):
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type == "text" and not heading:
            yield token.content


def _nodes(chapter: Chapter, kind: type[Node]) -> Iterator[tuple[Cell, Node]]:
    for cell in chapter.code:
        for node in ast.walk(cell.tree):
            if isinstance(node, kind):
                yield cell, node


def _calls(chapter: Chapter, *names: str) -> Iterator[tuple[Cell, ast.Call]]:
    for cell, call in _nodes(chapter, ast.Call):
        if getattr(call.func, "id", "") in names:
            yield cell, call


def _texts(chapter: Chapter) -> Iterator[tuple[Cell, ast.Dict, dict[str, ast.expr]]]:
    """Yield the {"da": …, "en": …} literals of the code, also those with one language only."""
    for cell, node in _nodes(chapter, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if keys and set(keys) <= set(LANGUAGES):
            yield cell, node, dict(zip(map(str, keys), node.values, strict=True))


def _targets(chapter: Chapter) -> Iterator[tuple[Cell, str]]:
    """Yield the anchors and ids of the chapter's exhibits; {} stands for what is filled in."""
    for cell, call in _calls(chapter, *_PREFIX):
        if call.args:
            yield cell, _PREFIX[ast.unparse(call.func)] + _text(call.args[0])


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    return str(node.value) if isinstance(node, ast.Constant) else "{}"
