"""Checks of the chapters that need no run: what a careful editor would find, found every time.

Each rule is a function from the chapters to issues, and knows one way a report goes wrong: a number
typed by hand, a name that nothing computes, a reference that leads nowhere, a language left behind,
a figure that says nothing to those who cannot see it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.errors import NotebookError, nearest
from compendium.formatting import LANGUAGES
from compendium.inline import expressions, references, tokens
from compendium.notebooks import Cell, Chapter

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
    found: list[Issue] = []
    for chapter in chapters:
        for rule in (source, parameters, titles, twins, evaluated, texts, alts):
            found += rule(chapter)
        found += digits(chapter, names)
    return found + exhibit_ids(chapters) + dangling(chapters)


def source(chapter: Chapter) -> list[Issue]:
    """Sources hold no outputs: results are made by the build alone."""
    return [
        _issue("source", chapter, cell, "holds outputs; clear them before saving")
        for cell in chapter.cells
        if cell.ran
    ]


def parameters(chapter: Chapter) -> list[Issue]:
    """Parameters are typed assignments whose defaults keep their limits."""
    try:
        chapter.parameters  # noqa: B018  # reading them checks them
    except NotebookError as error:
        return [Issue("parameters", chapter.path.name, "", str(error))]
    return []


def titles(chapter: Chapter) -> list[Issue]:
    """A heading of the first level repeats the chapter's title: the report writes that itself."""
    found = []
    for cell in _prose(chapter):
        for heading in re.findall(r"^# +(.+?)\s*$", cell.source, re.MULTILINE):
            if cell.lang and heading != chapter.title[cell.lang]:
                message = f"heading “{heading}” differs from the title “{chapter.title[cell.lang]}”"
                found.append(_issue("title", chapter, cell, message))
    return found


def twins(chapter: Chapter) -> list[Issue]:
    """Each Danish cell is followed by its English twin, with the same numbers and references."""
    found = [
        _issue("twin", chapter, cell, "has no tag lang-da or lang-en")
        for cell in _prose(chapter)
        if not cell.lang
    ]
    order = list(chapter.cells)
    for position, cell in enumerate(order):
        after = order[position + 1] if position + 1 < len(order) else None
        before = order[position - 1] if position else None
        if cell.lang == "da" and (after is None or after.lang != "en"):
            found.append(_issue("twin", chapter, cell, "no English cell follows"))
        elif cell.lang == "en" and (before is None or before.lang != "da"):
            found.append(_issue("twin", chapter, cell, "no Danish cell comes before"))
        elif cell.lang == "da" and after is not None:
            found += _differences(chapter, cell, after)
    return found


def evaluated(chapter: Chapter) -> list[Issue]:
    """Every {eval} name is assigned in a code cell before it, and every part exists."""
    found = []
    known: set[str] = set()
    for cell in chapter.cells:
        if cell.kind == "code":
            known |= _assigned(cell)
            continue
        for expression in expressions(cell.source):
            name, _, part = expression.partition(".")
            if name not in known:
                message = f"nothing before it assigns `{name}`; {nearest(name, known)}"
                found.append(_issue("eval", chapter, cell, message))
            elif part and part not in _PARTS:
                message = f"`{expression}`: no such part; {nearest(part, _PARTS)}"
                found.append(_issue("eval", chapter, cell, message))
    return found


def texts(chapter: Chapter) -> list[Issue]:
    """A text that stands beside a call is there in both languages."""
    return [
        _issue("language", chapter, cell, f"a text on line {node.lineno} has no “{lang}”")
        for cell, node, text in _texts(chapter)
        for lang in LANGUAGES
        if lang not in text or ast.unparse(text[lang]) in ("''", "None")
    ]


def alts(chapter: Chapter) -> list[Issue]:
    """Every figure has an alt text of its own."""
    found = []
    for cell, call in _calls(chapter, "figure"):
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        name = _text(call.args[0]) if call.args else ""
        if "alt" not in given:
            found.append(_issue("alt", chapter, cell, f"figure “{name}” has no alt text"))
        elif "caption" in given and ast.dump(given["alt"]) == ast.dump(given["caption"]):
            message = f"the alt text of figure “{name}” repeats its caption; say what the data show"
            found.append(_issue("alt", chapter, cell, message))
    return found


def digits(chapter: Chapter, names: Iterable[str]) -> list[Issue]:
    """No number is typed in prose, captions or findings: numbers come from {eval} and {values}."""
    written: list[tuple[Cell, str]] = []
    for cell in _prose(chapter):
        written += [(cell, text) for text in _running_text(cell.source)]
    for cell, _, text in _texts(chapter):
        for node in text.values():
            parts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
            written += [(cell, part) for part in parts if isinstance(part, str)]
    found = []
    for cell, whole in written:
        rest = whole
        for name in names:
            rest = rest.replace(name, " ")
        match = _DIGIT.search(_ALLOWED.sub(" ", rest))
        if match:
            begin = max(rest.find(match[0]) - _AROUND, 0)
            around = rest[begin : begin + 2 * _AROUND].strip()
            message = f"“{match[0]}” is typed in “{around}”; record it with value(…)"
            found.append(_issue("digit", chapter, cell, message))
    return found


def exhibit_ids(chapters: list[Chapter]) -> list[Issue]:
    """No two values or findings, figures, or tables have the same id."""
    seen: dict[str, tuple[str, str]] = {}
    found = []
    for chapter in chapters:
        for cell, target in _targets(chapter):
            if target in seen and "{}" not in target:
                where = "{}, cell {}".format(*seen[target])
                found.append(_issue("id", chapter, cell, f"`{target}` stands in {where} too"))
            seen[target] = (chapter.path.name, cell.id)
    return found


def dangling(chapters: list[Chapter]) -> list[Issue]:
    """Every reference leads to a figure, table or chapter of the report."""
    targets = {target for chapter in chapters for _, target in _targets(chapter)}
    patterns = [re.compile(re.escape(t).replace(r"\{\}", "[^ ]+") + "$") for t in sorted(targets)]
    known = {f"ch-{number:02d}" for number in _CHAPTERS}
    found = []
    for chapter in chapters:
        for cell in _prose(chapter):
            for target in references(cell.source):
                if target not in known and not any(p.match(target) for p in patterns):
                    message = f"[](#{target}) leads nowhere; {nearest(target, targets | known)}"
                    found.append(_issue("reference", chapter, cell, message))
    return found


def definition_names(path: Path) -> list[str]:
    """Return the names in the definition file that hold a digit, the longest first."""
    if not path.is_file():
        return []

    def strings(node: Any) -> Iterator[str]:
        if isinstance(node, str):
            yield node
        elif isinstance(node, (dict, list)):
            for item in node.values() if isinstance(node, dict) else node:
                yield from strings(item)

    found = {
        text for text in strings(tomllib.loads(path.read_text("utf-8"))) if _DIGIT.search(text)
    }
    return sorted((text for text in found if text[0].isalpha()), key=len, reverse=True)


def _issue(rule: str, chapter: Chapter, cell: Cell, message: str) -> Issue:
    return Issue(rule, chapter.path.name, cell.id, message)


def _prose(chapter: Chapter) -> list[Cell]:
    return [cell for cell in chapter.cells if cell.kind == "markdown"]


def _differences(chapter: Chapter, da: Cell, en: Cell) -> list[Issue]:
    found = []
    for what, read in (("{eval}", expressions), ("reference", references)):
        counts = Counter(read(da.source)), Counter(read(en.source))
        for name in sorted(set(counts[0]) | set(counts[1])):
            if counts[0][name] != counts[1][name]:
                message = (
                    f"{what} `{name}` stands {counts[0][name]} times in Danish, "
                    f"{counts[1][name]} in English"
                )
                found.append(_issue("twin", chapter, da, message))
    return found


def _running_text(text: str) -> list[str]:
    """Return the text a reader reads: no code, math, headings or link targets."""
    found = []
    heading = False
    for token in tokens(text):
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type == "text" and not heading:
            found.append(token.content)
    return found


def _tree(cell: Cell) -> ast.Module:
    lines = ["" if line.lstrip()[:1] in ("%", "!") else line for line in cell.source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError as error:
        raise NotebookError(f"cell {cell.id}, line {error.lineno}: {error.msg}") from error


def _assigned(cell: Cell) -> set[str]:
    return {
        node.id
        for node in ast.walk(_tree(cell))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _calls(chapter: Chapter, name: str) -> Iterator[tuple[Cell, ast.Call]]:
    for cell in chapter.cells:
        if cell.kind == "code":
            for node in ast.walk(_tree(cell)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                    yield cell, node


def _texts(chapter: Chapter) -> Iterator[tuple[Cell, ast.Dict, dict[str, ast.expr]]]:
    """Yield the {"da": …, "en": …} literals of the code, also those with one language only."""
    for cell in chapter.cells:
        for node in ast.walk(_tree(cell)) if cell.kind == "code" else ():
            if isinstance(node, ast.Dict):
                keys = [k.value for k in node.keys if isinstance(k, ast.Constant)]
                if keys and set(keys) <= set(LANGUAGES) and len(keys) == len(node.keys):
                    yield cell, node, dict(zip(map(str, keys), node.values, strict=True))


def _targets(chapter: Chapter) -> list[tuple[Cell, str]]:
    """Return the anchors and ids of the chapter's exhibits; {} stands for what is filled in."""
    return [
        (cell, f"{prefix}{_text(call.args[0])}")
        for kind, prefix in _PREFIX.items()
        for cell, call in _calls(chapter, kind)
        if call.args
    ]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "{}"
