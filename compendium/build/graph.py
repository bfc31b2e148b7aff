"""The build as a graph: stand-in study, data check, chapters, notebooks and reports.

A step runs when a byte of its inputs changed, or one is new or gone, and only then. A chapter's
inputs are its notebook, its parameters, the tables it declares, the values it reads, the modules it
imports with the files they read, the definitions in data/, the translations that are drawn in its
figures, the lock of the environment and its Python. The values file holds content alone, so a
chapter that computes the same again wakes no other. Notebooks and reports in a language rest on the
executed chapters, and on that language's catalogues: a translated sentence runs no code.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from compendium.build.beginning import find_faults, make_standin
from compendium.build.imports import Imports, imported
from compendium.build.progress import Progress
from compendium.build.sources import CLAIMS, Sources
from compendium.build.steps import Changes, Fact, File, Memory, Step, digest
from compendium.chapter.catalogue import SOURCE, catalogue_path, entries
from compendium.chapter.formatting import LANGUAGES
from compendium.chapter.inline import BIBLIOGRAPHY
from compendium.editing.messages import drawn
from compendium.editing.translate import OTHERS
from compendium.files import write
from compendium.provenance.record import commit
from compendium.report.colophon import Colophon
from compendium.report.document import (
    EXHIBITS,
    METHODS,
    RENDERERS,
    About,
    Document,
    read_document,
    read_study,
    render,
)
from compendium.report.kept import Kept
from compendium.report.tools import left_out
from compendium.run import datacheck
from compendium.run.executed import keep
from compendium.run.kernels import Kernels
from compendium.run.notebooks import Chapter, read_before, read_chapters, run_order, wanted
from compendium.run.reuse import with_new_prose
from compendium.workspace import ROOT, Workspace
from evallib.study.contract import BASIS, SHEET, is_standin

STANDIN, CHECK, PROSE = "stand-in study", "data check", "prose check"
PYTHON = sys.version
CITATION = "CITATION.cff"
_RUN = ("compendium.run.engine", "compendium.run.reuse", "compendium.chapter.exhibits")
_EDITIONS = ("compendium.report.editions", "compendium.report.notebooks")

Inputs = Iterable[Path | Fact]


class Graph:
    """Makes the steps of a workspace; what one `before` it has read and started serves it, too."""

    def __init__(
        self, workspace: Workspace, progress: Progress, before: Graph | None = None
    ) -> None:
        self.workspace = workspace
        self.progress = progress
        self.memory = Memory(workspace.memory / "steps.json")
        self.memory.borrow(Memory(workspace.full_memory / "steps.json"), (STANDIN, CHECK))
        self.files: dict[Path, File] = before.files if before else {}
        folders = (workspace.root, workspace.notebooks, ROOT)
        self.imports: Imports = before.imports if before else Imports(folders)
        self.taken: dict[Path, tuple[Chapter, frozenset[str], list[str]]] = (
            before.taken if before else {}
        )
        self.study = read_study(workspace.root)
        self.all_chapters = read_chapters(workspace.notebooks)
        chosen = wanted(self.all_chapters, workspace.chapters, workspace.parameters)
        self.chapters = run_order(chosen)
        self.sources = Sources(workspace, self.all_chapters)
        self.checked = workspace.full_memory / "data-checked"
        self.kernels: Kernels = before.kernels if before else Kernels(workspace)
        self.beginning, self.begun = threading.Lock(), False  # whether a step has begun to work
        self.stopped = False  # no other step is to begin

    def chapter_steps(self) -> list[Step]:
        """Return the chapters' steps, after those of the study."""
        made = [self._standin()] if self.workspace.makes_standin else []
        return [*made, self._check(), *map(self._chapter, self.chapters)]

    def steps(self) -> list[Step]:
        """Return all steps of this run, each after those it rests on."""
        made = self.chapter_steps()
        made.insert(-len(self.chapters), self._prose())
        known = self._colophon(made)
        for lang in self.workspace.languages:
            kinds = (kind for kind in RENDERERS if kind not in left_out())
            made += [self._notebooks(lang), *(self._report(lang, kind, known) for kind in kinds)]
            made += [self._methods(lang)] if "pages" not in left_out() else []
        return made

    def _colophon(self, steps: Sequence[Step]) -> Colophon:
        """Return what reports say of their making; translations compute nothing."""
        made = {name for step in steps for name in step.products}
        taken = {n: t for step in steps for n, t in step.inputs.items() if n not in made}
        files = {name: thing for name, thing in taken.items() if isinstance(thing, File)}
        used: dict[str, list[int]] = {}
        for step, chapter in zip(steps[-len(self.chapters) :], self.chapters, strict=True):
            for name, value in step.parameters.items():
                used.setdefault(f"{name} = {value}", []).append(chapter.number)
        facts = commit(self.workspace.root, self.workspace.out)
        changed = facts[-1]["value"]
        return Colophon(
            citation=self.workspace.shared(CITATION),
            inputs=digest(t for n, t in files.items() if not n.endswith(".po")),
            data="",  # as they are when the report is written: the stand-in study may be made first
            commit="" if changed else facts[0]["value"],
            parameters="; ".join(
                f"`{t}` ({', '.join(map(str, sorted(n)))})" for t, n in sorted(used.items())
            ),
        )

    @property
    def expected(self) -> dict[str, float]:
        """Seconds each step took when it last ran, of those that did."""
        return {step: run.seconds for step, run in self.memory.runs.items()}

    def weights(self, steps: Iterable[str]) -> dict[str, float]:
        """Return what each step is known, or else likely, to take; the heaviest start first."""
        cells = {f"chapter {chapter.number}": len(chapter.cells) / 5 for chapter in self.chapters}
        known = self.expected
        return {name: known.get(name, cells.get(name, 1.0)) for name in steps}

    def warm_up(self, steps: Mapping[str, Step]) -> None:
        """Begin to import what chapters need whose code will run, while the steps before them run.

        If the stand-in study is made anew, all tables may be others, and all chapters run.
        """
        anew = STANDIN in steps and self.memory.changes(steps[STANDIN])
        waiting = [
            chapter
            for chapter in self.chapters
            if anew or self._runs_code(chapter, self.memory.changes(steps[_name(chapter)]))
        ]
        if waiting:
            names = {name for chapter in waiting for name in self._imported(chapter)}
            self.kernels.warm_up(self.imports.outside(names))

    def executed(self, chapter: Chapter) -> Path:
        """The path of a chapter as run."""
        return self.workspace.out / "executed" / chapter.path.name

    def _standin(self) -> Step:
        inputs = self.imports.closure(["standin"])
        inputs += sorted((self.workspace.root / "standin").glob("*.toml"))
        inputs += sorted((self.workspace.root / "data" / CLAIMS).glob("claims.csv"))
        return self._step(
            STANDIN, lambda _: make_standin(self.workspace), inputs, self.sources.standin()
        )

    def _check(self) -> Step:
        names = [datacheck.__name__]
        inputs = [*self.imports.closure(names), *self.sources.definitions(), *self.sources.tables()]

        def check(_: Changes) -> None:
            fork = self.kernels.fork(self.imports.outside(names))
            told = datacheck.run(self.workspace, fork)
            write(self.workspace.full_memory / datacheck.NOTES, told)
            write(self.checked, "ok\n")

        return self._step(CHECK, check, inputs, [self.checked])

    def _prose(self) -> Step:
        """What an editor would find in the chapters; a draft is built all the same."""
        inputs: list[Path | Fact] = [
            *self.imports.closure(["compendium.editing.check"]),
            *self.sources.edited(),
            Fact("chapters of this run", repr([c.name for c in self.chapters])),
            Fact("draft", repr(self.workspace.draft)),
            Fact("languages", repr(self.workspace.languages)),
        ]
        told = self.workspace.memory / "chapters-checked"

        def check(_: Changes) -> None:
            find_faults(self.all_chapters, self.chapters, self.workspace, self.progress.warn)
            write(told, "ok\n")

        return self._step(PROSE, check, inputs, [told])

    def _chapter(self, chapter: Chapter) -> Step:
        """A chapter, with all that its results rest on."""
        name = self.workspace.relative(chapter.path)
        chosen = chapter.chosen(self.workspace.parameters)
        cells = [(c.id, c.tags, c.source) for c in chapter.code]
        declared = (
            chapter.tables, chapter.after, chapter.produces, chapter.records, chapter.language,
        )  # fmt: skip
        modules = self.imports.closure(self._imported(chapter))
        claims = any(path.parent.name == "claims" for path in modules)
        used = {*chapter.tables, Path(SHEET).stem, Path(BASIS).stem}  # every number asks for both
        inputs: list[Path | Fact] = [
            chapter.path,
            Fact(f"code of {name}", repr(cells)),
            Fact(f"what {name} declares", repr(declared)),
            Fact(f"parameters of {name}", repr(chosen)),
            Fact(f"translations in figures of {name}", repr(self._translations(chapter))),
            *modules,
            *self.sources.definitions(claims=claims),
            *(path for lang in LANGUAGES for path in self.sources.catalogues(lang)),
            *(path for path in self.sources.tables() if datacheck.spoken_of(path) in used),
            *map(self._values, read_before(chapter, self.chapters)),
            Fact("release", self.workspace.release),
            *self.workspace.decided(judges="*" in chapter.after),
            self.checked,
        ]
        others = [self.workspace.out / file for file in chapter.produces]
        products = [self.executed(chapter), self._values(chapter), *others]
        step = self._step(_name(chapter), partial(self._run, chapter, chosen), inputs, products)
        defaults = {name: p.default for name, p in chapter.parameters.items()}
        parameters = defaults | chosen
        return replace(step, notebook=chapter.path, parameters=parameters, after=(PROSE,))

    def _run(self, chapter: Chapter, chosen: Mapping[str, Any], changes: Changes) -> bool:
        """Make a chapter's results, from the last run's if prose alone changed; did code run?"""
        prose_alone = not self._runs_code(chapter, changes)
        if prose_alone and (made := with_new_prose(chapter.path, self.executed(chapter))):
            keep(made, chapter, self.workspace)
            return False
        from compendium.run.engine import run_chapter

        run_chapter(
            chapter,
            self.workspace,
            chosen,
            after=[other.label for other in read_before(chapter, self.chapters)],
            progress=partial(self.progress.cell, _name(chapter)),
            fork=self.kernels.fork(self.imports.outside(self._imported(chapter))),
        )
        return True

    def _notebooks(self, lang: str) -> Step:
        """The chapters as notebooks for readers, and these as pages."""
        folder, name = self.workspace.out / "notebooks" / lang, f"notebooks {lang}"
        executed = [self.executed(chapter) for chapter in self.chapters]

        def make(_: Changes) -> None:
            from compendium.report.notebooks import write_notebooks

            kept = self._kept(name, (path for path in inputs if path not in executed))
            write_notebooks(self.document(lang), executed, folder, kept, pages=pages)
            kept.sweep()

        paths = [folder / chapter.path.name for chapter in self.chapters]
        pages = "pages" not in left_out()
        products = [*paths, *(path.with_suffix(".html") for path in paths if pages)]
        inputs = [*self._said(lang, *_EDITIONS), Fact("languages", repr(self.workspace.languages))]
        return self._step(name, make, inputs, products)

    def _report(self, lang: str, kind: str, known: Colophon) -> Step:
        path = self.workspace.out / "report" / lang / f"report.{kind}"
        name, links = f"report {lang} {kind}", RENDERERS[kind] == RENDERERS["html"]
        inputs = [
            *self._said(lang, RENDERERS[kind]),
            *([Fact("languages", repr(self.workspace.languages))] if links else ()),
            Fact("colophon", repr(replace(known, citation=Path(CITATION)))),
            known.citation,
            *self.sources.tables(),
        ]
        listed = path.with_name(EXHIBITS)

        def make(_: Changes) -> None:
            kept = self._kept(name, self.imports.closure([RENDERERS[kind]]))
            document = self.document(lang, known)
            write(path, render(document, kind, kept))
            kept.sweep()
            if kind == "html":
                from compendium.report.exhibits import to_csv

                write(listed, to_csv(document))

        made = [path, listed] if kind == "html" else [path]
        return self._step(name, make, inputs, made)

    def _kept(self, step: str, rests_on: Inputs) -> Kept:
        """Return what is kept of a step's last run: pieces, which rest on these files and facts."""
        lock = self.workspace.shared("requirements.lock")
        paths = (thing for thing in (*rests_on, lock) if isinstance(thing, Path))
        return Kept(self.workspace.memory / "kept" / step, digest(map(self._file, paths)))

    def _methods(self, lang: str) -> Step:
        """The page of methods, which is the same whatever the chapters show."""
        path = self.workspace.out / "report" / lang / METHODS

        def make(_: Changes) -> None:
            from compendium.report.methods import methods_page

            root, title = self.workspace.root, self.study["title"][lang]
            write(path, methods_page(Document(self.about(), lang, title, (), root)))

        inputs: list[Path | Fact] = [
            *self.imports.closure(["compendium.report.methods"]),
            *(ROOT / "evallib").rglob("*.py"),
            *self.sources.catalogues(lang),
            *ROOT.glob(BIBLIOGRAPHY),
            *self.sources.sheet(),
            self.workspace.root / "data" / "evaluation.toml",
            Fact("languages", repr(self.workspace.languages)),
            Fact("draft", repr(self.workspace.draft)),
            Fact("release", self.workspace.release),
        ]
        return replace(self._step(f"methods {lang}", make, inputs, [path]), after=(CHECK,))

    def _said(self, lang: str, *modules: str) -> list[Path | Fact]:
        """What notebooks and reports in a language rest on; `modules` make them."""
        data = self.workspace.root / "data"
        return [
            *map(self.executed, self.chapters),
            *self.imports.closure(modules),
            *self.sources.catalogues(lang, self.chapters),
            *(self.sources.definitions() if lang != SOURCE else ()),
            *(data / CLAIMS).glob("*.csv"),  # numbers are shown beside what they answer
            data / "evaluation.toml",
            *self.workspace.root.glob(BIBLIOGRAPHY),
            *self.sources.sheet(),
            Fact("draft", repr(self.workspace.draft)),
        ]

    def about(self, known: Colophon | None = None) -> About:
        """Return what the title page says."""
        study = self.study
        texts = {name: study.get(name, "") for name in ("commissioner", "author", "published")}
        return About(
            title=study["title"][SOURCE],
            standin=is_standin(self.workspace.data),
            choices=self.workspace.choices,
            draft=self.workspace.draft,
            released=bool(self.workspace.release),
            languages=self.workspace.languages,
            colophon=known and replace(known, data=digest(map(self._file, self.sources.tables()))),
            routes=study["routes"],
            **texts,
        )

    def document(self, lang: str, known: Colophon | None = None) -> Document:
        """Return the report as it stands: the chapters that have run."""
        paths = filter(Path.is_file, map(self.executed, self.chapters))
        return read_document(paths, self.about(known), lang, self.workspace.root)

    def _translations(self, chapter: Chapter) -> dict[str, dict[str, Any]]:
        """The translations a chapter's figures and cells show, which its kernel must know."""
        found = {}
        for lang in () if chapter.language else OTHERS:
            known = entries(catalogue_path(self.workspace.root, lang, chapter.name))
            found[lang] = {text: known.get(text) for text in self._taken(chapter)[1]}
        return found

    def _imported(self, chapter: Chapter) -> frozenset[str]:
        """What a chapter imports and what runs it, but for cells that Python cannot parse."""
        return self._taken(chapter)[0]

    def _taken(self, chapter: Chapter) -> tuple[frozenset[str], list[str]]:
        """What its code names: imports, and texts that its figures and cells show."""
        if self.taken.get(chapter.path, (None,))[0] != chapter:
            plain = tuple(c for c in chapter.cells if c.kind != "code" or c.is_python)
            trees = (cell.tree for cell in plain if cell.kind == "code")
            names = frozenset(_RUN).union(*map(imported, trees))
            texts = sorted({entry.text for entry in drawn(replace(chapter, cells=plain))})
            self.taken[chapter.path] = (chapter, names, texts)
        _, names, texts = self.taken[chapter.path]
        return names, texts

    def _runs_code(self, chapter: Chapter, changes: Changes) -> bool:
        """Whether more changed since the last run than the notebook beside its code."""
        return bool(changes) and set(changes) != {self.workspace.relative(chapter.path)}

    def _values(self, chapter: Chapter) -> Path:
        return self.workspace.out / chapter.values_file

    def _step(
        self, name: str, work: Callable[[Changes], object], inputs: Inputs, products: Iterable[Path]
    ) -> Step:
        common = (Fact("Python", PYTHON), self.workspace.shared("requirements.lock"))
        things = [t if isinstance(t, Fact) else self._file(t) for t in (*inputs, *common)]
        made = map(self._file, products)
        return Step(name, work, {t.name: t for t in things}, {file.name: file for file in made})

    def _file(self, path: Path) -> File:
        """Return the one object of a file, which remembers its hash."""
        return self.files.setdefault(path, File(self.workspace.relative(path), path))


def _name(chapter: Chapter) -> str:
    return f"chapter {chapter.number}"
