"""The report in a language as one document: executed chapters in order, numbered and joined.

Numbers of figures and tables, the place each value was computed, and which references lead
somewhere are decided here once, so that HTML, PDF and notebooks cannot disagree. Here, too, prose
is translated and filled; who asks says how a number is written.
"""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from compendium.chapter.catalogue import ROOT, Translator, translator
from compendium.chapter.formatting import LANGUAGES, full, words
from compendium.chapter.inline import BIBLIOGRAPHY, fill, in_language
from compendium.chapter.payloads import Payload, shown
from compendium.errors import ExhibitError, TranslationError
from compendium.report.colophon import Colophon
from compendium.report.kept import Kept
from compendium.run.executed import Exhibit, exhibits, inline_payloads, is_code, values
from compendium.run.outputs import Output, must_show_exhibits, plain_outputs

RENDERERS = {"html": "compendium.report.html", "pdf": "compendium.report.pdf"}
METHODS = "methods.html"  # beside the report: what the functions of the library compute
EXHIBITS = "exhibits.csv"  # ... and what made each figure, table and number
SHOW_FINDINGS = "show-findings"  # tag of a cell whose findings stand as a list under it
HTML_ONLY = "html-only"  # tag of a cell whose tables are too long for paper
ADDED = "edition-only"  # tag of a cell of an edition that has no counterpart in the chapter


@dataclass(frozen=True)
class Prose:
    """A prose cell: its id, its text in the chapter's language, and its payloads by expression."""

    id: str
    source: str
    payloads: Mapping[str, Payload]


@dataclass(frozen=True)
class Code:
    """A code cell: its position among the chapter's code cells, id, source and exhibits.

    `findings` are shown under the cell when its author tagged it so; `plain` are its outputs that
    are no exhibits.
    """

    position: int
    id: str
    source: str
    shown: tuple[Exhibit, ...]
    findings: tuple[Payload, ...]
    plain: tuple[Output, ...] = ()


@dataclass(frozen=True)
class ExecutedChapter:
    """An executed chapter in a language: its blocks in order, and what it recorded by id.

    `translate` also says which language that is: a chapter of one's own keeps the one it was
    written in. `notebook` is what it was read from, `name` that file's without its ending.
    """

    number: int
    title: str
    translate: Translator
    blocks: tuple[Prose | Code, ...]
    recorded: Mapping[str, Payload]
    notebook: Mapping[str, Any]
    name: str = ""

    @property
    def target(self) -> str:
        """The chapter's anchor."""
        return f"ch-{self.number:02d}"

    @property
    def is_own(self) -> bool:
        """Whether it is a chapter of one's own, which nobody translates."""
        return "language" in self.notebook["metadata"]["compendium"]

    def foreign_in(self, document: Document) -> bool:
        """Tell whether the chapter keeps another language than the document's."""
        return self.translate.lang != document.lang

    def drawing(self, payload: Payload, kind: str) -> str:
        """Return a figure's drawing of a kind, "svg" or "png", in the chapter's language."""
        drawings = payload[kind]
        return str(drawings.get(self.translate.lang) or next(iter(drawings.values())))


@dataclass(frozen=True)
class About:
    """What the title page says, and whether data are stand-in; `choices` are a reader's own.

    A `draft` was built though its chapters may have faults; one that is `released` has the numbers
    that may leave a secure site.

    `title` is English; its translation stands in the evaluation's data. So many `routes` are drawn.
    """

    title: str
    commissioner: str = ""
    author: str = ""
    published: str = ""
    standin: bool = False
    choices: str = ""
    draft: bool = False
    released: bool = False
    languages: tuple[str, ...] = ()
    colophon: Colophon | None = None
    routes: int = 3

    def byline(self, lang: str) -> str:
        """Return whose evaluation this is an edition of, for whom and when that was published."""
        if not self.author:
            return ""
        unit = "month" if "-" in self.published else "year"
        published = full(self.published, unit, lang) if self.published else ""
        source = " · ".join(part for part in (self.author, self.commissioner, published) if part)
        return str(words(lang)["after"]).format(source=source)


@dataclass(frozen=True)
class Document:
    """All chapters of the report in a language, in the report's order.

    `root` is the folder whose data/ holds what was published.
    """

    about: About
    lang: str
    title: str
    chapters: tuple[ExecutedChapter, ...]
    root: Path = ROOT

    @property
    def bibliography(self) -> Path:
        """The works that chapters cite."""
        return self.root / BIBLIOGRAPHY

    @property
    def marks(self) -> list[str]:
        """What every page says: that this is a draft, that data are made up, or numbers rounded."""
        text, about = words(self.lang), self.about
        marks = (("draft", about.draft), ("standin", about.standin), ("released", about.released))
        return [str(text[name]) for name, holds in marks if holds]

    @property
    def colophon(self) -> dict[str, str]:
        """What the last page tells, in Markdown, by heading; nothing of a chapter alone."""
        known, about = self.about.colophon, self.about
        return known.entries(self.lang, standin=about.standin) if known else {}

    def plain(self, chapter: ExecutedChapter, block: Code) -> tuple[Output, ...]:
        """Return what a cell shows beside exhibits, in a draft and a chapter of one's own."""
        return block.plain if self.about.draft or chapter.is_own else ()

    @cached_property
    def labels(self) -> dict[str, tuple[str, str]]:
        """Figure and table anchors -> (kind, number), such as ("figure", "7.1")."""
        blocks = [(c.number, b) for c in self.chapters for b in c.blocks if isinstance(b, Code)]
        found: dict[str, tuple[str, str]] = {}
        for number, exhibit in ((number, e) for number, block in blocks for e in block.shown):
            if exhibit.target in found:
                raise ExhibitError(f"two chapters have an exhibit `{exhibit.target}`")
            place = f"{number}.{exhibit.number}" if number else f"{exhibit.number}"
            found[exhibit.target] = (exhibit.payload["kind"], place)
        return found

    @cached_property
    def origins(self) -> dict[str, tuple[Payload, str]]:
        """Value ids -> what was recorded, and how it reads; month10 follows month9."""
        found: dict[str, tuple[Payload, str]] = {}
        for chapter in self.chapters:
            for name, payload in chapter.recorded.items():
                if name in found:
                    both = f"chapters {found[name][0]['chapter']} and {chapter.number}"
                    raise ExhibitError(f"{both} both record `{name}`")
                found[name] = payload, shown({**payload, "kind": "value"}, chapter.translate)
        return dict(sorted(found.items(), key=lambda item: _natural(item[0])))

    def written(
        self,
        chapter: ExecutedChapter,
        prose: Prose,
        number: Callable[[Payload], str],
        citation: Callable[[str], str] = str,
    ) -> str:
        """Return a prose cell's Markdown: references, and numbers and citations as given."""

        def told(expression: str) -> str:
            if expression not in prose.payloads and self.about.draft:
                return f"{{{expression}}}"
            if expression not in prose.payloads:
                raise ExhibitError(
                    f"chapter {chapter.number}, cell {prose.id}: {{eval}}`{expression}` stands in "
                    "the translation alone; mend the catalogue"
                )
            return number(prose.payloads[expression])

        return fill(prose.source, told, partial(self._reference, chapter), citation)

    def _reference(self, chapter: ExecutedChapter, target: str, text: str, begins: bool) -> str:
        text = text or self._name(target, chapter.translate.lang)
        text = text[:1].upper() + text[1:] if begins else text
        leads = target in self.labels or target in {c.target for c in self.chapters}
        return f"[{text}](#{target})" if leads else text

    def _name(self, target: str, lang: str) -> str:
        """Return the words of a reference, or raise ExhibitError when it leads nowhere."""
        if target == "ch-00":
            return str(words(lang)["summary_ref"])
        if target.startswith("ch-"):
            return str(words(lang)["chapter_ref"]).format(target[3:].lstrip("0"))
        if target in self.labels:
            kind, number = self.labels[target]
            return f"{words(lang)[kind]}\N{NO-BREAK SPACE}{number}"
        if self.about.choices or self.about.draft:  # what the reader left out has no number
            return str(words(lang)["figure" if target.startswith("fig-") else "table"])
        raise ExhibitError(f"reference [](#{target}) leads to no figure or table of the report")


def read_document(paths: Iterable[Path], about: About, lang: str, root: Path = ROOT) -> Document:
    """Read executed notebooks into one document.

    Parameters
    ----------
    paths
        Notebooks as the build keeps them, in any order; their names are those of the catalogues.
    about
        What the title page says.
    lang
        The language.
    root
        The folder that holds `locale` and `data`.

    Returns
    -------
    Document
        The report in that language, ordered by chapter number.

    Raises
    ------
    TranslationError
        If a catalogue is not what it should be.
    ExhibitError
        If a chapter shows what is no exhibit, and this is no draft.
    """
    read = {path: json.loads(path.read_text("utf-8")) for path in paths}
    chapters = []
    for path, notebook in read.items():
        own = notebook["metadata"]["compendium"].get("language", "")
        spoken = own or lang
        others = (translator(spoken, one.stem, root).chapter for one in read if one != path)
        quoted = {k: v for other in others for k, v in other.items()}  # texts of others' findings
        translate = replace(translator(spoken, "" if own else path.stem, root), others=quoted)
        chapters.append(executed_chapter(notebook, translate, path.stem))
    for chapter in chapters:
        if not (about.draft or chapter.is_own):
            must_show_exhibits(chapter.notebook)
    ordered = tuple(sorted(chapters, key=lambda chapter: chapter.number))
    title = translator(lang, "", root)(about.title)
    return Document(about, lang, title, ordered, root)


def read_study(root: Path) -> dict[str, Any]:
    """Return what the definition says of the study, or raise TranslationError if it has no title.

    It is needed when all chapters have run, and asked for before. `routes` is how many there are.
    """
    path = root / "data" / "evaluation.toml"
    try:
        told = tomllib.loads(path.read_text("utf-8"))
        study: dict[str, Any] = told["study"] | {"routes": len(told.get("routes", ()))}
        for lang in LANGUAGES:
            study["title"][lang].strip()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TranslationError(
            f"data/{path.name}: [study] needs title.{' and title.'.join(LANGUAGES)}, each a text "
            f"({type(error).__name__}: {error})"
        ) from error
    return study


def render(document: Document, kind: str, kept: Kept | None = None) -> bytes:
    """Return the report as the bytes of a file of this kind, "html" or "pdf".

    The renderer is loaded when it is used, so that a change of one is no change of the other.
    """
    made: bytes = importlib.import_module(RENDERERS[kind]).render(document, kept)
    return made


def executed_chapter(
    notebook: Mapping[str, Any], translate: Translator, name: str = ""
) -> ExecutedChapter:
    """Make a chapter of an executed notebook's JSON, in the language of `translate`."""
    about = notebook["metadata"]["compendium"]
    if "language" in about:  # a chapter of one's own reads as it is written
        known = translate if translate.lang == about["language"] else translator(about["language"])
        translate = replace(known, as_written=True)
    made = list(exhibits(notebook))
    blocks: list[Prose | Code] = []
    position = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if is_code(cell):
            position += 1
            blocks.append(_code(cell, position, [e for e in made if e.cell == position]))
        elif cell["cell_type"] == "markdown" and ADDED not in cell["metadata"].get("tags", ()):
            told = in_language(source, translate)
            blocks.append(Prose(cell["id"], told, inline_payloads(cell)))
    number, title = about["chapter"], translate(about["title"])
    recorded = values(notebook, number)["values"]
    return ExecutedChapter(number, title, translate, tuple(blocks), recorded, notebook, name)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sorting key in which numbers inside a name count as numbers."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _code(cell: Mapping[str, Any], position: int, made: list[Exhibit]) -> Code:
    tags = cell["metadata"].get("tags", ())
    stated = [e.payload for e in made if e.payload["kind"] == "finding" and SHOW_FINDINGS in tags]
    findings = tuple(payload for payload in stated if not payload.get("within"))
    mark = {"html_only": True} if HTML_ONLY in tags else {}
    numbered = tuple(replace(e, payload={**e.payload, **mark}) for e in made if e.number)
    plain = tuple(plain_outputs(cell))
    return Code(position, cell["id"], "".join(cell["source"]), numbered, findings, plain)
