"""A curve: one estimate per group and month, as a frame, with what it is and how it was made."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from evallib.errors import EstimationError
from evallib.inference.estimate import Estimate

ALL = "all"
"""The group's name where a curve is made for everyone together (`by=None`)."""


@dataclass(frozen=True)
class Curve:
    """An estimate per group and month.

    `frame`: group, month, n (people it rests on), clusters, estimate, se, df, low, high and, of a
    share, k (those who have it); in the unit of the outcome. `what` names the estimand, `method`
    the convention of the interval. `by` is the column the groups are from (empty for everyone
    together), `time` that of the months, and the name of `frame`'s second column; `function` names
    the function that was called for the curve.
    """

    frame: pd.DataFrame
    what: str
    level: float
    method: str
    by: str = ""
    time: str = "month"
    function: str = field(default="", compare=False)

    def at(self, group: object, month: int) -> Estimate:
        """The estimate of one group in one month; an EstimationError if the curve has none."""
        own = self.frame[self.frame["group"] == group]
        rows = own[own[self.time] == month]
        if rows.empty:
            months = own[self.time]
            span = f"{self.time}s {months.min()}-{months.max()}" if len(own) else f"no {self.time}"
            raise EstimationError(
                f"The curve of {self.what} has {span} for group {group!r}, not {self.time} {month}."
                f" Ask for a {self.time} within its horizon."
            )
        row = rows.iloc[0]
        return Estimate(
            float(row["estimate"]), float(row["low"]), float(row["high"]), float(row["se"]),
            float(row["df"]), int(row["n"]), int(row["clusters"]), self.level, self.method,
            self.function, None if pd.isna(row.get("k")) else int(row["k"]),
        )  # fmt: skip

    def across(self, month: int) -> pd.Series:
        """The estimates of all groups in one month, by group."""
        groups = self.frame["group"].unique()
        return pd.Series({group: self.at(group, month) for group in groups}, dtype="object")


def curve_of(
    estimates: dict[tuple[object, int], Estimate],
    what: str,
    level: float,
    by: str | None,
    time: str = "month",
) -> Curve:
    """A Curve from estimates keyed by (group, month)."""
    rows = [
        (group, month, e.n, e.clusters, e.value, e.se, e.df, e.low, e.high, e.k)
        for (group, month), e in estimates.items()
    ]
    columns = ["group", time, "n", "clusters", "estimate", "se", "df", "low", "high", "k"]
    methods = dict.fromkeys(e.method.partition(", t(")[0] for e in estimates.values())
    method = "; ".join(methods) + ", t(G-1)"
    frame = pd.DataFrame(rows, columns=columns).astype({"k": "Int64"})
    return Curve(frame, what, level, method, by or "", time)


def groups_of(panel: pd.DataFrame, by: str | None) -> Iterator[tuple[object, pd.DataFrame]]:
    """The groups of a panel in sorted order, or everyone as the group "all"."""
    if panel.empty:
        raise EstimationError("The panel has no rows: nobody is at risk in any month.")
    if by is None:
        yield ALL, panel
    else:
        yield from panel.groupby(by, sort=True)
