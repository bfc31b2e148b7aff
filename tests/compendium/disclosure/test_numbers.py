"""One number as it may leave: what is kept of it, and what nobody can get back."""

from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compendium.disclosure.numbers import released
from compendium.disclosure.rounding import class_of, round_count
from compendium.disclosure.rules import read_rules

RULES = read_rules()


def share(k, n, **more):
    value = k / n
    half = 1.96 * sqrt(value * (1 - value) / n)  # what k and n alone give
    ends = {"low": value - half, "high": value + half}
    return {"value": value, "unit": "share", "k": k, "n": n} | ends | more


def test_a_count_is_the_middle_of_its_class():
    told = released({"value": 2231, "unit": "count"}, "people", RULES)
    assert (told["value"], told["rule"]) == (2229, "rounded")  # of 2227 to 2232
    gap = released({"value": -14, "unit": "count"}, "people", RULES)
    assert gap["value"] == -15


def test_a_share_is_made_of_two_rounded_counts():
    told = released(share(41, 104), "people", RULES)
    assert (told["value"], told["n"]) == (39 / 105, 105)
    assert "k" not in told
    assert told["low"] == pytest.approx(39 / 105 - 1.96 * sqrt(39 / 105 * 66 / 105 / 105), abs=1e-3)


@given(st.integers(20, 400), st.floats(0, 1), st.integers(0, 5), st.integers(0, 5))
def test_all_of_a_class_leave_alike(n, part, more, fewer):
    """Neither value nor interval tells which of its class a count is."""
    k = round(part * n)
    low, high = class_of(k, RULES)
    n_low, n_high = class_of(n, RULES)
    one = released(share(k, n), "people", RULES)
    other_n = min(n_low + more, n_high)
    other_k = min(low + fewer, high, other_n)
    other = released(share(other_k, other_n), "people", RULES)
    assert (one["value"], one["n"]) == (other["value"], other["n"])
    if 0 < k < n and 0 < other_k < other_n:  # at the ends a simple share's interval has no width
        assert one["low"] == pytest.approx(other["low"], abs=0.02 * max(one["high"], 0.1))


@given(
    st.sampled_from(["count", "share", "points", "hours", "score"]),
    st.integers(0, 3000),
    st.integers(10, 3000),
)
def test_what_is_released_is_released_as_it_is(unit, k, n):
    k = min(k, n)
    value = {"count": k, "share": k / n, "points": k / n - 0.4}.get(unit, 160 * k / n)
    given = {"value": value, "unit": unit, "n": n} | ({"k": k} if unit == "share" else {})
    once = released(given, "people", RULES)
    again = released(once, "people", RULES)
    assert again["value"] == pytest.approx(once["value"], abs=1e-12)
    assert again.get("n") == once.get("n")


def test_a_difference_of_shares_is_that_of_the_released_ones():
    """Three numbers made of two tell no more than the two."""
    first, second = share(41, 104), share(30, 90)
    gap = {"value": first["value"] - second["value"], "unit": "points", "n": 194}
    told = released(gap | {"parts": [[1, 41, 104], [-1, 30, 90]]}, "people", RULES)
    apart = [released(one, "people", RULES)["value"] for one in (first, second)]
    assert told["value"] == apart[0] - apart[1]
    assert told["parts"] == [[1, 39, 105], [-1, 27, 87]]


def test_a_change_without_its_parts_comes_in_steps_of_a_class():
    told = released({"value": 0.123456, "unit": "points", "n": 1000}, "people", RULES)
    step = RULES.width / round_count(1000, RULES)
    assert told["value"] / step == pytest.approx(round(0.123456 / step))


def test_a_ratio_of_counts_may_lie_above_one_and_below_nought():
    deviation = {"value": 110 / 100 - 1, "unit": "share", "k": 110, "n": 100}
    told = released(deviation, "people", RULES)
    assert told["value"] == pytest.approx(111 / 99 - 1)
    assert released({**deviation, "value": 90 / 100 - 1, "k": 90}, "people", RULES)[
        "value"
    ] == pytest.approx(87 / 99 - 1)


def test_a_mean_keeps_the_digits_it_is_shown_with():
    mean = {"value": 3.14159265, "unit": "score", "n": 686, "low": 2.91, "high": 3.37}
    told = released(mean, "people", RULES)
    assert (told["value"], told["n"]) == (3.14, 687)
    assert (told["low"], told["high"]) == (pytest.approx(2.9), pytest.approx(3.37))


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        ({"value": 0.41, "unit": "share"}, "support"),
        ({"value": 0.41, "unit": "points"}, "support"),
        ({"value": 3.1, "unit": "score"}, "support"),
        ({"value": 4 / 12, "unit": "share", "n": 12, "k": 4}, "few"),
        ({"value": 3.1, "unit": "hours", "n": 12}, "few"),
        ({"value": 3.1, "unit": "hours", "n": 90, "largest": 0.6}, "dominance"),
        ({"value": 3.1, "unit": "hours", "n": 90, "residual": 9}, "degrees"),
        ({"value": 3.1, "unit": "year", "n": 90}, "support"),
        ({"value": 0.1, "unit": "points", "n": 900, "parts": [[1, 2, 8], [-1, 3, 892]]}, "few"),
    ],
)
def test_what_rests_on_too_few_or_does_not_say_is_left_out(payload, rule):
    told = released(payload | {"low": 0.0, "high": 1.0}, "people", RULES)
    assert (told["value"], told["hidden"]) == (None, rule)
    assert not {"low", "high", "n", "k", "parts", "largest", "residual"} & told.keys()


@pytest.mark.parametrize("counts", ["units", "public", "recorded"])
def test_what_counts_no_people_leaves_as_it_is(counts):
    told = released({"value": 17, "unit": "count"}, counts, RULES)
    assert (told["value"], told["rule"]) == (17, counts)


@pytest.mark.parametrize("threshold", [3, 5, 10])
def test_no_small_count_is_told_apart(threshold):
    rules = replace(RULES, threshold=threshold)
    seen = {
        released({"value": k, "unit": "count"}, "people", rules)["value"]
        for k in range(threshold + 1)
    }
    assert len(seen) == 1
