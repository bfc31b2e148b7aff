"""Would the routes still differ if they had received the same people?

The routes served different people, so a raw contrast mixes the route with its intake. Standardising
removes the differences that were measured, where both routes had such people at all
(`evallib.models.balance`); what was not measured stays, and the last part of the module says how
strong it would have to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from evallib.errors import EstimationError, need_columns, one_of
from evallib.inference.estimate import Estimate, estimator
from evallib.inference.frames import finite, two_groups
from evallib.models.balance import coded
from evallib.models.covariance import cr2
from evallib.models.likelihood import identified

Slopes = Literal["own", "common"]
Population = Literal["both", "first", "second"]
"""Whose mix of people a contrast is standardised to: of both groups together, or of one."""


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
    r"""Difference a minus b in mean `outcome` if both groups had the same mix of people.

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

    Notes
    -----
    With covariates measured from their means in the population P, the coefficient of the group in

    $$y = \alpha + \delta z + \beta'(x - \bar x_P) + \gamma' z (x - \bar x_P) + e$$

    is $\frac{1}{|P|} \sum_{i \in P} (\hat m_a(x_i) - \hat m_b(x_i))$, the difference of the mean
    predictions; with common slopes $\gamma = 0$.

    Assumes, to be read as an effect, that groups differ in nothing else that matters, that both had
    such people (`overlap`), that the regressions are near straight, and that units are independent.
    Without the first it is a description at the same mix of people.

    References
    ----------
    Robins (1986): g-computation. Lin (2013): own slopes. Bell and McCaffrey (2002).

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


def explain_away(estimate: Estimate, gaps: Sequence[float] = (0.1, 0.2, 0.3, 0.5)) -> pd.DataFrame:
    r"""How strongly an unmeasured yes/no trait would have to act to explain a contrast.

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

    Notes
    -----
    A trait that is g more common in one group and moves the outcome by e makes a contrast of $g
    \times e$, so that

    $$e = \frac{|\hat\delta|}{g}$$

    explains the estimate, and the nearer limit over g its interval.

    Assumes a trait that acts alike in both groups and is not already explained by what was
    standardised for.

    References
    ----------
    Cornfield et al. (1959), Smoking and lung cancer: how strong an unmeasured cause must be.

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
