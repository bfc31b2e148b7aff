"""The smallest difference a study of so few units could find.

It stands beside a result that cannot be told from zero, so that nobody reads "not found" as "not
there". What it takes must be declared beforehand: computed from the standard error that was found
it would repeat the p-value and nothing more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from evallib.errors import DataError, EstimationError, one_of
from evallib.inference.cr2 import FloatArray, least_squares
from evallib.inference.estimate import check_level
from evallib.inference.frames import cluster_codes, finite, two_groups
from evallib.study.definition import Measure, Power


def detectable_difference(
    sizes_a: ArrayLike,
    sizes_b: ArrayLike,
    *,
    sd: float,
    icc: float,
    power: float = 0.8,
    level: float = 0.95,
) -> float:
    r"""Smallest difference in means a comparison of these units can find, before any data are seen.

    Parameters
    ----------
    sizes_a, sizes_b
        People per unit of either group, the units of one being others than those of the other.
    sd, icc
        The outcome's total standard deviation, and the share of its variance between units.
    power, level
        The probability of finding a difference that is there, and the coverage of the interval.

    Returns
    -------
    float
        In the outcome's unit: standard error x (t quantile of the level + t quantile of the power).
        The degrees of freedom are those `contrast` has for units of these sizes.

    Raises
    ------
    DataError
        A size is no whole number from 1, or sd, icc or power is no possible one.
    EstimationError
        A group has fewer than two units.

    Notes
    -----
    $$\delta = \left(t_{\nu, 1 - \alpha/2} + t_{\nu, \mathrm{power}}\right)
    \sqrt{\mathrm{Var}(\hat\delta)},$$

    $$\mathrm{Var}(\hat\delta) = \sigma^2 \sum_{s \in a, b}
    \left[ \rho \sum_g \left(\tfrac{n_g}{n_s}\right)^2 + \frac{1 - \rho}{n_s} \right],$$

    with $\sigma$ the standard deviation `sd`, $\rho$ the `icc`, and $\nu$ Satterthwaite's degrees
    of freedom for these sizes.

    Assumes one variance in both groups, units drawn independently, and a near t distribution of the
    difference.

    References
    ----------
    Bloom (1995), Minimum detectable effects. Evaluation Review 19, 547-556.

    Examples
    --------
    >>> round(detectable_difference([40] * 3, [40] * 14, sd=1.0, icc=0.05), 2)
    0.73
    """
    a, b = finite(sizes_a, "sizes_a"), finite(sizes_b, "sizes_b")
    sizes = np.concatenate([a, b])
    if not ((sizes >= 1) & (sizes == np.floor(sizes))).all():
        raise DataError("A unit has a size that is no whole number from 1; give people per unit.")
    if min(len(a), len(b)) < 2:
        raise EstimationError(
            f"{len(a)} and {len(b)} units: what is the group and what is the unit cannot be told "
            "apart. Give two units or more of either group."
        )
    none_a, none_b = np.zeros_like(a), np.zeros_like(b)
    first, second = np.concatenate([a, none_b]), np.concatenate([none_a, b])
    return _detectable(first, second, sd=sd, icc=icc, power=power, level=level)


def detectable(
    frame: pd.DataFrame,
    group: str,
    a: object,
    b: object,
    cluster: str,
    plan: Power,
    measure: Measure,
    level: float = 0.95,
) -> float:
    r"""`detectable_difference` between two groups of people: only who is where is looked at.

    Parameters
    ----------
    frame
        One row per person.
    group, a, b, cluster
        The column of groups, two of them, and the column of units; a unit in both is one cluster.
    plan, measure
        What was declared (the definition's `power`), and which of its standard deviations applies.
    level
        Nominal coverage of the interval.

    Returns
    -------
    float
        In the unit of the measure, shares as fractions.

    Raises
    ------
    EstimationError
        A group has fewer than two units, or is compared with itself.

    Notes
    -----
    As `detectable_difference`, from the people of each unit in both groups; what a unit in both
    shares cancels:

    $$\mathrm{Var}(\hat\delta) = \sigma^2 \left[ \rho \sum_g \left(\tfrac{a_g}{a} -
    \tfrac{b_g}{b}\right)^2 + (1 - \rho) \sum_g \left(\tfrac{a_g}{a^2} + \tfrac{b_g}{b^2}\right)
    \right].$$

    Assumes the standard deviation $\sigma$ and the part $\rho$ of the variance between units that
    were declared beforehand.

    References
    ----------
    Bloom (1995); `data/evaluation.toml`, `[power]`, has what was declared.

    Examples
    --------
    >>> from evallib.study.definition import read_definition
    >>> people = pd.DataFrame({"route": [1] * 200 + [2] * 200, "unit": list("ABCDEFGH") * 50})
    >>> plan = read_definition().power
    >>> round(detectable(people, "route", 1, 2, "unit", plan, "share"), 2)
    0.16
    """
    one_of(measure, Measure, "measure")
    pair = two_groups(frame, group, a, b, cluster)
    codes, names = cluster_codes(pair[cluster], f"the comparison of {a} and {b}")
    first, second = (
        np.bincount(codes[(pair[group] == member).to_numpy()], minlength=len(names)).astype(float)
        for member in (a, b)
    )
    return _detectable(
        first, second, sd=getattr(plan.sd, measure), icc=plan.icc, power=plan.power, level=level
    )


def _detectable(
    a: FloatArray, b: FloatArray, *, sd: float, icc: float, power: float, level: float
) -> float:
    """The difference found of a group with `a` people in each unit (G,) and one with `b`."""
    if not (sd > 0 and 0 <= icc < 1 and 0.5 < power < 1):
        raise DataError(
            f"sd is {sd}, icc {icc} and power {power}; give a positive sd, an icc from 0 to below 1"
            " and a power between 0.5 and 1."
        )
    of_unit, of_person = a / a.sum() - b / b.sum(), a / a.sum() ** 2 + b / b.sum() ** 2
    variance = sd**2 * float(icc * of_unit @ of_unit + (1 - icc) * of_person.sum())
    people = np.concatenate([a, b]).astype(np.intp)
    units = np.repeat(np.tile(np.arange(len(a)), 2), people)
    member = np.repeat(np.repeat([1.0, 0.0], len(a)), people)
    design = np.column_stack([np.ones_like(member), member])
    covariance = least_squares(design, np.zeros_like(member), units).covariance
    df = covariance.df(np.array([0.0, 1.0]))
    quantiles = stats.t.ppf(0.5 + check_level(level) / 2, df) + stats.t.ppf(power, df)
    return float(np.sqrt(variance) * quantiles)
