"""Write a report: from executed notebooks to one file in one language.

The build and the nbconvert entry points call the same function, so a chapter exported alone looks
as it does in the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from compendium.document import About, Document, read_document
from compendium.files import write


def render(document: Document, lang: str, kind: str) -> bytes:
    """Return the report as the bytes of an "html" or "pdf" file."""
    if kind == "html":
        from compendium.report_html import render_html

        return render_html(document, lang).encode("utf-8")
    from compendium.report_pdf import render_pdf

    return render_pdf(document, lang)


def write_report(notebooks: Iterable[Path], about: About, lang: str, kind: str, path: Path) -> None:
    """Render executed notebooks and write the file, whole or not at all."""
    write(path, render(read_document(notebooks, about), lang, kind))
