"""Intervals that respect how few units there are.

People in one unit share caseworkers, employers and a local labour market, so their outcomes are
alike and a binomial or iid interval is far too narrow. Everything here counts the units, not the
people: the standard error is built from unit totals and the reference distribution is a t whose
degrees of freedom the units set. Intervals of this kind stay honest at about ten units and more;
with five they are wide, and that is the message.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from evallib.errors import DataError, EstimationError, EstimationWarning, need_columns
from evallib.inference.cr2 import FloatArray, IntArray, least_squares

P = ParamSpec("P")
T = TypeVar("T")

_NO_SPREAD = 1e-12  # relative size of a standard error that is rounding


@dataclass(frozen=True)
class Estimate:
    """One number with its interval, the size of its base and how it was made.

    `value`, `low`, `high` and `se` are in the unit of the outcome (shares as fractions); `df` are
    the degrees of freedom of the t behind the interval, `n` the people and `clusters` the units
    it rests on, `level` the nominal coverage and `method` the convention in words. `function` is
    the dotted name of the function that was called for it (`estimator`), and `k`, of a share, how
    many of the n have what is counted.
    """

    value: float
    low: float
    high: float
    se: float
    df: float
    n: int
    clusters: int
    level: float
    method: str
    function: str = field(default="", compare=False)
    k: int | None = field(default=None, compare=False)

    @property
    def frame(self) -> pd.DataFrame:
        """The estimate as one tidy row."""
        return pd.DataFrame([asdict(self)]).drop(columns=["function", "k"])

    def p_value(self, null: float = 0.0) -> float:
        """Two-sided p-value of the hypothesis that the true value is `null`."""
        if self.se == 0:
            return 1.0 if self.value == null else 0.0
        return float(2 * stats.t.sf(abs(self.value - null) / self.se, self.df))


def estimator(function: Callable[P, T]) -> Callable[P, T]:
    """Let what a public function estimates carry the function's dotted name, in `function`.

    That is so of estimates and curves, alone or in a dict or list. Where such a function calls
    another, the outer one's name stands: it is the one that was called.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def estimate(*args: P.args, **kwargs: P.kwargs) -> T:
        result: T = _named(function(*args, **kwargs), name)
        return result

    return estimate


def _named(result: Any, name: str) -> Any:
    if isinstance(result, dict):
        return {key: _named(value, name) for key, value in result.items()}
    if isinstance(result, list):
        return [_named(value, name) for value in result]
    if is_dataclass(result) and hasattr(result, "function"):
        return replace(result, function=name)  # type: ignore[type-var]
    return result


def t_estimate(
    value: float,
    se: float,
    df: float,
    *,
    n: int,
    clusters: int,
    level: float,
    method: str,
    what: str = "the estimate",
) -> Estimate:
    """An `Estimate` whose interval is value +- t(df) x se.

    Warns where the standard error is zero up to rounding: such an interval has no width.
    """
    if se <= _NO_SPREAD * max(abs(value), 1.0):
        warnings.warn(
            f"{what} does not vary between its {clusters} clusters: the interval has no width and "
            "understates the uncertainty. Report the number and its base instead.",
            EstimationWarning,
            stacklevel=3,
        )
    half = float(stats.t.ppf(0.5 + check_level(level) / 2, df)) * se
    return Estimate(value, value - half, value + half, se, df, n, clusters, level, method)


def check_level(level: float) -> float:
    """`level` itself if it is a coverage between 0 and 1, else an `EstimationError`."""
    if isinstance(level, str) or not 0 < level < 1:
        raise EstimationError(f"level is {level!r}; give a coverage between 0 and 1, such as 0.95.")
    return level


def cluster_codes(clusters: ArrayLike, what: str = "the estimate") -> tuple[IntArray, list[str]]:
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


@estimator
def cluster_interval(
    value: float,
    influence: ArrayLike,
    clusters: ArrayLike,
    level: float = 0.95,
    *,
    what: str = "the estimate",
) -> Estimate:
    """Interval of any estimate that is, to first order, a sum over people.

    Parameters
    ----------
    value
        The estimate.
    influence
        Each person's contribution (n,) to value - truth, on the scale where contributions add up:
        for a mean it is (y_i - mean) / n; for the difference of two means it is the first mean's
        contribution minus the second's, so that a person in both enters once.
    clusters
        Each person's unit (n,).
    level
        Nominal coverage.
    what
        What errors and warnings call the estimate.

    Returns
    -------
    Estimate
        Variance G/(G-1) x sum over clusters of (sum of influence)^2, the CR1 of clubSandwich, with
        t(G-1).

    Raises
    ------
    DataError
        A value or a unit is missing.
    EstimationError
        There are fewer than two units.

    Warns
    -----
    EstimationWarning
        There is no variation between units: the interval has no width.

    Examples
    --------
    >>> y, unit = np.array([0.0, 1.0, 1.0, 1.0]), ["A", "A", "B", "B"]
    >>> cluster_interval(y.mean(), (y - y.mean()) / 4, unit).se
    0.25
    """
    contribution = finite(influence, what)
    codes, names = cluster_codes(clusters, what)
    if len(contribution) != len(codes):
        raise DataError(
            f"{what} has {len(contribution)} influence values and {len(codes)} cluster labels; "
            "give one of each per person."
        )
    count = len(names)
    totals = np.bincount(codes, weights=contribution, minlength=count)
    se = float(np.sqrt(count / (count - 1) * totals @ totals))
    method = f"cluster-robust CR1 (G/(G-1)), t({count - 1})"
    return t_estimate(
        float(value),
        se,
        count - 1,
        n=len(codes),
        clusters=count,
        level=level,
        method=method,
        what=what,
    )


@estimator
def cluster_mean(
    values: ArrayLike,
    clusters: ArrayLike,
    *,
    level: float = 0.95,
    weights: ArrayLike | None = None,
    what: str = "the mean",
) -> Estimate:
    """Mean over people with the interval of `cluster_interval`.

    Parameters
    ----------
    values, clusters
        Each person's number and unit (n,).
    level
        Nominal coverage.
    weights
        Each person's weight (n,), not negative; all alike if left out.
    what
        What errors and warnings call the mean.

    Returns
    -------
    Estimate
        In the unit of the values.

    Raises
    ------
    DataError, EstimationError
        As for `cluster_interval`; also where no weight is positive.

    Examples
    --------
    >>> share = cluster_mean([0, 1, 1, 1], ["A", "A", "B", "B"])
    >>> share.value, share.k, share.n
    (0.75, 3, 4)
    """
    y = finite(values, what)
    w = np.ones_like(y) if weights is None else finite(weights, f"the weights of {what}")
    if not len(y) or (w < 0).any() or w.sum() == 0:
        raise EstimationError(f"{what} has no person with a positive weight; nothing to average.")
    value = float(w @ y / w.sum())
    mean = cluster_interval(value, w * (y - value) / w.sum(), clusters, level, what=what)
    counted = weights is None and np.isin(y, (0.0, 1.0)).all()
    return replace(mean, k=int(y.sum())) if counted else mean


@estimator
def cluster_means(
    frame: pd.DataFrame, outcome: str, by: str, cluster: str = "project", level: float = 0.95
) -> dict[Any, Estimate]:
    """Mean `outcome` of each group, each with its own `cluster_mean`.

    Parameters
    ----------
    frame
        One row per person, or per person and month.
    outcome, by, cluster
        The columns of numbers, groups and units.
    level
        Nominal coverage.

    Returns
    -------
    dict
        By group, in the order of the groups; a row without a group is in none.

    Raises
    ------
    DataError, EstimationError
        As for `cluster_mean`, and where a column is missing.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [0, 1, 1, 1, 5, 7], "route": [2, 2, 2, 2, 1, 1],
    ...                       "project": list("AABBAB")})
    >>> {route: mean.value for route, mean in cluster_means(frame, "y", "route").items()}
    {1: 6.0, 2: 0.75}
    """
    need_columns(frame, [outcome, by, cluster])
    return {
        group: cluster_mean(
            part[outcome], part[cluster], level=level, what=f"the mean of {by} {group}"
        )
        for group, part in frame.groupby(by)
    }


@estimator
def contrast(
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    level: float = 0.95,
) -> Estimate:
    """Difference in mean `outcome` between group `a` and group `b` (a minus b).

    Overlap: a unit that works in both groups carries one label and is one cluster, so what its
    people share cancels in the difference instead of being counted twice.

    Parameters
    ----------
    frame
        One row per person.
    outcome, group, cluster
        The columns of numbers, groups and units.
    a, b
        Two values of the column of groups.
    level
        Nominal coverage.

    Returns
    -------
    Estimate
        In the unit of the outcome; CR2 standard error with Satterthwaite degrees of freedom.

    Raises
    ------
    EstimationError
        A group has fewer than two clusters.
    DataError
        A value or a unit is missing.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2, 3, 5, 0, 1, 2, 1], "g": list("aaaabbbb"),
    ...                       "unit": list("ppqqrrss")})
    >>> round(contrast(frame, "y", "g", "a", "b", "unit").value, 2)
    1.75
    """
    need_columns(frame, [outcome])
    pair = two_groups(frame, group, a, b, cluster)
    y = finite(pair[outcome], f"column '{outcome}'")
    treated = (pair[group] == a).to_numpy(float)
    codes, names = cluster_codes(pair[cluster], f"the contrast {a} - {b}")
    fit = least_squares(np.column_stack([np.ones_like(y), treated]), y, codes, kind="CR2")
    direction = np.array([0.0, 1.0])
    return t_estimate(
        float(fit.coefficients[1]),
        fit.covariance.se(direction),
        fit.covariance.df(direction),
        n=len(y),
        clusters=len(names),
        level=level,
        method="difference in means, CR2, t with Satterthwaite df",
        what=f"the contrast {a} - {b}",
    )


def two_groups(frame: pd.DataFrame, group: str, a: object, b: object, cluster: str) -> pd.DataFrame:
    """The rows of groups `a` and `b`, each checked to hold at least two clusters."""
    need_columns(frame, [group, cluster])
    pair = frame.loc[frame[group].isin([a, b])]
    for member in (a, b):
        names = pair.loc[pair[group] == member, cluster].unique()
        if len(names) < 2:
            raise EstimationError(
                f"Group {member!r} of column '{group}' has {len(names)} cluster "
                f"({', '.join(map(str, names)) or 'none'}): what is the group and what is "
                "the unit cannot be told apart. Compare groups of at least two units."
            )
    return pair


def finite(values: ArrayLike, what: str) -> FloatArray:
    """`values` as floats, or a `DataError` that counts the missing ones."""
    array = np.asarray(pd.Series(values), dtype=float)
    bad = ~np.isfinite(array)
    if bad.any():
        raise DataError(
            f"{what} is missing or infinite for {int(bad.sum())} of {len(array)} people. Leave "
            "them out, or say with which value they count."
        )
    return array
