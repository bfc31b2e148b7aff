"""Re-estimates a curve on reweighted clusters, thousands of times in a second.

Every curve here needs the data only through totals per cluster: sums and counts for a share,
counts of transitions for an occupancy. Leaving a cluster out, or drawing clusters with replacement,
is then a matrix of weights times those totals, and no row of the panel is touched again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDING = 1e-12
"""Below this a standard error or a distance is zero up to rounding."""
_AT_ONCE = 4096
"""Samples estimated together: more only take memory."""


Statistic = Callable[[Floats], Floats]
"""An estimate (B, months) as a function of weights (B, G) of the G clusters."""


@dataclass(frozen=True)
class Ratio:
    """A mean per month: sums and counts per cluster, both (G, months)."""

    sums: Floats
    counts: Floats

    def __call__(self, weights: Floats) -> Floats:
        """Means (B, months); NaN where the weights leave nobody."""
        counts = weights @ self.counts
        return (weights @ self.sums) / np.where(counts > 0, counts, np.nan)


@dataclass(frozen=True)
class Transitions:
    """An Aalen-Johansen estimate.

    Per cluster: people by state in month 0 (G, S), and moves into each later month from one state
    (third axis) to another (fourth): (G, months - 1, S, S).
    """

    start: Floats
    moves: Floats

    def __call__(self, weights: Floats) -> Floats:
        """Occupancy (B, months, S). A state without anybody at risk keeps its people."""
        states = self.start.shape[1]
        moves = np.tensordot(weights, self.moves, axes=1)
        risk = moves.sum(axis=-1, keepdims=True)
        chance = np.where(risk > 0, moves / np.where(risk > 0, risk, 1), np.eye(states))
        start = weights @ self.start
        people = start.sum(axis=1, keepdims=True)
        path = [start / np.where(people > 0, people, np.nan)]
        for month in range(moves.shape[1]):
            path.append(np.einsum("bh,bhj->bj", path[-1], chance[:, month]))
        return np.stack(path, axis=1)


@dataclass(frozen=True)
class Difference:
    """One statistic less another of the same G clusters; `members` (G, 2) says which are in it."""

    first: Statistic
    second: Statistic
    members: NDArray[np.bool_]

    def __call__(self, weights: Floats) -> Floats:
        """Differences (B, months)."""
        return self.first(weights) - self.second(weights)


def jackknife(statistic: Statistic, clusters: int) -> tuple[Floats, Floats]:
    """The estimates, and standard errors from leaving out one of the G clusters at a time.

    Convention: variance = (G-1)/G x sum of (estimate without g - mean of these)^2. Of a difference,
    what a cluster adds to either estimate, each by its own G, is subtracted before it is squared.

    >>> one_person_each = Ratio(np.array([[1.0], [2.0], [6.0]]), np.ones((3, 1)))
    >>> value, se = jackknife(one_person_each, 3)
    >>> value.tolist(), round(float(se[0] ** 2 * 3), 9)  # the sample variance
    ([3.0], 7.0)
    """
    every = np.ones((1, clusters))
    return statistic(every)[0], _spread(statistic, every)[0]


def bootstrap_weights(strata: NDArray[np.intp], draws: int, seed: int) -> Floats:
    """How often each of G clusters is drawn in each of `draws` samples of G: (draws, G).

    `strata` (G,) are codes; a stratum's clusters are drawn among themselves, so that every sample
    has as many of each kind as there are.

    >>> bootstrap_weights(np.array([0, 0, 1]), 2, seed=1).sum(axis=1).tolist()
    [3.0, 3.0]
    """
    rng = np.random.default_rng(seed)
    weights = np.zeros((draws, len(strata)))
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        weights[:, own] = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=draws)
    return weights


def studentised(statistic: Statistic, weights: Floats) -> Floats:
    """|estimate of a draw - estimate| in standard errors of that draw's own jackknife.

    `weights` are whole numbers (draws, G); the result has the shape of the estimates after the
    first axis. Within a draw, a cluster drawn w times is left out once for each of the w. A draw
    without spread in a month is infinitely far off unless it hits the estimate; NaN where the draw,
    or the draw less one cluster, has nobody in a month.
    """
    pieces = -(-weights.size // _AT_ONCE)
    se = np.concatenate([_spread(statistic, part) for part in np.array_split(weights, pieces)])
    distance = np.abs(statistic(weights) - statistic(np.ones((1, weights.shape[1]))))
    far = np.where(distance < ROUNDING, 0.0, np.inf)
    deviations = np.where(se < ROUNDING, far, distance / np.maximum(se, ROUNDING))
    return np.where(np.isnan(distance), np.nan, deviations)


def _spread(statistic: Statistic, weights: Floats) -> Floats:
    """The jackknife standard errors (draws, months) of the estimates under `weights`."""
    if isinstance(statistic, Difference):
        first, second = statistic.members.T
        off = _left_out(statistic.first, weights, first)
        off -= _left_out(statistic.second, weights, second)
    else:
        off = _left_out(statistic, weights, np.ones(weights.shape[1], dtype=bool))
    return np.asarray(np.sqrt((weights[:, :, None] * off**2).sum(axis=1)))


def _left_out(statistic: Statistic, weights: Floats, members: NDArray[np.bool_]) -> Floats:
    """What the estimates (draws, G, months) less one copy of a cluster are off their mean.

    Times the root of (G-1)/G, G counting copies of the statistic's `members`, so that the sum of
    squares is the variance; zero for a cluster that is not drawn.
    """
    draws, clusters = weights.shape
    without = np.maximum(weights[:, None, :] - np.eye(clusters), 0).reshape(-1, clusters)
    left = statistic(without).reshape(draws, clusters, -1)
    times = (weights * members)[:, :, None]
    count = np.maximum(times.sum(axis=1, keepdims=True), 1)
    left = np.where(times > 0, left, 0)
    middle = (times * left).sum(axis=1, keepdims=True) / count
    return np.asarray(np.sqrt(1 - 1 / count) * np.where(times > 0, left - middle, 0))
