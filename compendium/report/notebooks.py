"""Executed notebooks as pages, made by nbconvert in the report's style, for who wants all of it.

Each cell leads to its place in the report, and the report leads to each cell. Nbconvert's own page
would fetch formulas and styles from the network; here pandoc writes the formulas, and the page is
that of the report.
"""

import re
from collections.abc import Iterable
from functools import partial
from html import escape
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter

from compendium.chapter.formatting import words
from compendium.files import write
from compendium.report.document import Document, ExecutedChapter
from compendium.report.editions import edition
from compendium.report.html import coloured, page
from compendium.report.kept import Kept
from compendium.report.prose import READER, pandoc

READS = ("compendium/report/notebook/*",)
HERE = Path(__file__).parent
_BOUNDARY = "<!-- cell -->"
_LINK = re.compile(r'href="#([^"]+)"')


def write_notebooks(
    document: Document, executed: Iterable[Path], folder: Path, kept: Kept, *, pages: bool = True
) -> None:
    """Write each chapter as a notebook for readers and as a page, those anew that changed."""
    others = repr((document.about, document.labels, [c.target for c in document.chapters]))
    paths = {path.stem: path for path in executed}
    for chapter in document.chapters:
        key = (chapter.name, paths[chapter.name].read_bytes(), others)
        notebook = kept.text((*key, "ipynb"), partial(edition, document, chapter))
        write(folder / f"{chapter.name}.ipynb", notebook)
        if pages:
            made = kept.text((*key, "html"), partial(notebook_page, document, chapter, notebook))
            write(folder / f"{chapter.name}.html", made)


def notebook_page(document: Document, chapter: ExecutedChapter, edition: str) -> str:
    """Return a chapter's executed notebook as a page.

    Parameters
    ----------
    document
        The report it belongs to.
    chapter
        The chapter.
    edition
        Its edition in the document's language, the notebook's JSON.

    Returns
    -------
    str
        The page, which fetches nothing.
    """
    notebook = nbformat.reads(edition, as_version=4)  # type: ignore[no-untyped-call]
    report = f"../../report/{document.lang}/report.html"
    prose = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    outputs = [item for cell in notebook["cells"] for item in cell.get("outputs", ())]
    told = (item.get("data", {}).get("text/markdown") for item in outputs)
    prose += [sentence for sentence in told if sentence]
    made = pandoc(f"\n\n{_BOUNDARY}\n\n".join(prose), READER, "html", "--mathml")
    rendered = dict(zip(prose, made.split(_BOUNDARY), strict=True))
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="notebook",
        extra_template_basedirs=[str(HERE)],
        filters={"markdown2html": rendered.__getitem__, "coloured": coloured},
    )
    exporter.preprocessors = []
    places = {"report": report, "chapter": f"{chapter.number:02d}", "number": chapter.number}
    body, _ = exporter.from_notebook_node(notebook, resources=places)
    own = set(re.findall(r'\bid="([^"]+)"', body))
    text = words(document.lang)["web"]
    return page(
        document,
        "notebook",
        f"{chapter.name}.html",
        title=f"{chapter.number} {escape(chapter.title)}",
        of=escape(document.title),
        report=f"{report}#{chapter.target}",
        back=text["report"],
        source=f"{chapter.name}.ipynb",
        notebook=text["notebook"],
        body=_LINK.sub(lambda m: m[0] if m[1] in own else f'href="{report}#{m[1]}"', body),
    )
