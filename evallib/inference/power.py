"""The smallest difference a study of so few units could find.

It stands beside a result that cannot be told from zero, so that nobody reads "not found" as "not
there". What it takes must be declared beforehand: computed from the standard error that was found
it would repeat the p-value and nothing more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from evallib.errors import one_of
from evallib.inference.cr2 import least_squares
from evallib.inference.estimate import check_level
from evallib.inference.frames import cluster_codes, two_groups
from evallib.study.definition import Measure, Power


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
    r"""Smallest difference in means a comparison of these units can find, whatever is found.

    Only who is in which unit and group is looked at, so it can be told before any outcome is seen.

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
        In the unit of the measure, shares as fractions: standard error x (t quantile of the level +
        t quantile of the power). The degrees of freedom are those `contrast` has for these units.

    Raises
    ------
    EstimationError
        A group has fewer than two units, or is compared with itself.

    Notes
    -----
    $$\delta = \left(t_{\nu, 1 - \alpha/2} + t_{\nu, \mathrm{power}}\right)
    \sqrt{\mathrm{Var}(\hat\delta)},$$

    $$\mathrm{Var}(\hat\delta) = \sigma^2 \left[ \rho \sum_g \left(\tfrac{a_g}{a} -
    \tfrac{b_g}{b}\right)^2 + (1 - \rho) \sum_g \left(\tfrac{a_g}{a^2} + \tfrac{b_g}{b^2}\right)
    \right].$$

    with $a_g$ and $b_g$ people of the two groups in unit g, so that what a unit in both shares
    cancels; $\sigma$ is the outcome's standard deviation, $\rho$ the share of its variance between
    units, and $\nu$ Satterthwaite's degrees of freedom.

    Assumes the $\sigma$ and $\rho$ declared beforehand, one variance in both groups, units drawn
    independently, and a near t distribution of the difference.

    References
    ----------
    Bloom (1995), Minimum detectable effects. Evaluation Review 19, 547-556. What was declared
    stands in `data/evaluation.toml`, `[power]`.

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
    of_unit = first / first.sum() - second / second.sum()
    of_person = first / first.sum() ** 2 + second / second.sum() ** 2
    between, within = plan.icc * of_unit @ of_unit, (1 - plan.icc) * of_person.sum()
    variance = getattr(plan.sd, measure) ** 2 * float(between + within)
    other = (pair[group] == b).to_numpy()
    order = np.lexsort((codes, other))  # so that the order of people does not move the last digit
    design = np.column_stack([np.ones(len(pair)), ~other[order]])
    covariance = least_squares(design, np.zeros(len(pair)), codes[order]).covariance
    df = covariance.df(np.array([0.0, 1.0]))
    quantiles = stats.t.ppf(0.5 + check_level(level) / 2, df) + stats.t.ppf(plan.power, df)
    return float(np.sqrt(variance) * quantiles)
