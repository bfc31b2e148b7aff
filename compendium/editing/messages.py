"""The texts of a chapter that a translator must see, each with its place.

A message is a paragraph of prose, or a text in code that a reader will meet: a caption, a note, an
alternative text, a sentence, a label, a text in a figure. Which strings of the code these are is
known by the calls they are given to, so that no chapter has to mark them; what stands elsewhere is
marked by `text("…")`. Codes and column names are not texts and are never found here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from compendium.chapter.inline import paragraphs
from compendium.run.notebooks import Cell, Chapter

EXHIBITS = ("value", "record", "finding", "findings", "compare", "fact", "figure", "table")
_SENTENCES = ("caption", "alt", "note", "higher", "lower", "none", "unclear", "equal", "missing")
_COMPARED = ("quantity", "pairs")
_LABELS = ("xlabel", "ylabel", "title", "label", "labels", "what")
_SETTERS = re.compile(r"annotate|(set_)?(sup)?(title|label|[xy]label|[xy]ticklabels|axis_labels)")
_OTHERS = ("agg", "assign", "cut", "qcut", "rename")  # calls whose `label` and `labels` are codes

_NAMES = re.compile(r"\{[^{}]*\}")  # of values in a template
_WORDS = re.compile(r"[^\W\d_]")

Assigned = Mapping[str, list[ast.expr]]
"""What the chapter assigns to each name."""


@dataclass(frozen=True)
class Entry:
    """A text to translate, as a catalogue has it.

    `place` says where it stands, `prose` and `drawn` whether in a Markdown cell, or in a figure or
    a table's cell; `many` is the plural of a text that counts; `key` tells words of the interface
    apart.
    """

    text: str
    place: str
    prose: bool = False
    drawn: bool = False
    many: str = ""
    key: str = ""


def messages(chapter: Chapter) -> list[Entry]:
    """Return the texts of a chapter in document order; a text may stand in several places.

    Parameters
    ----------
    chapter
        The chapter's source.

    Returns
    -------
    list of Entry
        Title, paragraphs and texts in code.

    Raises
    ------
    NotebookError
        If Python does not take a cell's code.
    """
    found = [Entry(chapter.title, "title")]
    assigned = assigned_in(chapter)
    for cell in chapter.cells:
        if cell.kind == "code":
            found += _in_code(cell, assigned)
        else:
            numbered = enumerate(paragraphs(cell.source), start=1)
            found += [Entry(text, f"{cell.id}, paragraph {n}", prose=True) for n, text in numbered]
    return found


def drawn(chapter: Chapter) -> list[Entry]:
    """Return the texts that are drawn in figures or stand in cells: the kernel must know them."""
    return [text for text in messages(chapter) if text.drawn]


def arguments(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield the arguments of a call that a reader will meet as text, each with its name."""
    name = _name(call)
    given: Sequence[ast.expr] = ()
    if name in EXHIBITS:
        wanted: tuple[str, ...] = (*_SENTENCES, *_COMPARED, "labels", "values")
        if name == "compare":  # after id and verdicts
            yield from zip(_COMPARED, call.args[2:], strict=False)
    elif ast.unparse(call.func) == "text":
        wanted = tuple(str(keyword.arg) for keyword in call.keywords)
        yield from zip(("text", "many"), call.args, strict=False)
    else:
        wanted = () if name in _OTHERS else _LABELS
        if _SETTERS.fullmatch(name):
            given = call.args[: 2 if name == "set_axis_labels" else 1]
        elif name == "text":  # of axes and figures: x, y, text
            given = call.args[2:3]
        elif ast.unparse(call.func).startswith("alt."):  # the frame, what it shows
            given = call.args[1:2]
    yield from ((name, node) for node in given)
    yield from ((str(k.arg), k.value) for k in call.keywords if k.arg in wanted)


def constants(node: ast.expr, assigned: Assigned) -> Iterator[ast.Constant]:
    """Yield the strings an expression may come to; nothing of what other calls are given."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and _WORDS.search(_NAMES.sub("", node.value)):
            yield node
    elif isinstance(node, ast.Name):
        others = {name: nodes for name, nodes in assigned.items() if name != node.id}
        for value in assigned.get(node.id, ()):
            yield from constants(value, others)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        halves = [list(constants(half, assigned)) for half in (node.left, node.right)]
        if all(halves):
            whole = ast.Constant("".join(str(c.value) for half in halves for c in half))
            yield ast.copy_location(whole, node)
    else:
        for part in _parts(node):
            yield from constants(part, assigned)


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return the parts of an expression that may become its text."""
    match node:
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.BitOr(), right=other):
            return [one, other]
        case ast.Dict(values=values) | ast.BoolOp(values=values):
            return values
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return items
        case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.DictComp(value=item):
            return [item]
        case ast.Subscript(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
            return [value]
    return []


def texts(cell: Cell, assigned: Assigned) -> Iterator[tuple[ast.Call, str, ast.Constant, Any]]:
    """Yield the strings of a cell's code that are texts: call, argument, string and its singular.

    Only the plural of a text that counts has one, the string yielded before it.
    """
    calls = [node for node in ast.walk(cell.tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        one: ast.Constant | None = None
        for name, node in arguments(call):
            found = list(constants(node, assigned))
            if name == "many" and one and found:
                yield call, name, found[0], one
                continue
            yield from ((call, name, constant, None) for constant in found)
            one = found[-1] if found else None


def _in_code(cell: Cell, assigned: Assigned) -> list[Entry]:
    found: list[Entry] = []
    for call, name, constant, one in texts(cell, assigned):
        if one is not None:
            found[-1] = replace(found[-1], many=str(constant.value))
            continue
        exhibit = _name(call) in EXHIBITS
        place = f"{cell.id}, {name}{_of(call) if exhibit else ''}"
        shown = not exhibit or name in ("labels", "values")
        found.append(Entry(str(constant.value), place, drawn=shown))
    return found


def _of(call: ast.Call) -> str:
    """Return which exhibit a call makes, as in " of figure shares"."""
    first = call.args[0] if call.args else None
    name = f" {first.value!s}" if isinstance(first, ast.Constant) else ""
    return f" of {_name(call)}{name}"


def assigned_in(chapter: Chapter) -> Assigned:
    """Return what a chapter's code assigns to each name."""
    found: dict[str, list[ast.expr]] = {}
    for node in (node for cell in chapter.code for node in ast.walk(cell.tree)):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))
