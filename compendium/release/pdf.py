"""The text of a PDF: on its pages, in its tags and names, in its metadata and attachments.

What is said of a page (alternative texts, titles, links) are strings anywhere among its objects.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

_MARKS = ("BDC", "DP")  # begin a marked part of a page; what they carry is read aloud


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
    from pypdf import PdfReader

    with pikepdf.open(io.BytesIO(data)) as document:
        for number, shown in enumerate(PdfReader(io.BytesIO(data)).pages, start=1):
            yield f"page {number}", shown.extract_text()
        for number, page in enumerate(document.pages, start=1):
            yield f"page {number}, tags", "\n\n".join(_marked(page))
        for number, held in enumerate(document.objects, start=1):
            drawn = isinstance(held, pikepdf.Stream) and held.get("/Subtype") == "/Form"
            strings = "\n\n".join([*_strings(held), *(_marked(held) if drawn else ())])
            if strings:
                yield f"object {number}", strings
            if isinstance(held, pikepdf.Stream) and _holds_a_file(held):
                yield f"object {number}", held.read_bytes()
        yield "information", "\n\n".join(_strings(document.trailer.get("/Info", {})))


def _marked(drawn: Any) -> Iterator[str]:
    """Yield the strings that marks on a page or in a drawing carry."""
    import pikepdf

    for step in pikepdf.parse_content_stream(drawn):
        if str(step.operator) in _MARKS:
            yield from (text for given in step.operands for text in _strings(given))


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
