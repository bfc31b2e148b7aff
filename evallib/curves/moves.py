"""Where people are month by month, and when they first get there: two estimands, never mixed.

Occupancy is the chance of being in a state in month k. The Aalen-Johansen estimator chains the
monthly moves of whoever is observed, so late entrants contribute the months they have; with one
cohort and no censoring it equals the plain share. It needs no Markov assumption for this purpose
(Datta and Satten 2001) but it does need entry to be unrelated to prospects; `evallib.curves.entry`
looks at that.

The first event by month k (`incidence`) never falls: who finds a job and loses it has found one. As
a picture of employment it is far too high; it belongs beside the share ever employed.

Panels as in `evallib.curves.shares`, and every person followed from month 0 without gaps. Intervals
are pointwise, by the cluster jackknife (`evallib.curves.base`).
"""

import warnings
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from evallib.curves.base import SHARE, Base, base_of, jackknifed, kept
from evallib.curves.curve import Curve, Estimates, curve_of
from evallib.curves.resampling import Statistic, Transitions
from evallib.errors import EstimationError, EstimationWarning
from evallib.inference.estimate import Estimate, estimator
from evallib.inference.frames import panel_of


@estimator
def occupancy(
    panel: pd.DataFrame,
    state: str = "state",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    person: str = "person_id",
    time: str = "month",
) -> dict[str, Curve]:
    r"""Aalen-Johansen occupancy of each state: the share in it in month k had all been followed.

    Parameters
    ----------
    panel
        One row per person and month, from month 0 until the person is last seen.
    state
        The column with the state of the month (text or true/false).
    by, cluster, level, person, time
        As for `curves.share`.

    Returns
    -------
    dict
        A `Curve` of fractions by state (as text); in each month they add to one. n and clusters
        count those observed in the month.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`); somebody's months have gaps or do not start
        at 0.
    EstimationError
        A group has a single cluster.

    Warns
    -----
    EstimationWarning
        A state has people, but nobody in it is observed one month on: they are taken to stay. A
        month is reached by one cluster alone: its number has no interval.

    Notes
    -----
    With $P_k$ the matrix of the shares of those in state h in month k - 1 and observed in month k
    who are in state j then,

    $$\hat\pi_k = \hat\pi_0 \prod_{l=1}^{k} \hat P_l;$$

    intervals are by the cluster jackknife, t with Satterthwaite's degrees of freedom.

    Assumes that whether a person is still observed has nothing to do with where they go next, given
    where they are (independent censoring, entry unrelated to prospects). No Markov property is
    assumed.

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
    rows, states = _in_states(panel, state, by, cluster, person, time)
    made: dict[str, Estimates] = {name: {} for name in states}
    for group, part in rows.groupby("group"):
        moves, base = _chain(part, group, len(states), time)
        _warn_stranded(moves, dict(enumerate(states)), base)
        for number, name in enumerate(states):
            made[name] |= jackknifed(_state(moves, number), base, SHARE, level)
    return {
        name: curve_of(curve, f"occupancy of {name}", level, by, time)
        for name, curve in made.items()
    }


def _in_states(
    panel: pd.DataFrame, state: str, by: str | None, cluster: str, person: str, time: str
) -> tuple[pd.DataFrame, list[str]]:
    """Rows of `panel_of` with the number of the state, and the states' names."""
    rows = panel_of(
        panel, state, "state", by=by, cluster=cluster, person=person, time=time, follow="all"
    )
    named = pd.Categorical(rows["outcome"].astype(str))
    return rows.assign(outcome=named.codes), list(named.categories)


def _chain(part: pd.DataFrame, group: object, states: int, time: str) -> tuple[Transitions, Base]:
    (rows,), base = base_of(part, [group], time)
    return transitions(rows, states, len(base.units)), base


def _state(moves: Transitions, number: int) -> Statistic:
    return lambda weights: moves(weights)[:, :, number]


def transitions(rows: pd.DataFrame, states: int, units: int) -> Transitions:
    """Count moves between states, per cluster and month, of rows with codes of both."""
    time, unit, now = (rows[name].to_numpy(int) for name in ("time", "unit", "outcome"))
    first, later = np.flatnonzero(time == 0), np.flatnonzero(time > 0)
    start = np.zeros((units, states))
    np.add.at(start, (unit[first], now[first]), 1)
    moves = np.zeros((units, int(time.max()), states, states))
    np.add.at(moves, (unit[later], time[later] - 1, now[later - 1], now[later]), 1)
    return Transitions(start, moves)


def _warn_stranded(moves: Transitions, states: Mapping[int, str], base: Base) -> None:
    """Say where people of a state that can be left are no longer observed."""
    path = moves(np.ones((1, len(base.units))))[0, :-1]
    risk = moves.moves.sum(axis=(0, 3))
    for at, state in zip(*np.nonzero((path > 0) & (risk == 0)), strict=True):
        if state in states:
            warnings.warn(
                f"Nobody of {base.what} in state {states[state]!r} in {base.time} {at} is observed "
                f"in {base.time} {at + 1}; they are taken to stay. Shorten the horizon or join "
                "small states.",
                EstimationWarning,
                stacklevel=4,
            )


@estimator
def expected_months(  # noqa: PLR0913 - the names of six columns, and which area
    panel: pd.DataFrame,
    value: str,
    state: str = "state",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    until: int | None = None,
    person: str = "person_id",
    time: str = "month",
) -> dict[object, Estimate]:
    r"""Expected months in a state from month 0 to `until`: the area under its occupancy curve.

    Parameters
    ----------
    panel, state, by, cluster, level, person, time
        As for `occupancy`.
    value
        The state.
    until
        The last month, each month counting as one; the group's last if left out. Groups followed
        for different lengths compare only at the same `until`.

    Returns
    -------
    dict
        An `Estimate`, in months, by group; between 0 and `until` + 1. n counts everybody; clusters
        and degrees of freedom are those of the last month, in which fewest are left.

    Raises
    ------
    DataError
        As for `occupancy`.
    EstimationError
        There is no such state, or a group is not followed so long or has a single cluster.

    Notes
    -----
    The sum of the occupancy of `value` to month K,

    $$\hat T = \sum_{k=0}^{K} \hat\pi_k,$$

    with the cluster jackknife of the whole sum.

    Assumes what `occupancy` does.

    References
    ----------
    Aalen and Johansen (1978).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabbccdd"), "route": 1, "month": [0, 1] * 4,
    ...     "project": list("AAAABBBB"), "employed": [0, 1, 0, 0, 1, 1, 0, 1]})
    >>> expected_months(panel, "1", "employed")[1].value
    1.0
    """
    rows, states = _in_states(panel, state, by, cluster, person, time)
    if value not in states:
        raise EstimationError(f"No {time} has state {value!r}; the states are {', '.join(states)}.")
    areas: dict[object, Estimate] = {}
    for group, part in rows.groupby("group"):
        moves, base = _chain(part, group, len(states), time)
        last = int(base.times[-1]) if until is None else until
        if not 0 <= last <= base.times[-1]:
            raise EstimationError(
                f"Group {group!r} is followed to {time} {base.times[-1]}, not to {last}. "
                f"Choose an earlier {time}."
            )
        one = _area(_state(moves, states.index(value)), last)
        made = jackknifed(one, base.at(last), ((0.0, last + 1.0), False), level)
        areas[group] = replace(made[group, last], n=part["person"].nunique())
    return areas


def _area(state: Statistic, last: int) -> Statistic:
    return lambda weights: state(weights)[:, : last + 1].sum(axis=1, keepdims=True)


@estimator
def incidence(  # noqa: PLR0913 - the names of six columns, and who waits
    panel: pd.DataFrame,
    event: str = "employed",
    exits: str | None = None,
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    at_risk_from_start: bool = False,
    person: str = "person_id",
    time: str = "month",
) -> Curve:
    r"""Share for whom an event has happened by month k, had all been followed.

    Of those for whom neither `event` nor `exits` holds in month 0, or of everybody. Without `exits`
    this is one minus Kaplan-Meier; with it, the cumulative incidence (Aalen-Johansen) where an exit
    before the event ends the wait. In a month with both, the event counts.

    Parameters
    ----------
    panel, by, cluster, level, person, time
        As for `occupancy`.
    event, exits
        True/false columns.
    at_risk_from_start
        Everybody waits until month 0 begins, so that its events count too: for data whose month 0
        is the first in which something can happen.

    Returns
    -------
    Curve
        Fractions, which never fall.

    Raises
    ------
    DataError
        As for `occupancy`.
    EstimationError
        Nobody who waits in month 0 ever has the event; nobody of a group waits; a group has a
        single cluster.

    Notes
    -----
    With $d_l$ events and $c_l$ exits among the $n_l$ who still wait and are observed in month l,

    $$\hat F_k = \sum_{l \le k} \frac{d_l}{n_l} \prod_{m < l} \left(1 - \frac{d_m +
    c_m}{n_m}\right),$$

    which without exits is one minus the product-limit estimate. Intervals are by the cluster
    jackknife.

    Assumes that the end of follow-up has nothing to do with the chance of the event (independent
    censoring). An exit is another outcome and no censoring.

    References
    ----------
    Kaplan and Meier (1958); Aalen and Johansen (1978).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabbccdd"), "route": 1, "month": [0, 1] * 4,
    ...     "project": list("AAAABBBB"), "employed": [0, 1, 0, 0, 1, 1, 0, 1]})
    >>> round(incidence(panel).at(1, 1).value, 3)  # of the three who were not in work
    0.667
    >>> incidence(panel, at_risk_from_start=True).at(1, 0).value
    0.25
    """
    rows = panel_of(
        panel, event, "event", by=by, cluster=cluster, person=person, time=time, follow="all",
        more={"exits": (exits, "event")} if exits else None,
    )  # fmt: skip
    rows = _first(rows)
    if not at_risk_from_start:
        waits = rows.groupby("person")["outcome"].transform("first") == 0
        rows = kept(rows, waits, ["group"], f"without {event} in {time} 0", time)
    if not (rows["outcome"] == 1).any():
        raise EstimationError(f"Nobody who waits for {event} in {time} 0 ever reaches it.")
    made: Estimates = {}
    for group, part in rows.groupby("group"):
        moves, base = _chain(part, group, 3, time)
        _warn_stranded(moves, {0: "waiting"}, base)
        if at_risk_from_start:
            made |= jackknifed(_from_start(moves), base, SHARE, level)
        else:
            made |= jackknifed(_state(moves, 1), base, SHARE, level)
            made[group, 0] = replace(made[group, 0], low=0.0, high=0.0)  # nobody, by construction
    return curve_of(made, f"first {event}", level, by, time)


def _from_start(moves: Transitions) -> Statistic:
    """The events, with a move in front: from waiting into what people are in month 0."""
    into = np.zeros((len(moves.start), 1, 3, 3))
    into[:, 0, 0] = moves.start
    waiting = moves.start.sum(axis=1, keepdims=True) * [1.0, 0.0, 0.0]
    longer = Transitions(waiting, np.concatenate([into, moves.moves], axis=1))
    return lambda weights: longer(weights)[:, 1:, 1]


def _first(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose outcome is 0 (waiting), 1 (has had the event) or 2 (has left before it)."""
    now = rows["outcome"].where(rows["outcome"] > 0)
    if "exits" in rows:
        now = now.mask(now.isna() & (rows["exits"] == 1), 2.0)
    people = now.groupby(rows["person"])
    return rows.assign(outcome=people.transform("first").where(people.ffill().notna(), 0))
