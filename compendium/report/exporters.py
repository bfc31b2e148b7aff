"""`jupyter nbconvert --to threeroutes_html` and `_pdf`: a chapter alone, rendered as in the report.

Nbconvert's own templates know neither our exhibits nor languages; these classes hand the executed
notebook to the report's renderer. The language is the trait `lang`:

    jupyter nbconvert --to threeroutes_pdf --ReportExporter.lang=en outputs/notebooks/07_….ipynb
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Enum, default

from compendium.chapter.formatting import LANGUAGES
from compendium.report.document import About, Document, executed_chapter, render


class ReportExporter(Exporter):
    """A chapter as a report of its own."""

    kind = ""
    lang = Enum(LANGUAGES, default_value=LANGUAGES[0], help="language of the report").tag(
        config=True
    )

    def from_notebook_node(
        self, nb: Any, resources: Any | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Render an executed notebook; returns the text or bytes, and nbconvert's resources."""
        del kw
        chapter = executed_chapter(nb)
        about = About(chapter.title, choices=str(chapter.number))
        made = render(Document(about, (chapter,)), self.lang, self.kind)
        resources = {**(resources or {}), "output_extension": self.file_extension}
        return made if self.kind == "pdf" else made.decode("utf-8"), resources

    @default("file_extension")
    def _extension(self) -> str:
        return f".{self.kind}"


class HTML(ReportExporter):
    """A chapter as one HTML file."""

    kind = "html"
    export_from_notebook = "Report chapter (HTML)"


class PDF(ReportExporter):
    """A chapter as one accessible PDF."""

    kind = "pdf"
    export_from_notebook = "Report chapter (PDF)"
