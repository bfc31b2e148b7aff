"""What a notebook depends on beyond itself: the modules it imports, and the files they read.

An import closure by syntax sees modules that an edit, a deletion or a new import changes. It cannot
see files a module opens, so a module that opens some says so in a constant:

    READS = ("data/codelists/*.csv",)

with patterns relative to the folder its package lies in. Parsing is remembered by content, as most
modules are the same as last time.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import TypedDict

from compendium.files import remembered, sha256, write

_VERSION = sha256(Path(__file__))  # what another version of this module noted is not asked


class _Known(TypedDict):
    imports: list[str]
    at_once: list[str]  # those that importing the module itself imports
    reads: list[str]


@dataclass(frozen=True)
class _Module:
    """A file of the project: the names it imports and the data files it says it reads."""

    path: Path
    imports: list[str]
    at_once: list[str]
    files: list[Path]


class Imports:
    """Finds import closures below some folders; `memory` is the file that remembers parsing."""

    def __init__(self, folders: Iterable[Path], memory: Path) -> None:
        self.folders = list(dict.fromkeys(folders))
        self.memory = memory
        self.before: dict[str, _Known] = remembered(memory)
        self.known: dict[str, _Known] = {}
        self.modules: dict[str, list[_Module]] = {}
        self.changed: list[Path] = []

    def closure(self, source: str, modules: Iterable[str] = ()) -> list[Path]:
        """Return the files a source text and the named modules depend on, sorted.

        These are modules of the project, transitively, and the data files they say they read.
        """
        named = (module for name in self._asked(source, modules) for module in self._named(name))
        return sorted({path for module in named for path in (module.path, *module.files)})

    def outside(self, source: str, *, at_once: bool) -> list[str]:
        """Return the names a source text imports that are no module of the project, sorted.

        With `at_once`, only those it imports as it begins, and not when a function is called.
        """
        asked = self._asked(source, at_once=at_once)
        return sorted(name for name in asked if not self._named(name))

    def remember(self) -> None:
        """Keep what was parsed for the next run, and have Python compile anew what changed.

        Python trusts its bytecode by the source's time and size, which an edit can keep.
        """
        for path in self.changed:
            with contextlib.suppress(OSError):
                Path(cache_from_source(str(path))).unlink(missing_ok=True)
        if self.known != self.before:
            write(self.memory, json.dumps(self.known))

    def _asked(self, source: str, modules: Iterable[str] = (), at_once: bool = False) -> set[str]:
        """Return every name that is imported on the way, by the text or by a module of ours."""
        first = self._parsed(source, "")
        waiting = [*(first["at_once"] if at_once else first["imports"]), *modules]
        asked: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in asked:
                asked.add(name)
                for module in self._named(name):
                    waiting += module.at_once if at_once else module.imports
        return asked

    def _named(self, name: str) -> list[_Module]:
        """Return the modules a dotted name stands for: itself and the packages around it."""
        if name not in self.modules:
            parent = name.rpartition(".")[0]
            around = self._named(parent) if parent else []
            packages = [module for module in around if module.path.name == "__init__.py"]
            self.modules[name] = packages + [
                self._read(path, name if path.name == "__init__.py" else parent, folder)
                for folder in self.folders
                for base in [folder.joinpath(*name.split("."))]
                for path in (base / "__init__.py", base.with_suffix(".py"))
                if path.is_file()
            ]
        return self.modules[name]

    def _read(self, path: Path, package: str, folder: Path) -> _Module:
        source = path.read_text("utf-8")
        known = self._parsed(source, package)
        if self._key(source, package) not in self.before:
            self.changed.append(path)
        files = [file for pattern in known["reads"] for file in folder.glob(pattern)]
        return _Module(path, known["imports"], known["at_once"], files)

    def _parsed(self, source: str, package: str) -> _Known:
        key = self._key(source, package)
        if key not in self.known:
            self.known[key] = self.before.get(key) or _parse(source, package)
        return self.known[key]

    @staticmethod
    def _key(source: str, package: str) -> str:
        return hashlib.sha256(f"{_VERSION}\0{package}\0{source}".encode()).hexdigest()


def _parse(source: str, package: str) -> _Known:
    reads: list[str] = []
    try:
        tree = ast.parse(source)
    except SyntaxError:  # whoever imports it will be told, with the file and the line
        tree = ast.Module(body=[], type_ignores=[])
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "READS":
            reads += list(ast.literal_eval(statement.value))
    return {
        "imports": _imported(_executed(tree, functions=True), package),
        "at_once": _imported(_executed(tree, functions=False), package),
        "reads": reads,
    }


def _imported(nodes: Iterable[ast.AST], package: str) -> list[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return sorted(names)


def _executed(node: ast.AST, *, functions: bool) -> Iterator[ast.AST]:
    """Yield what can run: not what only type checkers see, and functions only if asked for."""
    yield node
    for child in ast.iter_child_nodes(node):
        typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        later = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        if not typing and (functions or not later):
            yield from _executed(child, functions=functions)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    around = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*around, *([node.module] if node.module else [])])
