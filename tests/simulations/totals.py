"""Thousands of studies at once: outcomes as totals of units, and what follows from totals alone.

Of the outcomes in a unit, a mean over people and its clustered errors need the total and nothing
else. So a run is a row of totals (G,) and all runs are one array, where evallib, which is given
people, would need hours. That both find the same numbers is a test
(tests/evallib/inference/test_rules.py).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import betaincinv, expit, logit

from evallib.inference.cr2 import FloatArray, IntArray

HOURS = {"in work": 0.55, "median": 60.0, "log sd": 0.9, "most": 160.0}
"""Hours a month: of those in work lognormal, cut at full time."""
ANSWERS = np.array([0.003, 0.007, 0.04, 0.15, 0.80])
"""Shares of the answers 1 to 5 where most people give the best one."""


def shares(
    rng: np.random.Generator, p: float | FloatArray, icc: float, shape: tuple[int, int]
) -> FloatArray:
    """Each unit's own share: beta with mean `p`, a share `icc` of the variance between units."""
    odds = (1 - icc) / icc if icc else 0
    return rng.beta(p * odds, (1 - p) * odds, shape) if icc else np.broadcast_to(p, shape)


def shares_at(ranks: FloatArray, p: float, icc: float) -> FloatArray:
    """The same by ranks (runs, G), which a unit may have alike in several groups."""
    odds = (1 - icc) / icc if icc else 0
    return betaincinv(p * odds, (1 - p) * odds, ranks) if icc else np.broadcast_to(p, ranks.shape)


def share(
    rng: np.random.Generator, sizes: IntArray, p: float | FloatArray, icc: float, runs: int
) -> FloatArray:
    """Totals (runs, G) of a 0/1 outcome."""
    return rng.binomial(sizes, shares(rng, p, icc, (runs, len(sizes)))).astype(float)


def score(rng: np.random.Generator, sizes: IntArray, icc: float, runs: int) -> FloatArray:
    """Totals (runs, G) of answers 1 to 5; `icc` is that of the normal number behind them."""
    cuts = stats.norm.ppf(np.cumsum(ANSWERS)[:-1])
    shared = np.sqrt(icc) * rng.normal(size=(runs, len(sizes), 1))
    below = stats.norm.cdf((cuts - shared) / np.sqrt(1 - icc))
    chances = np.diff(below, axis=-1, prepend=0.0, append=1.0)
    counts = rng.multinomial(np.broadcast_to(sizes, (runs, len(sizes))), chances)
    return counts @ np.arange(1.0, 6.0)


def hours(
    rng: np.random.Generator, sizes: IntArray, icc: float, runs: int, more: float | FloatArray = 0.0
) -> FloatArray:
    """Totals (runs, G) of hours; `icc` is that of being in work and of the logarithm of hours.

    `more` is added to the share in work.
    """
    working = share(rng, sizes, HOURS["in work"] + more, icc, runs).astype(int)
    shift = np.sqrt(icc) * HOURS["log sd"] * rng.normal(size=working.shape)
    log = np.repeat(shift.ravel(), working.ravel())
    log += np.sqrt(1 - icc) * HOURS["log sd"] * rng.normal(size=len(log))
    each = np.minimum(HOURS["median"] * np.exp(log), HOURS["most"])
    ends = np.append(0.0, np.cumsum(each))[np.append(0, np.cumsum(working.ravel()))]
    return np.diff(ends).reshape(working.shape)


def expected_hours() -> float:
    """The mean of `hours`."""
    mu, sd, most = np.log(HOURS["median"]), HOURS["log sd"], HOURS["most"]
    cut = (np.log(most) - mu) / sd
    whole = np.exp(mu + sd**2 / 2) * stats.norm.cdf(cut - sd) + most * stats.norm.sf(cut)
    return float(HOURS["in work"] * whole)


def mean(totals: FloatArray, sizes: IntArray) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Means (runs,), CR2 standard errors, Satterthwaite's degrees of freedom, CR1 errors."""
    n, g = sizes.sum(), len(sizes)
    value, h = totals.sum(axis=1) / n, sizes / n
    off = (totals - sizes * value[:, None]) / n
    q = np.diag(h / (1 - h)) - np.outer(h, h) / np.sqrt(np.outer(1 - h, 1 - h))
    df = np.trace(q) ** 2 / (q**2).sum()
    cr1 = np.sqrt(g / (g - 1) * (off**2).sum(axis=1))
    return value, np.sqrt((off**2 / (1 - h)).sum(axis=1)), float(df), cr1


def contrast(
    totals: tuple[FloatArray, FloatArray], sizes: tuple[IntArray, IntArray]
) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Differences of two groups (first minus second) as `mean` gives means.

    All arrays have a column for each unit that has people in either group: a unit in both is one.
    """
    signs, values, off1, off2, own, along = (1, -1), [], 0.0, 0.0, 0.0, []
    for sign, total, size in zip(signs, totals, sizes, strict=True):
        n = size.sum()
        h, value = size / n, total.sum(axis=1, keepdims=True) / n
        off = sign * (total - size * value) / n
        values.append(value[:, 0])
        off1, off2 = off1 + off, off2 + off / np.sqrt(1 - h)
        own = own + h / (1 - h) / n
        along.append(sign * h / np.sqrt((1 - h) * n))
    q = np.diag(own) - np.stack(along, axis=1) @ np.stack(along)
    df, g = np.trace(q) ** 2 / (q**2).sum(), len(sizes[0])
    cr1 = np.sqrt(g / (g - 1) * (off1**2).sum(axis=1))
    return values[0] - values[1], np.sqrt((off2**2).sum(axis=1)), float(df), cr1


def log_odds(value: FloatArray, half: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Limits symmetric in log-odds; without width where everybody or nobody has it."""
    inside = (value > 0) & (value < 1)
    p = np.where(inside, value, 0.5)
    half = half / (p * (1 - p))
    low, high = expit(logit(p) - half), expit(logit(p) + half)
    return np.where(inside, low, value), np.where(inside, high, value)


def korn_graubard(
    value: FloatArray, se: FloatArray, t: float, n: int
) -> tuple[FloatArray, FloatArray]:
    """Exact binomial limits with the number of people the standard error is worth, at most all."""
    spread = value * (1 - value)
    worth = (stats.t.ppf(0.975, n - 1) / t) ** 2 * spread / np.where(se > 0, se, np.inf) ** 2
    worth = np.minimum(np.where(se > 0, worth, n), n)
    x = value * worth
    low = betaincinv(np.maximum(x, 1e-9), worth - x + 1, 0.025)
    high = betaincinv(x + 1, np.maximum(worth - x, 1e-9), 0.975)
    return np.where(value > 0, low, 0), np.where(value < 1, high, 1)


def exchanged(
    totals: FloatArray, sizes: IntArray, marks: NDArray[np.bool_]
) -> dict[str, FloatArray]:
    """Size (A, runs) of the difference under each of the assignments `marks` (A, G) of an element.

    As it stands, and divided by its CR1 or CR2 standard error (but for a constant).
    """
    s, difference, spread = totals.T, 0.0, {"CR1": 0.0, "CR2": 0.0}
    for arm, sign in ((marks * 1.0, 1), (~marks * 1.0, -1)):
        people = (arm @ sizes)[:, None]
        value = arm @ s / people
        difference = difference + sign * value
        for kind, w in (("CR1", arm), ("CR2", arm / (1 - arm * sizes / people))):
            squares = w @ s**2 - 2 * value * ((w * sizes) @ s) + value**2 * (w @ sizes**2)[:, None]
            spread[kind] += np.maximum(squares, 0) / people**2
    difference = np.abs(difference)
    found = {"difference": difference}
    with np.errstate(divide="ignore", invalid="ignore"):
        for kind, variance in spread.items():
            t = difference / np.sqrt(variance)
            found[f"{kind}-studentised"] = np.where(np.isnan(t), 0, t)
    return found
