"""Notebooks for readers: one language, shown by any tool, and the same when run again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import small_chapter as small

from compendium.chapter.formatting import words
from compendium.chapter.inline import plain
from compendium.chapter.payloads import MIME
from compendium.report.editions import edition
from evallib.errors import VARIABLE


def read(lang, **about):
    document = small.document(lang, **about)
    return nbformat.reads(edition(document, document.chapters[-1]), as_version=4)


def shown(notebook):
    """All outputs of ours by id."""
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    return {output.data[MIME]["id"]: output for output in outputs}


def test_prose_is_finished_text_in_one_language():
    notebook = read("da")
    nbformat.validate(notebook)
    assert notebook.metadata["compendium"]["edition"] == "da"
    prose = notebook.cells[-1]
    assert "user_expressions" not in prose.metadata
    assert prose.source.startswith("# Et lille kapitel\n\nDer er 2.231° personer, 39,5\xa0pct.° af")
    assert "[Figur\xa07.1](#fig-line) viser det" in prose.source
    assert "``{eval}`share` ``" in prose.source


def test_on_stand_in_data_a_verdict_says_that_it_illustrates():
    gap = {
        "da": "- Andelen i job er 4,0\xa0procentpoint° højere her end der.",
        "en": "- The share in work is 4.0\xa0percentage points° higher here than there.",
    }
    mark = {
        "da": " (illustration: spredningen mellem enhederne er antaget)",
        "en": " (illustration: the spread between units is assumed)",
    }
    more = {"da": "- Der er 2° flere.", "en": "- There are 2° more."}
    for lang, sentence in gap.items():
        lines = read(lang).cells[-1].source.split("\n")
        assert {f"{sentence}{mark[lang]}", more[lang]} <= set(lines)
        assert {sentence, more[lang]} <= set(read(lang, standin=False).cells[-1].source.split("\n"))


def test_a_part_of_a_verdict_is_a_number_and_has_no_mark():
    notebook = small.executed()
    told = notebook.cells[-1]
    told.source = "A {eval}`gap.clusters` b."
    ((data, asked),) = [
        (asked["result"]["data"][MIME], asked)
        for asked in told.metadata["user_expressions"]
        if asked["expression"] == "gap"
    ]
    asked["expression"], data["part"], data["clusters"] = "gap.clusters", "clusters", 22
    document = small.document("en", small.last(), notebook)
    made = nbformat.reads(edition(document, document.chapters[-1]), as_version=4)
    assert made.cells[-1].source == "A 22 b."


def test_a_set_of_comparisons_is_said_once():
    for lang, before in (("da", "gap: "), ("en", "gap: higher, ")):
        outputs = shown(read(lang))
        assert outputs["gap.1v2"].data.keys() == {MIME, "text/plain"}
        assert "konfidensinterval" in outputs["gap.1v2"].data["text/plain"] or lang == "en"
        said = outputs["gap"].data
        assert said["text/plain"] == f"{before}{said['text/markdown']}"


def test_a_figure_is_a_picture_with_its_alternative_text_beside_its_drawing():
    for lang, axis, alt in (
        (
            "da",
            "Måneder",
            "Linjen stiger til 2.231°. Det viste er antaget til den illustrative udgave.",
        ),
        (
            "en",
            "Months",
            "The line rises to 2,231°. What is drawn is assumed for the stand-in edition.",
        ),
    ):
        output = shown(read(lang))["line"]
        assert output.metadata == {"image/png": {"alt": alt}}
        assert output.data["image/png"].startswith("iVBOR")
        assert axis in output.data["image/svg+xml"]
        assert set(output.data[MIME]["svg"]) == {lang}


def test_tables_are_html_and_values_one_line():
    outputs = shown(read("da"))
    assert "<caption>2.231° enheder</caption>" in outputs["units"].data["text/html"]
    assert outputs["people"].data["text/plain"] == "people = 2.231°"
    assert outputs["more"].data["text/plain"] == "more: Der er 2° flere."
    assert outputs["more"].data["text/markdown"] == "Der er 2° flere."
    assert outputs["n.route{route}"].data["text/plain"].startswith("n.route{route}, 2 numbers")


def test_figures_and_tables_are_named_under_the_code_that_made_them():
    notebook = read("da")
    named = {
        cell.id: cell.source for cell in notebook.cells if cell.id in ("tab-units", "fig-line")
    }
    assert named == {
        "tab-units": '<a id="tab-units"></a>**Tabel 7.1**',
        "fig-line": '<a id="fig-line"></a>**Figur 7.1** En linje',
    }
    ids = [cell.id for cell in notebook.cells]
    assert ids.index("fig-line") == ids.index("07-code-06") + 1


def test_code_and_outputs_that_are_not_ours_stay():
    notebook = small.executed()
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="said\n")]
    document = small.document("da", notebook, draft=True)
    made = nbformat.reads(edition(document, document.chapters[0]), as_version=4)
    assert made.cells.pop(0).id == "draft"
    assert made.cells[1].outputs == notebook.cells[1].outputs
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert code == [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_texts_do_not_become_markup():
    assert plain("a*b* <c> [d] 1_2 $") == r"a\*b\* \<c\> \[d\] 1\_2 \$"


def test_a_chapter_that_keeps_its_language_says_so():
    notebook = small.executed()
    notebook.metadata["compendium"] |= {"language": "da"}
    document = small.document("en", notebook)
    made = nbformat.reads(edition(document, document.chapters[0]), as_version=4)
    assert made.cells[0].source == f"*{words('en')['untranslated']}*"
    assert "Måneder" in shown(made)["line"].data["image/svg+xml"]


def nbval(path: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-rN", "-p", "no:cacheprovider", "--nbval"]
    settings = path.with_name("settings.json")
    settings.write_text(json.dumps({"data": str(small.root() / "made_up")}))
    done = subprocess.run(
        [*command, f"--rootdir={path.parent}", str(path)],
        env={**os.environ, "PYTHONPATH": str(small.ROOT), VARIABLE: str(settings)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


def test_the_english_edition_gives_the_same_outputs_again(tmp_path):
    """In a stock kernel without the build's settings, and nothing is sanitised."""
    path = tmp_path / "edition.ipynb"
    path.write_text(nbformat.writes(read("en")), "utf-8")
    said = nbval(path)
    assert "6 passed" in said, said


def test_one_other_letter_is_seen(tmp_path):
    notebook = read("en")
    outputs = shown(notebook)
    outputs["people"].data[MIME]["value"] += 1
    for name, mime, old in (
        ("gap", "text/markdown", "4"),
        ("units", "text/html", "1"),
        ("line", "image/svg+xml", "1"),
    ):
        outputs[name].data[mime] = outputs[name].data[mime].replace(old, "7", 1)
    path = tmp_path / "edition.ipynb"
    path.write_text(nbformat.writes(notebook), "utf-8")
    said = nbval(path)
    assert "4 failed, 2 passed" in said, said
    for mime in (MIME, "text/markdown", "text/html", "image/svg+xml"):
        assert f"mismatch '{mime}'" in said
