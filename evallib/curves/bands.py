"""Bands that hold a whole curve at once, for curves that are compared as curves.

A pointwise interval misses somewhere along ten months far more often than 5 percent of the time.
The band here is value +- c x SE with one c for all months: the quantile of the largest studentised
deviation along the curve over bootstrap samples of clusters. Studentising inside each sample (its
own jackknife) is what makes c large enough with few clusters; dividing by one fixed SE leaves a
band that holds the curve in about 85 percent of samples with 17 clusters
(tests/simulations/coverage.csv).
"""

import math
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.curves.curve import Curve, groups_of
from evallib.curves.moves import tabulate, transitions
from evallib.curves.resampling import (
    ROUNDING,
    Floats,
    Of,
    Ratio,
    Statistic,
    bootstrap_weights,
    jackknife_se,
    studentised,
)
from evallib.errors import EstimationError, need_columns, one_of
from evallib.inference.estimate import check_level, cluster_codes, estimator

FEWEST_CLUSTERS = 10
SEED = 20170224
"""Of the bootstrap draws, so that the same data give the same band."""
Kind = Literal["share", "change", "occupancy"]
"""Share or mean among those observed; mean change since month 0 within persons; Aalen-Johansen."""


@estimator
def simultaneous(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    kind: Kind = "share",
    draws: int = 999,
    person: str = "person_id",
) -> Curve:
    """The curve of `outcome` with a band that holds all its months together at `level`.

    Parameters
    ----------
    panel, outcome, by, cluster, level, person
        As for `curves.ever`.
    kind
        "share": share or mean among those observed; "change": mean change since month 0 within
        persons; "occupancy": Aalen-Johansen.
    draws
        Bootstrap samples of clusters; their seed is fixed, so that the same data give the same
        band.

    Returns
    -------
    Curve
        In the unit of the outcome; low and high are the band.

    Raises
    ------
    EstimationError
        A group has fewer than 10 clusters: there are too few distinct samples of clusters for a
        quantile of their largest deviation. Pointwise intervals remain.
    """
    check_level(level)
    frames = []
    for group, part in groups_of(panel, by):
        statistic = statistic_of(part, outcome, cluster, person, kind, f"group {group!r}")
        _enough_clusters(statistic.clusters, group)
        se = jackknife_se(statistic)
        times = _largest(statistic, ~(se <= ROUNDING), level, draws, group)
        frames.append(tabulate(part, statistic, group, level, se, times))
    method = f"simultaneous over months: sup-t, studentised cluster bootstrap ({draws} draws)"
    frame = pd.concat(frames, ignore_index=True)
    return Curve(frame, f"{kind} of {outcome}", level, method, by or "")


def _enough_clusters(count: int, group: object) -> None:
    if count < FEWEST_CLUSTERS:
        raise EstimationError(
            f"Group {group!r} has {count} clusters, which give only "
            f"{math.comb(2 * count - 1, count):,} distinct bootstrap samples; a simultaneous band "
            f"is not drawn below {FEWEST_CLUSTERS} clusters. Use the pointwise intervals."
        )


def _largest(
    statistic: Statistic, varies: NDArray[np.bool_], level: float, draws: int, group: object
) -> float:
    """The quantile over draws of the largest deviation along the curve."""
    weights = bootstrap_weights(statistic.clusters, draws, SEED)
    largest = studentised(statistic, weights)[:, varies].max(axis=1)
    usable = largest[np.isfinite(largest)]
    if len(usable) < draws * (1 + level) / 2:
        raise EstimationError(
            f"In {1 - len(usable) / draws:.0%} of the bootstrap samples of group {group!r} nobody "
            "is observed in some month, or nobody differs: too few clusters reach it. Shorten the "
            "horizon."
        )
    return float(np.quantile(usable, level, method="higher"))


def statistic_of(
    part: pd.DataFrame, outcome: str, cluster: str, person: str, kind: Kind, what: str
) -> Statistic:
    """One group's curve as a statistic of cluster totals (`evallib.curves.resampling`)."""
    need_columns(part, [outcome, cluster, person, "month"])
    if one_of(kind, Kind, "kind") == "occupancy":
        held = part.assign(__held=part[outcome].astype(bool).astype(str))
        moves = transitions(held, "__held", ["False", "True"], cluster, person, what)
        return Of(moves, lambda path: path[:, :, 1])
    values = part[outcome].astype(float)
    if kind == "change":
        first = part[part["month"] == 0].set_index(person)[outcome].astype(float)
        values = values - part[person].map(first)
    return ratio(part, np.asarray(values, dtype=np.float64), cluster, what)


def ratio(part: pd.DataFrame, values: Floats, cluster: str, what: str) -> Ratio:
    """Sums and counts of `values` per cluster and month."""
    unit, names = cluster_codes(part[cluster], what)
    month = part["month"].to_numpy()
    shape = (len(names), int(month.max()) + 1)
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (unit, month), values)
    np.add.at(counts, (unit, month), 1)
    return Ratio(sums, counts)
