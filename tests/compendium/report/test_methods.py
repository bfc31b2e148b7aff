"""The page of methods, from docstrings."""

import csv
import re

import pytest
from lxml import html

from compendium.chapter.formatting import LANGUAGES
from compendium.report.cells import public, written
from compendium.report.document import About, Document
from compendium.report.methods import DIFFERENCES, methods_page

ABOUT = About("A small study", standin=True, languages=("da", "en"))


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request):
    document = Document(ABOUT, request.param, "A small study", ())
    return html.document_fromstring(methods_page(document))


def test_every_public_function_has_its_place_in_the_contents_and_on_the_page(page):
    listed = [link[1:] for link in page.xpath("//nav//a/@href")]
    headings = page.xpath("//h2/@id")
    assert headings == [*public()]
    assert [name for name in listed if "." in name] == headings


def test_every_link_inside_leads_somewhere_and_ids_are_unique(page):
    ids = page.xpath("//@id")
    assert len(ids) == len({*ids})
    assert {link[1:] for link in page.xpath("//a/@href") if link[0] == "#"} <= {*ids}
    assert len(page.xpath("//a[starts-with(@href, '#ref-')]")) > 50


def test_accents_of_formulas_are_such_as_every_browser_draws(page):
    accents = {mark.text for mark in page.xpath("//*[local-name()='mo'][@accent='true']")}
    assert "ˆ" in accents
    assert not accents & {"\u0302", "\u0303"}


def test_it_says_what_it_is_and_in_which_language(page):
    assert page.xpath("string(//main/div[@class]/p)").rpartition(". ")[2] in (
        "The text is in English.",
        "Teksten er på engelsk.",
    )


def test_it_is_english_in_the_frame_of_either_language(page):
    assert {part.get("lang") for part in page.xpath("//main/div[@lang] | //nav//ul[@lang]")} == {
        "en"
    }
    assert page.xpath("//p[@class='standin']")


def test_each_measured_difference_stands_with_its_function(page):
    with DIFFERENCES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    text = page.xpath("string(//main)")
    for row in rows:
        _, _, own = text.partition(f"{row['function'].rpartition('.')[2]}\n")
        assert re.search(rf"{re.escape(row['what'][:20])}.*{row['numbers']} numbers", own), row
    assert text.count("No other is at hand") > 20


def test_code_stands_without_the_docstring_that_is_told_above():
    declared, code = written(public()["evallib.inference.means.contrast"])
    assert declared.startswith("def contrast(")
    assert declared.endswith("-> Estimate")
    assert '"""' not in code
    assert "two_groups(frame, group, a, b, cluster)" in code
