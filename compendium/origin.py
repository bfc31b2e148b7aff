"""Which function made a number: read from the code that recorded it.

A reader who follows a number wants the computation, not the call that stored it. The engine knows
the cell; the expression given to `value(...)` leads, through the assignments before it, to the
function whose result it is. The author writes nothing twice.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import os
from functools import cache
from itertools import islice
from types import FrameType

Place = tuple[int | None, ...]  # first and last line, first and last column
Assignments = list[tuple[set[str], ast.AST]]  # names and what was assigned to them, latest first


def made_by(frame: FrameType | None) -> str:
    """Return the dotted name of the function behind a call's number; empty if it cannot be told.

    `frame` is the frame that called `value` or `finding`; the number is the second argument. For
    `value("share", curve.at(1, 9))` after `curve = curves.share(panel)` it is the latter.
    """
    if frame is None:
        return ""
    # inspect.getframeinfo gives the same place after a search through all modules
    place = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    calls, _ = _read("".join(linecache.getlines(frame.f_code.co_filename)))
    call = calls.get(place)
    if call is None or len(call.args) < 2:
        return ""
    before = [found for source in reversed(_sources(frame)) for found in _read(source)[1]]
    return _function(call.args[1], frame, before)


def _sources(frame: FrameType) -> list[str]:
    """Return the cells run so far, or the file that made the call.

    The kernel keeps every cell for tracebacks; a history it keeps only for those who ask, and nbval
    does not.
    """
    names = [frame.f_code.co_filename]
    if "In" in frame.f_globals:
        folder = names[0].rpartition(os.sep)[0]
        names = [name for name in linecache.cache if name.rpartition(os.sep)[0] == folder]
    return ["".join(linecache.getlines(name)) for name in names]


@cache
def _read(source: str) -> tuple[dict[Place, ast.Call], Assignments]:
    """Return the calls of a source by place, and its assignments."""
    calls: dict[Place, ast.Call] = {}
    found: list[tuple[int, set[str], ast.AST]] = []
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a magic or a shell line
        return calls, []
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                place = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
                calls[place] = node
            case ast.Assign(targets=targets):
                names = {name for target in targets for name in _names(target)}
                found.append((node.lineno, names, node.value))
            case ast.AnnAssign(value=ast.expr() as value):
                found.append((node.lineno, _names(node.target), value))
            case ast.For() | ast.comprehension():
                found.append((node.iter.lineno, _names(node.target), node.iter))
    found.sort(key=lambda item: item[0], reverse=True)
    return calls, [(names, value) for _, names, value in found]


def _names(target: ast.AST) -> set[str]:
    """Return the names a target assigns: those of a tuple, but not the `x` of `x[0]`."""
    stored = (n for n in ast.walk(target) if isinstance(n, ast.Name))
    return {name.id for name in stored if isinstance(name.ctx, ast.Store)}


def _function(node: ast.AST, frame: FrameType, before: Assignments) -> str:
    """Return the function a result came from, following variables back through assignments."""
    if isinstance(node, ast.Name):
        for position, (names, assigned) in enumerate(before):
            if node.id in names:
                return _function(assigned, frame, before[position + 1 :])
        return ""
    named = _named(node.func, frame) if isinstance(node, ast.Call) else ""
    inner = (_function(child, frame, before) for child in ast.iter_child_nodes(node))
    return named or next(filter(None, inner), "")


def _named(node: ast.expr, frame: FrameType) -> str:
    """Return the name of a function of a module; empty for builtins and for methods of results."""
    first, *rest = ast.unparse(node).split(".")
    if hasattr(builtins, first):
        return ""
    thing = frame.f_locals.get(first, frame.f_globals.get(first))
    if inspect.ismodule(thing):
        return ".".join([thing.__name__, *rest])
    if not (inspect.isroutine(thing) or inspect.isclass(thing)):
        return ""
    module = getattr(thing, "__module__", "")
    own = [thing.__qualname__] if module in ("", "__main__") else [module, thing.__qualname__]
    return ".".join([*own, *rest])
