"""Statements on a whole set of differences: joint intervals, and the one that decides."""

import numpy as np
import pandas as pd
import pytest

from evallib.errors import EstimationError
from evallib.inference.estimate import Estimate, contrast
from evallib.inference.families import against_others, decisive, spread


def estimate(value, half):
    return Estimate(value, value - half, value + half, half / 2, 9, 90, 10, 0.95, "")


@pytest.fixture
def frame():
    draw = np.random.default_rng(4)
    unit = draw.integers(0, 12, 400)
    return pd.DataFrame(
        {
            "unit": unit.astype(str),
            "route": np.where(unit < 6, 1, 2),
            "benefit": draw.choice(["a", "b", "c"], 400, p=[0.6, 0.3, 0.1]),
            "work": draw.integers(0, 2, 400),
        }
    )


def test_differences_in_shares_add_to_zero(frame):
    told = spread(frame, "benefit", "route", 1, 2, "unit")
    assert sum(e.value for e in told.values()) == pytest.approx(0, abs=1e-12)


def test_joint_intervals_are_those_of_a_higher_level(frame):
    told = spread(frame, "benefit", "route", 1, 2, "unit", level=0.9)["a"]
    alone = contrast(
        frame.assign(a=frame["benefit"] == "a"), "a", "route", 1, 2, "unit", level=1 - 0.1 / 3
    )
    assert (told.low, told.high) == pytest.approx((alone.low, alone.high))
    assert told.level == 0.9


def test_each_category_is_held_against_the_others(frame):
    told = against_others(frame, "work", "benefit", "unit")
    inside = frame["benefit"] == "c"
    gap = frame.loc[inside, "work"].mean() - frame.loc[~inside, "work"].mean()
    assert told["c"].value == pytest.approx(gap)


def test_a_category_of_one_cluster_is_left_out(frame):
    frame.loc[frame["unit"] == "3", "benefit"] = "d"
    assert list(against_others(frame, "work", "benefit", "unit")) == ["a", "b", "c"]


def test_nothing_to_compare_is_said(frame):
    with pytest.raises(EstimationError, match="same 'benefit'"):
        spread(frame.assign(benefit="a"), "benefit", "route", 1, 2, "unit")
    with pytest.raises(EstimationError, match="Fewer than two categories"):
        against_others(frame.assign(benefit="a"), "work", "benefit", "unit")


@pytest.mark.parametrize(
    ("differences", "which"),
    [
        ({"wide": estimate(0.0, 0.2), "clear": estimate(0.1, 0.05)}, "clear"),
        ({"less": estimate(-0.1, 0.05), "more": estimate(-0.3, 0.05)}, "more"),
        ({"small": estimate(0.02, 0.01), "wide": estimate(0.0, 0.2)}, "wide"),
        ({"near": estimate(0.03, 0.01), "far": estimate(0.0, 0.045)}, "far"),
    ],
)
def test_the_deciding_difference(differences, which):
    assert decisive(differences, 0.05)[0] == which
