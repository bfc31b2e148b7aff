"""Curves of a panel month by month, with intervals that respect the clusters.

Month k is estimated on those observed in month k: the risk set, which shrinks as later entrants run
out of register. That is the report's own estimand. What it means when entry changes over time, and
estimators that repair it, stand in `evallib.curves.occupancy` and `evallib.curves.entry`.

All functions take a tidy panel (one row per person and month, complete from month 0 until the
person is last seen) and the names of its columns; none of them knows what the panel is about.
Intervals: `evallib.inference.estimate.cluster_interval`, CR1 with t(G-1), pointwise. In 1,000
simulated studies the 95 percent interval of a share held the truth in 92 to 95 percent at every
month, with 17, 10 and 5 clusters alike: with five it is honest because it is wide. Pass the column
of the person as `cluster` for the interval that takes people as independent; where units differ a
lot it held the truth in as few as 50 percent (tests/simulations).
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import EstimationError, EstimationWarning, need_columns, one_of
from evallib.inference.estimate import Estimate, cluster_interval, cluster_mean

Baseline = Literal["all", "risk_set"]
Floats = NDArray[np.float64]

ALL = "all"
"""The group's name where a curve is made for everyone together (`by=None`)."""


@dataclass(frozen=True)
class Curve:
    """An estimate per group and month.

    `frame`: group, month, n (people it rests on), clusters, estimate, se, df, low, high; in the
    unit of the outcome. `what` names the estimand, `method` the convention of the interval.
    """

    frame: pd.DataFrame
    what: str
    level: float
    method: str

    def at(self, group: object, month: int) -> Estimate:
        """The estimate of one group in one month; an EstimationError if the curve has none."""
        rows = self.frame[(self.frame["group"] == group) & (self.frame["month"] == month)]
        if rows.empty:
            there = self.frame.loc[self.frame["group"] == group, "month"]
            span = f"months {there.min()}-{there.max()}" if len(there) else "no month"
            raise EstimationError(
                f"The curve of {self.what} has {span} for group {group!r}, not month {month}. "
                "Ask for a month within its horizon."
            )
        row = rows.iloc[0]
        return Estimate(
            float(row["estimate"]), float(row["low"]), float(row["high"]), float(row["se"]),
            float(row["df"]), int(row["n"]), int(row["clusters"]), self.level, self.method,
        )  # fmt: skip


def curve_of(estimates: dict[tuple[object, int], Estimate], what: str, level: float) -> Curve:
    """A Curve from estimates keyed by (group, month)."""
    rows = [
        (group, month, e.n, e.clusters, e.value, e.se, e.df, e.low, e.high)
        for (group, month), e in estimates.items()
    ]
    columns = ["group", "month", "n", "clusters", "estimate", "se", "df", "low", "high"]
    methods = dict.fromkeys(e.method.partition(", t(")[0] for e in estimates.values())
    return Curve(pd.DataFrame(rows, columns=columns), what, level, "; ".join(methods) + ", t(G-1)")


def groups_of(panel: pd.DataFrame, by: str | None) -> Iterator[tuple[object, pd.DataFrame]]:
    """The groups of a panel in sorted order, or everyone as the group "all"."""
    if panel.empty:
        raise EstimationError("The panel has no rows: nobody is at risk in any month.")
    if by is None:
        yield ALL, panel
    else:
        yield from panel.groupby(by, sort=True)


def risk_set(
    panel: pd.DataFrame, by: str | None = "route", cluster: str = "project"
) -> pd.DataFrame:
    """People and clusters observed per group and month: group, month, n, clusters.

    >>> panel = pd.DataFrame({"route": 1, "month": [0, 1, 0], "project": ["A", "A", "B"]})
    >>> risk_set(panel)[["month", "n", "clusters"]].values.tolist()
    [[0, 2, 2], [1, 1, 1]]
    """
    frame = panel.assign(group=ALL if by is None else panel[by])
    counts = frame.groupby(["group", "month"])[cluster].agg(n="size", clusters="nunique")
    return counts.reset_index()


def share(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
) -> Curve:
    """Share of those observed in month k for whom `outcome` (true/false) holds in month k.

    This is a state-occupancy share: people who lose a job count as out of work again.
    Raises EstimationError naming group and month where fewer than two clusters are observed.

    >>> panel = pd.DataFrame({"route": 1, "month": 0, "project": list("AABB"),
    ...                       "employed": [True, False, True, True]})
    >>> share(panel).at(1, 0).value
    0.75
    """
    return _pointwise(panel, outcome, by, cluster, level, f"the share {outcome}")


def mean(
    panel: pd.DataFrame,
    outcome: str = "hours",
    among: str | None = None,
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
) -> Curve:
    """Mean of `outcome` in month k among those observed, or among those for whom `among` holds.

    Among the employed the population is itself an outcome and changes as more people find work;
    show the mean with zeros (`among=None`) beside it.
    """
    what = f"mean {outcome}" + (f" among {among}" if among else "")
    if among is not None:
        need_columns(panel, [among])
        gone = set(_cells(panel, by)) - set(_cells(panel[panel[among].astype(bool)], by))
        for group, month in sorted(gone, key=str):
            raise EstimationError(
                f"Nobody of group {group!r} is {among} in month {month}, so there is no {what}. "
                "Leave that month out."
            )
        panel = panel[panel[among].astype(bool)]
    return _pointwise(panel, outcome, by, cluster, level, what)


def _cells(panel: pd.DataFrame, by: str | None) -> list[tuple[object, int]]:
    return list(risk_set(panel, by, "month")[["group", "month"]].itertuples(index=False, name=None))


def _pointwise(
    panel: pd.DataFrame, outcome: str, by: str | None, cluster: str, level: float, what: str
) -> Curve:
    need_columns(panel, [outcome, "month", cluster, *([by] if by else [])])
    return curve_of(
        {
            (group, int(str(month))): cluster_mean(
                cell[outcome].to_numpy(float),
                cell[cluster],
                level=level,
                what=_name(what, group, month),
            )
            for group, part in groups_of(panel, by)
            for month, cell in part.groupby("month")
        },
        what,
        level,
    )


def _name(what: str, group: object, month: object) -> str:
    return f"{what} of group {group!r} in month {month}"


def _so_far(panel: pd.DataFrame, outcome: str, person: str, *, newly: bool) -> pd.DataFrame:
    """The panel with `outcome` replaced by "has held in some month so far".

    `newly` keeps only people for whom it does not hold in month 0.
    """
    need_columns(panel, [outcome, person, "month"])
    ordered = panel.sort_values([person, "month"])
    ordered = ordered.assign(**{outcome: ordered[outcome].astype(bool)})
    if newly:
        at_start = ordered.loc[(ordered["month"] == 0) & ordered[outcome], person]
        ordered = ordered[~ordered[person].isin(at_start)]
    return ordered.assign(**{outcome: ordered.groupby(person)[outcome].cummax()})


def ever(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    exclude_at_baseline: bool = False,
    person: str = "person_id",
) -> Curve:
    """Share with at least one month of `outcome` so far, among those observed in month k.

    It grows with follow-up whatever the programme does. `exclude_at_baseline` leaves out those for
    whom the outcome holds in month 0 already; month 0 is then 0 by construction and left out.
    """
    so_far = _so_far(panel, outcome, person, newly=exclude_at_baseline)
    if exclude_at_baseline:
        so_far = so_far[so_far["month"] > 0]
    return _pointwise(so_far, outcome, by, cluster, level, f"the share ever {outcome}")


def ever_share(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    exclude_at_baseline: bool = False,
    person: str = "person_id",
) -> dict[object, Estimate]:
    """Share of people with at least one month of `outcome` in however long each was observed.

    One estimate per group ("all" with `by=None`). People seen for two months count beside people
    seen for ten, so it says little about the chance of finding work; `evallib.curves.occupancy` has
    the estimator that takes the length of follow-up into account.
    """
    so_far = _so_far(panel, outcome, person, newly=exclude_at_baseline)
    last = so_far.drop_duplicates(person, keep="last")
    what = f"the share ever {outcome}"
    return {
        group: cluster_mean(
            part[outcome].to_numpy(float), part[cluster], level=level, what=f"{what} of {group!r}"
        )
        for group, part in groups_of(last, by)
    }


def shift(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    baseline: Baseline = "all",
    person: str = "person_id",
) -> Curve:
    """The curve of `outcome` moved down to start at 0: its mean in month k minus its baseline.

    `baseline`:

    - "all": the month-0 mean of everybody, as the report draws it; from month to month fewer people
      are compared with the same baseline;
    - "risk_set": the month-0 mean of the people observed in month k, so the shift is their mean
      change.

    Either way a person's two months enter one interval together: through the paired difference, or
    through the difference of the two means' influence values. `n` counts those observed in month
    k. Month 0 is 0 by definition and has no width.
    """
    one_of(baseline, Baseline, "baseline")
    what = f"the shift in {outcome}"
    need_columns(panel, [outcome, person, "month", cluster])
    made: dict[tuple[object, int], Estimate] = {}
    for group, part in groups_of(panel, by):
        wide = part.set_index([person, "month"])[outcome].unstack().astype(float)
        units = part.drop_duplicates(person).set_index(person)[cluster].reindex(wide.index)
        if 0 not in wide or wide[0].isna().any():
            raise EstimationError(
                f"Some people of group {group!r} have no month 0, so there is no baseline to shift "
                "by. Give a panel that starts at month 0."
            )
        estimate = _change if baseline == "risk_set" else _difference
        for month, values in wide.items():
            with warnings.catch_warnings():
                if month == 0:  # 0 - 0 for everybody; its lack of variation is no finding
                    warnings.simplefilter("ignore", EstimationWarning)
                made[group, int(str(month))] = estimate(
                    wide[0].to_numpy(), values.to_numpy(), units, level, _name(what, group, month)
                )
    return curve_of(made, what, level)


def _change(first: Floats, later: Floats, units: pd.Series, level: float, what: str) -> Estimate:
    seen = ~np.isnan(later)
    return cluster_mean(later[seen] - first[seen], units[seen], level=level, what=what)


def _difference(
    first: Floats, later: Floats, units: pd.Series, level: float, what: str
) -> Estimate:
    seen = ~np.isnan(later)
    n, value = int(seen.sum()), float(later[seen].mean())
    influence = np.where(seen, np.nan_to_num(later) - value, 0) / n
    influence = influence - (first - first.mean()) / len(first)
    made = cluster_interval(value - first.mean(), influence, units, level, what=what)
    return replace(made, n=n)
