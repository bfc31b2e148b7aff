"""What a curve is worth when the people who enter change over time.

In month 10 only early entrants are observed. If later entrants do better or worse, the curve mixes
time since referral with time of referral, and no interval repairs that. Three answers: ask the data
(`drift`), look at one population throughout (`fixed_cohort`), or carry what is known of late
entrants forward under a stated model (`standardised`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evallib.curves.curve import Curve, curve_of, groups_of
from evallib.curves.moves import JACKKNIFE, tabulate
from evallib.curves.resampling import Floats, jackknife_se
from evallib.errors import EstimationError, need_columns
from evallib.inference.cr2 import least_squares
from evallib.inference.estimate import Estimate, cluster_codes, estimator, t_estimate

_RIDGE = 1e-4
"""Weight of the penalty that keeps the chance of a move finite in months when everybody or nobody
moved; far too small to be seen otherwise."""
_STEPS = 100


def fixed_cohort(panel: pd.DataFrame, until: int, person: str = "person_id") -> pd.DataFrame:
    """The months 0 to `until` of those observed in month `until`: one population throughout.

    It holds early entrants only, another population than the one referred.

    Parameters
    ----------
    panel
        One row per person and month.
    until
        The month they must reach.
    person
        The column of persons.

    Returns
    -------
    pandas.DataFrame
        Rows of the panel.

    Raises
    ------
    EstimationError
        Nobody is observed in that month.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aab"), "month": [0, 1, 0]})
    >>> fixed_cohort(panel, 1)["person_id"].tolist()
    ['a', 'a']
    """
    reached = panel.loc[panel["month"] == until, person]
    if reached.empty:
        raise EstimationError(f"Nobody is observed in month {until}. Choose an earlier month.")
    return panel[panel[person].isin(reached) & (panel["month"] <= until)].reset_index(drop=True)


def entry_months(panel: pd.DataFrame, calendar: str = "calendar") -> pd.Series:
    """Each row's month of entry, in months since the first entry of the panel."""
    days = panel[calendar].dt
    entry = days.year * 12 + days.month - panel["month"]
    return pd.Series(entry - entry.min())


@estimator
def drift(
    panel: pd.DataFrame,
    months: tuple[int, ...] = (0, 1, 2),
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    calendar: str = "calendar",
) -> Curve:
    """Change in the month-k mean of `outcome` per month of later entry, by least squares.

    An interval that holds 0 does not show that entry is stable; a slope of b shifts a curve by
    about b for each month by which the mean entry of the observed is earlier.

    Parameters
    ----------
    panel, outcome, by, cluster, level
        As for `curves.share`.
    months
        The months looked at; take some that everybody is observed in.
    calendar
        The column with the first day of each row's month.

    Returns
    -------
    Curve
        In the unit of the outcome per month of entry; CR2 with Satterthwaite degrees of freedom.

    Raises
    ------
    EstimationError
        All people of a group entered in one month.
    """
    need_columns(panel, [outcome, calendar, cluster, "month"])
    rows = panel.assign(__entry=entry_months(panel, calendar).astype(float))
    slopes: dict[tuple[object, int], Estimate] = {}
    for group, part in groups_of(rows[rows["month"].isin(months)], by):
        for month in months:
            cell = part[part["month"] == month]
            what = f"drift of group {group!r} in month {month}"
            if cell["__entry"].nunique() < 2:
                raise EstimationError(f"The {what} needs people of at least two months of entry.")
            codes, names = cluster_codes(cell[cluster], what)
            entry = cell["__entry"].to_numpy(float)
            design = np.column_stack([np.ones_like(entry), entry])
            fit = least_squares(design, cell[outcome].to_numpy(float), codes, kind="CR2")
            slope = np.array([0.0, 1.0])
            slopes[group, month] = t_estimate(
                float(fit.coefficients[1]), fit.covariance.se(slope), fit.covariance.df(slope),
                n=len(cell), clusters=len(names), level=level, method="CR2, t(Satterthwaite)",
            )  # fmt: skip
    return curve_of(slopes, f"entry drift of {outcome}", level, by)


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

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.people)

    def __call__(self, weights: Floats) -> Floats:
        """Standardised shares (B, months)."""
        return np.stack([self._one(row) for row in weights])

    def _one(self, weight: Floats) -> Floats:
        people = weight @ self.people
        share = (weight @ self.first) / np.where(people > 0, people, 1)
        at_risk, after = (np.tensordot(weight, x, axes=1) for x in (self.at_risk, self.after))
        enter, stay = (move_chances(at_risk[h], after[h]) for h in (0, 1))
        path = [share]
        for month in range(enter.shape[0]):
            path.append(path[-1] * stay[month] + (1 - path[-1]) * enter[month])
        return np.asarray(np.stack(path) @ people / people.sum())


def move_chances(at_risk: Floats, after: Floats) -> Floats:
    """Fitted chances (months, entries) of a logit with a level per month and one slope of entry.

    Newton's method on the counts, minutely penalised (`_RIDGE`).
    """
    months, entries = at_risk.shape
    slope = np.tile(np.arange(entries) - (entries - 1) / 2, months)
    design = np.column_stack([np.repeat(np.eye(months), entries, axis=0), slope])
    n, y = at_risk.ravel(), after.ravel()
    beta = np.zeros(months + 1)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-design @ beta))
        score = design.T @ (y - n * chance) - _RIDGE * beta
        information = (design.T * (n * chance * (1 - chance))) @ design
        step = np.linalg.solve(information + _RIDGE * np.eye(months + 1), score)
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            fitted: Floats = (1 / (1 + np.exp(-design @ beta))).reshape(months, entries)
            return fitted
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
    person: str = "person_id",
    calendar: str = "calendar",
) -> Curve:
    """Share with `outcome` in month k had everybody referred been followed to month k.

    Monthly moves into and out of the outcome follow a logit with a level of their own in each month
    and a slope of entry that is the same in all months; each entry month's path is chained from its
    own month-0 share, and the paths are averaged over all entrants. Late months of late entrants
    are extrapolated by that slope: an assumption, which no interval covers.

    Parameters
    ----------
    panel, outcome, by, cluster, level, person
        As for `curves.ever`.
    calendar
        The column with the first day of each row's month.

    Returns
    -------
    Curve
        Fractions; cluster jackknife, t(G-1).

    Raises
    ------
    EstimationError
        The logit does not converge, or a group has a single cluster.
    """
    need_columns(panel, [outcome, calendar, cluster, person, "month"])
    frames = []
    for group, part in groups_of(panel.assign(__entry=entry_months(panel, calendar)), by):
        statistic = _by_entry(part, outcome, cluster, person, f"group {group!r}")
        frames.append(tabulate(part, statistic, group, level, jackknife_se(statistic)))
    frame = pd.concat(frames, ignore_index=True)
    return Curve(frame, f"entry-standardised share {outcome}", level, JACKKNIFE, by or "")


def _by_entry(part: pd.DataFrame, outcome: str, cluster: str, person: str, what: str) -> ByEntry:
    rows = part.sort_values([person, "month"])
    unit, names = cluster_codes(rows[cluster], what)
    month, entry = rows["month"].to_numpy(), rows["__entry"].to_numpy()
    entry = entry - entry.min()
    now = rows[outcome].astype(bool).to_numpy()
    start = np.flatnonzero(month == 0)
    later = np.flatnonzero(month > 0)
    people, first = (np.zeros((len(names), int(entry.max()) + 1)) for _ in range(2))
    np.add.at(people, (unit[start], entry[start]), 1)
    np.add.at(first, (unit[start], entry[start]), now[start])
    shape = (len(names), 2, int(month.max()), people.shape[1])
    at_risk, after = np.zeros(shape), np.zeros(shape)
    cells = (unit[later], now[later - 1].astype(int), month[later] - 1, entry[later])
    np.add.at(at_risk, cells, 1)
    np.add.at(after, cells, now[later])
    return ByEntry(people, first, at_risk, after)
