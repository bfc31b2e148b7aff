"""Means of many small units, without a league table.

With 14 to 138 answers per unit, raw means differ widely even when all units are alike, and the
unit at the bottom is mostly the one with few answers. Shrinkage says how much of the differences
is real, its intervals carry the doubt about that too, and the expected range shows what chance
alone would draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import brentq

from evallib.errors import DataError, EstimationError, need_columns
from evallib.inference.cr2 import FloatArray
from evallib.inference.decisions import Decision, Verdict
from evallib.inference.estimate import check_level
from evallib.inference.frames import finite, labelled

_GRID = 200  # values of tau; sixteen times as many move no limit by 1e-9
_FAR = 12.0  # standard errors beyond which a normal density is nothing


@dataclass(frozen=True)
class RandomEffects:
    """Units as draws around a common mean.

    `mean` of all; `tau2` the variance between units (REML). `frame`, one row per unit in the order
    given: unit, raw, se, low and high of the raw mean, chance_low and chance_high (where the raw
    mean of a unit that is like all others may lie), weight (how much of the raw deviation is kept),
    shrunken (the best linear prediction), shrunken_low, shrunken_high.
    """

    mean: float
    tau2: float
    level: float
    frame: pd.DataFrame


def random_effects(
    means: ArrayLike, variances: ArrayLike, names: ArrayLike | None = None, level: float = 0.95
) -> RandomEffects:
    r"""REML variance between units and shrunken means with intervals that hold at few units.

    The intervals are not the plug-in ones, which cover 84 per cent at 17 units because they take
    tau2 as known: they average over tau under a flat prior, so they carry the doubt about mean and
    tau2.

    Parameters
    ----------
    means, variances
        Of each unit (G,): the mean, and its sampling variance.
    names
        Of each unit (G,); numbers from 1 if left out.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    RandomEffects
        Point predictions are those of metafor's rma and blup.

    Raises
    ------
    EstimationError
        There are fewer than three units.
    DataError
        A sampling variance is zero.

    Notes
    -----
    $y_g \sim N(\theta_g, v_g)$ and $\theta_g \sim N(\mu, \tau^2)$ with known $v_g$. $\hat\tau^2$
    maximises the restricted likelihood, and

    $$\hat\theta_g = \hat\mu + \frac{\hat\tau^2}{\hat\tau^2 + v_g} (y_g - \hat\mu),$$

    $$\hat\mu = \frac{\sum_g y_g / (v_g + \hat\tau^2)}{\sum_g 1 / (v_g + \hat\tau^2)}.$$

    The limits are quantiles of the posterior of $\theta_g$ under a flat prior of $\tau$ and $\mu$.

    Assumes that units are independent draws from one normal distribution and that their sampling
    variances are known.

    References
    ----------
    Gelman et al. (2013), section 5.4.

    Examples
    --------
    >>> fit = random_effects([3.0, 3.5, 4.0, 3.2], [0.04, 0.02, 0.09, 0.01])
    >>> bool(fit.frame["shrunken"].max() < 4.0)
    True
    """
    y, v = finite(means, "the unit means"), finite(variances, "the sampling variances")
    labels = np.arange(1, len(y) + 1) if names is None else np.asarray(names)
    if len(y) < 3:
        raise EstimationError(
            f"{len(y)} units; a variance between units needs at least three. Show the means alone."
        )
    if (v <= 0).any():
        raise DataError(
            f"Unit {labels[int((v <= 0).argmax())]} has a sampling variance of zero: everybody "
            "there gave one answer. Take the variance from all units together, as unit_scores() "
            "does."
        )
    tau2 = reml(y, v)
    weights = 1 / (v + tau2)
    mean = float(weights @ y / weights.sum())
    kept = tau2 / (tau2 + v)
    z = float(stats.norm.ppf(0.5 + check_level(level) / 2))
    frame = pd.DataFrame({"unit": labels, "raw": y, "se": np.sqrt(v)})
    frame["low"], frame["high"] = y - z * frame["se"], y + z * frame["se"]
    frame["chance_low"], frame["chance_high"] = mean - z * frame["se"], mean + z * frame["se"]
    frame["weight"], frame["shrunken"] = kept, mean + kept * (y - mean)
    frame["shrunken_low"], frame["shrunken_high"] = _posterior_limits(y, v, level)
    return RandomEffects(mean, tau2, level, frame)


def reml(means: FloatArray, variances: FloatArray) -> float:
    """REML estimate of the variance between units: the root of the restricted score, or zero."""

    def score(tau2: float) -> float:
        w = 1 / (variances + tau2)
        deviation = means - w @ means / w.sum()
        return float(np.sum(w**2 * deviation**2) - w.sum() + np.sum(w**2) / w.sum())

    if score(0.0) <= 0:
        return 0.0
    top = float(np.ptp(means) ** 2)
    while score(top) > 0:
        top *= 2
    return float(brentq(score, 0.0, top, xtol=1e-15, rtol=1e-14))


def _posterior_limits(y: FloatArray, v: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Limits of each unit's true mean, averaged over tau under a flat prior."""
    top = 6 * (np.std(y, ddof=1) + np.sqrt(v.mean()) / np.sqrt(len(y)))
    tau2 = (np.linspace(0, top, _GRID) ** 2)[:, None]
    w = 1 / (v + tau2)
    total = w.sum(axis=1, keepdims=True)
    centre = (w * y).sum(axis=1, keepdims=True) / total
    logs = 0.5 * (np.log(w).sum(axis=1) - np.log(total[:, 0]) - (w * (y - centre) ** 2).sum(axis=1))
    mass = np.exp(logs - logs.max())
    mass[0] /= 2  # trapezium
    mass /= mass.sum()
    kept = tau2 * w
    middle = centre + kept * (y - centre)
    spread = np.sqrt(kept * v + (1 - kept) ** 2 / total)
    tails = (0.5 - level / 2, 0.5 + level / 2)
    low, high = (_mixture_quantile(mass, middle, spread, tail) for tail in tails)
    return low, high


def _mixture_quantile(
    mass: FloatArray, middle: FloatArray, spread: FloatArray, tail: float
) -> FloatArray:
    """Quantiles (G,) of mixtures of normals, by bisection on all units at once."""
    low: FloatArray = (middle - _FAR * spread).min(axis=0)
    high: FloatArray = (middle + _FAR * spread).max(axis=0)
    for _ in range(60):
        guess = (low + high) / 2
        above = mass @ stats.norm.cdf((guess - middle) / spread) > tail
        low, high = np.where(above, low, guess), np.where(above, guess, high)
    return low


def unit_scores(frame: pd.DataFrame, item: str, unit: str, level: float = 0.95) -> RandomEffects:
    r"""Means per unit with shrinkage, from people's answers.

    Each unit's sampling variance is the variance within units, taken from all units together, over
    its n: with 14 answers a unit's own variance is mostly noise, and zero where all agree.

    Parameters
    ----------
    frame
        One row per person; take don't-know out first (`projects.scores`).
    item, unit
        The columns of scores and of units.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    RandomEffects
        As `random_effects`, its frame with a column n, in the order of the units' names: a plot in
        that order, with the range of chance beside it, ranks nobody.

    Raises
    ------
    EstimationError
        No unit has two answers, or all answers agree within every unit.
    DataError
        A score or a unit is missing.

    Notes
    -----
    As `random_effects` with $v_g = \hat\sigma^2 / n_g$ and the pooled

    $$\hat\sigma^2 = \frac{\sum_g \sum_{i \in g} (y_{gi} - \bar y_g)^2}{\sum_g (n_g - 1)}.$$

    Assumes what `random_effects` does, and that people's answers spread alike in all units.

    References
    ----------
    Gelman et al. (2013), section 5.4.

    Examples
    --------
    >>> frame = pd.DataFrame({"q": [1, 3, 2, 5, 4, 4], "unit": list("CCAABB")})
    >>> unit_scores(frame, "q", "unit").frame["unit"].tolist()
    ['A', 'B', 'C']
    """
    means = unit_means(frame, item, unit)
    variance = within_variance(means) / means["n"]
    fit = random_effects(means["mean"], variance, means["unit"], level)
    table = fit.frame.copy()
    table.insert(1, "n", means["n"])
    return replace(fit, frame=table)


def unit_means(frame: pd.DataFrame, outcome: str, unit: str) -> pd.DataFrame:
    """Mean, standard deviation and size of each unit: columns unit, n, mean, sd (one person: NaN).

    Raises `DataError` where a number or a unit is missing.

    >>> frame = pd.DataFrame({"y": [1.0, 3, 5], "unit": ["A", "A", "B"]})
    >>> unit_means(frame, "y", "unit")["mean"].tolist()
    [2.0, 5.0]
    """
    need_columns(frame, [outcome, unit])
    y = pd.Series(finite(frame[outcome], f"column '{outcome}'"), index=frame.index)
    names = labelled(frame, unit).astype(str).rename("unit")
    return y.groupby(names).agg(n="size", mean="mean", sd="std").reset_index()


def within_variance(means: pd.DataFrame) -> float:
    """Variance within units, pooled over the table `unit_means` makes."""
    degrees = means["n"] - 1
    if degrees.sum() < 1:
        raise EstimationError("No unit has two answers: the variance within units is unknown.")
    variance = float((means["sd"].fillna(0) ** 2 * degrees).sum() / degrees.sum())
    if variance == 0:
        raise EstimationError("In every unit all answers agree: there is no variance within units.")
    return variance


@dataclass(frozen=True)
class ExpectedRange:
    """Highest minus lowest raw mean if all `units` were equal: its mean and central interval."""

    mean: float
    low: float
    high: float
    level: float
    units: int

    def excess(self, seen: float) -> Verdict:
        """How much wider than by chance alone the range `seen` is, and whether chance explains it.

        The limits are what is left when chance gives its widest range and its narrowest.

        >>> found = ExpectedRange(1.0, 0.5, 1.75, level=0.9, units=12).excess(2.0)
        >>> found.value, found.low, found.high, found.decision
        (1.0, 0.25, 1.5, 'higher')
        """
        wider: Decision = "higher" if seen > self.high else "unclear"
        return Verdict(
            seen - self.mean, seen - self.high, seen - self.low, float("nan"), float("nan"),
            self.units, self.units, self.level, "range of independent normals with one mean",
            decision="lower" if seen < self.low else wider,
        )  # fmt: skip


def expected_range(standard_errors: ArrayLike, level: float = 0.9) -> ExpectedRange:
    r"""How far apart the best and the worst unit lie by chance alone.

    Parameters
    ----------
    standard_errors
        Of the raw means (G,).
    level
        Nominal coverage of the central interval.

    Returns
    -------
    ExpectedRange
        Of independent normals with one mean and these standard errors, by quadrature.

    Raises
    ------
    EstimationError
        There are fewer than two units, or a standard error is not positive.

    Notes
    -----
    Of independent $y_g \sim N(\mu, s_g^2)$,

    $$E\left[\max_g y_g - \min_g y_g\right] = \int \left(1 - \prod_g \Phi(x / s_g) - \prod_g
    \left(1 - \Phi(x / s_g)\right)\right) dx,$$

    and quantiles from the distribution of the range, by quadrature; with equal $s_g$ it is the
    studentised range.

    Assumes that all units have one mean and that their raw means are near normal.

    References
    ----------
    Tippett (1925), On the extreme individuals and the range of samples taken from a normal
    population.

    Examples
    --------
    >>> round(expected_range([1.0, 1.0]).mean, 4)  # 2 / sqrt(pi)
    1.1284
    """
    se = finite(standard_errors, "the standard errors")
    if len(se) < 2 or (se <= 0).any():
        raise EstimationError(
            "A range needs two units or more, each with a positive standard error."
        )
    grid = np.linspace(-_FAR, _FAR, 4001) * se.max()
    step = grid[1] - grid[0]
    below = stats.norm.cdf(grid[:, None] / se)
    density = stats.norm.pdf(grid[:, None] / se) / se
    mean = float((1 - below.prod(axis=1) - (1 - below).prod(axis=1)).sum() * step)

    def distribution(width: float) -> float:
        inside = stats.norm.cdf((grid[:, None] + width) / se) - below
        others = [np.delete(inside, g, axis=1).prod(axis=1) for g in range(len(se))]
        return float((density * np.column_stack(others)).sum() * step)

    def quantile(tail: float) -> float:
        return float(brentq(lambda width: distribution(width) - tail, 0, 2 * _FAR * se.max()))

    tail = 0.5 - check_level(level) / 2
    return ExpectedRange(mean, quantile(tail), quantile(1 - tail), level, len(se))
