"""Executed chapters as notebooks for readers, in one language.

Numbers stand in the prose, references as words, and outputs are what Jupyter shows everywhere: a
figure as a picture with its alternative text, beside its drawing, which is shown to those who trust
it alone; a table as HTML; a value as one line. Code stays as it is, so that the English edition
gives the same outputs when it is run again.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compendium.chapter.catalogue import SOURCE
from compendium.chapter.formatting import words
from compendium.chapter.inline import plain
from compendium.chapter.payloads import MIME, Payload, is_sentence, say, shown
from compendium.chapter.tables import to_html
from compendium.report.document import ADDED, Document, ExecutedChapter, Prose
from compendium.report.kept import Kept
from compendium.report.prose import CITED, citations
from compendium.report.tools import PANDOC, lacking
from compendium.run.executed import Exhibit, exhibits

_NO_ID = re.compile(r"[^A-Za-z0-9_-]")


def edition(document: Document, chapter: ExecutedChapter) -> str:
    """Return a chapter as a notebook in the document's language.

    Parameters
    ----------
    document
        All chapters, so that references to others have their numbers.
    chapter
        One of them.

    Returns
    -------
    str
        The notebook's JSON; its metadata say the language under "edition".
    """
    import nbformat

    about, cells = chapter.notebook["metadata"], list(_cells(document, chapter))
    prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
    asked = CITED.findall("\n".join("".join(cell["source"]) for cell in prose))
    asked = [] if PANDOC in lacking() else asked  # a citation then stands as it is written
    cited, _ = citations(document, "plain", asked, Kept()) if asked else ({}, "")
    for cell in prose if asked else ():
        cell["source"] = CITED.sub(lambda place: cited[place[1]].strip(), "".join(cell["source"]))
    known = {"compendium": {**about["compendium"], "edition": document.lang}}
    notebook = {"cells": cells, "metadata": {**about, **known}, "nbformat": 4, "nbformat_minor": 5}
    made = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    return f"{nbformat.writes(made, version=4)}\n"  # type: ignore[no-untyped-call]


def _cells(document: Document, chapter: ExecutedChapter) -> Iterator[dict[str, Any]]:
    prose = {block.id: block for block in chapter.blocks if isinstance(block, Prose)}
    made = [exhibit for exhibit in exhibits(chapter.notebook) if exhibit.number]
    if document.about.draft:
        yield _added("draft", f"**{words(document.lang)['draft']}**")
    if chapter.foreign_in(document):
        yield _added("untranslated", f"*{words(document.lang)['untranslated']}*")
    for cell in chapter.notebook["cells"]:
        if cell["cell_type"] == "code":
            outputs = [_output(output, chapter) for output in cell["outputs"]]
            yield {**cell, "outputs": outputs}
            yield from (_label(document, chapter, e) for e in made if e.cell_id == cell["id"])
        elif cell["id"] in prose:
            told = document.written(
                chapter,
                prose[cell["id"]],
                lambda p: plain(_told(document, chapter, p)),
                "\ue005{}\ue006".format,  # as it stands in the report; the list of works is there
            )
            kept = {k: v for k, v in cell["metadata"].items() if k != "user_expressions"}
            yield {**cell, "source": told, "metadata": kept}
        else:
            yield cell


def _told(document: Document, chapter: ExecutedChapter, payload: Payload) -> str:
    """Return an inline payload as text; on stand-in data a verdict says that it illustrates."""
    text = shown(payload, chapter.translate)
    if is_sentence(payload) and payload["judged"] and document.about.standin:
        return f"{text} ({words(chapter.translate.lang)['box_mark']})"
    return text


def _label(document: Document, chapter: ExecutedChapter, exhibit: Exhibit) -> dict[str, Any]:
    """Return a cell that names a figure or table; a table has its caption on it already."""
    payload, translate = exhibit.payload, chapter.translate
    kind, number = document.labels[exhibit.target]
    text = f'<a id="{exhibit.target}"></a>**{words(translate.lang)[kind]} {number}**'
    if kind == "figure":
        text += f" {plain(say(payload['caption'], payload, translate))}"
    return _added(exhibit.target, text)


def _added(name: str, text: str) -> dict[str, Any]:
    cell_id = _NO_ID.sub("_", name)[:64]
    return {"cell_type": "markdown", "id": cell_id, "metadata": {"tags": [ADDED]}, "source": text}


def _output(output: Mapping[str, Any], chapter: ExecutedChapter) -> Mapping[str, Any]:
    """Return an output as it is shown in the chapter's language."""
    payload = output.get("data", {}).get(MIME)
    if payload is None:
        return output
    translate, metadata = chapter.translate, {}
    data = {"text/plain": _line(payload, output["data"].get("text/plain", ""), chapter)}
    if "text/markdown" in output["data"]:  # a finding that stands by itself
        data["text/markdown"] = plain(shown(payload, translate))
    if payload["kind"] == "table":
        data["text/html"] = to_html(payload, translate)
    elif payload["kind"] == "figure":
        drawings = {kind: chapter.drawing(payload, kind) for kind in ("svg", "narrow", "png")}
        own = {kind: {translate.lang: drawing} for kind, drawing in drawings.items()}
        payload = {**payload, **own}
        data |= {"image/svg+xml": drawings["svg"], "image/png": drawings["png"]}
        metadata["image/png"] = {"alt": say(payload["alt"], payload, translate)}
    bundle = {MIME: payload, **data}
    return {"output_type": "display_data", "data": bundle, "metadata": metadata}


def _line(payload: Payload, written: Any, chapter: ExecutedChapter) -> Any:
    """Return what a value or finding says on one line; as the kernel wrote it, if in English."""
    if payload["kind"] not in ("value", "finding") or chapter.translate.lang == SOURCE:
        return written
    joint = " = " if payload["kind"] == "value" else ": "
    return f"{payload['id']}{joint}{shown(payload, chapter.translate)}"
