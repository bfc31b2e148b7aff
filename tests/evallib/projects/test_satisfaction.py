"""Answers in the groups the evaluation speaks of, counted by hand on eight people in two units."""

from dataclasses import replace

import pandas as pd
import pytest

from evallib.errors import EstimationError
from evallib.projects.satisfaction import each_answer, opinions
from evallib.projects.survey import answer_share
from evallib.study.definition import read_definition

RULES = replace(read_definition().survey, satisfied=(4, 5), dissatisfied=(1, 2), dont_know=9)
ANSWERS = pd.DataFrame(
    {"q": [5, 4, 4, 9, 1, 2, 3, 4, None], "unit": ["A", "A", "A", "A", "B", "B", "B", "B", "B"]}
)


def test_each_answer_is_a_share_of_everyone_who_answered():
    shares = each_answer(ANSWERS, "q", [4, 9, 2], "unit")
    assert {answer: share.value for answer, share in shares.items()} == {
        4: 3 / 8,
        9: 1 / 8,
        2: 1 / 8,
    }
    assert {(share.n, share.clusters) for share in shares.values()} == {(8, 2)}


def test_an_answer_nobody_gave_has_share_nought():
    nobody = each_answer(ANSWERS, "q", [7], "unit")[7]
    assert (nobody.value, nobody.low) == (0, 0)
    assert 0 < nobody.high < 1


def test_opinions_count_as_the_definition_says():
    shares = opinions(ANSWERS, "q", RULES, "unit", level=0.9)
    assert {name: (share.value, share.n) for name, share in shares.items()} == {
        "satisfied": (4 / 8, 8),
        "dissatisfied": (2 / 8, 8),
        "dontknow": (1 / 8, 8),
        "satisfied_opinion": (4 / 7, 7),
    }
    alone = answer_share(ANSWERS, "q", [1, 2], "unit", level=0.9)
    assert shares["dissatisfied"] == alone
    assert shares["dissatisfied"].function == "evallib.projects.satisfaction.opinions"


def test_without_an_answer_there_is_no_share():
    with pytest.raises(EstimationError, match="Nobody answered 'q'"):
        opinions(ANSWERS.assign(q=None), "q", RULES, "unit")
