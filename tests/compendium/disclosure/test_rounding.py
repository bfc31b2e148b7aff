"""Rounded counts: the same everywhere, none told apart from too few others, and what they cost."""

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from simulations import rounding as simulation

from compendium.disclosure.rounding import class_of, round_count, round_share
from compendium.disclosure.rules import read_rules
from compendium.errors import ReleaseError

RULES = read_rules()
EVERY = [
    replace(RULES, threshold=threshold, mean_people=10, zeros_public=zeros)
    for threshold in range(3, 11)
    for zeros in (False, True)
]
MANY = 60
FROZEN = Path(__file__).parents[2] / "simulations" / "rounding.csv"


@pytest.mark.parametrize(
    ("threshold", "shown"), [(3, {2, 6, 10}), (5, {3, 9, 15}), (10, {6, 18, 30})]
)
def test_counts_are_shown_as_the_middle_of_their_class(threshold, shown):
    rules = replace(RULES, threshold=threshold)
    assert {round_count(count, rules) for count in range(3 * rules.width + 1)} == shown


def test_none_is_shown_like_the_first_class_unless_zeros_are_public():
    assert round_count(0, RULES) == round_count(1, RULES) == round_count(6, RULES) == 3
    public = replace(RULES, zeros_public=True)
    assert [round_count(count, public) for count in (0, 1, 6, 7)] == [0, 3, 3, 9]


@pytest.mark.parametrize("rules", EVERY)
@pytest.mark.parametrize("total", [None, 1, 5, 17, MANY])
def test_a_rounded_count_lies_in_its_class_and_is_not_changed_by_rounding_again(rules, total):
    for count in range((total or MANY) + 1):
        low, high = class_of(count, rules, total)
        rounded = round_count(count, rules, total)
        assert low <= count <= high
        assert class_of(rounded, rules, total) == (low, high)
        assert round_count(rounded, rules, total) == rounded


def behind(rules, *, public_total):
    """The counts and totals that are shown as the same two numbers."""
    pairs = defaultdict(list)
    for total in range(MANY + 1):
        for count in range(total + 1):
            shown = round_share(count, total, rules, public_total=public_total)
            assert 0 <= shown[0] <= shown[1]
            pairs[shown].append((count, total))
    whole = (
        MANY // rules.width * rules.width
    )  # a class cut off by the end of the range says nothing
    return {
        shown: each
        for shown, each in pairs.items()
        if public_total or class_of(shown[1], rules)[1] <= whole
    }


@pytest.mark.parametrize("rules", EVERY)
def test_neither_a_count_nor_its_rest_nor_the_total_is_known_more_closely_than_allowed(rules):
    for pairs in behind(rules, public_total=False).values():
        counts, rests = ({f(*pair) for pair in pairs} for f in (lambda k, _: k, lambda k, n: n - k))
        totals = {n for _, n in pairs}
        if rules.zeros_public and counts == {0}:
            rests = totals  # nobody is counted, as everybody may know: the rest is the total
        elif not (rules.zeros_public and totals == {0}):
            assert max(counts) - min(counts) >= rules.spread
        if rules.zeros_public and totals == {0}:
            continue
        assert max(totals) - min(totals) >= rules.spread
        assert max(rests) - min(rests) >= rules.spread


@pytest.mark.parametrize("rules", [rules for rules in EVERY if not rules.zeros_public])
def test_a_hundred_per_cent_does_not_say_that_nobody_is_left(rules):
    for (count, total), pairs in behind(rules, public_total=False).items():
        rests = {n - k for k, n in pairs}
        if count == total:
            assert {0, *range(1, rules.threshold + 1)} <= rests
        if count == round_count(0, rules):  # nor 0 per cent that nobody is counted
            assert {0, *range(1, rules.threshold + 1)} <= {k for k, _ in pairs}


@pytest.mark.parametrize("rules", EVERY)
def test_with_a_public_total_the_rest_is_as_uncertain_as_the_count(rules):
    for (_, total), pairs in behind(rules, public_total=True).items():
        counts = {k for k, _ in pairs}
        if rules.zeros_public and counts in ({0}, {total}):
            continue
        enough = min(rules.spread, total - 2 * rules.zeros_public)
        assert max(counts) - min(counts) >= enough
        if not rules.zeros_public and (0 in counts or total in counts) and total > rules.spread:
            assert len(counts) > rules.spread  # nobody, or everybody, is one of many


def test_complements_that_need_no_care_leave_the_classes_as_they_are():
    rules = replace(RULES, complements=False)
    assert class_of(98, rules, total=100) == (97, 100)
    assert class_of(90, rules, total=100) == (85, 90)


@pytest.mark.parametrize(("count", "total"), [(-1, None), (-1, 5), (6, 5)])
def test_an_impossible_count_is_refused_without_telling_it(count, total):
    with pytest.raises(ReleaseError, match="negative or above its total") as told:
        class_of(count, RULES, total)
    assert not any(character.isdigit() for character in str(told.value))


def test_the_errors_are_those_that_were_frozen():
    with FROZEN.open(encoding="utf-8", newline="") as file:
        frozen = list(csv.DictReader(file))
    found = [[str(part) for part in row] for row in simulation.rows()]
    assert found == [list(row.values()) for row in frozen]


def test_rounding_costs_little_where_the_report_shows_shares():
    errors = {row[0]: row[2:] for row in simulation.rows() if row[1] == "shown"}
    assert errors["classes"][0] < 0.5  # percentage points on average
    assert errors["classes"][1] < 6.0  # ... and at most, where the fewest people stand behind one
    assert errors["base 3"] < errors["base 5"] < errors["classes"]


def test_what_other_ways_of_rounding_leave_open():
    three, five = simulation.nearest(3), simulation.nearest(5)
    assert [k for k in range(20) if three(k, 20)[0] == 3] == [2, 3, 4]  # a plain three or so
    assert [k for k in range(20) if five(k, 20)[0] == 0] == [0, 1, 2]
    assert simulation.METHODS["midpoint 6"](0, 20)[0] == 0  # nobody: told exactly
