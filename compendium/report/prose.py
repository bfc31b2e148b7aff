"""From a document to the pages: a Markdown text for each chapter, which pandoc reads and writes.

Numbers are put into the text as the raw markup of the format, which pandoc passes on as it is.
Figures, tables and code are most of a page and none of pandoc's concern: a sign stands for each,
and they are put in afterwards. So a text is short, and one that was written before is known again.
Citations are written together, since how a work is cited depends on the others.
"""

import re
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from compendium.chapter.formatting import is_assumed, words
from compendium.chapter.inline import parser
from compendium.chapter.payloads import Payload, is_sentence, say, shown
from compendium.chapter.tables import note_of
from compendium.errors import RenderError, clean
from compendium.report.document import Code, Document, ExecutedChapter, Prose
from compendium.report.kept import Kept
from compendium.report.tools import PANDOC, pandoc_path
from compendium.run.executed import Exhibit

READER = (
    "commonmark+tex_math_dollars+footnotes+pipe_tables+raw_attribute+attributes+fenced_divs"
    "+definition_lists"
)
HERE = Path(__file__).parent
READS = ("compendium/report/citations.lua",)
_NOTE_ID = re.compile(r'( id="| href="#)(?=fn\d|fnref\d|footnotes")')
_PAGES = re.compile(r"\b(pp?\.|s\.) (\d+)-(\d+)\b")  # a range of pages is not broken
_SECTION = "\ue000"  # private signs: here a section begins; here stood what its box tells
_BOXED = re.compile("\ue001(\\d+)\ue002")
_BLOCK = re.compile("\ue003(\\d+)\ue004")  # here stands a figure, a table or code
CITED = re.compile("\ue005(.*?)\ue006")  # here works are cited
CONTENTS_END = "<!-- end of the contents -->"
_APART = "\ue007"
_PLAIN_HTML = "html-native_divs-native_spans-raw_html"
_SHOWN = 60  # lines of a plain text, as many as pandas shows of a frame
_STRICT = ["--fail-if-warnings"]  # of a work that is not in the bibliography
_ACCENT = re.compile(
    '(?<=accent="true">)[\u0302\u0303](?=<)'
)  # combining: Chromium draws few of them
_APART_ACCENTS = {"\u0302": "\u02c6", "\u0303": "\u02dc"}
_EMPTY_ITEM = re.compile(r"\s*([-*+]|\d+[.)])\s*")


@dataclass(frozen=True)
class Section:
    """A chapter, or one of the report's last sections: how it begins and ends, and what it holds.

    `pieces` are whole elements of the page, in order; `contents` its lines in the list of contents.
    """

    name: str
    contents: str
    begin: str
    pieces: tuple[str, ...]
    end: str

    @property
    def whole(self) -> str:
        """All of its markup."""
        return "\n".join([self.begin, "".join(self.pieces), self.end])


class Renderer(ABC):
    """Writes a document; HTML and Typst differ in the methods without a body."""

    format: str
    options: tuple[str, ...]  # pandoc's
    origins_at: str  # where the list of all numbers is
    frame: tuple[str, str]  # what begins and ends a section of the report's end
    unchecked: tuple[str, str]  # what begins and ends outputs that are no exhibits
    assumed: str  # around a number that was invented for the stand-in edition
    number: str  # before a heading; "" where the format numbers headings by itself

    def __init__(self, document: Document, kept: Kept | None = None) -> None:
        self.document = document
        self.kept = kept or Kept()
        self.words = words(document.lang)
        self.boxed: list[str] = []
        self.explained = False
        self._blocks: list[str] = []  # markup that pandoc is not given

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
    def _box(self, intro: str, sentences: list[str]) -> str:
        """Return the markup of a box of sentences that illustrate how a register will be read."""

    @abstractmethod
    def _exhibit(self, chapter: ExecutedChapter, exhibit: Exhibit) -> str:
        """Return the markup of a figure or table with its number, caption and anchor."""

    @abstractmethod
    def _image(self, name: str, png: str, alt: str) -> str:
        """Return the markup of a picture, given in base64."""

    @abstractmethod
    def _code(self, chapter: ExecutedChapter, blocks: Sequence[Code]) -> str:
        """Return the markup of neighbouring code cells; empty where code is not shown."""

    @abstractmethod
    def _chapter(self, chapter: ExecutedChapter) -> tuple[str, str]:
        """Return the markup that begins a chapter and that which ends it."""

    def body(self) -> str:
        """Return the markup of all chapters, the works they cite, and the colophon."""
        return "\n\n".join(section.whole for section in self.sections())

    def sections(self) -> list[Section]:
        """Return all chapters, the works they cite, and the colophon."""
        made = [self._written(chapter) for chapter in self.document.chapters]
        asked = CITED.findall("".join(piece for section in made for piece in section.pieces))
        if asked:
            cited, listed = citations(self.document, self.format, asked, self.kept)
            made = [_with_citations(section, cited) for section in made]
            made.append(self._last("references", self._block(listed)))
        if told := self.document.colophon:
            told[self.words["origins"]] = f"[{self.words['origins_elsewhere']}]({self.origins_at})"
            text = "\n\n".join(f"{k}\n:   {v}" for k, v in told.items())
            made.append(self._last("colophon", text))
        return made

    def _last(self, name: str, text: str) -> Section:
        """Return a section of the report's end under its title."""
        begin, end = self.frame
        title = f"# {self.words[name]} {{#{name} .unnumbered}}"
        return self._section(name, begin.format(name), f"{title}\n\n{text}", end)

    def _section(self, name: str, begin: str, text: str, end: str) -> Section:
        """Have pandoc write a text; the blocks it holds signs of are those made since the last."""
        blocks, self._blocks = self._blocks, []
        files = [HERE / "body.html", *HERE.glob("*.lua")]  # which options name
        key: list[str | bytes] = [text, self.format, *(path.read_bytes() for path in files)]
        made = self.kept.text(key, lambda: pandoc(text, READER, self.format, *self.options))
        contents, _, body = made.rpartition(CONTENTS_END)
        body = _NOTE_ID.sub(rf"\1{name}-", body)  # chapters count their notes alike
        pieces = [""]
        for position, piece in enumerate(_BLOCK.split(body)):
            markup = blocks[int(piece)] if position % 2 else piece
            if markup.strip():
                pieces.append(markup)
            else:
                pieces[-1] += markup
        return Section(name, contents, begin, tuple(pieces), end)

    def _written(self, chapter: ExecutedChapter) -> Section:
        begin, end = self._chapter(chapter)
        return self._section(chapter.target, begin, self._markdown(chapter), end)

    def _markdown(self, chapter: ExecutedChapter) -> str:
        title = self._inline(self._text(chapter.title))
        parts = [self._heading([chapter.number], chapter.target, title)]
        if chapter.foreign_in(self.document):
            parts.append(f"*{self.words['untranslated']}*")
        sections, code, begun = [chapter.number, 0, 0], list[Code](), False
        for block in (*chapter.blocks, None):
            shows = isinstance(block, Code) and (block.shown or self.document.plain(chapter, block))
            if isinstance(block, Code):
                code.append(block)
                parts += self._made(chapter, block)
            if code and (shows or block is None or (begun and isinstance(block, Prose))):
                parts.append(self._block(self._code(chapter, code)))
                code = []  # what a chapter opens with has waited for its first sentence
            if isinstance(block, Prose):
                shown_in = partial(self._shown, chapter)
                told = self.document.written(chapter, block, shown_in, self._cited)
                told = _PAGES.sub("\\1\N{NO-BREAK SPACE}\\2\N{EN DASH}\\3", told)
                boundary = self._block("")  # between cells: a list ends with its cell
                parts += [boundary, self._with_sections(told, sections)]
                begun = True
        return self._with_boxes("\n\n".join(parts))

    def _with_boxes(self, text: str) -> str:
        """Return a text with what its sections say of uncertainty in a box at the end of each."""
        lines, told = [], []
        for line in [*text.split("\n"), _SECTION]:
            here = [self.boxed[int(number)] for number in _BOXED.findall(line)]
            told += here
            if line.startswith(_SECTION) and told:
                first, self.explained = not self.explained, True
                intro = self.words["box_intro"] if first else ""  # once, in the first box
                lines += ["", self._block(self._box(intro, list(dict.fromkeys(told)))), ""]
                told = []
            left = _BOXED.sub("", line).removeprefix(_SECTION)
            lines.append("" if here and _EMPTY_ITEM.fullmatch(left) else left)
        return "\n".join(lines)

    def _made(self, chapter: ExecutedChapter, block: Code) -> list[str]:
        """Return a code cell's figures, tables and listed findings."""
        markup = [self._exhibit(chapter, exhibit) for exhibit in block.shown]
        findings = "\n\n".join(self._shown(chapter, item) for item in block.findings)
        return [*map(self._block, markup), findings, *self._plain(chapter, block)]

    def _plain(self, chapter: ExecutedChapter, block: Code) -> list[str]:
        """Return what a cell shows beside exhibits, as Jupyter shows it, marked as unchecked."""
        shown = self.document.plain(chapter, block)
        if not shown:
            return []
        mark = f"{self.words['unchecked']} [{chapter.number}.{block.position}]"
        begin, end = self.unchecked
        parts = []
        for number, output in enumerate(shown, start=1):
            data = output.get("data", {})
            name = f"plain-{chapter.number}-{block.position}-{number}"
            if "image/png" in data:
                parts.append(self._image(name, "".join(data["image/png"]), mark))
            elif "text/html" in data:  # pandoc leaves out scripts and styles
                html = "".join(data["text/html"])
                parts.append(pandoc(html, _PLAIN_HTML, self.format))
            else:
                text = clean("".join(output.get("text", data.get("text/plain", ""))))
                fence = _fence(text, 3)
                parts.append(pandoc(f"{fence}\n{_cut(text)}\n{fence}", READER, self.format))
        return [self._block("\n".join([begin.replace("{}", mark), *parts, end]))]

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
        before = self.number.format(".".join(map(str, number))) if number[0] else ""
        numbered = f"{self._inline(before)}{title}" if before else title
        return f"{_SECTION}{'#' * len(number)} {numbered} {{#{anchor}}}"

    def _shown(self, chapter: ExecutedChapter, payload: Payload) -> str:
        """Return a value, or the sentence of a finding, as a piece of a paragraph."""
        if is_sentence(payload):
            sentence = self._told(chapter, payload, "text")
            if not (self.document.about.standin and payload["judged"]):
                return self._inline(self._finding(sentence, payload["addition"]))
            self.boxed.append(sentence)
            return f"\ue001{len(self.boxed) - 1}\ue002"
        return self._inline(self._number(payload, shown(payload, chapter.translate)))

    def _number(self, payload: Payload, text: str) -> str:
        """Return the markup of a number, which tells a reader what is assumed."""
        markup = self._value(payload, text)
        return self.assumed.format(markup) if is_assumed(payload) else markup

    def _told(self, chapter: ExecutedChapter, payload: Payload, field: str) -> str:
        """Return the markup of a sentence or caption with its {placeholders} filled in."""
        return say(payload[field], payload, chapter.translate, self._text, self._number)

    def _note(self, chapter: ExecutedChapter, payload: Payload) -> str:
        """Return the markup of a table's note, empty if it has none."""
        told = note_of(payload, chapter.translate, self._text, self._number)
        return self._text(f"{words(chapter.translate.lang)['note']}: ") + told if told else ""

    def _cited(self, citation: str) -> str:
        return self._inline(f"\ue005{citation}\ue006")

    def _block(self, markup: str) -> str:
        self._blocks.append(markup)
        return f"```{{={self.format}}}\n\ue003{len(self._blocks) - 1}\ue004\n```"

    def _inline(self, markup: str) -> str:
        fence = _fence(markup, 1)
        return f"{fence}{markup}{fence}{{={self.format}}}"


def citing(document: Document) -> tuple[str, ...]:
    """Return the options with which pandoc writes citations and the list of works."""
    return (
        f"--lua-filter={HERE / 'citations.lua'}",
        "--citeproc",
        f"--bibliography={document.bibliography}",
        "--metadata=link-citations",
        f"--metadata=lang:{document.lang}",
        *([] if document.about.draft else _STRICT),
    )


def citations(
    document: Document, writer: str, asked: Iterable[str], kept: Kept
) -> tuple[dict[str, str], str]:
    """Return how works are cited in a text, by citation, and the list of them."""
    given = list(dict.fromkeys(asked))
    marks = [f"`{citation}`{{=cite}}" for citation in given]
    apart = f"\n\n```{{={writer}}}\n{_APART}\n```\n\n"
    text = apart.join([*marks, "::: {#refs}\n:::"])  # raw: commonmark cites nothing
    options = citing(document)
    works = document.bibliography.read_bytes() if document.bibliography.is_file() else b""
    key: list[str | bytes] = [text, writer, works, *options[3:]]
    made = kept.text(key, lambda: pandoc(text, READER, writer, *options))
    *told, listed = made.split(_APART)
    return dict(zip(given, map(_paragraph, told), strict=True)), listed.strip()


def _paragraph(markup: str) -> str:
    """Return what stands in a paragraph."""
    return markup.strip().removeprefix("<p>").removesuffix("</p>")


def _with_citations(section: Section, cited: Mapping[str, str]) -> Section:
    pieces = (CITED.sub(lambda place: cited[place[1]], piece) for piece in section.pieces)
    return replace(section, pieces=tuple(pieces))


def _cut(text: str) -> str:
    """Return the first lines of a text, and how many there are besides."""
    lines = text.rstrip().split("\n")
    more = [f"… ({len(lines) - _SHOWN})"] if len(lines) > _SHOWN else []
    return "\n".join([*lines[:_SHOWN], *more])


def _fence(markup: str, least: int) -> str:
    """Return backticks that do not stand in a text."""
    longest = max(map(len, re.findall("`+", markup)), default=0)
    return "`" * max(least, longest + 1)


def pandoc(text: str, reader: str, writer: str, *options: str) -> str:
    """Convert a text with the pandoc of the environment, or raise RenderError with its words."""
    program = pandoc_path() or PANDOC
    command = [program, "--from", reader, "--to", writer, "--wrap=none", *options]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    except OSError as error:
        raise RenderError(f"pandoc cannot be run here: {error.strerror}") from error
    if done.returncode:
        raise RenderError(f"pandoc could not write {writer}: {done.stderr.decode().strip()}")
    return _ACCENT.sub(lambda accent: _APART_ACCENTS[accent[0]], done.stdout.decode("utf-8"))
