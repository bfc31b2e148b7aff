"""What was said, counted by hand on ten people, with don't-know as an answer."""

import numpy as np
import pandas as pd
import pytest

from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.means import cluster_mean
from evallib.projects.survey import answer_share, distribution, scores

# ten invited people in three units; 9 is don't-know
ASKED = pd.DataFrame(
    {
        "unit": list("AAAABBBCCC"),
        "responded": [1, 1, 1, 0, 1, 0, 1, 1, 0, 0],
        "answer": [5, 4, 9, np.nan, 1, np.nan, 4, 9, np.nan, np.nan],
    }
)


def test_distribution_keeps_dont_know_and_empty_cells():
    table = distribution(ASKED, "answer", by="unit").set_index(["group", "answer"])
    assert len(table) == 3 * 4
    assert table.loc[("A", 9), ["n", "base", "share"]].tolist() == pytest.approx([1, 3, 1 / 3])
    assert table.loc[("C", 5), ["n", "share"]].tolist() == [0, 0]
    assert table.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    overall = distribution(ASKED, "answer").set_index("answer")
    assert overall["n"].to_dict() == {1: 1, 4: 2, 5: 1, 9: 2}
    assert overall.loc[9, "base"] == 6


def test_a_group_without_answers_is_named():
    silent = ASKED.assign(answer=ASKED["answer"].mask(ASKED["unit"] == "C"))
    with pytest.raises(EstimationError, match="Nobody in C answered 'answer'"):
        distribution(silent, "answer", by="unit")
    with pytest.raises(EstimationError, match="Nobody in all answered 'answer'"):
        distribution(ASKED.assign(answer=np.nan), "answer")
    with pytest.raises(DataError, match="Column 'unit' is empty in 3 of 10 rows"):
        distribution(ASKED.assign(unit=ASKED["unit"].mask(ASKED["unit"] == "B")), "answer", "unit")
    with pytest.raises(EstimationError, match="Nobody answered 'answer'"):
        answer_share(ASKED.assign(answer=np.nan), "answer", [4, 5], "unit")


def test_answer_shares_have_dont_know_in_the_base():
    top = answer_share(ASKED, "answer", [4, 5], "unit")
    known = ASKED.dropna()
    plain = cluster_mean(known["answer"].isin([4, 5]), known["unit"])
    assert top.value == pytest.approx(3 / 6)
    assert (top.low, top.high, top.n, top.clusters) == (plain.low, plain.high, 6, 3)
    assert answer_share(ASKED, "answer", [9], "unit").value == pytest.approx(2 / 6)
    weights = pd.Series(np.where(ASKED["unit"] == "A", 3.0, 1.0), index=ASKED.index)
    weighted = answer_share(ASKED, "answer", [4, 5], "unit", weights=weights)
    assert weighted.value == pytest.approx((2 * 3 + 1) / (3 * 3 + 3))


def test_an_answer_share_stays_within_zero_and_one_and_counts_the_units_that_weigh():
    asked = pd.DataFrame({"q": [5] + [1] * 59, "unit": [f"U{i % 12:02d}" for i in range(60)]})
    share = answer_share(asked, "q", [4, 5], "unit")
    assert 0 < share.low < 1 / 60 < share.high
    assert (share.bounds, share.k) == ((0, 1), 1)
    # without weight ten of the twelve units do not count
    weights = asked["unit"].isin(["U00", "U01"]).astype(float)
    few = answer_share(asked, "q", [4, 5], "unit", weights=weights)
    assert (few.n, few.clusters, few.df) == (10, 2, pytest.approx(1))
    assert few.high - few.low > 5 * (share.high - share.low)
    with pytest.raises(DataError, match="the weights of the share answering 4, 5"):
        answer_share(asked, "q", [4, 5], "unit", weights=weights[:30])


def test_units_of_dont_knows_are_named_and_left_out():
    with pytest.warns(EstimationWarning, match=r"'answer' in C:.*don't-know"):
        rows = scores(ASKED, "answer", "unit", dont_know=[9])
    assert rows["answer"].tolist() == [5, 4, 1, 4]
    with pytest.raises(EstimationError, match="All 10 people"):
        scores(ASKED.assign(answer=9), "answer", "unit", dont_know=[9])
