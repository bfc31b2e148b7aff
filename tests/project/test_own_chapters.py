"""Chapters of one's own: what is tested of each, without a line written for it.

What a chapter claims of its own rows stands in the chapter, as assertions: the build, nbval and a
reader's Jupyter run them. Here each is checked and built as a reader would build it, and its
numbers must be possible ones. Where there is no such chapter, nothing is tested.
"""

import json

import pytest

from compendium.cli import main
from compendium.editing.check import check
from compendium.run.notebooks import read_chapters
from compendium.workspace import ROOT

CHAPTERS = read_chapters(ROOT / "notebooks")
OWN = [pytest.param(chapter, id=chapter.name) for chapter in CHAPTERS if chapter.language]


@pytest.mark.parametrize("chapter", OWN)
def test_it_has_no_fault(chapter):
    found = check(CHAPTERS, ROOT)
    assert [str(i) for i in found if i.file == chapter.path.name and not i.warns] == []


@pytest.mark.parametrize("chapter", OWN)
def test_it_builds_and_its_numbers_are_possible(chapter, tmp_path, capsys):
    asked = ["--chapter", str(chapter.number), "--lang", chapter.language, "--out", str(tmp_path)]
    assert main(asked, ROOT) == 0, capsys.readouterr().err
    (out,) = (tmp_path / "custom").iterdir()
    for name, value in json.loads((out / chapter.values_file).read_text("utf-8"))["values"].items():
        number = value["value"]
        if value["unit"] == "share" and number is not None:
            assert 0 <= number <= 1, name
        if value["unit"] == "count" and number is not None:
            assert number >= 0, name
        if value.get("low") is not None and number is not None:
            assert value["low"] <= number <= value["high"], name
