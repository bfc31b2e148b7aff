"""Where a number comes from: the code cell that computes it, and the functions which that calls.

A chapter often computes in one cell and shows in another, and a cell often only calls what stands
in the library. Syntax tells both, so nothing is run: a link from a number leads to the cell that
computes what the showing call was given, and from there to earlier cells and to functions.
"""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from textwrap import dedent
from typing import Any

import compendium.claims
import evallib
from compendium.report.document import Code

LIBRARY = (evallib.__name__, compendium.claims.__name__)  # what cells call to compute
ROOMS = ("study", "cohort", "curves", "inference", "models", "projects")  # as data flow
_SHOWS = {"value", "record", "finding", "findings", "compare", "fact", "table"}
_POINT = r"(\..+)?"  # what `record` adds to a bare name


@dataclass(frozen=True)
class Cell:
    """A code cell: the names it takes from earlier cells, by cell, and the functions it calls.

    `functions` are the library's by full name; `given` are the ids that its calls show, as
    patterns, each with the cell that computed what is shown.
    """

    position: int
    id: str
    source: str
    names: dict[str, list[str]]
    functions: dict[str, Any]
    given: dict[str, str]

    def computing(self, name: str) -> str:
        """Return the id of the cell that computed what is shown under an id."""
        return next((cell for p, cell in self.given.items() if re.fullmatch(p, name)), self.id)


def read_cells(blocks: Iterable[Code]) -> dict[str, Cell]:
    r"""Return a chapter's code cells by id, in order.

    Examples
    --------
    >>> cells = read_cells([
    ...     Code(1, "a", "from evallib import curves\ny = curves.share(panel)", (), ()),
    ...     Code(2, "b", "value('y', y)", (), ()),
    ... ])
    >>> list(cells["a"].functions), cells["b"].names, cells["b"].computing("y")
    (['evallib.curves.shares.share'], {'a': ['y']}, 'a')
    """
    return _read_cells(tuple((block.position, block.id, block.source) for block in blocks))


@lru_cache(64)  # a preview reads the same chapters again
def _read_cells(blocks: tuple[tuple[int, str, str], ...]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    home: dict[str, str] = {}  # names -> the cell that last gave them a value
    known: dict[str, Any] = {}  # names -> what of the library they stand for
    for position, cell_id, source in blocks:
        tree = _parsed(source)
        known |= dict(_imported(tree))
        taken, own = set[str](), set[str]()
        for statement in tree.body:
            loads, stores = _names(statement)
            taken |= (loads & home.keys()) - own
            own |= stores
        given = {}
        for pattern, shown in _shown(tree):
            names = {node.id for node in ast.walk(shown) if isinstance(node, ast.Name)}
            here = names & own or dict(_called(shown, known))
            earlier = {cell_id if here else home[name] for name in names & home.keys()}
            given[pattern] = next((cell for cell in reversed(cells) if cell in earlier), cell_id)
        names_by_cell = {
            cell: sorted(name for name in taken if home[name] == cell)
            for cell in cells
            if cell in map(home.get, taken)
        }
        functions = dict(_called(tree, known))
        home |= dict.fromkeys(own - known.keys(), cell_id)
        cells[cell_id] = Cell(position, cell_id, source, names_by_cell, functions, given)
    return cells


def forget_library() -> None:
    """Let the library be imported anew: its source has changed."""
    for known in (_read_cells, public):
        known.cache_clear()
    for name in [name for name in sys.modules if name.startswith(f"{evallib.__name__}.")]:
        del sys.modules[name]


@cache
def public() -> dict[str, Callable[..., Any]]:
    """Return the functions and classes the library's rooms offer, by full name, in their order.

    Examples
    --------
    >>> next(iter(public()))
    'evallib.study.study.load'
    """
    rooms = (import_module(f"{evallib.__name__}.{room}") for room in ROOMS)
    offered = (inspect.unwrap(getattr(room, name)) for room in rooms for name in room.__all__)
    return {full_name(one): one for one in offered}


def full_name(function: Callable[..., Any]) -> str:
    """Return the name a function is known by: that of its module and its own."""
    return f"{function.__module__}.{function.__qualname__}"


def written(function: Callable[..., Any]) -> tuple[str, str]:
    """Return how a function is declared, and its code without the docstring.

    Examples
    --------
    >>> declared, code = written(full_name)
    >>> print(code)
    def full_name(function: Callable[..., Any]) -> str:
        return f"{function.__module__}.{function.__qualname__}"
    """
    lines = dedent(inspect.getsource(function)).rstrip().splitlines()
    tree: Any = ast.parse("\n".join(lines)).body[0]
    docstring = tree.body[0]
    declared = lines[tree.lineno - 1 : docstring.lineno - 1]
    code = lines[: docstring.lineno - 1] + lines[docstring.end_lineno :]
    return "\n".join(declared).partition("  # noqa")[0].removesuffix(":"), "\n".join(code)


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # a magic of Jupyter's
        return ast.Module(body=[], type_ignores=[])


def _imported(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """Yield the names that come from the library, and what they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(LIBRARY):
            module = import_module(str(node.module))
            for alias in node.names:
                yield alias.asname or alias.name, getattr(module, alias.name, None)


def _names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the names a statement reads, but for those of its own loops, and those it sets."""
    found: dict[type, set[str]] = {ast.Load: set(), ast.Store: set(), ast.Del: set()}
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            found[type(node.ctx)].add(node.id)
    loads, stores = found[ast.Load], found[ast.Store]
    if isinstance(statement, ast.Assign):  # x = f(x) takes x from before
        targets = {n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        return loads - (stores - targets), stores
    return loads - stores, stores


def _called(tree: ast.AST, known: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the library's functions and classes that code names, by full name."""
    for node in ast.walk(tree):
        found = None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = getattr(known.get(node.value.id), node.attr, None)
        elif isinstance(node, ast.Name):
            found = known.get(node.id)
        found = inspect.unwrap(found) if callable(found) else None
        if inspect.isfunction(found) and found.__module__.startswith(LIBRARY):
            yield full_name(found), found


def _shown(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the ids that calls show, as patterns, and what they were given to show."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=call), args=[name, shown, *_]) if call in _SHOWS:
                parts = name.values if isinstance(name, ast.JoinedStr) else [name]
                texts = [getattr(part, "value", "") for part in parts]
                told = "".join(text if isinstance(text, str) else "{}" for text in texts)
                pattern = re.sub(r"\\\{[^}]*\\\}", ".+?", re.escape(told))
                yield pattern + (_POINT if call == "record" else ""), shown
