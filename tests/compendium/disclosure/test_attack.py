"""The attacker, against one who writes down every table there is."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import of_counts

from compendium.disclosure.attack import Sum
from compendium.disclosure.attacker import Interval, attack, exposed
from compendium.disclosure.rounding import class_of
from compendium.disclosure.rules import read_rules
from compendium.errors import ReleaseError

RULES = read_rules()
MOST = {(2, 2): 7, (2, 3): 4, (2, 2, 2): 2}  # people in the tables that are written down


def every_table(names, bounds, sums) -> Iterator[dict[str, int]]:
    """All whole tables between the bounds: inner cells are tried, totals follow from them."""
    totals = {each.total for each in sums}
    inner = [name for name in names if name not in totals]
    for counts in product(*(range(bounds[name][0], bounds[name][1] + 1) for name in inner)):
        table = dict(zip(inner, counts, strict=True))
        waiting = list(sums)
        while waiting:
            ready = [each for each in waiting if all(part in table for part in each.parts)]
            for each in ready:
                table.setdefault(each.total, sum(table[part] for part in each.parts))
            waiting = [each for each in waiting if each not in ready]
        agree = all(table[s.total] == sum(table[part] for part in s.parts) for s in sums)
        if agree and all(bounds[n][0] <= table[n] <= bounds[n][1] for n in names):
            yield table


def written_down(cells, shown, sums, most) -> dict[str, Interval]:
    """What is left open of each cell that is not known exactly, from all tables."""
    bounds = dict.fromkeys(cells, (0, most))
    for name, known in shown.items():
        bounds[name] = known if isinstance(known, tuple) else (known, known)
    tables = list(every_table(list(cells), bounds, sums))
    return {
        name: Interval(min(t[name] for t in tables), max(t[name] for t in tables))
        for name in cells
        if bounds[name][0] < bounds[name][1]
    }


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MOST)), st.randoms(use_true_random=False))
def test_both_find_the_same_whatever_is_hidden_or_shown_in_ranges(shape, random):
    most, places = MOST[shape], int(np.prod(shape))
    counts = np.bincount([random.randrange(places) for _ in range(most)], minlength=places)
    cells, sums = of_counts(counts.reshape(shape))
    shown = {"all": most}
    for name, count in cells.items():
        choice = random.choice(["hidden", "exact", "range"])
        if name != "all" and choice != "hidden":
            low, high = (
                max(0, count - random.randint(0, 2)),
                min(most, count + random.randint(0, 2)),
            )
            shown[name] = count if choice == "exact" else (low, high)
    hidden = cells.keys() - shown.keys()
    expected = written_down(cells, shown, sums, most)
    assert attack(shown, hidden, sums, integers=True) == expected
    for name, interval in attack(shown, hidden, sums).items():  # fractions never tell more
        assert interval.low <= expected[name].low
        assert expected[name].high <= interval.high


def test_whole_numbers_can_tell_more_than_fractions():
    # a and c are equal, so 2a + d = 1: half a person would do, a whole one is one too many
    sums = [Sum("1", ("a", "b")), Sum("1'", ("b", "c")), Sum("n", ("a", "c", "d"))]
    shown = {"1": 1, "1'": 1, "n": 1}
    fractions = attack(shown, set("abcd"), sums)
    whole = attack(shown, set("abcd"), sums, integers=True)
    assert fractions["a"] == Interval(0, 0.5)
    assert whole["a"] == Interval(0, 0)


def test_a_cell_in_no_sum_is_open_to_any_count():
    assert attack({}, {"alone"}, []) == {"alone": Interval(0, float("inf"))}
    assert attack({"a": 3}, (), []) == {}


def test_intervals_are_given_for_the_cells_that_are_asked_for():
    found = attack({"all": 9}, {"a", "b"}, [Sum("all", ("a", "b"))], only={"b"})
    assert found == {"b": Interval(0, 9)}


def test_hidden_totals_leave_no_upper_end():
    found = attack({"a": 3}, {"b", "all"}, [Sum("all", ("a", "b"))], integers=True)
    assert found == {"all": Interval(3, float("inf")), "b": Interval(0, float("inf"))}


def test_a_rounded_cell_is_known_to_lie_in_its_class():
    classes = {name: class_of(count, RULES) for name, count in {"women": 12, "men": 2}.items()}
    found = attack({"all": 14, **classes}, (), [Sum("all", ("women", "men"))])
    assert found == {"women": Interval(8, 12), "men": Interval(2, 6)}


def test_rounded_cells_can_give_a_small_count_away():
    # six groups of 7 at least make 42, all that their total can be: so nobody is in the seventh
    cells = {**{f"g{place}": 7 for place in range(6)}, "rest": 0, "all": 42}
    sums = [Sum("all", tuple(name for name in cells if name != "all"))]
    shown = {name: class_of(count, RULES) for name, count in cells.items()}
    assert exposed(cells, shown, sums, RULES) == {"rest": Interval(0, 0)}
    del shown["g0"]
    assert exposed(cells, shown, sums, RULES) == {}


def test_the_difference_of_two_months_is_a_cell_nobody_sees():
    cells = {"month 3": 100, "month 4": 98, "left": 2}
    sums = [Sum("month 3", ("month 4", "left"))]
    shown = {"month 3": 100, "month 4": 98}
    assert exposed(cells, shown, sums, RULES) == {"left": Interval(2, 2)}
    rounded = {name: class_of(cells[name], RULES) for name in shown}
    assert exposed(cells, rounded, sums, RULES) == {}


def test_a_small_count_that_is_shown_is_exposed_and_one_that_may_be_known_is_not():
    assert exposed({"a": 4}, {"a": 4}, [], RULES) == {"a": Interval(4, 4)}
    assert exposed({"a": 5}, {"a": 5}, [], RULES) == {}
    assert exposed({"a": 0}, {"a": 0}, [], RULES) == {"a": Interval(0, 0)}
    assert exposed({"a": 0}, {"a": 0}, [], replace(RULES, zeros_public=True)) == {}
    assert exposed({"a": 4}, {"a": 4}, [], RULES, public={"a"}) == {}


@pytest.mark.parametrize(
    ("shown", "hidden", "sums", "sentence"),
    [
        ({"a": 1}, {"a"}, [], "both shown and hidden"),
        ({"a": 1}, {"b"}, [Sum("all", ("a", "b"))], "a cell all that is not given"),
        ({"a": 1}, {"all"}, [Sum("all", ("a", "a"))], "names a cell twice"),
        ({"a": 4, "all": 3}, {"b"}, [Sum("all", ("a", "b"))], "contradicts the sums"),
        ({"a": 4, "all": 3}, (), [Sum("all", ("a",))], "contradicts the sums"),
        ({"a": (5, 4)}, (), [], "contradicts the sums"),
    ],
)
def test_what_cannot_be_is_refused(shown, hidden, sums, sentence):
    with pytest.raises(ReleaseError, match=sentence):
        attack(shown, hidden, sums)


def test_whole_numbers_can_contradict_the_sums_where_fractions_do_not():
    sums = [Sum("x", ("a", "b")), Sum("y", ("b", "c")), Sum("z", ("a", "c"))]
    shown = {"x": 1, "y": 1, "z": 1}
    assert attack(shown, set("abc"), sums)["a"] == Interval(0.5, 0.5)
    with pytest.raises(ReleaseError, match="contradicts the sums"):
        attack(shown, set("abc"), sums, integers=True)
