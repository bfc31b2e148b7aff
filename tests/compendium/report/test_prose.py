"""The Markdown that pandoc is given: sections numbered, markup raw, footnotes apart."""

import nbformat
import pytest
import small_chapter as small

from compendium.chapter.formatting import words
from compendium.errors import RenderError
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
    assert told.count("The end") == 2  # in the contents, and as the heading
    for anchor, number in (("2-1", "2.1"), ("2-1-1", "2.1.1"), ("2-1-2", "2.1.2"), ("2-2", "2.2")):
        assert f'id="sec-{anchor}"><span class="number">{number}</span> ' in told
    assert '<h2 id="sec-2-2"><span class="number">2.2</span> d</h2>' in told
    assert "## no" in told


def test_code_may_hold_what_looks_like_a_footnote_or_a_fence() -> None:
    told = chapter("Text.[^1]\n\n[^1]: Note.", 'print("[^1] ```")\n\n```')
    assert "[^1] ```" in told
    assert 'id="fnref1"' in told


def test_a_list_ends_with_its_cell() -> None:
    notebook = small.last()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"- item {n}", id=f"text-{n}") for n in range(2)
    ]
    assert HtmlRenderer(small.document("en", notebook)).body().count("</ul>\n<ul>") == 1


def test_a_chapter_in_another_language_says_so() -> None:
    own = small.last()
    own.metadata["compendium"] |= {"language": "da"}
    document = small.document("en", own, small.executed())
    told = HtmlRenderer(document).body()
    assert '<section class="chapter" aria-labelledby="ch-02" lang="da">' in told
    assert told.count(f"<em>{words('en')['untranslated']}</em>") == 1
    assert '#set text(lang: "da")' in TypstRenderer(document).body()


def test_pandoc_says_what_it_refuses() -> None:
    with pytest.raises(RenderError, match="pandoc could not write nothing"):
        pandoc("x", "markdown", "nothing")
