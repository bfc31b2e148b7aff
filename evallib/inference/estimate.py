"""A number with its interval: what every estimate of few units shares.

People in one unit share caseworkers, employers and a local labour market, so their outcomes are
alike and a binomial or iid interval is far too narrow. Everything here counts the units, not the
people: the standard error comes from the units, and the reference distribution is a t whose degrees
of freedom the units set.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from scipy import stats

from evallib.errors import EstimationError, EstimationWarning, Named

P = ParamSpec("P")
T = TypeVar("T")

Bounds = tuple[float, float]
Side = Literal["both", "above", "below"]
"""Of an alternative: another value, a larger one, a smaller one."""
ICC = 0.05
"""Share of the spread that is between units where the data cannot tell: an assumption of ours."""
_NO_SPREAD = 1e-12  # relative size of a standard error that is rounding


@dataclass(frozen=True)
class Estimate:
    """One number with its interval, the size of its base and how it was made.

    `value`, `low`, `high` and `se` are in the unit of the outcome (shares as fractions); `df` are
    the degrees of freedom of the t behind the interval, `n` the people and `clusters` the units
    it rests on, `level` the nominal coverage and `method` the convention in words. `function` is
    the dotted name of the function that was called for it (`estimator`), and `k`, of a share, how
    many of the n have what is counted. `bounds` are the least and the greatest value the quantity
    can have, and `difference` says that it is one: see `limits`. `parts`, of a difference of
    shares, are the two: (1, k, n) of the first and (-1, k, n) of the one taken from it. `largest`,
    of a mean of amounts, is the largest one's part of their sum, and `residual`, of a model, how
    many observations there are beyond its parameters: who lets results out asks for both.
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
    bounds: Bounds | None = field(default=None, compare=False)
    difference: bool = field(default=False, compare=False)
    parts: tuple[tuple[int, int, int], ...] | None = field(default=None, compare=False)
    largest: float | None = field(default=None, compare=False)
    residual: int | None = field(default=None, compare=False)

    @property
    def frame(self) -> pd.DataFrame:
        """The estimate as one tidy row."""
        row = pd.DataFrame([asdict(self)])
        return row.drop(columns=[f.name for f in fields(self) if not f.compare])

    @property
    def number(self) -> Number:
        """The number without its interval."""
        return Number(self.value, self.n, self.k)

    @property
    def _people(self) -> float:
        """How many independent people the n are worth if a share `ICC` of the spread is of units.

        For quantities that everybody or nobody has: there no spread can be seen.
        """
        return self.n / (1 + (self.n / self.clusters - 1) * ICC)

    @property
    def varies(self) -> bool:
        """Whether there is any spread between the units to judge by."""
        return self.se > _NO_SPREAD * max(abs(self.value), 1.0)

    def p_value(self, null: float = 0.0, side: Side = "both") -> float:
        """P-value of the hypothesis that the true value is `null`; NaN without any spread.

        `side` is the alternative: "above" that the true value is larger.
        """
        if not self.varies:
            return float("nan")
        t = (self.value - null) / self.se
        if side == "both":
            return float(2 * stats.t.sf(abs(t), self.df))
        return float(stats.t.sf(t if side == "above" else -t, self.df))

    def equivalence(self, margin: float) -> float:
        """P-value of the hypothesis that the true value is `margin` or more from zero.

        Two one-sided tests: below 5 per cent exactly where the 90 per cent interval lies within.
        """
        return float(np.max([self.p_value(-margin, "above"), self.p_value(margin, "below")]))

    def at(self, level: float) -> Estimate:
        """The same estimate with an interval of another nominal coverage."""
        t = float(stats.t.ppf(0.5 + check_level(level) / 2, self.df))
        low, high = self.limits(t)
        return replace(self, low=low, high=high, level=level)

    def limits(self, times: float) -> Bounds:
        """So many standard errors on either side of the value, in the range of the quantity."""
        low, high = self.value - times * self.se, self.value + times * self.se
        if self.bounds and self.difference:
            return max(low, self.bounds[0]), min(high, self.bounds[1])
        if self.bounds:
            return within(self.value, self.se, times, self.bounds, self._people)
        return low, high


@dataclass(frozen=True)
class Number:
    """A number without an interval, with the people it rests on.

    Parameters
    ----------
    value
        The number.
    n
        The people it rests on.
    k
        Of a share, how many of them have what is counted.

    Returns
    -------
    Number
        Reads as a float; a chapter records it with its people, so that it can be rounded for
        release.

    References
    ----------
    `data/rules/release.toml`: what a number of people must carry to leave.

    Examples
    --------
    >>> float(Number(0.5, n=10, k=5))
    0.5
    """

    value: float
    n: int
    k: int | None = None

    def __float__(self) -> float:
        return float(self.value)


def proportion(k: int, n: int) -> Number:
    """The share `k` of `n`, counted over everybody.

    Parameters
    ----------
    k, n
        How many have what is counted, and of how many.

    Returns
    -------
    Number
        The share, NaN of nobody; it knows both counts.

    Raises
    ------
    EstimationError
        There cannot be `k` of `n`.

    References
    ----------
    `data/rules/release.toml`: a share leaves as the quotient of two rounded counts.

    Examples
    --------
    >>> proportion(41, 104).value
    0.3942307692307692
    """
    if not 0 <= k <= n:
        raise EstimationError(f"{k} of {n} is no share; give how many have it, then of how many.")
    return Number(k / n if n else float("nan"), int(n), int(k))


def proportions(counts: pd.DataFrame, sizes: Any = None) -> pd.DataFrame:
    """What part of each column's size each of its counts is, as numbers that know both.

    Parameters
    ----------
    counts
        Counts in rows and columns.
    sizes
        What each column is counted of, by column; its sum if left out.

    Returns
    -------
    pandas.DataFrame
        As `counts`, with a `proportion` in each cell.

    References
    ----------
    `data/rules/release.toml`: a share leaves as the quotient of two rounded counts.

    Examples
    --------
    >>> counts = pd.DataFrame({1: [30, 10], 2: [5, 45]}, index=["yes", "no"])
    >>> proportions(counts)[1].map(float).tolist()
    [0.75, 0.25]
    """
    sums = counts.sum() if sizes is None else sizes
    return counts.apply(lambda column: [proportion(k, sums[column.name]) for k in column])


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
        return Named({key: _named(value, name) for key, value in result.items()})
    if isinstance(result, list):
        return [_named(value, name) for value in result]
    if is_dataclass(result) and hasattr(result, "function"):
        return replace(result, function=name)  # type: ignore[type-var]
    return result


def within(
    value: float, se: float, times: float, bounds: Bounds, people: float
) -> tuple[float, float]:
    """Limits between `bounds` of a mean with the standard error `se`, `times` of which count.

    They are Wilson's, with the number of independent people who would have this standard error and
    `times` in place of the normal's quantile. Where everybody or nobody has what is counted, no
    spread is seen, and `people` says how many independent ones there are. Limits symmetric in
    log-odds hold about as often, with rare shares oftener at 17 and 10 units, but have no width
    where everybody or nobody has it; over 17, 10 and 5 units and one that dominates these came
    nearest to their level (tests/simulations/rules.csv). A share of 3 per cent is held in only 87
    to 89 per cent of samples at 17 and 10 units if 15 per cent of the variance is between units.

    References
    ----------
    Wilson (1927), Probable inference. Dean and Pagano (2015), Evaluating confidence interval
    methods for binomial proportions in clustered surveys.

    Examples
    --------
    >>> [round(limit, 2) for limit in within(0.0, 0.0, 2.12, (0, 1), people=230)]
    [0.0, 0.02]
    """
    least, width = bounds[0], bounds[1] - bounds[0]
    share = min(max((value - least) / width, 0.0), 1.0)
    spread = share * (1 - share)
    shrink = (times * se / width) ** 2 / spread if spread > _NO_SPREAD else times**2 / people
    if not np.isfinite(shrink):
        return bounds
    centre = (share + shrink / 2) / (1 + shrink)
    half = float(np.sqrt(spread * shrink + shrink**2 / 4)) / (1 + shrink)
    return least + width * max(centre - half, 0.0), least + width * min(centre + half, 1.0)


def t_estimate(  # noqa: PLR0913 - what an estimate is made of
    value: float,
    se: float,
    df: float,
    *,
    n: int,
    clusters: int,
    level: float,
    method: str,
    what: str = "the estimate",
    bounds: Bounds | None = None,
    difference: bool = False,
) -> Estimate:
    """An `Estimate` whose interval is value +- t(df) x se, within `bounds` (`within`).

    A `difference` is cut at its bounds instead, so that interval and p-value agree on zero. Warns
    where there is no spread between the units: such an interval has no width.
    """
    made = Estimate(
        value, value, value, se, df, n, clusters, level, method, bounds=bounds,
        difference=difference,
    ).at(level)  # fmt: skip
    if made.high - made.low <= _NO_SPREAD * max(abs(value), 1.0):
        warnings.warn(
            f"{what} does not vary between its {clusters} clusters: the interval has no width and "
            "understates the uncertainty. Report the number and its base instead.",
            EstimationWarning,
            stacklevel=3,
        )
    return made


def check_level(level: float) -> float:
    """`level` itself if it is a coverage between 0 and 1, else an `EstimationError`."""
    if isinstance(level, str) or not 0 < level < 1:
        raise EstimationError(f"level is {level!r}; give a coverage between 0 and 1, such as 0.95.")
    return level
