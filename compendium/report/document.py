"""The report as one language-neutral document: executed chapters in order, numbered and joined.

Numbers of figures, tables and sections, the place each value was computed, and which references
lead somewhere are decided here once, so that HTML and PDF cannot disagree.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from compendium.chapter.formatting import full, words
from compendium.errors import ExhibitError
from compendium.run.executed import (
    INJECTED,
    Exhibit,
    exhibits,
    inline_payloads,
    language,
    values,
    written,
)

RENDERERS = {"html": "compendium.report.html", "pdf": "compendium.report.pdf"}
SHOW_FINDINGS = "show-findings"  # tag of a cell whose findings stand as a list under it


@dataclass(frozen=True)
class Prose:
    """A prose cell: its language ("" for both), its text as written and its inline payloads."""

    lang: str
    source: str
    payloads: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Code:
    """A code cell: its position among the chapter's code cells, id, source and exhibits.

    `findings` are shown under the cell when its author tagged it so.
    """

    position: int
    id: str
    source: str
    shown: tuple[Exhibit, ...]
    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class ExecutedChapter:
    """An executed chapter: number, titles, blocks in order, and what it recorded by id."""

    number: int
    title: Mapping[str, str]
    blocks: tuple[Prose | Code, ...]
    recorded: Mapping[str, Mapping[str, Any]]

    @property
    def target(self) -> str:
        """The chapter's anchor."""
        return f"ch-{self.number:02d}"

    def told(self, lang: str) -> list[Prose | Code]:
        """Return the blocks of the chapter in a language."""
        return [b for b in self.blocks if isinstance(b, Code) or b.lang in ("", lang)]


@dataclass(frozen=True)
class About:
    """What the title page says, and whether data are stand-in; `choices` are a reader's own."""

    title: Mapping[str, str]
    commissioner: str = ""
    author: str = ""
    published: str = ""
    standin: bool = False
    choices: str = ""
    languages: tuple[str, ...] = ()

    def byline(self, lang: str) -> str:
        """Return whose evaluation this is an edition of, for whom and when that was published."""
        if not self.author:
            return ""
        published = full(self.published, "month", lang) if self.published else ""
        source = " · ".join(part for part in (self.author, self.commissioner, published) if part)
        return str(words(lang)["after"]).format(source=source)


@dataclass(frozen=True)
class Document:
    """All chapters of the report, in the report's order."""

    about: About
    chapters: tuple[ExecutedChapter, ...]

    @cached_property
    def labels(self) -> dict[str, tuple[str, str]]:
        """Figure and table anchors -> (kind, number), such as ("figure", "7.1")."""
        blocks = [(c.number, b) for c in self.chapters for b in c.blocks if isinstance(b, Code)]
        found: dict[str, tuple[str, str]] = {}
        for number, exhibit in ((number, e) for number, block in blocks for e in block.shown):
            if exhibit.target in found:
                raise ExhibitError(f"two chapters have an exhibit `{exhibit.target}`")
            found[exhibit.target] = (exhibit.payload["kind"], f"{number}.{exhibit.number}")
        return found

    @cached_property
    def origins(self) -> dict[str, Mapping[str, Any]]:
        """Value ids -> what was recorded under them, in all chapters; month10 follows month9."""
        found: dict[str, Mapping[str, Any]] = {}
        for chapter in self.chapters:
            for name, payload in chapter.recorded.items():
                if name in found:
                    both = f"chapters {found[name]['chapter']} and {chapter.number}"
                    raise ExhibitError(f"{both} both record `{name}`")
                found[name] = payload
        return dict(sorted(found.items(), key=lambda item: _natural(item[0])))

    def reference(self, target: str, lang: str) -> str:
        """Return the words of a reference, or raise ExhibitError when it leads nowhere."""
        if target.startswith("ch-"):
            return str(words(lang)["chapter_ref"]).format(target[3:].lstrip("0"))
        if target in self.labels:
            kind, number = self.labels[target]
            return f"{words(lang)[kind]}\N{NO-BREAK SPACE}{number}"
        if self.about.choices:  # what the reader left out has no number
            return str(words(lang)["figure" if target.startswith("fig-") else "table"])
        raise ExhibitError(f"reference [](#{target}) leads to no figure or table of the report")

    def leads(self, target: str) -> bool:
        """Tell whether an anchor stands in the document; a chapter may be absent."""
        return target in self.labels or target in {chapter.target for chapter in self.chapters}


def read_document(paths: Iterable[Path], about: About) -> Document:
    """Read executed notebooks into one document, ordered by chapter number."""
    chapters = [executed_chapter(json.loads(path.read_text("utf-8"))) for path in paths]
    return Document(about, tuple(sorted(chapters, key=lambda chapter: chapter.number)))


def render(document: Document, lang: str, kind: str) -> bytes:
    """Return the report in a language as the bytes of a file of this kind, "html" or "pdf".

    The renderer is loaded when it is used, so that a change of one is no change of the other.
    """
    made: bytes = importlib.import_module(RENDERERS[kind]).render(document, lang)
    return made


def executed_chapter(notebook: Mapping[str, Any]) -> ExecutedChapter:
    """Make a chapter of an executed notebook's JSON."""
    about = notebook["metadata"]["compendium"]
    made = list(exhibits(notebook))
    blocks: list[Prose | Code] = []
    position = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            blocks.append(Prose(language(cell), written(cell), inline_payloads(cell)))
        elif cell["cell_type"] == "code" and cell["id"] != INJECTED:
            position += 1
            blocks.append(_code(cell, position, [e for e in made if e.cell == position]))
    recorded = values(notebook, about["chapter"])["values"]
    return ExecutedChapter(about["chapter"], about["title"], tuple(blocks), recorded)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sorting key in which numbers inside a name count as numbers."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _code(cell: Mapping[str, Any], position: int, made: list[Exhibit]) -> Code:
    wanted = SHOW_FINDINGS in cell["metadata"].get("tags", ())
    findings = tuple(e.payload for e in made if e.payload["kind"] == "finding" and wanted)
    shown = tuple(e for e in made if e.number)
    return Code(position, cell["id"], "".join(cell["source"]), shown, findings)
