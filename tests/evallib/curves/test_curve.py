"""A curve gives back what it was made of, and says what it does not have."""

import numpy as np
import pytest

from evallib.curves.curve import curve_of
from evallib.errors import EstimationError, EvalError
from evallib.inference.estimate import Estimate, t_estimate

METHOD = "mean, t(9)"


def estimate(value, **options):
    return t_estimate(
        value, 0.5, 9, n=90, clusters=10, level=0.95, method=METHOD, **{"bounds": (0, 4)} | options
    )


MADE = {(group, month): estimate(group + month / 10) for group in (1, 2) for month in (0, 1)}
CURVE = curve_of(MADE, "the mean", 0.95, "route", "month")


def test_all_groups_in_one_month():
    across = CURVE.across(1)
    assert across.index.tolist() == [1, 2]
    assert [one.value for one in across] == [1.1, 2.1]
    assert across[2] == CURVE.at(2, 1)


@pytest.mark.parametrize(
    "options", [{}, {"bounds": None}, {"bounds": (-1, 2.2), "difference": True}]
)
def test_an_estimate_comes_back_as_it_was(options):
    made = {(1, 3): estimate(1.5, **options)}
    curve = curve_of(made, "it", 0.95, None, "week")
    back, there = curve.at(1, 3), made[1, 3]
    assert back == there
    assert (back.bounds, back.difference) == (there.bounds, there.difference)
    for level in (0.5, 0.9, 0.99):
        assert back.at(level) == there.at(level)
    assert back.p_value(1) == there.p_value(1)
    assert back.equivalence(3) == there.equivalence(3)
    assert curve.by == ""


def test_a_number_without_interval_stays_one():
    gap = float("nan")
    alone = Estimate(0.5, gap, gap, gap, gap, 9, 1, 0.95, METHOD, bounds=(0, 1))
    back = curve_of({(1, 0): alone}, "it", 0.95, None, "month").at(1, 0)
    assert back.value == 0.5
    assert np.isnan([back.low, back.high, back.p_value(), back.equivalence(1)]).all()
    assert np.isnan([back.at(0.9).low, back.at(0.9).high]).all()


def test_method_and_names():
    assert CURVE.method == METHOD
    assert CURVE.at(1, 0).method == CURVE.method
    assert list(CURVE.frame) == [
        "group", "month", "n", "clusters", "estimate", "se", "df", "low", "high", "k",
    ]  # fmt: skip
    assert curve_of(MADE, "the mean", 0.95, "route", "week").frame.columns[1] == "week"


def test_what_is_not_there_is_named():
    with pytest.raises(EvalError, match=r"group is 3; choose one of 1, 2\."):
        CURVE.at(3, 0)
    with pytest.raises(EstimationError, match="has months 0-1 for group 2, not month 7"):
        CURVE.at(2, 7)
