"""The map from what is shown to what made it, on the small report."""

import csv
import io

import pytest
import small_chapter as small

from compendium.chapter.formatting import LANGUAGES
from compendium.report.exhibits import COLUMNS, cells_of, entries, functions_of, to_csv


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_and_tables_come_first_and_every_value_is_listed(lang):
    document = small.document(lang)
    made = list(entries(document, cells_of(document)))
    for chapter in document.chapters:
        own = [entry for entry in made if entry["chapter"] == chapter.number]
        kinds = [entry["kind"] for entry in own]
        assert kinds == sorted(kinds, key="value".__eq__)
        assert {e["id"] for e in own if e["kind"] == "value"} == {*chapter.recorded}
        assert {e["notebook"] for e in own} <= {f"notebooks/{chapter.name}.ipynb"}
    shown = {entry["id"]: entry for entry in made if entry["kind"] != "value"}
    assert shown.keys() == document.labels.keys()
    for anchor, entry in shown.items():
        assert (entry["kind"], entry["number"]) == document.labels[anchor]
        assert entry["file"] == f"report/{lang}/report.html#{anchor}"
        assert "{" not in entry["title"]


def test_a_cell_that_calls_nothing_goes_through_what_those_before_it_call():
    document = small.document("en")
    cells = [(own, cell) for own in cells_of(document).values() for cell in own.values()]
    for own, cell in cells:
        earlier = [name for other in cell.names for name in functions_of(own[other], own)]
        assert functions_of(cell, own) == sorted({*(cell.functions or earlier)})


def test_the_file_reads_back():
    document = small.document("en")
    rows = list(csv.DictReader(io.StringIO(to_csv(document))))
    assert [*rows[0]] == [*COLUMNS]
    assert len(rows) == len(list(entries(document, cells_of(document))))
