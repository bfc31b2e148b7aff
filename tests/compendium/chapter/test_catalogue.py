"""Where the Danish of an English text is looked up, and in which order."""

import pytest
from chapters import NAME, write_project

from compendium.chapter.catalogue import (
    Translator,
    catalogue_path,
    entries,
    pairs,
    translator,
    vocabulary,
)


@pytest.fixture
def root(tmp_path):
    return write_project(tmp_path).root


def test_english_is_the_source():
    translate = translator("en")
    assert (translate("Anything"), translate.find("Anything")) == ("Anything", "Anything")


def test_an_unknown_text_comes_back_and_is_not_found(root):
    translate = translator("da", NAME, root)
    assert (translate("Anything"), translate.find("Anything")) == ("Anything", None)


def test_the_chapter_comes_before_the_interface_and_that_before_the_data(root):
    assert translator("da", "", root)("Figure") == "Figur"
    (root / "data" / "more.csv").write_text(
        "label_en,label_da\nFigure,Tegning\nMan,Mand\n", "utf-8"
    )
    vocabulary.cache_clear()
    translate = translator("da", NAME, root)
    assert (translate("Figure"), translate("Man")) == ("Figur", "Mand")
    path = catalogue_path(root, "da", NAME)
    text = path.read_text("utf-8").replace('msgid "Months"', 'msgid "Man"')
    path.write_text(text.replace("Måneder", "Mandfolk"), "utf-8")
    entries.cache_clear()
    assert translator("da", NAME, root)("Man") == "Mandfolk"


def test_a_fuzzy_entry_is_no_translation(root):
    path = catalogue_path(root, "da", NAME)
    text = path.read_text("utf-8").replace('msgid "Months"', '#, fuzzy\nmsgid "Months"')
    path.write_text(text, "utf-8")
    entries.cache_clear()
    assert translator("da", NAME, root).find("Months") is None


def test_a_text_that_counts_takes_the_form_of_its_number(root):
    assert translator("da", NAME, root).plural("{n} man", "{n} men", 2) == "{n} men"
    assert translator("en").plural("{n} man", "{n} men", 1) == "{n} man"


def test_names_of_things_stand_side_by_side_in_tables_and_definitions(tmp_path):
    root = write_project(tmp_path / "standin").root  # a folder's name tells nothing of its data
    (root / "data" / "standin").mkdir()
    (root / "data" / "standin" / "people.csv").write_text("name_en,name_da\nA,B\n", "utf-8")
    found = list(pairs(root, "da"))
    assert ("evaluation.toml", "Route 1", "Hovedvej 1") in found
    assert ("codebook.csv", "People", "Personer") in found
    assert not any(english == "A" for _, english, _ in found)


def test_a_chapters_own_words_and_the_data_come_before_other_chapters() -> None:
    translate = Translator(
        "da", vocabulary={"Together": "Samlet"}, others={"Together": "Sammen", "Gap": "Forskel"}
    )
    assert (translate("Together"), translate("Gap")) == ("Samlet", "Forskel")


def test_one_own_run_shows_as_written_what_has_no_translation() -> None:
    translate = Translator("da", chapter={"Month": "Måned"}, as_written=True)
    assert (translate.find("Month"), translate.find("Count")) == ("Måned", "Count")
