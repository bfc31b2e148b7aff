"""A survey that 43 per cent answered: who did, and what silence could hide.

Shares of answers say nothing about those who did not answer. So the response comes first, weights
repair what was measured, worst-case bounds say what silence could do at most, and between these
lies every share one may suppose of the silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from evallib.errors import DataError, EstimationError, need_columns
from evallib.inference.cr2 import least_squares
from evallib.inference.estimate import Estimate, check_level, t_estimate
from evallib.inference.frames import binary, cluster_codes
from evallib.inference.means import cluster_mean
from evallib.models.balance import propensity
from evallib.projects.survey import answered_with, grouped, with_share

_STEP = 0.05  # between the shares supposed of the silent


def response(
    frame: pd.DataFrame, responded: str, by: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    r"""Who answered, in all or in each group.

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
        For a value other than 0 and 1, or a person without a group.
    EstimationError
        Nobody was invited.

    Notes
    -----
    $\hat r = k / n$ with Wilson's limits

    $$\frac{\hat r + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat r (1 - \hat r)}{n} + \frac{z^2}{4
    n^2}}}{1 + \frac{z^2}{n}}.$$

    Assumes that people answer independently of each other: the limits describe a group's size and
    not the spread between units.

    References
    ----------
    Wilson (1927).

    Examples
    --------
    >>> response(pd.DataFrame({"r": [1, 0, 1, 1]}), "r").loc[0, ["invited", "answered"]].tolist()
    [4, 3]
    """
    need_columns(frame, [responded])
    if frame.empty:
        raise EstimationError("Nobody was invited: there is no response rate.")
    table = pd.DataFrame({
        "group": grouped(frame, by),
        "invited": 1,
        "answered": binary(frame[responded], f"column '{responded}'").astype("int64"),
    })  # fmt: skip
    table = table.groupby("group", as_index=False).sum()
    return with_share(table, "answered", table["invited"], level)


def response_weights(frame: pd.DataFrame, responded: str, covariates: Sequence[str]) -> pd.Series:
    r"""Weights that give those who answered the mix of those invited.

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

    Notes
    -----
    $w_i = 1 / \hat P(\text{answered} \mid x_i)$ by a logit, scaled to mean 1.

    Assumes that among people alike on the covariates silence has nothing to do with the answer
    (missing at random).

    References
    ----------
    Horvitz and Thompson (1952), A generalization of sampling without replacement from a finite
    universe.

    Examples
    --------
    >>> asked = pd.DataFrame({"age": list("yyyyoooo"), "r": [1, 0, 0, 0, 1, 1, 0, 1]})
    >>> response_weights(asked, "r", ["age"]).round(2).tolist()
    [2.0, 0.67, 0.67, 0.67]
    """
    need_columns(frame, [responded, *covariates])
    gap = frame[list(covariates)].isna().any(axis=1)
    answered = pd.Series(binary(frame[responded], f"column '{responded}'"), index=frame.index)
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
class WorstCase:
    """A share among those who answered, and its range over everything silence could hide.

    Attributes
    ----------
    observed
        The share among the `answered`.
    low, high
        The share among all `invited` if none, or all, of those who did not answer had given the
        answers: no assumption, no sampling error.
    limit_low, limit_high
        An interval that holds the share among all invited with probability `level`, whichever it
        is between the two: with the sampling error of `clusters` units.
    answered, invited, clusters
        Numbers of people and of units.
    """

    observed: float
    low: float
    high: float
    limit_low: float
    limit_high: float
    level: float
    answered: int
    invited: int
    clusters: int


def worst_case(
    frame: pd.DataFrame, item: str, answers: Sequence[object], cluster: str, *, level: float = 0.95
) -> WorstCase:
    r"""Bounds of the share of all invited people who would give one of `answers`.

    Parameters
    ----------
    frame
        One row per invited person; who did not answer has a gap in `item`.
    item, answers, cluster
        As for `answer_share`.
    level
        Nominal coverage of the limits.

    Returns
    -------
    WorstCase
        Fractions. The limits are those of Imbens and Manski: the truth can lie beyond one bound
        only, so the critical value falls from the two-sided to the one-sided as silence grows. The
        standard errors are CR2, the distribution is t with Satterthwaite degrees of freedom, and
        the limits are kept between 0 and 1 as those of a mean.

    Raises
    ------
    EstimationError
        Nobody answered, or there are fewer than two units.

    Notes
    -----
    With response rate r and share p of those who answered, the share of all lies in

    $$\left[r p,\ r p + 1 - r\right];$$

    the limits go c standard errors beyond, with c from $T_\nu\!\left(c + \Delta /
    \mathrm{se}\right) - T_\nu(-c) = \mathrm{level}$ for the width $\Delta$.

    Assumes that units are independent, and nothing at all of those who did not answer.

    References
    ----------
    Manski (1989); Imbens and Manski (2004).

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [5, 4, 1, 4, None, None, 5, None], "unit": list("AAAABBBB")})
    >>> bounds = worst_case(frame, "q", [4, 5], "unit")
    >>> bounds.observed, bounds.low, bounds.high
    (0.8, 0.5, 0.875)
    """
    said = answered_with(frame, item, answers, cluster)
    least, most = (
        cluster_mean(said.fillna(end), frame[cluster], level=level, what=f"'{item}' at its {name}")
        for end, name in ((0.0, "least"), (1.0, "most"))
    )
    low, high = _limits(least, most, level)
    return WorstCase(
        float(said.mean()), least.value, most.value, low, high, level,
        int(said.count()), len(said), least.clusters,
    )  # fmt: skip


def _limits(least: Estimate, most: Estimate, level: float) -> tuple[float, float]:
    """Imbens and Manski's limits around two bounds, with a t in place of the normal."""
    t, se = stats.t(least.df), max(least.se, most.se)  # the same people, so the same freedom
    apart = (most.value - least.value) / se if se > 0 else np.inf

    def missing(times: float) -> float:
        return float(t.cdf(times + apart) - t.cdf(-times) - level)

    one_sided, two_sided = t.ppf(level), t.ppf(0.5 + check_level(level) / 2)
    times = brentq(missing, one_sided, two_sided + 1e-9, xtol=1e-12)
    wide = float(2 * t.cdf(times) - 1)
    return least.at(wide).low, most.at(wide).high


def delta_adjusted(
    frame: pd.DataFrame,
    item: str,
    answers: Sequence[object],
    cluster: str,
    *,
    deltas: Sequence[float] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""The share among all invited, if it were `delta` higher among those who did not answer.

    Parameters
    ----------
    frame, item, answers, cluster
        As for `worst_case`.
    deltas
        Differences between the share of the silent and that of those who answered, as fractions;
        steps of five percentage points from one worst case to the other if left out.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns delta, silent (the share supposed of the silent), estimate, low, high, se, df, n
        (invited), clusters. At zero it is the `answer_share` with its interval. Each delta is taken
        as given, so the doubt about the share of those who answered is one about the silent too:
        the interval at either end is wider than that of `worst_case`.

    Raises
    ------
    EstimationError
        Nobody answered, answers come from fewer than two units, or a delta makes the share of the
        silent negative or larger than one.

    Notes
    -----
    $$\hat p_\delta = r p + (1 - r)(p + \delta) = p + (1 - r) \delta,$$

    with CR2 of p and r estimated together.

    Assumes that units are independent and that the silent differ from the others by exactly
    $\delta$, which the data cannot say.

    References
    ----------
    Rubin (1977).

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [5, 4, 1, 4, None, None, 1, None], "unit": list("AAAABBBB")})
    >>> made = delta_adjusted(frame, "q", [4, 5], "unit", deltas=[-0.2, 0.0])
    >>> made[["silent", "estimate"]].round(3).values.tolist()
    [[0.4, 0.525], [0.6, 0.6]]
    """
    said = answered_with(frame, item, answers, cluster)
    answered = said.notna().to_numpy()
    codes, names = cluster_codes(frame[cluster], f"the answers to '{item}'")
    cluster_codes(frame.loc[answered, cluster], f"the share answering '{item}'")
    # One least squares of two means, so that their covariance is known: the share of those who
    # answered, and the share who answered.
    design = np.repeat(np.eye(2), [answered.sum(), len(answered)], axis=0)
    y = np.concatenate([said[answered], answered.astype(float)])
    fit = least_squares(design, y, np.concatenate([codes[answered], codes]))
    share, rate = map(float, fit.coefficients)
    rows = []
    for delta in _between(share, deltas):
        direction = np.array([1.0, -delta])
        estimate = t_estimate(
            share + (1 - rate) * delta, fit.covariance.se(direction), fit.covariance.df(direction),
            n=len(said), clusters=len(names), level=level, method="delta-adjusted, CR2",
            what=f"the share answering '{item}' at delta {delta:g}", bounds=(0.0, 1.0),
        )  # fmt: skip
        told = estimate.frame.rename(columns={"value": "estimate"})
        rows.append(told.assign(delta=delta, silent=share + delta))
    columns = ["delta", "silent", "estimate", "low", "high", "se", "df", "n", "clusters"]
    return pd.concat(rows, ignore_index=True)[columns]


def _between(share: float, deltas: Sequence[float] | None) -> list[float]:
    """The deltas, all of which leave the silent a share between 0 and 1."""
    ends = (-share, 1 - share)
    if deltas is None:
        steps = np.arange(np.ceil(ends[0] / _STEP), np.floor(ends[1] / _STEP) + 1) * _STEP
        return sorted({*ends, *(float(step) for step in steps.round(10))})
    wrong = [f"{delta:g}" for delta in deltas if not ends[0] <= delta <= ends[1]]
    if wrong:
        raise EstimationError(
            f"delta {', '.join(wrong)} gives those who did not answer a share below 0 or above 1. "
            f"The share of those who answered is {share:.3g}: choose from {ends[0]:.3g} to "
            f"{ends[1]:.3g}."
        )
    return list(deltas)
