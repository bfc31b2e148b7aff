"""A curve: one estimate per group and month, as a frame, with what it is and how it was made."""

import math
from dataclasses import dataclass, field

import pandas as pd

from evallib.errors import EstimationError, one_of
from evallib.inference.estimate import Bounds, Estimate

Estimates = dict[tuple[object, int], Estimate]
"""By group and point in time."""


@dataclass(frozen=True)
class Curve:
    """An estimate per group and month.

    `frame`: group, month, n (people it rests on), clusters, estimate, se, df, low, high and, of a
    share, k (those who have it), of amounts, largest (the largest one's part of their sum); in the
    unit of the outcome. `what` names the estimand, `method`
    the convention of the interval. `by` is the column the groups are from (empty for everyone
    together), `time` that of the months, and the name of `frame`'s second column; `function` names
    the function that was called for the curve. `bounds` and `difference`: as of an `Estimate`.
    """

    frame: pd.DataFrame
    what: str
    level: float
    method: str
    by: str = ""
    time: str = "month"
    function: str = field(default="", compare=False)
    bounds: Bounds | None = None
    difference: bool = False

    def at(self, group: object, time: int) -> Estimate:
        """The estimate of one group in one month; an EstimationError if the curve has none.

        Of a band, `low` and `high` are those of all months together, while what is asked of the
        estimate (a p-value, an interval of another level) is of this month alone.
        """
        one_of(group, self.frame["group"].unique(), "group")
        own = self.frame[self.frame["group"] == group]
        rows = own[own[self.time] == time]
        if rows.empty:
            times = own[self.time]
            raise EstimationError(
                f"The curve of {self.what} has {self.time}s {times.min()}-{times.max()} for group "
                f"{group}, not {self.time} {time!r}: ask for one of these, or a longer horizon."
            )
        row = rows.to_dict("records")[0]
        return Estimate(
            float(row["estimate"]), float(row["low"]), float(row["high"]), float(row["se"]),
            float(row["df"]), int(row["n"]), int(row["clusters"]), self.level, self.method,
            self.function, None if pd.isna(row["k"]) else int(row["k"]),
            None if math.isnan(row["se"]) else self.bounds, self.difference,
        )  # fmt: skip

    def across(self, time: int) -> pd.Series:
        """The estimates of all groups in one month, by group."""
        groups = self.frame["group"].unique()
        return pd.Series({group: self.at(group, time) for group in groups}, dtype="object")


def curve_of(estimates: Estimates, what: str, level: float, by: str | None, time: str) -> Curve:
    """A Curve from estimates of one kind."""
    if not estimates:
        raise EstimationError(f"Nobody is observed in any {time} asked for: no {what} to estimate.")
    rows = [
        (group, at, e.n, e.clusters, e.value, e.se, e.df, e.low, e.high, e.k, e.largest)
        for (group, at), e in estimates.items()
    ]
    columns = ["group", time, "n", "clusters", "estimate", "se", "df", "low", "high", "k"]
    frame = pd.DataFrame(rows, columns=[*columns, "largest"]).astype({"k": "Int64"})
    frame = frame if frame.iloc[:, -1].notna().any() else frame.iloc[:, :-1]  # names may be twice
    one = next(iter(estimates.values()))
    return Curve(
        frame, what, level, one.method, by or "", time, bounds=one.bounds, difference=one.difference
    )
