"""The Markdown that pandoc is given: sections numbered, markup raw, footnotes apart."""

import json
import re
from typing import Any

import lxml.html
import nbformat
import pytest
import small_chapter as small

from compendium.chapter.formatting import words
from compendium.errors import RenderError
from compendium.report.details import details
from compendium.report.editions import edition
from compendium.report.html import HtmlRenderer
from compendium.report.pdf import TypstRenderer
from compendium.report.prose import pandoc


def chapter(source: str, *code: str) -> str:
    """The HTML of a chapter of one text and some code."""
    cells = [nbformat.v4.new_code_cell(text, id=f"c{n}") for n, text in enumerate(code)]
    cells.append(nbformat.v4.new_markdown_cell(source, id="text"))
    notebook = small.last()
    notebook.cells = cells
    return HtmlRenderer(small.document("en", notebook)).body()


def test_sections_are_numbered_and_the_title_stands_once() -> None:
    told = chapter("# The end\n\n## a `x`\n\n### b\n\n#### c\n\n## d ##\n\n```\n## no\n```")
    assert told.count("The end") == 1  # as the heading
    for anchor, number in (("2-1", "2.1"), ("2-1-1", "2.1.1"), ("2-1-2", "2.1.2"), ("2-2", "2.2")):
        assert f'id="sec-{anchor}"><span class="number">{number}</span> ' in told
    assert '<h2 id="sec-2-2"><span class="number">2.2</span> d</h2>' in told
    assert "## no" in told


def test_code_may_hold_what_looks_like_a_footnote_or_a_fence() -> None:
    told = chapter("Text.[^1]\n\n[^1]: Note.", 'print("[^1] ```")\n\n```')
    assert "[^1] ```" in told
    assert 'id="ch-02-fnref1"' in told


def test_a_list_ends_with_its_cell() -> None:
    notebook = small.last()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"- item {n}", id=f"text-{n}") for n in range(2)
    ]
    assert HtmlRenderer(small.document("en", notebook)).body().count("<ul>") == 2


def test_a_chapter_in_another_language_says_so() -> None:
    own = small.last()
    own.metadata["compendium"] |= {"language": "da"}
    document = small.document("en", own, small.executed())
    told = HtmlRenderer(document).body()
    assert '<section class="chapter" aria-labelledby="ch-02" lang="da">' in told
    assert told.count(f"<em>{words('en')['untranslated']}</em>") == 1
    assert '#set text(lang: "da")' in TypstRenderer(document).body()


CITING = "# The end\n\nHolm’s order [@holm1979, p. 65], and code: `[@holm1979]`.\n"


def citing(source: str = CITING) -> Any:
    """A chapter of one text that cites a work."""
    notebook = small.last()
    notebook.cells = [nbformat.v4.new_markdown_cell(source, id="text")]
    return notebook


@pytest.mark.parametrize(
    ("lang", "told", "edition"),
    [("en", "Holm 1979, 65", "3rd ed."), ("da", "Holm 1979", "3. udg.")],
)
def test_a_citation_leads_to_the_list_of_works(lang: str, told: str, edition: str) -> None:
    both = CITING.replace("p. 65", "p. 65; @gelman2013")
    document = small.document(lang, citing(both))
    page = lxml.html.fromstring(HtmlRenderer(document).body())
    (link,) = page.xpath("//p//a[@href='#ref-holm1979']")
    assert link.text_content() == told
    (entry,) = page.xpath("//section[@aria-labelledby='references']//*[@id='ref-holm1979']")
    assert "Scandinavian Journal of Statistics" in entry.text_content()
    assert edition in page.get_element_by_id("ref-gelman2013").text_content()
    assert page.xpath("//h1[@id='references']")[0].text == words(lang)["references"]
    assert [code.text for code in page.xpath("//p/code")] == ["[@holm1979]"]
    typst = TypstRenderer(document).body()
    assert f"#link(<ref-holm1979>)[{told}]" in typst
    assert typst.count("<ref-holm1979>") == 2


def test_a_work_that_is_not_in_the_bibliography_stops_the_report() -> None:
    document = small.document("en", citing(CITING.replace("@holm1979, p.", "@nobody, p.")))
    with pytest.raises(RenderError, match="nobody"):
        HtmlRenderer(document).body()


def test_an_edition_has_the_citation_and_a_report_that_cites_nothing_no_list() -> None:
    document = small.document("da", citing())
    assert (
        "order (Holm 1979, p.\N{NO-BREAK SPACE}65), and code: `[@holm1979]`"
        in json.loads(edition(document, document.chapters[0]))["cells"][0]["source"][-1]
    )
    assert "references" not in HtmlRenderer(small.document("en")).body()


def test_pandoc_says_what_it_refuses() -> None:
    with pytest.raises(RenderError, match="pandoc could not write nothing"):
        pandoc("x", "markdown", "nothing")


def test_an_assumed_number_is_grey_with_its_sign() -> None:
    document = small.document("en", small.executed("fitted"))
    page, typeset = (kind(document).body() for kind in (HtmlRenderer, TypstRenderer))
    assert re.search(r'<span class="assumed"><a class="value"[^>]*>39\.5\s%°</a></span>', page)
    assert re.search(r'#assumed\[#"39\.5\s%°";\];', typeset)
    assert re.search(r'[^>]<a class="value"[^>]*>2,231</a>', page)
    assert '#"2,231";' in typeset
    assert '#assumed[#"2,231"' not in typeset


@pytest.mark.parametrize(
    ("study", "people", "share"),
    [("fitted", "calibrated", "assumed"), ("made_up", "assumed", "assumed"), ("register", "", "")],
)
def test_the_detail_of_a_number_begins_with_what_it_rests_on(study, people, share) -> None:
    told = details(small.document("da", small.executed(study)))
    for name, basis in (("people", people), ("share", share)):
        assert told.get(name, [""])[0] == words("da")["basis"].get(basis, "")


def test_a_table_with_an_assumed_number_has_the_legend_in_its_note() -> None:
    for lang in ("en", "da"):
        legend = words(lang)["basis_table"]["assumed"]
        for kind in (HtmlRenderer, TypstRenderer):
            assert kind(small.document(lang)).body().count(legend) == 1
            real = small.document(lang, small.executed("register"))
            assert legend not in kind(real).body()
