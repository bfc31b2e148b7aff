"""Catalogues follow the chapters, and lose nothing that a translator wrote."""

import pytest
from chapters import CELLS, DANISH, NAME, translate_with, write_chapter, write_project

from compendium.chapter.catalogue import catalogue_path, read_catalogue, translator
from compendium.chapter.formatting import words
from compendium.editing import readme
from compendium.editing.translate import interface, update


def text_of(root):
    return catalogue_path(root, "da", NAME).read_text("utf-8")


def entry(root, english):
    return read_catalogue(catalogue_path(root, "da", NAME)).get(english)


def with_text(position, new):
    return (*CELLS[:position], (CELLS[position][0], new), *CELLS[position + 1 :])


@pytest.fixture
def project(tmp_path):
    return write_project(tmp_path)


def lines(project):
    return [line for line in update(project) if line.startswith(NAME)]


def test_a_finished_catalogue_is_left_alone(project):
    before = text_of(project.root)
    assert lines(project) == []
    assert text_of(project.root) == before


def test_entries_stand_in_the_order_of_the_chapter_with_their_place(project):
    assert list(DANISH) == [
        m.id for m in read_catalogue(catalogue_path(project.root, "da", NAME)) if m.id
    ]
    assert "#. 07-cell-05, paragraph 1\n" in text_of(project.root)
    assert "Date" not in text_of(project.root)


def test_a_new_text_is_missing(project):
    write_chapter(project.root, (*CELLS, ("markdown", "New words.")))
    assert lines(project) == [f"{NAME}.po: 07-cell-07, paragraph 1: missing: “New words.”"]


def test_a_text_keeps_its_danish_where_it_is_moved(project):
    write_chapter(project.root, (CELLS[0], CELLS[1], ("markdown", "New words."), *CELLS[2:]))
    translate_with(project.root, {"New words.": "Nye ord."})
    assert lines(project) == []
    assert entry(project.root, "Months").string == "Måneder"


def test_a_changed_text_keeps_the_danish_of_its_place_as_fuzzy(project):
    write_chapter(project.root, with_text(0, "# Work\n\nHow many people were in work?"))
    (line,) = lines(project)
    assert "fuzzy: “How many people were in work?”" in line
    assert (
        entry(project.root, "How many people were in work?").string
        == "Hvor mange var i beskæftigelse?"
    )
    assert translator("da", NAME, project.root).find("How many people were in work?") is None
    assert lines(project) == [line]


def test_a_text_that_is_gone_leaves_the_catalogue(project):
    write_chapter(project.root, CELLS[:1])
    update(project)
    assert entry(project.root, "Months") is None


def test_a_translators_comment_is_kept(project):
    path = catalogue_path(project.root, "da", NAME)
    place = "#. 07-cell-06, set_xlabel\n"
    path.write_text(text_of(project.root).replace(place, f"# Kort!\n{place}"), "utf-8")
    update(project)
    assert entry(project.root, "Months").user_comments == ["Kort!"]


def test_what_the_data_translate_needs_no_entry(project):
    write_chapter(project.root, (*CELLS, ("code", '# Label\nax.set_ylabel("People")')))
    assert lines(project) == []
    assert entry(project.root, "People") is None
    assert translator("da", NAME, project.root)("People") == "Personer"


def test_a_text_that_counts_has_two_forms(project):
    code = '# Say\nx = text("{n} unit", "{n} units", n=n)'
    write_chapter(project.root, (*CELLS, ("code", code)))
    translate_with(project.root, {("{n} unit", "{n} units"): ("{n} enhed", "{n} enheder")})
    assert lines(project) == []
    translate = translator("da", NAME, project.root)
    assert translate.plural("{n} unit", "{n} units", 1) == "{n} enhed"
    assert translate.plural("{n} unit", "{n} units", 2) == "{n} enheder"


def test_a_chapter_of_ones_own_gets_no_catalogue(project):
    catalogue_path(project.root, "da", NAME).unlink()
    write_chapter(project.root, language="da")
    assert lines(project) == []
    assert not catalogue_path(project.root, "da", NAME).exists()


def test_the_interface_has_its_words_under_their_keys(project):
    keys = {entry.key: entry.text for entry in interface()}
    assert keys["units.points.1"] == "% points"
    assert words("da")["units"]["points"][1] == "pct.point"
    update(project)
    assert not catalogue_path(project.root, "da", "shared").exists()


def test_the_readme_is_written_from_the_codebook(project):
    path = project.root / "data" / "README.md"
    path.write_text("# Data\n<!-- codebook -->\n<!-- end of codebook -->\nmore\n", "utf-8")
    update(project)
    said = path.read_text("utf-8")
    assert "| people | People | count | People asked. |" in said
    assert said.endswith("<!-- end of codebook -->\nmore\n")
    assert readme.is_current(project.root)
