"""The kinds of report, by the name of their file: an HTML page and a PDF, from one document."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compendium.document import Document

RENDERERS = {"html": "compendium.report_html", "pdf": "compendium.report_pdf"}


def render(document: Document, lang: str, kind: str) -> bytes:
    """Return the report in a language as the bytes of a file of this kind.

    The renderer is loaded when it is used, so that a change of one is no change of the other.
    """
    made: bytes = importlib.import_module(RENDERERS[kind]).render(document, lang)
    return made
