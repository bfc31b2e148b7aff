"""Bands that hold a whole curve at once, and differences between the curves of two groups.

A pointwise interval misses somewhere along ten months far more often than 5 percent of the time.
The band here is value +- c x SE with one c for all months: the quantile of the largest studentised
deviation along the curve over bootstrap samples of clusters. Studentising inside each sample (its
own jackknife) is what makes c large enough with few clusters; a band with one fixed SE instead is
too narrow (tests/simulations/coverage.csv).

A unit that has people in both groups is one cluster of a difference: it is left out, or drawn, for
both at once, so that what its people share cancels instead of being counted twice. Units of one
group, of the other and of both are drawn each among themselves, so that a sample has as many of
either group as there are; drawn all together, the band of a difference is wider than it need be.
"""

import math
import re
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from evallib.curves.base import JACKKNIFE, Base, Range, base_of, jackknifed, range_of, slopes
from evallib.curves.curve import Curve, Estimates, curve_of
from evallib.curves.entry import by_entry, entries
from evallib.curves.moves import transitions
from evallib.curves.resampling import (
    ROUNDING,
    Difference,
    Ratio,
    Statistic,
    bootstrap_weights,
    jackknife,
    studentised,
)
from evallib.errors import EstimationError, one_of
from evallib.inference.estimate import check_level, estimator
from evallib.inference.frames import panel_of, two_groups

FEWEST_CLUSTERS = 10
SEED = 20170224
"""Of the bootstrap draws, so that the same data give the same band."""
Kind = Literal["share", "change", "occupancy", "standardised"]
"""Share or mean among those observed; mean change since month 0 within persons; Aalen-Johansen;
standardised to everybody who entered."""
_METHOD = "simultaneous over months: sup-t, studentised cluster bootstrap ({} draws)"


@estimator
def simultaneous(  # noqa: PLR0913 - the names of six columns, and which curve
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    kind: Kind = "share",
    draws: int = 999,
    person: str = "person_id",
    time: str = "month",
    calendar: str = "calendar",
) -> Curve:
    r"""The curve of `outcome` with a band that holds all its months together at `level`.

    Parameters
    ----------
    panel, outcome, by, cluster, level, person, time
        As for `curves.share`, or `curves.mean`.
    kind
        "share": share or mean among those observed; "change": mean change since month 0 within
        persons; "occupancy": Aalen-Johansen; "standardised": to everybody who entered.
    draws
        Bootstrap samples of clusters; their seed is fixed, so that the same data give the same
        band.
    calendar
        As for `curves.standardised`; of no other kind.

    Returns
    -------
    Curve
        In the unit of the outcome; low and high are the band.

    Raises
    ------
    DataError
        The panel is not what it must be for this kind of curve.
    EstimationError
        A group has fewer than 10 clusters: there are too few distinct samples of clusters for a
        quantile of their largest deviation. Pointwise intervals remain. A month is reached by too
        few clusters to be in nearly every sample.

    Notes
    -----
    The band is $\hat\theta_k \pm c\,\mathrm{se}_k$ for all months k, with the cluster jackknife's

    $$\mathrm{se}_k^2 = \frac{G-1}{G} \sum_g \left(\hat\theta_k^{(-g)} - \bar\theta_k\right)^2$$

    and c the quantile `level` of $\max_k |\hat\theta^*_k - \hat\theta_k| / \mathrm{se}^*_k$ over
    bootstrap samples of the G clusters.

    Assumes that units are independent and drawn alike, and that there are enough of them for the
    bootstrap's quantile (10 or more). How often it holds the truth stands in
    `tests/simulations/coverage.csv`.

    References
    ----------
    Cameron, Gelbach and Miller (2008) on studentising in bootstrap samples of clusters.

    Examples
    --------
    >>> units = list("ABCDEFGHIJKL")
    >>> panel = pd.DataFrame({"person_id": range(48), "route": 1, "month": 0, "project": units * 4,
    ...                       "employed": [0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0] * 3 + [1, 0] * 6})
    >>> at_once = simultaneous(panel, draws=199).at(1, 0)
    >>> bool(at_once.low < at_once.value < at_once.high)
    True
    """
    check_level(level)
    check = partial(panel_of, panel, outcome, by=by, cluster=cluster, person=person, time=time)
    rows, spans = _rows(check, kind, calendar, time)
    made: Estimates = {}
    for group, part in rows.groupby("group"):
        (coded,), base = base_of(part, [group], time)
        statistic = statistic_of(coded, kind, base)
        multiple = _multiple(statistic, base, [group], level, draws)
        made |= jackknifed(statistic, base, spans, level, _METHOD.format(draws), multiple)
    return curve_of(made, f"{kind} of {outcome}", level, by, time)


@estimator
def difference(  # noqa: PLR0913 - the names of six columns, two groups and which curve
    panel: pd.DataFrame,
    outcome: str,
    a: object,
    b: object,
    by: str = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    kind: Kind = "share",
    simultaneous: bool = False,
    draws: int = 999,
    person: str = "person_id",
    time: str = "month",
    calendar: str = "calendar",
) -> Curve:
    r"""The curve of group `a` minus that of group `b`, as far as both are observed.

    Parameters
    ----------
    panel, outcome, by, cluster, level, kind, draws, person, time, calendar
        As for `simultaneous`.
    a, b
        Two values of the column of groups.
    simultaneous
        A band that holds all months together instead of pointwise intervals.

    Returns
    -------
    Curve
        In the unit of the outcome, of one group "a - b"; n and clusters count those of both groups
        in the month, a unit in both once. Pointwise, "share" and "change" have CR2 with
        Satterthwaite degrees of freedom, as `inference.contrast` in each month; the others have
        the cluster jackknife, with the degrees of freedom that contrast has.

    Raises
    ------
    DataError
        The panel is not what it must be for this kind of curve.
    EstimationError
        A group is not there, is compared with itself, or has fewer than two clusters; for a band,
        fewer than 10, or too few that reach the last month.

    Warns
    -----
    EstimationWarning
        One cluster alone carries a difference, such as the only one of a group that is still
        observed: the number has no interval.

    Notes
    -----
    $$\hat\delta_k = \hat\theta_k^a - \hat\theta_k^b,$$

    where $\hat\theta_k$ is the curve of the chosen kind. Pointwise shares and changes are the slope
    of a least squares on the group; of the other kinds the cluster jackknife leaves a unit out of
    both groups at once.

    Assumes that units are independent. It is a difference between the people who were there, and an
    effect only if the groups had received the same people: `models.standardised_contrast` removes
    what was measured.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018). Cameron, Gelbach and Miller (2008) for
    the band.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("abcdefgh"), "route": [1] * 4 + [2] * 4,
    ...                       "month": 0, "project": list("AABBCCDD"),
    ...                       "employed": [1, 1, 1, 0, 0, 0, 1, 0]})
    >>> round(difference(panel, "employed", 1, 2).at("1 - 2", 0).value, 3)
    0.5
    """
    check_level(level)
    check = partial(panel_of, panel, outcome, by=by, cluster=cluster, person=person, time=time)
    rows, spans = _rows(check, kind, calendar, time, two=True)
    two_groups(panel, by, a, b, cluster)
    pair, base = base_of(rows[rows["group"].isin([a, b])], [a, b], time)
    if kind in ("share", "change") and not simultaneous:
        both = pd.concat([pair[0].assign(x=1.0), pair[1].assign(x=0.0)])
        with warnings.catch_warnings():
            if kind == "change":  # 0 - 0 by definition
                warnings.filterwarnings("ignore", f".* in {re.escape(time)} 0 does not vary")
            made = slopes(both.rename(columns={"outcome": "y"}), base, base.times, spans, level)
    else:
        first, second = (statistic_of(one, kind, base) for one in pair)
        statistic = Difference(first, second, base.people.sum(axis=0) > 0)
        multiple = _multiple(statistic, base, [a, b], level, draws) if simultaneous else None
        method = _METHOD.format(draws) if simultaneous else JACKKNIFE
        made = jackknifed(statistic, base, spans, level, method, multiple)
    return curve_of(made, f"difference in {kind} of {outcome}", level, by, time)


def _rows(
    check: Callable[..., pd.DataFrame], kind: Kind, calendar: str, time: str, *, two: bool = False
) -> tuple[pd.DataFrame, Range]:
    """A panel, once such a curve can be made of it, and the range of the curve, or of two's."""
    if one_of(kind, Kind, "kind") == "share":
        rows = check("number")
        return rows, range_of(rows["outcome"], difference=two)
    if kind == "change":
        rows = check("number", follow="start")
        first = rows.groupby("person")["outcome"].transform("first")
        spans = range_of(rows["outcome"], change=True, difference=two)
        return rows.assign(outcome=rows["outcome"] - first), spans
    more = {"calendar": (calendar, "state")} if kind == "standardised" else None
    rows = check("event", follow="all", more=more)
    if more:
        rows = rows.assign(entry=entries(rows, time))
    return rows, range_of(rows["outcome"], difference=two)


def _multiple(
    statistic: Statistic, base: Base, groups: Sequence[object], level: float, draws: int
) -> float:
    """The quantile over draws of the largest studentised deviation along the curve."""
    for group, count in zip(groups, base.people.any(axis=0).sum(axis=0).tolist(), strict=True):
        if count < FEWEST_CLUSTERS:
            raise EstimationError(
                f"Group {group!r} has {count} clusters, which give only "
                f"{math.comb(2 * count - 1, count):,} distinct bootstrap samples; a simultaneous "
                f"band is not drawn below {FEWEST_CLUSTERS} clusters. Use the pointwise intervals."
            )
    strata = np.unique(base.people.any(axis=0), axis=0, return_inverse=True)[1]
    weights = bootstrap_weights(strata, draws, SEED)
    varies = ~(jackknife(statistic, len(base.units))[1] <= ROUNDING)
    nowhere = 0.0 if varies.any() else np.nan
    largest = studentised(statistic, weights).max(axis=1, where=varies, initial=nowhere)
    usable = largest[np.isfinite(largest)]
    reached = all(base.reference(row)[1] is None for row in range(len(base.times)))
    if len(usable) < draws * (1 + level) / 2 or not reached:
        raise EstimationError(
            f"In {1 - len(usable) / draws:.0%} of the bootstrap samples of group "
            f"{' or '.join(map(repr, groups))} nobody is observed at some time, or nobody differs, "
            "or one cluster alone is left: too few clusters reach it. Shorten the horizon."
        )
    return float(np.quantile(usable, level, method="higher"))


def statistic_of(rows: pd.DataFrame, kind: Kind, base: Base) -> Statistic:
    """One group's curve as a statistic of cluster totals, at the times of a base."""
    at, units = np.searchsorted(np.unique(rows["time"]), base.times), len(base.units)
    if kind == "occupancy":
        moves = transitions(rows, 2, units)
        return lambda weights: moves(weights)[:, at, 1]
    made = by_entry(rows, units) if kind == "standardised" else _ratio(rows, units)
    return lambda weights: made(weights)[:, at]


def _ratio(rows: pd.DataFrame, units: int) -> Ratio:
    """Sums and counts of the outcome per cluster and time."""
    times, column = np.unique(rows["time"], return_inverse=True)
    cell = (rows["unit"].to_numpy(), column)
    sums, counts = np.zeros((units, len(times))), np.zeros((units, len(times)))
    np.add.at(sums, cell, rows["outcome"])
    np.add.at(counts, cell, 1)
    return Ratio(sums, counts)
