"""What a reader gets: one HTML file and one accessible PDF per language, the same from each run."""

import io
import re
from functools import cache

import nbformat
import pikepdf
import pytest
from lxml import html
from mini_project import TITLE, built, document

from compendium.chapter.formatting import LANGUAGES, full, words
from compendium.chapter.tables import to_html, to_typst
from compendium.errors import ExhibitError, RenderError
from compendium.report.document import About, Document, read_document, render
from compendium.report.exporters import HTML, PDF

both = pytest.mark.parametrize("lang", LANGUAGES)


@cache
def page(lang):
    text = (built().out / "report" / lang / "report.html").read_text("utf-8")
    return text, html.document_fromstring(text)


@cache
def pdf(lang):
    return (built().out / "report" / lang / "report.pdf").read_bytes()


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
    assert tree.xpath("//title")[0].text == TITLE[lang]
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]
    for landmark in ("//header", "//nav[@aria-label]", "//main[@id='main']"):
        assert len(tree.xpath(landmark)) == 1
    assert [h.get("id") for h in tree.xpath("//h1")] == ["ch-01", "ch-02", "ch-07", "origins"]


@both
def test_ids_are_unique_and_every_link_inside_leads_somewhere(lang):
    _, tree = page(lang)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    inside = {link[1:] for link in tree.xpath("//@href") if link.startswith("#")}
    inside |= set(re.findall(r"url\(#([^)]+)\)", page(lang)[0]))
    assert inside <= set(ids)


@both
def test_chapters_keep_the_report_numbers(lang):
    _, tree = page(lang)
    numbers = [text_of(n) for n in tree.xpath("//main//h1/span | //main//h2/span")]
    assert numbers == ["1", "2", "7", "7.1"]
    toc = [text_of(a) for a in tree.xpath("//nav//a")]
    assert toc[2].startswith("7 ")
    assert tree.xpath("//nav//a/@href")[2:4] == ["#ch-07", "#sec-7-1"]


@both
def test_a_number_leads_to_the_code_that_made_it(lang):
    _, tree = page(lang)
    link = tree.xpath("//main//section[1]//a[@class='value']")[0]
    assert link.text == "4"
    assert link.get("title").startswith("twice · ")
    code = tree.get_element_by_id(link.get("href")[1:])
    assert "value(" in code.text_content()
    assert code.xpath("ancestor::details")


@both
def test_a_recorded_number_leads_to_the_chapter_that_made_it(lang):
    _, tree = page(lang)
    link = tree.xpath("//section[@aria-labelledby='ch-02']//a[@class='value']")[0]
    assert link.get("href") == "#code-07-07-cell-02"
    assert "minilib.stats.share" in link.get("title")


@both
def test_figures_and_tables_have_numbers_captions_and_alt_texts(lang):
    _, tree = page(lang)
    text = words(lang)
    captions = [text_of(c) for c in tree.xpath("//figcaption | //caption")]
    kinds = [text["figure"], text["table"], text["figure"]]
    for caption, kind, number in zip(captions, kinds, ("1.1", "7.1", "7.1"), strict=True):
        assert caption.startswith(f"{kind} {number}")
    assert (
        tree.xpath("//figure/div/@aria-label")[0]
        == {
            "da": "Linjen stiger til 4.",
            "en": "The line rises to 4.",
        }[lang]
    )
    references = [text_of(a) for a in tree.xpath("//a[@class='reference']")]
    assert references[0] == f"{text['figure']} 1.1"
    assert references[2] == f"{text['table']} 7.1"


@both
def test_tables_have_scopes_and_figures_carry_text(lang):
    _, tree = page(lang)
    table = tree.xpath("//div[@id='tab-shares']//table")[0]
    assert {th.get("scope") for th in table.xpath(".//th")} == {"col", "row", "rowgroup"}
    assert tree.xpath("//figure//*[local-name()='svg']//*[local-name()='text']")


@both
def test_a_filtered_table_offers_all_rows_and_each_group(lang):
    """A button for each group hides every other group, by style alone."""
    source, tree = page(lang)
    (choice,) = tree.xpath("//div[@id='tab-shares']/fieldset")
    groups = tree.xpath("//div[@id='tab-shares']//tbody/@data-group")
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
    assert "200" in notes[1]


@both
def test_findings_are_shown_and_marked_as_additions(lang):
    _, tree = page(lang)
    listed = tree.xpath("//section[@aria-labelledby='ch-07']/ul/li")
    assert len(listed) == 1
    assert words(lang)["addition"] in text_of(listed[0])
    assert len(tree.xpath("//abbr[@class='addition']")) == 3


@both
def test_each_recorded_number_is_found_in_both_reports(lang):
    shown = text_of(page(lang)[1])
    for payload in document(built()).origins.values():
        number = full(payload["value"], payload["unit"], lang, payload.get("decimals"))
        assert number.replace("\xa0", " ") in shown


@both
def test_stand_in_data_are_named_on_the_page_and_in_every_figure(lang):
    _, tree = page(lang)
    assert [text_of(p) for p in tree.xpath("//p[@class='standin']")] == [words(lang)["standin"]]
    for figure in tree.xpath("//figure"):
        assert words(lang)["standin_short"] in text_of(figure)


def test_real_data_get_no_banner():
    text = render(document(built(), standin=False), "da", "html").decode()
    assert 'class="standin"' not in text


@both
def test_the_pdf_is_tagged_titled_and_in_its_language(lang):
    with pikepdf.open(io.BytesIO(pdf(lang))) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang).startswith(lang)
        assert "/StructTreeRoot" in opened.Root
        with opened.open_metadata() as metadata:
            assert metadata["dc:title"] == TITLE[lang]
            assert metadata["pdfuaid:part"] == "1"
        with opened.open_outline() as outline:
            titles = [item.title for item in outline.root]
    assert [title.split()[0] for title in titles[:3]] == ["1", "2", "7"]


def structure(node, kind):
    """Return the structure elements of a kind below a node of the PDF's tree."""
    found = [node] if node.get("/S") == f"/{kind}" else []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += structure(kid, kind)
    return found


@both
def test_figures_and_formulas_have_alt_texts_in_the_pdf(lang):
    with pikepdf.open(io.BytesIO(pdf(lang))) as opened:
        tree = opened.Root.StructTreeRoot.K
        root = tree[0] if isinstance(tree, pikepdf.Array) else tree
        alts = {str(node.get("/Alt")) for node in structure(root, "Figure")}
        formulas = {str(node.get("/Alt")) for node in structure(root, "Formula")}
        heads = structure(root, "TH")
    assert {"da": "Linjen stiger til 4.", "en": "The line rises to 4."}[lang] in alts
    assert r"p = \frac{x}{n}" in formulas
    assert heads


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_the_same_notebooks_give_the_same_bytes(kind):
    report = built().out / "report" / "da" / f"report.{kind}"
    about = About(TITLE, "Ingen", "Nogen", "2017-09", standin=True, languages=tuple(LANGUAGES))
    notebooks = sorted((built().out / "notebooks").glob("*.ipynb"))
    assert render(read_document(notebooks, about), "da", kind) == report.read_bytes()


def test_a_missing_alt_text_stops_the_pdf():
    made = document(built())
    exhibit = made.chapters[0].blocks[0].shown[0]
    exhibit.payload["alt"]["da"] = ""
    with pytest.raises(RenderError, match="alt text"):
        render(made, "da", "pdf")


def test_chapters_can_be_reordered_and_removed_but_references_must_lead_somewhere():
    made = document(built())
    alone = Document(made.about, made.chapters[:1])
    tree = html.document_fromstring(render(alone, "da", "html").decode())
    assert "kapitel 7" in text_of(tree)
    assert "#ch-07" not in tree.xpath("//@href")
    lost = Document(made.about, (made.chapters[0], made.chapters[0]))
    with pytest.raises(ExhibitError, match="two chapters have an exhibit"):
        render(lost, "da", "html")


@pytest.mark.parametrize("exporter", [HTML, PDF])
def test_nbconvert_renders_a_chapter_alone(exporter):
    path = built().out / "notebooks" / "01_start.ipynb"
    made, resources = exporter().from_notebook_node(nbformat.read(path, as_version=4))
    assert resources["output_extension"] == f".{exporter.kind}"
    assert "Begyndelsen" in made if exporter is HTML else made.startswith(b"%PDF")


TABLE = {
    "caption": {"da": "T", "en": "T"},
    "columns": [
        {"label": {"da": "Navn", "en": "Name"}, "unit": "text", "decimals": None, "head": True},
        {"label": {"da": "Andel", "en": "Share"}, "unit": "share", "decimals": 1, "head": False},
    ],
    "rows": [['<b>"x"</b>', {"value": 0.4, "low": 0.3, "high": 0.5}], ["y", None]],
    "groups": None,
    "note": None,
}


def test_cells_are_escaped_and_intervals_stand_under_their_estimate():
    shown = to_html(TABLE, "en")
    assert "&lt;b&gt;" in shown
    assert '40.0<span class="interval">30.0–50.0</span>' in shown
    assert '<td class="num">–</td>' in shown
    typst = to_typst(TABLE, "da")
    assert r'"<b>\"x\"</b>"' in typst
    assert 'data("40,0", "30,0–50,0")' in typst
    assert 'head-cell(right, "Andel", "pct.")' in typst
