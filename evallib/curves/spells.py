"""Other readings of "in work": more hours, work that lasts, and what people live on otherwise."""

from collections.abc import Mapping, Sequence

import pandas as pd

from evallib.curves.curve import Curve
from evallib.curves.shares import share
from evallib.errors import EstimationError, need_columns
from evallib.inference.estimate import estimator


@estimator
def thresholds(
    panel: pd.DataFrame,
    limits: Sequence[float],
    hours: str = "hours",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
) -> dict[float, Curve]:
    """Share with at least so many hours in month k, one curve per limit.

    Parameters
    ----------
    panel, by, cluster, level
        As for `curves.share`.
    limits
        Hours a month.
    hours
        The column of hours.

    Returns
    -------
    dict
        A `Curve` of fractions by limit.

    Examples
    --------
    >>> panel = pd.DataFrame({"route": 1, "month": 0, "project": list("AABB"),
    ...                       "hours": [0.0, 20.0, 90.0, 160.0]})
    >>> [curve.at(1, 0).value for curve in thresholds(panel, [1, 80]).values()]
    [0.75, 0.5]
    """
    return {
        limit: share(panel.assign(__enough=panel[hours] >= limit), "__enough", by, cluster, level)
        for limit in limits
    }


def sustained(
    panel: pd.DataFrame,
    outcome: str = "employed",
    months: int = 3,
    person: str = "person_id",
) -> pd.DataFrame:
    """Whether the outcome has held in this month and in all of the `months` - 1 before it.

    Make curves of it with `curves.share(..., "sustained")` or `curves.ever`.

    Parameters
    ----------
    panel
        One row per person and month.
    outcome, person
        A true/false column, and that of persons.
    months
        The length of the spell.

    Returns
    -------
    pandas.DataFrame
        The panel from month `months` - 1 on, with a true/false column `sustained`.

    Raises
    ------
    EstimationError
        The length is below 1.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": "a", "month": range(4), "employed": [1, 1, 0, 1]})
    >>> sustained(panel, months=2)["sustained"].tolist()
    [True, False, False]
    """
    need_columns(panel, [outcome, person, "month"])
    if months < 1:
        raise EstimationError(f"months is {months}; give the length of the spell, at least 1.")
    rows = panel.sort_values([person, "month"]).assign(__one=panel[outcome].astype(int))
    run = rows.groupby(person)["__one"].rolling(months).sum().droplevel(0)
    rows = rows.drop(columns="__one").assign(sustained=run == months)
    return rows[rows["month"] >= months - 1].reset_index(drop=True)


def states(
    panel: pd.DataFrame,
    groups: Mapping[str, str] | None = None,
    outcome: str = "employed",
    benefit: str = "benefit",
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

    Returns
    -------
    pandas.Series
        Named "state", with the panel's index.

    Raises
    ------
    EstimationError
        `groups` has no state for some benefit.

    Examples
    --------
    >>> panel = pd.DataFrame({"employed": [True, False], "benefit": ["sickness", "sickness"]})
    >>> states(panel).tolist()
    ['work', 'sickness']
    """
    need_columns(panel, [outcome, benefit])
    named = panel[benefit] if groups is None else panel[benefit].map(groups)
    if named.isna().any():
        missing = sorted(panel.loc[named.isna(), benefit].unique())
        raise EstimationError(f"`groups` has no state for {', '.join(missing)}. Add them.")
    return named.mask(panel[outcome].astype(bool), "work").rename("state")
