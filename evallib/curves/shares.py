"""Curves of a panel month by month, with intervals that respect the clusters.

Month k is estimated on those observed in month k: the risk set, which shrinks as later entrants run
out of register. That is the report's own estimand. What it means when entry changes over time, and
estimators that repair it, stand in `evallib.curves.moves` and `evallib.curves.entry`.

All functions take a tidy panel (one row per person and month, complete from month 0 until the
person is last seen) and the names of its columns; none of them knows what the panel is about.
Intervals: `evallib.inference.estimate.cluster_interval`, CR1 with t(G-1), pointwise. In 1,000
simulated studies the 95 percent interval of a share held the truth in 92 to 95 percent at every
month, with 17, 10 and 5 clusters alike: with five it is honest because it is wide. Pass the column
of the person as `cluster` for the interval that takes people as independent; where units differ a
lot it held the truth in as few as 50 percent (tests/simulations).
"""

import warnings
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.curves.curve import ALL, Curve, curve_of, groups_of
from evallib.errors import EstimationError, EstimationWarning, need_columns, one_of
from evallib.inference.estimate import Estimate, cluster_interval, cluster_mean, estimator

Baseline = Literal["all", "risk_set"]
Floats = NDArray[np.float64]


def risk_set(
    panel: pd.DataFrame, by: str | None = "route", cluster: str = "project"
) -> pd.DataFrame:
    """People and clusters observed in each month.

    Parameters
    ----------
    panel
        One row per person and month.
    by
        The column of groups; None takes everyone together, as the group "all".
    cluster
        The column of units.

    Returns
    -------
    pandas.DataFrame
        Columns group, month, n (people), clusters.

    Examples
    --------
    >>> panel = pd.DataFrame({"route": 1, "month": [0, 1, 0], "project": ["A", "A", "B"]})
    >>> risk_set(panel)[["month", "n", "clusters"]].values.tolist()
    [[0, 2, 2], [1, 1, 1]]
    """
    frame = panel.assign(group=ALL if by is None else panel[by])
    counts = frame.groupby(["group", "month"])[cluster].agg(n="size", clusters="nunique")
    return counts.reset_index()


@estimator
def share(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    time: str = "month",
) -> Curve:
    """Share of those observed in month k for whom `outcome` holds in month k.

    This is a state-occupancy share: people who lose a job count as out of work again.

    Parameters
    ----------
    panel
        One row per person and month.
    outcome
        A true/false column.
    by
        The column of groups; None takes everyone together, as the group "all".
    cluster
        The column of units, whose people are alike; the person for independent people.
    level
        Nominal coverage of the pointwise intervals.
    time
        The column that counts months, or whatever else time is counted in.

    Returns
    -------
    Curve
        Fractions.

    Raises
    ------
    EstimationError
        In some group and month fewer than two clusters are observed; the message names them.

    Examples
    --------
    >>> panel = pd.DataFrame({"route": 1, "month": 0, "project": list("AABB"),
    ...                       "employed": [True, False, True, True]})
    >>> share(panel).at(1, 0).value
    0.75
    """
    return _pointwise(panel, outcome, by, cluster, level, f"the share {outcome}", time)


@estimator
def mean(
    panel: pd.DataFrame,
    outcome: str = "hours",
    among: str | None = None,
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
) -> Curve:
    """Mean of a number in month k among those observed, or among some of them.

    Among the employed the population is itself an outcome and changes as more people find work;
    show the mean with zeros (`among=None`) beside it.

    Parameters
    ----------
    panel, by, cluster, level
        As for `share`.
    outcome
        A column of numbers.
    among
        A true/false column: only those for whom it holds in month k.

    Returns
    -------
    Curve
        In the unit of the outcome.

    Raises
    ------
    EstimationError
        In some group and month there is nobody to average, or fewer than two clusters.

    Examples
    --------
    >>> panel = pd.DataFrame({"route": 1, "month": 0, "project": list("AABB"),
    ...                       "hours": [0.0, 40, 80, 160], "employed": [False, True, True, True]})
    >>> mean(panel).at(1, 0).value, round(mean(panel, among="employed").at(1, 0).value, 1)
    (70.0, 93.3)
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
    panel: pd.DataFrame, outcome: str, by: str | None, cluster: str, level: float, what: str,
    time: str = "month",
) -> Curve:  # fmt: skip
    need_columns(panel, [outcome, time, cluster, *([by] if by else [])])
    estimates = {
        (group, int(str(month))): cluster_mean(
            cell[outcome].to_numpy(float),
            cell[cluster],
            level=level,
            what=_name(what, group, month, time),
        )
        for group, part in groups_of(panel, by)
        for month, cell in part.groupby(time)
    }
    return curve_of(estimates, what, level, by, time)


def _name(what: str, group: object, month: object, time: str = "month") -> str:
    return f"{what} of group {group!r} in {time} {month}"


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


@estimator
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

    It grows with follow-up whatever the programme does.

    Parameters
    ----------
    panel, outcome, by, cluster, level
        As for `share`.
    exclude_at_baseline
        Leave out those for whom the outcome holds in month 0 already; month 0 is then 0 by
        construction and left out.
    person
        The column of persons.

    Returns
    -------
    Curve
        Fractions.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabb"), "route": 1, "month": [0, 1] * 2,
    ...                       "project": list("AABB"), "employed": [True, False, False, False]})
    >>> ever(panel).at(1, 1).value
    0.5
    """
    so_far = _so_far(panel, outcome, person, newly=exclude_at_baseline)
    if exclude_at_baseline:
        so_far = so_far[so_far["month"] > 0]
    return _pointwise(so_far, outcome, by, cluster, level, f"the share ever {outcome}")


@estimator
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

    People seen for two months count beside people seen for ten, so it says little about the chance
    of finding work; `incidence` takes the length of follow-up into account.

    Parameters
    ----------
    panel, outcome, by, cluster, level, exclude_at_baseline, person
        As for `ever`.

    Returns
    -------
    dict
        An `Estimate` (a fraction) by group, "all" with `by=None`.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabb"), "route": 1, "month": [0, 1] * 2,
    ...                       "project": list("AABB"), "employed": [True, False, False, False]})
    >>> ever_share(panel)[1].value
    0.5
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


@estimator
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

    Either way a person's two months enter one interval together: through the paired difference, or
    through the difference of the two means' influence values.

    Parameters
    ----------
    panel, outcome, by, cluster, level
        As for `share` or `mean`.
    baseline
        "all": the month-0 mean of everybody, as the report draws it; from month to month fewer
        people are compared with the same baseline. "risk_set": the month-0 mean of the people
        observed in month k, so the shift is their mean change.
    person
        The column of persons.

    Returns
    -------
    Curve
        In the unit of the outcome; n counts those observed in month k. Month 0 is 0 by definition
        and has no width.

    Raises
    ------
    EstimationError
        Somebody has no month 0.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabb"), "route": 1, "month": [0, 1] * 2,
    ...                       "project": list("AABB"), "employed": [True, True, False, True]})
    >>> shift(panel).at(1, 1).value
    0.5
    """
    one_of(baseline, Baseline, "baseline")
    what = f"the shift in {outcome}"
    need_columns(panel, [outcome, person, "month", cluster])
    estimates: dict[tuple[object, int], Estimate] = {}
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
                estimates[group, int(str(month))] = estimate(
                    wide[0].to_numpy(), values.to_numpy(), units, level, _name(what, group, month)
                )
    return curve_of(estimates, what, level, by)


def _change(first: Floats, later: Floats, units: pd.Series, level: float, what: str) -> Estimate:
    seen = ~np.isnan(later)
    change = cluster_mean(later[seen] - first[seen], units[seen], level=level, what=what)
    return replace(change, k=None)  # a change counts nobody, also where nobody fell back


def _difference(
    first: Floats, later: Floats, units: pd.Series, level: float, what: str
) -> Estimate:
    seen = ~np.isnan(later)
    n, value = int(seen.sum()), float(later[seen].mean())
    influence = np.where(seen, np.nan_to_num(later) - value, 0) / n
    influence = influence - (first - first.mean()) / len(first)
    difference = cluster_interval(value - first.mean(), influence, units, level, what=what)
    return replace(difference, n=n)
