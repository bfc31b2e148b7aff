"""All the text a file holds, also where nobody looks: metadata, comments, images, attachments.

A search for people is worth what it reads. Formats that pack their text (PDF, Excel, notebooks,
pictures inside pages) are opened, and what they hold is read in turn; a file that cannot be opened
is told as such, so that silence means searched and not skipped.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote_to_bytes

from compendium.release.pdf import pdf_texts

_MARKUP = re.compile(r"<[A-Za-z!?/][^>]*>")
_WITHIN = "a|b|i|u|s|em|strong|span|small|sub|sup|mark|code|wbr|tspan"  # tags that part no words
_INLINE = re.compile(rf"</?(?:{_WITHIN})\b[^>]*>|<!--.*?-->", re.DOTALL)
_DATA_URI = re.compile(  # in quotes it may go over many lines
    r"(?<=\")data:[^\"<>]*;base64,[^\"<>]*(?=\")"
    r"|data:[\w/+.-]*(?:;[\w=-]+)*,[A-Za-z0-9+/=%_.~!*'()-]*"
)
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf])")
_ENCODED = re.compile(r"[A-Za-z0-9+/\s]{64,}={0,2}\s*")
_LETTERS = b"\0\1\0\0", b"OTTO", b"wOF"  # fonts: what they hold of text stands in them as it is
_RAW = (*_LETTERS, b"\xff\xd8\xff", b"GIF8", b"BM")  # ... and pictures whose comments do
_LOOSE = (".txt", ".csv", ".tsv", ".log", ".md")  # text of an older program, not in UTF-8
_SHORT = 64
_CELL = re.compile(r"^cells\[(\d+)\]")


@dataclass(frozen=True)
class Part:
    """A stretch of text and its place in the file; `unread` says why a place could not be read.

    Lines are counted by who needs them.
    """

    place: str
    text: str = ""
    unread: str = ""


def parts(name: str, data: bytes, place: str = "") -> Iterator[Part]:
    r"""Yield the text of a file.

    Parameters
    ----------
    name
        The file's name; its ending matters where the bytes do not tell the format.
    data
        Its bytes.
    place
        Where the file itself stands, if inside another.

    Yields
    ------
    Part
        Text as a reader or a program sees it. The same text may come twice, as in HTML with and
        without its tags.

    Examples
    --------
    >>> [part.text for part in parts("a.html", b"<td>P00<b>7</b></td>")]
    ['<td>P00<b>7</b></td>', ' P007 ']
    >>> [(part.place, part.text) for part in parts("a.json", b'{"a": [1, {"b": "x"}]}')][-1]
    ('a[1].b', 'b: x')
    """
    kinds = ((b"%PDF", _pdf), (b"PK\3\4", _zip), (b"\x1f\x8b", _gzip), (b"\x89PNG", _png))
    for magic, read in kinds:
        if data.startswith(magic):
            try:
                yield from read(name, data, place)
            except Exception as error:  # noqa: BLE001 - a broken file must not end the search
                yield from _raw(data, place)
                yield Part(place, unread=f"{type(error).__name__}: it cannot be opened")
            return
    if data.startswith(_RAW):
        yield from _raw(data, place)
        return
    text = _decoded(name, data)
    if text is None:
        yield from _raw(data, place)
        if not place:
            yield Part(place, unread="no format that can be searched")
        return
    yield from _text(text, place)


def _decoded(name: str, data: bytes) -> str | None:
    encodings = ["utf-8-sig"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings.insert(0, "utf-16")
    if PurePosixPath(name).suffix.lower() in _LOOSE:
        encodings.append("cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _text(text: str, place: str) -> Iterator[Part]:
    """Yield a text as what it is: JSON, markup, an encoded file, or plain."""
    if text.lstrip()[:1] in ("{", "[") and len(text) > 1:
        try:
            tree = json.loads(text, parse_int=str, parse_float=str)
        except ValueError:
            pass
        else:
            yield from _tree(tree, place)
            return
    if len(text) >= 64 and _ENCODED.fullmatch(text):
        try:
            yield from parts("", base64.b64decode(text, validate=False), f"{place}, encoded")
        except binascii.Error:
            pass
        else:
            return
    if "&#" in text or _MARKUP.search(text):
        yield from _markup(text, place)
    else:
        yield Part(place, text)


def _tree(node: Any, place: str) -> Iterator[Part]:
    """Yield the leaves and the keys of a JSON document."""
    if isinstance(node, dict):
        for key, item in node.items():
            inner = f"{place}.{key}" if place else key
            if isinstance(item, str) and len(item) < _SHORT:  # a name announces its value
                yield Part(_CELL.sub(_cell, inner), f"{key}: {item}")
                continue
            yield Part(f"{place}, a key".lstrip(", "), key)
            yield from _tree(item, inner)
    elif isinstance(node, list):
        lines = all(isinstance(item, str) and item.endswith("\n") for item in node[:-1])
        if lines and node and isinstance(node[-1], str):  # a text of a notebook
            yield from _text("".join(node), _CELL.sub(_cell, place))
            return
        for number, item in enumerate(node):
            yield from _tree(item, f"{place}[{number}]")
    elif isinstance(node, str):
        yield from _text(node, _CELL.sub(_cell, place))


def _cell(found: re.Match[str]) -> str:
    return f"cell {int(found[1]) + 1}"


def _markup(text: str, place: str) -> Iterator[Part]:
    """Yield HTML, SVG or XML as written, as seen without its tags, and the files inside it."""
    inside: list[str] = []

    def taken(found: re.Match[str]) -> str:
        inside.append(found[0])
        return "data:"

    bare = _DATA_URI.sub(taken, text)
    yield Part(place, _ESCAPED.sub(_unescaped, html.unescape(bare)))
    seen = _MARKUP.sub(" ", _INLINE.sub("", bare))
    yield Part(f"{place}, as seen" if place else "as seen", html.unescape(seen))
    for number, uri in enumerate(inside, start=1):
        head, _, body = uri.partition(",")
        data = unquote_to_bytes(body)
        if head.endswith("base64"):
            data = base64.b64decode(data + b"==", validate=False)
        yield from parts("", data, f"{place}, embedded file {number}".lstrip(", "))


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else " "


def _raw(data: bytes, place: str) -> Iterator[Part]:
    """Yield bytes as letters of one and of two bytes."""
    yield Part(place, data.decode("latin-1"))
    for start in (0, 1):
        yield Part(place, data[start:].decode("utf-16-le", errors="replace"))


def _pdf(_: str, data: bytes, place: str) -> Iterator[Part]:
    for where, found in pdf_texts(data):
        inner = f"{place}, {where}".lstrip(", ")
        if isinstance(found, bytes):
            yield from parts("", found, inner)
        else:
            yield Part(inner, found)


def _zip(_: str, data: bytes, place: str) -> Iterator[Part]:
    """Yield what an archive, an Excel or a Word file holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield Part(f"{place}, comment".lstrip(", "), archive.comment.decode("latin-1"))
        for member in archive.infolist():
            where = f"{place}, {member.filename}".lstrip(", ")
            yield Part(where, member.filename)
            yield from parts(member.filename, archive.read(member), where)


def _gzip(name: str, data: bytes, place: str) -> Iterator[Part]:
    yield from parts(name.removesuffix(".gz"), gzip.decompress(data), place)


def _png(_: str, data: bytes, place: str) -> Iterator[Part]:
    """Yield all of a PNG but its points: text in whatever chunk, and what follows its end."""
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"IEND":
            break
        if kind in (b"IHDR", b"IDAT", b"PLTE"):
            continue
        where = f"{place}, PNG {kind.decode('latin-1')}".lstrip(", ")
        yield Part(where, body.decode("latin-1"))
        packed = body.find(b"\0\0") + 2 if kind == b"zTXt" else body.find(b"\0\1\0") + 3
        if kind in (b"zTXt", b"iTXt") and packed > 2:
            if kind == b"iTXt":  # language and translated keyword come first
                packed = body.index(b"\0", body.index(b"\0", packed) + 1) + 1
            yield Part(where, zlib.decompress(body[packed:]).decode("utf-8", errors="replace"))
    yield Part(f"{place}, after the picture".lstrip(", "), data[at:].decode("latin-1"))
