"""Leaving clusters out and drawing them again, against loops and by hand."""

import numpy as np
import pandas as pd
import pytest
from panels import simulated

from evallib.curves.bands import statistic_of
from evallib.curves.resampling import bootstrap_weights, jackknife_se, studentised

FULL = simulated(11, 240, 12)


def test_jackknife_of_a_share_by_hand():
    # Units with sums 1, 2, 0 of 2, 2, 2: leaving one out gives 2/4, 1/4, 3/4; their mean is 1/2.
    rows = [("A", 1), ("A", 0), ("B", 1), ("B", 1), ("C", 0), ("C", 0)]
    frame = pd.DataFrame(rows, columns=["project", "employed"]).assign(
        month=0, person_id=list("abcdef")
    )
    statistic = statistic_of(frame, "employed", "project", "person_id", "share", "it")
    assert jackknife_se(statistic)[0] == pytest.approx(np.sqrt(2 / 3 * (1 / 16 + 1 / 16)))


def slow_studentised(panel, weights):
    """Each draw built row by row, its jackknife by leaving out one drawn copy at a time."""
    units = sorted(panel["project"].unique())
    sums = panel.pivot_table(index="project", columns="month", values="employed", aggfunc="sum")
    counts = panel.pivot_table(index="project", columns="month", values="employed", aggfunc="size")
    s, n = (frame.reindex(units).fillna(0).to_numpy(float) for frame in (sums, counts))
    estimate = s.sum(axis=0) / n.sum(axis=0)
    drawn = [g for g, times in enumerate(weights) for _ in range(int(times))]
    left = []
    for position in range(len(drawn)):
        rest = drawn[:position] + drawn[position + 1 :]
        left.append(s[rest].sum(axis=0) / n[rest].sum(axis=0))
    count = len(drawn)
    se = np.sqrt((count - 1) / count * ((left - np.mean(left, axis=0)) ** 2).sum(axis=0))
    return np.abs(s[drawn].sum(axis=0) / n[drawn].sum(axis=0) - estimate) / se


def test_studentised_draws_equal_a_slow_bootstrap():
    statistic = statistic_of(FULL, "employed", "project", "person_id", "share", "it")
    weights = bootstrap_weights(12, 20, seed=3)
    slow = np.array([slow_studentised(FULL, row) for row in weights])
    np.testing.assert_allclose(studentised(statistic, weights), slow, rtol=1e-9)
