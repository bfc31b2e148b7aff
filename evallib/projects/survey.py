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

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from evallib.errors import DataError, EstimationError, EstimationWarning, need_columns
from evallib.inference.cr2 import FloatArray
from evallib.inference.estimate import Estimate, check_level, cluster_mean, finite
from evallib.models.design import design
from evallib.models.likelihood import fit_logit


def wilson(count: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Wilson limits of shares count / n for independent people; never Wald, which leaves [0, 1].

    >>> [round(float(limit), 3) for limit in wilson(0, 10)]
    [0.0, 0.278]
    """
    z2 = stats.norm.ppf(0.5 + check_level(level) / 2) ** 2
    k, total = np.asarray(count, dtype=float), np.asarray(n, dtype=float)
    middle = (k + z2 / 2) / (total + z2)
    half = np.sqrt(z2) / (total + z2) * np.sqrt(k * (total - k) / total + z2 / 4)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def response(
    frame: pd.DataFrame, responded: str, by: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Who answered: columns group, invited, answered, share, low, high (Wilson).

    `responded` is 0/1, one row per invited person.

    >>> response(pd.DataFrame({"r": [1, 0, 1, 1]}), "r").loc[0, ["invited", "answered"]].tolist()
    [4, 3]
    """
    need_columns(frame, [responded] if by is None else [responded, by])
    answered = _binary(frame, responded)
    groups = _groups(frame, by)
    table = pd.DataFrame({"group": groups, "invited": 1, "answered": answered.astype(int)})
    table = table.groupby("group", as_index=False).sum()
    low, high = wilson(table["answered"], table["invited"], level)
    return table.assign(share=table["answered"] / table["invited"], low=low, high=high)


@dataclass(frozen=True)
class ResponseWeights:
    """Weights that give those who answered the mix of those invited.

    `weights`: one per respondent, mean 1, indexed as the frame. `effective` people remain of
    `respondents` after weighting (Kish): the price of the weights.
    """

    weights: pd.Series
    respondents: int
    effective: float


def response_weights(
    frame: pd.DataFrame, responded: str, covariates: Sequence[str]
) -> ResponseWeights:
    """Inverse probabilities of response from a logit on `covariates`, known for everyone invited.

    They repair the differences that were measured and no others. Invited people with gaps in the
    covariates are left out of the logit; respondents among them raise a `DataError`.
    """
    ready = design(frame, covariates, [responded])
    answered = _binary(ready.rows, responded)
    lost = int(_binary(frame, responded).sum() - answered.sum())
    if lost:
        raise DataError(
            f"{lost} respondents have gaps in {', '.join(ready.dropped)} and would get no weight. "
            "Make the gap a category of its own, or leave the column out."
        )
    x = np.column_stack([np.ones(len(answered)), ready.matrix])
    fit = fit_logit(x, answered.to_numpy(), ["constant", *ready.names], f"Response '{responded}'")
    inverse = pd.Series(1 + np.exp(-x @ fit.parameters), index=ready.rows.index)[answered == 1]
    weights = inverse / inverse.mean()
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    return ResponseWeights(weights, len(weights), effective)


@dataclass(frozen=True)
class Bounds:
    """A mean among those who answered, and its range over everything silence could hide.

    `low` and `high` (Manski 1989) are what everyone invited would show if all who did not answer
    had given the lowest or the highest answer: no assumption, no sampling error.
    """

    observed: float
    low: float
    high: float
    answered: int
    invited: int

    @property
    def frame(self) -> pd.DataFrame:
        """The bounds as one tidy row."""
        return pd.DataFrame([self.__dict__])


def worst_case(values: ArrayLike, invited: int, lowest: float = 0, highest: float = 1) -> Bounds:
    """Bounds of the mean of `values` (those who answered) over all `invited` people.

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
    """Share of each answer, don't-know being one of them.

    The base is everyone with an answer to the item. Every answer given by anybody appears in
    every group. Columns group, answer, n, base, share, low, high (Wilson: a description of those
    who answered; see `answer_share` for an interval that counts units). Raises `EstimationError`
    where a group has no answer.

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
    base = table.groupby("group")["n"].transform("sum")
    low, high = wilson(table["n"], base, level)
    return table.assign(base=base, share=table["n"] / base, low=low, high=high)


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

    Top share: the two best answers; bottom share: the two worst; don't-know: its code. Don't-know
    stays in the base of each.

    >>> frame = pd.DataFrame({"q": [5, 4, 9, 1], "unit": list("AABB")})
    >>> answer_share(frame, "q", [4, 5], "unit").value
    0.5
    """
    need_columns(frame, [item, cluster])
    rows = frame.loc[frame[item].notna()]
    if rows.empty:
        raise EstimationError(f"Nobody answered '{item}'; there is no share to give.")
    chosen = rows[item].isin(list(answers)).astype(float)
    own = None if weights is None else weights.reindex(rows.index)
    words = ", ".join(map(str, answers))
    return cluster_mean(
        chosen,
        rows[cluster],
        level=level,
        weights=own,
        what=f"the share answering {words} to '{item}'",
    )


def scores(
    frame: pd.DataFrame, item: str, unit: str, dont_know: Sequence[object] = ()
) -> pd.DataFrame:
    """The rows with a score on `item`: don't-know and gaps out, units without any score named.

    The result keeps the frame's columns, with `item` as a number, for means per unit and for
    regressions. Raises `EstimationError` if everybody answered don't-know or nothing.
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


def _groups(frame: pd.DataFrame, by: str | None) -> pd.Series:
    """The group of each row; all one group where there is no column."""
    return pd.Series("all", index=frame.index) if by is None else frame[by]


def _binary(frame: pd.DataFrame, column: str) -> pd.Series:
    """A 0/1 column as floats, checked."""
    values = pd.Series(finite(frame[column], f"column '{column}'"), index=frame.index)
    if not values.isin([0.0, 1.0]).all():
        raise DataError(f"Column '{column}' must hold 0 and 1 only, one row per invited person.")
    return values
