"""What a notebook depends on beyond itself: the modules it imports, and the files they read.

An import closure by syntax sees modules that an edit, a deletion or a new import changes. It cannot
see files a module opens, so a module that opens some says so in a constant:

    READS = ("data/codelists/*.csv",)

with patterns relative to the folder its package lies in. Parsing is remembered by content, as most
modules are the same as last time.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

from compendium.errors import NotebookError


class _Known(TypedDict):
    imports: list[str]
    reads: list[str]


class Imports:
    """Finds import closures below some folders; `memory` is the file that remembers parsing."""

    def __init__(self, folders: Iterable[Path], memory: Path) -> None:
        self.folders = list(dict.fromkeys(folders))
        self.memory = memory
        self.known: dict[str, _Known] = {}
        self.fresh = False
        if memory.is_file():
            try:
                self.known = json.loads(memory.read_text("utf-8"))
            except ValueError:  # written by halves; parse again
                self.known = {}

    def closure(self, source: str, modules: Iterable[str] = ()) -> list[Path]:
        """Return the files a source text and the named modules depend on, sorted.

        These are modules of the project, transitively, and the data files they say they read.
        """
        waiting = [*self._parsed(source, "")["imports"], *modules]
        found: set[Path] = set()
        while waiting:
            name = waiting.pop()
            for path, folder in self._files(name):
                if path in found:
                    continue
                found.add(path)
                package = name if path.name == "__init__.py" else name.rpartition(".")[0]
                known = self._parsed(path.read_text("utf-8"), package)
                waiting += known["imports"]
                found |= {file for pattern in known["reads"] for file in folder.glob(pattern)}
        return sorted(found)

    def remember(self) -> None:
        """Keep what was parsed for the next run."""
        if self.fresh:
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            self.memory.write_text(json.dumps(self.known), "utf-8")

    def _files(self, name: str) -> Iterator[tuple[Path, Path]]:
        """Yield the files of a module and the packages around it, each with its folder."""
        parts = name.split(".")
        for folder in self.folders:
            for depth in range(1, len(parts) + 1):
                base = folder.joinpath(*parts[:depth])
                for path in (base / "__init__.py", base.with_suffix(".py")):
                    wanted = depth == len(parts) or path.name == "__init__.py"
                    if wanted and path.is_file():
                        yield path, folder

    def _parsed(self, source: str, package: str) -> _Known:
        key = hashlib.sha256(f"{package}\0{source}".encode()).hexdigest()
        if key not in self.known:
            self.known[key] = _parse(source, package)
            self.fresh = True
        return self.known[key]


def _parse(source: str, package: str) -> _Known:
    imports: set[str] = set()
    reads: list[str] = []
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise NotebookError(
            f"line {error.lineno} cannot be read as Python: {error.text}"
        ) from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            imports |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "READS":
            reads += list(ast.literal_eval(statement.value))
    return {"imports": sorted(imports), "reads": reads}


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    around = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*around, *([node.module] if node.module else [])])
