"""The pages of the whole compendium in a browser, as a reader opens them."""

import csv
import json
import re
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest
from browser import Browser
from lxml import html
from page_checks import (
    CHECKS,
    asks_for_nothing,
    can_be_searched,
    fits_a_phone,
    is_accessible,
    is_silent,
)
from whole_project import ROOT, first_outputs

from compendium.chapter.formatting import LANGUAGES

MOST_BYTES = 3_000_000
both = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture(scope="module")
def outputs(project):
    return first_outputs(project)


@pytest.fixture(scope="module")
def browser():
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(browser, outputs):
    return {lang: browser.open(outputs / "report" / lang / "report.html") for lang in LANGUAGES}


@cache
def tree(path: Path):
    return html.parse(path).getroot()


def report(outputs, lang):
    return tree(outputs / "report" / lang / "report.html")


@both
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_report_passes(check, lang, pages):
    assert check(pages[lang]) == []


@both
def test_the_report_is_accessible_in_the_dark(lang, pages):
    assert is_accessible(pages[lang], dark=True) == []


@both
def test_no_column_of_a_chapters_table_is_hidden_at_1300_pixels(lang, pages):
    wide = """[...document.querySelectorAll("[data-code] .scroll")].filter(
        box => box.scrollWidth > box.clientWidth).map(box => box.parentElement.id)"""
    pages[lang].look(1300, 900)
    assert pages[lang].js(wide) == []


@both
def test_notebook_pages_pass(lang, browser, outputs):
    paths = sorted((outputs / "notebooks" / lang).glob("*.html"))
    assert len(paths) >= 14
    for path in paths:
        page = browser.open(path)
        faults = is_accessible(page, dark=lang == "da") + fits_a_phone(page)
        assert faults + asks_for_nothing(page) + is_silent(page) == [], path.name


@both
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_of_methods_passes(lang, dark, browser, outputs):
    page = browser.open(outputs / "report" / lang / "methods.html")
    faults = is_accessible(page, dark=dark) + fits_a_phone(page)
    assert faults + asks_for_nothing(page) + is_silent(page) + can_be_searched(page) == []


def test_methods_have_formulas_that_a_browser_draws(outputs):
    page = tree(outputs / "report" / "en" / "methods.html")
    assert len(page.xpath("//*[local-name()='math']")) > 100
    told = [part.text_content() for part in page.xpath("//p | //li")]
    assert not [text for text in told if "$" in text]


@both
def test_the_map_of_exhibits_is_whole_and_leads_to_what_it_names(lang, outputs):
    """Each figure, table and number once, with a cell that is there and functions that exist."""
    with (outputs / "report" / lang / "exhibits.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    by_kind = {kind: {r["id"] for r in rows if r["kind"] == kind} for kind in ("figure", "table")}
    page = report(outputs, lang)
    assert by_kind["figure"] == {*page.xpath("//figure/@id")}
    assert by_kind["table"] == {*page.xpath("//div[@class='table' and @data-code]/@id")}
    recorded = [name for path in (outputs / "values").glob("*.json") for name in values_of(path)]
    listed = [row["id"] for row in rows if row["kind"] == "value"]
    assert {*recorded} <= {*listed}
    assert len(listed) == len({*listed})
    cells = {(r["notebook"], r["cell_id"]): int(r["cell"]) for r in rows}
    for (notebook, cell_id), position in cells.items():
        known = json.loads((ROOT / notebook).read_text("utf-8"))["cells"]
        code = [cell["id"] for cell in known if cell["cell_type"] == "code"]
        assert code[position - 1] == cell_id, notebook
    for name in {name for row in rows for name in row["functions"].split()}:
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function)), name
    for file in {row["file"] for row in rows}:
        path, _, anchor = file.partition("#")
        assert (outputs / path).is_file()
        assert not anchor or anchor in ids(outputs / path)
    made = [row for row in rows if row["kind"] != "value"]
    assert sum(bool(row["functions"]) for row in made) > 0.9 * len(made)


def values_of(path):
    return json.loads(path.read_text("utf-8"))["values"]


def test_the_page_of_times_tells_the_memory_of_each_chapter_where_the_system_does(outputs):
    table = tree(outputs / "report" / "en" / "build.html").xpath("//tbody/tr")
    told = {row[0].text_content(): row[3].text_content() for row in table}
    chapters = [memory for step, memory in told.items() if step.startswith("chapter")]
    assert len(chapters) == 14
    if sys.platform == "linux":
        assert all(50 < int(memory.replace(",", "")) < 5_000 for memory in chapters)


@both
def test_a_report_is_no_larger_than_can_be_sent(lang, outputs):
    assert (outputs / "report" / lang / "report.html").stat().st_size < MOST_BYTES


@both
def test_report_and_notebooks_lead_to_each_other(lang, outputs):
    links = 0
    sources = [outputs / "report" / lang / "report.html"]
    sources += (outputs / "notebooks" / lang).glob("*.html")
    for source in sources:
        for link in tree(source).xpath("//a/@href"):
            if link.startswith("https://doi.org/"):  # the works the report cites
                continue
            file, _, anchor = unquote(link).partition("#")
            target = (source.parent / file).resolve() if file else source
            assert target.is_file(), f"{source.name}: {link}"
            if anchor and target.suffix == ".html":
                assert anchor in ids(target), f"{source.name}: {link}"
            links += bool(file)
    assert links > 400


@cache
def ids(path: Path) -> frozenset[str]:
    return frozenset(tree(path).xpath("//@id"))


def test_each_number_leads_to_the_cell_that_recorded_it_or_to_one_it_took_it_from(outputs):
    page = report(outputs, "en")
    recorded = {}
    for path in [*(outputs / "values").glob("*.json"), outputs / "verdicts.json"]:
        recorded |= json.loads(path.read_text("utf-8"))["values"]
    ways = {
        cell.get("id"): {link[1:] for link in cell.xpath("./p//a/@href") if link[:6] == "#code-"}
        for cell in page.xpath("//details[@class='code']/div")
    }
    links = page.xpath("//a[@data-id]")
    assert len(links) > 450
    for link in links:
        place = recorded[link.get("data-id")]
        own = f"code-{place['chapter']:02d}-{place['cell_id']}"
        assert link.get("href")[1:] in {own, *ways[own]}, link.get("data-id")


def test_nearly_all_numbers_lead_on_to_a_function_with_its_source(outputs):
    """What is left are parameters and what a chapter counts from a list it wrote down itself."""
    page = report(outputs, "en")
    ways = {
        cell.get("id"): [link[1:] for link in cell.xpath("./p//a/@href") if link[0] == "#"]
        for cell in page.xpath("//details[@class='code']/div")
    }
    sources = {pre.getparent().get("id"): pre.text_content() for pre in page.xpath("//div/pre")}

    def reaches(anchor: str, before: frozenset[str] = frozenset()) -> bool:
        if anchor.startswith("fn-"):
            name = anchor.rpartition(".")[2]
            return re.search(rf"\b(def|class) {name}\b", sources[anchor]) is not None
        later = before | {anchor}
        return any(reaches(way, later) for way in ways[anchor] if way not in later)

    linked = [link.get("href")[1:] for link in page.xpath("//a[@data-id]")]
    exhibits = page.xpath("//*[@data-code]/@data-code")
    for anchors in (linked, exhibits):
        assert sum(map(reaches, anchors)) > 0.9 * len(anchors)


@both
def test_a_number_with_a_published_claim_shows_it(lang, outputs):
    row = report(outputs, lang).get_element_by_id("v-shift.route1.month9")
    told = row.text_content().replace("\xa0", " ")
    expected = {
        "da": "trykt 39,5 procentpoint · her 39,5",
        "en": "printed 39.5 percentage points · ",
    }
    assert expected[lang] in told
