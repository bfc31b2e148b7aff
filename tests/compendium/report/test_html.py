"""The HTML report: one file that fetches nothing, in which every number leads to its code."""

import json
import re
from functools import cache

import pytest
import small_chapter as small
from lxml import html

from compendium.chapter.drawing import NARROW
from compendium.chapter.formatting import LANGUAGES, words
from compendium.report.document import METHODS, render
from compendium.report.html import HERE

both = pytest.mark.parametrize("lang", LANGUAGES)


@cache
def page(lang):
    text = render(small.document(lang), "html").decode()
    return text, html.document_fromstring(text)


def text_of(node):
    return " ".join(node.text_content().replace("\xa0", " ").split())


@both
def test_the_page_fetches_nothing(lang):
    text, tree = page(lang)
    assert not tree.xpath("//script[@src] | //link[@rel='stylesheet'] | //iframe | //img")
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]
    links = tree.xpath("//@href | //@src")
    assert all(link.startswith(("#", "../", "data:", METHODS)) for link in links)
    assert not re.findall(r"url\((?!data:|#)", text)


@both
def test_the_page_has_landmarks_language_and_a_skip_link(lang):
    _, tree = page(lang)
    assert tree.get("lang") == lang
    assert tree.xpath("//title")[0].text == small.TITLE[lang]
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]
    for landmark in ("//header", "//nav[@aria-label]", "//main[@id='main']"):
        assert len(tree.xpath(landmark)) == 1
    assert [h.get("id") for h in tree.xpath("//h1")] == [
        "ch-02", "ch-07", "exhibits", "functions", "origins",
    ]  # fmt: skip


@both
def test_ids_are_unique_and_every_link_inside_leads_somewhere(lang):
    text, tree = page(lang)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    inside = {link[1:] for link in tree.xpath("//@href") if link.startswith("#")}
    inside |= set(re.findall(r"url\(#([^)]+)\)", text))
    assert inside <= set(ids)


@both
def test_chapters_keep_the_report_numbers_and_the_contents_list_them(lang):
    _, tree = page(lang)
    numbers = [text_of(n) for n in tree.xpath("//main//h1/span | //main//h2/span")]
    assert numbers == ["2", "7", "7.1"]
    links = tree.xpath("//nav//a")
    assert [a.get("href") for a in links] == [
        "#ch-02",
        "#ch-07",
        "#sec-7-1",
        "#exhibits",
        "#functions",
        "#origins",
        METHODS,
    ]
    assert text_of(links[1]) == {"da": "7 Et lille kapitel", "en": "7 A small chapter"}[lang]
    assert tree.xpath("//nav/details/ul/li/ul/li/a/@href") == ["#sec-7-1"]


def test_a_number_in_a_heading_is_no_link_in_the_contents():
    notebook = small.executed()
    notebook.cells[-1].source = notebook.cells[-1].source.replace("What was", "{eval}`people` were")
    text = render(small.document("en", small.last(), notebook), "html").decode()
    tree = html.document_fromstring(text)
    assert text_of(tree.xpath("//nav//a")[2]) == "7.1 2,231° were found"
    assert not re.search(r"<nav.*class=\"value\".*</nav>", text, re.DOTALL)
    assert tree.xpath("//h2//a[@class='value']")


@both
def test_a_number_leads_to_the_code_that_made_it(lang):
    _, tree = page(lang)
    link = tree.xpath("//section[@aria-labelledby='ch-02']//a[@class='value']")[0]
    assert link.get("href") == "#code-07-07-code-03"
    assert link.get("data-id") == "share"
    code = tree.get_element_by_id(link.get("href")[1:])
    assert "value(" in code.text_content()
    assert code.xpath("ancestor::details")


@both
def test_figures_and_tables_have_numbers_captions_and_alt_texts(lang):
    _, tree = page(lang)
    told = words(lang)
    captions = [text_of(c) for c in tree.xpath("//caption | //figcaption")]
    assert (
        captions
        == {
            "da": [f"{told['table']} 7.1 2.231° enheder", f"{told['figure']} 7.1 En linje"],
            "en": ["Table 7.1 2,231° units", "Figure 7.1 A line"],
        }[lang]
    )
    alt = {
        "da": "Linjen stiger til 2.231°. Det viste er antaget til den illustrative udgave.",
        "en": "The line rises to 2,231°. What is drawn is assumed for the stand-in edition.",
    }
    assert tree.xpath("//figure/div/@aria-label") == [alt[lang]]
    note = {"da": "Note: Opdigtet.", "en": "Note: Made up."}[lang]
    assert text_of(tree.xpath("//p[@class='note']")[0]).startswith(note)


@both
def test_tables_have_scopes_and_figures_carry_text(lang):
    _, tree = page(lang)
    table = tree.xpath("//div[@id='tab-units']//table")[0]
    assert {th.get("scope") for th in table.xpath(".//th")} == {"col", "row", "rowgroup"}
    wide, narrow = tree.xpath("//figure//*[local-name()='svg']")
    for drawing in (wide, narrow):
        assert drawing.xpath(".//*[local-name()='text']")
    assert narrow.get("width") == f"{72 * NARROW:g}pt"


@both
def test_a_table_and_a_figure_lead_to_the_cell_that_computed_them(lang):
    _, tree = page(lang)
    cells = {e.get("id"): e.get("data-code") for e in tree.xpath("//*[@data-code]")}
    assert cells == {"tab-units": "code-07-07-code-05", "fig-line": "code-07-07-code-06"}
    assert tree.xpath("//div[@id='tab-units']/following-sibling::*[1]")[0].tag == "details"


@both
def test_a_chapter_begins_with_its_text(lang):
    _, tree = page(lang)
    inside = tree.xpath("//section[@aria-labelledby='ch-07']/*")
    first = next(i for i, e in enumerate(inside) if e.tag == "p" and not e.get("class"))
    assert "2" in text_of(inside[first])
    assert not [e for e in inside[:first] if e.tag == "details" and not small_exhibit(e)]


def small_exhibit(fold):
    """Whether a fold belongs to the figure or table before it."""
    return fold.getprevious() is not None and fold.getprevious().get("data-code")


@both
def test_a_figure_holds_its_data_in_the_pages_language(lang):
    _, tree = page(lang)
    (data,) = tree.xpath("//figure/script/text()")
    months = {"da": "Måneder", "en": "Months"}[lang]
    assert json.loads(data) == {"columns": ["curve", months, "y"], "rows": [[1, 0, 1], [1, 1, 2]]}


@both
def test_footnotes_of_two_chapters_do_not_clash(lang):
    _, tree = page(lang)
    notes = [text_of(li) for li in tree.xpath("//section[contains(@class, 'footnotes')]//li")]
    assert len(notes) == 2
    assert {"da": "2.231", "en": "2,231"}[lang] in notes[1]


@both
def test_findings_are_listed_and_marked_as_additions(lang):
    tree = html.document_fromstring(render(small.document(lang, standin=False), "html").decode())
    gap, more = tree.xpath("//section[@aria-labelledby='ch-07']/p/span[@class='finding']")
    (mark,) = gap.xpath("./abbr[@class='addition']")
    assert text_of(mark) == words(lang)["addition"]
    assert mark.get("title") == words(lang)["addition_title"]
    assert not more.xpath("./abbr")
    assert len(tree.xpath("//abbr[@class='addition']")) == 3
    assert not page(lang)[1].xpath("//aside//abbr[@class='addition']")


@both
def test_each_recorded_number_is_listed(lang):
    _, tree = page(lang)
    rows = {text_of(row[0]): text_of(row[1]) for row in tree.xpath("//table[@class='origins']//tr")}
    told = {
        name: text.replace("\xa0", " ") for name, (_, text) in small.document(lang).origins.items()
    }
    assert told.items() <= rows.items()
    assert set(told) == {"people", "share", "n.route1", "n.route2", "gap", "gap.1v2", "more"}


@both
def test_stand_in_data_are_named_on_the_page_and_in_every_figure(lang):
    _, tree = page(lang)
    assert [text_of(p) for p in tree.xpath("//p[@class='standin']")] == [words(lang)["standin"]]
    for figure in tree.xpath("//figure"):
        assert words(lang)["basis_figure"]["assumed"] in text_of(figure)


def test_real_data_get_no_banner():
    text = render(small.document("da", standin=False), "html").decode()
    assert 'class="standin"' not in text


def test_the_same_notebooks_give_the_same_bytes():
    assert render(small.document("da"), "html") == page("da")[0].encode()


def luminance(colour: str) -> float:
    """The relative luminance of WCAG for a colour such as #1c1f23 or #fff."""
    digits = colour.lstrip("#")
    pairs = [d * 2 for d in digits] if len(digits) == 3 else [digits[i : i + 2] for i in (0, 2, 4)]
    parts = [int(pair, 16) / 255 for pair in pairs]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_as_wcag_has_it():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")


def test_the_grey_of_assumed_numbers_can_be_read_in_every_theme():
    style = (HERE / "style.css").read_text("utf-8")
    assert re.search(r"\.assumed \{ color: var\(--soft\)", style)
    colours = dict(re.findall(r"--(\w+): light-dark\((#\w+, #\w+)\)", style))
    greys, papers, tints = (colours[name].split(", ") for name in ("soft", "paper", "tint"))
    assert len(greys) == 2
    for grey, paper, tint in zip(greys, papers, tints, strict=True):
        assert min(contrast(grey, paper), contrast(grey, tint)) >= 4.5
    typeset = (HERE / "report.typ").read_text("utf-8")
    assert contrast(re.search(r'#let soft = rgb\("(#\w+)"\)', typeset)[1], "#ffffff") >= 4.5


def test_ids_of_cells_do_not_become_markup():
    notebook = small.executed()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.id = f'{cell.id}"><script>alert(1)</script>'
    page = render(small.document("en", notebook), "html").decode()
    assert "<script>alert" not in page
