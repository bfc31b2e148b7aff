"""`jupyter nbconvert --to threeroutes_html` and `_pdf`: a chapter alone, rendered as in the report.

Nbconvert's own templates know neither our exhibits nor languages; these classes hand an executed
notebook to the report's renderer: one the build keeps, an edition for readers, or one that
papermill or nbconvert executed. The language is the trait `lang`:

    jupyter nbconvert --to threeroutes_pdf --ReportExporter.lang=da outputs/executed/07_….ipynb
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from traitlets import Enum, default
from traitlets.config import Application

from compendium.chapter.catalogue import SOURCE, translator
from compendium.chapter.formatting import LANGUAGES
from compendium.chapter.inline import expressions
from compendium.chapter.payloads import MIME, Payload
from compendium.errors import CompendiumError, NotebookError
from compendium.report.document import About, Document, executed_chapter, render
from compendium.run.executed import exhibits, is_code, values
from evallib.settings import project

_ASSIGNED = re.compile(
    r"^[ \t]*(\w+)(?:: \w+)? = (?:(?:value|finding|compare|fact)\(\s*[\"']([^\"'{]+)[\"'])?",
    re.MULTILINE,
)  # a name, and the id of what was recorded under it, if it says one


class ReportExporter(Exporter):
    """A chapter as a report of its own."""

    kind = ""
    lang = Enum(
        ("", *LANGUAGES), default_value="", help="language of the report; by default the notebook's"
    ).tag(config=True)

    def from_notebook_node(
        self, nb: Any, resources: Any | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Render an executed notebook; returns the text or bytes, and nbconvert's resources."""
        del kw
        try:
            made = render(chapter_alone(nb, self.lang), self.kind)
        except CompendiumError as error:
            from nbconvert.nbconvertapp import NbConvertApp  # which itself loads all exporters

            if Application.initialized() and isinstance(Application.instance(), NbConvertApp):
                raise SystemExit(f"nbconvert: {error}") from error  # a sentence, and no traceback
            raise ConversionException(str(error)) from error
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


def chapter_alone(notebook: dict[str, Any], lang: str = "") -> Document:
    """Return an executed notebook as a document of one chapter.

    Parameters
    ----------
    notebook
        As the build keeps it, an edition for readers, or as papermill or nbconvert executed it.
    lang
        The language; left out, the notebook's own.

    Returns
    -------
    Document
        The chapter alone.

    Raises
    ------
    NotebookError
        If the notebook does not hold what is asked for; the sentence says what to run.
    """
    about = notebook["metadata"].get("compendium", {})
    if "chapter" not in about:
        raise NotebookError("this notebook is no chapter: its metadata hold no chapter number")
    number, own = about["chapter"], about.get("edition") or about.get("language")
    wanted = lang or own or SOURCE
    if about.get("edition", wanted) != wanted:
        raise NotebookError(f"this edition's prose is in `{own}` alone; {_instead(number)}")
    figures = [e.payload for e in exhibits(notebook) if e.payload["kind"] == "figure"]
    if "language" not in about and any(wanted not in figure["svg"] for figure in figures):
        raise NotebookError(f"its figures were not drawn in `{wanted}`; {_instead(number)}")
    cells = list(_evaluated(notebook, number))
    chapter = executed_chapter({**notebook, "cells": cells}, translator(wanted, _name(number)))
    standin = all(figure.get("standin", True) for figure in figures)  # in doubt, it says so
    about_it = About(chapter.title, choices=str(number), standin=standin)
    return Document(about_it, wanted, chapter.title, (chapter,), project())


def _name(number: int) -> str:
    """Return the name of the chapter's source, which is also that of its catalogue."""
    names = sorted(path.stem for path in (project() / "notebooks").glob(f"{number:02d}_*.ipynb"))
    return names[0] if names else f"{number:02d}"


def _instead(number: int) -> str:
    """Return what to run and what to export then."""
    return (
        f"run `python run_all.py --chapter {number}`, and export "
        f"outputs/custom/{number}/executed/{_name(number)}.ipynb"
    )


def _evaluated(notebook: Mapping[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """Yield the cells with the numbers their prose asks for.

    What our engine asks the kernel, papermill and nbconvert do not; the code then says which name
    was given to which recorded value, as in `x = value("id", …)`.
    """
    recorded = values(notebook, number)["values"]
    names: dict[str, Payload] = {}
    for cell in notebook["cells"]:
        if is_code(cell):
            for name, recorded_id in _ASSIGNED.findall(cell["source"]):
                names[name] = {"id": recorded_id, **recorded.get(recorded_id, {})}
        if cell["cell_type"] != "markdown" or "user_expressions" in cell["metadata"]:
            yield cell
            continue
        stored = []
        for expression in expressions(cell["source"]):
            name, _, part = expression.partition(".")
            if "kind" not in names.get(name, ()):
                raise NotebookError(
                    f"cell {cell['id']}: {{eval}}`{expression}` was not evaluated when this "
                    f"notebook was executed; {_instead(number)}"
                )
            data = {MIME: {**names[name], "part": part}}
            stored.append({"expression": expression, "result": {"data": data}})
        yield {**cell, "metadata": {**cell["metadata"], "user_expressions": stored}}
