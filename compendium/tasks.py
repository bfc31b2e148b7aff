"""The build as a graph: stand-in study, data check, chapters, reports; each with all its inputs.

A step runs when a byte of its inputs changed, and only then. A chapter's inputs are its notebook,
its parameters, the tables it declares, the modules it imports with the files they read, the sorted
list of these names (so that a deleted module shows), and the lock of the environment. The values
file holds content alone, so a chapter that computes the same again wakes no other.
"""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytask import PNode, TaskWithoutPath

from compendium.errors import BuildError, ParameterError, nearest
from compendium.imports import Imports
from compendium.notebooks import Chapter, read_before, read_chapters, run_order
from compendium.project import ROOT, Project

STANDIN_FILES = (
    "participants.csv", "dream.csv", "survey.csv", "milestones.csv", "elements.csv",
    "fidelity.csv", "study.toml",
)  # fmt: skip
_RUNNER = ("compendium.engine",)
_RENDERERS = {"html": "compendium.report_html", "pdf": "compendium.report_pdf"}
Report = Callable[[str, int, int], None]


@dataclass(kw_only=True)
class Named(PNode):
    """A node pytask knows by its name alone: a file's place, or a constant's task, may change."""

    name: str
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """What pytask knows the node by."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def save(self, value: Any) -> None:
        """Refuse: steps write their files themselves."""
        raise NotImplementedError(f"{self.name} is written by its step, not {value!r}")


@dataclass(kw_only=True)
class Constant(Named):
    """A list of texts, such as the names of a step's inputs."""

    value: tuple[str, ...]

    def state(self) -> str:
        """Return the hash of the texts."""
        return hashlib.sha256(repr(self.value).encode()).hexdigest()

    def load(self, is_product: bool = False) -> tuple[str, ...]:  # noqa: ARG002  # pytask's
        """Return the texts."""
        return self.value


@dataclass(kw_only=True)
class FileNode(Named):
    """A file known by its bytes and by its name in the project, wherever the project lies.

    Pytask's own node trusts the modification time, which an edit can keep; reading is remembered by
    the time of the inode's change too, which it cannot.
    """

    file: Path  # not `path`: pytask would name a node with one by its place
    _seen: dict[tuple[int, ...], str] = field(default_factory=dict, repr=False)

    def state(self) -> str | None:
        """Return the hash of the file's bytes, None if there is no file."""
        try:
            stat = self.file.stat()
        except OSError:
            return None
        key = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if key not in self._seen:
            with self.file.open("rb") as file:
                self._seen[key] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._seen[key]

    def load(self, is_product: bool = False) -> Path:  # noqa: ARG002  # pytask's signature
        """Return the path."""
        return self.file


class Graph:
    """Makes the tasks of a project; `tell(step, done, total)` is called as cells begin."""

    def __init__(self, project: Project, tell: Report) -> None:
        self.project = project
        self.tell = tell
        self.nodes: dict[Path, FileNode] = {}
        self.imports = Imports((project.root, ROOT), self.state / "imports.json")
        self.all_chapters = read_chapters(project.notebooks)
        self.chapters = run_order(_wanted(project, self.all_chapters))

    @property
    def state(self) -> Path:
        """The folder of the build's own memory."""
        return self.project.out / ".build"

    def tasks(self) -> list[TaskWithoutPath]:
        """Return all tasks of this run."""
        made = [self._standin()] if self.project.makes_standin else []
        made.append(self._check())
        made += [self._chapter(chapter) for chapter in self.chapters]
        made += [self._render(lang, kind) for lang in self.project.languages for kind in _RENDERERS]
        self.imports.remember()
        return made

    def report(self, lang: str, kind: str) -> Path:
        """The path of a report."""
        return self.project.out / "report" / lang / f"report.{kind}"

    def _standin(self) -> TaskWithoutPath:
        inputs = self.imports.closure("", ["standin"])
        inputs += sorted(p for p in (self.project.root / "standin").rglob("*.toml"))

        def make(**_: object) -> None:
            script = "import sys, pathlib, standin; standin.make(pathlib.Path(sys.argv[1]))"
            command = [sys.executable, "-c", script, str(self.project.data)]
            done = subprocess.run(
                command, env=self.project.environment(), capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise BuildError(f"the stand-in study could not be made:\n{done.stderr.strip()}")

        return self._task("stand-in study", make, inputs, self._data_files())

    def _check(self) -> TaskWithoutPath:
        module, _, name = self.project.validator.partition(":")
        inputs = self.imports.closure("", [module])
        passed = self.state / "data-checked"

        def check(**_: object) -> None:
            if str(self.project.root) not in sys.path:
                sys.path.insert(0, str(self.project.root))
            getattr(importlib.import_module(module), name)(self.project.data)
            passed.write_text("ok\n", "utf-8")

        return self._task("data check", check, [*inputs, *self._data_files()], [passed])

    def _chapter(self, chapter: Chapter) -> TaskWithoutPath:
        project = self.project
        code = "\n".join(cell.source for cell in chapter.cells if cell.kind == "code")
        before = read_before(chapter, self.chapters)
        parameters = chapter.chosen(project.parameters)
        inputs = [
            chapter.path,
            *self.imports.closure(_python(code), _RUNNER),
            *self._tables(chapter),
            *(self._values(other) for other in before),
            self.state / "data-checked",
        ]

        def run(**_: object) -> None:
            from compendium.engine import run_chapter

            run_chapter(
                chapter,
                project,
                parameters,
                lambda i, n: self.tell(f"chapter {chapter.number}", i, n),
            )

        products = [project.out / "notebooks" / chapter.path.name, self._values(chapter)]
        products += [project.out / name for name in chapter.produces]
        return self._task(f"chapter {chapter.number}", run, inputs, products, repr(parameters))

    def _render(self, lang: str, kind: str) -> TaskWithoutPath:
        notebooks = [self.project.out / "notebooks" / c.path.name for c in self.chapters]
        about = self._about()
        inputs = self.imports.closure("", [_RENDERERS[kind]])
        templates = sorted(p for p in (ROOT / "compendium" / "templates").rglob("*") if p.is_file())

        def render(**_: object) -> None:
            from compendium.exporters import write_report

            write_report(notebooks, about(), lang, kind, self.report(lang, kind))

        files = [*notebooks, *inputs, *templates, *self._sheets()]
        step = f"report {lang} {kind}"
        return self._task(
            step, render, files, [self.report(lang, kind)], repr(self.project.languages)
        )

    def _about(self) -> Callable[[], Any]:
        """Return a function that reads the title page; the stand-in study is made by then."""

        def about() -> Any:
            from compendium.document import About

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

        return about

    def _sheets(self) -> list[Path]:
        known = (self.project.root / "data" / "evaluation.toml", self.project.data / "study.toml")
        return [path for path in known if path.is_file() or path in self._data_files()]

    def _data_files(self) -> list[Path]:
        if self.project.makes_standin:
            return [self.project.data / name for name in STANDIN_FILES]
        return sorted(path for path in self.project.data.glob("*") if path.is_file())

    def _tables(self, chapter: Chapter) -> list[Path]:
        names = {*chapter.tables, "study"} if chapter.tables else set()
        return [path for path in self._data_files() if path.stem in names]

    def _values(self, chapter: Chapter) -> Path:
        return self.project.out / chapter.values_file

    def _task(
        self,
        name: str,
        function: Callable[..., None],
        inputs: Iterable[Path],
        products: Iterable[Path],
        choice: str = "",
    ) -> TaskWithoutPath:
        paths = sorted({*inputs, *self._lock()})
        names = tuple(self.project.relative(path) for path in paths)
        constant = Constant(name=f"{name}: list of inputs", value=(*names, choice))
        files = {f"input{i}": self._node(path) for i, path in enumerate(paths)}
        made = {f"product{i}": self._node(path) for i, path in enumerate(products)}
        return TaskWithoutPath(
            name=name, function=function, depends_on={**files, "names": constant}, produces=made
        )

    def _lock(self) -> list[Path]:
        lock = self.project.root / "requirements.lock"
        return [lock] if lock.is_file() else []

    def _node(self, path: Path) -> FileNode:
        if path not in self.nodes:
            self.nodes[path] = FileNode(name=self.project.relative(path), file=path)
        return self.nodes[path]


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


def _python(source: str) -> str:
    """Return code cells without IPython's magics, which Python cannot parse."""
    return "\n".join(
        "" if line.lstrip()[:1] in ("%", "!") else line for line in source.splitlines()
    )
