"""What is wrong with a PDF for one who cannot see it: tags, texts and fonts, read by pikepdf.

PDF/UA-1 asks for more than a program can tell; here stands what one can, and what Typst alone does
not promise: row headers, bookmarks for every chapter, and an alternative text that says something.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf


def faults(made: bytes, lang: str) -> list[str]:
    """Return every fault found in a PDF in this language, each as a few words."""
    with pikepdf.open(io.BytesIO(made)) as pdf:
        return [*_document(pdf, lang), *_pictures(pdf), *_tables(pdf), *_fonts(pdf)]


def elements(pdf: pikepdf.Pdf, *kinds: str) -> list[Any]:
    """Return the structure elements of some kinds in reading order."""
    tree = pdf.Root.get("/StructTreeRoot", pikepdf.Dictionary())
    return [node for node in _below(tree) if str(node.S).removeprefix("/") in kinds]


def _below(node: Any) -> Iterator[Any]:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _below(kid)


def _document(pdf: pikepdf.Pdf, lang: str) -> Iterator[str]:
    if not pdf.Root.get("/MarkInfo", {}).get("/Marked"):
        yield "not tagged"
    if not str(pdf.Root.get("/Lang", "")).startswith(lang):
        yield "another language"
    with pdf.open_metadata() as metadata:
        if metadata.get("pdfuaid:part") != "1":
            yield "not said to be PDF/UA-1"
        if not metadata.get("dc:title"):
            yield "no title"
    with pdf.open_outline() as outline:
        if len(outline.root) != len(elements(pdf, "H1")):
            yield "not a bookmark for every chapter"


def _pictures(pdf: pikepdf.Pdf) -> Iterator[str]:
    for node in elements(pdf, "Figure", "Formula"):
        if not str(node.get("/Alt", "")).strip():
            yield f"{node.S} without an alternative text"


def _tables(pdf: pikepdf.Pdf) -> Iterator[str]:
    ids = {str(node.ID) for node in elements(pdf, "TH") if "/ID" in node}
    for head in elements(pdf, "TH"):
        if "/Scope" not in head.A[0]:
            yield "a header cell without a scope"
    for body in elements(pdf, "TBody"):
        for row in (kid for kid in _below(body) if kid.S == "/TR"):
            first, *others = [kid for kid in _below(row) if kid.S in ("/TH", "/TD")]
            if "/K" in first and first.S != "/TH":
                yield "a row without a header"
            for cell in others:
                if not {str(name) for name in cell.A[0].get("/Headers", [])} <= ids:
                    yield "a cell names a header that is not there"


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for page in pdf.pages:
        for font in page.resources.get("/Font", {}).values():
            inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            described = inner.get("/FontDescriptor", {})
            if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described.keys()):
                yield f"{font.BaseFont} is not embedded"
