"""Curves that start at nought: what became of the outcome since month 0, same people or not."""

import warnings
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from evallib.curves.base import Range, cells, mean_of, range_of, ranged, two_clusters
from evallib.curves.curve import Curve, Estimates, curve_of
from evallib.errors import EstimationWarning, one_of
from evallib.inference.estimate import Estimate, estimator
from evallib.inference.frames import panel_of
from evallib.inference.means import slope

Baseline = Literal["all", "risk_set"]
"""Whose month 0 is subtracted: everybody's, or that of the people still observed."""


@estimator
def shift(
    panel: pd.DataFrame,
    outcome: str = "employed",
    by: str | None = "route",
    cluster: str = "project",
    level: float = 0.95,
    *,
    baseline: Baseline = "all",
    person: str = "person_id",
    time: str = "month",
) -> Curve:
    r"""The curve of `outcome` moved down to start at 0: its mean in month k minus its baseline.

    Either way a person's two months enter one interval together: through the paired difference, or
    as a difference of two means whose people are in the same clusters.

    Parameters
    ----------
    panel, outcome, by, cluster, level, person, time
        As for `share` or `mean`.
    baseline
        "all": the month-0 mean of everybody, as the report draws it; from month to month fewer
        people are compared with the same baseline. "risk_set": the month-0 mean of the people
        observed in month k, so the shift is their mean change.

    Returns
    -------
    Curve
        In the unit of the outcome; n and clusters count those observed in month k. Month 0 is 0 by
        definition and has no width.

    Raises
    ------
    DataError
        The panel is not what it must be (`panel_of`); somebody has no month 0.
    EstimationError
        As for `share`.

    Notes
    -----
    With `baseline="all"`, over everybody ($R_0$) and those observed in month k ($R_k$),

    $$\hat\Delta_k = \frac{1}{|R_k|} \sum_{i \in R_k} y_{ik} - \frac{1}{|R_0|} \sum_{i \in R_0}
    y_{i0};$$

    with `"risk_set"` both means are over $R_k$. The standard error is CR2's of a regression on the
    month, or of the mean of the differences $y_{ik} - y_{i0}$, so that what is shared by the two
    months of a person, and of a unit, is not counted twice.

    Assumes that units are independent. "all" besides assumes that those observed in month k began
    as everybody did.

    References
    ----------
    Rambøll (2017), p. 7, draws the curves from a common start. Bell and McCaffrey (2002);
    Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> panel = pd.DataFrame({"person_id": list("aabb"), "route": 1, "month": [0, 1] * 2,
    ...                       "project": list("AABB"), "employed": [True, True, False, True]})
    >>> round(shift(panel).at(1, 1).value, 3)
    0.5
    """
    one_of(baseline, Baseline, "baseline")
    rows = panel_of(
        panel, outcome, "number", by=by, cluster=cluster, person=person, time=time, follow="start"
    )
    what = f"the shift in {outcome}"
    two_clusters(rows, what, time)
    spans = range_of(rows["outcome"], change=True)
    rows = rows.assign(first=rows.groupby("person")["outcome"].transform("first"))
    everyone: dict[object, pd.DataFrame] = dict(list(rows[rows["time"] == 0].groupby("group")))
    made: Estimates = {}
    for (group, at), cell in cells(rows):
        name = f"{what} of group {group!r} in {time} {at}"
        with warnings.catch_warnings():
            if at == 0:  # 0 - 0 for everybody; its lack of variation is no finding
                warnings.simplefilter("ignore", EstimationWarning)
            if baseline == "risk_set" or at == 0:
                change = cell.assign(outcome=cell["outcome"] - cell["first"])
                made[group, at] = mean_of(change, spans, level, name)
            else:
                made[group, at] = _from_all(cell, everyone[group], spans, level, name)
    return curve_of(made, what, level, by, time)


def _from_all(
    cell: pd.DataFrame, start: pd.DataFrame, spans: Range, level: float, what: str
) -> Estimate:
    """The mean of the rows of one time less that of everybody's start."""
    both = pd.concat([cell, start])
    later = (np.arange(len(both)) < len(cell)).astype(float)
    moved = slope(both["outcome"].to_numpy(), later, both["unit"], what, level)
    moved = replace(moved, n=len(cell), clusters=cell["unit"].nunique())
    return ranged(moved, spans, what)
