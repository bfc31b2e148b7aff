"""The last page says what a report was made of; times stand beside it, and change no byte of it."""

import platform
import re

import pytest
import small_chapter as small
from lxml import html

from compendium.build.steps import File, digest
from compendium.chapter.formatting import LANGUAGES, words
from compendium.report.colophon import Colophon, build_page
from compendium.report.html import HtmlRenderer
from compendium.report.pdf import TypstRenderer
from compendium.workspace import ROOT

KNOWN = Colophon(ROOT / "CITATION.cff", "1a" * 32, "2b" * 32, "3c" * 20, "`level = 0.9` (7)")
both = pytest.mark.parametrize("lang", LANGUAGES)


@both
def test_the_colophon_names_inputs_data_commit_versions_and_the_licence(lang):
    told = " ".join(KNOWN.entries(lang, standin=True).values())
    for part in (KNOWN.inputs, KNOWN.data, KNOWN.commit, KNOWN.parameters, "MIT", "CC-BY-4.0"):
        assert part in told
    assert f"Python {platform.python_version()}, pandas " in told
    assert "[" in KNOWN.entries(lang, standin=True)[words(lang)["colophon_lines"]["times"]]


def test_data_are_called_what_they_are_and_a_changed_tree_no_commit():
    changed = Colophon(KNOWN.citation, "", "", "", "")
    lines = words("en")["colophon_lines"]
    assert (
        changed.entries("en", standin=True)["Data"] != changed.entries("en", standin=False)["Data"]
    )
    assert changed.entries("en", standin=False)["Commit"] == lines["no_commit"]
    assert lines["parameters"] not in changed.entries("en", standin=True)


@both
def test_both_renderers_end_with_it_and_a_chapter_alone_has_none(lang):
    document = small.document(lang, colophon=KNOWN)
    page = html.fromstring(HtmlRenderer(document).body())
    (section,) = page.xpath("//section[@aria-labelledby='colophon']")
    assert section.xpath(".//dd//a/@href") == ["build.html", "#origins"]
    assert KNOWN.inputs in section.text_content()
    typst = TypstRenderer(document).body()
    assert KNOWN.inputs in typst
    assert '#link("report.html#origins")' in typst
    assert "colophon" not in HtmlRenderer(small.document(lang)).body()


def test_a_digest_knows_content_and_neither_names_nor_order(tmp_path):
    for name, text in (("a", "1"), ("b", "2"), ("c", "1"), ("d", "3")):
        (tmp_path / name).write_text(text)
    a, b, c, d = (File(name, tmp_path / name) for name in "abcd")
    assert digest([a, b]) == digest([b, c])
    assert len({digest([a, b]), digest([a, d]), digest([a]), digest([a, c])}) == 4


@both
def test_the_page_of_times_names_steps_and_no_user_or_host(lang):
    page = build_page(lang, [("chapter <7>", "2026-01-02 03:04:05", 12.34, 456_000_000)])
    tree = html.document_fromstring(page)
    cells = [cell.text_content() for cell in tree.xpath("//tbody//th | //tbody//td")]
    seconds = {"da": "12,3", "en": "12.3"}[lang]
    assert cells == ["chapter <7>", "2026-01-02 03:04:05", seconds, "456"]
    assert tree.get("lang") == lang
    assert tree.xpath("//a/@href") == ["report.html"]
    assert not re.search(rf"{re.escape(platform.node())}|/home/|/root/", page)
