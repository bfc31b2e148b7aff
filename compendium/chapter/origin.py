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
import sys
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
    call, before = _call(frame)
    if frame is None or call is None or len(call.args) < 2:
        return ""
    return _function(call.args[1], frame, before)


def _call(frame: FrameType | None) -> tuple[ast.Call | None, Assignments]:
    """Return the call a frame is at, and what was assigned up to it."""
    if frame is None:
        return None, []
    # inspect.getframeinfo gives the same place after a search through all modules
    place = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    calls, _ = _read("".join(linecache.getlines(frame.f_code.co_filename)))
    before = [found for source in reversed(_sources(frame)) for found in _read(source)[1]]
    return calls.get(place), before


def _given(name: str, frame: FrameType) -> ast.AST | None:
    """Return what the caller gave for a parameter of the frame's function; None if it is none."""
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    call, _ = _call(frame.f_back) if name in names else (None, [])
    if call is None:
        return None
    by_name = {keyword.arg: keyword.value for keyword in call.keywords}
    by_place = dict(zip(names[: code.co_argcount], call.args, strict=False))
    return by_name.get(name) or by_place.get(name)


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
    """Return the names a target assigns; `x[0] = …` fills x, which is told apart."""
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        return {_filled(target.value.id)}
    stored = (n for n in ast.walk(target) if isinstance(n, ast.Name))
    return {name.id for name in stored if isinstance(name.ctx, ast.Store)}


def _filled(name: str) -> str:
    return f"{name}[]"


def _function(node: ast.AST, frame: FrameType, before: Assignments) -> str:
    """Return the function a result came from, following variables back through assignments."""
    if isinstance(node, ast.Name):
        if frame.f_back and (given := _given(node.id, frame)):
            return _function(given, frame.f_back, _call(frame.f_back)[1])
        for name in (node.id, _filled(node.id)):  # what begins empty comes from what fills it
            places = (place for place, (names, _) in enumerate(before) if name in names)
            found = [_function(before[i][1], frame, before[i + 1 :]) for i in islice(places, 1)]
            if any(found):
                return found[0]
        return ""
    own = [(_names(part.target), part.iter) for part in getattr(node, "generators", ())]
    before = [*own, *before]  # a comprehension's names, wherever its lines stand
    named = _named(node.func, frame) if isinstance(node, ast.Call) else ""
    selects = [getattr(node, "key", None), getattr(node, "slice", None), *getattr(node, "keys", ())]
    parts = (child for child in ast.iter_child_nodes(node) if child not in selects)
    inner = (_function(child, frame, before) for child in parts)
    return named if _ours(named) else next(filter(None, inner), named)


def _ours(name: str) -> bool:
    """Whether a function is the project's and computes; others say less than what they get."""
    package = name.partition(".")[0]
    if package in ("", "compendium"):
        return False
    place = getattr(sys.modules.get(package), "__file__", None)
    return place is None or not place.startswith((sys.prefix, sys.base_prefix))


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
