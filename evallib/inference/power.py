"""The smallest difference a study of so few units could find.

It stands beside a result that cannot be told from zero, so that nobody reads "not found" as "not
there".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evallib.errors import EstimationError
from evallib.inference.estimate import Estimate, check_level, finite


def minimum_detectable(estimate: Estimate, power: float = 0.8) -> float:
    """Smallest true difference this standard error finds with probability `power`.

    Parameters
    ----------
    estimate
        A difference; its standard error, degrees of freedom and level are used.
    power
        The probability of finding a difference that is there.

    Returns
    -------
    float
        se x (t quantile of the level + t quantile of the power), in the outcome's unit.

    References
    ----------
    Bloom (1995), Minimum detectable effects.

    Examples
    --------
    >>> difference = Estimate(0.1, -0.11, 0.31, 0.1, 20, 900, 22, 0.95, "CR2")
    >>> round(minimum_detectable(difference), 3)
    0.295
    """
    df = estimate.df
    quantiles = stats.t.ppf(0.5 + estimate.level / 2, df) + stats.t.ppf(power, df)
    return float(estimate.se * quantiles)


def detectable_difference(
    sizes_a: ArrayLike,
    sizes_b: ArrayLike,
    *,
    sd: float,
    icc: float,
    power: float = 0.8,
    level: float = 0.95,
) -> float:
    """Smallest difference in means a comparison of these units can find, before any data are seen.

    Parameters
    ----------
    sizes_a, sizes_b
        People per unit of either group.
    sd, icc
        The outcome's total standard deviation, and the share of its variance between units.
    power, level
        The probability of finding a difference that is there, and the coverage of the interval.

    Returns
    -------
    float
        In the outcome's unit; degrees of freedom are units - 2.

    Examples
    --------
    >>> round(detectable_difference([40] * 3, [40] * 14, sd=1.0, icc=0.05), 2)
    0.52
    """
    variance, units = 0.0, 0
    for sizes in (finite(sizes_a, "sizes_a"), finite(sizes_b, "sizes_b")):
        variance += sd**2 * float(sizes @ (1 + (sizes - 1) * icc)) / float(sizes.sum()) ** 2
        units += len(sizes)
    if units < 3:
        raise EstimationError(f"{units} units leave no degrees of freedom; give at least three.")
    quantiles = stats.t.ppf(0.5 + check_level(level) / 2, units - 2) + stats.t.ppf(power, units - 2)
    return float(np.sqrt(variance) * quantiles)
