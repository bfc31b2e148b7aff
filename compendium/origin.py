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

Assignments = list[tuple[set[str], ast.AST]]  # names and what was assigned to them, latest first


def made_by(frame: FrameType | None, argument: int = 1) -> str:
    """Return the dotted name of the function behind a call's argument; empty if it cannot be told.

    `frame` is the frame that called `value` or `finding`; `argument` the position of the number.
    For `value("share", curve.at(1, 9))` after `curve = curves.share(panel)` it is the latter.
    """
    if frame is None:
        return ""
    call = _call_at(frame)
    if call is None or len(call.args) <= argument:
        return ""
    return _function(call.args[argument], frame, _assignments(frame))


def _call_at(frame: FrameType) -> ast.Call | None:
    # inspect.getframeinfo gives the same positions after a search through all modules
    positions = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    wanted = (positions[0], positions[2], positions[1])
    for node in _calls("".join(linecache.getlines(frame.f_code.co_filename))):
        if (node.lineno, node.col_offset, node.end_lineno) == wanted:
            return node
    return None


def _assignments(frame: FrameType) -> Assignments:
    """Return the assignments of all cells run so far, or of the file that made the call."""
    return [found for source in reversed(_sources(frame)) for found in _assigned(source)]


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
def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # a cell with a magic or a shell line
        return ast.Module(body=[], type_ignores=[])


@cache
def _calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(_parsed(source)) if isinstance(node, ast.Call)]


@cache
def _assigned(source: str) -> Assignments:
    found: list[tuple[int, set[str], ast.AST]] = []
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.Assign):
            names = {name for target in node.targets for name in _names(target)}
            found.append((node.lineno, names, node.value))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            found.append((node.lineno, _names(node.target), node.value))
        elif isinstance(node, (ast.For, ast.comprehension)):
            found.append((node.iter.lineno, _names(node.target), node.iter))
    found.sort(key=lambda item: item[0], reverse=True)
    return [(names, value) for _, names, value in found]


def _function(node: ast.AST, frame: FrameType, before: Assignments) -> str:
    """Return the function a result came from, following variables back through assignments."""
    if isinstance(node, ast.Name):
        for position, (names, assigned) in enumerate(before):
            if node.id in names:
                return _function(assigned, frame, before[position + 1 :])
        return ""
    if isinstance(node, ast.Call):
        named = _named(node.func, frame)
        if named:
            return named
    for child in ast.iter_child_nodes(node):
        found = _function(child, frame, before)
        if found:
            return found
    return ""


def _named(node: ast.expr, frame: FrameType) -> str:
    """Return the name of a function of a module; empty for builtins and for methods of results."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or hasattr(builtins, node.id):
        return ""
    thing = frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if inspect.ismodule(thing):
        return ".".join([thing.__name__, *names])
    if not (inspect.isroutine(thing) or inspect.isclass(thing)):
        return ""
    module = getattr(thing, "__module__", "")
    own = [thing.__qualname__] if module in ("", "__main__") else [module, thing.__qualname__]
    return ".".join([*own, *names])


def _names(target: ast.AST) -> set[str]:
    """Return the names a target assigns: those of a tuple, but not the `x` of `x[0]`."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return {name for item in target.elts for name in _names(item)}
    return {target.id} if isinstance(target, ast.Name) else set()
