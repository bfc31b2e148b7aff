"""A test against draws of the same statistic, and the interval it gives.

With few units the t distribution is an approximation; permutation of units and the wild bootstrap
put a distribution of their own in its place. An interval must not come from elsewhere than the
test, or the two contradict each other: its limits are where the test stops rejecting. That needs
the draws at every value the truth may have, and here they cost no second round. If `value + e` is
the truth, the coefficient of a draw is a straight line in e and its variance a parabola, so five
numbers for each draw are all that is kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from evallib.errors import EstimationWarning
from evallib.inference.cr2 import FloatArray, IntArray, covariance
from evallib.inference.estimate import Bounds, Estimate, Side, check_level

LIMIT = 1_000_000  # draws up to which every one is listed
DRAWS = 99_999  # random ones above that
BLOCK = 8192  # draws computed at a time
TIE = 1e-9  # relative size of rounding: statistics that differ by less are equal
_NOTHING = 1e-12  # relative size of what is left of a column that others explain
_STEPS = np.append(0.0, np.geomspace(0.1, 1e6, 41))  # where limits are sought, in standard errors

Scores = tuple[FloatArray, FloatArray, FloatArray]
"""Of draws (A, G): of residuals, of the regressor that was seen, of the draw's own regressor."""


@dataclass(frozen=True, kw_only=True)
class Inversion:
    """A coefficient, judged by draws of it (`decisions.Comparison`).

    Attributes
    ----------
    value, se
        The coefficient and its standard error, in the unit of the outcome.
    smallest_p
        The least two-sided p-value there can be: with 3 of 17 units treated 1 of 680.
    units, n
        How many units and people it rests on.
    level
        Nominal coverage of its interval.
    method
        The test in words.
    bounds
        The least and greatest difference there can be, of shares: limits are cut there.
    """

    value: float
    se: float
    smallest_p: float
    units: int
    n: int
    level: float
    method: str
    drawn: bool = field(repr=False)
    draws: FloatArray = field(repr=False, compare=False)
    function: str = field(default="", compare=False)
    bounds: Bounds | None = field(default=None, compare=False)

    @property
    def varies(self) -> bool:
        """Whether there is anything to judge: not if the outcome is the same for everybody."""
        return self.se > 0 or self.value != 0

    def p_value(self, null: float = 0.0, side: Side = "both") -> float:
        """P-value of the hypothesis that the true value is `null`; NaN if nothing varies.

        The share of draws whose statistic is as far from zero or farther, on the `side` of the
        alternative; where draws are random, the one that happened counts as one of them.
        """
        if not self.varies:
            return float("nan")
        e = null - self.value
        start, slope, constant, linear, square = self.draws
        spread = np.sqrt(np.maximum(constant - 2 * e * linear + e**2 * square, 0))
        theirs, own = (start - e * slope) * self.se, -e * spread  # two t, without dividing
        tie = TIE * abs(e) * (spread + spread.max())
        if side == "both":
            far = np.abs(theirs) >= np.abs(own) - tie
        else:
            far = theirs >= own - tie if side == "above" else theirs <= own + tie
        return float((far.sum() + self.drawn) / (len(far) + self.drawn))

    def equivalence(self, margin: float) -> float:
        """P-value of the hypothesis that the true value is `margin` or more from zero.

        Two one-sided tests; not below half the two-sided p-value, as draws need not be symmetric.
        So below 5 per cent the 90 per cent interval lies within the margin.
        """
        sides = [self.p_value(-margin, "above"), self.p_value(margin, "below")]
        return float(np.max([*sides, *(self.p_value(null) / 2 for null in (-margin, margin))]))

    def at(self, level: float) -> Estimate:
        """The coefficient with all true values that the two-sided test does not reject.

        Infinite limits, and an `EstimationWarning`, where so few units can reject nothing at
        `level`. Without degrees of freedom: no t stands behind the interval.
        """
        size = 1 - check_level(level)
        low, high = (self._limit(size, side) for side in (-1, 1))
        if not self.varies:
            what = "The outcome is the same for everybody: it has no p-value and no interval."
            warnings.warn(what, EstimationWarning, stacklevel=2)
        elif np.isinf([low, high]).any():
            what = (
                f"With {self.units} units the test cannot reject every value at level {level:.4g} "
                f"(its least p-value is {self.smallest_p:.3g}): the interval has no limit. Compare "
                "more units, or fewer differences together."
            )
            warnings.warn(what, EstimationWarning, stacklevel=2)
        if self.bounds:
            low, high = max(low, self.bounds[0]), min(high, self.bounds[1])
        return Estimate(
            self.value, low, high, self.se, float("nan"), self.n, self.units, level, self.method,
            self.function, bounds=self.bounds, difference=self.bounds is not None,
        )  # fmt: skip

    def _limit(self, size: float, side: int) -> float:
        """The farthest true value on one side of the coefficient with a p-value above `size`."""
        if not self.varies:
            return float("nan")
        nulls = self.value + side * _STEPS * (self.se or abs(self.value))
        nulls = np.append(nulls, 0.0 if side * self.value < 0 else self.value)
        nulls = nulls[np.argsort(side * nulls)]  # with zero: test and interval agree on it
        held = [self.p_value(null) > size * (1 + TIE) for null in nulls]
        if held[-1]:
            return side * float("inf")
        last = int(np.flatnonzero(held)[-1])
        inside, outside = nulls[last : last + 2]
        for _ in range(40):
            middle = (inside + outside) / 2
            if self.p_value(middle) > size * (1 + TIE):
                inside = middle
            else:
                outside = middle
        return float(inside)


@dataclass(frozen=True)
class Partial:
    """The coefficient `value` of one regressor, and what is left when the others are taken out.

    `residuals` and `regressor` (n,), `others` (n, k) an orthonormal basis of the other regressors,
    `codes` (n,) of the `units` units; `se` is CR1, and `alone` the name of the unit that carries
    the coefficient by itself, so that its spread is unknown.
    """

    value: float
    se: float
    alone: str | None
    residuals: FloatArray
    regressor: FloatArray
    others: FloatArray
    codes: IntArray
    units: int


def partial(
    y: FloatArray, x: FloatArray, others: FloatArray, codes: IntArray, names: Sequence[str]
) -> Partial:
    """Take `others` (n, k) out of the outcome `y` and the regressor `x`, both (n,).

    `codes` (n,) and `names` (G,) are those of the units.
    """
    basis: FloatArray = np.linalg.qr(others / np.linalg.norm(others, axis=0))[0]
    left, regressor = (_left(column, basis) for column in (y, x))
    value = float(regressor @ left / (regressor @ regressor))
    residuals = left - value * regressor
    if np.linalg.norm(residuals) <= _NOTHING * np.linalg.norm(y):
        residuals = np.zeros_like(left)
    root = np.column_stack([basis, regressor])
    spread = covariance(root, root * residuals[:, None], codes, "CR1")
    own = np.eye(root.shape[1])[-1]
    code = spread.rests_on(own)
    alone = None if code is None else names[code]
    return Partial(
        value, spread.se(own), alone, residuals, regressor, basis, codes, units=len(names)
    )


def _left(column: FloatArray, basis: FloatArray) -> FloatArray:
    """What is left of a column; exactly nothing where it is only rounding."""
    left = column - basis @ (basis.T @ column)
    left = left - basis @ (basis.T @ left)
    return left * float(np.linalg.norm(left) > _NOTHING * np.linalg.norm(column))


def numbers(blocks: Iterable[Scores]) -> FloatArray:
    """The five numbers (5, draws) of each draw: see the module.

    A draw whose regressor the others explain has no coefficient; it counts as extreme.
    """
    parts = []
    for residual, seen, own in blocks:
        size = own.sum(axis=1)
        lost = size <= _NOTHING * size.max()
        size[lost] = np.inf
        start, slope = residual.sum(axis=1) / size, seen.sum(axis=1) / size
        p = (residual - start[:, None] * own) / size[:, None]
        q = (seen - slope[:, None] * own) / size[:, None]
        count = own.shape[1]
        squares = np.array([np.einsum("ag,ag->a", *two) for two in ((p, p), (p, q), (q, q))])
        parts.append(np.vstack([start, slope, squares * count / (count - 1)]))
    return np.hstack(parts)


def sums(values: FloatArray, codes: IntArray) -> FloatArray:
    """Totals of `values` (n, ...) over each unit: (G, ...)."""
    total = np.zeros((int(codes.max()) + 1, *values.shape[1:]))
    np.add.at(total, codes, values)
    return total
