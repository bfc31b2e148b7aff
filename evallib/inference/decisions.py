"""What may be said from intervals: of several results, of no difference, of a study this small.

Three temptations end here. Of many comparisons the best looks strong by itself, so a family is
declared beforehand and adjusted as a whole. An interval that holds zero is not "no difference",
so a null statement is tested against a margin. And a study of few units finds only large
differences, so the smallest one it could have found stands beside the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from evallib.errors import EstimationError
from evallib.inference.estimate import Estimate, check_level, finite

Practical = Literal["equivalent", "different", "unclear"]


def holm(p_values: Mapping[str, float], family: Sequence[str]) -> pd.DataFrame:
    """Holm's step-down adjustment over a family declared beforehand.

    `family` names every analysis of the family and `p_values` must answer each of them: an analysis
    that is left out after looking would make the others appear stronger. Columns analysis, p,
    adjusted, family_size; rows in the order of `family`.

    >>> holm({"visits": 0.01, "homework": 0.04}, ["visits", "homework"])["adjusted"].tolist()
    [0.02, 0.04]
    """
    unanswered = sorted(set(family) - set(p_values))
    undeclared = sorted(set(p_values) - set(family))
    if unanswered or undeclared or len(set(family)) != len(family):
        raise EstimationError(
            f"Of {len(family)} declared analyses, without a p-value: {unanswered or 'none'}; "
            f"not declared: {undeclared or 'none'}. Give one p-value per declared analysis, each "
            "named once."
        )
    p = finite([p_values[name] for name in family], "the family's p-values")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return pd.DataFrame(
        {"analysis": list(family), "p": p, "adjusted": adjusted, "family_size": len(p)}
    )


@dataclass(frozen=True)
class Equivalence:
    """What an interval says about a margin below which a difference has no practical size.

    `verdict` is "equivalent" when the interval lies inside (-margin, margin), "different" when it
    leaves out zero and is not inside, else "unclear": an interval that holds zero is no proof of
    no difference. `p_value` is that of the two one-sided tests (Schuirmann 1987).
    """

    estimate: Estimate
    margin: float
    p_value: float
    verdict: Practical

    @property
    def frame(self) -> pd.DataFrame:
        """One tidy row: the estimate's columns, margin, p_equivalence, verdict."""
        return self.estimate.frame.assign(
            margin=self.margin, p_equivalence=self.p_value, verdict=self.verdict
        )


def equivalence(estimate: Estimate, margin: float) -> Equivalence:
    """Test whether the true value lies within `margin` (same unit, positive) of zero.

    >>> level = Estimate(0.0, -0.02, 0.02, 0.01, 16, 900, 17, 0.95, "t(16)")
    >>> equivalence(level, 0.05).verdict
    'equivalent'
    """
    if not margin > 0:
        raise EstimationError(
            f"margin is {margin}; give a positive difference of no practical size."
        )
    if estimate.se == 0:
        p = 0.0 if abs(estimate.value) < margin else 1.0
    else:
        p = float(stats.t.sf((margin - abs(estimate.value)) / estimate.se, estimate.df))
    verdict: Practical = "unclear"
    if -margin < estimate.low and estimate.high < margin:
        verdict = "equivalent"
    elif estimate.low > 0 or estimate.high < 0:
        verdict = "different"
    return Equivalence(estimate, margin, p, verdict)


def minimum_detectable(estimate: Estimate, power: float = 0.8) -> float:
    """Smallest true difference this standard error finds with probability `power`.

    se x (t quantile of the level + t quantile of the power), Bloom (1995), in the outcome's unit.
    """
    return float(
        estimate.se
        * (stats.t.ppf(0.5 + estimate.level / 2, estimate.df) + stats.t.ppf(power, estimate.df))
    )


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

    `sizes_a` and `sizes_b` are people per unit, `sd` the outcome's total standard deviation and
    `icc` the share of variance between units; degrees of freedom are units - 2.

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
