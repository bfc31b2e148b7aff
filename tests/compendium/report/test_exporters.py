"""Nbconvert with our exporters: on what the build keeps, on editions, on what others executed."""

import os
import subprocess
import sys

import nbformat
import pytest
import small_chapter as small
from lxml import html
from nbconvert.utils.exceptions import ConversionException

from compendium.errors import NotebookError
from compendium.report.editions import edition
from compendium.report.exporters import HTML, PDF, chapter_alone

TOLD = {
    "en": "There are 2,231° people, 39.5 %° of them in work (95 % confidence interval 34.6–44.4 %",
    "da": "Der er 2.231° personer, 39,5 pct.° af dem i job (95 pct.-konfidensinterval 34,6–44,4",
}
INSTEAD = (
    "run `python run_all.py --chapter 7`, and export "
    "outputs/custom/7/executed/07_labour_market.ipynb"
)


def text(made: str) -> str:
    told = html.document_fromstring(made).text_content()
    return " ".join(told.replace("\xa0", " ").split())


def read(lang: str):
    document = small.document(lang)
    return nbformat.reads(edition(document, document.chapters[-1]), as_version=4)


@pytest.mark.parametrize("exporter", [HTML, PDF])
@pytest.mark.parametrize("notebook", [small.executed, small.stock, lambda: read("da")])
def test_nbconvert_renders_a_chapter_alone(exporter, notebook):
    made, resources = exporter().from_notebook_node(notebook())
    assert resources["output_extension"] == f".{exporter.kind}"
    if exporter is PDF:
        assert made.startswith(b"%PDF")
    else:
        assert TOLD["da" if notebook not in (small.executed, small.stock) else "en"] in text(made)
        assert "<figcaption>" in made
        assert "</table>" in made


def test_what_stock_tools_executed_reads_as_what_the_build_executed():
    """Each number in prose is one that the code gave a name to; formats and links are the same."""
    stock, ours = (HTML().from_notebook_node(n)[0] for n in (small.stock(), small.executed()))
    assert stock == ours


def test_the_language_is_the_notebooks_unless_asked_for():
    assert chapter_alone(read("da")).lang == "da"
    assert chapter_alone(small.executed()).lang == "en"
    assert chapter_alone(small.executed(), "da").lang == "da"
    own = small.executed()
    own.metadata["compendium"] |= {"language": "da"}
    assert chapter_alone(own).lang == "da"


@pytest.mark.parametrize(
    ("notebook", "lang", "message"),
    [
        (lambda: read("en"), "da", "this edition's prose is in `en` alone; "),
        (small.stock, "da", "its figures were not drawn in `da`; "),
    ],
)
def test_what_a_notebook_does_not_hold_is_told_with_what_to_run(notebook, lang, message):
    with pytest.raises(NotebookError) as error:
        chapter_alone(notebook(), lang)
    assert str(error.value) == message + INSTEAD


@pytest.mark.parametrize(
    "code",
    [
        "people = 3",
        'people = value(f"people{1}", 2231, "count")',
        'people = value("other", 2231, "count")',
        'for people in [value("people", 2231, "count")]: pass',
    ],
)
def test_a_number_whose_id_the_code_does_not_say_is_told(code):
    notebook = small.stock()
    cell = notebook.cells[2]
    cell.source = cell.source.replace('people = value("people", 2231, "count")', code)
    with pytest.raises(NotebookError) as error:
        chapter_alone(notebook)
    assert str(error.value) == (
        "cell 07-text-01: {eval}`people` was not evaluated when this notebook was executed; "
        + INSTEAD
    )


def test_a_notebook_that_was_not_executed_or_is_no_chapter_is_told():
    with pytest.raises(NotebookError, match="was not evaluated"):
        chapter_alone(small.source())
    with pytest.raises(ConversionException, match="this notebook is no chapter"):
        HTML().from_notebook_node(nbformat.v4.new_notebook())


def test_the_command_says_one_sentence(tmp_path):
    (tmp_path / "07.ipynb").write_text(nbformat.writes(small.source()), "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "nbconvert",
            "--to",
            "threeroutes_html",
            "--log-level=ERROR",
            "07.ipynb",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(small.ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("nbconvert: cell 07-text-01: {eval}`people` was not evaluated")
    assert done.stderr.count("\n") == 1
