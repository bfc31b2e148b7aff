"""Re-estimates a curve on reweighted clusters, thousands of times in a second.

Every curve here needs the data only through totals per cluster: sums and counts for a share,
counts of transitions for an occupancy. Leaving a cluster out, or drawing clusters with replacement,
is then a matrix of weights times those totals, and no row of the panel is touched again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDING = 1e-12
"""Below this a standard error or a distance is zero up to rounding."""


class Statistic(Protocol):
    """An estimate as a function of cluster weights."""

    @property
    def clusters(self) -> int:
        """Number of clusters, G."""

    def __call__(self, weights: Floats) -> Floats:
        """Estimates, shape (B, ...), under weights of shape (B, G)."""


@dataclass(frozen=True)
class Ratio:
    """A mean per month: sums and counts per cluster, both (G, months)."""

    sums: Floats
    counts: Floats

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.sums)

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

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.start)

    def __call__(self, weights: Floats) -> Floats:
        """Occupancy (B, months, S). A state without anybody at risk keeps its people."""
        states = self.start.shape[1]
        moves = np.tensordot(weights, self.moves, axes=1)
        risk = moves.sum(axis=-1, keepdims=True)
        chance = np.where(risk > 0, moves / np.where(risk > 0, risk, 1), np.eye(states))
        start = weights @ self.start
        path = [start / start.sum(axis=1, keepdims=True)]
        for month in range(moves.shape[1]):
            path.append(np.einsum("bh,bhj->bj", path[-1], chance[:, month]))
        return np.stack(path, axis=1)


@dataclass(frozen=True)
class Of:
    """A function of another statistic's estimates, such as one state of an occupancy."""

    statistic: Statistic
    function: Callable[[Floats], Floats]

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return self.statistic.clusters

    def __call__(self, weights: Floats) -> Floats:
        """The function of the estimates; their first axis stays."""
        result: Floats = self.function(self.statistic(weights))
        return result


def point(statistic: Statistic) -> Floats:
    """The estimate itself: every cluster once."""
    estimate: Floats = statistic(np.ones((1, statistic.clusters)))[0]
    return estimate


def jackknife_se(statistic: Statistic) -> Floats:
    """Standard errors from leaving out one cluster at a time.

    Convention: variance = (G-1)/G x sum of (estimate without g - mean of these)^2.

    >>> one_person_each = Ratio(np.array([[1.0], [2.0], [6.0]]), np.ones((3, 1)))
    >>> round(float(jackknife_se(one_person_each)[0] ** 2 * 3), 9)  # the sample variance
    7.0
    """
    count = statistic.clusters
    without = statistic(1.0 - np.eye(count))
    deviations = without - without.mean(axis=0)
    return np.asarray(np.sqrt((count - 1) / count * (deviations**2).sum(axis=0)))


def bootstrap_weights(clusters: int, draws: int, seed: int) -> Floats:
    """How often each of G clusters is drawn in each of `draws` samples of G: (draws, G)."""
    chances = np.full(clusters, 1 / clusters)
    return np.random.default_rng(seed).multinomial(clusters, chances, size=draws).astype(float)


def studentised(statistic: Statistic, weights: Floats) -> Floats:
    """|estimate of a draw - estimate| in standard errors of that draw's own jackknife.

    `weights` are whole numbers (draws, G); the result has the shape of the estimates after the
    first axis. Within a draw, a cluster drawn w times is left out once for each of the w. A draw
    without spread in a month is infinitely far off unless it hits the estimate; NaN where the draw,
    or the draw less one cluster, has nobody in a month.
    """
    draws, count = weights.shape
    without = np.maximum(weights[:, None, :] - np.eye(count), 0).reshape(-1, count)
    left = statistic(without).reshape(draws, count, -1)
    times = weights[:, :, None]
    left = np.where(times > 0, left, 0)
    middle = (times * left).sum(axis=1, keepdims=True) / count
    squares = (times * (left - middle) ** 2).sum(axis=1)
    se = np.sqrt((count - 1) / count * squares)
    drawn = statistic(weights)
    distance = np.abs(drawn - point(statistic)).reshape(draws, -1)
    far = np.where(distance < ROUNDING, 0.0, np.inf)
    deviations = np.where(se < ROUNDING, far, distance / np.maximum(se, ROUNDING))
    return np.where(np.isnan(distance), np.nan, deviations).reshape(drawn.shape)
