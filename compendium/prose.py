"""From Markdown cells to the pages: pandoc's syntax tree, with our numbers and references put in.

Pandoc reads the prose of all chapters at once and writes HTML or Typst; in between, this module
walks the tree. It needs no filter language of pandoc's own, and no process per cell.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from compendium.document import Code, Document, ExecutedChapter, Prose
from compendium.errors import RenderError
from compendium.executed import Exhibit
from compendium.formatting import part
from compendium.inline import sentence_parts

Node = dict[str, Any]
READER = "commonmark+tex_math_dollars+footnotes+pipe_tables+raw_attribute"
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")
_NO_ATTRIBUTES: list[Any] = ["", [], []]
_SENTENCE_END = (".", "!", "?", ":")


class Target(Protocol):
    """What differs between HTML and Typst; every method returns markup."""

    format: str
    lang: str
    document: Document

    def text(self, literal: str) -> str:
        """A literal text."""
        ...

    def value(self, payload: Mapping[str, Any], text: str) -> str:
        """A number with the way to its origin."""
        ...

    def finding(self, inner: str, addition: bool) -> str:
        """The sentence of a finding."""
        ...

    def reference(self, target: str, text: str) -> str:
        """A link to a figure, table or chapter."""
        ...

    def math(self, source: str, display: bool) -> tuple[str, str]:
        """What stands before and after a formula."""
        ...

    def exhibit(self, exhibit: Exhibit) -> str:
        """A figure or table."""
        ...

    def code(self, chapter: ExecutedChapter, block: Code) -> list[Node]:
        """The blocks of a code cell."""
        ...

    def chapter(self, chapter: ExecutedChapter, blocks: list[Node]) -> list[Node]:
        """The blocks of a chapter."""
        ...

    def number(self, number: str) -> list[Node]:
        """The number before a heading."""
        ...


@dataclass
class Heading:
    """A numbered heading, for the table of contents."""

    level: int
    number: str
    target: str
    text: str


@dataclass
class Body:
    """The rendered chapters and their headings."""

    markup: str
    headings: list[Heading] = field(default_factory=list)


def raw_block(target: Target, markup: str) -> Node:
    """Return a block of finished markup."""
    return {"t": "RawBlock", "c": [target.format, markup]}


def raw_inline(target: Target, markup: str) -> Node:
    """Return a piece of finished markup inside a paragraph."""
    return {"t": "RawInline", "c": [target.format, markup]}


def inline_markup(target: Target, payload: Mapping[str, Any]) -> str:
    """Return the markup of a value, or of the sentence of a finding."""
    which = payload.get("part", "")
    if payload["kind"] == "finding" and not which:
        inner = sentence_markup(target, payload, payload["text"][target.lang])
        return target.finding(inner, bool(payload["addition"]))
    return target.value(payload, part(payload, which or "value", target.lang))


def sentence_markup(target: Target, payload: Mapping[str, Any], text: str) -> str:
    """Return the markup of a sentence or caption with its {placeholders} filled in."""
    return "".join(
        target.text(literal) if of is None else target.value(of, part(of, which, target.lang))
        for literal, of, which in sentence_parts(payload, text)
    )


def render_body(target: Target) -> Body:
    """Render all chapters of the target's document in its language."""
    body = Body("")
    blocks: list[Node] = []
    trees = iter(_read(_prose(target)))
    for chapter in target.document.chapters:
        inner: list[Node] = []
        writer = _Writer(target, chapter, body.headings)
        inner.append(writer.title())
        for block in chapter.blocks:
            if isinstance(block, Code):
                inner += _code(target, chapter, block)
            elif block.lang in ("", target.lang):
                inner += writer.blocks(next(trees), block.payloads)
        blocks += target.chapter(chapter, inner)
    body.markup = _write(blocks, target.format)
    return body


def _code(target: Target, chapter: ExecutedChapter, block: Code) -> list[Node]:
    made = target.code(chapter, block)
    made += [raw_block(target, target.exhibit(exhibit)) for exhibit in block.shown]
    if block.findings:
        items = [[raw_inline(target, inline_markup(target, f))] for f in block.findings]
        made.append({"t": "BulletList", "c": [[{"t": "Plain", "c": item}] for item in items]})
    return made


def _prose(target: Target) -> list[tuple[int, Prose]]:
    return [
        (chapter.number, block)
        for chapter in target.document.chapters
        for block in chapter.blocks
        if isinstance(block, Prose) and block.lang in ("", target.lang)
    ]


def _read(cells: Iterable[tuple[int, Prose]]) -> list[list[Node]]:
    """Parse all cells in one call; footnotes are named by chapter, as chapters share names."""
    boundary = "```{=boundary}\n```"
    texts = [_FOOTNOTE.sub(rf"[^{number}-\1]", cell.source) for number, cell in cells]
    tree = json.loads(
        pandoc("\n\n".join(f"{boundary}\n\n{text}" for text in texts), READER, "json")
    )
    trees: list[list[Node]] = []
    for block in tree["blocks"]:
        if block["t"] == "RawBlock" and block["c"][0] == "boundary":
            trees.append([])
        else:
            trees[-1].append(block)
    return trees


def _write(blocks: list[Node], to: str) -> str:
    tree = {"pandoc-api-version": _api_version(), "meta": {}, "blocks": blocks}
    options = ["--mathml"] if to == "html" else []
    return pandoc(json.dumps(tree), "json", to, *options)


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

    def __init__(self, target: Target, chapter: ExecutedChapter, headings: list[Heading]) -> None:
        self.target = target
        self.chapter = chapter
        self.headings = headings
        self.counts = [0, 0]
        self.payloads: Mapping[str, Mapping[str, Any]] = {}

    def title(self) -> Node:
        title = self.chapter.title[self.target.lang]
        return self._heading(
            1, str(self.chapter.number), self.chapter.target, title, [_string(title)]
        )

    def blocks(self, tree: list[Node], payloads: Mapping[str, Mapping[str, Any]]) -> list[Node]:
        self.payloads = payloads
        return [self._block(node) for node in tree if not _is_title(node)]

    def _block(self, node: Node) -> Node:
        if node["t"] != "Header":
            walked: Node = self._walk(node)
            return walked
        level, _, inlines = node["c"]
        inlines = self._inlines(inlines)
        level = min(level, 3)
        self.counts = (
            [self.counts[0] + 1, 0] if level == 2 else [self.counts[0], self.counts[1] + 1]
        )
        parts = [self.chapter.number, *self.counts[: level - 1]]
        anchor = "sec-" + "-".join(map(str, parts))
        return self._heading(level, ".".join(map(str, parts)), anchor, _plain(inlines), inlines)

    def _heading(
        self, level: int, number: str, anchor: str, text: str, inlines: list[Node]
    ) -> Node:
        self.headings.append(Heading(level, number, anchor, text))
        return {"t": "Header", "c": [level, [anchor, [], []], self.target.number(number) + inlines]}

    def _walk(self, node: Any) -> Any:
        """Rebuild a node; a list that holds inline nodes is rewritten as a run of text."""
        if isinstance(node, list):
            if any(
                isinstance(item, dict) and item.get("t") in ("Str", "Code", "Link") for item in node
            ):
                return self._inlines(node)
            return [self._walk(item) for item in node]
        if isinstance(node, dict):
            if node.get("t") == "Math":
                return self._math(node)
            return {key: self._walk(value) for key, value in node.items()}
        return node

    def _inlines(self, nodes: list[Node]) -> list[Node]:
        made: list[Node] = []
        for node in nodes:
            before = made[-1] if made else None
            if (
                node["t"] == "Code"
                and before
                and before["t"] == "Str"
                and before["c"].endswith("{eval}")
            ):
                literal = made.pop()["c"].removesuffix("{eval}")
                made += [_string(literal)] if literal else []
                made.append(
                    raw_inline(self.target, inline_markup(self.target, self.payloads[node["c"][1]]))
                )
            elif node["t"] == "Link" and node["c"][2][0].startswith(("#fig-", "#tab-", "#ch-")):
                made.append(self._reference(node, made))
            else:
                made.append(self._walk(node))
        return made

    def _reference(self, node: Node, before: list[Node]) -> Node:
        target = node["c"][2][0][1:]
        text = _plain(node["c"][1]) or self.target.document.reference(target, self.target.lang)
        if _starts_sentence(before):
            text = text[:1].upper() + text[1:]
        if not self.target.document.leads(target):
            return raw_inline(self.target, self.target.text(text))
        return raw_inline(self.target, self.target.reference(target, text))

    def _math(self, node: Node) -> Node:
        display = node["c"][0]["t"] == "DisplayMath"
        before, after = self.target.math(node["c"][1], display)
        if not before:
            return node
        around = [raw_inline(self.target, before), node, raw_inline(self.target, after)]
        return {"t": "Span", "c": [_NO_ATTRIBUTES, around]}


def _string(text: str) -> Node:
    return {"t": "Str", "c": text}


def _is_title(node: Node) -> bool:
    return bool(node["t"] == "Header" and node["c"][0] == 1)


def _starts_sentence(before: list[Node]) -> bool:
    words = [node for node in before if node["t"] not in ("Space", "SoftBreak")]
    if not words:
        return True
    return words[-1]["t"] == "Str" and str(words[-1]["c"]).endswith(_SENTENCE_END)


def _plain(nodes: Any) -> str:
    """Return the text of inline nodes."""
    if isinstance(nodes, list):
        return "".join(_plain(node) for node in nodes)
    if not isinstance(nodes, dict):
        return ""
    if nodes["t"] == "Str":
        return str(nodes["c"])
    if nodes["t"] in ("Space", "SoftBreak"):
        return " "
    if nodes["t"] == "Code":
        return str(nodes["c"][1])
    return _plain(nodes.get("c", []))
