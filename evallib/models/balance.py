"""Were the groups alike before anything happened, and had they people alike at all?

What differs between groups is measured before it is removed: who came to each, how far apart they
were on each trait, and where one has nobody the other could be held against.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from statsmodels.discrete.discrete_model import Logit

from evallib.cohort.people import Trait
from evallib.errors import DataError, need_columns
from evallib.inference.estimate import proportion
from evallib.inference.frames import either, finite, labelled
from evallib.models.likelihood import likelihood


def standardised_differences(
    frame: pd.DataFrame, group: str, a: object, b: object, covariates: Sequence[str]
) -> pd.DataFrame:
    r"""How far apart two groups are on each covariate, in standard deviations.

    Numbers: difference in means over the root of the average variance. Categories, and gaps where
    there are any (level "missing"): difference in shares over the root of the average p(1-p).

    Parameters
    ----------
    frame
        One row per person.
    group, a, b
        The column of groups and the two groups to hold against each other.
    covariates
        Columns of numbers or categories.

    Returns
    -------
    pandas.DataFrame
        Columns covariate, level ("" for a number), a, b (mean or share), difference. Above about
        0.1 a difference is worth a look; it is missing where a group has nobody to judge by.

    Raises
    ------
    EstimationError
        A group has no people, or is compared with itself.
    DataError
        A covariate is infinite.

    Notes
    -----
    $$d = \frac{\bar x_a - \bar x_b}{\sqrt{(s_a^2 + s_b^2)/2}},$$

    $$d = \frac{p_a -
    p_b}{\sqrt{(p_a(1 - p_a) + p_b(1 - p_b))/2}}$$

    of a number and of a category. It is a description of these people and has no standard error; it
    does not grow with their number, as a test would.

    Assumes nothing of how people came to the groups.

    References
    ----------
    Austin (2009).

    Examples
    --------
    >>> frame = pd.DataFrame({"route": [1, 1, 2, 2], "age": [30.0, 50, 40, 60]})
    >>> standardised_differences(frame, "route", 1, 2, ["age"])["difference"].round(3).tolist()
    [-0.707]
    """
    need_columns(frame, [group, *covariates])
    pair = either(frame, group, a, b)
    rows = []
    for covariate in covariates:
        for level, values in _indicators(_bounded(pair, covariate)).items():
            first, second = (values[pair[group] == member].dropna() for member in (a, b))
            spread = np.mean([part.var(ddof=int(level == "")) for part in (first, second)])
            gap = float(first.mean() - second.mean())
            unlike = float(np.sign(gap)) * np.inf if gap else 0.0  # groups without any spread
            difference = gap / float(np.sqrt(spread)) if spread else unlike
            rows.append((covariate, level, first.mean(), second.mean(), difference))
    return pd.DataFrame(rows, columns=["covariate", "level", "a", "b", "difference"])


def _bounded(frame: pd.DataFrame, covariate: str) -> pd.Series:
    """A covariate, refused where it is infinite."""
    column = frame[covariate]
    if is_numeric_dtype(column.dtype):
        finite(column.dropna(), f"covariate '{covariate}'")
    return column


def _indicators(column: pd.Series) -> dict[str, pd.Series]:
    """A number as itself (level ""), a category as one 0/1 column a level; gaps as a level."""
    gaps = column.isna()
    if is_numeric_dtype(column.dtype):
        parts = {"": column.astype(float)}
    else:
        codes = pd.get_dummies(column.astype(str).mask(gaps), dtype=float).where(~gaps)
        parts = {str(level): codes[level] for level in codes}
    return parts | ({"missing": gaps.astype(float)} if gaps.any() else {})


def composition(
    people: pd.DataFrame, traits: Sequence[Trait], group: str = "route"
) -> pd.DataFrame:
    r"""Share of each group's people in each class of each trait.

    Parameters
    ----------
    people
        One row per person, with `group` and a column per trait.
    traits
        The traits, each with its classes in order; a class nobody belongs to has no row.
    group
        The column of the groups.

    Returns
    -------
    pandas.DataFrame
        Columns trait, column, code, label, one per group (proportions), and gap: the difference
        between the two groups farthest apart, in standard deviations; missing if there is one group
        alone.

    Raises
    ------
    DataError
        A person has no group.

    Notes
    -----
    Of each class the share $k/n$ of a group's people, and as `gap` the largest of
    `standardised_differences` between two groups, $\max_{a, b} |d_{ab}|$.

    Assumes nothing: full counts of those referred.

    References
    ----------
    Austin (2009).

    Examples
    --------
    >>> people = pd.DataFrame({"route": [1, 1, 2, 2], "gender": ["man", "woman", "man", "man"]})
    >>> trait = Trait("gender", "Gender", {"woman": "Women", "man": "Men"})
    >>> mix = composition(people, [trait]).set_index("code")
    >>> float(mix.loc["man", 1]), float(mix.loc["man", 2])
    (0.5, 1.0)
    """
    sizes: Any = labelled(people, group).value_counts().sort_index()
    rows = []
    for trait in traits:
        counts: Any = pd.crosstab(people[trait.column], people[group])
        for code, label in trait.groups.items():
            if code in counts.index:
                named = {"trait": trait.name, "column": trait.column, "code": code, "label": label}
                shares = {of: proportion(k, sizes[of]) for of, k in counts.loc[code].items()}
                rows.append(named | shares)
    mix = pd.DataFrame(rows)
    columns = [trait.column for trait in traits]
    pairs = combinations(sizes.index, 2)
    gaps = [standardised_differences(people, group, a, b, columns) for a, b in pairs]
    if not gaps:
        return mix.assign(gap=float("nan"))
    size = pd.concat(gaps).assign(size=lambda frame: frame["difference"].abs())
    largest = size.groupby(["covariate", "level"])["size"].max()
    keys = zip(mix["column"], mix["code"], strict=True)
    return mix.assign(gap=[largest[key] for key in keys])


@dataclass(frozen=True)
class Overlap:
    """Whether both groups had people alike on the covariates.

    Attributes
    ----------
    frame
        One row per group: n; low and high, the range of the propensity to be in group a; outside,
        how many lie beyond the other group's range, where a standardised contrast extrapolates;
        share_outside; effective, the number of people left after weighting to the other group's
        mix.
    scores
        Group and propensity of each person, in the frame's order, for a figure.
    """

    frame: pd.DataFrame
    scores: pd.DataFrame


def overlap(
    frame: pd.DataFrame, group: str, a: object, b: object, covariates: Sequence[str]
) -> Overlap:
    r"""Overlap of two groups by the propensity score of a logit on `covariates`.

    Parameters
    ----------
    frame
        One row per person; rows with gaps in `group` or `covariates` are left out.
    group, a, b
        The column of groups and the two groups to hold against each other.
    covariates
        Columns: numbers enter as they are, others as categories.

    Returns
    -------
    Overlap
        A row per group, and each person's propensity.

    Raises
    ------
    EstimationError
        Where the covariates tell the groups apart perfectly: there is no overlap at all. Where a
        group has no people, or is compared with itself.
    DataError
        A covariate is infinite.

    Notes
    -----
    The propensity is $e(x) = P(\text{group} = a \mid x)$ by a logit. With the weights $w_i = (1 -
    e_i)/e_i$ of group a and their inverse of group b, the number of people left is

    $$n_{\mathrm{eff}} = \frac{(\sum_i w_i)^2}{\sum_i w_i^2}.$$

    Assumes that the logit is near right; it describes and tests nothing.

    References
    ----------
    Austin (2009); Kish (1965), Survey sampling, for the effective number.

    Examples
    --------
    >>> frame = pd.DataFrame({"route": [1, 1, 1, 2, 2, 2], "age": [30.0, 40, 50, 35, 45, 60]})
    >>> overlap(frame, "route", 1, 2, ["age"]).frame["outside"].tolist()
    [1, 1]
    """
    need_columns(frame, [group, *covariates])
    pair = either(frame, group, a, b).dropna(subset=list(covariates))
    member = pair[group] == a
    score = propensity(member, pair, covariates, f"propensity to be {a!r} rather than {b!r}")
    rows = []
    for name, own in ((a, member), (b, ~member)):
        odds = score[own] / (1 - score[own])
        weight = 1 / odds if name == a else odds
        outside = (score[own] < score[~own].min()) | (score[own] > score[~own].max())
        effective = weight.sum() ** 2 / (weight**2).sum()
        low, high = score[own].min(), score[own].max()
        rows.append((name, own.sum(), low, high, outside.sum(), outside.mean(), effective))
    columns = ["group", "n", "low", "high", "outside", "share_outside", "effective"]
    scores = pd.DataFrame({"group": pair[group], "propensity": score})
    return Overlap(pd.DataFrame(rows, columns=columns), scores)


def coded(rows: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """The `covariates` of complete rows as columns of numbers.

    Numbers and booleans enter as they are, another column as one 0/1 column per value but the
    first. Raises `DataError` where there is no row, or a number is infinite.

    >>> coded(pd.DataFrame({"edu": ["none", "long"]}), ["edu"])["edu: none"].tolist()
    [1.0, 0.0]
    """
    if rows.empty:
        raise DataError(
            f"No row has all of {', '.join(covariates)}. Leave a column out, or make its gaps a "
            "category of their own."
        )
    words = [name for name in covariates if not is_numeric_dtype(_bounded(rows, name).dtype)]
    text = rows[list(covariates)].astype(dict.fromkeys(words, str))
    return pd.get_dummies(text, columns=words, prefix_sep=": ", drop_first=True).astype(float)


def propensity(
    chosen: pd.Series, rows: pd.DataFrame, covariates: Sequence[str], what: str
) -> pd.Series:
    """The probability of `chosen` (0/1) in each of the complete `rows`, by a logit on `covariates`.

    Raises `EstimationError` for collinear covariates and for such as tell the two apart perfectly.
    """
    x = coded(rows, covariates).assign(constant=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # likelihood() refuses what statsmodels warns of
        fit = Logit(chosen.astype(float).rename(what), x).fit(disp=False)
    likelihood(fit)
    return pd.Series(np.asarray(fit.predict()), index=rows.index)
