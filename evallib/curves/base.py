"""What a curve rests on in each month, and the estimates made on it.

An Aalen-Johansen or a standardised share has no formula for its degrees of freedom. A mean of the
same people has: Satterthwaite's for CR2, which need the sizes of the units alone. They are taken
for every curve, from the units that are still there in the month. Where one unit alone is left, its
spread is unknown. A plain mean of it is then refused: it is a number of that unit. A chained share,
a slope or a difference, which the other units share in, is given without an interval, and a warning
says so.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from evallib.curves.curve import Curve, Estimates, curve_of
from evallib.curves.resampling import Floats, Statistic, jackknife
from evallib.errors import EstimationError, EstimationWarning
from evallib.inference.cr2 import IntArray, covariance
from evallib.inference.estimate import Bounds, Estimate, t_estimate
from evallib.inference.frames import cluster_codes
from evallib.inference.means import cluster_mean, slope

JACKKNIFE = "cluster jackknife, t with Satterthwaite df"
Range = tuple[Bounds | None, bool]
"""The bounds of a quantity, and whether it is a difference (see `Estimate`)."""
SHARE: Range = ((0.0, 1.0), False)


@dataclass(frozen=True)
class Base:
    """Who the estimates of one group, or of the difference of two, rest on.

    `group` is the label in a curve, `what` the name in a message. At `times` (T,), in `units` (G),
    there are `people` (T, G, groups).
    """

    group: object
    what: str
    time: str
    times: IntArray
    units: list[str]
    people: Floats

    def at(self, time: int) -> "Base":
        """The base of one time."""
        row = self.times == time
        return replace(self, times=self.times[row], people=self.people[row])

    def reference(self, row: int) -> tuple[float, str | None]:
        """Degrees of freedom of the mean, or difference in means, of those there at a time."""
        unit, group = np.nonzero(self.people[row])
        design = np.column_stack([np.ones(len(unit)), group == 0])[:, : self.people.shape[2]]
        root = np.sqrt(self.people[row, unit, group])[:, None] * design
        return reference(root, unit, self.units)

    def say_alone(self, alone: Mapping[int, str]) -> None:
        """Warn of the times at which one unit alone carries an estimate."""
        if alone:
            where = ", ".join(f"{unit} in {self.time} {at}" for at, unit in alone.items())
            warnings.warn(
                f"One unit alone carries what is estimated of {self.what}: {where}. The number has "
                "no interval there. Shorten the horizon, or join units.",
                EstimationWarning,
                stacklevel=5,
            )


def reference(root: Floats, codes: IntArray, units: list[str]) -> tuple[float, str | None]:
    """Satterthwaite's degrees of freedom of a regression's last coefficient, by CR2.

    `root` (n, k) are rows whose cross-product is the information, `codes` (n,) their units. Beside
    it the unit that alone carries the coefficient; then the degrees of freedom are NaN.
    """
    made = covariance(root, np.zeros_like(root), codes, "CR2")
    last = np.eye(root.shape[1])[-1]
    alone = made.rests_on(last)
    return (made.df(last), None) if alone is None else (np.nan, units[alone])


def base_of(
    rows: pd.DataFrame, groups: Sequence[Any], time: str
) -> tuple[list[pd.DataFrame], Base]:
    """The rows of one or two groups, with codes of units, and their base.

    Of two groups it has the times at which both are observed. Raises `EstimationError` where there
    are none, or fewer than two units.
    """
    group = groups[0] if len(groups) == 1 else " - ".join(map(str, groups))
    what = f"group {group!r}"
    codes, units = cluster_codes(rows["unit"], what)
    coded = rows.assign(unit=codes)
    parts = [coded[coded["group"] == member] for member in groups]
    times = reduce(np.intersect1d, [np.unique(part["time"]) for part in parts])
    if not len(times):
        raise EstimationError(f"There is no {time} in which both of {what} are observed.")
    people = np.zeros((len(times), len(units), len(groups)))
    for number, part in enumerate(parts):
        seen = part[part["time"].isin(times)]
        row, unit = np.searchsorted(times, seen["time"]), seen["unit"].to_numpy()
        np.add.at(people, (row, unit, number), 1)
    return parts, Base(group, what, time, times, units, people)


def range_of(outcome: pd.Series, *, change: bool = False, difference: bool = False) -> Range:
    """The range of a mean of `outcome`, of its change in persons, of the difference of either."""
    signed = change or difference
    if not outcome.isin([0.0, 1.0]).all():
        return None, signed
    return [(0.0, 1.0), (-1.0, 1.0), (-2.0, 2.0)][change + difference], signed


def ranged(one: Estimate, spans: Range, what: str) -> Estimate:
    """An estimate with the range of its column, whatever the values of one month are."""
    if (one.bounds, one.difference) == spans:
        return one
    return t_estimate(
        one.value, one.se, one.df, n=one.n, clusters=one.clusters, level=one.level,
        method=one.method, what=what, bounds=spans[0], difference=spans[1],
    )  # fmt: skip


def jackknifed(
    statistic: Statistic,
    base: Base,
    spans: Range,
    level: float,
    method: str = JACKKNIFE,
    multiple: float | None = None,
) -> Estimates:
    """A statistic at each time of its base, with the cluster jackknife's interval.

    `multiple` is how many standard errors a band has on either side, instead of the quantile of t.
    """
    made: Estimates = {}
    alone: dict[int, str] = {}
    value, se = jackknife(statistic, len(base.units))
    for row, at in enumerate(base.times.tolist()):
        df, unit = base.reference(row)
        clusters = int(base.people[row].any(axis=1).sum())
        one = Estimate(
            float(value[row]), np.nan, np.nan, float(se[row]), df, int(base.people[row].sum()),
            clusters, level, method,
        )  # fmt: skip
        if unit is not None:
            alone[at] = unit
            one = replace(one, se=np.nan, bounds=spans[0], difference=spans[1])
        elif multiple is None:
            one = ranged(one, spans, f"the estimate of {base.what} in {base.time} {at}")
        else:
            one = replace(one, bounds=spans[0], difference=spans[1])
            low, high = one.limits(multiple)
            one = replace(one, low=low, high=high)
        made[base.group, at] = one
    base.say_alone(alone)
    return made


def slopes(
    rows: pd.DataFrame, base: Base, times: Iterable[int], spans: Range, level: float
) -> Estimates:
    """Change in column `y` per step of column `x` at each time, as `means.slope`."""
    made: Estimates = {}
    alone: dict[int, str] = {}
    for at in map(int, times):
        cell = rows[rows["time"] == at]
        y, x, codes = (cell[name].to_numpy() for name in ("y", "x", "unit"))
        what = f"the slope of {base.what} in {base.time} {at}"
        design = np.column_stack([np.ones(len(x)), x - x.mean()])
        _, unit = reference(design, codes, base.units)
        if unit is None:
            made[base.group, at] = ranged(slope(y, x, codes, what, level), spans, what)
            continue
        alone[at] = unit
        value, gap = float(np.linalg.lstsq(design, y)[0][1]), np.nan
        made[base.group, at] = Estimate(
            value, gap, gap, gap, gap, len(y), len(set(codes)), level, "CR2", bounds=spans[0],
            difference=spans[1],
        )  # fmt: skip
    base.say_alone(alone)
    return made


def means(rows: pd.DataFrame, what: str, level: float, by: str | None, time: str) -> Curve:
    """The mean outcome of each group at each time, from rows of `panel_of`."""
    two_clusters(rows, what, time)
    spans = range_of(rows["outcome"])
    made = {
        (group, at): mean_of(cell, spans, level, f"{what} of group {group!r} in {time} {at}")
        for (group, at), cell in cells(rows)
    }
    return curve_of(made, what, level, by, time)


def mean_of(cell: pd.DataFrame, spans: Range, level: float, what: str) -> Estimate:
    """The mean outcome of some rows of `panel_of`."""
    return ranged(cluster_mean(cell["outcome"], cell["unit"], level=level, what=what), spans, what)


def cells(rows: pd.DataFrame) -> list[tuple[tuple[object, int], pd.DataFrame]]:
    """The rows of each group and time."""
    keyed: Any = rows.groupby(["group", "time"])
    return [((group, int(at)), cell) for (group, at), cell in keyed]


def two_clusters(rows: pd.DataFrame, what: str, time: str) -> None:
    """Raise an `EstimationError` that names every group and time with a single cluster."""
    units = rows.groupby(["group", "time"])["unit"].agg(["nunique", "first"])
    lone = units[units["nunique"] < 2].reset_index()
    if len(lone):
        where = "; ".join(
            f"group {group!r} in {time} {_listed(part)} ({unit})"
            for (group, unit), part in lone.groupby(["group", "first"])
        )
        raise EstimationError(
            f"{what} rests on 1 cluster: {where}. An interval needs at least two; shorten the "
            "horizon, or join units or groups."
        )


def kept(rows: pd.DataFrame, keep: pd.Series, per: list[str], what: str, time: str) -> pd.DataFrame:
    """The rows to keep, or an `EstimationError` that names the groups (and times) left empty."""
    left = keep.groupby([rows[name] for name in per]).any()
    if left.all():
        return rows[keep]
    groups = [
        f"group {group!r}" + (f" in {time} {_listed(cell)}" if "time" in cell else "")
        for group, cell in left[~left].index.to_frame(index=False).groupby("group")
    ]
    raise EstimationError(f"Nobody of {', '.join(groups)} is {what}. Leave them out.")


def _listed(rows: pd.DataFrame) -> str:
    return ", ".join(map(str, rows["time"].unique()))
