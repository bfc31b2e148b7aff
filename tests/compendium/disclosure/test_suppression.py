"""Hidden cells: none can be derived, no fewer would do, on tables of real people and drawn ones."""

import csv
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import crossed, of_counts, real

from compendium.disclosure.attack import Sum
from compendium.disclosure.attacker import attack, exposed
from compendium.disclosure.rounding import class_of
from compendium.disclosure.rules import read_rules
from compendium.disclosure.suppression import suppress
from compendium.errors import ReleaseError

RULES = {t: replace(read_rules(), threshold=t) for t in (3, 5, 10)}
FIVE = RULES[5]
PUBLIC_ZEROS = replace(FIVE, zeros_public=True)
REAL = real()
FROZEN = Path(__file__).parents[2] / "references" / "suppression.csv"
with FROZEN.open(encoding="utf-8", newline="") as file:
    OPTIMA = {(row["table"], int(row["threshold"])): row for row in csv.DictReader(file)}


def hold(cells, sums, rules, found, **options):
    """Set both attackers on what is shown: the small are safe, and nothing is hidden in vain."""
    ranges = options.get("ranges", {})
    shown = {
        name: ranges.get(name, count) for name, count in cells.items() if name not in found.hidden
    }
    safe = {name: count for name, count in cells.items() if name not in options.get("public", ())}
    assert found.small == {name for name, count in safe.items() if rules.is_small(count)}
    for integers in (False, True):
        derived = attack(shown, found.hidden, sums, integers=integers)
        for name in found.small:
            known = derived[name]  # a small cell is hidden, or shown as a range
            assert known.low <= cells[name] <= known.high
            assert known.spread >= rules.spread
        for name in found.hidden - found.small - set(options.get("unshown", ())):
            assert derived[name].spread > 0


def brute_force(cells, sums, rules) -> int:
    """The least number of hidden cells, by trying every choice from the smallest on."""
    small = [name for name, count in cells.items() if rules.is_small(count)]
    others = [name for name in cells if name not in small]
    for more in range(len(others) + 1):
        for extra in combinations(others, more):
            hidden = {*small, *extra}
            if any(len(hidden & {each.total, *each.parts}) == 1 for each in sums):
                continue  # subtraction gives it away, or it is hidden for nothing
            shown = {name: count for name, count in cells.items() if name not in hidden}
            if not exposed(cells, shown, sums, rules, integers=True):
                return len(small) + more
    raise AssertionError


@pytest.mark.parametrize("threshold", RULES)
@pytest.mark.parametrize("table", REAL)
def test_real_tables_are_safe_with_the_fewest_cells_there_are(table, threshold):
    cells, sums = REAL[table]
    found = suppress(cells, sums, RULES[threshold])
    frozen = OPTIMA[table, threshold]
    assert (len(cells), len(found.small)) == (int(frozen["cells"]), int(frozen["small"]))
    assert found.proven
    assert found.bound == len(found.hidden) == int(frozen["optimum"])
    hold(cells, sums, RULES[threshold], found)


@pytest.mark.parametrize("table", REAL)
def test_so_they_are_where_zeros_are_public(table):
    cells, sums = REAL[table]
    found = suppress(cells, sums, PUBLIC_ZEROS)
    assert found.proven
    assert len(found.hidden) <= len(suppress(cells, sums, FIVE).hidden)
    hold(cells, sums, PUBLIC_ZEROS, found)


@pytest.mark.parametrize("table", REAL)
def test_without_time_the_choice_is_as_safe_and_not_called_proven(table):
    cells, sums = REAL[table]
    found = suppress(cells, sums, FIVE, seconds=0)
    assert not found.proven
    assert found.bound <= int(OPTIMA[table, 5]["optimum"]) <= len(found.hidden)
    hold(cells, sums, FIVE, found)


def linked(rng: np.random.Generator):
    """Three tables of the same people, each pair of which shares a margin."""
    people = pd.DataFrame(
        {
            "route": rng.choice(4, 150, p=[0.5, 0.3, 0.15, 0.05]),
            "age": rng.choice(4, 150, p=[0.4, 0.4, 0.15, 0.05]),
            "work": rng.choice(3, 150, p=[0.6, 0.35, 0.05]),
        }
    )
    return crossed(people, ["route", "age"], ["route", "work"], ["age", "work"])


@pytest.mark.parametrize("threshold", RULES)
@pytest.mark.parametrize("seed", range(2))
def test_tables_that_share_margins_are_one_problem(threshold, seed):
    cells, sums = linked(np.random.default_rng(seed))
    found = suppress(cells, sums, RULES[threshold])
    assert found.proven
    hold(cells, sums, RULES[threshold], found)
    hurried = suppress(cells, sums, RULES[threshold], seconds=0)
    hold(cells, sums, RULES[threshold], hurried)
    assert len(hurried.hidden) >= len(found.hidden)


@pytest.mark.parametrize("threshold", RULES)
@pytest.mark.parametrize("shape", [(2, 3), (3, 3), (2, 2, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_no_choice_of_fewer_cells_is_safe(threshold, shape, seed):
    counts = np.random.default_rng(seed).poisson(1.6 * threshold, shape)
    cells, sums = of_counts(counts)
    found = suppress(cells, sums, RULES[threshold])
    assert len(found.hidden) == brute_force(cells, sums, RULES[threshold])
    hold(cells, sums, RULES[threshold], found)


def test_tables_that_share_nothing_are_solved_by_themselves():
    first, second = (of_counts(np.array(counts)) for counts in ([[1, 9], [8, 7]], [[9, 9], [3, 8]]))
    cells = {f"{t} {n}": c for t, (of, _) in enumerate((first, second)) for n, c in of.items()}
    sums = [
        Sum(f"{t} {each.total}", tuple(f"{t} {part}" for part in each.parts))
        for t, (_, of) in enumerate((first, second))
        for each in of
    ]
    alone = [suppress(*table, FIVE).hidden for table in (first, second)]
    together = suppress(cells, sums, FIVE).hidden
    assert together == {f"{t} {name}" for t, names in enumerate(alone) for name in names}


def test_nothing_is_hidden_where_nothing_is_small():
    found = suppress({"all": 12, "a": 5, "b": 7}, [Sum("all", ("a", "b"))], FIVE)
    assert (found.hidden, found.small, found.proven, found.bound) == (set(), set(), True, 0)


def test_a_small_cell_in_no_sum_is_hidden_alone():
    assert suppress({"a": 2, "b": 20}, [], FIVE).hidden == {"a"}


def test_of_equal_choices_the_one_with_fewer_people_is_taken():
    cells = {"a": 2, "b": 40, "c": 30, "all": 72}
    assert suppress(cells, [Sum("all", ("a", "b", "c"))], FIVE).hidden == {"a", "c"}


def test_the_rest_of_a_share_is_protected_though_no_table_has_it():
    cells = {"all": 100, "in work": 98, "rest": 2, "women": 60, "men": 40}
    sums = [Sum("all", ("in work", "rest")), Sum("all", ("women", "men"))]
    found = suppress(cells, sums, FIVE, unshown={"rest"})
    assert found.hidden == {"in work", "rest"}
    assert found.bound == 1
    hold(cells, sums, FIVE, found, unshown={"rest"})


def test_months_and_nested_groups_that_differ_by_few_are_not_both_shown():
    months = {"month 3": 100, "month 4": 98, "left": 2, "month 5": 80, "left then": 18}
    sums = [Sum("month 3", ("month 4", "left")), Sum("month 4", ("month 5", "left then"))]
    found = suppress(months, sums, FIVE, unshown={"left", "left then"})
    assert found.bound == 1
    hold(months, sums, FIVE, found, unshown={"left", "left then"})
    assert found.hidden & {"month 3", "month 4"}


def test_what_everybody_knows_is_neither_hidden_nor_protected():
    cells = {"all": 72, "a": 2, "b": 40, "c": 30}
    sums = [Sum("all", ("a", "b", "c"))]
    found = suppress(cells, sums, FIVE, public={"all", "c"})
    assert found.hidden == {"a", "b"}
    assert suppress(cells, sums, FIVE, public={"a"}).hidden == set()


@pytest.mark.parametrize("seconds", [60, 0])
def test_what_public_cells_give_away_is_refused(seconds):
    cells = {"all": 12, "a": 2, "b": 10}
    with pytest.raises(ReleaseError, match="whatever is hidden"):
        suppress(cells, [Sum("all", ("a", "b"))], FIVE, public={"all", "b"}, seconds=seconds)
    small = {"all": 4, "a": 2, "b": 2}  # the whole is too small for its parts to be uncertain
    with pytest.raises(ReleaseError, match="whatever is hidden"):
        suppress(small, [Sum("all", ("a", "b"))], FIVE, public={"all"}, seconds=seconds)


def rounded(cells, rules):
    return {name: class_of(count, rules) for name, count in cells.items()}


@pytest.mark.parametrize("table", REAL)
def test_rounded_tables_need_few_cells_hidden_or_none(table):
    cells, sums = REAL[table]
    ranges = rounded(cells, FIVE)
    found = suppress(cells, sums, FIVE, ranges=ranges)
    hold(cells, sums, FIVE, found, ranges=ranges)
    assert len(found.hidden) < len(suppress(cells, sums, FIVE).hidden)


def test_a_rounded_table_that_gives_a_small_count_away_is_mended():
    cells = {**{f"g{place}": 7 for place in range(6)}, "rest": 0, "all": 42}
    sums = [Sum("all", tuple(name for name in cells if name != "all"))]
    found = suppress(cells, sums, FIVE, ranges=rounded(cells, FIVE))
    assert len(found.hidden) == 1
    hold(cells, sums, FIVE, found, ranges=rounded(cells, FIVE))


@pytest.mark.parametrize("seconds", [60, 0])
def test_whole_numbers_are_seen_where_fractions_are_no_danger(seconds):
    # a = c, and 2a + d = 7 with d from 0 to 6: halves lie from .5 to 3.5, whole people from 1 to 3
    cells = {"a": 2, "c": 2, "b": 18, "one": 20, "two": 20, "d": 3, "n": 7}
    sums = [Sum("one", ("a", "b")), Sum("two", ("b", "c")), Sum("n", ("a", "c", "d"))]
    ranges, rules = {"d": (0, 6)}, RULES[3]
    shown = {"one": 20, "two": 20, "d": (0, 6), "n": 7}
    assert exposed(cells, shown, sums, rules) == {}
    assert exposed(cells, shown, sums, rules, integers=True).keys() == {"a", "c"}
    found = suppress(cells, sums, rules, ranges=ranges, seconds=seconds)
    hold(cells, sums, rules, found, ranges=ranges)
    assert len(found.hidden) == 4 or seconds == 0


def test_twenty_rows_and_twelve_columns_are_solved_and_proven():
    counts = np.random.default_rng(1).poisson(np.random.default_rng(2).gamma(1.2, 40, (20, 12)))
    cells, sums = of_counts(counts)
    found = suppress(cells, sums, FIVE)
    assert found.proven
    hold(cells, sums, FIVE, found)


@pytest.mark.parametrize(
    ("cells", "options", "sentence"),
    [
        ({"all": 12, "a": 5}, {}, "names a cell b that is not given"),
        ({"all": 12, "a": 5, "b": 8}, {}, "all is not the sum of its parts"),
        ({"all": 4, "a": 5, "b": -1}, {}, "negative or no whole number"),
        ({"all": 4, "a": 1.5, "b": 2.5}, {}, "negative or no whole number"),
        ({"all": 12, "a": 5, "b": 7}, {"public": {"c"}}, "there is no cell c"),
        ({"all": 12, "a": 5, "b": 7}, {"unshown": {"c"}}, "there is no cell c"),
        ({"all": 12, "a": 5, "b": 7}, {"ranges": {"c": (0, 6)}}, "there is no cell c"),
        ({"all": 12, "a": 5, "b": 7}, {"ranges": {"a": (6, 9)}}, "outside its range"),
    ],
)
def test_what_is_no_problem_is_refused(cells, options, sentence):
    with pytest.raises(ReleaseError, match=sentence):
        suppress(cells, [Sum("all", ("a", "b"))], FIVE, **options)
