"""Differences on several categories that make one statement.

"The groups are spread alike over the benefits" says something of every benefit at once. Whether
there is a difference is judged by the strongest of them, allowing for their number (Bonferroni);
that there is none of practical size must hold of every one, so the weakest decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from evallib.errors import EstimationError, need_columns
from evallib.inference.estimate import Estimate, estimator
from evallib.inference.frames import two_groups
from evallib.inference.means import contrast


@dataclass(frozen=True)
class Joint:
    """Differences by category, tested as one statement (`decisions.Comparison`).

    Attributes
    ----------
    estimates
        An `Estimate` by category, each with an interval of its own.
    name
        The category that decides: the one with the least p-value if that tells it from zero,
        allowing for the number of categories; else the one that may be farthest from zero.
    """

    estimates: Mapping[str, Estimate]
    function: str = field(default="", compare=False)

    @property
    def level(self) -> float:
        """Nominal coverage of all intervals together."""
        return next(iter(self.estimates.values())).level

    @property
    def name(self) -> str:
        """The category that decides."""
        size = (1 - self.level) / len(self.estimates)
        clear = {name: p for name, e in self.estimates.items() if (p := e.p_value()) <= size}
        if clear:
            return min(clear, key=clear.__getitem__)
        wide = {name: e.at(1 - size) for name, e in self.estimates.items()}
        return max(wide, key=lambda name: max(-wide[name].low, wide[name].high))

    @property
    def decisive(self) -> Estimate:
        """The difference that decides, with an interval of its own."""
        return replace(self.estimates[self.name], function=self.function)

    def p_value(self) -> float:
        """Of no difference in any category: the least p-value times the number of categories."""
        found = [estimate.p_value() for estimate in self.estimates.values()]
        return float(min(np.fmin.reduce(found) * len(found), 1.0))

    def equivalence(self, margin: float) -> float:
        """Of a difference of `margin` or more in some category: the greatest p-value."""
        return float(np.max([e.equivalence(margin) for e in self.estimates.values()]))

    def at(self, level: float) -> Estimate:
        """The difference that decides; all intervals of this width hold together at `level`."""
        return self.decisive.at(1 - (1 - level) / len(self.estimates))


@estimator
def spread(
    frame: pd.DataFrame,
    column: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    *,
    level: float = 0.95,
) -> Joint:
    r"""Difference a minus b in the share in each category of `column`, as one statement.

    Parameters
    ----------
    frame
        One row per person.
    column, group, cluster
        The columns of categories, groups and units.
    a, b
        Two values of the column of groups.
    level
        Nominal coverage of all intervals together.

    Returns
    -------
    Joint
        Differences of fractions by category.

    Raises
    ------
    EstimationError
        Everybody has one category, or a group has fewer than two clusters.

    Notes
    -----
    Of each category c the difference in shares $\hat\delta_c = \hat p_{ac} - \hat p_{bc}$ as
    `contrast`; the statement is judged by

    $$p = \min\left(1,\ C \min_c p_c\right),$$

    and each interval is made at $1 - (1 - \mathrm{level})/C$ for C categories (Bonferroni).

    Assumes what `contrast` does; nothing of how the categories hang together.

    References
    ----------
    Bonferroni's inequality; Holm (1979), whose first step it is.

    Examples
    --------
    >>> frame = pd.DataFrame({"benefit": list("xyxxyyxy"), "route": [1] * 4 + [2] * 4,
    ...                       "unit": list("AABBCCDD")})
    >>> round(spread(frame, "benefit", "route", 1, 2, "unit").estimates["x"].value, 2)
    0.5
    """
    need_columns(frame, [column])
    pair = two_groups(frame, group, a, b, cluster)
    names = sorted(pair[column].dropna().unique())
    if len(names) < 2:
        raise EstimationError(f"Everybody has the same '{column}': there is no spread to compare.")
    return Joint({
        str(name): contrast(
            pair.assign(__is=pair[column] == name), "__is", group, a, b, cluster, level
        )
        for name in names
    })  # fmt: skip


@estimator
def against_others(
    frame: pd.DataFrame, outcome: str, column: str, cluster: str, *, level: float = 0.95
) -> Joint:
    r"""Difference in mean `outcome` between each category of `column` and all others, as one.

    Parameters
    ----------
    frame
        One row per person.
    outcome, column, cluster
        The columns of numbers, categories and units.
    level
        Nominal coverage of all intervals together.

    Returns
    -------
    Joint
        Differences in the unit of the outcome by category. Categories in a single cluster are left
        out: they cannot be told from it.

    Raises
    ------
    EstimationError
        Fewer than two categories are in more than one cluster.

    Notes
    -----
    Of each category c the difference $\hat\delta_c = \bar y_c - \bar y_{\mathrm{not}\ c}$ as
    `contrast`, judged together as by `spread`: $p = \min(1, C \min_c p_c)$.

    Assumes what `contrast` does. The differences share people, so that they are not independent;
    Bonferroni needs no independence.

    References
    ----------
    Bonferroni's inequality; Holm (1979), whose first step it is.

    Examples
    --------
    >>> frame = pd.DataFrame({"work": [1, 0, 1, 1, 0, 0, 1, 0], "trade": list("xyxyxyxy"),
    ...                       "unit": list("AABBCCDD")})
    >>> round(against_others(frame, "work", "trade", "unit").estimates["x"].value, 3)
    0.5
    """
    need_columns(frame, [outcome, column, cluster])
    units = frame.groupby(column)[cluster].nunique()
    names = sorted(units.index[units > 1])
    if len(names) < 2:
        raise EstimationError(
            f"Fewer than two categories of '{column}' are found in more than one cluster: there is "
            "nothing to compare."
        )
    return Joint({
        str(name): contrast(
            frame.assign(__in=frame[column] == name), outcome, "__in", True, False, cluster, level
        )
        for name in names
    })  # fmt: skip
