"""A survey that 43 per cent answered: what was said, by whom, and what silence could hide.

Shares of answers say nothing about those who did not answer. So the response and the balance of
those who answered come first, worst-case bounds say what silence could do at most, and "don't
know" stays a category: leaving it out turns people who never tried a scheme into people content
with it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.stats.proportion import proportion_confint

from evallib.errors import DataError, EstimationError, EstimationWarning, need_columns
from evallib.inference.estimate import Estimate, check_level, cluster_mean, estimator, finite
from evallib.models.casemix import propensity


def response(
    frame: pd.DataFrame, responded: str, by: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Who answered, in all or in each group.

    Parameters
    ----------
    frame
        One row per invited person.
    responded
        A column of 0 and 1.
    by
        A column of groups.
    level
        Nominal coverage of the limits.

    Returns
    -------
    pandas.DataFrame
        Columns group, invited, answered, share, low, high (Wilson's limits: never Wald's, which
        leave 0 to 1).

    Raises
    ------
    DataError
        For a value other than 0 and 1.

    Examples
    --------
    >>> response(pd.DataFrame({"r": [1, 0, 1, 1]}), "r").loc[0, ["invited", "answered"]].tolist()
    [4, 3]
    """
    need_columns(frame, [responded] if by is None else [responded, by])
    answered = _binary(frame, responded)
    groups = _groups(frame, by)
    table = pd.DataFrame({"group": groups, "invited": 1, "answered": answered.astype(int)})
    table = table.groupby("group", as_index=False).sum()
    return _with_share(table, "answered", table["invited"], level)


def response_weights(frame: pd.DataFrame, responded: str, covariates: Sequence[str]) -> pd.Series:
    """Weights that give those who answered the mix of those invited.

    They are inverse probabilities of response from a logit on `covariates`, and repair the
    differences that were measured and no others.

    Parameters
    ----------
    frame
        One row per invited person; rows with gaps in `covariates` are left out of the logit.
    responded
        A column of 0 and 1.
    covariates
        Columns known for everyone invited: numbers enter as they are, others as categories.

    Returns
    -------
    pandas.Series
        One weight per respondent, mean 1, indexed as the frame.

    Raises
    ------
    DataError
        For respondents with gaps in the covariates, who would get no weight.
    EstimationError
        Where the covariates tell perfectly who answered.

    Examples
    --------
    >>> asked = pd.DataFrame({"age": list("yyyyoooo"), "r": [1, 0, 0, 0, 1, 1, 0, 1]})
    >>> response_weights(asked, "r", ["age"]).round(2).tolist()
    [2.0, 0.67, 0.67, 0.67]
    """
    need_columns(frame, [responded, *covariates])
    gap = frame[list(covariates)].isna().any(axis=1)
    answered = _binary(frame, responded)
    lost = int(answered[gap].sum())
    if lost:
        gaps = [name for name in covariates if frame[name].isna().any()]
        raise DataError(
            f"{lost} respondents have gaps in {', '.join(gaps)} and would get no weight. "
            "Make the gap a category of its own, or leave the column out."
        )
    chosen = answered[~gap]
    inverse = 1 / propensity(chosen, frame[~gap], covariates, responded)[chosen == 1]
    return inverse / inverse.mean()


@dataclass(frozen=True)
class Bounds:
    """A mean among those who answered, and its range over everything silence could hide.

    Attributes
    ----------
    observed
        The mean among the `answered`.
    low, high
        What all `invited` would show if those who did not answer had given the lowest or the
        highest answer: no assumption, no sampling error.
    answered, invited
        Numbers of people.
    """

    observed: float
    low: float
    high: float
    answered: int
    invited: int


def worst_case(values: ArrayLike, invited: int, lowest: float = 0, highest: float = 1) -> Bounds:
    """Bounds of a mean over all `invited` people from the `values` of those who answered.

    Parameters
    ----------
    values
        The answers, without don't-know.
    invited
        How many people were asked.
    lowest, highest
        The ends of the scale.

    Returns
    -------
    Bounds
        The observed mean and its bounds, in the unit of `values`.

    Raises
    ------
    DataError
        For answers off the scale, or more answers than people.

    References
    ----------
    Manski (1989), Anatomy of the selection problem. Journal of Human Resources 24, 343-360.

    Examples
    --------
    >>> worst_case([1, 1, 0, 1], invited=8).low
    0.375
    """
    y = finite(values, "the answers")
    if not 0 < len(y) <= invited:
        raise DataError(f"{len(y)} answers of {invited} invited; give 1 to {invited} answers.")
    if y.min() < lowest or y.max() > highest:
        raise DataError(
            f"The answers run from {y.min():g} to {y.max():g}, outside {lowest:g} to {highest:g}. "
            "Take don't-know out, or widen the scale."
        )
    silent = invited - len(y)
    low, high = ((y.sum() + silent * end) / invited for end in (lowest, highest))
    return Bounds(float(y.mean()), float(low), float(high), len(y), invited)


def distribution(
    frame: pd.DataFrame, item: str, by: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Share of each answer among everyone with an answer to the item, don't-know being one.

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

    Examples
    --------
    >>> distribution(pd.DataFrame({"q": [5, 4, 9, 4]}), "q")["share"].tolist()
    [0.5, 0.25, 0.25]
    """
    need_columns(frame, [item] if by is None else [item, by])
    groups = _groups(frame, by)
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
    return _with_share(table, "n", table["base"], level)


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
    """Share of those with an answer who gave one of `answers`, with a cluster interval.

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

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [5, 4, 9, 1], "unit": list("AABB")})
    >>> answer_share(frame, "q", [4, 5], "unit").value
    0.5
    """
    need_columns(frame, [item, cluster])
    rows = frame.loc[frame[item].notna()]
    if rows.empty:
        raise EstimationError(f"Nobody answered '{item}'; there is no share to give.")
    return cluster_mean(
        rows[item].isin(list(answers)).astype(float),
        rows[cluster],
        level=level,
        weights=None if weights is None else weights.reindex(rows.index),
        what=f"the share answering {', '.join(map(str, answers))} to '{item}'",
    )


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


def _with_share(table: pd.DataFrame, count: str, base: pd.Series, level: float) -> pd.DataFrame:
    """The table with the share of its `count` in `base`, and Wilson's limits."""
    low, high = proportion_confint(
        table[count], base, alpha=1 - check_level(level), method="wilson"
    )
    return table.assign(share=table[count] / base, low=low, high=high)


def _groups(frame: pd.DataFrame, by: str | None) -> pd.Series:
    """The group of each row; all one group where there is no column."""
    return pd.Series("all", index=frame.index) if by is None else frame[by]


def _binary(frame: pd.DataFrame, column: str) -> pd.Series:
    """A 0/1 column as floats, checked."""
    values = pd.Series(finite(frame[column], f"column '{column}'"), index=frame.index)
    if not values.isin([0.0, 1.0]).all():
        raise DataError(f"Column '{column}' must hold 0 and 1 only, one row per invited person.")
    return values
