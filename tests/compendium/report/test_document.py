"""The report as one document: numbered, joined, in one language."""

from dataclasses import replace

import nbformat
import pytest
import small_chapter as small

from compendium.chapter.payloads import shown
from compendium.errors import ExhibitError
from compendium.report.document import Code, Document, Prose, render


def prose(document: Document, chapter: int = -1) -> str:
    """A chapter's prose with numbers as plain text."""
    made = document.chapters[chapter]
    blocks = [block for block in made.blocks if isinstance(block, Prose)]
    told = (document.written(made, b, lambda p: shown(p, made.translate)) for b in blocks)
    return "\n\n".join(told).replace("\xa0", " ")


def test_chapters_come_in_the_reports_order_whatever_the_order_of_the_files() -> None:
    document = small.document("en", small.executed(), small.last())
    assert [chapter.number for chapter in document.chapters] == [2, 7]


def test_titles_paragraphs_and_numbers_are_in_the_language() -> None:
    document = small.document("da")
    assert document.title == "Et lille studie"
    assert [chapter.title for chapter in document.chapters] == ["Slutningen", "Et lille kapitel"]
    assert "Der er 2.231° personer, 39,5 pct.° af dem i job" in prose(document)
    assert "- Der er 2° flere." in prose(document)
    assert "There are 2,231° people" in prose(small.document("en"))


def test_references_have_numbers_and_begin_sentences_with_a_capital() -> None:
    told = prose(small.document("da"))
    assert "[Figur 7.1](#fig-line) viser det, og det gør [Tabel 7.1](#tab-units)" in told
    assert "se [kapitel 7](#ch-07).\n\n[Kapitel 7](#ch-07) is this one" in told
    assert "``{eval}`share` ``" in told


def test_numbers_other_chapters_recorded_keep_their_origin() -> None:
    document = small.document("en")
    assert "In all 39.5 %° (chapter [chapter 7](#ch-07), [Figure 7.1]" in prose(document, 0)
    origin, text = document.origins["n.route2"]
    assert (origin["chapter"], origin["cell"], text) == (7, 3, "4°")
    assert document.origins["gap.1v2"][1] == "4.0\xa0percentage points°"


def test_ids_stand_in_the_order_of_their_numbers() -> None:
    notebook = small.executed()
    points = notebook.cells[2].outputs[2].data["application/vnd.compendium.exhibit+json"]["values"]
    points["n.route10"] = {"value": 5}
    names = list(small.document("en", notebook).origins)
    assert names[names.index("n.route1") :][:3] == ["n.route1", "n.route2", "n.route10"]


def test_two_chapters_do_not_share_an_id() -> None:
    twin = small.executed()
    twin.metadata["compendium"] = {"chapter": 8, "title": "Twin"}
    both = small.document("en", small.executed(), twin)
    with pytest.raises(ExhibitError, match="chapters 7 and 8 both record `people`"):
        render(both, "html")
    with pytest.raises(ExhibitError, match="two chapters have an exhibit `tab-units`"):
        _ = both.labels


def test_references_lead_somewhere_unless_the_reader_left_chapters_out() -> None:
    with pytest.raises(ExhibitError, match=r"reference \[\]\(#fig-line\) leads to no figure"):
        prose(small.document("en", small.last()))
    told = prose(small.document("en", small.last(), choices="2"))
    assert "(chapter chapter 7, Figure)" in told


def test_a_number_that_only_the_translation_asks_for_is_told() -> None:
    chapter = small.document("da").chapters[-1]
    (block,) = (block for block in chapter.blocks if isinstance(block, Prose))
    lost = replace(block, source="Der er {eval}`men`.")
    with pytest.raises(ExhibitError, match=r"cell 07-text-01: \{eval\}`men` stands in"):
        small.document("da").written(chapter, lost, str)


def test_findings_are_listed_where_the_author_says_so() -> None:
    code = [b for b in small.document("en").chapters[1].blocks if isinstance(b, Code)]
    listed = [[finding["id"] for finding in block.findings] for block in code]
    assert listed == [[], [], [], ["gap", "more"], [], []]  # what a set sums up stands in it
    assert [block.position for block in code] == [1, 2, 3, 4, 5, 6]


def test_a_chapter_of_ones_own_keeps_its_language_and_its_numbers() -> None:
    own = nbformat.from_dict(small.executed())
    own.metadata["compendium"] |= {"language": "da"}
    document = small.document("en", own)
    (chapter,) = document.chapters
    assert chapter.foreign_in(document)
    assert "There are 2.231° people, 39,5 pct.° of them" in prose(document)
    assert "[Figur 7.1](#fig-line)" in prose(document)
    assert "Måneder" in chapter.drawing(chapter.blocks[5].shown[0].payload, "svg")


def test_a_danish_chapter_quotes_a_finding_in_danish_in_an_english_report_too() -> None:
    own = nbformat.from_dict(small.last())
    own.metadata["compendium"] |= {"language": "da"}
    document = small.document("en", small.executed(), own)
    assert "Andelen i job" in prose(document, 0)
