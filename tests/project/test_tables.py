"""The tables that chapters declare are those they read."""

from pathlib import Path

from compendium.run.notebooks import read_chapters
from evallib.study.declared import declared

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_chapters_declare_tables_if_they_load_a_study_and_only_then() -> None:
    for chapter in read_chapters(NOTEBOOKS):
        loads = any("load()" in cell.source for cell in chapter.cells if cell.kind == "code")
        assert bool(declared(chapter.tables)) == loads, chapter.path.name
