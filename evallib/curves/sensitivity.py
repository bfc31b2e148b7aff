"""The main numbers once more, under the other readings the source leaves open.

data/assumptions.csv lists what the report does not say and how it was read. Where the other
reading can be computed, it is computed here, so that a reader sees which assumptions matter. Each
reading is one name and one estimate per route; nothing is chosen by its result.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

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
    rows = [
        *_rows(panel, "employed", _in_work(study, month, level)),
        *_rows(panel, "ever_base", _ever(level)),
        *_rows(panel, "shift_baseline", _shift(month, level)),
        *_rows(panel, "later_half", _later_hours(level)),
        *_rows(panel, "hours_base", _hours_base(month, level)),
        *_time_zero(study, panel, month, level),
        *_week_rules(study, month, routes, level),
    ]
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


def _in_work(study: Study, month: int, level: float) -> dict[str, Reading]:
    without, week = study.benefits.groups[0], study.definition.checks.work_week
    return {
        "ours": lambda part: _share(part, month, level),
        "work_week": lambda part: _share(part.assign(employed=part["hours"] >= week), month, level),
        "no_benefit": lambda part: _share(
            part.assign(employed=part["employed"] & (part["benefit"] == without)), month, level
        ),
    }


def _ever(level: float) -> dict[str, Reading]:
    def ever(part: pd.DataFrame, *, newly: bool = False) -> Estimate:
        return ever_share(part, by=None, level=level, exclude_at_baseline=newly)[ALL]

    return {
        "ours": ever,
        "without_month_0": lambda part: ever(part[part["month"] > 0]),
        "not_at_referral": lambda part: ever(part, newly=True),
        "followed_throughout": lambda part: ever(fixed_cohort(part, int(part["month"].max()))),
    }


def _shift(month: int, level: float) -> dict[str, Reading]:
    def moved(part: pd.DataFrame, baseline: Baseline) -> Estimate:
        return shift(part, by=None, baseline=baseline, level=level).at(ALL, month)

    return {"ours": lambda part: moved(part, "all"), "same": lambda part: moved(part, "risk_set")}


def _later_hours(level: float) -> dict[str, Reading]:
    def hours(part: pd.DataFrame, first: float) -> Estimate:
        rows = part[(part["month"] >= first) & part["employed"]]
        return cluster_mean(rows["hours"], rows["project"], level=level)

    return {
        "ours": lambda part: hours(part, part["month"].max() / 2),
        "after_middle": lambda part: hours(part, part["month"].max() // 2 + 1),
        "last_month": lambda part: hours(part, part["month"].max()),
    }


def _hours_base(month: int, level: float) -> dict[str, Reading]:
    def hours(part: pd.DataFrame) -> Estimate:
        rows = part[part["month"] == month]
        return cluster_mean(rows["hours"], rows["project"], level=level)

    return {"ours": lambda part: hours(part[part["employed"]]), "everybody": hours}


def _time_zero(
    study: Study, panel: pd.DataFrame, month: int, level: float
) -> list[tuple[str, str, int, Estimate]]:
    """The share in work counted from referral, and from the start of the course."""
    begun = study.participants.dropna(subset=["started_on"])
    begun = begun.assign(referred_on=begun["started_on"])
    routes = panel["route"].unique()
    later = person_months(replace(study, participants=begun), routes=routes)
    share: dict[str, Reading] = {"": lambda part: _share(part, month, level)}
    return [
        (assumption, name, route, estimate)
        for name, rows in (("ours", panel), ("from_start", later[later["month"] <= month]))
        for assumption, _, route, estimate in _rows(rows, "time_zero", share)
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
        ways: dict[str, Reading] = {name: lambda part: _share(part, month, level)}
        rows += _rows(supported, "benefit_month", ways)
    return rows
