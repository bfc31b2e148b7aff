"""A curve gives back what it was made of, and says what it does not have."""

import pandas as pd
import pytest

from evallib.curves.curve import curve_of, groups_of
from evallib.errors import EstimationError
from evallib.inference.estimate import Estimate


def estimate(value):
    return Estimate(value, value - 1, value + 1, 0.5, 9, 90, 10, 0.95, "CR1, t(9)")


CURVE = curve_of(
    {(group, month): estimate(group + month / 10) for group in (1, 2) for month in (0, 1)},
    "the mean",
    0.95,
    "route",
)


def test_all_groups_in_one_month():
    across = CURVE.across(1)
    assert across.index.tolist() == [1, 2]
    assert [one.value for one in across] == [1.1, 2.1]
    assert across[2] == CURVE.at(2, 1)


def test_one_method_is_said_of_all():
    assert CURVE.method == "CR1, t(G-1)"
    assert CURVE.at(1, 0).method == CURVE.method


def test_a_group_that_is_not_there_is_named():
    with pytest.raises(EstimationError, match="the mean has no month for group 3, not month 0"):
        CURVE.at(3, 0)


def test_groups_are_sorted_or_all_together():
    panel = pd.DataFrame({"route": [2, 1], "y": [0, 1]})
    assert [group for group, _ in groups_of(panel, "route")] == [1, 2]
    ((group, everybody),) = groups_of(panel, None)
    assert group == "all"
    assert everybody is panel
