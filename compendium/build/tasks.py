"""The build as a graph: stand-in study, data check, chapters, reports; each with all its inputs.

A step runs when a byte of its inputs changed, or one is new or gone, and only then. A chapter's
inputs are its notebook, its parameters, the tables it declares, the values it reads, the modules it
imports with the files they read, the lock of the environment and its Python. The values file holds
content alone, so a chapter that computes the same again wakes no other.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from compendium.build.chapters import ChapterStep
from compendium.build.imports import Imports
from compendium.build.memory import Memory
from compendium.build.nodes import Changes, FileNode, InLanguage, Node, Task, Text
from compendium.build.progress import Progress
from compendium.chapter.formatting import LANGUAGES
from compendium.errors import BuildError, ParameterError, nearest
from compendium.files import write
from compendium.project import ROOT, Project
from compendium.report.document import RENDERERS, About, read_document, render
from compendium.run import datacheck
from compendium.run.forkserver import Forked, ForkServer, can_fork
from compendium.run.notebooks import Chapter, read_before, read_chapters, run_order

STANDIN_FILES = (
    "participants.csv", "dream.csv", "survey.csv", "milestones.csv", "elements.csv",
    "fidelity.csv", "study.toml",
)  # fmt: skip
STANDIN, CHECK = "stand-in study", "data check"
PYTHON = sys.version


class Graph:
    """Makes the tasks of a project."""

    def __init__(self, project: Project, progress: Progress) -> None:
        self.project = project
        self.progress = progress
        self.memory = Memory(project.memory / "steps.json")
        self.memory.borrow(Memory(project.full_memory / "steps.json"), (STANDIN, CHECK))
        self.nodes: dict[str, FileNode] = {}
        folders = (project.root, project.notebooks, ROOT)
        self.imports = Imports(folders, project.memory / "imports.json")
        self.chapters = run_order(_wanted(project, read_chapters(project.notebooks)))
        self.checked = project.full_memory / "data-checked"
        self.steps = [ChapterStep(self, chapter) for chapter in self.chapters]
        engine = ["compendium.run.engine"]
        self.importing = threading.Thread(target=importlib.import_module, args=engine)
        can = can_fork()
        self.modules: list[str] = []
        self.server = ForkServer(project.environment(), project.notebooks) if can else None

    @property
    def expected(self) -> dict[str, float]:
        """Seconds each step took when it last ran, of those that did."""
        return {step: run.seconds for step, run in self.memory.runs.items()}

    def tasks(self) -> list[Task]:
        """Return all tasks of this run, each after those it rests on."""
        made = [self._standin()] if self.project.makes_standin else []
        made.append(self._check())
        for step in self.steps:
            task = self._task(step.name, step.run, step.inputs, step.products)
            made.append(replace(task, notebook=step.chapter.path, parameters=step.values))
        made += [self._render(lang, kind) for lang in self.project.languages for kind in RENDERERS]
        return made

    def weights(self, tasks: Iterable[Task]) -> dict[str, float]:
        """Return what each step is known, or else likely, to take; the heaviest start first."""
        cells = {f"chapter {chapter.number}": len(chapter.cells) / 5 for chapter in self.chapters}
        known = self.expected
        return {t.name: known.get(t.name, cells.get(t.name, 1.0)) for t in tasks}

    def warm_up(self, tasks: Mapping[str, Task]) -> None:
        """Begin to import what chapters need whose code will run, while the steps before them run.

        If the stand-in study is made anew, all tables may be others, and all chapters run. If the
        data check comes first, it is not kept waiting: the imports begin behind its back.
        """
        changes = {name: self.memory.changes(task) for name, task in tasks.items()}
        anew = bool(changes.get(STANDIN))
        waiting = [s for s in self.steps if anew or s.needs_kernel(changes[s.name])]
        if not waiting:
            return
        self.importing.start()  # papermill takes a second to import; meanwhile others do the work
        alone = len(waiting) == 1  # several chapters share what functions import later
        self.modules = sorted({name for s in waiting for name in s.modules(at_once=alone)})
        if self.server is not None and (anew or not changes[CHECK]):
            self.server.prepare(self.modules)

    def close(self) -> None:
        """End what was started for this run, and what still runs of it."""
        if self.importing.is_alive():  # half a module has no functions to call
            self.importing.join()
        if engine := sys.modules.get("compendium.run.engine"):  # not loaded if no chapter ran
            engine.stop_all()
        if self.server is not None:
            self.server.close()

    def report(self, lang: str, kind: str) -> Path:
        """The path of a report."""
        return self.project.out / "report" / lang / f"report.{kind}"

    def _standin(self) -> Task:
        inputs = self.imports.closure("", ["standin"])
        inputs += sorted(p for p in (self.project.root / "standin").rglob("*.toml"))

        def make(_: Changes) -> None:
            script = "import sys, pathlib, standin; standin.make(pathlib.Path(sys.argv[1]))"
            command = [sys.executable, "-c", script, str(self.project.data)]
            done = subprocess.run(
                command, env=self.project.environment(), capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise BuildError(f"the stand-in study could not be made:\n{done.stderr.strip()}")

        return self._task(STANDIN, make, inputs, self._standin_files())

    def _check(self) -> Task:
        module = self.project.validator.partition(":")[0]
        inputs = [*self.imports.closure("", [module]), Path(datacheck.__file__)]

        def check(_: Changes) -> None:
            fork = partial(self._fork_check, self.server) if self.server else None
            datacheck.run(self.project, fork)
            write(self.checked, "ok\n")

        return self._task(CHECK, check, [*inputs, *self._data_files()], [self.checked])

    def _fork_check(
        self, server: ForkServer, arguments: list[str], environment: dict[str, str]
    ) -> Forked:
        module = self.project.validator.partition(":")[0]
        needed = self.imports.outside(f"import {module}", at_once=False)
        forked = server.fork(arguments, environment, needed)
        if self.modules:
            server.prepare(self.modules)
        return forked

    def _render(self, lang: str, kind: str) -> Task:
        notebooks = [self.project.out / "notebooks" / c.path.name for c in self.chapters]
        inputs: list[Path | Node] = [self.shown(path, lang) for path in notebooks]
        inputs += self.imports.closure("", [RENDERERS[kind]])
        inputs += [*self._sheets(), Text("languages", repr(self.project.languages))]

        def make(_: Changes) -> None:
            document = read_document(notebooks, self._about())
            write(self.report(lang, kind), render(document, lang, kind))

        return self._task(f"report {lang} {kind}", make, inputs, [self.report(lang, kind)])

    def _about(self) -> About:
        path = self.project.root / "data" / "evaluation.toml"
        study = tomllib.loads(path.read_text("utf-8"))["study"]
        texts = {name: study.get(name, "") for name in ("commissioner", "author", "published")}
        return About(
            title=study["title"],
            standin=bool(self.project.sheet.get("standin")),
            choices=self.project.choices,
            languages=self.project.languages,
            **texts,
        )

    def _sheets(self) -> list[Path]:
        known = (self.project.root / "data" / "evaluation.toml", self.project.data / "study.toml")
        return [path for path in known if path.is_file() or path in self._data_files()]

    def _data_files(self) -> list[Path]:
        there = {path for path in self.project.data.glob("*") if path.is_file()}
        return sorted(there | set(self._standin_files()))

    def _standin_files(self) -> list[Path]:
        names = STANDIN_FILES if self.project.makes_standin else ()
        return [self.project.data / name for name in names]

    def tables(self, chapter: Chapter) -> list[Path]:
        """Return the files of the study a chapter declares."""
        names = {*chapter.tables, "study"}  # every figure asks study.toml whether to say stand-in
        return [path for path in self._data_files() if path.stem.lower() in names]

    def values(self, chapter: Chapter) -> Path:
        """Return the file of what a chapter records."""
        return self.project.out / chapter.values_file

    def _task(
        self,
        name: str,
        work: Callable[[Changes], object],
        inputs: Iterable[Path | Node],
        products: Iterable[Path | FileNode],
    ) -> Task:
        things = [*inputs, *self._environment()]
        nodes = [thing if isinstance(thing, Text) else self.node(thing) for thing in things]
        taken = {node.name: node for node in nodes}
        made = {node.name: node for node in map(self.node, products)}
        return Task(name, work, taken, made)

    def _environment(self) -> list[Path | Node]:
        lock = self.project.root / "requirements.lock"
        return [Text("Python", PYTHON), *([lock] if lock.is_file() else [])]

    def node(self, file: Path | FileNode) -> FileNode:
        """Return the one node of a file."""
        if isinstance(file, FileNode):
            return file
        name = self.project.relative(file)
        return self.nodes.setdefault(name, FileNode(name, file))

    def shown(self, executed: Path, lang: str) -> FileNode:
        """Return the node of what a report in a language shows of an executed notebook."""
        name = f"{self.project.relative(executed)} ({lang})"
        other = next(language for language in LANGUAGES if language != lang)
        return self.nodes.setdefault(name, InLanguage(name, executed, other=other))


def _wanted(project: Project, chapters: list[Chapter]) -> list[Chapter]:
    """Return the chapters of this run: all, or those asked for and those they read."""
    _check_parameters(project, chapters)
    if not project.chapters:
        return chapters
    known = {chapter.number: chapter for chapter in chapters}
    for number in project.chapters:
        if number not in known:
            there = ", ".join(map(str, sorted(known)))
            raise ParameterError(f"there is no chapter {number}; the chapters are {there}")
    wanted: set[int] = set()
    waiting = list(project.chapters)
    while waiting:
        number = waiting.pop()
        if number not in wanted:
            wanted.add(number)
            waiting += [other.number for other in read_before(known[number], chapters)]
    return [chapter for chapter in chapters if chapter.number in wanted]


def _check_parameters(project: Project, chapters: list[Chapter]) -> None:
    """Check names and values of all given parameters before anything starts."""
    asked = [c for c in chapters if not project.chapters or c.number in project.chapters]
    names = {name for chapter in asked for name in chapter.parameters}
    for name in project.parameters:
        if name not in names:
            where = "this chapter has" if project.chapters else "any chapter has"
            raise ParameterError(f"`{name}` is no parameter {where}; {nearest(name, names)}")
    for chapter in asked:
        chapter.chosen(project.parameters)
