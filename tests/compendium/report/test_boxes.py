"""What is said of uncertainty on stand-in data: in a box at the end of its section, only there."""

import re
from dataclasses import replace

import nbformat
import pytest
import small_chapter as small
from lxml import html

from compendium.chapter.formatting import LANGUAGES, words
from compendium.report.html import HtmlRenderer
from compendium.report.pdf import TypstRenderer, render
from compendium.run.executed import values

both = pytest.mark.parametrize("lang", LANGUAGES)

GAP = {
    "en": "The share in work is 4.0 percentage points° higher here than there.",
    "da": "Andelen i job er 4,0 procentpoint° højere her end der.",
}
MORE = {"en": "There are 2° more.", "da": "Der er 2° flere."}
SOURCE = """# The end

Before: {eval}`sure` Then {eval}`more`

## One

First {eval}`gap` Last.

Again {eval}`gap` {eval}`sure` Done.

## Two

- {eval}`gap`
- {eval}`more`
  1. {eval}`sure`

Words.

### Deep

Nothing but {eval}`share` is told.

## Three

The end. {eval}`gap`
"""


def chapter(source, **about):
    """The chapter that comes last, of one text that asks for two verdicts and a fact."""
    recorded = values(small.executed(), 7)["values"]
    sure = recorded["gap"] | {"text": "It is sure.", "addition": False}
    notebook = small.last()
    notebook.cells = [nbformat.v4.new_markdown_cell(source, id="text")]
    small._asked(notebook.cells[0], recorded | {"sure": sure})
    return small.document("en", notebook, small.executed(), **about)


def added(lang):
    """The verdict where it is not boxed: what the source does not have is marked."""
    return f"{GAP[lang]} {words(lang)['addition']}"


def text_of(node):
    return " ".join(node.text_content().replace("\xa0", " ").split())


def sections(document, number):
    """The texts of a chapter's blocks under each heading of its HTML; a box is a list."""
    body = html.document_fromstring(HtmlRenderer(document).body())
    found, under = {}, []  # a chapter begins with the way to its notebook
    for node in body.xpath(f"//section[@aria-labelledby='ch-0{number}']/*"):
        if node.tag in ("h1", "h2", "h3"):
            found[text_of(node)] = under = []
        elif node.tag == "aside":
            under.append([text_of(item) for item in node.xpath(".//li")])
        elif node.tag in ("p", "ul"):
            under += [text_of(part) for part in (node.xpath("./li") or [node])]
    return found


def test_a_section_ends_with_a_box_of_its_verdicts():
    found = sections(chapter(SOURCE), 2)
    gap = GAP["en"]
    assert found == {
        "2 The end": ["Before: Then There are 2° more.", ["It is sure."]],
        "2.1 One": ["First Last.", "Again Done.", [gap, "It is sure."]],
        "2.2 Two": ["There are 2° more.", "Words.", [gap, "It is sure."]],
        "2.2.1 Deep": ["Nothing but 39.5 %° is told."],
        "2.3 Three": ["The end.", [gap]],
    }


def test_on_a_register_verdicts_stand_where_they_are_written():
    found = sections(chapter(SOURCE, standin=False), 2)
    gap = added("en")
    assert found == {
        "2 The end": ["Before: It is sure. Then There are 2° more."],
        "2.1 One": [f"First {gap} Last.", f"Again {gap} It is sure. Done."],
        "2.2 Two": [gap, "There are 2° more. It is sure.", "Words."],
        "2.2.1 Deep": ["Nothing but 39.5 %° is told."],
        "2.3 Three": [f"The end. {gap}"],
    }


@pytest.mark.parametrize("standin", [True, False])
def test_a_chapter_without_verdicts_has_no_box(standin):
    document = chapter("# The end\n\nOf {eval}`share`. {eval}`more`\n", standin=standin)
    assert sections(document, 2) == {"2 The end": ["Of 39.5 %°. There are 2° more."]}


@both
def test_listed_verdicts_are_boxed_too_and_facts_stay(lang):
    found = sections(small.document(lang), 7)
    title, told = found
    listed = [block for block in found[title] if block in (MORE[lang], [GAP[lang]])]
    assert listed == [MORE[lang], [GAP[lang]]]
    assert found[title][-1] == [GAP[lang]]
    assert found[told][0] == MORE[lang]
    assert [block for block in found[told] if isinstance(block, list)] == [[GAP[lang]]]


@both
def test_on_a_register_verdicts_are_listed_in_their_order(lang):
    found = sections(small.document(lang, standin=False), 7)
    title, told = found
    at = found[title].index(added(lang))
    assert found[title][at : at + 2] == [added(lang), MORE[lang]]
    assert found[told][:2] == [added(lang), MORE[lang]]


@both
def test_a_box_says_what_it_is(lang):
    body = html.document_fromstring(HtmlRenderer(small.document(lang)).body())
    told = words(lang)
    first, *rest = body.xpath("//aside[@class='box']")
    assert text_of(first.xpath("./p")[0]) == f"{told['box_title']}. {told['box_intro']}"
    assert {text_of(box.xpath("./p")[0]) for box in rest} == {f"{told['box_title']}."}
    assert not body.xpath("//aside//abbr[@class='addition']")
    assert len(body.xpath("//aside")) == 3
    assert len(body.xpath("//aside//a[@class='value']")) == 3  # the number leads to its code


def test_a_box_has_a_chapters_numbers_of_its_own():
    """Sentences of several chapters do not mix, whichever comes first."""
    document = chapter("# The end\n\nX {eval}`sure`\n")
    assert sections(document, 2) == {"2 The end": ["X", ["It is sure."]]}
    assert sections(document, 7)["7.1 What was found"][-1] == [GAP["en"]]
    turned = replace(document, chapters=document.chapters[::-1])
    assert sections(turned, 2) == sections(document, 2)


def typst(document):
    """Headings, boxes and sentences of the Typst markup in their order."""
    body = TypstRenderer(document).body()
    begin, end = body.index("#chapter-start(2)"), body.index("#chapter-start(7)")
    marks = re.compile(
        r'^=+ .*?(?:"([^"]+)";|([A-Z]\w+))|(#illustration)\("[^"]+", "[^"]*", '
        r'|"(It is sure\.|The share in work| higher )|(#addition)',
        re.MULTILINE,
    )
    return [next(filter(None, match.groups())) for match in marks.finditer(body[begin:end])]


def test_the_pdf_has_the_same_boxes():
    told = typst(chapter(SOURCE.replace("### Deep", "### Deeper")))
    found, gap = [mark.strip() for mark in told], ["higher"]
    box, sure = "#illustration", "It is sure."
    assert found == [
        "The end", box, sure,
        "One", box, "The share in work", *gap, sure,
        "Two", box, "The share in work", *gap, sure,
        "Deeper",
        "Three", box, "The share in work", *gap,
    ]  # fmt: skip
    assert render(chapter(SOURCE)).startswith(b"%PDF")
    assert "#illustration" not in TypstRenderer(chapter(SOURCE, standin=False)).body()
