"""What a curve is worth when the people who enter change over time.

In month 10 only early entrants are observed. If later entrants do better or worse, the curve mixes
time since referral with time of referral, and no interval repairs that. Three answers: ask the data
(`drift`), look at one population throughout (`fixed_cohort`), or carry what is known of late
entrants forward under a stated model (`standardised`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from evallib.curves.base import SHARE, base_of, jackknifed, slopes
from evallib.curves.curve import Curve, Estimates, curve_of
from evallib.curves.resampling import Floats
from evallib.errors import DataError, EstimationError
from evallib.inference.estimate import check_level, estimator
from evallib.inference.frames import numbers, panel_of

_RIDGE = 1e-4
"""Weight of the penalty that keeps the chance of a move finite in months when everybody or nobody
moved; far too small to be seen otherwise."""
_STEPS = 100


def fixed_cohort(
    panel: pd.DataFrame, until: int, *, person: str = "person_id", time: str = "month"
) -> pd.DataFrame:
    """The months 0 to `until` of those observed in month `until`: one population throughout.

    It holds early entrants only, another population than the one referred.

    Parameters
    ----------
    panel
        One row per person and month.
    until
        The month they must reach.
    person, time
        The columns of persons and of months.

    Returns
    -------
    pandas.DataFrame
        Rows of the panel.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`).
    EstimationError
        Nobody is observed in that month.

    References
    ----------
    `data/assumptions.csv`, `ever_base`: one of the readings it lists is of people followed
    throughout.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aab"), "month": [0, 1, 0]})
    >>> fixed_cohort(panel, 1)["person_id"].tolist()
    ['a', 'a']
    """
    rows = panel_of(panel, time, "number", by=None, cluster=person, person=person, time=time)
    reached = rows.loc[rows["time"] == until, "person"]
    if reached.empty:
        raise EstimationError(f"Nobody is observed in {time} {until}. Choose an earlier {time}.")
    return panel[panel[person].isin(reached) & (panel[time] <= until)].reset_index(drop=True)


def entries(rows: pd.DataFrame, time: str) -> pd.Series:
    """The entry of each row of `panel_of`, whose calendar is in its column `calendar`."""
    dates = rows["calendar"]
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        entry = dates.dt.year * 12 + dates.dt.month - rows["time"]
    else:
        entry = pd.Series(numbers(dates)) - rows["time"]
    apart = (entry != entry.groupby(rows["person"]).transform("first")) | (entry % 1 != 0)
    if apart.any():
        raise DataError(
            f"The calendar of {rows.loc[apart, 'person'].nunique()} people does not count on with "
            f"'{time}'. Give dates where it counts months, else whole numbers on its scale."
        )
    return pd.Series(entry - entry.min()).astype(int)


@estimator
def drift(  # noqa: PLR0913 - the names of six columns, and which times
    panel: pd.DataFrame,
    times: Sequence[int] = (0, 1, 2),
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    calendar: str = "calendar",
    person: str = "person_id",
    time: str = "month",
) -> Curve:
    r"""Change in the month-k mean of `outcome` per month of later entry, by least squares.

    An interval that holds 0 does not show that entry is stable; a slope of b shifts a curve by
    about b for each month by which the mean entry of the observed is earlier.

    Parameters
    ----------
    panel, outcome, by, cluster, level, person, time
        As for `curves.mean`.
    times
        The months looked at; take some that everybody is observed in.
    calendar
        The column that says when a row's month was: a date in it, or a whole number on the scale of
        `time`, such as the number of a week.

    Returns
    -------
    Curve
        In the unit of the outcome per month of entry; CR2 with Satterthwaite degrees of freedom.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`); the calendar is neither, or does not count
        on with time within each person.
    EstimationError
        All people of a group who are observed in a month entered in one month.

    Warns
    -----
    EstimationWarning
        One cluster alone carries a slope, such as the only one with late entrants: its spread is
        unknown, and the slope has no interval.

    Notes
    -----
    In each month k the least-squares slope $\hat b_k$ of $y_{ik} = a_k + b_k e_i +
    \varepsilon_{ik}$ on the month of entry $e_i$, with CR2.

    Assumes that units are independent and that the change with entry is near a straight line.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": range(8), "route": 1, "month": 0,
    ...                       "project": list("ABCD") * 2, "calendar": [1] * 4 + [2] * 4,
    ...                       "hours": [1, 2, 3, 4, 3, 5, 4, 8]})
    >>> round(drift(panel, [0], "hours").at(1, 0).value, 2)
    2.5
    """
    check_level(level)
    rows = panel_of(
        panel, outcome, "number", by=by, cluster=cluster, person=person, time=time,
        more={"calendar": (calendar, "state")},
    )  # fmt: skip
    rows = rows.assign(entry=entries(rows, time))
    rows = rows.rename(columns={"outcome": "y", "entry": "x"})
    made: Estimates = {}
    for group, part in rows[rows["time"].isin(times)].groupby("group"):
        (coded,), base = base_of(part, [group], time)
        one = set(times) - set(coded["time"][coded.groupby("time")["x"].transform("nunique") > 1])
        if one:
            raise EstimationError(
                f"There is no drift of {base.what} in {time} {', '.join(map(str, sorted(one)))}: "
                "it needs people of at least two entries."
            )
        made |= slopes(coded, base, times, (None, False), level)
    return curve_of(made, f"entry drift of {outcome}", level, by, time)


@dataclass(frozen=True)
class ByEntry:
    """A standardised curve as a statistic of cluster totals.

    Per cluster: people by month of entry (G, E) and those of them with the outcome in month 0;
    people at risk of a move into month k, by where they come from (0 without, 1 with the outcome),
    and those with the outcome afterwards: (G, 2, months - 1, E).
    """

    people: Floats
    first: Floats
    at_risk: Floats
    after: Floats

    def __call__(self, weights: Floats) -> Floats:
        """Standardised shares (B, months)."""
        people = weights @ self.people
        at_risk, after = (np.tensordot(weights, x, axes=1) for x in (self.at_risk, self.after))
        chances = move_chances(at_risk, after)
        path = [(weights @ self.first) / np.where(people > 0, people, 1)]
        for month in range(chances.shape[2]):
            enter, stay = chances[:, 0, month], chances[:, 1, month]
            path.append(path[-1] * stay + (1 - path[-1]) * enter)
        total = people.sum(axis=1)
        mix = people / np.where(total > 0, total, np.nan)[:, None]
        return np.asarray(np.einsum("mbe,be->bm", np.stack(path), mix))


def move_chances(at_risk: Floats, after: Floats) -> Floats:
    """Fitted chances (..., months, entries) of logits with a level per month and a slope of entry.

    Newton's method on the counts, minutely penalised (`_RIDGE`). A level meets no other level, so
    that each step is solved for the slope first.
    """
    entries = np.arange(at_risk.shape[-1]) - (at_risk.shape[-1] - 1) / 2
    level, slope = np.zeros(at_risk.shape[:-1]), np.zeros(at_risk.shape[:-2])
    for _ in range(_STEPS):
        chance: Floats = expit(level[..., None] + slope[..., None, None] * entries)
        off, spread = after - at_risk * chance, at_risk * chance * (1 - chance)
        scores, own = off.sum(axis=-1) - _RIDGE * level, spread.sum(axis=-1) + _RIDGE
        cross = spread @ entries
        score = (off @ entries).sum(axis=-1) - _RIDGE * slope - (cross * scores / own).sum(axis=-1)
        whole = (spread @ entries**2 - cross**2 / own).sum(axis=-1) + _RIDGE
        step = score / whole
        steps = (scores - cross * step[..., None]) / own
        level, slope = level + np.clip(steps, -2, 2), slope + np.clip(step, -2, 2)
        if max(np.abs(step).max(), np.abs(steps).max(initial=0.0)) < 1e-8:
            return chance
    raise EstimationError(
        "The logit of monthly moves did not converge. Shorten the horizon, so that every month has "
        "people who move."
    )


@estimator
def standardised(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    calendar: str = "calendar",
    person: str = "person_id",
    time: str = "month",
) -> Curve:
    r"""Share with `outcome` in month k had everybody referred been followed to month k.

    Monthly moves into and out of the outcome follow a logit with a level of their own in each month
    and a slope of entry that is the same in all months; each entry month's path is chained from its
    own month-0 share, and the paths are averaged over all entrants. Late months of late entrants
    are extrapolated by that slope: an assumption, which no interval covers.

    Parameters
    ----------
    panel, outcome, by, cluster, level, person, time
        As for `curves.occupancy`; the outcome is true/false.
    calendar
        As for `drift`.

    Returns
    -------
    Curve
        Fractions; cluster jackknife.

    Raises
    ------
    DataError
        As for `curves.occupancy`, and as for `drift` of the calendar.
    EstimationError
        The logit does not converge, or a group has a single cluster.

    Warns
    -----
    EstimationWarning
        A month is reached by one cluster alone: its number has no interval.

    Notes
    -----
    Moves into month k follow $\mathrm{logit}\,P(y_k = 1 \mid y_{k-1} = h, e) = \alpha_{hk} +
    \beta_h e$ for entry month e. With $\hat p_{ke}$ chained from each entry month's own share in
    month 0,

    $$\hat p_k = \sum_e \frac{n_e}{n}\, \hat p_{ke},$$

    $$\hat p_{ke} = \hat p_{k-1,e}\, \hat
    P_{11k}(e) + (1 - \hat p_{k-1,e})\, \hat P_{01k}(e).$$

    Intervals are by the cluster jackknife.

    Assumes that the slope of entry is the same in every month, also in those that late entrants
    were not followed to, and that moves depend on the present state alone (Markov).

    References
    ----------
    Robins (1986): standardisation (g-computation) over time; the model of moves is ours.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": [n for n in range(8) for _ in range(2)], "route": 1,
    ...                       "month": [0, 1] * 8, "project": sorted(list("ABCD") * 4),
    ...                       "calendar": [1, 2, 1, 2, 2, 3, 2, 3] * 2,
    ...                       "employed": [0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1]})
    >>> round(standardised(panel).at(1, 1).value, 2)  # everybody was followed: the plain share
    0.62
    """
    rows = panel_of(
        panel, outcome, "event", by=by, cluster=cluster, person=person, time=time,
        more={"calendar": (calendar, "state")}, follow="all",
    )  # fmt: skip
    rows = rows.assign(entry=entries(rows, time))
    made: Estimates = {}
    for group, part in rows.groupby("group"):
        (coded,), base = base_of(part, [group], time)
        made |= jackknifed(by_entry(coded, len(base.units)), base, SHARE, level)
    return curve_of(made, f"entry-standardised share {outcome}", level, by, time)


def by_entry(rows: pd.DataFrame, units: int) -> ByEntry:
    """Count people and moves, per cluster and entry, of rows with codes of units."""
    columns = (rows[name].to_numpy(int) for name in ("time", "unit", "entry", "outcome"))
    time, unit, entry, now = columns
    entry = entry - entry.min()
    start, later = np.flatnonzero(time == 0), np.flatnonzero(time > 0)
    people, first = (np.zeros((units, int(entry.max()) + 1)) for _ in range(2))
    np.add.at(people, (unit[start], entry[start]), 1)
    np.add.at(first, (unit[start], entry[start]), now[start])
    shape = (units, 2, int(time.max()), people.shape[1])
    at_risk, after = np.zeros(shape), np.zeros(shape)
    cells = (unit[later], now[later - 1], time[later] - 1, entry[later])
    np.add.at(at_risk, cells, 1)
    np.add.at(after, cells, now[later])
    return ByEntry(people, first, at_risk, after)
