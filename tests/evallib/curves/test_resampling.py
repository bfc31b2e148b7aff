"""Leaving clusters out and drawing them again, against loops and by hand."""

import numpy as np
import pandas as pd
import pytest
from panels import simulated

from evallib.curves.bands import statistic_of
from evallib.curves.base import base_of
from evallib.curves.resampling import Difference, Ratio, bootstrap_weights, jackknife, studentised
from evallib.inference.frames import panel_of

FULL = simulated(11, 240, 12)


def share_of(panel):
    """The share in work as a statistic of clusters."""
    names = {"by": "route", "cluster": "project", "person": "person_id", "time": "month"}
    (rows,), base = base_of(panel_of(panel, "employed", "event", **names), [1], "month")
    return statistic_of(rows, "share", base)


def test_jackknife_of_a_share_by_hand():
    # Units with sums 1, 2, 0 of 2, 2, 2: leaving one out gives 2/4, 1/4, 3/4; their mean is 1/2.
    rows = [("A", 1), ("A", 0), ("B", 1), ("B", 1), ("C", 0), ("C", 0)]
    frame = pd.DataFrame(rows, columns=["project", "employed"]).assign(
        month=0, person_id=list("abcdef"), route=1
    )
    value, se = jackknife(share_of(frame), 3)
    assert value.tolist() == [1 / 2]
    assert se.tolist() == pytest.approx([np.sqrt(2 / 3 * (1 / 16 + 1 / 16))])


# Units A, B (first group only), C (both) and D (second only); people and sums of either group.
FIRST = Ratio(np.array([[1.0], [3], [2], [0]]), np.array([[2.0], [4], [2], [0]]))
SECOND = Ratio(np.array([[0.0], [0], [1], [1]]), np.array([[0.0], [0], [4], [2]]))
MEMBERS = np.array([[True, False], [True, False], [True, True], [False, True]])


def test_jackknife_of_a_difference_by_hand():
    # First: 6/8; without A 5/6, B 3/4, C 4/6, of mean 3/4: off by 1/12, 0, -1/12; G = 3.
    # Second: 2/6; without C 1/2, D 1/4, of mean 3/8: off by 1/8, -1/8; G = 2.
    value, se = jackknife(Difference(FIRST, SECOND, MEMBERS), 4)
    assert value[0] == pytest.approx(3 / 4 - 1 / 3)
    one, two = np.sqrt(2 / 3), np.sqrt(1 / 2)
    squares = (one / 12) ** 2 + 0 + (-one / 12 - two / 8) ** 2 + (two / 8) ** 2
    assert se[0] == pytest.approx(np.sqrt(squares))


def test_without_a_common_unit_variances_add():
    apart = np.array([[True, False], [True, False], [False, True], [False, True]])
    first = Ratio(FIRST.sums * apart[:, :1], FIRST.counts * apart[:, :1])
    second = Ratio(np.array([[0.0], [0], [1], [1]]), np.array([[0.0], [0], [4], [2]]))
    _, se = jackknife(Difference(first, second, apart), 4)
    alone = jackknife(Ratio(first.sums[:2], first.counts[:2]), 2)[1]
    other = jackknife(Ratio(second.sums[2:], second.counts[2:]), 2)[1]
    assert se[0] ** 2 == pytest.approx(alone[0] ** 2 + other[0] ** 2)


def slow_studentised(sums, counts, weights, members):
    """Each draw built copy by copy, its jackknife by leaving out one copy at a time."""
    drawn = [g for g, times in enumerate(weights) for _ in range(int(times))]
    whole, off = [], np.zeros((len(drawn), sums[0].shape[1]))
    for s, n, own, sign in zip(sums, counts, members.T, (1, -1), strict=False):
        copies = [position for position, g in enumerate(drawn) if own[g]]
        left = []
        for position in copies:
            rest = drawn[:position] + drawn[position + 1 :]
            left.append(s[rest].sum(axis=0) / n[rest].sum(axis=0))
        off[copies] += sign * np.sqrt(1 - 1 / len(copies)) * (left - np.mean(left, axis=0))
        whole.append(sign * (s[drawn].sum(axis=0) / n[drawn].sum(axis=0)))
        whole.append(-sign * s.sum(axis=0) / n.sum(axis=0))
    return np.abs(sum(whole)) / np.sqrt((off**2).sum(axis=0))


def test_studentised_draws_equal_a_slow_bootstrap():
    units = sorted(FULL["project"].unique())
    tables = [
        FULL.pivot_table(index="project", columns="month", values="employed", aggfunc=how)
        for how in ("sum", "size")
    ]
    s, n = (table.reindex(units).fillna(0).to_numpy(float) for table in tables)
    weights = bootstrap_weights(np.zeros(12, dtype=int), 20, seed=3)
    every = np.ones((12, 1), dtype=bool)
    slow = np.array([slow_studentised([s], [n], row, every) for row in weights])
    np.testing.assert_allclose(studentised(share_of(FULL), weights), slow, rtol=1e-9)


def test_studentised_draws_of_a_difference_equal_a_slow_bootstrap():
    rng = np.random.default_rng(4)
    members = np.array([[True, False]] * 5 + [[True, True]] * 3 + [[False, True]] * 4)
    counts = [rng.integers(5, 20, (12, 2)) * own[:, None] for own in members.T]
    sums = [rng.binomial(n, 0.4).astype(float) for n in counts]
    pair = [Ratio(s, n.astype(float)) for s, n in zip(sums, counts, strict=True)]
    weights = bootstrap_weights(members @ [1, 2], 20, seed=3)
    slow = np.array([slow_studentised(sums, counts, row, members) for row in weights])
    made = studentised(Difference(*pair, members), weights)
    np.testing.assert_allclose(made, slow, rtol=1e-9)


def test_many_draws_are_the_same_as_few_at_a_time():
    statistic = share_of(FULL)
    weights = bootstrap_weights(np.zeros(12, dtype=int), 700, seed=3)
    pieces = [studentised(statistic, part) for part in np.array_split(weights, 70)]
    np.testing.assert_allclose(studentised(statistic, weights), np.concatenate(pieces))


def test_strata_are_drawn_among_themselves():
    strata = np.array([0, 0, 0, 1, 2, 2])
    weights = bootstrap_weights(strata, 300, seed=5)
    for stratum, size in ((0, 3), (1, 1), (2, 2)):
        assert (weights[:, strata == stratum].sum(axis=1) == size).all()
    assert abs(weights.mean(axis=0) - 1).max() < 0.15
    assert weights[:, 0].max() == 3
    np.testing.assert_array_equal(weights, bootstrap_weights(strata, 300, seed=5))


def test_a_draw_without_anybody_or_without_spread():
    # Unit C alone reaches month 1; in month 2 all units have the same share.
    counts = np.array([[2.0, 0, 2], [2, 0, 2], [2, 2, 2]])
    sums = np.array([[1.0, 0, 1], [2, 0, 1], [0, 1, 1]])
    weights = np.array([[3.0, 0, 0], [1, 1, 1], [2, 1, 0]])
    made = studentised(Ratio(sums, counts), weights)
    assert np.isnan(made[:, 1]).all()  # nobody, or nobody without C
    assert made[0, 0] == 0  # three times A, whose share is that of all
    assert made[1, 0] == 0
    assert made[2, 0] > 0
    assert (made[:, 2] == 0).all()
    off = studentised(Ratio(sums, counts), np.array([[0.0, 3, 0]]))
    assert off[0, 0] == np.inf  # three times B: another share, without spread
