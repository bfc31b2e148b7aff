"""From Markdown cells to the pages: pandoc's syntax tree, with our numbers and references put in.

Pandoc reads the prose of all chapters at once and writes HTML or Typst; in between, this module
walks the tree. It needs no filter language of pandoc's own, and no process per cell.
"""

from __future__ import annotations

import json
import re
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from compendium.chapter.formatting import words
from compendium.chapter.payloads import Payload, filled, is_sentence, shown
from compendium.errors import RenderError
from compendium.report.document import Code, Document, ExecutedChapter, Prose
from compendium.run.executed import Exhibit

Node = dict[str, Any]
READER = "commonmark+tex_math_dollars+footnotes+pipe_tables+raw_attribute"
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")
_SENTENCE_END = (".", "!", "?", ":")


@dataclass
class Heading:
    """A numbered heading, for the table of contents."""

    level: int
    number: str
    target: str
    text: str


class Renderer(ABC):
    """Writes a document in a language; HTML and Typst differ in the methods without a body."""

    format: str
    number: str  # before a heading; "" where the format numbers headings by itself

    def __init__(self, document: Document, lang: str) -> None:
        self.document = document
        self.lang = lang
        self.words = words(lang)
        self.headings: list[Heading] = []
        self._counts = [0, 0, 0]  # of the heading last met
        self._payloads: Mapping[str, Payload] = {}  # of the cell at hand, by expression

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
    def _link(self, target: str, text: str) -> str:
        """Return the markup of a link to a figure, table or chapter."""

    @abstractmethod
    def _exhibit(self, exhibit: Exhibit) -> str:
        """Return the markup of a figure or table with its number, caption and anchor."""

    @abstractmethod
    def _code(self, chapter: ExecutedChapter, block: Code) -> list[Node]:
        """Return the blocks of a code cell."""

    @abstractmethod
    def _chapter(self, chapter: ExecutedChapter, blocks: list[Node]) -> list[Node]:
        """Return the blocks of a chapter with what begins and ends it."""

    def _math(self, node: Node) -> Node:
        """Return a formula as the format needs it; pandoc writes MathML by itself."""
        return node

    def body(self) -> str:
        """Return the markup of all chapters, and note their headings."""
        chapters = [(chapter, chapter.told(self.lang)) for chapter in self.document.chapters]
        cells = [(c.number, b) for c, told in chapters for b in told if isinstance(b, Prose)]
        tree = json.loads(_parsed(_joined(cells)))
        trees = iter(_parted(tree["blocks"]))
        blocks: list[Node] = []
        for chapter, told in chapters:
            self._counts = [chapter.number, 0, 0]
            title = {"t": "Str", "c": chapter.title[self.lang]}
            inner = [self._heading(1, chapter.target, [title])]
            for block in told:
                if isinstance(block, Code):
                    inner += self._made(chapter, block)
                else:
                    self._payloads = block.payloads
                    inner += [self._walk(node) for node in next(trees) if not _is_title(node)]
            blocks += self._chapter(chapter, inner)
        options = ["--mathml"] if self.format == "html" else []
        return pandoc(json.dumps(tree | {"blocks": blocks}), "json", self.format, *options)

    def _block(self, markup: str) -> Node:
        return {"t": "RawBlock", "c": [self.format, markup]}

    def _inline(self, markup: str) -> Node:
        return {"t": "RawInline", "c": [self.format, markup]}

    def _told(self, payload: Payload, field: str) -> str:
        """Return the markup of a sentence, caption or note with its {placeholders} filled in."""
        return filled(payload, payload[field][self.lang], self.lang, self._text, self._value)

    def _plain(self, payload: Payload, field: str) -> str:
        """Return a text of an exhibit without markup."""
        return filled(payload, payload[field][self.lang], self.lang)

    def _shown(self, payload: Payload) -> Node:
        """Return a value, or the sentence of a finding, as a piece of a paragraph."""
        if is_sentence(payload):
            return self._inline(self._finding(self._told(payload, "text"), payload["addition"]))
        return self._inline(self._value(payload, shown(payload, self.lang)))

    def _made(self, chapter: ExecutedChapter, block: Code) -> list[Node]:
        """Return a code cell with its figures, tables and listed findings."""
        made = self._code(chapter, block)
        made += [self._block(self._exhibit(exhibit)) for exhibit in block.shown]
        if block.findings:
            items = [[{"t": "Plain", "c": [self._shown(f)]}] for f in block.findings]
            made.append({"t": "BulletList", "c": items})
        return made

    def _heading(self, level: int, anchor: str, inlines: list[Node]) -> Node:
        number = ".".join(map(str, self._counts[:level]))
        self.headings.append(Heading(level, number, anchor, _text_of(inlines)))
        before = self.number.format(number)
        content = [self._inline(before), *inlines] if before else inlines
        return {"t": "Header", "c": [level, [anchor, [], []], content]}

    def _section(self, node: Node) -> Node:
        level = min(node["c"][0], 3)
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (3 - level)
        anchor = "sec-" + "-".join(map(str, self._counts[:level]))
        return self._heading(level, anchor, self._walk(node["c"][2]))

    def _walk(self, node: Any) -> Any:
        """Rebuild a node; in a list, an expression belongs to the text before it."""
        if isinstance(node, dict):
            special = {"Header": self._section, "Math": self._math}.get(node.get("t", ""))
            return special(node) if special else {k: self._walk(v) for k, v in node.items()}
        if not isinstance(node, list):
            return node
        made: list[Any] = []
        for item in node:
            kind = item.get("t") if isinstance(item, dict) else ""
            if kind == "Code" and made and _word(made[-1]).endswith("{eval}"):
                literal = made.pop()["c"].removesuffix("{eval}")
                made += [{"t": "Str", "c": literal}] if literal else []
                made.append(self._shown(self._payloads[item["c"][1]]))
            elif kind == "Link" and item["c"][2][0].startswith(("#fig-", "#tab-", "#ch-")):
                made.append(self._reference(item, made))
            else:
                made.append(self._walk(item))
        return made

    def _reference(self, node: Node, before: list[Node]) -> Node:
        target = node["c"][2][0][1:]
        text = _text_of(node["c"][1]) or self.document.reference(target, self.lang)
        words = [word for word in map(_word, before) if word != " "]
        if not words or words[-1].endswith(_SENTENCE_END):
            text = text[:1].upper() + text[1:]
        leads = self.document.leads(target)
        return self._inline(self._link(target, text) if leads else self._text(text))


def _joined(cells: Iterable[tuple[int, Prose]]) -> str:
    """Join cells to parse them in one call; footnotes are named by chapter, which share names."""
    texts = [_FOOTNOTE.sub(rf"[^{number}-\1]", cell.source) for number, cell in cells]
    return "\n\n".join(f"```{{=boundary}}\n```\n\n{text}" for text in texts)


@cache
def _parsed(prose: str) -> str:
    """Return pandoc's tree as JSON; the page and the PDF of a language begin with the same one."""
    return pandoc(prose, READER, "json")


def _parted(blocks: list[Node]) -> list[list[Node]]:
    """Part the parsed cells again."""
    trees: list[list[Node]] = []
    for block in blocks:
        if block["t"] == "RawBlock" and block["c"][0] == "boundary":
            trees.append([])
        else:
            trees[-1].append(block)
    return trees


def pandoc(text: str, reader: str, writer: str, *options: str) -> str:
    """Convert a text with the pandoc of the environment, or raise RenderError with its words."""
    import pypandoc

    program = Path(pypandoc.__file__).parent / "files" / "pandoc"
    command = [str(program), "--from", reader, "--to", writer, "--wrap=none", *options]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        raise RenderError(f"pandoc could not write {writer}: {done.stderr.decode().strip()}")
    return done.stdout.decode("utf-8")


def _is_title(node: Node) -> bool:
    return bool(node["t"] == "Header" and node["c"][0] == 1)


def _word(node: Node) -> str:
    """Return a word, or a blank between words; empty for all that holds other nodes."""
    if node["t"] in ("Space", "SoftBreak"):
        return " "
    return str(node["c"]) if node["t"] == "Str" else ""


def _text_of(nodes: Any) -> str:
    """Return the text of inline nodes."""
    if isinstance(nodes, list):
        return "".join(_text_of(node) for node in nodes)
    if not isinstance(nodes, dict):
        return ""
    return str(nodes["c"][1]) if nodes["t"] == "Code" else _word(nodes) or _text_of(nodes.get("c"))
