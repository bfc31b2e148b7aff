"""The PDF report: tagged, titled, with an alternative text for all that is no text."""

import io
from functools import cache

import pikepdf
import pytest
import small_chapter as small

from compendium.chapter.formatting import LANGUAGES
from compendium.errors import RenderError
from compendium.report.document import render

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
    assert [title.split()[0] for title in titles[:2]] == ["2", "7"]


def structure(node, kind):
    """Return the structure elements of a kind below a node of the PDF's tree."""
    found = [node] if node.get("/S") == f"/{kind}" else []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += structure(kid, kind)
    return found


@both
def test_figures_and_formulas_have_alt_texts(lang):
    with pikepdf.open(io.BytesIO(pdf(lang))) as opened:
        tree = opened.Root.StructTreeRoot.K
        root = tree[0] if isinstance(tree, pikepdf.Array) else tree
        alts = {str(node.get("/Alt")) for node in structure(root, "Figure")}
        formulas = {str(node.get("/Alt")) for node in structure(root, "Formula")}
        heads = structure(root, "TH")
    assert {"da": "Linjen stiger til 2.231.", "en": "The line rises to 2,231."}[lang] in alts
    assert r"p = \frac{x}{n}" in formulas
    assert heads


def test_a_missing_alt_text_stops_the_pdf():
    notebook = small.executed()
    payload = notebook.cells[5].outputs[0].data["application/vnd.compendium.exhibit+json"]
    payload["alt"] = ""
    with pytest.raises(RenderError, match=r"typst could not set the PDF \(da\).*alt text"):
        render(small.document("da", small.last(), notebook), "pdf")


def test_the_same_notebooks_give_the_same_bytes():
    assert render(small.document("en"), "pdf") == pdf("en")
