"""The main numbers once more, under the other readings the source leaves open.

data/assumptions.csv lists what the report does not say and how it was read. Where the other
reading can be computed, it is computed here, so that a reader sees which assumptions matter. Each
reading is one name and one estimate per route; nothing is chosen by its result.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

import pandas as pd

from evallib.cohort.panel import person_months
from evallib.curves.changes import Baseline, shift
from evallib.curves.entry import fixed_cohort
from evallib.curves.shares import ever_share
from evallib.errors import EstimationError
from evallib.inference.estimate import Estimate
from evallib.inference.frames import ALL
from evallib.inference.means import cluster_mean
from evallib.study.study import Study

Reading = Callable[[pd.DataFrame], Estimate]


def readings(
    study: Study, month: int, *, routes: Collection[int] | None = None, level: float = 0.95
) -> pd.DataFrame:
    r"""Every reading of every assumption that can be computed.

    Parameters
    ----------
    study
        The study.
    month
        The month shares are of.
    routes
        Only these routes.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns assumption (an id of data/assumptions.csv), reading ("ours" or a name of its own),
        route, estimate (an `Estimate`). What they are called stands in data/codelists/readings.csv.

    Raises
    ------
    EstimationError
        A route is not followed to that month.

    Notes
    -----
    Every reading is a `share`, `ever_share`, `shift` or mean of $\hat\theta = \frac{1}{n} \sum_i
    y_i$, of other rows or of another outcome; the interval is that of `inference.cluster_mean`.

    Assumes what these do. The readings are of the same people, so that their intervals are no test
    of the difference between them.

    References
    ----------
    `data/assumptions.csv` lists what the report leaves open; `data/codelists/readings.csv` names
    the readings.

    Examples
    --------
    >>> from evallib import load
    >>> told = readings(load(tables=["participants", "dream"]), month=9, routes=[2])
    >>> told.loc[told["assumption"] == "shift_baseline", "reading"].tolist()
    ['ours', 'same']
    """
    panel = person_months(study, routes=routes)
    reached = panel.groupby("route")["month"].max()
    if (reached < month).any():
        raise EstimationError(
            f"Route {reached.idxmin()} is followed to month {reached.min()}, not to {month}. "
            "Choose an earlier month."
        )
    rows = [row for at in _ways(study, month, level).items() for row in _rows(panel, *at)]
    rows += _time_zero(study, panel, month, level)
    rows += _week_rules(study, month, routes, level)
    return pd.DataFrame(rows, columns=["assumption", "reading", "route", "estimate"])


def _rows(
    panel: pd.DataFrame, assumption: str, ways: dict[str, Reading]
) -> list[tuple[str, str, int, Estimate]]:
    return [
        (assumption, name, int(str(route)), way(part))
        for name, way in ways.items()
        for route, part in panel.groupby("route")
    ]


def _share(part: pd.DataFrame, month: int, level: float) -> Estimate:
    rows = part[part["month"] == month]
    return cluster_mean(rows["employed"].astype(float), rows["project"], level=level)


def _ways(study: Study, month: int, level: float) -> dict[str, dict[str, Reading]]:
    """What is estimated of a route's panel, by assumption and reading."""
    without, week = study.benefits.groups[0], study.definition.checks.work_week

    def share(part: pd.DataFrame, employed: pd.Series) -> Estimate:
        return _share(part.assign(employed=employed), month, level)

    def ever(part: pd.DataFrame, *, newly: bool = False) -> Estimate:
        return ever_share(part, by=None, level=level, exclude_at_baseline=newly)[ALL]

    def moved(part: pd.DataFrame, baseline: Baseline) -> Estimate:
        return shift(part, by=None, baseline=baseline, level=level).at(ALL, month)

    def hours(part: pd.DataFrame, rows: pd.Series) -> Estimate:
        return cluster_mean(part.loc[rows, "hours"], part.loc[rows, "project"], level=level)

    def later(part: pd.DataFrame, first: float) -> Estimate:
        return hours(part, (part["month"] >= first) & part["employed"])

    return {
        "employed": {
            "ours": lambda part: share(part, part["employed"]),
            "work_week": lambda part: share(part, part["hours"] >= week),
            "no_benefit": lambda part: share(part, part["employed"] & (part["benefit"] == without)),
        },
        "ever_base": {
            "ours": ever,
            "without_month_0": lambda part: ever(part[part["month"] > 0]),
            "not_at_referral": lambda part: ever(part, newly=True),
            "followed_throughout": lambda part: ever(fixed_cohort(part, int(part["month"].max()))),
        },
        "shift_baseline": {
            "ours": lambda part: moved(part, "all"),
            "same": lambda part: moved(part, "risk_set"),
        },
        "later_half": {
            "ours": lambda part: later(part, part["month"].max() / 2),
            "after_middle": lambda part: later(part, part["month"].max() // 2 + 1),
            "last_month": lambda part: later(part, part["month"].max()),
        },
        "hours_base": {
            "ours": lambda part: hours(part, (part["month"] == month) & part["employed"]),
            "everybody": lambda part: hours(part, part["month"] == month),
        },
    }


def _time_zero(
    study: Study, panel: pd.DataFrame, month: int, level: float
) -> list[tuple[str, str, int, Estimate]]:
    """The share in work counted from referral, and from the start of the course."""
    begun = study.participants.dropna(subset=["started_on"])
    begun = begun.assign(referred_on=begun["started_on"])
    routes = panel["route"].unique()
    later = person_months(replace(study, participants=begun), routes=routes)
    share = partial(_share, month=month, level=level)
    return [
        *_rows(panel, "time_zero", {"ours": share}),
        *_rows(later[later["month"] <= month], "time_zero", {"from_start": share}),
    ]


def _week_rules(
    study: Study, month: int, routes: Collection[int] | None, level: float
) -> list[tuple[str, str, int, Estimate]]:
    """The share on a benefit, by the week that says which benefit a month counts as."""
    without = study.benefits.groups[0]
    rows = []
    for rule, name in (("last", "ours"), ("most", "most_weeks"), ("any", "any_week")):
        panel = person_months(study, routes=routes, week_rule=rule)  # type: ignore[arg-type]
        supported = panel.assign(employed=panel["benefit"] != without)
        share = partial(_share, month=month, level=level)
        rows += _rows(supported, "benefit_month", {name: share})
    return rows
