"""Means of few units, and differences between them.

A mean is a regression on nothing but a constant, a difference one on the group. So both have the
covariance of `evallib.inference.cr2` and Satterthwaite's degrees of freedom: with one unit that has
three in five of the people, the simple correction (CR1, t(G-1)) held the truth in 66 to 89 per cent
of simulated samples, this one in 95 to 99 (tests/simulations/rules.csv, without rare shares). With
five units the intervals are wide, and that is the message.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evallib.errors import DataError, EstimationError, need_columns
from evallib.inference.cr2 import FloatArray, IntArray, least_squares
from evallib.inference.estimate import Bounds, Estimate, estimator, t_estimate
from evallib.inference.frames import cluster_codes, finite, labelled, two_groups, weight

_CR2 = "CR2, t with Satterthwaite df"


@estimator
def cluster_mean(
    values: ArrayLike | pd.Series,
    clusters: ArrayLike | pd.Series,
    *,
    level: float = 0.95,
    weights: ArrayLike | pd.Series | None = None,
    bounds: Bounds | None = None,
    what: str = "the mean",
) -> Estimate:
    r"""Mean over people with an interval that counts units.

    Parameters
    ----------
    values, clusters
        Each person's number and unit (n,).
    level
        Nominal coverage.
    weights
        Each person's weight (n,), not negative; all alike if left out. People without weight, and
        units of such people alone, do not count.
    bounds
        The least and the greatest value a person can have, which the limits respect; (0, 1) for
        values of 0 and 1.
    what
        What errors and warnings call the mean.

    Returns
    -------
    Estimate
        In the unit of the values. The weights are those of a survey: they say how many people each
        stands for, not how exactly a value is known.

    Raises
    ------
    DataError
        A value, weight or unit is missing, or a value lies outside the bounds.
    EstimationError
        There are fewer than two units, or a weight is negative or none is positive.

    Warns
    -----
    EstimationWarning
        There is no variation between units: the interval has no width.

    Notes
    -----
    A least squares on a constant, with weights w and residuals $\hat e$:

    $$\bar y = \frac{\sum_i w_i y_i}{\sum_i w_i},$$

    $$\mathrm{se}^2 = \frac{1}{(\sum_i w_i)^2}
    \sum_{g=1}^{G} \left(w_g' A_g \hat e_g\right)^2,$$

    with $A_g$ the inverse root of the cluster's block of $(I - H)(I - H)'$ for the hat matrix H,
    which is $I - H_{gg}$ if all weigh alike. The limits are those of a t distribution with
    Satterthwaite's degrees of freedom under independent people of one variance,
    and within the bounds they are Wilson's, with the number of independent people who would have
    this standard error.

    Assumes that units are independent of each other; within a unit anything may hold. With one
    dominant unit or very few the interval is wide, which is right, and for rare shares still too
    narrow (`tests/simulations/rules.csv`).

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018). Wilson (1927) and Dean and Pagano
    (2015) for limits of a share.

    Examples
    --------
    >>> share = cluster_mean([0, 1, 1, 1], ["A", "A", "B", "B"])
    >>> share.value, share.k, share.n
    (0.75, 3, 4)
    """
    y = finite(values, what)
    w = np.ones_like(y) if weights is None else weight(weights, what)
    labels = pd.Series(clusters).reset_index(drop=True)
    if not len(y) == len(w) == len(labels):
        raise DataError(
            f"{what} has {len(y)} values, {len(w)} weights and {len(labels)} cluster labels; give "
            "one of each per person."
        )
    counts = w > 0
    codes, names = cluster_codes(labels[counts], what)
    share = bool(np.isin(y, (0.0, 1.0)).all())
    bounds = (0.0, 1.0) if bounds is None and share else bounds
    if bounds and not (y.min() >= bounds[0] and y.max() <= bounds[1]):
        raise DataError(f"{what} has values outside {bounds[0]:g} to {bounds[1]:g}; correct them.")
    value, se, df = _cr2_mean(y[counts], w[counts], codes, len(names))
    mean = t_estimate(
        value, se, df, n=int(counts.sum()), clusters=len(names), level=level,
        method=f"mean, {_CR2}", what=what, bounds=bounds,
    )  # fmt: skip
    if not share:
        amounts = np.abs(y[counts])
        return replace(
            mean, largest=float(amounts.max() / amounts.sum()) if amounts.any() else None
        )
    return replace(mean, k=int(y.sum())) if weights is None else mean


def _cr2_mean(
    y: FloatArray, w: FloatArray, codes: IntArray, count: int
) -> tuple[float, float, float]:
    """Mean, CR2 standard error and Satterthwaite degrees of freedom of a weighted mean.

    The working model is that people are independent and equally variable, as clubSandwich takes it
    for a regression with weights. Of a cluster only 1 and its weights w matter, so its people are
    two numbers here: along 1, and along what is left of w.
    """

    def sums(values: FloatArray) -> FloatArray:
        return np.bincount(codes, values, count).astype(float)

    total = w.sum()
    value = float(w @ y / total)
    size = np.sqrt(sums(np.ones_like(w)))
    left = w - (sums(w) / size**2)[codes]
    spread = np.sqrt(sums(left**2))
    weights = np.column_stack([sums(w) / size, spread])
    off = y - value
    off = np.column_stack([sums(off) / size, sums(left * off) / np.where(spread, spread, 1)])
    adjusted = _adjusted(size, weights, total, float(w @ w))
    scores = np.sum(adjusted * off, axis=1)
    own = np.sum(adjusted**2, axis=1)
    # The scores' working covariance Q is diag(own) + sides @ middle @ sides'.
    sides = np.column_stack([adjusted[:, 0] * size, np.sum(adjusted * weights, axis=1) / total])
    middle = np.array([[w @ w / total**2, -1.0], [-1.0, 0.0]])
    shared = np.sum(sides @ middle * sides, axis=1)
    inner = sides.T @ sides @ middle
    squares = own @ own + 2 * own @ shared + np.trace(inner @ inner)
    df = float((own + shared).sum() ** 2 / squares)
    return value, float(np.sqrt(scores @ scores) / total), df


def _adjusted(size: FloatArray, weights: FloatArray, total: float, squares: float) -> FloatArray:
    """The weights of clusters times the inverse root of their residuals' covariance: (G, 2).

    That is I - (1 w' + w 1') / W + 1 1' (sum of squared weights) / W^2, where 1 has the length
    `size` along itself.
    """
    ones = np.column_stack([size, np.zeros_like(size)])
    cross = ones[:, :, None] * weights[:, None, :] / total
    both = ones[:, :, None] * ones[:, None, :] * squares / total**2
    values, vectors = np.linalg.eigh(np.eye(2) - cross - cross.transpose(0, 2, 1) + both)
    turned = np.einsum("gij,gi->gj", vectors, weights) / np.sqrt(np.maximum(values, 1e-12))
    return np.asarray(np.einsum("gij,gj->gi", vectors, turned))


@estimator
def cluster_means(
    frame: pd.DataFrame,
    outcome: str,
    by: str,
    cluster: str = "project",
    level: float = 0.95,
    *,
    bounds: Bounds | None = None,
) -> dict[Any, Estimate]:
    r"""Mean `outcome` of each group, each with its own `cluster_mean`.

    Parameters
    ----------
    frame
        One row per person, or per person and month.
    outcome, by, cluster
        The columns of numbers, groups and units.
    level, bounds
        As for `cluster_mean`.

    Returns
    -------
    dict
        By group, in the order of the groups.

    Raises
    ------
    DataError, EstimationError
        As for `cluster_mean`; a column or a group is missing.

    Notes
    -----
    In each group $\bar y_a = \frac{1}{n_a} \sum_{i \in a} y_i$, as `cluster_mean`.

    Assumes that units are independent. The intervals are each of its own group; a difference is for
    `contrast`, as a unit may work in several groups.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 1, 1, 1, 5, 7], "route": [2, 2, 2, 2, 1, 1],
    ...                       "project": list("AABBAB")})
    >>> {route: mean.value for route, mean in cluster_means(frame, "y", "route").items()}
    {1: 6.0, 2: 0.75}
    """
    need_columns(frame, [outcome, by, cluster])
    labelled(frame, by)
    return {
        group: cluster_mean(
            part[outcome], part[cluster], level=level, bounds=bounds,
            what=f"the mean of {by} {group}",
        )
        for group, part in frame.groupby(by)
    }  # fmt: skip


@estimator
def contrast(
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    level: float = 0.95,
) -> Estimate:
    r"""Difference in mean `outcome` between group `a` and group `b` (a minus b).

    Overlap: a unit that works in both groups carries one label and is one cluster, so what its
    people share cancels in the difference instead of being counted twice. The test is then careful:
    where every unit of a route also works on the other it rejects in as few as 3 of 1,000 cases
    without a difference.

    Parameters
    ----------
    frame
        One row per person.
    outcome, group, cluster
        The columns of numbers, groups and units.
    a, b
        Two values of the column of groups.
    level
        Nominal coverage.

    Returns
    -------
    Estimate
        In the unit of the outcome; CR2 standard error with Satterthwaite degrees of freedom.

    Raises
    ------
    EstimationError
        A group has fewer than two clusters, or is compared with itself.
    DataError
        A value or a unit is missing.

    Notes
    -----
    The slope of a least squares on membership,

    $$\hat\delta = \bar y_a - \bar y_b,$$

    $$\mathrm{se}^2 = \left[ M \left( \sum_g X_g' A_g
    \hat e_g \hat e_g' A_g X_g \right) M \right]_{22}, \quad A_g = (I - H_{gg})^{-1/2},\ M =
    (X'X)^{-1},$$

    with Satterthwaite's degrees of freedom of that coefficient.

    Assumes that units are independent; people of a unit need not be. It compares the people who
    were there, and says nothing of what caused the difference.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2, 3, 5, 0, 1, 2, 1], "g": list("aaaabbbb"),
    ...                       "unit": list("ppqqrrss")})
    >>> round(contrast(frame, "y", "g", "a", "b", "unit").value, 2)
    1.75
    """
    need_columns(frame, [outcome])
    pair = two_groups(frame, group, a, b, cluster)
    y = finite(pair[outcome], f"column '{outcome}'")
    treated = np.asarray(pair[group] == a, dtype=float)
    return slope(y, treated, pair[cluster], f"the contrast {a} - {b}", level)


def slope(
    y: FloatArray, x: FloatArray, clusters: ArrayLike | pd.Series, what: str, level: float = 0.95
) -> Estimate:
    """Change in `y` per step of `x`, both (n,): the difference in means if `x` is 0 and 1.

    Raises `EstimationError` where one cluster alone carries it: its spread is unknown.
    """
    codes, names = cluster_codes(clusters, what)
    centred = x - x.mean()
    design = np.column_stack([np.ones_like(y), centred])
    fit = least_squares(design, y - y.mean(), codes, kind="CR2")  # so that a constant is nought
    direction = np.array([0.0, 1.0])
    alone = fit.covariance.rests_on(direction)
    if alone is not None:
        raise EstimationError(
            f"{what} cannot be told from cluster {names[alone]}, which alone carries it. Leave it "
            "out, or compare over more units."
        )
    two = bool(np.isin(x, (0.0, 1.0)).all())
    share = two and bool(np.isin(y, (0.0, 1.0)).all())
    made = t_estimate(
        float(fit.coefficients[1]), fit.covariance.se(direction), fit.covariance.df(direction),
        n=len(y), clusters=len(names), level=level, what=what,
        method=f"difference in means, {_CR2}" if two else f"least squares, {_CR2}",
        bounds=(-1.0, 1.0) if share else None, difference=share,
    )  # fmt: skip
    both = (
        (sign, int(y[x == one].sum()), int((x == one).sum())) for sign, one in ((1, 1), (-1, 0))
    )
    return replace(made, parts=tuple(both) if share else None)
