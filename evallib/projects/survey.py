"""What participants answered: the questionnaire's items as shares and scores.

"Don't know" stays a category: leaving it out turns people who never tried a scheme into people
content with it. What silence could hide is for `evallib.projects.nonresponse`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from evallib.errors import EstimationError, EstimationWarning, need_columns
from evallib.inference.estimate import Estimate, check_level, estimator
from evallib.inference.frames import ALL, labelled
from evallib.inference.means import cluster_mean


def distribution(
    frame: pd.DataFrame, item: str, by: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    r"""Share of each answer among everyone with an answer to the item, don't-know being one.

    Parameters
    ----------
    frame
        One row per person.
    item
        The column of answers; gaps are no answer.
    by
        A column of groups.
    level
        Nominal coverage of the limits.

    Returns
    -------
    pandas.DataFrame
        Columns group, answer, n, base, share, low, high. Every answer given by anybody appears in
        every group. Wilson's limits describe those who answered; see `answer_share` for an interval
        that counts units.

    Raises
    ------
    EstimationError
        Where a group has no answer.
    DataError
        A person has no group.

    Notes
    -----
    $\hat p_a = n_a / n$ of each answer, with Wilson's limits as in `response`.

    Assumes that people answer independently of each other; `each_answer` counts units.

    References
    ----------
    Wilson (1927). Rambøll (2017), p. 23: don't-know stays in the base.

    Examples
    --------
    >>> distribution(pd.DataFrame({"q": [5, 4, 9, 4]}), "q")["share"].tolist()
    [0.5, 0.25, 0.25]
    """
    need_columns(frame, [item])
    groups = grouped(frame, by)
    counts = pd.crosstab(groups, frame[item])
    silent = [str(group) for group in groups.unique() if group not in counts.index]
    if silent or counts.empty:
        raise EstimationError(
            f"Nobody in {', '.join(silent) or 'the frame'} answered '{item}'. Leave the group out."
        )
    table = counts.rename_axis(index="group").reset_index()
    table = table.melt("group", var_name="answer", value_name="n")
    table = table.sort_values(["group", "answer"], ignore_index=True)
    table["base"] = table.groupby("group")["n"].transform("sum")
    return with_share(table, "n", table["base"], level)


@estimator
def answer_share(
    frame: pd.DataFrame,
    item: str,
    answers: Sequence[object],
    cluster: str,
    *,
    weights: pd.Series | None = None,
    level: float = 0.95,
) -> Estimate:
    r"""Share of those with an answer who gave one of `answers`, with a cluster interval.

    Parameters
    ----------
    frame
        One row per person.
    item, cluster
        The columns of answers and of units.
    answers
        The two best for a top share, the two worst for a bottom share, the code of don't-know for
        its own. Don't-know stays in the base of each.
    weights
        A weight per person, indexed as the frame: see `response_weights`.
    level
        Nominal coverage of the interval.

    Returns
    -------
    Estimate
        A fraction.

    Raises
    ------
    EstimationError
        Where nobody answered, or in fewer than two units.

    Notes
    -----
    $$\hat p = \frac{\sum_i w_i 1\{a_i \in A\}}{\sum_i w_i}$$

    over those with an answer, as `inference.cluster_mean`.

    Assumes that units are independent and that those who answered stand for those who did not, or
    do with the weights; `worst_case` assumes neither.

    References
    ----------
    Rambøll (2017), p. 22-23, on which answers count. Bell and McCaffrey (2002).

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [5, 4, 9, 1], "unit": list("AABB")})
    >>> answer_share(frame, "q", [4, 5], "unit").value
    0.5
    """
    said = answered_with(frame, item, answers, cluster).dropna()
    return cluster_mean(
        said,
        frame.loc[said.index, cluster],
        level=level,
        weights=None if weights is None else weights.reindex(said.index),
        what=f"the share answering {', '.join(map(str, answers))} to '{item}'",
    )


def answered_with(
    frame: pd.DataFrame, item: str, answers: Sequence[object], cluster: str
) -> pd.Series:
    """1 where the answer is one of `answers`, 0 where it is another, missing where there is none.

    Raises `EstimationError` where nobody answered.
    """
    need_columns(frame, [item, cluster])
    answered = frame[item].notna()
    if not answered.any():
        raise EstimationError(f"Nobody answered '{item}'; there is no share to give.")
    return frame[item].isin(list(answers)).astype(float).where(answered)


def scores(
    frame: pd.DataFrame, item: str, unit: str, dont_know: Sequence[object] = ()
) -> pd.DataFrame:
    """The rows with a score on `item`: don't-know and gaps out, units without any score named.

    Parameters
    ----------
    frame
        One row per person.
    item, unit
        The columns of answers and of units.
    dont_know
        The codes that are no score.

    Returns
    -------
    pandas.DataFrame
        The frame's columns, with `item` as a number, for means per unit and for regressions.

    Raises
    ------
    EstimationError
        If everybody answered don't-know or nothing.

    References
    ----------
    `data/assumptions.csv`, `dont_know`: don't-know is part of no mean.

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [5, 4, 9], "unit": list("AAA")})
    >>> scores(frame, "q", "unit", [9])["q"].tolist()
    [5.0, 4.0]
    """
    need_columns(frame, [item, unit])
    known = frame[item].notna() & ~frame[item].isin(list(dont_know))
    rows = frame.loc[known].astype({item: float})
    if rows.empty:
        raise EstimationError(
            f"All {len(frame)} people answered '{item}' with don't-know or not at all: there is "
            "no mean. Show the distribution instead."
        )
    lost = sorted(set(frame[unit].dropna().astype(str)) - set(rows[unit].astype(str)))
    if lost:
        warnings.warn(
            f"No score on '{item}' in {', '.join(lost)}: everybody there answered don't-know or "
            "not at all. These units are left out.",
            EstimationWarning,
            stacklevel=2,
        )
    return rows


def with_share(table: pd.DataFrame, count: str, base: pd.Series, level: float) -> pd.DataFrame:
    """The table with the share of its `count` in `base`, and Wilson's limits."""
    low, high = proportion_confint(
        table[count], base, alpha=1 - check_level(level), method="wilson"
    )
    return table.assign(share=table[count] / base, low=low, high=high)


def grouped(frame: pd.DataFrame, by: str | None) -> pd.Series:
    """The group of each row, none missing; all one group where there is no column."""
    return pd.Series(ALL, index=frame.index) if by is None else labelled(frame, by)
