"""What participants answered, in the groups of answers the evaluation speaks of.

Which answers count as satisfied is a rule of the definition; here the rule meets the answers, so
that the chapters of the three routes count alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pandas as pd

from evallib.inference.estimate import Estimate, estimator
from evallib.projects.survey import answer_share
from evallib.study.definition import Survey

Answer = TypeVar("Answer")


@estimator
def each_answer(
    frame: pd.DataFrame, item: str, answers: Sequence[Answer], cluster: str, level: float = 0.95
) -> dict[Answer, Estimate]:
    r"""The share of each answer among everyone with one, with a cluster interval.

    Parameters
    ----------
    frame
        One row per person.
    item, cluster
        The columns of answers and of units.
    answers
        The answers asked for, don't-know being one; those nobody gave have share 0.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    dict
        An `Estimate`, a fraction, by answer.

    Raises
    ------
    EstimationError
        Where nobody answered, or in fewer than two units.

    Notes
    -----
    Of each answer a the share $\hat p_a = \frac{1}{n} \sum_i 1\{a_i = a\}$, as `answer_share`; the
    shares add to 1 if all answers are asked for.

    Assumes what `answer_share` does.

    References
    ----------
    Rambøll (2017), p. 23. Bell and McCaffrey (2002).

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [5, 4, 9, 5], "unit": list("ABBB")})
    >>> {answer: share.value for answer, share in each_answer(frame, "q", [5, 9], "unit").items()}
    {5: 0.5, 9: 0.25}
    """
    return {answer: answer_share(frame, item, [answer], cluster, level=level) for answer in answers}


@estimator
def opinions(
    frame: pd.DataFrame, item: str, rules: Survey, cluster: str, level: float = 0.95
) -> dict[str, Estimate]:
    r"""The shares satisfied, dissatisfied and without an opinion, as the definition counts them.

    Parameters
    ----------
    frame
        One row per person.
    item, cluster
        The columns of answers and of units.
    rules
        Which answers count as what: `survey` of the definition.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    dict
        Estimates, fractions: satisfied, dissatisfied and dontknow of everyone with an answer, and
        satisfied_opinion of those whose answer is not don't-know.

    Raises
    ------
    EstimationError
        Where nobody answered, or nobody with an opinion, or in fewer than two units.

    Notes
    -----
    `answer_share` of the sets of answers the definition names, $\hat p_A = \frac{1}{n} \sum_i
    1\{a_i \in A\}$.

    Assumes what `answer_share` does. Among those with an opinion it is of fewer, and other, people.

    References
    ----------
    Rambøll (2017), p. 22, footnote 7, and p. 23; `data/evaluation.toml`, `[survey]`.

    Examples
    --------
    >>> from evallib.study.definition import read_definition
    >>> frame = pd.DataFrame({"q": [5, 4, 9, 1], "unit": list("AABB")})
    >>> shares = opinions(frame, "q", read_definition().survey, "unit")
    >>> {name: round(share.value, 2) for name, share in shares.items()}
    {'satisfied': 0.5, 'dissatisfied': 0.25, 'dontknow': 0.25, 'satisfied_opinion': 0.67}
    """
    groups = {
        "satisfied": rules.satisfied,
        "dissatisfied": rules.dissatisfied,
        "dontknow": [rules.dont_know],
    }
    shares = {
        name: answer_share(frame, item, answers, cluster, level=level)
        for name, answers in groups.items()
    }
    judged = frame[frame[item] != rules.dont_know]
    of_these = answer_share(judged, item, rules.satisfied, cluster, level=level)
    return shares | {"satisfied_opinion": of_these}
