"""The wild cluster bootstrap: had chance turned the other way in some units.

A regression with few clusters has no units to exchange where its regressor differs within them.
What may be turned is what the hypothesis leaves unexplained: under it, the residuals of a unit
could as well have had the other sign. A draw turns those of some units, fits again and compares.
Imposing the hypothesis first is what keeps the size (Cameron, Gelbach and Miller 2008); where only
a few units are treated the test hardly ever rejects if they are small and too often if they are
large, and permutation is the better one (MacKinnon and Webb 2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evallib.errors import EstimationError
from evallib.inference.cr2 import FloatArray
from evallib.inference.estimate import check_level
from evallib.inference.inversion import (
    BLOCK,
    DRAWS,
    LIMIT,
    Inversion,
    Partial,
    Scores,
    numbers,
    sums,
)

FEW = 12  # clusters below which two signs give too few different draws
SIGNS = np.array([1.0, -1.0])
"""Rademacher's weights."""
SIX = np.sqrt([0.5, 1.0, 1.5]).repeat(2) * np.tile(SIGNS, 3)
"""Webb's weights."""


@dataclass(frozen=True, kw_only=True)
class WildBootstrap(Inversion):
    """A coefficient of a regression, judged by turning the residuals of whole clusters."""


def bootstrap(
    fit: Partial, *, what: str, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> WildBootstrap:
    """Restricted wild cluster bootstrap of one coefficient, studentised by CR1.

    Parameters
    ----------
    fit
        The regressor apart from the others.
    what
        Its name in errors.
    level
        Nominal coverage of the interval that `decisions.verdicts` starts from.
    draws, seed
        As many random draws if there are over a million ways to weight the clusters; up to there
        all are listed. Weights are Rademacher's, below 12 clusters Webb's.

    Raises
    ------
    EstimationError
        One cluster alone carries the coefficient.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with clustered
    errors. Webb (2023), Reworking wild bootstrap-based inference for clustered errors. MacKinnon
    and Webb (2018), The wild bootstrap for few (treated) clusters.
    """
    if fit.alone is not None:
        raise EstimationError(
            f"'{what}' cannot be told from cluster {fit.alone}, which alone carries it, so turning "
            "residuals says nothing of it. Leave the term out, or compare over more units."
        )
    count, few = fit.units, fit.units < FEW
    points = SIX if few else SIGNS
    listed = len(points) ** count <= LIMIT
    blocks = _all(points, count) if listed else _some(points, count, draws, seed)
    found = numbers(_scores(fit, blocks))
    ways = found.shape[1]
    smallest = len(points) / ways if listed else 1 / (1 + ways)
    return WildBootstrap(
        value=fit.value, se=fit.se, smallest_p=smallest, units=count, n=len(fit.codes),
        level=check_level(level), drawn=not listed, draws=found,
        method=f"restricted wild cluster bootstrap, CR1, {'all' if listed else 'random'} {ways} "
        f"draws of {'Webb' if few else 'Rademacher'} weights",
    )  # fmt: skip


def _all(points: FloatArray, clusters: int) -> Iterator[FloatArray]:
    """Every way to give each cluster one of the weights `points`, in blocks (a, G)."""
    total, places = len(points) ** clusters, len(points) ** np.arange(clusters)
    for start in range(0, total, BLOCK):
        order = np.arange(start, min(start + BLOCK, total))
        yield points[order[:, None] // places % len(points)]


def _some(points: FloatArray, clusters: int, draws: int, seed: int) -> Iterator[FloatArray]:
    """`draws` random weights of the clusters, in blocks (a, G)."""
    rng = np.random.default_rng(seed)
    for start in range(0, draws, BLOCK):
        yield rng.choice(points, (min(BLOCK, draws - start), clusters))


def _scores(fit: Partial, blocks: Iterator[FloatArray]) -> Iterator[Scores]:
    """Scores by cluster under weights w (G,) of the clusters' residuals.

    Of the weighted residuals, the others (with basis Q) are taken out again: in cluster g the
    score is x_g'(w_g u_g) - x_g'Q_g sum_h(w_h Q_h'u_h), from cross-products by cluster alone.
    """
    x, codes = fit.regressor, fit.codes
    load = sums(fit.others * x[:, None], codes)
    own = sums(x * x, codes)
    totals = [
        (sums(x * column, codes), sums(fit.others * column[:, None], codes) @ load.T)
        for column in (fit.residuals, x)
    ]
    for weights in blocks:
        residual, seen = (weights * total - weights @ inner for total, inner in totals)
        yield residual, seen, np.broadcast_to(own, weights.shape)
