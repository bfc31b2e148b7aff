"""Statements on a whole set of differences: the one that decides, and intervals that allow for it.

"The groups are spread alike over the benefits" is a statement on every benefit at once. Looking at
the largest difference with an ordinary interval would find one by chance. So each interval here is
widened until all of them together hold at the level asked for (Bonferroni), and the one difference
that decides the statement is picked by a rule.
"""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from evallib.errors import EstimationError, need_columns
from evallib.inference.estimate import Estimate, contrast, two_groups


def spread(
    frame: pd.DataFrame,
    column: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    *,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Difference a minus b in the share in each category of `column`, jointly at `level`.

    >>> frame = pd.DataFrame({"benefit": list("xyxxyyxy"), "route": [1] * 4 + [2] * 4,
    ...                       "unit": list("AABBCCDD")})
    >>> round(spread(frame, "benefit", "route", 1, 2, "unit")["x"].value, 2)
    0.5
    """
    need_columns(frame, [column])
    pair = two_groups(frame, group, a, b, cluster)
    names = sorted(pair[column].unique())
    if len(names) < 2:
        raise EstimationError(f"Everybody has the same '{column}': there is no spread to compare.")
    return {
        str(name): _joint(pair.assign(__is=pair[column] == name), "__is", group, a, b, cluster,
                          level, len(names))
        for name in names
    }  # fmt: skip


def against_others(
    frame: pd.DataFrame, outcome: str, column: str, cluster: str, *, level: float = 0.95
) -> dict[str, Estimate]:
    """Difference in mean `outcome` between each category of `column` and all others, jointly.

    Categories found in a single cluster are left out: they cannot be told from it.

    >>> frame = pd.DataFrame({"work": [1, 0, 1, 1, 0, 0, 1, 0], "trade": list("xyxyxyxy"),
    ...                       "unit": list("AABBCCDD")})
    >>> against_others(frame, "work", "trade", "unit")["x"].value
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
    return {
        str(name): _joint(frame.assign(__in=frame[column] == name), outcome, "__in", True, False,
                          cluster, level, len(names))
        for name in names
    }  # fmt: skip


def _joint(
    frame: pd.DataFrame, outcome: str, group: str, a: object, b: object, cluster: str,
    level: float, count: int,
) -> Estimate:  # fmt: skip
    made = contrast(frame, outcome, group, a, b, cluster, level=1 - (1 - level) / count)
    return replace(made, level=level, method=f"{made.method}; jointly over {count} (Bonferroni)")


def decisive(differences: Mapping[str, Estimate], margin: float) -> tuple[str, Estimate]:
    """The difference that decides whether there is any: its name and its estimate.

    Among those whose interval leaves out zero and does not lie within the margin, the largest; if
    there is none, the one whose interval reaches farthest from zero. So the statement "no
    difference of practical size" stands only if every interval lies within the margin.

    >>> near = Estimate(0.0, -0.01, 0.01, 0.004, 9, 90, 10, 0.95, "")
    >>> far = Estimate(0.2, 0.1, 0.3, 0.04, 9, 90, 10, 0.95, "")
    >>> decisive({"near": near, "far": far}, 0.05)[0]
    'far'
    """

    def inside(e: Estimate) -> bool:
        return -margin < e.low and e.high < margin

    clear = {
        name: e for name, e in differences.items() if (e.low > 0 or e.high < 0) and not inside(e)
    }
    if clear:
        return max(clear.items(), key=lambda item: abs(item[1].value))
    return max(differences.items(), key=lambda item: max(-item[1].low, item[1].high))
