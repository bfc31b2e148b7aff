"""The rules' file: what it says, and what is refused with a word on what to do."""

from dataclasses import fields, replace

import pytest

from compendium.disclosure.rules import FILE, Rules, read_rules
from compendium.errors import ReleaseError

RULES = read_rules()
TEXT = FILE.read_text("utf-8")


def test_every_rule_has_a_comment_that_names_its_source():
    for field in fields(Rules):
        before = TEXT.split(f"\n{field.name} =")[0]
        comment = before[before.rindex("\n\n") :] if "\n\n" in before else before
        assert any(source in comment for source in ("DST", "DwB", "UKDS", "OS", "(H,")), field.name


@pytest.mark.parametrize(
    ("threshold", "width"), [(3, 4), (4, 6), (5, 6), (6, 8), (9, 10), (10, 12)]
)
def test_classes_are_as_wide_as_the_least_even_number_above_the_threshold(threshold, width):
    rules = replace(RULES, threshold=threshold)
    assert rules.width == width
    assert rules.width - 1 >= rules.spread


def test_small_counts_are_those_below_the_threshold_and_none_where_that_is_not_public():
    small = [count for count in range(8) if RULES.is_small(count)]
    assert small == [0, 1, 2, 3, 4]
    assert not replace(RULES, zeros_public=True).is_small(0)


@pytest.mark.parametrize(
    ("line", "other", "sentence"),
    [
        ("threshold = 5", "threshold = 2", "threshold is 2; set it to 3 or more"),
        ("threshold = 5", "threshold = 5.0", "set it to 3 or more"),
        ("threshold = 5", "threshold = true", "set it to 3 or more"),
        ("threshold = 5", "threshhold = 5", "did you mean `threshold`"),
        ("threshold = 5", "", "no value for threshold; add it"),
        ("threshold = 5", "threshold = ", "cannot be read"),
        ("mean_people = 10", "mean_people = 4", "mean_people is 4; set it to 5 or more"),
        ("zeros_public = false", "zeros_public = 0", "true or false"),
        ("dominance_share = 0.5", "dominance_share = 50", "a share above 0, at most 1"),
        ("residual_df = 10", "residual_df = 0", "1 or more"),
    ],
)
def test_a_rule_out_of_its_limits_is_refused(line, other, sentence, tmp_path):
    file = tmp_path / "release.toml"
    assert line in TEXT
    file.write_text(TEXT.replace(line, other), encoding="utf-8")
    with pytest.raises(ReleaseError, match=sentence):
        read_rules(file)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(ReleaseError, match=r"nowhere.toml cannot be read"):
        read_rules(FILE.with_name("nowhere.toml"))
