"""The text of a PDF: on its pages, in its tags and names, in its metadata and attachments.

A page of a PDF shows glyphs by number; the font's ToUnicode map says which letters they are. What
is said of a page (alternative texts, titles, links) are strings anywhere among its objects.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

_CHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]*)>")
_CODE = rb"<([0-9A-Fa-f]+)>\s*"
_RANGE = re.compile(_CODE + _CODE + rb"(?:<([0-9A-Fa-f]+)>|\[(.*?)\])", re.DOTALL)
_SPACE = re.compile(rb"begincodespacerange\s*<([0-9A-Fa-f]+)>")
_HEX = re.compile(rb"<([0-9A-Fa-f]*)>")
_BROKEN = re.compile(r"\n[\n\xad]*")
_DEEPEST = 20  # forms within forms; a drawing that holds itself would have no end
_NEW_LINE = ("Td", "TD", "T*", "Tm", "ET")

_Font = tuple[dict[int, str], int]  # letters by code, and the bytes of a code


def pdf_texts(data: bytes) -> Iterator[tuple[str, str | bytes]]:
    """Yield (place, text) of a PDF, and (place, bytes) of each file or packed text inside it.

    Raises
    ------
    pikepdf.PdfError
        If it cannot be opened; PasswordError, one of these, if it is locked.

    References
    ----------
    ISO 32000-2, 9.10.2 (mapping character codes to Unicode values).
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as document:
        for number, page in enumerate(document.pages, start=1):
            said: list[str] = []  # texts in place of what is shown, such as ActualText
            shown = "".join(_shown(page.obj, page.resources, {}, said))
            yield f"page {number}", _BROKEN.sub("\n", shown)
            yield f"page {number}, tags", "\n\n".join(said)
        for number, held in enumerate(document.objects, start=1):
            strings = "\n\n".join(_strings(held))
            if strings:
                yield f"object {number}", strings
            if isinstance(held, pikepdf.Stream) and _holds_a_file(held):
                yield f"object {number}", held.read_bytes()
        yield "information", "\n\n".join(_strings(document.trailer.get("/Info", {})))


def _holds_a_file(stream: Any) -> bool:
    kind = str(stream.get("/Type", ""))
    return kind in ("/Metadata", "/EmbeddedFile") or stream.get("/Params") is not None


def _strings(node: Any, depth: int = 0) -> Iterator[str]:
    """Yield the strings and names of an object, but for what other objects hold."""
    import pikepdf

    if depth and getattr(node, "is_indirect", False):
        return
    if isinstance(node, pikepdf.String | pikepdf.Name):
        yield str(node)
    elif isinstance(node, pikepdf.Array):
        for item in node:
            yield from _strings(item, depth + 1)
    elif isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
        for key, item in node.items():
            yield key
            yield from _strings(item, depth + 1)


def _shown(
    holder: Any, resources: Any, fonts: dict[str, _Font], said: list[str], depth: int = 0
) -> Iterator[str]:
    """Yield the text a page, or a form drawn on it, shows; a line ends where the pen moves."""
    import pikepdf

    fonts = fonts | {
        str(name): _letters(font) for name, font in (resources.get("/Font") or {}).items()
    }
    forms = resources.get("/XObject") or {}
    font: _Font = ({}, 1)
    for step in pikepdf.parse_content_stream(holder):
        name, operands = str(step.operator), step.operands
        if name == "Tf":
            font = fonts.get(str(operands[0]), ({}, 1))
        elif name in ("Tj", "'", '"'):
            yield _decoded(bytes(operands[-1]), font)
        elif name == "TJ":
            strings = (item for item in operands[0] if isinstance(item, pikepdf.String))
            yield "".join(_decoded(bytes(item), font) for item in strings)
        elif name in _NEW_LINE:
            yield "\n"
        elif name == "Do":
            form = forms.get(str(operands[0]))
            if form is not None and form.get("/Subtype") == "/Form" and depth < _DEEPEST:
                inner = form.get("/Resources", resources)
                yield from _shown(form, inner, fonts, said, depth + 1)
        elif name in ("BDC", "DP"):
            said += _strings(operands[-1])


def _decoded(code: bytes, font: _Font) -> str:
    letters, width = font
    if not letters:
        return code.decode("latin-1")
    numbers = (int.from_bytes(code[at : at + width]) for at in range(0, len(code), width))
    return "".join(letters.get(number, "\ufffd") for number in numbers)


def _letters(font: Any) -> _Font:
    """Return what the codes of a font mean, from its ToUnicode map."""
    if "/ToUnicode" not in font:
        return {}, 1
    table = font.ToUnicode.read_bytes()
    space = _SPACE.search(table)
    found: dict[int, str] = {}
    for block in _CHARS.findall(table):
        found |= {int(code, 16): _utf16(text) for code, text in _PAIR.findall(block)}
    for block in _RANGES.findall(table):
        for first, last, start, listed in _RANGE.findall(block):
            codes = range(int(first, 16), int(last, 16) + 1)
            if start:
                begin = int(start, 16)
                texts = [_utf16(b"%0*X" % (len(start), begin + n)) for n in range(len(codes))]
            else:
                texts = [_utf16(text) for text in _HEX.findall(listed)]
            found |= dict(zip(codes, texts, strict=False))
    return found, len(space[1]) // 2 if space else 1


def _utf16(code: bytes) -> str:
    return bytes.fromhex(code.decode("ascii")).decode("utf-16-be", errors="replace")
