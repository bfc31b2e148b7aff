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

from compendium.document import Code, Document, ExecutedChapter, Prose
from compendium.errors import RenderError
from compendium.executed import Exhibit
from compendium.formatting import words
from compendium.payloads import Payload, filled, is_sentence, shown

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


class Target(ABC):
    """A document in a language on its way to HTML or Typst, which differ in the methods here."""

    format: str
    number: str  # before a heading; "" where the format numbers headings by itself

    def __init__(self, document: Document, lang: str) -> None:
        self.document = document
        self.lang = lang
        self.words = words(lang)
        self.headings: list[Heading] = []

    @abstractmethod
    def text(self, literal: str) -> str:
        """Return the markup of a literal text."""

    @abstractmethod
    def value(self, payload: Payload, text: str) -> str:
        """Return the markup of a number, with the way to its origin."""

    @abstractmethod
    def finding(self, inner: str, addition: bool) -> str:
        """Return the markup of a finding's sentence, marked when it is an addition of ours."""

    @abstractmethod
    def reference(self, target: str, text: str) -> str:
        """Return the markup of a link to a figure, table or chapter."""

    @abstractmethod
    def exhibit(self, exhibit: Exhibit) -> str:
        """Return the markup of a figure or table with its number, caption and anchor."""

    @abstractmethod
    def code(self, chapter: ExecutedChapter, block: Code) -> list[Node]:
        """Return the blocks of a code cell."""

    @abstractmethod
    def chapter(self, chapter: ExecutedChapter, blocks: list[Node]) -> list[Node]:
        """Return the blocks of a chapter with what begins and ends it."""

    def math(self, node: Node) -> Node:
        """Return a formula as the format needs it; pandoc writes MathML by itself."""
        return node

    def block(self, markup: str) -> Node:
        """Return a block of finished markup."""
        return {"t": "RawBlock", "c": [self.format, markup]}

    def inline(self, markup: str) -> Node:
        """Return a piece of finished markup inside a paragraph."""
        return {"t": "RawInline", "c": [self.format, markup]}

    def shown(self, payload: Payload) -> Node:
        """Return a value, or the sentence of a finding, as a piece of a paragraph."""
        if is_sentence(payload):
            return self.inline(self.finding(self.told(payload, "text"), payload["addition"]))
        return self.inline(self.value(payload, shown(payload, self.lang)))

    def told(self, payload: Payload, field: str) -> str:
        """Return the markup of a sentence, caption or note with its {placeholders} filled in."""
        return filled(payload, payload[field][self.lang], self.lang, self.text, self.value)

    def alt(self, payload: Payload, field: str = "alt") -> str:
        """Return the alternative text, or another text of an exhibit, without markup."""
        return filled(payload, payload[field][self.lang], self.lang)


def render_body(target: Target) -> str:
    """Render all chapters of the target's document, and note their headings in it."""
    chapters = [(chapter, chapter.told(target.lang)) for chapter in target.document.chapters]
    cells = [(c.number, b) for c, told in chapters for b in told if isinstance(b, Prose)]
    trees = iter(_read(cells))
    blocks: list[Node] = []
    for chapter, told in chapters:
        writer = _Writer(target, chapter)
        inner = [writer.title()]
        for block in told:
            if isinstance(block, Prose):
                inner += writer.blocks(next(trees), block.payloads)
            else:
                inner += _code(target, chapter, block)
        blocks += target.chapter(chapter, inner)
    tree = {"pandoc-api-version": _api_version(), "meta": {}, "blocks": blocks}
    options = ["--mathml"] if target.format == "html" else []
    return pandoc(json.dumps(tree), "json", target.format, *options)


def _code(target: Target, chapter: ExecutedChapter, block: Code) -> list[Node]:
    made = target.code(chapter, block)
    made += [target.block(target.exhibit(exhibit)) for exhibit in block.shown]
    if block.findings:
        items = [[{"t": "Plain", "c": [target.shown(f)]}] for f in block.findings]
        made.append({"t": "BulletList", "c": items})
    return made


def _read(cells: Iterable[tuple[int, Prose]]) -> list[list[Node]]:
    """Parse all cells in one call; footnotes are named by chapter, as chapters share names."""
    boundary = "```{=boundary}\n```"
    texts = [_FOOTNOTE.sub(rf"[^{number}-\1]", cell.source) for number, cell in cells]
    text = "\n\n".join(f"{boundary}\n\n{text}" for text in texts)
    trees: list[list[Node]] = []
    for block in json.loads(pandoc(text, READER, "json"))["blocks"]:
        if block["t"] == "RawBlock" and block["c"][0] == "boundary":
            trees.append([])
        else:
            trees[-1].append(block)
    return trees


@cache
def _api_version() -> list[int]:
    version: list[int] = json.loads(pandoc("", "commonmark", "json"))["pandoc-api-version"]
    return version


def pandoc(text: str, reader: str, writer: str, *options: str) -> str:
    """Convert a text with the pandoc of the environment, or raise RenderError with its words."""
    import pypandoc

    program = Path(pypandoc.__file__).parent / "files" / "pandoc"
    command = [str(program), "--from", reader, "--to", writer, "--wrap=none", *options]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        raise RenderError(f"pandoc could not write {writer}: {done.stderr.decode().strip()}")
    return done.stdout.decode("utf-8")


class _Writer:
    """Walks the tree of one chapter's prose."""

    def __init__(self, target: Target, chapter: ExecutedChapter) -> None:
        self.target = target
        self.chapter = chapter
        self.counts = [chapter.number, 0, 0]
        self.payloads: Mapping[str, Payload] = {}

    def title(self) -> Node:
        title = self.chapter.title[self.target.lang]
        return self._heading(1, self.chapter.target, [{"t": "Str", "c": title}])

    def blocks(self, tree: list[Node], payloads: Mapping[str, Payload]) -> list[Node]:
        self.payloads = payloads
        return [self._walk(node) for node in tree if node["t"] != "Header" or node["c"][0] > 1]

    def _heading(self, level: int, anchor: str, inlines: list[Node]) -> Node:
        number = ".".join(map(str, self.counts[:level]))
        self.target.headings.append(Heading(level, number, anchor, _plain(inlines)))
        before = self.target.number.format(number)
        content = [self.target.inline(before), *inlines] if before else inlines
        return {"t": "Header", "c": [level, [anchor, [], []], content]}

    def _section(self, node: Node) -> Node:
        level = min(node["c"][0], 3)
        self.counts[level - 1] += 1
        self.counts[level:] = [0] * (3 - level)
        anchor = "sec-" + "-".join(map(str, self.counts[:level]))
        return self._heading(level, anchor, self._walk(node["c"][2]))

    def _walk(self, node: Any) -> Any:
        """Rebuild a node; in a list, an expression belongs to the text before it."""
        if isinstance(node, dict):
            if node.get("t") == "Header":
                return self._section(node)
            if node.get("t") == "Math":
                return self.target.math(node)
            return {key: self._walk(value) for key, value in node.items()}
        if not isinstance(node, list):
            return node
        made: list[Any] = []
        for item in node:
            kind = item.get("t") if isinstance(item, dict) else ""
            if kind == "Code" and made and str(_text(made[-1])).endswith("{eval}"):
                literal = made.pop()["c"].removesuffix("{eval}")
                made += [{"t": "Str", "c": literal}] if literal else []
                made.append(self.target.shown(self.payloads[item["c"][1]]))
            elif kind == "Link" and item["c"][2][0].startswith(("#fig-", "#tab-", "#ch-")):
                made.append(self._reference(item, made))
            else:
                made.append(self._walk(item))
        return made

    def _reference(self, node: Node, before: list[Node]) -> Node:
        target = node["c"][2][0][1:]
        text = _plain(node["c"][1]) or self.target.document.reference(target, self.target.lang)
        words = [word for word in map(_text, before) if word != " "]
        if not words or words[-1].endswith(_SENTENCE_END):
            text = text[:1].upper() + text[1:]
        leads = self.target.document.leads(target)
        return self.target.inline(
            self.target.reference(target, text) if leads else self.target.text(text)
        )


def _text(node: Node) -> str:
    """Return the text of a word, or a blank between words; empty for all that holds other nodes."""
    if node["t"] in ("Space", "SoftBreak"):
        return " "
    return str(node["c"]) if node["t"] == "Str" else ""


def _plain(nodes: Any) -> str:
    """Return the text of inline nodes."""
    if isinstance(nodes, list):
        return "".join(_plain(node) for node in nodes)
    if not isinstance(nodes, dict):
        return ""
    if nodes["t"] == "Code":
        return str(nodes["c"][1])
    return _text(nodes) or _plain(nodes.get("c", []))
