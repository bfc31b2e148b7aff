"""What came of each person, and an estimate for each group of people, in the groups' order."""

from collections.abc import Callable

import pandas as pd

from evallib.cohort.people import Trait
from evallib.errors import need_columns
from evallib.inference.estimate import Estimate
from evallib.study.contract import PERSON


def afterwards(panel: pd.DataFrame, first: int = 1) -> pd.DataFrame:
    """What came of each person from month `first` on.

    Parameters
    ----------
    panel
        As `person_months` gives it.
    first
        The first month that counts.

    Returns
    -------
    pandas.DataFrame
        One row per person: person_id, route, project, months (observed), work (at least one month
        in work), share (of the months in work) and hours (mean paid hours a month, months without
        work as zero). People who are not observed that long have no row.

    References
    ----------
    Rambøll (2017), annex 4; `data/assumptions.csv`, `degree_outcome` and `early`.

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": "P1", "route": 1, "project": "A", "month": [0, 1, 2],
    ...                       "hours": [0.0, 0.0, 90.0], "employed": [False, False, True]})
    >>> afterwards(panel)[["months", "work", "share", "hours"]].values.tolist()
    [[2.0, 1.0, 0.5, 45.0]]
    """
    need_columns(panel, [PERSON, "route", "project", "month", "hours", "employed"])
    rows = panel[panel["month"] >= first]
    grouped = rows.assign(employed=rows["employed"].astype(float)).groupby(PERSON)
    return grouped.agg(
        route=("route", "first"),
        project=("project", "first"),
        months=("month", "size"),
        work=("employed", "max"),
        share=("employed", "mean"),
        hours=("hours", "mean"),
    ).reset_index()


def by_group(
    people: pd.DataFrame, trait: Trait, estimate: Callable[[pd.DataFrame], Estimate], least: int = 1
) -> pd.DataFrame:
    """`estimate` for each group of a trait, in the trait's order.

    Parameters
    ----------
    people
        One row per person, with the column of the trait and `project`.
    trait
        The trait and its groups.
    estimate
        What is estimated of the people of a group.
    least
        Groups of fewer people, or from a single unit, are left out.

    Returns
    -------
    pandas.DataFrame
        Columns trait, group, label, n, clusters, estimate, and of the estimate value, low, high.

    Examples
    --------
    >>> from evallib.inference import cluster_mean
    >>> trait = Trait("gender", "Gender", {"woman": "Women", "man": "Men"})
    >>> people = pd.DataFrame({"gender": "man", "project": list("AABB"), "work": [0, 1, 1, 1]})
    >>> by_group(people, trait, lambda p: cluster_mean(p["work"], p["project"]))["value"].tolist()
    [0.75]
    """
    rows = []
    for code, label in trait.groups.items():
        part = people[people[trait.column] == code]
        units = part["project"].unique().size
        if len(part) >= least and units > 1:
            of = estimate(part)
            limits = (of.value, of.low, of.high)
            rows.append((trait.column, code, label, len(part), units, of, *limits))
    columns = ["trait", "group", "label", "n", "clusters", "estimate", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
