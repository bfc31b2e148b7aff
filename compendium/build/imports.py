"""What a notebook depends on beyond itself: the modules it imports, and the files they read.

An import closure by syntax sees modules that an edit, a deletion or a new import changes. What it
cannot see is said in two constants. A module that opens files of its package names them, as
patterns relative to the folder the package lies in:

    READS = ("compendium/report/report.typ",)

What lies in data/ and locale/ is for all, and the graph knows who rests on it. A package that loads
its public names when they are asked for (`evallib.faces`) has a table of modules and names, such as
`_MODULES = {"study.study": "load validate"}`: `from evallib import load` then depends on that
module, and `import evallib` on all of the table.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import resolve_name
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class _Module:
    """A file of the project under the name it is imported by.

    `imports` are names, `offers` the modules of the names it loads when they are asked for, and
    `files` the file itself and those it reads.
    """

    name: str
    imports: frozenset[str]
    offers: Mapping[str, str]
    files: tuple[Path, ...]


class Imports:
    """Finds import closures below some folders."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = list(dict.fromkeys(folders))
        self._modules: dict[str, list[_Module]] = {}
        self._closures: dict[frozenset[str], list[Path]] = {}

    def closure(self, names: Iterable[str]) -> list[Path]:
        """Return the files that imports of these names depend on, sorted.

        These are modules of the project, transitively, and the files they say they read.
        """
        if (key := frozenset(names)) not in self._closures:
            modules = (module for name in self._asked(key) for module in self._named(name))
            self._closures[key] = sorted({path for module in modules for path in module.files})
        return self._closures[key]

    def outside(self, names: Iterable[str]) -> list[str]:
        """Return what is imported with these names and is no module of the project, sorted."""
        return sorted(name for name in self._asked(names) if not self._named(name))

    def _asked(self, names: Iterable[str]) -> set[str]:
        """Return every name that is imported on the way."""
        waiting, asked = set(names), set[str]()
        while waiting:
            name = waiting.pop()
            asked.add(name)
            for module in self._named(name):
                waiting |= module.imports
                if module.name == name:  # the whole package, whichever names of it are used
                    waiting |= {*module.offers.values()}
            waiting -= asked
        return asked

    def _named(self, name: str) -> list[_Module]:
        """Return the modules a dotted name leads to: the packages around it, and its own."""
        if name not in self._modules:
            parent, _, last = name.rpartition(".")
            around = self._named(parent) if parent else []
            if found := list(self._files(name)):
                found = [m for m in around if m.files[0].stem == "__init__"] + found
            else:  # a name in a module, or one a package loads when it is asked for
                homes = {m.offers[last] for m in around if m.name == parent and last in m.offers}
                found = around + [module for home in homes for module in self._named(home)]
            self._modules[name] = found
        return self._modules[name]

    def _files(self, name: str) -> Iterator[_Module]:
        for folder in self.folders:
            base = folder.joinpath(*name.split("."))
            for path in (base / "__init__.py", base.with_suffix(".py")):
                if path.is_file():
                    yield _read(path, name, folder)


def imported(tree: ast.Module, package: str = "") -> set[str]:
    """Return the names that code imports, in functions too, but not for type checkers alone.

    >>> sorted(imported(ast.parse("import os.path" + chr(10) + "from csv import reader, writer")))
    ['csv.reader', 'csv.writer', 'os.path']
    """
    names: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            with suppress(ImportError):  # beyond the top: whoever runs it will be told
                base = resolve_name("." * node.level + (node.module or ""), package)
                names |= {base if a.name == "*" else f"{base}.{a.name}" for a in node.names}
    return names


def _read(path: Path, name: str, folder: Path) -> _Module:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except SyntaxError:  # whoever imports it will be told, with the file and the line
        tree = ast.Module(body=[], type_ignores=[])
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    reads, table = _constant(tree, "READS", ()), _constant(tree, "_MODULES", {})
    pairs = ((module, name) for module, names in table.items() for name in names.split())
    offers = {name: f"{package}.{module or name}" for module, name in pairs}
    own = folder / name.partition(".")[0]
    found = [file for pattern in reads for file in folder.glob(pattern)]
    files = (path, *(file for file in found if file.is_relative_to(own)))
    return _Module(name, frozenset(imported(tree, package)), offers, files)


def _constant(tree: ast.Module, name: str, otherwise: Any) -> Any:
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == name:
            return ast.literal_eval(statement.value)
    return otherwise


def _statements(node: Any) -> Iterator[ast.stmt]:
    """Yield all statements below a node that can run."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, name, ()):
            if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
                yield child
                yield from _statements(child)
