"""From a document to the pages: one Markdown text, finished, that pandoc reads and writes.

Numbers, figures, tables and code are put into the text as the raw markup of the format, which
pandoc passes on as it is; so there is one text per language and format, and nothing is put in
afterwards.
"""

from __future__ import annotations

import re
import subprocess
from abc import ABC, abstractmethod
from functools import partial
from pathlib import Path

from compendium.chapter.formatting import words
from compendium.chapter.inline import parser
from compendium.chapter.payloads import Payload, is_sentence, say, shown
from compendium.chapter.tables import note_of
from compendium.errors import RenderError
from compendium.report.document import Code, Document, ExecutedChapter
from compendium.run.executed import Exhibit

READER = "commonmark+tex_math_dollars+footnotes+pipe_tables+raw_attribute+attributes"
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")
_BOUNDARY = "```{=boundary}\n```"  # between cells: a list ends with its cell


class Renderer(ABC):
    """Writes a document; HTML and Typst differ in the methods without a body."""

    format: str
    options: tuple[str, ...]  # pandoc's
    number: str  # before a heading; "" where the format numbers headings by itself

    def __init__(self, document: Document) -> None:
        self.document = document
        self.words = words(document.lang)

    @abstractmethod
    def _text(self, literal: str) -> str:
        """Return the markup of a literal text."""

    @abstractmethod
    def _value(self, payload: Payload, text: str) -> str:
        """Return the markup of a number, with the way to its origin."""

    @abstractmethod
    def _finding(self, inner: str, addition: bool) -> str:
        """Return the markup of a finding's sentence, marked when it is an addition of ours."""

    @abstractmethod
    def _exhibit(self, chapter: ExecutedChapter, exhibit: Exhibit) -> str:
        """Return the markup of a figure or table with its number, caption and anchor."""

    @abstractmethod
    def _code(self, chapter: ExecutedChapter, block: Code) -> str:
        """Return the markup of a code cell; empty where it is not shown."""

    @abstractmethod
    def _chapter(self, chapter: ExecutedChapter) -> tuple[str, str]:
        """Return the markup that begins a chapter and that which ends it."""

    def body(self) -> str:
        """Return the markup of all chapters."""
        text = "\n\n".join(self._markdown(chapter) for chapter in self.document.chapters)
        return pandoc(text, READER, self.format, *self.options)

    def _markdown(self, chapter: ExecutedChapter) -> str:
        begin, end = self._chapter(chapter)
        title = self._inline(self._text(chapter.title))
        parts = [self._block(begin), self._heading([chapter.number], chapter.target, title)]
        if chapter.foreign_in(self.document):
            parts.append(f"*{self.words['untranslated']}*")
        sections = [chapter.number, 0, 0]
        for block in chapter.blocks:
            if isinstance(block, Code):
                parts += self._made(chapter, block)
            else:
                told = self.document.written(chapter, block, partial(self._shown, chapter))
                told = _FOOTNOTE.sub(rf"[^{chapter.number}-\1]", told)  # chapters share names
                parts += [_BOUNDARY, self._with_sections(told, sections)]
        return "\n\n".join([*parts, self._block(end)])

    def _made(self, chapter: ExecutedChapter, block: Code) -> list[str]:
        """Return a code cell with its figures, tables and listed findings."""
        markup = [self._code(chapter, block)]
        markup += [self._exhibit(chapter, exhibit) for exhibit in block.shown]
        findings = "\n".join(f"- {self._shown(chapter, item)}" for item in block.findings)
        return [*map(self._block, filter(None, markup)), findings]

    def _with_sections(self, text: str, counts: list[int]) -> str:
        """Return a text with its headings numbered after `counts`, and without the title."""
        lines = text.split("\n")
        for token in parser().parse(text):
            if token.type != "heading_open" or token.level or not token.markup.startswith("#"):
                continue
            level, line = min(len(token.markup), 3), token.map[0] if token.map else 0
            if level == 1:  # the chapter's title stands already
                lines[line] = ""
                continue
            counts[level - 1] += 1
            counts[level:] = [0] * (3 - level)
            number = counts[:level]
            anchor = "-".join(["sec", *map(str, number)])
            lines[line] = self._heading(number, anchor, lines[line].strip(" #"))
        return "\n".join(lines)

    def _heading(self, number: list[int], anchor: str, title: str) -> str:
        before = self.number.format(".".join(map(str, number)))
        numbered = f"{self._inline(before)}{title}" if before else title
        return f"{'#' * len(number)} {numbered} {{#{anchor}}}"

    def _shown(self, chapter: ExecutedChapter, payload: Payload) -> str:
        """Return a value, or the sentence of a finding, as a piece of a paragraph."""
        if is_sentence(payload):
            sentence = self._told(chapter, payload, "text")
            return self._inline(self._finding(sentence, payload["addition"]))
        return self._inline(self._value(payload, shown(payload, chapter.translate)))

    def _told(self, chapter: ExecutedChapter, payload: Payload, field: str) -> str:
        """Return the markup of a sentence or caption with its {placeholders} filled in."""
        return say(payload[field], payload, chapter.translate, self._text, self._value)

    def _note(self, chapter: ExecutedChapter, payload: Payload) -> str:
        """Return the markup of a table's note, empty if it has none."""
        told = note_of(payload, chapter.translate, self._text, self._value)
        return self._text(f"{words(chapter.translate.lang)['note']}: ") + told if told else ""

    def _block(self, markup: str) -> str:
        fence = _fence(markup, 3)
        return f"{fence}{{={self.format}}}\n{markup}\n{fence}"

    def _inline(self, markup: str) -> str:
        fence = _fence(markup, 1)
        return f"{fence}{markup}{fence}{{={self.format}}}"


def _fence(markup: str, least: int) -> str:
    """Return backticks that do not stand in a text."""
    longest = max(map(len, re.findall("`+", markup)), default=0)
    return "`" * max(least, longest + 1)


def pandoc(text: str, reader: str, writer: str, *options: str) -> str:
    """Convert a text with the pandoc of the environment, or raise RenderError with its words."""
    import pypandoc

    program = Path(pypandoc.__file__).parent / "files" / "pandoc"
    command = [str(program), "--from", reader, "--to", writer, "--wrap=none", *options]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        raise RenderError(f"pandoc could not write {writer}: {done.stderr.decode().strip()}")
    return done.stdout.decode("utf-8")
