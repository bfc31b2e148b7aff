"""Other readings of "in work": more hours, work that lasts, and what people live on otherwise."""

from collections.abc import Mapping, Sequence

import pandas as pd

from evallib.curves.base import means
from evallib.curves.curve import Curve
from evallib.errors import EstimationError
from evallib.inference.estimate import estimator
from evallib.inference.frames import numbers, panel_of


@estimator
def thresholds(
    panel: pd.DataFrame,
    limits: Sequence[float],
    hours: str = "hours",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    person: str = "person_id",
    time: str = "month",
) -> dict[float, Curve]:
    r"""Share with at least so many hours in month k, one curve per limit.

    Parameters
    ----------
    panel, by, cluster, level, person, time
        As for `curves.share`.
    limits
        Hours a month.
    hours
        The column of hours.

    Returns
    -------
    dict
        A `Curve` of fractions by limit.

    Raises
    ------
    DataError, EstimationError
        As for `curves.share`.

    Notes
    -----
    For each limit h the share of those observed in month k with $x_{ik} \ge h$:

    $$\hat p_k(h) = \frac{1}{|R_k|} \sum_{i \in R_k} 1\{x_{ik} \ge h\}.$$

    Assumes what `share` does.

    References
    ----------
    Rambøll (2017), p. 7, footnote 1: one paid hour makes a month of work; other limits are an
    addition. Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("abcd"), "route": 1, "month": 0,
    ...                       "project": list("AABB"), "hours": [0.0, 20.0, 90.0, 160.0]})
    >>> [curve.at(1, 0).value for curve in thresholds(panel, [1, 80]).values()]
    [0.75, 0.5]
    """
    rows = panel_of(panel, hours, "number", by=by, cluster=cluster, person=person, time=time)
    return {
        limit: means(
            rows.assign(outcome=(rows["outcome"] >= limit).astype(float)),
            f"the share with at least {limit:g} {hours}", level, by, time,
        )
        for limit in limits
    }  # fmt: skip


def sustained(
    panel: pd.DataFrame,
    outcome: str = "employed",
    length: int = 3,
    *,
    person: str = "person_id",
    time: str = "month",
) -> pd.DataFrame:
    """Whether the outcome has held in this month and in all of the `length` - 1 before it.

    Make curves of it with `curves.share(..., "sustained")` or `curves.ever`.

    Parameters
    ----------
    panel
        One row per person and month, from month 0 until the person is last seen.
    outcome, person, time
        A true/false column, and those of persons and of months.
    length
        Of the spell, in months.

    Returns
    -------
    pandas.DataFrame
        The panel from month `length` - 1 on, by person and month, with a true/false column
        `sustained`.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`), or somebody's months have gaps.
    EstimationError
        The length is below 1.

    References
    ----------
    An addition: the report counts single months (`data/assumptions.csv`, `employed`).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": "a", "month": range(4), "employed": [1, 1, 0, 1]})
    >>> sustained(panel, length=2)["sustained"].tolist()
    [True, False, False]
    """
    if length < 1:
        raise EstimationError(f"length is {length}; give the length of the spell, at least 1.")
    rows = panel_of(
        panel, outcome, "event", by=None, cluster=person, person=person, time=time, follow="all"
    )
    run = rows.groupby("person")["outcome"].rolling(length).sum().droplevel(0)
    ordered = panel.sort_values([person, time], ignore_index=True).assign(sustained=run == length)
    return ordered[ordered[time] >= length - 1].reset_index(drop=True)


def states(
    panel: pd.DataFrame,
    groups: Mapping[str, str] | None = None,
    outcome: str = "employed",
    benefit: str = "benefit",
    *,
    person: str = "person_id",
    time: str = "month",
) -> pd.Series:
    """What a person lives on in a month: "work" where `outcome` holds, else the benefit.

    Work comes first, so a month with paid hours and a benefit is a month of work.

    Parameters
    ----------
    panel
        One row per person and month.
    groups
        Joins benefits into fewer states, such as those of data/codelists/benefit_groups.csv.
    outcome, benefit
        A true/false column, and that of benefits.
    person, time
        The columns of persons and of months.

    Returns
    -------
    pandas.Series
        Named "state", with the panel's index.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`), or a benefit is missing.
    EstimationError
        `groups` has no state for some benefit.

    References
    ----------
    `data/codelists/benefit_groups.csv` has the states of benefits; `data/assumptions.csv`,
    `employed` and `benefit_month`.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("ab"), "month": 0, "employed": [True, False],
    ...                       "benefit": ["sickness", "sickness"]})
    >>> states(panel).tolist()
    ['work', 'sickness']
    """
    panel_of(
        panel, outcome, "event", by=None, cluster=person, person=person, time=time,
        more={"benefit": (benefit, "state")},
    )  # fmt: skip
    named = panel[benefit] if groups is None else panel[benefit].map(groups)
    if named.isna().any():
        missing = sorted(panel.loc[named.isna(), benefit].unique())
        raise EstimationError(
            f"`groups` has no state for {', '.join(map(str, missing))}. Add them."
        )
    return named.mask(numbers(panel[outcome]) == 1, "work").rename("state")
