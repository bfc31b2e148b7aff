"""Checks of the chapters that need no run: what a careful editor would find, found every time.

Each rule yields what it finds in a chapter, and knows one way a report goes wrong: a number typed
by hand, a name that nothing computes, a reference that leads nowhere, a sentence without its
Danish, a figure that says nothing to those who cannot see it, a cell nobody can read.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from compendium.chapter.catalogue import ROOT, is_translated, pairs
from compendium.chapter.codebook import codebook
from compendium.chapter.exhibits import INLINE_PARTS
from compendium.chapter.inline import (
    BIBLIOGRAPHY,
    CITATION,
    citations,
    expressions,
    references,
    tokens,
    works,
)
from compendium.editing import readme
from compendium.editing.messages import EXHIBITS, Entry, arguments, messages
from compendium.editing.translate import OTHERS, compared, forms, interface, shortened
from compendium.errors import CompendiumError, NotebookError, nearest
from compendium.run.notebooks import Cell, Chapter

if TYPE_CHECKING:
    from babel.messages.catalog import Message

_DIGIT = re.compile(r"\d[\d.,]*")
_ALLOWED = re.compile(
    r"\{[^{}]*\}"  # names of values
    rf"|{CITATION.pattern}"
    r"|\b(?:19|20)\d\d\b(?:[–-](?:19|20)?\d\d\b)?"  # years
    r"|\b(?:s\.|side|pp?\.|pages?)\s*\d+(?:[–-]\d+)?(?:(?:,| og| and)\s*\d+(?:[–-]\d+)?)*",  # pages
    re.IGNORECASE,
)
# what both languages must have in prose, and in code, which has no formulas
_PLACES = re.compile(rf"\{{eval\}}`[^`]*`|\[?\]\([^)]*\)|{CITATION.pattern}")
_NAMES = re.compile(rf"{_PLACES.pattern}|\{{[^{{}}]*\}}")
_AROUND = 30  # letters shown on each side of a typed number
_PREFIX = {"figure": "fig-", "table": "tab-"}
_IMPORT_LINES = 8
_LINES = 25  # of a cell that reads as one step
_HABITS = ("source", "imports", "cell")  # of chapters that read well; no report is wrong for them
READS = ("data/README.md",)

Found = Iterator[tuple[str, str]]
"""The cell or place at fault, if it is one, and what to do."""
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Issue:
    """A fault found: the rule's name, where, and what to do; `warns` if it is for the author."""

    rule: str
    file: str
    cell: str
    message: str
    warns: bool = False

    def __str__(self) -> str:
        where = ", cell ".join(filter(None, (self.file, self.cell)))
        told = f"{where}: [{self.rule}] {self.message}".removeprefix(": ")
        return f"warning: {told}" if self.warns else told


def check(chapters: list[Chapter], root: Path) -> list[Issue]:
    """Check chapters, catalogues and codebook.

    Parameters
    ----------
    chapters
        All chapters of the project: ids must differ between them, and references may lead from
        one to another.
    root
        The project's folder.

    Returns
    -------
    list of Issue
        What is wrong, by chapter; in a chapter of one's own a typed number only warns.
    """
    names = names_with_digits(root)
    targets = {t for c in chapters for _, t in _targets(c) if t.startswith(("fig-", "tab-"))}
    targets |= {f"ch-{c.number:02d}" for c in chapters}
    rules: dict[str, Callable[[Chapter], Found]] = {
        "source": outputs,
        "title": titles,
        "parameters": parameters,
        "imports": imports,
        "cell": cells,
        "eval": evaluated,
        "alt": alts,
        "template": templates,
        "digit": partial(digits, names=names),
        "translation": partial(translations, root=root, names=names),
        "id": partial(repeated, seen={}),
        "reference": partial(dangling, targets=targets, works=works(root)),
    }
    found = [
        Issue(rule, chapter.path.name, where, message, bool(chapter.language) and rule == "digit")
        for chapter in chapters
        for rule, find in rules.items()
        for where, message in _safely(find, chapter)
    ]
    whole: dict[str, Callable[[Path], Found]] = {
        "translation": shared,
        "catalogue": partial(strays, known={"shared", *(c.path.stem for c in chapters)}),
        "vocabulary": vocabulary,
        "codebook": quantities,
    }
    return found + [
        Issue(rule, where, "", message)
        for rule, find in whole.items()
        for where, message in _safely(find, root)
    ]


def for_build(
    chapters: list[Chapter], root: Path, built: Iterable[Chapter], *, translated: bool
) -> list[Issue]:
    """Return what a build has to tell of its chapters, as warnings where no report is wrong."""
    files = {chapter.path.name for chapter in chapters} - {chapter.path.name for chapter in built}
    only = _HABITS if translated else (*_HABITS, "translation", "catalogue")
    return [
        replace(issue, warns=issue.warns or issue.rule in only)
        for issue in check(chapters, root)
        if issue.file not in files
    ]


def outputs(chapter: Chapter) -> Found:
    """Sources hold no outputs: results are made by the build alone."""
    for cell in chapter.cells:
        if cell.ran:
            yield cell.id, "holds outputs; clear them before saving"


def titles(chapter: Chapter) -> Found:
    """A chapter opens with its title, which the metadata repeat: the report writes that itself."""
    first = chapter.cells[0] if chapter.cells else None
    if first is None or first.kind == "code" or not first.source.startswith("# "):
        yield first.id if first else "", "open with a Markdown cell: the title and its question"
    for cell in chapter.prose:
        for heading in re.findall(r"^# +(.+?)\s*$", cell.source, re.MULTILINE):
            if heading != chapter.title:
                yield cell.id, f"heading “{heading}” differs from the title “{chapter.title}”"


def parameters(chapter: Chapter) -> Found:
    """Parameters are typed assignments within their limits, each with a comment on its meaning."""
    try:
        chapter.parameters  # noqa: B018  # reading them checks them
    except NotebookError as error:
        yield "", str(error)
        return
    for cell in chapter.code:
        lines = cell.source.splitlines()
        for node in cell.tree.body if "parameters" in cell.tags else ():
            beside = lines[(node.end_lineno or 1) - 1][node.end_col_offset :]
            above = lines[node.lineno - 2] if node.lineno > 1 else ""
            if "#" not in beside and not above.startswith("#"):
                name = ast.unparse(node).partition(":")[0]
                yield cell.id, f"parameter `{name}` has no comment; say what it means"


def imports(chapter: Chapter) -> Found:
    """Imports stand in one short cell."""
    holding = [cell for cell in chapter.code if _imports(cell)]
    for cell in holding[1:]:
        yield cell.id, f"imports; move them to cell {holding[0].id}"
    for cell in holding[:1]:
        if (n := len(_lines(cell))) > _IMPORT_LINES:
            most = f"at most {_IMPORT_LINES}, from the packages' faces"
            yield cell.id, f"{n} lines of imports; {most}"


def cells(chapter: Chapter) -> Found:
    """A code cell is one step: short, said in a comment, showing nothing twice."""
    for cell in chapter.code:
        if "parameters" not in cell.tags and not _imports(cell):
            if not cell.source.startswith("#"):
                yield cell.id, "begin with a comment that says what the cell does"
            if (n := len(_lines(cell))) > _LINES:
                yield cell.id, f"has {n} lines; at most {_LINES} read as one step"
        last = cell.tree.body[-1] if cell.tree.body else None
        if isinstance(last, ast.Expr) and not cell.source.rstrip().endswith(";"):
            name = getattr(getattr(last.value, "func", None), "id", "")
            if name in ("value", "record"):
                yield cell.id, f"ends with {name}(…), which shows it twice; assign it to a name"


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
                yield cell.id, f"nothing before it assigns `{name}`; {nearest(name, known)}"
            elif part and part not in INLINE_PARTS:
                yield cell.id, f"`{expression}`: no such part; {nearest(part, INLINE_PARTS)}"


def alts(chapter: Chapter) -> Found:
    """Every figure has an alt text of its own."""
    for cell, call in _calls(chapter, "figure"):
        given = {keyword.arg: ast.dump(keyword.value) for keyword in call.keywords}
        name = _text(call.args[0]) if call.args else ""
        if "alt" not in given:
            yield cell.id, f"figure “{name}” has no alt text"
        elif given["alt"] == given.get("caption"):
            repeats = f"the alt text of figure “{name}” repeats its caption"
            yield cell.id, f"{repeats}; say what the data show"


def templates(chapter: Chapter) -> Found:
    """A text is a template: what an f-string has filled in can no longer be translated."""
    for cell, call in _calls(chapter):
        for name, node in arguments(call):
            if isinstance(node, ast.JoinedStr):
                advice = 'use text("…{x}…", x=x)'
                yield cell.id, f"`{name}` on line {node.lineno} is an f-string; {advice}"


def digits(chapter: Chapter, names: Iterable[str]) -> Found:
    """No number is typed in prose, captions, sentences or figures: it comes from a value."""
    for entry in messages(chapter)[1:]:
        for message in _typed(entry, entry.text, names):
            yield entry.place, message


def translations(chapter: Chapter, root: Path, names: Iterable[str]) -> Found:
    """Every text has its Danish: the same values, references and links, and no typed number."""
    for lang in () if chapter.language else OTHERS:
        for entry, found in compared(root, lang, chapter.path.stem, messages(chapter)):
            yield from _translation(entry, found, f"{chapter.path.stem}.po")
            for text in forms(found.string) if entry.place != "title" else ():
                yield from ((entry.place, message) for message in _typed(entry, text, names))


def shared(root: Path) -> Found:
    """The same of the interface's words, which are those of this package."""
    for lang in OTHERS if root == ROOT else ():
        for entry, found in compared(root, lang, "shared", interface()):
            for _, message in _translation(entry, found, "shared.po"):
                yield f"shared.po, {entry.key}", message


def strays(root: Path, known: set[str]) -> Found:
    """Every catalogue is that of a chapter, and has its name."""
    for path in sorted((root / "locale").glob("*/LC_MESSAGES/*.po")):
        if path.stem not in known:
            yield path.name, "belongs to no chapter; name it as its notebook, or remove it"


def vocabulary(root: Path) -> Found:
    """An English text of the data has one Danish: English is all that the other is looked up by."""
    for lang in OTHERS:
        seen: dict[str, tuple[str, str]] = {}
        for file, english, other in pairs(root, lang):
            if not other:
                yield file, f"“{english}” stands in one language; write it under `{lang}` too"
            before, where = seen.setdefault(english, (other, file))
            if before != other:
                differs = f"“{english}” is “{other}”, but “{before}” in {where}"
                yield file, f"{differs}; let the English differ"


def quantities(root: Path) -> Found:
    """The codebook can be read, and data/README.md says the same."""
    codebook(root)
    if not readme.is_current(root):
        yield "data/README.md", "differs from data/codebook.csv; run `python run_all.py translate`"


def repeated(chapter: Chapter, seen: dict[str, str]) -> Found:
    """No two exhibits of the chapters seen have the same id, but for those of a copy."""
    seen = seen if chapter.copy is None else {}
    for cell, target in _targets(chapter):
        if target in seen and "{" not in target:
            yield cell.id, f"`{target}` stands in {seen[target]} too"
        seen[target] = f"{chapter.path.name}, cell {cell.id}"


def dangling(chapter: Chapter, targets: set[str], works: set[str]) -> Found:
    """Every reference leads to a figure, table or chapter, every citation to a work."""
    pattern = "|".join(re.escape(target).replace(r"\{\}", "[^ ]+") for target in targets)
    for cell in chapter.prose:
        for target in references(cell.source):
            if not re.fullmatch(pattern, target):
                yield cell.id, f"[](#{target}) leads nowhere; {nearest(target, targets)}"
        for key in citations(cell.source):
            if key not in works:
                yield cell.id, f"@{key} is not in {BIBLIOGRAPHY}; {nearest(key, works)}"


def names_with_digits(root: Path) -> list[str]:
    """Return the names in the definition that hold a digit, such as "Route 1", longest first."""
    texts = {
        text
        for lang in OTHERS
        for file, *both in pairs(root, lang)
        for text in both
        if file == "evaluation.toml" and _DIGIT.search(text)
    }
    return sorted(texts, key=len, reverse=True)


def _translation(entry: Entry, found: Message, file: str) -> Found:
    """Compare a text with its entry."""
    said = f"“{shortened(entry.text)}”"
    if not is_translated(found):
        yield entry.place, f"{said} is not translated; run `translate`, then write it in {file}"
    elif found.fuzzy:
        yield entry.place, f"{said} was changed: compare it in {file} and clear the mark “fuzzy”"
    elif entry.many and len(forms(found.string)) == 1:
        yield entry.place, f"{said} counts: give {file} a msgid_plural and a form for each number"
    else:
        marks = _PLACES if entry.prose else _NAMES
        for english, other in zip((entry.text, entry.many), forms(found.string), strict=False):
            here, there = (Counter(marks.findall(text)) for text in (english, other))
            for mark in sorted((here - there) | (there - here)):
                times = f"{here[mark]} times in English, {there[mark]} in {file}"
                yield entry.place, f"`{mark}` of {said} stands {times}; both must have it as often"


def _typed(entry: Entry, text: str, names: Iterable[str]) -> Iterator[str]:
    """Yield what to do about the numbers typed in a text."""
    for whole in _running_text(text) if entry.prose else [text]:
        rest = reduce(lambda text, name: text.replace(name, " "), names, whole)
        if match := _DIGIT.search(_ALLOWED.sub(" ", rest)):
            begin = max(rest.find(match[0]) - _AROUND, 0)
            around = rest[begin : begin + 2 * _AROUND].strip()
            yield f"“{match[0]}” is typed in “{around}”; record it with value(…)"


def _running_text(text: str) -> Iterator[str]:
    """Yield the text a reader reads: no code, math, headings or link targets."""
    heading = False
    for token in tokens(text):
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type == "text" and not heading:
            yield token.content


def _safely(find: Callable[[Subject], Found], subject: Subject) -> Found:
    """Yield what a rule finds; what it cannot read is a fault too."""
    try:
        yield from find(subject)
    except CompendiumError as error:
        yield "", str(error)


def _imports(cell: Cell) -> bool:
    return any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(cell.tree))


def _lines(cell: Cell) -> list[str]:
    """Return the lines of code: no comments, no blank ones."""
    lines = map(str.strip, cell.source.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _calls(chapter: Chapter, *names: str) -> Iterator[tuple[Cell, ast.Call]]:
    """Yield the calls of these functions, of all if none are named."""
    for cell in chapter.code:
        for node in ast.walk(cell.tree):
            if isinstance(node, ast.Call) and (not names or getattr(node.func, "id", "") in names):
                yield cell, node


def _targets(chapter: Chapter) -> Iterator[tuple[Cell, str]]:
    """Yield the anchors and ids of the chapter's exhibits; {} stands for what is filled in."""
    for cell, call in _calls(chapter, *EXHIBITS):
        if call.args:
            yield cell, _PREFIX.get(ast.unparse(call.func), "") + _text(call.args[0])


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    return str(node.value) if isinstance(node, ast.Constant) else "{}"
