"""What was reached, held against what was expected of the projects.

These are full counts of people, not samples, so there is nothing to estimate here. What can go
wrong is the counting itself: targets that were never set, and limits hit exactly.
"""

from collections.abc import Sequence

import pandas as pd

from evallib.errors import DataError
from evallib.study.definition import TrafficLight

BASES = ("milestone", "application")
"""What a realised number is held against: the start-up milestone, or the application's target."""


def traffic_lights(
    milestones: pd.DataFrame, limits: TrafficLight, by: Sequence[str] = ("route",)
) -> pd.DataFrame:
    """What was realised, held against what was expected, with the colour the evaluation gives it.

    Parameters
    ----------
    milestones
        Rows per project and month: indicator, realised, milestone, application and the columns of
        `by`.
    limits
        How far short of what was expected is yellow and red (the definition's `traffic_light`).
    by
        Columns within which projects and months are added up.

    Returns
    -------
    pandas.DataFrame
        One row per value of `by`, indicator and basis ("milestone", "application") that has an
        expected number above 0: expected, realised, deviation (fraction of what was expected,
        negative when short) and light. A milestone that was never set gives no row.

    Raises
    ------
    DataError
        A sum is no whole number of people: the limits are compared exactly, also where a result
        falls on one.

    References
    ----------
    Rambøll (2017), p. 14, footnote 2, and p. 18, footnote 5.

    Examples
    --------
    >>> rows = pd.DataFrame({"route": [1, 1], "indicator": "started", "realised": [40, 50],
    ...                      "milestone": [60, 40], "application": None})
    >>> traffic_lights(rows, TrafficLight(0.10, 0.25))[["expected", "deviation", "light"]].values
    array([[100, -0.1, 'yellow']], dtype=object)
    """
    keys = [*by, "indicator"]
    numbers = milestones[["realised", *BASES]].apply(pd.to_numeric)
    sums = milestones[keys].join(numbers).groupby(keys, sort=False).sum(min_count=1)
    long = sums.melt(
        id_vars="realised", var_name="basis", value_name="expected", ignore_index=False
    )
    kept = long[(long["expected"] > 0) & long["realised"].notna()].reset_index()
    for name in ("expected", "realised"):
        kept[name] = _whole(kept, name, keys)
    kept["deviation"] = (kept["realised"] - kept["expected"]) / kept["expected"]
    pairs = zip(kept["realised"], kept["expected"], strict=True)
    kept["light"] = [limits.light(int(realised), int(expected)) for realised, expected in pairs]
    return kept[[*keys, "basis", "expected", "realised", "deviation", "light"]]


def _whole(frame: pd.DataFrame, name: str, keys: Sequence[str]) -> pd.Series:
    odd = frame[frame[name] % 1 != 0]
    if len(odd):
        where = ", ".join(f"{key} {odd.iloc[0][key]}" for key in keys)
        raise DataError(
            f"milestones: '{name}' adds up to {odd.iloc[0][name]} for {where}, which is no number "
            "of people. Correct the monthly numbers."
        )
    return frame[name].astype("int64")


def three_counts(
    milestones: pd.DataFrame, referrals: pd.DataFrame, survey: pd.DataFrame, by: str = "route"
) -> pd.DataFrame:
    """The same people as three sources count them.

    Parameters
    ----------
    milestones, referrals, survey
        Tables of the study; `referrals` holds a person once (`cohort.first_referrals`).
    by
        The column within which they are counted.

    Returns
    -------
    pandas.DataFrame
        One row per value of `by`: reported (referred, as the projects reported month by month),
        register (rows of `referrals`), invited and answered (of the survey).

    References
    ----------
    `data/assumptions.csv`, `three_counts`: 2,231 or 2,269 referred.

    Examples
    --------
    >>> reports = pd.DataFrame({"route": [1, 1], "indicator": "referred", "realised": [3, 2]})
    >>> people = pd.DataFrame({"route": [1, 1, 1, 1]})
    >>> survey = pd.DataFrame({"route": [1, 1], "responded": [1, 0]})
    >>> three_counts(reports, people, survey).to_dict("records")
    [{'route': 1, 'reported': 5, 'register': 4, 'invited': 2, 'answered': 1}]
    """
    reported = milestones[milestones["indicator"] == "referred"]
    counts = {
        "reported": reported.groupby(by)["realised"].sum(),
        "register": referrals.groupby(by).size(),
        "invited": survey.groupby(by).size(),
        "answered": survey.groupby(by)["responded"].sum(),
    }
    return pd.DataFrame(counts).fillna(0).astype("int64").reset_index()
