"""A chapter as a step of the build: all it depends on, and how its results are made."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.build.nodes import Changes, FileNode, Node, Text
from compendium.build.reuse import with_new_prose
from compendium.chapter.formatting import LANGUAGES
from compendium.run.executed import keep
from compendium.run.notebooks import Chapter, read_before

if TYPE_CHECKING:
    from compendium.build.tasks import Graph

_RUNNER = ("compendium.build.chapters",)


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
        return "\n".join(cell.plain for cell in self.chapter.code if cell.is_python)

    @property
    def values(self) -> dict[str, Any]:
        """What its parameters are in this run, as chosen or by default."""
        defaults = {name: p.default for name, p in self.chapter.parameters.items()}
        return defaults | self.parameters

    @property
    def inputs(self) -> list[Path | Node]:
        """All that the results rest on, but for the environment, on which every step rests."""
        name = self.project.relative(self.chapter.path)
        chapter = self.chapter
        cells = [(c.id, c.tags, c.source) for c in chapter.code]
        declared = (chapter.tables, chapter.after, chapter.produces, chapter.records)
        return [
            self.chapter.path,
            Text(f"code of {name}", repr(cells)),
            Text(f"what {name} declares", repr(declared)),
            Text(f"parameters of {name}", repr(self.parameters)),
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

    def needs_kernel(self, changes: Changes) -> bool:
        """Whether more changed since the last run than the notebook beside its code."""
        return bool(changes) and set(changes) != {self.project.relative(self.chapter.path)}

    def run(self, changes: Changes) -> bool:
        """Make the results, from the last run's if the prose alone changed; return if code ran."""
        notebook = None
        if not self.needs_kernel(changes):
            notebook = with_new_prose(self.chapter.path, self.executed)
        if notebook is None:
            self._run_code()
        else:
            keep(notebook, self.chapter, self.project)
            self.graph.progress.no_code(self.name)
        return notebook is None

    def _run_code(self) -> None:
        from compendium.run.engine import run_chapter

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
