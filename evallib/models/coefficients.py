"""Regressions side by side: one row per term, one estimate per model.

The same coefficients with another covariance, or another model of the same answers, are read
against each other; so they stand in one row, each with its own interval and degrees of freedom.
"""

from collections.abc import Mapping

import pandas as pd

from evallib.errors import EstimationError
from evallib.models.regression import Regression


def side_by_side(fits: Mapping[str, Regression]) -> pd.DataFrame:
    """The slopes of several regressions on the same terms, a row per term.

    Columns term, n, clusters_with (of the last fit; missing where it does not apply), and for each
    fit its name (an `Estimate`) and name_df. The constant and thresholds are left out. Raises
    EstimationError when the fits do not have the same terms.

    >>> from evallib.models.regression import ols
    >>> frame = pd.DataFrame({"y": [0.0, 2, 1, 4, 3, 6], "x": [0, 1, 2, 3, 4, 5],
    ...                       "unit": list("AABBCC")})
    >>> fits = {kind: ols(frame, "y", ["x"], cluster="unit", kind=kind) for kind in ("CR1", "CR2")}
    >>> [round(side_by_side(fits)[kind][0].value, 2) for kind in fits]
    [1.03, 1.03]
    """
    terms = [fit.design.names for fit in fits.values()]
    if len(set(terms)) != 1:
        raise EstimationError("The regressions do not have the same terms; fit them on the same.")
    *_, last = fits.values()
    counts = last.frame.set_index("term")["clusters_with"]
    rows = []
    for term in terms[0]:
        row: dict[str, object] = {"term": term, "n": len(last.design.rows)}
        row["clusters_with"] = counts[term]
        for name, fit in fits.items():
            estimate = fit.estimate(term)
            row |= {name: estimate, f"{name}_df": estimate.df}
        rows.append(row)
    return pd.DataFrame(rows)
