"""Would the routes still differ if they had received the same people?

The routes served different people, so a raw contrast mixes the route with its intake. Standardising
removes the differences that were measured, where both routes had such people at all; what was not
measured stays, and the last part of the module says how strong it would have to be.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from statsmodels.discrete.discrete_model import Logit
from statsmodels.regression.linear_model import OLS

from evallib.cohort.people import Trait
from evallib.errors import DataError, EstimationError, need_columns, one_of
from evallib.inference.estimate import Estimate, estimator, proportion
from evallib.inference.frames import either, finite, labelled, two_groups
from evallib.models.covariance import cr2
from evallib.models.likelihood import identified, likelihood

Slopes = Literal["own", "common"]
Population = Literal["both", "first", "second"]
"""Whose mix of people a contrast is standardised to: of both groups together, or of one."""


def standardised_differences(
    frame: pd.DataFrame, group: str, a: object, b: object, covariates: Sequence[str]
) -> pd.DataFrame:
    """How far apart two groups are on each covariate, in standard deviations.

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

    References
    ----------
    Austin (2009), Balance diagnostics for comparing the distribution of baseline covariates between
    treatment groups. Statistics in Medicine 28, 3083-3107.

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
    """Share of each group's people in each class of each trait.

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

    References
    ----------
    Austin (2009), Statistics in Medicine 28, 3083-3107, on standardised differences.
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
    """Overlap of two groups by the propensity score of a logit on `covariates`.

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


@estimator
def standardised_contrast(  # noqa: PLR0913 - a contrast, its covariates and two options
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    covariates: Sequence[str],
    *,
    population: Population = "both",
    slopes: Slopes = "own",
    level: float = 0.95,
) -> Estimate:
    """Difference a minus b in mean `outcome` if both groups had the same mix of people.

    By g-computation: a regression in either group predicts what each person of the population
    would have had there, and the two means of predictions are subtracted. The mix of the population
    is taken as given, so the interval speaks of these people and not of others like them.

    Parameters
    ----------
    frame
        One row per person; rows with gaps are left out and `method` says how many.
    outcome, group, a, b, cluster
        Columns, and the two groups to compare; a unit in both groups is one cluster.
    covariates
        Columns: numbers enter as they are, others as categories.
    population
        Whose mix: that of "both" groups together, of the "first" (a) or of the "second" (b).
    slopes
        Of the covariates: each group's "own", or "common" ones of both (an analysis of covariance,
        which gives every population the same contrast), as a check of the first.
    level
        Nominal coverage of the interval.

    Returns
    -------
    Estimate
        In the unit of the outcome, with CR2 and Satterthwaite degrees of freedom as in `contrast`.

    Raises
    ------
    EstimationError
        Where a group has fewer than two clusters, a covariate is constant (in a group, for own
        slopes), or the contrast cannot be told from one cluster.
    DataError
        No row is complete, or an outcome, a covariate or a unit is not what it must be.

    References
    ----------
    Robins (1986), A new approach to causal inference in mortality studies with a sustained exposure
    period: g-computation. Mathematical Modelling 7, 1393-1512.
    Lin (2013), Agnostic notes on regression adjustments. Annals of Applied Statistics 7, 295-318.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2, 3, 5, 0, 1, 2, 1], "g": list("aaaabbbb"),
    ...                       "age": [3, 4, 5, 6, 2, 3, 5, 6], "unit": list("ppqqrrss")})
    >>> own = standardised_contrast(frame, "y", "g", "a", "b", "unit", ["age"])
    >>> same = standardised_contrast(frame, "y", "g", "a", "b", "unit", ["age"], slopes="common")
    >>> round(own.value, 2), round(same.value, 2)
    (1.35, 1.43)
    """
    one_of(slopes, Slopes, "slopes")
    one_of(population, Population, "population")
    need_columns(frame, [outcome, *covariates])
    pair = two_groups(frame, group, a, b, cluster)
    rows = pair.dropna(subset=[outcome, cluster, *covariates])
    traits = coded(rows, covariates)
    two_groups(rows, group, a, b, cluster)  # the gaps may have taken a unit
    treated = (rows[group] == a).astype(float)
    whose = {"both": treated >= 0, "first": treated == 1, "second": treated == 0}[population]
    centred = traits - traits[whose].mean()
    if slopes == "own":
        _identified_in(traits, {repr(a): treated == 1, repr(b): treated == 0})
        products = centred.mul(treated, axis=0).add_prefix("treated x ")
        centred = pd.concat([centred, products], axis=1)
    x = pd.concat([treated.rename("treated"), centred], axis=1).assign(constant=1.0)
    fit = OLS(finite(rows[outcome], f"column '{outcome}'"), x).fit()
    result = cr2(fit, rows[cluster], level)
    first = np.eye(len(result))[0]
    if (alone := result.covariance.rests_on(first)) is not None:
        raise EstimationError(
            f"With {traits.shape[1]} covariates the contrast {a} - {b} cannot be told from "
            f"cluster {result.cluster_names[alone]}. Use fewer covariates, or slopes='common'."
        )
    mix = "any mix" if slopes == "common" else f"the mix of {population}"
    how = f"standardised to {mix}, {slopes} slopes, {len(pair) - len(rows)} rows with gaps left out"
    estimate = result.along(first, float(result.params[0]), f"the standardised contrast {a} - {b}")
    return replace(estimate, method=f"{how}; {estimate.method}")


def _identified_in(traits: pd.DataFrame, groups: Mapping[str, pd.Series]) -> None:
    for name, own in groups.items():
        x = traits[own].assign(constant=1.0)
        identified(x.to_numpy(), list(x.columns), f" in group {name}: try slopes='common'")


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


def explain_away(estimate: Estimate, gaps: Sequence[float] = (0.1, 0.2, 0.3, 0.5)) -> pd.DataFrame:
    """How strongly an unmeasured yes/no trait would have to act to explain a contrast.

    If a trait is `gap` more common in one group and changes the outcome by e, it makes a contrast
    of gap x e by itself.

    Parameters
    ----------
    estimate
        A difference between two groups.
    gaps
        How much more common the trait is in one of them, as fractions.

    Returns
    -------
    pandas.DataFrame
        Columns gap, needed (the e that explains the whole estimate), needed_limit (that brings the
        nearer limit of the interval to zero; 0 where the interval holds zero already), in the
        outcome's unit.

    Raises
    ------
    EstimationError
        For gaps outside 0 to 1.

    Examples
    --------
    >>> example = Estimate(0.1, 0.05, 0.15, 0.02, 12, 900, 22, 0.95, "")
    >>> float(explain_away(example, gaps=[0.5]).loc[0, "needed_limit"])
    0.1
    """
    if not all(0 < gap <= 1 for gap in gaps):
        raise EstimationError(
            f"gaps are {list(gaps)}; give differences in shares above 0, up to 1."
        )
    table = pd.DataFrame({"gap": list(map(float, gaps))})
    nearer = max(estimate.low, -estimate.high, 0.0)
    return table.assign(
        needed=abs(estimate.value) / table["gap"], needed_limit=nearer / table["gap"]
    )
