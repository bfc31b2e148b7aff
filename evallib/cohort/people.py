"""Who the participants were before they were referred, and what came of each of them.

The routes were given different people, so no difference between routes can be read without knowing
whom each received. The participants table says who they are; the register says what they did in
the years before referral. Both become one row per person here, in the bands of
data/codelists/categories.csv, so that chapters compare the same groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.cohort.panel import first_referrals
from evallib.errors import DataError
from evallib.study.codelists import read
from evallib.study.contract import PERSON
from evallib.study.study import Study

NONE, OUTSIDE = "none", "outside"
"""The industry of people without any, and the target group of people in none."""


@dataclass(frozen=True)
class Trait:
    """A trait of people in groups: its column, its name, and the groups' names in order."""

    column: str
    name: str
    groups: Mapping[str, str]


def background(study: Study) -> pd.DataFrame:
    """One row per person at the first referral, known from before that day.

    Parameters
    ----------
    study
        The study; participants and register are used.

    Returns
    -------
    pandas.DataFrame
        Columns person_id, route, project, entry (month of referral, counted from the first),
        gender, education, age (full years), months_unemployed (full months), and their groups
        age_group and unemployment; target_group (an id of the definition, or "outside"); and from
        the register prior_months (of the definition's months of history, those with enough paid
        hours to count as work), prior_group and industry (`industry_groups`). What a table or the
        register lacks is missing.

    Raises
    ------
    DataError
        A number lies outside the bands of data/codelists/categories.csv.

    References
    ----------
    Rambøll (2017), p. 4 and p. 8; `data/assumptions.csv`, `prior_employment`, `prior_industry`,
    `young` and `six_months`.

    Examples
    --------
    >>> from evallib import load
    >>> background(load(tables=["participants", "dream"]))["age"].between(18, 70).all()
    np.True_
    """
    people = first_referrals(study)
    day = people["referred_on"]
    entry = day.dt.year * 12 + day.dt.month
    rows = people[[PERSON, "route", "project", "gender", "education"]].assign(
        entry=entry - entry.min(),
        age=full_years(people["birth_date"], day),
        months_unemployed=full_months(people["unemployed_since"], day),
    )
    rows = rows.join(history(study, people))
    return rows.assign(
        age_group=banded(rows["age"], "age"),
        unemployment=banded(rows["months_unemployed"], "unemployment_months"),
        prior_group=banded(rows["prior_months"], "prior_months_employed"),
        target_group=target_groups(study, rows),
    )


def history(study: Study, people: pd.DataFrame) -> pd.DataFrame:
    """What the register says of the months before referral: prior_months, industry.

    `people` has person_id and referred_on; the result has its index. Missing for people without a
    row in the register.
    """
    register, rules = study.register, study.definition.study
    row = register.people.get_indexer(pd.Index(people[PERSON]))
    day = people["referred_on"]
    start = (day.dt.year * 12 + day.dt.month).to_numpy()
    first = register.firsts[0].year * 12 + register.firsts[0].month
    columns = start[:, None] - first + np.arange(-rules.history_months, 0)[None, :]
    seen = (row[:, None] >= 0) & (columns >= 0) & (columns < len(register.firsts))
    cells = (np.where(row < 0, 0, row)[:, None], np.where(seen, columns, 0))
    worked = seen & (np.nan_to_num(register.hours[cells]) >= rules.employed_min_hours)
    group = np.where(seen, industry_positions(register.industry[cells]), -1)
    names = np.array([*industry_groups(), NONE], dtype=object)
    listed = pd.Series(row >= 0, index=people.index)
    months = pd.Series(worked.sum(axis=1).astype(float), index=people.index)
    industry = pd.Series(names[_most(group)], index=people.index, dtype="str")
    return pd.DataFrame({"prior_months": months.where(listed), "industry": industry.where(listed)})


def industry_groups() -> dict[str, str]:
    """The main groups of industries in the order of the code list, and their names.

    Returns
    -------
    dict
        Names by code, in the order of the code list.

    References
    ----------
    `data/codelists/industries.csv`: the main groups of Danish Industry Code 2007 (DB07).

    Examples
    --------
    >>> "temp_agencies" in industry_groups()
    True
    """
    listed = read("codelists/industries").sort_values("order").drop_duplicates("group")
    return dict(zip(listed["group"], listed["label"], strict=True))


def industry_positions(codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Positions in `industry_groups` of six-digit DB07 codes; -1 where the list has none.

    >>> list(industry_groups())[industry_positions(np.array([782000]))[0]]
    'temp_agencies'
    """
    listed = read("codelists/industries")
    order = list(industry_groups())
    table = np.full(100, -1)
    for first, last, group in zip(
        listed["code_from"], listed["code_to"], listed["group"], strict=True
    ):
        table[int(first) : int(last) + 1] = order.index(group)
    division = np.asarray(codes) // 10_000
    known = (division > 0) & (division < 100) & (np.asarray(codes) % 10_000 != 9_999)  # no industry
    positions: NDArray[np.int64] = table[np.where(known, division, 0)]
    return positions


def _most(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """The most frequent position in each row, the first of the list among equals; -1 if none."""
    counts = np.stack([(group == g).sum(axis=1) for g in range(group.max(initial=0) + 1)], axis=1)
    return np.where(counts.any(axis=1), counts.argmax(axis=1), -1)


def full_years(born: pd.Series, day: pd.Series) -> pd.Series:
    """Full years from one date to another; missing where a date is.

    Parameters
    ----------
    born, day
        The two dates of each row.

    Returns
    -------
    pandas.Series
        Whole numbers; missing where a date is.

    References
    ----------
    Age as the law counts it: a year is full on its day.

    Examples
    --------
    >>> dates = [pd.Series(pd.to_datetime([day])) for day in ("1990-05-02", "2016-05-01")]
    >>> full_years(*dates).tolist()
    [25.0]
    """
    years: pd.Series = full_months(born, day) // 12
    return years


def full_months(since: pd.Series, day: pd.Series) -> pd.Series:
    """Full months from one date to another; missing where a date is.

    Parameters
    ----------
    since, day
        The two dates of each row.

    Returns
    -------
    pandas.Series
        Whole numbers; missing where a date is.

    References
    ----------
    `data/assumptions.csv`, `six_months`: a month is full on its day.

    Examples
    --------
    >>> dates = [pd.Series(pd.to_datetime([day])) for day in ("2016-01-31", "2016-03-30")]
    >>> full_months(*dates).tolist()
    [1.0]
    """
    months = (day.dt.year - since.dt.year) * 12 + (day.dt.month - since.dt.month)
    full: pd.Series = (months - (day.dt.day < since.dt.day)).astype(float)
    return full


def banded(values: pd.Series, category: str) -> pd.Series:
    """The band of each number, by the limits of data/codelists/categories.csv.

    Parameters
    ----------
    values
        Whole numbers; missing ones stay missing.
    category
        A category of the code list whose rows have limits, which are included.

    Returns
    -------
    pandas.Series
        Codes of bands, with the index of `values`.

    Raises
    ------
    DataError
        A number lies outside all bands.

    References
    ----------
    `data/codelists/categories.csv`; Rambøll (2017), annex 5.

    Examples
    --------
    >>> banded(pd.Series([29.0, 30.0]), "age").tolist()
    ['under_30', '30_49']
    """
    listed = _category(category)
    out = pd.Series(pd.NA, index=values.index, dtype="str")
    for code, low, high in zip(listed["code"], listed["from"], listed["to"], strict=True):
        out = out.mask(values.between(low, high), str(code))
    lost = values.notna() & out.isna()
    if lost.any():
        raise DataError(
            f"{int(lost.sum())} people have a value outside the bands of '{category}', such as "
            f"{values[lost].iloc[0]:g}. Widen the bands in data/codelists/categories.csv."
        )
    return out


def target_groups(study: Study, people: pd.DataFrame) -> pd.Series:
    """The target group of each person by age and months out of work, "outside" if of none.

    Parameters
    ----------
    study
        The study, for the target groups of its definition.
    people
        One row per person: age and months_unemployed.

    Returns
    -------
    pandas.Series
        Ids of target groups, "outside" of none, missing where age or unemployment is. The
        definition gives limits of age and of unemployment; that the young have an education is
        no part of it.

    References
    ----------
    Rambøll (2017), p. 4; `data/assumptions.csv`, `young` and `six_months`.

    Examples
    --------
    >>> from evallib import load
    >>> people = pd.DataFrame({"age": [25.0, 45.0], "months_unemployed": [7.0, 1.0]})
    >>> target_groups(load(tables=["participants"]), people).tolist()
    ['young', 'outside']
    """
    out = pd.Series(OUTSIDE, index=people.index, dtype="str")
    for group in study.definition.target_groups:
        inside = people["age"].between(group.age_from, group.age_to)
        out = out.mask(inside & (people["months_unemployed"] >= group.months_unemployed), group.id)
    return out.mask(people[["age", "months_unemployed"]].isna().any(axis=1))


def traits(study: Study) -> tuple[Trait, ...]:
    """The traits of `background` that come in groups, each with its groups' names in order.

    Parameters
    ----------
    study
        The study, for the target groups of its definition.

    Returns
    -------
    tuple of Trait
        Named as in data/codelists/traits.csv; groups as in the lists of codes.

    References
    ----------
    `data/codelists/traits.csv` and `data/codelists/categories.csv`.

    Examples
    --------
    >>> from evallib import load
    >>> traits(load(tables=["participants"]))[0].name
    'Target group'
    """
    education = read("codelists/education").sort_values("order")
    groups = {
        "target_group": {group.id: group.label for group in study.definition.target_groups},
        "education": dict(zip(education["code"], education["label"], strict=True)),
        "industry": industry_groups(),
    }
    listed = read("codelists/traits")
    for category in listed["category"].dropna():
        trait = listed.loc[listed["category"] == category, "trait"].item()
        groups[trait] = _labels(category)
    rest = listed[listed["code"].notna()]
    for trait, code, label in zip(rest["trait"], rest["code"], rest["label"], strict=True):
        groups[trait][code] = label
    named = listed[listed["code"].isna()]
    pairs = zip(named["trait"], named["label"], strict=True)
    return tuple(Trait(trait, label, groups[trait]) for trait, label in pairs)


def _category(category: str) -> pd.DataFrame:
    listed = read("codelists/categories")
    return listed[listed["category"] == category].sort_values("order")


def _labels(category: str) -> dict[str, str]:
    listed = _category(category)
    return dict(zip(listed["code"], listed["label"], strict=True))
