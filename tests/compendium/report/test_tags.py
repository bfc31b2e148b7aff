"""The PDF for one who cannot see it: what is checked, and that each fault is found."""

import io
from functools import cache

import pikepdf
import pytest
import small_chapter as small
from pdf_faults import elements, faults

from compendium.chapter.formatting import LANGUAGES
from compendium.report.document import render


@cache
def pdf(lang="en"):
    return render(small.document(lang), "pdf")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_has_no_fault(lang):
    assert faults(pdf(lang), lang) == []


def test_the_first_cell_heads_its_row_and_the_others_name_it_first():
    with pikepdf.open(io.BytesIO(pdf())) as opened:
        heads = elements(opened, "TH")
        rows = [head for head in heads if head.A[0].Scope == "/Row"]
        assert len(rows) == 4  # three units, and the table in prose
        row = next(row for row in elements(opened, "TR") if row.K[0] == rows[0])
        named = [str(name) for name in row.K[1].A[0].Headers]
        assert named[0] == str(rows[0].ID)
        assert len(named) > 1
        tree = pikepdf.NameTree(opened.Root.StructTreeRoot.IDTree)
        assert tree[named[0]] == rows[0]


def row_head(opened):
    head = next(node for node in elements(opened, "TH") if node.A[0].Scope == "/Row")
    head.S = pikepdf.Name.TD


def scope(opened):
    del elements(opened, "TH")[0].A[0].Scope


def header_id(opened):
    del next(node for node in elements(opened, "TH") if node.A[0].Scope == "/Row").ID


def alt(opened):
    elements(opened, "Figure")[0].Alt = pikepdf.String("")


def formula(opened):
    del elements(opened, "Formula")[0].Alt


def lang(opened):
    opened.Root.Lang = pikepdf.String("da")


def mark(opened):
    opened.Root.MarkInfo.Marked = False


def bookmarks(opened):
    with opened.open_outline() as outline:
        del outline.root[0]


def title(opened):
    with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
        del metadata["dc:title"]


def promise(opened):
    with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
        del metadata["pdfuaid:part"]


def font(opened):
    found = next(iter(opened.pages[-1].resources.Font.values()))
    described = found.DescendantFonts[0].FontDescriptor
    for key in {"/FontFile2", "/FontFile3"} & set(described.keys()):
        del described[key]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (row_head, "a row without a header"),
        (scope, "a header cell without a scope"),
        (header_id, "a cell names a header that is not there"),
        (alt, "/Figure without an alternative text"),
        (formula, "/Formula without an alternative text"),
        (lang, "another language"),
        (mark, "not tagged"),
        (bookmarks, "not a bookmark for every chapter"),
        (title, "no title"),
        (promise, "not said to be PDF/UA-1"),
        (font, "is not embedded"),
    ],
    ids=lambda thing: getattr(thing, "__name__", None),
)
def test_a_fault_is_found(change, fault):
    with pikepdf.open(io.BytesIO(pdf())) as opened:
        change(opened)
        changed = io.BytesIO()
        opened.save(changed)
    assert fault in "; ".join(faults(changed.getvalue(), "en"))
