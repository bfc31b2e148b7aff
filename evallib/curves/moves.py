"""Where people are month by month, and when they first get there: two estimands, never mixed.

Occupancy is the chance of being in a state in month k. The Aalen-Johansen estimator chains the
monthly moves of whoever is observed, so late entrants contribute the months they have; with one
cohort and no censoring it equals the plain share. It needs no Markov assumption for this purpose
(Datta and Satten 2001) but it does need entry to be unrelated to prospects; `evallib.curves.entry`
looks at that.

The first event by month k (`incidence`) never falls: who finds a job and loses it has found one. As
a picture of employment it is far too high; it belongs beside the share ever employed.

Panels as in `evallib.curves.shares`. Intervals: cluster jackknife, t(G-1), pointwise.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from evallib.curves.curve import Curve, groups_of
from evallib.curves.resampling import Floats, Of, Statistic, Transitions, jackknife_se, point
from evallib.errors import EstimationError, EstimationWarning, need_columns
from evallib.inference.estimate import (
    Estimate,
    check_level,
    cluster_codes,
    estimator,
    t_estimate,
)

JACKKNIFE = "cluster jackknife ((G-1)/G), t(G-1)"


@estimator
def occupancy(
    panel: pd.DataFrame,
    state: str = "state",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    person: str = "person_id",
) -> dict[str, Curve]:
    """Aalen-Johansen occupancy of each state: the share in it in month k had all been followed.

    Parameters
    ----------
    panel
        One row per person and month, from month 0 until the person is last seen.
    state
        The column with the state of the month (text or true/false).
    by, cluster, level, person
        As for `curves.share`.

    Returns
    -------
    dict
        A `Curve` of fractions by state (as text); in each month they add to one. n counts those
        observed.

    Raises
    ------
    EstimationError
        Somebody's months have gaps or do not start at 0, or a group has a single cluster.

    Warns
    -----
    EstimationWarning
        A state has people, but nobody in it is observed one month on: they are taken to stay.

    References
    ----------
    Aalen and Johansen (1978); Datta and Satten (2001) for the case without a Markov assumption.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabbccdd"), "route": 1, "month": [0, 1] * 4,
    ...     "project": list("AAAABBBB"), "employed": [0, 1, 0, 0, 1, 1, 0, 1]})
    >>> occupancy(panel, "employed")["1"].at(1, 1).value
    0.75
    """
    need_columns(panel, [state, person, "month", cluster, *([by] if by else [])])
    states = sorted(panel[state].astype(str).unique())
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in states}
    for group, part in groups_of(panel, by):
        moves = transitions(part, state, states, cluster, person, f"group {group!r}")
        _warn_stranded(moves, states, group)
        for number, name in enumerate(states):
            one = Of(moves, lambda path, n=number: path[:, :, n])  # type: ignore[misc]
            frames[name].append(tabulate(part, one, group, level, jackknife_se(one)))
    return {
        name: Curve(
            pd.concat(parts, ignore_index=True), f"occupancy of {name}", level, JACKKNIFE, by or ""
        )
        for name, parts in frames.items()
    }


def transitions(
    part: pd.DataFrame, state: str, states: list[str], cluster: str, person: str, what: str
) -> Transitions:
    """Count one group's moves between `states`, per cluster and month."""
    rows = part.sort_values([person, "month"])
    month = rows["month"].to_numpy()
    first = (rows[person] != rows[person].shift()).to_numpy()
    if (month[first] != 0).any() or (np.diff(month)[~first[1:]] != 1).any():
        raise EstimationError(
            f"Some people of {what} have gaps in their months or do not start at month 0. Give one "
            "row per person and month, from month 0 until the person is last seen."
        )
    unit, names = cluster_codes(rows[cluster], what)
    now = pd.Categorical(rows[state].astype(str), categories=states).codes.astype(int)
    start = np.zeros((len(names), len(states)))
    np.add.at(start, (unit[first], now[first]), 1)
    moves = np.zeros((len(names), int(month.max()), len(states), len(states)))
    later = np.flatnonzero(~first)
    np.add.at(moves, (unit[later], month[later] - 1, now[later - 1], now[later]), 1)
    return Transitions(start, moves)


def _warn_stranded(moves: Transitions, states: list[str], group: object) -> None:
    path = point(moves)[:-1]
    risk = moves.moves.sum(axis=(0, 3))
    for month, state in zip(*np.nonzero((path > 0) & (risk == 0)), strict=True):
        warnings.warn(
            f"Nobody of group {group!r} in state {states[state]!r} in month {month} is observed in "
            f"month {month + 1}; they are taken to stay. Shorten the horizon or join small states.",
            EstimationWarning,
            stacklevel=3,
        )


def tabulate(
    part: pd.DataFrame,
    statistic: Statistic,
    group: object,
    level: float,
    se: Floats,
    times: float | None = None,
) -> pd.DataFrame:
    """A group's rows of a Curve from a statistic by month: value +- times x se.

    `times` is the quantile of t(G-1) unless given.
    """
    value, count = point(statistic), statistic.clusters
    if times is None:
        times = float(stdtrit(count - 1, 0.5 + check_level(level) / 2))
    observed = part.groupby("month").size().reindex(range(len(value)), fill_value=0)
    return pd.DataFrame(
        {
            "group": group,
            "month": np.arange(len(value)),
            "n": observed.to_numpy(),
            "clusters": count,
            "estimate": value,
            "se": se,
            "df": count - 1,
            "low": value - times * se,
            "high": value + times * se,
        }
    )


@estimator
def expected_months(
    panel: pd.DataFrame,
    value: str,
    state: str = "state",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    until: int | None = None,
    person: str = "person_id",
) -> dict[object, Estimate]:
    """Expected months in a state from month 0 to `until`: the area under its occupancy curve.

    Parameters
    ----------
    panel, state, by, cluster, level, person
        As for `occupancy`.
    value
        The state.
    until
        The last month, each month counting as one; the group's last if left out. Groups followed
        for different lengths compare only at the same `until`.

    Returns
    -------
    dict
        An `Estimate`, in months, by group.

    Raises
    ------
    EstimationError
        There is no such state, or a group is not followed so long.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabbccdd"), "route": 1, "month": [0, 1] * 4,
    ...     "project": list("AAAABBBB"), "employed": [0, 1, 0, 0, 1, 1, 0, 1]})
    >>> expected_months(panel, "1", "employed")[1].value
    1.0
    """
    states = sorted(panel[state].astype(str).unique())
    if value not in states:
        raise EstimationError(f"No month has state {value!r}; the states are {', '.join(states)}.")
    areas: dict[object, Estimate] = {}
    for group, part in groups_of(panel, by):
        last = int(part["month"].max()) if until is None else until
        if last > part["month"].max():
            raise EstimationError(
                f"Group {group!r} is followed to month {part['month'].max()}, not to {last}. "
                "Choose an earlier month."
            )
        moves = transitions(part, state, states, cluster, person, f"group {group!r}")
        number = states.index(value)
        area = Of(moves, lambda path, m=last, n=number: path[:, : m + 1, n].sum(axis=1))  # type: ignore[misc]
        areas[group] = t_estimate(
            float(point(area)), float(jackknife_se(area)), area.clusters - 1,
            n=part[person].nunique(), clusters=area.clusters, level=level, method=JACKKNIFE,
        )  # fmt: skip
    return areas


@estimator
def incidence(
    panel: pd.DataFrame,
    event: str = "employed",
    exits: str | None = None,
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    person: str = "person_id",
) -> Curve:
    """Share for whom an event has happened by month k, had all been followed.

    Of those for whom neither `event` nor `exits` holds in month 0. Without `exits` this is one
    minus Kaplan-Meier; with it, the cumulative incidence (Aalen-Johansen) where an exit before the
    event ends the wait. In a month with both, the event counts.

    Parameters
    ----------
    panel, by, cluster, level, person
        As for `occupancy`.
    event, exits
        True/false columns.

    Returns
    -------
    Curve
        Fractions, which never fall.

    Raises
    ------
    EstimationError
        Nobody who waits in month 0 ever has the event.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabbccdd"), "route": 1, "month": [0, 1] * 4,
    ...     "project": list("AAAABBBB"), "employed": [0, 1, 0, 0, 1, 1, 0, 1]})
    >>> round(incidence(panel).at(1, 1).value, 3)  # of the three who were not in work
    0.667
    """
    label = {0: "waiting", 1: "event", 2: "exit"}
    need_columns(panel, [event, person, "month", *([exits] if exits else [])])
    rows = panel.sort_values([person, "month"], ignore_index=True)
    code = pd.Series(np.where(rows[event].astype(bool), 1, 0), index=rows.index)
    if exits is not None:
        code = code.mask((code == 0) & rows[exits].astype(bool), 2)
    # The first event or exit is carried forward: nobody leaves these states.
    reached = code.where(code > 0).groupby(rows[person]).transform("ffill")
    first = code.where(code > 0).groupby(rows[person]).transform("first")
    waiting = rows.assign(__state=first.where(reached.notna(), 0).map(label))
    at_start = waiting.loc[(waiting["month"] == 0) & (waiting["__state"] != "waiting"), person]
    waiting = waiting[~waiting[person].isin(at_start)]
    if not (waiting["__state"] == "event").any():
        raise EstimationError(f"Nobody who waits for {event} in month 0 ever reaches it.")
    curve = occupancy(waiting, "__state", by, cluster, level, person=person)["event"]
    return replace(curve, what=f"first {event}")
