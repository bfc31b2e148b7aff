"""Several differences together: joint intervals, and adjusted p-values against R."""

import numpy as np
import pandas as pd
import pytest
from frozen import frozen

from evallib.errors import EstimationError
from evallib.inference.estimate import contrast
from evallib.inference.families import against_others, holm, spread


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


def test_holm_matches_r():
    names = ["a", "b", "c", "d", "e"]
    table = holm(dict(zip(names, [0.01, 0.04, 0.03, 0.005, 0.5], strict=True)), names)
    assert table["adjusted"].tolist() == pytest.approx(frozen("inference")["holm"], abs=1e-12)
    assert table["analysis"].tolist() == names
    assert table["p"].tolist() == [0.01, 0.04, 0.03, 0.005, 0.5]
    assert set(table["family_size"]) == {5}


def test_holm_never_exceeds_one():
    assert holm({"a": 0.6, "b": 0.9}, ["a", "b"])["adjusted"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("answered", "family", "named"),
    [(["a"], ["a", "b"], "'b'"), (["a", "b"], ["a"], "'b'"), (["a"], ["a", "a"], "named once")],
)
def test_holm_refuses_a_family_changed_after_looking(answered, family, named):
    with pytest.raises(EstimationError, match=named):
        holm(dict.fromkeys(answered, 0.01), family)
