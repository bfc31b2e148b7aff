"""New chapters: they run, have an exhibit of each kind, in one language, and clash with none."""

import json
import shutil
from dataclasses import replace

import pytest

from compendium.chapter.catalogue import translator
from compendium.chapter.payloads import say
from compendium.chapter.tables import to_html
from compendium.cli import main
from compendium.editing.check import check
from compendium.editing.messages import messages
from compendium.editing.new import START, write_new
from compendium.editing.translate import compared
from compendium.errors import ParameterError
from compendium.report.document import executed_chapter
from compendium.run.engine import run_chapter
from compendium.run.executed import exhibits
from compendium.run.notebooks import read_before, read_chapter, read_chapters, wanted
from compendium.workspace import ROOT, Workspace
from evallib.settings import DATA


@pytest.fixture
def root(tmp_path):
    """A project with the report's own chapters, for writing more."""
    shutil.copytree(ROOT / "locale", tmp_path / "locale")
    (tmp_path / "notebooks").mkdir()
    for chapter in read_chapters(ROOT / "notebooks"):
        if not chapter.language:
            shutil.copy(chapter.path, tmp_path / "notebooks")
    (tmp_path / "data").symlink_to(ROOT / "data")
    return tmp_path


def faults(root):
    return [str(issue) for issue in check(read_chapters(root / "notebooks"), root)]


def run(path, root):
    return run_chapter(read_chapter(path), Workspace(root, data_dir=DATA / "standin"))


@pytest.mark.parametrize(("lang", "group"), [("en", "“Men”"), ("da", "»Mænd«")])
def test_it_runs_and_has_each_kind_of_exhibit_and_no_fault(root, lang, group):
    path = write_new(root, "Køn og alder", lang=lang)
    assert path.name == "14_koen_og_alder.ipynb"
    assert faults(root) == []
    notebook = run(path, root)
    made = [exhibit.payload for exhibit in exhibits(notebook)]
    assert {payload["kind"] for payload in made} == {
        "value", "records", "finding", "figure", "table",
    }  # fmt: skip
    shown = executed_chapter(notebook, translator(lang, "", ROOT))
    (gap,) = (payload for payload in made if payload["kind"] == "finding")
    assert group in say(gap["text"], gap, shown.translate)
    assert {kind: list(p["svg"]) for p in made if (kind := p["kind"]) == "figure"} == {
        "figure": [lang]
    }


def test_what_new_chapters_are_made_of_is_all_in_danish():
    chapter = read_chapter(START / "chapter.ipynb")
    left = [e.text for e, found in compared(START, "da", "chapter", messages(chapter))
            if not found.string or found.fuzzy]  # fmt: skip
    assert left == []
    (found,) = [i for i in check([chapter], START) if i.rule not in ("codebook", "catalogue")]
    assert "[](#ch-08) leads nowhere" in found.message  # a chapter of the report


def test_the_next_has_the_next_number_and_ids_of_its_own(root):
    names = [write_new(root, title).name for title in ("One", "Two")]
    assert names == ["14_one.ipynb", "15_two.ipynb"]
    assert write_new(root, "Three", number=20).name == "20_three.ipynb"
    assert faults(root) == []


def test_prose_leads_to_a_chapter_of_ones_own_and_to_none_that_is_not_there(root):
    path = write_new(root, "One")
    source = path.read_text("utf-8").replace("(#ch-08)", "(#ch-14)")
    path.write_text(source, "utf-8")
    assert faults(root) == []
    path.write_text(source.replace("(#ch-14)", "(#ch-15)"), "utf-8")
    (found,) = faults(root)
    assert "[](#ch-15) leads nowhere" in found


def told(notebook, name=""):
    """All a Danish reader is told by a chapter's exhibits and prose, and what is drawn."""
    translate = translator("da", name, ROOT)
    chapter = executed_chapter(notebook, translate)
    found = [block.source for block in chapter.blocks if hasattr(block, "payloads")][1:]
    for payload in (exhibit.payload for exhibit in exhibits(notebook)):
        texts = [say(payload[key], payload, chapter.translate)
                 for key in ("caption", "alt", "text") if payload.get(key)]  # fmt: skip
        if payload["kind"] == "table":
            texts.append(to_html(payload, chapter.translate))
        if payload["kind"] == "figure":
            texts.append(payload["svg"]["da"])
        found.append((payload["id"], texts, payload.get("values") if texts == [] else None))
    return found


def test_a_copy_shows_in_danish_what_the_chapter_shows_in_danish(root):
    path = write_new(root, "Kerneelementer, min udgave", original=9, lang="da")
    assert faults(root) == []
    copy, original = (run(p, root) for p in (path, root / "notebooks/09_core_elements.ipynb"))
    assert told(copy) == told(original, "09_core_elements")


def test_any_chapter_can_be_copied(root):
    for number in range(14):
        write_new(root, f"A copy of {number}", original=number, lang="da")
    assert faults(root) == []


def test_a_copy_is_built_when_asked_for_alone(root):
    number = 7
    path = write_new(root, "A copy", original=number, lang="da")
    copy = read_chapter(path)
    assert (copy.copy, copy.language, copy.title) == (number, "da", "A copy")
    chapters = read_chapters(root / "notebooks")
    assert copy not in wanted(chapters, [], {})
    assert copy not in read_before(replace(copy, after=("*",)), chapters)
    assert copy in wanted(chapters, [14], {})
    with pytest.raises(
        ParameterError, match=f"14_a_copy.ipynb has the ids of {number}: build it alone"
    ):
        wanted(chapters, [number, 14], {})


BAD = {
    "no title": ([], "the following arguments are required: TITLE"),
    "an empty title": ([" "], 'the title needs a word, as in `new chapter "Women and men"`'),
    "a title without a word": (["…"], "the title needs a word"),
    "a slash": (["Work/life"], "the title has one of the signs /"),
    "a role": (["{eval}`x`"], "the title has one of the signs /"),
    "a long title": (["x" * 300], "the title has 300 letters; 80 at most"),
    "a title that is taken": (["introduction"], "the title is that of 01_introduction.ipynb"),
    "a number that is taken": (["A", "--number", "3"], "; the next that is free is 14"),
    "a number that is none": (["A", "--number", "100"], "100 is none of 0 to 99; the next "),
    "a number in words": (["A", "--number", "ten"], "argument --number: invalid int value"),
    "a chapter that is not there": (["A", "--from", "77"], "there is no chapter 77 to copy; "),
    "a language that is not there": (["A", "--lang", "sv"], "argument --lang: invalid choice"),
    "a thing that is no chapter": (None, "invalid choice: 'table'"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_told_in_a_sentence_and_writes_nothing(root, capsys, given, said):
    before = sorted((root / "notebooks").iterdir())
    assert main(["new", *(["table", "x"] if given is None else ["chapter", *given])], root) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert (told.err.count("\n"), told.out) == (1, "")
    assert sorted((root / "notebooks").iterdir()) == before


def test_the_command_says_what_to_do_next(root, capsys):
    assert main(["new", "chapter", "Women and men"], root) == 0
    said = capsys.readouterr().out
    assert "notebooks/14_women_and_men.ipynb: chapter 14, in `en`\n" in said
    assert "The other language is optional: write in English, take\n“language” out" in said
    assert main(["new", "chapter", "Mine", "--from", "7", "--lang", "da"], root) == 0
    assert "It has the ids of chapter 7, and is built when asked for" in capsys.readouterr().out
    notebook = json.loads((root / "notebooks" / "15_mine.ipynb").read_text("utf-8"))
    assert notebook["metadata"]["compendium"]["copy"] == 7


def test_a_copy_of_what_nobody_translates_keeps_its_language(root):
    write_new(root, "Køn", lang="da")
    assert read_chapter(write_new(root, "Sex", original=14)).language == "da"


def test_a_text_that_counts_keeps_both_its_forms_and_letters_outside_ascii_their_place(root):
    path = write_new(root, "Nyt", original=4, lang="da")
    code = "\n".join(cell.source for cell in read_chapter(path).code)
    assert '"{requirement!l} ({n} enhed: {reasons})"' in code
    assert '"{requirement!l} ({n} enheder: {reasons})"' in code
