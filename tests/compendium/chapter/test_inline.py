"""What stands in prose: where it is code, where it is a role, and how it is filled."""

import pytest

from compendium.chapter.inline import expressions, fill, in_language, paragraphs, references


def filled(source: str) -> str:
    return fill(
        source,
        lambda name: f"<{name}>",
        lambda target, text, begins: f"({target}|{text}|{'Aa' if begins else 'a'})",
    )


def test_only_roles_are_expressions() -> None:
    source = (
        "{eval}`a` `{eval}` ``{eval}`b` `` \\{eval}`c`\n\n    {eval}`d`\n\n```\n{eval}`e`\n```\n\n"
        "| x |\n|---|\n| {eval}`f.low` |\n\n- {eval}`g`[^1]\n\n[^1]: {eval}`h`\n"
    )
    assert expressions(source) == ["a", "f.low", "g", "h"]
    for name in "bcde":
        assert f"{{eval}}`{name}`" in filled(source)
    assert "| <f.low> |" in filled(source)
    assert filled(source).count("<") == 4


def test_an_example_beside_the_role_of_the_same_name_stays() -> None:
    assert filled("``{eval}`n` `` and {eval}`n`") == "``{eval}`n` `` and <n>"


def test_references_with_and_without_words() -> None:
    source = "See [](#fig-a), [the table](#tab-b.c), [](x), [b](#sec-1) and `[](#fig-a)`."
    assert references(source) == ["fig-a", "tab-b.c"]
    assert filled(source) == (
        "See (fig-a||a), (tab-b.c|the table|a), [](x), [b](#sec-1) and `[](#fig-a)`."
    )


@pytest.mark.parametrize(
    ("source", "begins"),
    [
        ("[](#ch-01)", True),
        ("one\n\n[](#ch-01)", True),
        ("One. [](#ch-01)", True),
        ("One: **[](#ch-01)**", True),
        ("- [](#ch-01)", True),
        ("1. [](#ch-01)", True),
        ("| a | [](#ch-01) |\n|---|---|", True),
        ("in [](#ch-01)", False),
        ("a line\n[](#ch-01)", False),
        ("(see [](#ch-01))", False),
        ("in *[](#ch-01)*", False),
    ],
)
def test_a_reference_at_the_start_of_a_sentence(source: str, begins: bool) -> None:
    assert ("|Aa)" in filled(source)) is begins


def test_paragraphs_are_translated_one_by_one_and_their_distance_kept() -> None:
    source = "# Title\n\n\nline one\nline two\n \n- item\n\n  more\n"
    assert paragraphs(source) == ["# Title", "line one\nline two", "- item", "more"]
    assert in_language(source, str.upper) == (
        "# TITLE\n\n\nLINE ONE\nLINE TWO\n \n- ITEM\n\n  MORE"
    )
