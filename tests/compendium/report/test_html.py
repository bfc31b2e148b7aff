"""The HTML report: one file that fetches nothing, in which every number leads to its code."""

import re
from functools import cache

import pytest
import small_chapter as small
from lxml import html

from compendium.chapter.formatting import LANGUAGES, words
from compendium.report.document import render

both = pytest.mark.parametrize("lang", LANGUAGES)


@cache
def page(lang):
    text = render(small.document(lang), "html").decode()
    return text, html.document_fromstring(text)


def text_of(node):
    return " ".join(node.text_content().replace("\xa0", " ").split())


@both
def test_the_page_fetches_nothing_and_runs_no_script(lang):
    text, tree = page(lang)
    assert not tree.xpath("//script | //link[@rel='stylesheet'] | //iframe | //img")
    links = tree.xpath("//@href | //@src")
    assert all(link.startswith(("#", "../", "data:")) for link in links)
    assert not re.findall(r"url\((?!data:|#)", text)


@both
def test_the_page_has_landmarks_language_and_a_skip_link(lang):
    _, tree = page(lang)
    assert tree.get("lang") == lang
    assert tree.xpath("//title")[0].text == small.TITLE[lang]
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]
    for landmark in ("//header", "//nav[@aria-label]", "//main[@id='main']"):
        assert len(tree.xpath(landmark)) == 1
    assert [h.get("id") for h in tree.xpath("//h1")] == ["ch-02", "ch-07", "origins"]


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
    assert [a.get("href") for a in links] == ["#ch-02", "#ch-07", "#sec-7-1", "#origins"]
    assert text_of(links[1]) == {"da": "7 Et lille kapitel", "en": "7 A small chapter"}[lang]
    assert tree.xpath("//nav/ul/li/ul/li/a/@href") == ["#sec-7-1"]


def test_a_number_in_a_heading_is_no_link_in_the_contents():
    notebook = small.executed()
    notebook.cells[-1].source = notebook.cells[-1].source.replace("What was", "{eval}`people` were")
    text = render(small.document("en", small.last(), notebook), "html").decode()
    tree = html.document_fromstring(text)
    assert text_of(tree.xpath("//nav//a")[2]) == "7.1 2,231 were found"
    assert not re.search(r"<nav.*class=\"value\".*</nav>", text, re.DOTALL)
    assert tree.xpath("//h2/a[@class='value']")


@both
def test_a_number_leads_to_the_code_that_made_it(lang):
    _, tree = page(lang)
    link = tree.xpath("//section[@aria-labelledby='ch-02']//a[@class='value']")[0]
    assert link.get("href") == "#code-07-07-code-03"
    assert link.get("title").startswith("share · ")
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
            "da": [f"{told['table']} 7.1 2.231 enheder", f"{told['figure']} 7.1 En linje"],
            "en": ["Table 7.1 2,231 units", "Figure 7.1 A line"],
        }[lang]
    )
    alt = {"da": "Linjen stiger til 2.231.", "en": "The line rises to 2,231."}
    assert tree.xpath("//figure/div/@aria-label") == [alt[lang]]
    note = {"da": "Note: Opdigtet.", "en": "Note: Made up."}[lang]
    assert text_of(tree.xpath("//p[@class='note']")[0]).startswith(note)


@both
def test_tables_have_scopes_and_figures_carry_text(lang):
    _, tree = page(lang)
    table = tree.xpath("//div[@id='tab-units']//table")[0]
    assert {th.get("scope") for th in table.xpath(".//th")} == {"col", "row", "rowgroup"}
    assert tree.xpath("//figure//*[local-name()='svg']//*[local-name()='text']")


@both
def test_a_filtered_table_offers_all_rows_and_each_group(lang):
    """A button for each group hides every other group, by style alone."""
    source, tree = page(lang)
    (choice,) = tree.xpath("//div[@id='tab-units']/fieldset")
    groups = tree.xpath("//div[@id='tab-units']//tbody/@data-group")
    values = choice.xpath(".//input/@value")
    assert values == ["-1", *groups]
    assert choice.xpath(".//input[@checked]/@value") == ["-1"]
    assert text_of(choice.xpath("./legend")[0]) == words(lang)["choose_rows"]
    for group in groups:
        assert f'[value="{group}"]:checked) tbody:not([data-group="{group}"])' in source


@both
def test_footnotes_of_two_chapters_do_not_clash(lang):
    _, tree = page(lang)
    notes = [text_of(li) for li in tree.xpath("//section[contains(@class, 'footnotes')]//li")]
    assert len(notes) == 2
    assert {"da": "2.231", "en": "2,231"}[lang] in notes[1]


@both
def test_findings_are_listed_and_marked_as_additions(lang):
    _, tree = page(lang)
    listed = tree.xpath("//section[@aria-labelledby='ch-07']/ul[1]/li")
    assert len(listed) == 2
    assert words(lang)["addition"] in text_of(listed[0])
    assert len(tree.xpath("//abbr[@class='addition']")) == 3


@both
def test_each_recorded_number_is_listed(lang):
    _, tree = page(lang)
    rows = {text_of(row[0]): text_of(row[1]) for row in tree.xpath("//table[@class='origins']//tr")}
    told = {
        name: text.replace("\xa0", " ") for name, (_, text) in small.document(lang).origins.items()
    }
    assert told.items() <= rows.items()
    assert set(told) == {"people", "share", "n.route1", "n.route2", "gap", "more"}


@both
def test_stand_in_data_are_named_on_the_page_and_in_every_figure(lang):
    _, tree = page(lang)
    assert [text_of(p) for p in tree.xpath("//p[@class='standin']")] == [words(lang)["standin"]]
    for figure in tree.xpath("//figure"):
        assert words(lang)["standin_short"] in text_of(figure)


def test_real_data_get_no_banner():
    text = render(small.document("da", standin=False), "html").decode()
    assert 'class="standin"' not in text


def test_the_same_notebooks_give_the_same_bytes():
    assert render(small.document("da"), "html") == page("da")[0].encode()
