"""A chapter as a step of the build: all it depends on, and how its results are made."""

from __future__ import annotations

import ast
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.executed import keep
from compendium.formatting import LANGUAGES
from compendium.nodes import FileNode
from compendium.notebooks import Chapter, read_before
from compendium.reuse import key_of, with_new_prose

if TYPE_CHECKING:
    from compendium.tasks import Graph

_RUNNER = ("compendium.engine",)


class ChapterStep:
    """A chapter of a build; its code is run only if more than its prose changed."""

    def __init__(self, graph: Graph, chapter: Chapter) -> None:
        self.graph = graph
        self.chapter = chapter
        self.project = graph.project
        self.name = f"chapter {chapter.number}"
        self.parameters = chapter.chosen(graph.project.parameters)
        self.before = read_before(chapter, graph.chapters)
        self.executed = graph.project.out / "notebooks" / chapter.path.name

    @cached_property
    def code(self) -> str:
        """The code without what Python cannot parse: IPython's magics, and cells that will fail."""
        return "\n".join(map(_python, (c.source for c in self.chapter.cells if c.kind == "code")))

    @property
    def inputs(self) -> list[Path]:
        """All files the results rest on, but for the lock, on which every step rests."""
        return [
            self.chapter.path,
            *self.graph.imports.closure(self.code, _RUNNER),
            *self.graph.tables(self.chapter),
            *(self.graph.values(other) for other in self.before),
            self.graph.checked,
        ]

    @property
    def products(self) -> list[Path | FileNode]:
        """All files it makes; its notebook also as the reports show it."""
        others = [self.project.out / name for name in self.chapter.produces]
        shown = [self.graph.shown(self.executed, lang) for lang in LANGUAGES]
        return [self.executed, *shown, self.graph.values(self.chapter), *others]

    def modules(self, *, at_once: bool) -> list[str]:
        """Return the modules of others that its kernel imports, or imports as it begins."""
        return self.graph.imports.outside(self.code, at_once=at_once)

    def needs_kernel(self) -> bool:
        """Whether the code must run, as far as can be told before the step's turn."""
        return bool(self.chapter.produces) or not self.graph.runs.holds(
            self.chapter, self._key(), self.graph.node(self.executed).state()
        )

    def run(self) -> bool:
        """Make the results, from the last run's if the prose alone changed; return if code ran."""
        key = self._key()
        notebook = None
        if not self.needs_kernel():
            notebook = with_new_prose(self.chapter.path, self.executed)
        if notebook is None:
            self._run_code()
        else:
            keep(notebook, self.chapter, self.project)
            self.graph.progress.no_code(self.name)
        self.graph.runs.note(self.chapter, key, self.graph.node(self.executed).state())
        return notebook is None

    def _key(self) -> str:
        others = [*self.inputs[1:], *self.graph.lock()]
        states = [(self.project.relative(path), self.graph.node(path).state()) for path in others]
        return key_of(self.chapter, states, repr(self.parameters))

    def _run_code(self) -> None:
        from compendium.engine import run_chapter

        server = self.graph.server
        run_chapter(
            self.chapter,
            self.project,
            self.parameters,
            declared={
                "EVALLIB_TABLES": ",".join(self.chapter.tables),
                "COMPENDIUM_READS": ",".join(other.label for other in self.before),
            },
            progress=partial(self.graph.progress.cell, self.name),
            fork=partial(server.fork, modules=self.modules(at_once=True)) if server else None,
        )


def _python(source: str) -> str:
    lines = source.splitlines()
    plain = "\n".join("" if line.lstrip()[:1] in ("%", "!") else line for line in lines)
    try:
        ast.parse(plain)
    except SyntaxError:
        return ""
    return plain
