"""Curves of a panel month by month, with intervals that respect the clusters.

Month k is estimated on those observed in month k: the risk set, which shrinks as later entrants run
out of register. That is the report's own estimand. What it means when entry changes over time, and
estimators that repair it, stand in `evallib.curves.moves` and `evallib.curves.entry`.

All functions take a tidy panel (one row per person and month, whole months from 0) and the names of
its columns; none of them knows what the panel is about, and a "month" may be a week. Intervals are
pointwise: `evallib.inference.means`, CR2 with Satterthwaite's degrees of freedom of the clusters
that are there in the month, within the range of the outcome; with few clusters they are wide. Pass
the column of the person as `cluster` for the interval that takes people as independent, which is
too narrow where units differ. How often each holds the truth, with 17, 10 and 5 units, equal ones
and a dominant one, stands in tests/simulations/coverage.csv.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from evallib.curves.base import kept, mean_of, means, range_of
from evallib.curves.curve import Curve
from evallib.inference.estimate import Estimate, estimator
from evallib.inference.frames import panel_of


def risk_set(
    panel: pd.DataFrame,
    by: str | None = "route",
    cluster: str = "project",
    *,
    person: str = "person_id",
    time: str = "month",
) -> pd.DataFrame:
    """People and clusters observed in each month.

    Parameters
    ----------
    panel
        One row per person and month.
    by
        The column of groups; None takes everyone together, as the group "all".
    cluster, person
        The columns of units and of persons.
    time
        The column that counts months, or whatever else time is counted in.

    Returns
    -------
    pandas.DataFrame
        Columns group, month (or what `time` is called), n (people), clusters.

    References
    ----------
    Kaplan and Meier (1958): who is at risk, and observed, at each time.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aab"), "route": 1, "month": [0, 1, 0],
    ...                       "project": list("AAB")})
    >>> risk_set(panel)[["month", "n", "clusters"]].values.tolist()
    [[0, 2, 2], [1, 1, 1]]
    """
    rows = panel_of(panel, time, "number", by=by, cluster=cluster, person=person, time=time)
    counts = rows.groupby(["group", "time"])["unit"].agg(n="size", clusters="nunique")
    return counts.reset_index().rename(columns={"time": time})


@estimator
def share(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    person: str = "person_id",
    time: str = "month",
) -> Curve:
    r"""Share of those observed in month k for whom `outcome` holds in month k.

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
    person
        The column of persons.
    time
        The column that counts months, or whatever else time is counted in.

    Returns
    -------
    Curve
        Fractions.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`).
    EstimationError
        In some group and month fewer than two clusters are observed; the message names all of
        them.

    Notes
    -----
    Of the risk set $R_k$, those observed in month k,

    $$\hat p_k = \frac{1}{|R_k|} \sum_{i \in R_k} y_{ik},$$

    $$\hat p_k \pm t_{\nu}\,
    \mathrm{se}_{\mathrm{CR2}}(\hat p_k),$$

    with Satterthwaite's degrees of freedom $\nu$ of the clusters in $R_k$
    (`inference.cluster_mean`), the limits moved into 0 to 1 as Wilson's are.

    Assumes that units are independent of each other, that those in $R_k$ stand for all who were
    referred (entry and end of follow-up have nothing to do with prospects; `drift` looks at that),
    and that the mean of the units is near normal.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018). Wilson (1927) and Dean and Pagano
    (2015) for limits of a share.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("abcd"), "route": 1, "month": 0,
    ...                       "project": list("AABB"), "employed": [True, False, True, True]})
    >>> share(panel).at(1, 0).value
    0.75
    """
    rows = panel_of(panel, outcome, "event", by=by, cluster=cluster, person=person, time=time)
    return means(rows, f"the share {outcome}", level, by, time)


@estimator
def mean(
    panel: pd.DataFrame,
    outcome: str = "hours",
    among: str | None = None,
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    person: str = "person_id",
    time: str = "month",
) -> Curve:
    r"""Mean of a number in month k among those observed, or among some of them.

    Among the employed the population is itself an outcome and changes as more people find work;
    show the mean with zeros (`among=None`) beside it.

    Parameters
    ----------
    panel, by, cluster, level, person, time
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
    DataError
        The panel is not what it must be (`panel_of`).
    EstimationError
        In some group and month there is nobody to average, or fewer than two clusters.

    Notes
    -----
    $$\bar y_k = \frac{1}{|R_k|} \sum_{i \in R_k} y_{ik}$$

    over those observed in month k, or over those of them for whom `among` holds; the interval is
    that of `inference.cluster_mean`.

    Assumes what `share` does. With `among` it is the mean of a population that the programme may
    have made, not a comparison of like with like.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("abcd"), "route": 1, "month": 0,
    ...                       "project": list("AABB"), "hours": [0.0, 40, 80, 160],
    ...                       "employed": [False, True, True, True]})
    >>> mean(panel).at(1, 0).value, round(mean(panel, among="employed").at(1, 0).value, 1)
    (70.0, 93.3)
    """
    rows = panel_of(
        panel, outcome, "number", by=by, cluster=cluster, person=person, time=time,
        more={"among": (among, "event")} if among else None,
    )  # fmt: skip
    what = f"mean {outcome}"
    if among:
        what += f" among {among}"
        rows = kept(rows, rows["among"] == 1, ["group", "time"], f"{among}, so no {what}", time)
    return means(rows, what, level, by, time)


def _so_far(
    check: Callable[..., pd.DataFrame], outcome: str, time: str, *, newly: bool
) -> pd.DataFrame:
    """Rows whose outcome is "has held in some month so far", `check` being `panel_of` of a panel.

    `newly` keeps only people for whom it does not hold in month 0.
    """
    rows = check("event", follow="start" if newly else "any")
    people = rows.groupby("person")["outcome"]
    if newly:
        waits = people.transform("first") == 0
        rows = kept(rows, waits, ["group"], f"not {outcome} in {time} 0", time)
    return rows.assign(outcome=people.cummax())


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
    time: str = "month",
) -> Curve:
    r"""Share with at least one month of `outcome` so far, among those observed in month k.

    It grows with follow-up whatever the programme does.

    Parameters
    ----------
    panel, outcome, by, cluster, level, person, time
        As for `share`.
    exclude_at_baseline
        Leave out those for whom the outcome holds in month 0 already; month 0 is then 0 by
        construction and left out.

    Returns
    -------
    Curve
        Fractions.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`); somebody has no month 0 to exclude by.
    EstimationError
        As for `share`; everybody of a group is left out.

    Notes
    -----
    $$\hat e_k = \frac{1}{|R_k|} \sum_{i \in R_k} \max_{j \le k} y_{ij}$$

    with the interval of `inference.cluster_mean`.

    Assumes what `share` does. It is no distribution function of a waiting time: `incidence` is.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabb"), "route": 1, "month": [0, 1] * 2,
    ...                       "project": list("AABB"), "employed": [True, False, False, False]})
    >>> ever(panel).at(1, 1).value
    0.5
    """
    check = partial(panel_of, panel, outcome, by=by, cluster=cluster, person=person, time=time)
    so_far = _so_far(check, outcome, time, newly=exclude_at_baseline)
    if exclude_at_baseline:
        so_far = so_far[so_far["time"] > 0]
    return means(so_far, f"the share ever {outcome}", level, by, time)


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
    time: str = "month",
) -> dict[object, Estimate]:
    r"""Share of people with at least one month of `outcome` in however long each was observed.

    People seen for two months count beside people seen for ten, so it says little about the chance
    of finding work; `incidence` takes the length of follow-up into account.

    Parameters
    ----------
    panel, outcome, by, cluster, level, exclude_at_baseline, person, time
        As for `ever`.

    Returns
    -------
    dict
        An `Estimate` (a fraction) by group, "all" with `by=None`.

    Raises
    ------
    DataError, EstimationError
        As for `ever`.

    Notes
    -----
    $$\hat e = \frac{1}{n} \sum_i \max_{j \le K_i} y_{ij},$$

    where person i was observed to month $K_i$; the interval is that of `inference.cluster_mean`.

    Assumes that units are independent. Nothing is assumed of who is observed how long, and so it
    estimates nothing but the share in these records.

    References
    ----------
    Rambøll (2017), p. 7: the share of referred people with at least one month in work. Bell and
    McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabb"), "route": 1, "month": [0, 1] * 2,
    ...                       "project": list("AABB"), "employed": [True, False, False, False]})
    >>> ever_share(panel)[1].value
    0.5
    """
    check = partial(panel_of, panel, outcome, by=by, cluster=cluster, person=person, time=time)
    so_far = _so_far(check, outcome, time, newly=exclude_at_baseline)
    last = so_far.drop_duplicates("person", keep="last")
    spans = range_of(last["outcome"])
    return {
        group: mean_of(part, spans, level, f"the share ever {outcome} of group {group!r}")
        for group, part in last.groupby("group")
    }
