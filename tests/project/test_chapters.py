"""The chapters of the report, held against the rules by which any chapter is checked."""

from pathlib import Path

from compendium.editing.check import check
from compendium.run.notebooks import read_chapters

ROOT = Path(__file__).parents[2]


def test_the_report_s_own_chapters_have_no_fault():
    chapters = read_chapters(ROOT / "notebooks")
    assert len(chapters) >= 14
    assert [str(issue) for issue in check(chapters, ROOT)] == []
