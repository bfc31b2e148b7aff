"""The PDF report: tagged, titled, with an alternative text for all that is no text."""

import io
from functools import cache

import pikepdf
import pytest
import small_chapter as small
from pdf_faults import elements

from compendium.chapter.formatting import LANGUAGES
from compendium.errors import RenderError
from compendium.report.document import render
from compendium.report.pdf import TypstRenderer

both = pytest.mark.parametrize("lang", LANGUAGES)


@cache
def pdf(lang):
    return render(small.document(lang), "pdf")


@both
def test_the_pdf_is_tagged_titled_and_in_its_language(lang):
    with pikepdf.open(io.BytesIO(pdf(lang))) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang).startswith(lang)
        assert "/StructTreeRoot" in opened.Root
        with opened.open_metadata() as metadata:
            assert metadata["dc:title"] == small.TITLE[lang]
            assert metadata["pdfuaid:part"] == "1"
        with opened.open_outline() as outline:
            titles = [item.title for item in outline.root]
    assert [title.split()[0] for title in titles[1:3]] == ["2", "7"]


@both
def test_figures_and_formulas_have_alt_texts(lang):
    with pikepdf.open(io.BytesIO(pdf(lang))) as opened:
        alts = {str(node.get("/Alt")) for node in elements(opened, "Figure")}
        formulas = {str(node.get("/Alt")) for node in elements(opened, "Formula")}
    assert {
        "da": "Linjen stiger til 2.231°. Det viste er antaget til den illustrative udgave.",
        "en": "The line rises to 2,231°. What is drawn is assumed for the stand-in edition.",
    }[lang] in alts
    assert r"p = \frac{x}{n}" in formulas


def test_a_missing_alt_text_stops_the_pdf():
    notebook = small.executed()
    payload = notebook.cells[5].outputs[0].data["application/vnd.compendium.exhibit+json"]
    payload["alt"] = ""
    with pytest.raises(RenderError, match=r"typst could not set the PDF \(da\).*alt text"):
        render(small.document("da", small.last(), notebook), "pdf")


def test_the_same_notebooks_give_the_same_bytes():
    assert render(small.document("en"), "pdf") == pdf("en")


def test_what_is_marked_html_only_is_told_of_and_left_out():
    notebook = small.executed()
    notebook.cells[4].metadata["tags"] = ["html-only"]
    document = small.document("en", small.last(), notebook)
    typst = TypstRenderer(document).body()
    assert '#elsewhere("tab-units", [Table], "7.1"' in typst
    assert '"report.html#tab-units"' in typst
    assert "three" not in typst
    assert "three" in render(document, "html").decode()
    assert len(elements(pikepdf.open(io.BytesIO(render(document, "pdf"))), "Table")) == 1
