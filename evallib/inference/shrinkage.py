"""Means of many small units, without a league table.

With 14 to 138 answers per unit, raw means differ widely even when all units are alike, and the
unit at the bottom is mostly the one with few answers. Shrinkage says how much of the differences
is real, its intervals carry the doubt about that too, the expected range shows what chance alone
would draw, and the funnel asks of each unit whether it lies outside that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import brentq

from evallib.errors import DataError, EstimationError, one_of
from evallib.inference.cr2 import FloatArray
from evallib.inference.estimate import check_level, finite, unit_means

_GRID = 200  # values of tau; sixteen times as many move no limit by 1e-9
_FAR = 12.0  # standard errors beyond which a normal density is nothing


@dataclass(frozen=True)
class RandomEffects:
    """Units as draws around a common mean.

    `mean` with `mean_low`, `mean_high`; `tau2` the variance between units (REML), `q` and `q_p`
    Cochran's test that it is zero; the interval of the mean is that of Knapp and Hartung (2003),
    never narrower than with known variances. `frame`, one row per unit in the order given: unit,
    raw, se, low and high of the raw mean, weight (how much of the raw deviation is kept),
    shrunken (the best linear prediction), shrunken_low, shrunken_high.
    """

    mean: float
    mean_low: float
    mean_high: float
    tau2: float
    q: float
    q_p: float
    level: float
    frame: pd.DataFrame


def random_effects(
    means: ArrayLike, variances: ArrayLike, names: ArrayLike | None = None, level: float = 0.95
) -> RandomEffects:
    """REML variance between units and shrunken means with intervals that hold at few units.

    `means` (G,) and their sampling `variances` (G,). Point predictions are those of metafor's rma
    and blup. The intervals are not the plug-in ones, which cover 84 per cent at 17 units because
    they take tau2 as known: they average over tau under a flat prior (Gelman et al., Bayesian
    Data Analysis, 5.4), so they carry the doubt about mean and tau2.

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
    mean, spread = float(weights @ y / weights.sum()), float(1 / weights.sum())
    kept = tau2 / (tau2 + v)
    z = float(stats.norm.ppf(0.5 + check_level(level) / 2))
    excess = float(weights @ (y - mean) ** 2) / (len(y) - 1)
    half = float(stats.t.ppf(0.5 + level / 2, len(y) - 1) * np.sqrt(spread * max(excess, 1.0)))
    q = float((y - (y / v).sum() / (1 / v).sum()) ** 2 @ (1 / v))
    frame = pd.DataFrame({"unit": labels, "raw": y, "se": np.sqrt(v)})
    frame["low"], frame["high"] = y - z * frame["se"], y + z * frame["se"]
    frame["weight"], frame["shrunken"] = kept, mean + kept * (y - mean)
    frame["shrunken_low"], frame["shrunken_high"] = _posterior_limits(y, v, level)
    q_p = float(stats.chi2.sf(q, len(y) - 1))
    return RandomEffects(mean, mean - half, mean + half, tau2, q, q_p, level, frame)


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
    """Means per unit with shrinkage: `random_effects` with a column n.

    Each unit's sampling variance is the variance within units, taken from all units together, over
    its n: with 14 answers a unit's own variance is mostly noise, and zero where all agree. Take
    don't-know out first (`survey.scores`).
    """
    means = unit_means(frame, item, unit)
    variance = within_variance(means) / means["n"]
    fit = random_effects(means["mean"], variance, means["unit"], level)
    table = fit.frame.copy()
    table.insert(1, "n", means["n"])
    return replace(fit, frame=table)


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
    """Highest minus lowest raw mean if all units were equal: its mean and central interval."""

    mean: float
    low: float
    high: float
    level: float


def expected_range(standard_errors: ArrayLike, level: float = 0.9) -> ExpectedRange:
    """How far apart the best and the worst unit lie by chance alone.

    Range of independent normals with one mean and these standard errors (G,), by quadrature.

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
    return ExpectedRange(mean, quantile(tail), quantile(1 - tail), level)


@dataclass(frozen=True)
class Funnel:
    """Which units lie outside what their size makes likely.

    `centre` is the mean or share over people; `dispersion` the factor by which units spread more
    than chance (at least 1), by whose root the limits are widened. `frame`, one row per unit: unit,
    n, value, low, high (inner limits), low_outer, high_outer, position ("inside", "outside",
    "far outside").
    """

    centre: float
    dispersion: float
    frame: pd.DataFrame


def funnel(
    frame: pd.DataFrame,
    outcome: str,
    unit: str,
    kind: Literal["mean", "share"] = "mean",
    levels: tuple[float, float] = (0.95, 0.998),
) -> Funnel:
    """Funnel limits for unit means (t, variance within units) or shares of a 0/1 outcome (score).

    Overdispersion as in Spiegelhalter (2005): the mean squared z-score of the units, the outermost
    tenth at each end pulled in. A share lies outside the limits exactly when its Wilson interval
    leaves out the centre (without overdispersion).
    """
    one_of(kind, Literal["mean", "share"], "kind")
    means = unit_means(frame, outcome, unit)
    n, value = means["n"].to_numpy(float), means["mean"].to_numpy(float)
    centre = float(n @ value / n.sum())
    if kind == "share":
        if not frame[outcome].isin([0, 1]).all() or not 0 < centre < 1:
            raise DataError(f"Column '{outcome}' must hold 0 and 1, and both of them, for a share.")
        se, reference = np.sqrt(centre * (1 - centre) / n), stats.norm
    else:
        se, reference = np.sqrt(within_variance(means) / n), stats.t(n.sum() - len(n))
    z = np.sort((value - centre) / se)
    dispersion = max(float(np.mean(np.clip(z, *np.quantile(z, [0.1, 0.9])) ** 2)), 1.0)
    table = means[["unit", "n"]].assign(value=value)
    for level, suffix in zip(levels, ("", "_outer"), strict=True):
        half = float(reference.ppf(0.5 + check_level(level) / 2)) * se * np.sqrt(dispersion)
        low, high = centre - half, centre + half
        if kind == "share":
            low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
        table[f"low{suffix}"], table[f"high{suffix}"] = low, high
    out = (value < table["low"]) | (value > table["high"])
    far = (value < table["low_outer"]) | (value > table["high_outer"])
    position = np.select([far, out], ["far outside", "outside"], "inside")
    return Funnel(centre, dispersion, table.assign(position=position))
