"""Follows people from referral to the start and the end of their course.

Between referral and start lie a wait and a loss, and both say how well a route was run. The dates
are the projects' own, and the last referred had little time to start before the records end; so
the share that has started is taken among those who can be followed that long, as the curves do.
"""

import numpy as np
import pandas as pd

from evallib.cohort.panel import first_referrals
from evallib.errors import EstimationError, need_columns
from evallib.study.contract import PERSON
from evallib.study.study import Study


def courses(study: Study) -> pd.DataFrame:
    """The courses of all people, one row per person, at the first referral.

    Parameters
    ----------
    study
        The study; its participants are used.

    Returns
    -------
    pandas.DataFrame
        Columns person_id, route, project, referred_on, started and completed (both bool), wait_days
        (from referral to start) and weeks (from start to completion), missing where there is no
        such date.

    References
    ----------
    Rambøll (2017), p. 14-18; `data/README.md`, table participants.

    Examples
    --------
    >>> from evallib import load
    >>> told = courses(load(tables=["participants"]))
    >>> bool((told["wait_days"].dropna() >= 0).all())
    True
    """
    people = first_referrals(study)
    kept = people[[PERSON, "route", "project", "referred_on"]]
    return kept.assign(
        started=people["started_on"].notna(),
        completed=people["completed_on"].notna(),
        wait_days=(people["started_on"] - people["referred_on"]).dt.days,
        weeks=(people["completed_on"] - people["started_on"]).dt.days / 7,
    )


def last_record(study: Study) -> pd.Timestamp:
    """The last day on which a referral, start or completion is recorded.

    Parameters
    ----------
    study
        The study; its participants are used.

    Returns
    -------
    pandas.Timestamp
        The day.

    Examples
    --------
    >>> from evallib import load
    >>> last_record(load(tables=["participants"])).year
    2016
    """
    dates = study.participants[["referred_on", "started_on", "completed_on"]]
    return pd.Timestamp(dates.max().max())


def started_by_week(people: pd.DataFrame, weeks: int, until: pd.Timestamp) -> pd.DataFrame:
    """One row per person and week since referral in which the person can be followed.

    Parameters
    ----------
    people
        As `courses` gives them.
    weeks
        How many weeks to follow.
    until
        The last day of the records (`last_record`).

    Returns
    -------
    pandas.DataFrame
        Columns person_id, route, project, week and started: whether the course had begun by then.

    Raises
    ------
    EstimationError
        `weeks` is below 1.

    References
    ----------
    An addition: the report gives totals of those who started (p. 14-18).

    Examples
    --------
    >>> person = pd.DataFrame({"person_id": ["P1"], "route": 2, "project": "A", "wait_days": 8.0,
    ...                        "referred_on": pd.Timestamp("2016-05-01")})
    >>> started_by_week(person, 3, pd.Timestamp("2016-05-16"))["started"].tolist()
    [False, False, True]
    """
    need_columns(people, [PERSON, "route", "project", "referred_on", "wait_days"])
    if weeks < 1:
        raise EstimationError(f"weeks is {weeks}; give how many weeks to follow, at least 1.")
    who, week = (axis.ravel() for axis in np.indices((len(people), weeks + 1)))
    rows = people.iloc[who].reset_index(drop=True).assign(week=week)
    seen = rows["referred_on"] + pd.to_timedelta(7 * rows["week"], unit="D") <= until
    rows = rows.assign(started=rows["wait_days"] <= 7 * rows["week"])
    columns = [PERSON, "route", "project", "week", "started"]
    return rows.loc[seen, columns].reset_index(drop=True)


def lengths(people: pd.DataFrame, cluster: str = "project") -> pd.DataFrame:
    """How many courses lasted how many whole weeks.

    A week begun counts as a whole one, so 8 are the courses of more than 7 and up to 8 weeks.

    Parameters
    ----------
    people
        As `courses` gives them.
    cluster
        The column of units.

    Returns
    -------
    pandas.DataFrame
        Columns weeks, n, clusters, share.

    References
    ----------
    Rambøll (2017), p. 14-18, on how long courses last; the counting is ours.

    Examples
    --------
    >>> lengths(pd.DataFrame({"weeks": [3.5, 4.0, 7.2], "project": "A"}))["weeks"].tolist()
    [4, 8]
    """
    need_columns(people, ["weeks", cluster])
    finished = people.dropna(subset=["weeks"])
    whole = np.ceil(finished["weeks"]).astype("int64")
    table = finished.groupby(whole)[cluster].agg(n="size", clusters="nunique").reset_index()
    return table.assign(share=table["n"] / len(finished))


def with_division(panel: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The panel with a column `division`: the industry of each month.

    Parameters
    ----------
    panel
        As `person_months` gives it.
    study
        The study the panel is of.

    Returns
    -------
    pandas.DataFrame
        The panel; division is the first two digits of the code (DB07), missing where no industry is
        recorded.

    References
    ----------
    Danish Industry Code 2007 (DB07): the first two digits are the division.

    Examples
    --------
    >>> from evallib import load, person_months
    >>> study = load(tables=["participants", "dream"])
    >>> panel = with_division(person_months(study, routes=[2]), study)
    >>> int(panel["division"].str.len().max())
    2
    """
    need_columns(panel, [PERSON, "calendar"])
    months = study.register.months[[PERSON, "calendar", "industry"]]
    joined = panel.merge(months, on=[PERSON, "calendar"], how="left", validate="one_to_one")
    return joined.assign(division=joined["industry"].str[:2]).drop(columns="industry")
