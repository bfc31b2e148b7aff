"""Every rule is silent on a clean chapter and speaks on a planted fault."""

import pytest
from babel.messages.catalog import Message
from chapters import CELLS, NAME, translate_with, write_chapter, write_project

from compendium.chapter.catalogue import catalogue_path
from compendium.chapter.codebook import codebook
from compendium.cli import main
from compendium.editing.check import _translation, check, names_with_digits
from compendium.editing.messages import Entry
from compendium.run.notebooks import read_chapters
from compendium.workspace import ROOT

CLEAN = {kind: i for i, (kind, _) in enumerate(CELLS)}
TEXT, DRAWING = 4, 5


def issues(root):
    codebook.cache_clear()
    return check(read_chapters(root / "notebooks"), root)


def rules(root):
    return {issue.rule for issue in issues(root)}


def changed(position, old, new):
    """The clean cells with one changed."""
    kind, source = CELLS[position]
    assert old in source
    return (*CELLS[:position], (kind, source.replace(old, new)), *CELLS[position + 1 :])


def test_the_clean_chapter_has_no_issue(tmp_path):
    assert issues(write_project(tmp_path).root) == []


@pytest.mark.parametrize(
    ("rule", "position", "old", "new"),
    [
        ("digit", TEXT, "Of {eval}`n` people", "Of {eval}`n` people, 250 of them new,"),
        ("digit", TEXT, "in 2017", "with 39.5 %"),
        ("digit", DRAWING, "Shares of {n}", "Shares of 200"),
        ("digit", DRAWING, '"Months"', '"9 months"'),
        ("eval", TEXT, "{eval}`n`", "{eval}`m`"),
        ("eval", TEXT, "{eval}`n`", "{eval}`n.intervall`"),
        ("reference", TEXT, "#fig-line", "#fig-lines"),
        ("reference", TEXT, "#fig-line", "#ch-14"),
        ("reference", TEXT, "in 2017", "in 2017 [@nobody2017, p. 3]"),
        ("title", 0, "# Work", "# Working"),
        ("title", 0, "# Work", "Work"),
        ("alt", DRAWING, "alt=", "alternative="),
        ("alt", DRAWING, '"The second bar is highest."', '"Shares of {n} people"'),
        ("parameters", 1, "level: float = 0.95", "level = 0.95"),
        ("parameters", 1, "  # level of the intervals", ""),
        ("imports", 2, "from", "\n".join(f"import os as os{i}" for i in range(8)) + "\nfrom"),
        ("imports", 3, "n =", "import os\nn ="),
        ("cell", 3, "# Count the people\n", ""),
        ("cell", 3, "n = ", "\n".join(f"x{i} = {i}" for i in range(25)) + "\nn = "),
        ("cell", 3, "n = value", "n = 1\nvalue"),
        ("template", DRAWING, 'caption="Shares', 'caption=f"Shares'),
        ("id", DRAWING, "ax.set", 'value("people", 1, "count")\nax.set'),
        ("translation", DRAWING, "Shares of {n} people", "Shares of {n} men"),
    ],
)
def test_each_rule_finds_a_planted_fault(tmp_path, rule, position, old, new):
    root = write_project(tmp_path).root
    write_chapter(root, changed(position, old, new))
    assert rule in rules(root)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('msgstr "Andele af {n} personer"', 'msgstr ""', "is not translated"),
        ('msgid "Shares of', '#, fuzzy\nmsgid "Shares of', "was changed"),
        ("Andele af {n} personer", "Andele af personer", "`{n}` of"),
        ("Andele af {n} personer", "Andele af 3 {n} personer", "“3” is typed"),
        ("{eval}`n` personer", "{eval}`m` personer", "`{eval}`m`` of"),
        ("`n` personer", "`n` personer ([](#fig-lines))", "[](#fig-lines)"),
        ("[siden](x-39.html)", "[siden](y.html)", "](y.html)"),
        ('"Language: da', '"Language: de', "header says Language: de"),
        ('"Language: da\\n"\n', "", "header says Language: nothing"),
        ('msgid "Months"', "msgid Months", "mend the line"),
        ('msgid "Months"', 'msgid "Work"', "stands twice"),
    ],
)
def test_a_fault_of_a_catalogue_is_one_sentence(tmp_path, old, new, said):
    root = write_project(tmp_path).root
    path = catalogue_path(root, "da", NAME)
    text = path.read_text("utf-8")
    before, found, after = text.rpartition(old)  # the last is the Danish
    assert found
    path.write_text(f"{before}{new}{after}", "utf-8")
    found = [str(issue) for issue in issues(root) if issue.rule == "translation"]
    assert any(said in message for message in found), found
    assert all("\n" not in message for message in found)


def test_a_catalogue_in_another_encoding_is_one_sentence(tmp_path):
    root = write_project(tmp_path).root
    path = catalogue_path(root, "da", NAME)
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))
    (found,) = [str(issue) for issue in issues(root)]
    assert "not UTF-8" in found
    assert "save the catalogue as UTF-8" in found


def test_a_catalogue_with_a_percent_sign_holds_no_format(tmp_path):
    root = write_project(tmp_path).root
    write_chapter(root, changed(DRAWING, "Shares of {n} people", "{n} % coverage"))
    translate_with(root, {"{n} % coverage": "{n} % dækning"})
    assert issues(root) == []
    assert "format" not in catalogue_path(root, "da", NAME).read_text("utf-8")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("people,People,Personer,,,count,,people,,,,", "the name stands twice"),
        ("men,Men,Mænd,,,counts,,people,,,,", "unknown unit `counts`; did you mean `count`?"),
        ("men,Men,,,,count,,people,,,,", "a label is missing"),
    ],
)
def test_a_fault_of_the_codebook_is_one_sentence(tmp_path, row, said):
    root = write_project(tmp_path).root
    with (root / "data" / "codebook.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    (found,) = [issue for issue in issues(root) if issue.rule == "codebook"]
    assert said in found.message


def test_one_english_text_with_two_danish_ones_is_found(tmp_path):
    root = write_project(tmp_path).root
    (root / "data" / "other.csv").write_text("label_en,label_da\nPeople,Borgere\n", "utf-8")
    (found,) = issues(root)
    assert "“People” is “Borgere”, but “Personer” in codebook.csv" in found.message


def test_a_readme_that_differs_from_the_codebook_is_found(tmp_path):
    root = write_project(tmp_path).root
    part = "<!-- codebook -->\n{}<!-- end of codebook -->\n"
    (root / "data" / "README.md").write_text(part.format("old\n"), "utf-8")
    assert rules(root) == {"codebook"}


def test_a_chapter_of_ones_own_is_not_translated(tmp_path):
    root = write_project(tmp_path).root
    catalogue_path(root, "da", NAME).unlink()
    assert rules(root) == {"translation"}
    write_chapter(root, language="da")
    assert rules(root) == set()


def test_a_catalogue_without_a_chapter_is_found(tmp_path):
    root = write_project(tmp_path).root
    path = catalogue_path(root, "da", NAME)
    path.with_name("08_other.po").write_bytes(path.read_bytes())
    assert rules(root) == {"catalogue"}


def test_a_source_with_outputs_is_found(tmp_path):
    path = write_chapter(write_project(tmp_path).root)
    path.write_text(path.read_text().replace('"execution_count": null', '"execution_count": 3', 1))
    assert rules(tmp_path) == {"source"}


@pytest.mark.parametrize("text", ["in 2017 and 2015-2016", "(p. 7), page 7-8 and (s. 13)"])
def test_what_may_hold_a_digit(tmp_path, text):
    root = write_project(tmp_path).root
    write_chapter(root, changed(0, "How many", f"{text} how many"))
    assert "digit" not in rules(root)


def test_names_come_from_the_definition_file(tmp_path):
    root = write_project(tmp_path).root
    assert names_with_digits(root) == ["Hovedvej 1", "Route 1"]


def test_the_report_itself_has_no_issue(capsys):
    assert main(["check"], ROOT) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "faults"),
    [(("{n} uge", "{n} uger"), 0), ("{n} uger", 1), (("{n} uge", "uger"), 1)],
)
def test_a_text_that_counts_has_a_form_for_each_number(said, faults):
    entry = Entry("{n} week", "cell a", many="{n} weeks")
    found = list(_translation(entry, Message((entry.text, entry.many), said), "a.po"))
    assert len(found) == faults
