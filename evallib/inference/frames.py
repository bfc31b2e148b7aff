"""What an estimate needs of the rows it is made from, checked once for all of them.

A gap that counts as "employed", a person who is there twice or a month counted from -1 gives a
number like any other, only a wrong one. So everything that would is refused here, before anything
is computed, with the column, how many rows and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evallib.errors import DataError, EstimationError, need_columns
from evallib.inference.cr2 import FloatArray, IntArray

ALL = "all"
"""The group's name where everyone is taken together (`by=None`)."""
Kind = Literal["event", "number", "state"]
"""Of an outcome: 0/1 or true/false; finite numbers; any label."""
Follow = Literal["any", "start", "all"]
"""How people of a panel must be followed: see `panel_of`."""


def numbers(values: ArrayLike | pd.Series) -> FloatArray:
    """`values` as floats, missing where there is none and where it is not a number."""
    if isinstance(values, str | pd.DataFrame):
        raise DataError(f"{type(values).__name__} is no column; give frame['employed'], say.")
    column = pd.Series(values)
    if not pd.api.types.is_numeric_dtype(column.dtype):
        column = pd.to_numeric(column.astype(object), errors="coerce")  # a date is no number
    return column.to_numpy(float, na_value=np.nan)


def finite(values: ArrayLike | pd.Series, what: str) -> FloatArray:
    """`values` as floats, or a `DataError` that counts those that are no finite number."""
    array = numbers(values)
    bad = ~np.isfinite(array)
    if bad.any():
        raise DataError(
            f"{what} is missing, infinite or no number for {int(bad.sum())} of {len(array)} people."
            " Leave them out, or say with which value they count."
        )
    return array


def binary(values: ArrayLike | pd.Series, what: str) -> FloatArray:
    """`values` of 0 and 1, or true and false, as floats; a `DataError` for any other."""
    array = finite(values, what)
    if not np.isin(array, (0.0, 1.0)).all():
        raise DataError(f"{what} must hold 0 and 1 only, or true and false; recode it first.")
    return array


def weight(values: ArrayLike | pd.Series, what: str) -> FloatArray:
    """`values` as weights: none negative, some positive."""
    array = finite(values, f"the weights of {what}")
    if (array < 0).any():
        raise EstimationError(
            f"{int((array < 0).sum())} weights of {what} are negative; give weights of 0 or more."
        )
    if not array.sum() > 0:
        raise EstimationError(f"{what} has no person with a positive weight; nothing to average.")
    return array


def cluster_codes(
    clusters: ArrayLike | pd.Series, what: str = "the estimate"
) -> tuple[IntArray, list[str]]:
    """Integer code (n,) and name (G,) of each cluster.

    Raises `DataError` where a label is missing and `EstimationError` below two clusters.
    """
    codes, labels = pd.factorize(pd.Series(clusters), sort=True)
    if (codes < 0).any():
        raise DataError(
            f"{int((codes < 0).sum())} rows of {what} have no cluster label. Fill in the unit or "
            "leave the rows out."
        )
    names = [str(label) for label in labels]
    if len(names) < 2:
        raise EstimationError(
            f"{what} rests on {len(names)} cluster ({', '.join(names) or 'none'}). An interval "
            "needs at least two; report the number without one, or use more units."
        )
    return codes.astype(np.intp), names


def labelled(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column of groups or units, none of whose labels is missing.

    >>> labelled(pd.DataFrame({"unit": ["A", None]}), "unit")
    Traceback (most recent call last):
    evallib.errors.DataError: Column 'unit' is empty in 1 of 2 rows. Give these people a group ...
    """
    need_columns(frame, [column])
    gaps = int(frame[column].isna().sum())
    if gaps:
        raise DataError(
            f"Column '{column}' is empty in {gaps} of {len(frame)} rows. Give these people a group "
            "of their own, or leave them out."
        )
    return frame[column]


def either(frame: pd.DataFrame, group: str, a: object, b: object) -> pd.DataFrame:
    """The rows of groups `a` and `b`, which differ and have people."""
    need_columns(frame, [group])
    if a == b:
        raise EstimationError(f"Group {a!r} is compared with itself; name two groups of '{group}'.")
    for member in (a, b):
        if not (frame[group] == member).any():
            there = ", ".join(sorted(map(repr, frame[group].dropna().unique().tolist())))
            raise EstimationError(f"Column '{group}' has no group {member!r}; it has {there}.")
    return frame.loc[frame[group].isin([a, b])]


def two_groups(frame: pd.DataFrame, group: str, a: object, b: object, cluster: str) -> pd.DataFrame:
    """The rows of groups `a` and `b`, which differ and hold at least two clusters each."""
    need_columns(frame, [group, cluster])
    pair = either(frame, group, a, b)
    for member in (a, b):
        names = pair.loc[pair[group] == member, cluster].unique()
        if len(names) < 2:
            raise EstimationError(
                f"Group {member!r} of column '{group}' has 1 cluster ({names[0]}): what is the "
                "group and what is the unit cannot be told apart. Compare groups of at least two "
                "units."
            )
    return pair


def panel_of(  # noqa: PLR0913 - the names of columns, and what they must hold
    panel: pd.DataFrame,
    outcome: str,
    kind: Kind,
    *,
    by: str | None,
    cluster: str,
    person: str,
    time: str,
    more: Mapping[str, tuple[str, Kind]] | None = None,
    follow: Follow = "any",
) -> pd.DataFrame:
    """The rows of a panel under names of their own, once nothing in them makes a wrong number.

    Parameters
    ----------
    panel
        One row per person and point in time.
    outcome, kind
        The column of the outcome and what it must hold.
    by, cluster, person, time
        The columns of groups (None: everyone together), units, persons and points in time, which
        are whole numbers from 0.
    more
        Other columns to keep, by the names they get, and what each must hold.
    follow
        How people must be followed: "any" way, from the "start" (everybody has a time 0), or at
        "all" times from the start until they are last seen.

    Returns
    -------
    pandas.DataFrame
        Columns person, time (whole), group, unit, outcome (float; as given for a state), and
        `more`; sorted by person and time.

    Raises
    ------
    DataError
        A column is missing, a label, a time or an outcome is missing or not what it must be, a
        person is there twice at one time or in two groups, or not followed as asked. All faults are
        told at once.
    EstimationError
        The panel has no rows.
    """
    given = list(dict.fromkeys([person, time, cluster, *([by] if by else [])]))
    held = {"outcome": (outcome, kind), **(more or {})}
    need_columns(panel, [*given, *(column for column, _ in held.values())])
    if panel.empty:
        raise EstimationError("The panel has no rows: nobody is at risk at any time.")
    when, gap = numbers(panel[time]), panel[given].isna()
    rows = pd.DataFrame({"person": panel[person], "time": when, "unit": panel[cluster]})
    rows["group"] = ALL if by is None else panel[by]
    for name, (column, holds) in held.items():
        rows[name] = panel[column] if holds == "state" else numbers(panel[column])
    faults = [_told(column, panel, gap[column], time, "is empty; fill it in") for column in given]
    whole = (when >= 0) & (when == np.floor(when)) & np.isfinite(when)
    faults.append(
        _told(time, panel, ~whole & ~gap[time], time, "is no whole number from 0; count from 0")
    )
    twice = rows.duplicated(["person", "time"])
    faults.append(_told(person, panel, twice, time, "is there again; keep one row each"))
    if by is not None:
        groups = rows.groupby("person")["group"].transform("nunique")
        faults.append(_told(person, panel, groups > 1, time, f"is in several of '{by}'; keep one"))
    for name, (column, holds) in held.items():
        faults.append(_told(column, panel, _unfit(rows[name], holds), time, _ASKED[holds]))
    if follow != "any" and not any(faults):
        faults.append(_told(person, panel, _lost(rows, follow), time, _FOLLOWED[follow]))
    if any(faults):
        raise DataError("The panel cannot be counted. " + " ".join(filter(None, faults)))
    rows = rows.astype({"time": np.intp})
    return rows.sort_values(["person", "time"], ignore_index=True)


_ASKED: dict[Kind, str] = {
    "event": "is not 0 or 1; recode it, or leave these rows out",
    "number": "is no finite number; leave these rows out, or say with which value they count",
    "state": "is empty; give these rows a state of their own, or leave them out",
}
_FOLLOWED: dict[Follow, str] = {
    "start": "has no row at time 0; leave these people out, or count from their first row",
    "all": "has gaps before these rows or does not start at 0; fill them in, or leave people out",
}


def _lost(rows: pd.DataFrame, follow: Follow) -> pd.Series:
    """Whether a row is of a person without a start, or comes after a gap."""
    times = rows.groupby("person")["time"]
    if follow == "start":
        return times.transform("min") > 0
    return times.rank() - 1 != rows["time"]


def _unfit(outcome: pd.Series, kind: Kind) -> pd.Series:
    """Whether each outcome is not what its kind must be."""
    if kind == "event":
        return ~outcome.isin([0.0, 1.0])
    return outcome.isna() | (outcome.isin([np.inf, -np.inf]) if kind == "number" else False)


def _told(
    column: str, panel: pd.DataFrame, at: pd.Series | np.ndarray, time: str, what: str
) -> str:
    """A sentence on the rows where a column is at fault, with their times; "" if there are none."""
    bad = np.asarray(at)
    if not bad.any():
        return ""
    times = sorted(panel.loc[bad, time].dropna().unique(), key=str)
    shown = ", ".join(map(str, times[:5])) + (", …" if len(times) > 5 else "")
    where = f" ({time} {shown})" if times else ""
    return f"'{column}' {what}: {int(bad.sum())} of {len(panel)} rows{where}."
