"""Was it the element, or just these units?

When a handful of units used an element, the question is how often a difference this large would
appear if the element had been handed to other units. The answer needs no model of the spread:
list every way to choose the units and count. It is valid if the units are exchangeable, that is,
if under no association any unit could as well have been the one that chose the element. Units did
choose, so the p-value measures how unusual the pattern is, not whether the element caused it.

Units of unlike size are not exchangeable: the mean of a small one is farther off by chance alone.
So every difference is divided by its own standard error, which knows the sizes. As it stands, the
difference errs in up to 18 of 100 cases where the three smallest of 17 units are treated and in 2
or fewer where the three largest are; divided, in at most 8 and 6 (tests/simulations/rules.csv). The
price is power: where three units chose at random it finds four effects where the difference finds
five. The standard error is CR1, which keeps the size as CR2 does, finds somewhat more and is
defined alike where a regression has other columns.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, islice
from math import comb
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import EstimationError, EstimationWarning, need_columns, one_of
from evallib.inference.cr2 import FloatArray, IntArray
from evallib.inference.estimate import check_level, estimator
from evallib.inference.frames import binary, cluster_codes, finite
from evallib.inference.inversion import (
    BLOCK,
    DRAWS,
    LIMIT,
    TIE,
    Inversion,
    Partial,
    Scores,
    numbers,
    partial,
    sums,
)

Statistic = Literal["studentised", "difference"]
"""What is counted: the difference in standard errors of its own, or as it stands."""


@dataclass(frozen=True, kw_only=True)
class Permutation(Inversion):
    """A difference between units with and without an element, judged by exchanging whole units.

    `value` is with minus without; `treated` of `units` units used it. `smallest_p` is the least
    p-value so few units can give: with one treated unit of ten no result can fall below .1.
    """

    treated: int


@estimator
def permutation(
    frame: pd.DataFrame,
    outcome: str,
    treated: str,
    unit: str,
    *,
    statistic: Statistic = "studentised",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Permutation:
    r"""Permutation test of whole units: difference in mean `outcome` with and without `treated`.

    Parameters
    ----------
    frame
        One row per person.
    outcome, treated, unit
        Columns: a number; 0/1 (or bool), the same for everyone in a unit; the unit.
    statistic
        "studentised" divides the difference by its CR1 standard error under every assignment;
        "difference" does not, which is right for units of one size only.
    level
        Nominal coverage of the interval that `decisions.verdicts` starts from.
    draws, seed
        Above a million assignments so many are drawn at random; up to there all are listed.

    Returns
    -------
    Permutation
        The difference between means over people, with `p_value(null, side)`: the share of
        assignments at least as far from `null`; with random ones (1 + as extreme) / (1 + draws).
        `at(level)` gives the interval of all differences the test does not reject.

    Raises
    ------
    EstimationError
        `treated` differs within a unit, all units or none are treated, or one unit alone is (or
        is not), so that its difference has no standard error.
    DataError
        A value or a unit is missing.

    Notes
    -----
    With $t(z) = (\hat\delta(z) - \delta_0(z)) / \mathrm{se}_{\mathrm{CR1}}(z)$ for an assignment z
    of as many units to the element,

    $$p = \frac{\#\{z : |t(z)| \ge |t(z_{\mathrm{obs}})|\}}{\#\{z\}},$$

    over all assignments, or $(1 + \#)/(1 + B)$ over B random ones. `at(level)` turns the test
    round: all $\delta_0$ that it does not reject, found exactly.

    Assumes that units are exchangeable if there is no association: each could as well have been the
    one with the element. Studentised, it is nearly right also where units differ in size and
    spread.

    References
    ----------
    Phipson and Smyth (2010), Permutation p-values should never be zero. Janssen (1997),
    Studentized permutation tests for non-i.i.d. hypotheses. DiCiccio and Romano (2017), Robust
    permutation tests for correlation and regression coefficients.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1, 2, 3, 2, 3, 8, 9], "visits": [0, 0, 0, 0, 0, 1, 1],
    ...                       "unit": list("ABCDEFG")})
    >>> test = permutation(frame, "y", "visits", "unit")
    >>> round(test.p_value() * 21), round(test.at(0.9).low, 2)
    (1, 4.67)
    """
    need_columns(frame, [outcome, treated, unit])
    y = finite(frame[outcome], f"column '{outcome}'")
    x = binary(frame[treated], f"column '{treated}'")
    codes, names = cluster_codes(frame[unit], f"the permutation of '{unit}'")
    used, weights = used_by(x, codes, names, treated), np.ones_like(y)
    test = exchange(
        partial(y, x, weights[:, None], codes, names), used, weights, what=treated,
        statistic=statistic, level=level, draws=draws, seed=seed,
    )  # fmt: skip
    return replace(test, bounds=(-1.0, 1.0) if np.isin(y, (0.0, 1.0)).all() else None)


def exchange(
    fit: Partial,
    used: NDArray[np.bool_],
    weights: FloatArray,
    *,
    what: str,
    statistic: Statistic,
    level: float,
    draws: int,
    seed: int,
) -> Permutation:
    """Exchange between units who `used` (G,) the regressor `what` of a `fit`.

    `weights` (n,) are the square roots of the weights the columns of the fit bear.
    """
    studentised = one_of(statistic, Statistic, "statistic") == "studentised"
    if studentised and fit.alone is not None:
        raise EstimationError(
            f"'{what}' cannot be told from unit {fit.alone}: the difference has no standard error, "
            'so there is no studentised test. statistic="difference" exchanges units without one, '
            "which is right only if they are of about the same size."
        )
    count, n = int(used.sum()), len(weights)
    listed = comb(len(used), count) <= LIMIT
    found = numbers(_scores(fit, weights, _all(used) if listed else _some(used, draws, seed)))
    se, ways = fit.se, found.shape[1]
    if not studentised:  # every difference has the standard error of the differences
        se = float(np.sqrt(np.mean((found[0] + fit.value * found[1]) ** 2)))
        found[2:] = np.array([[se**2], [0], [0]])
    mirrored = 1 + (2 * count == len(used))  # exchanging both halves only turns the sign
    smallest = mirrored / ways if listed else 1 / (1 + ways)
    if smallest > (1 - check_level(level)) * (1 + TIE):
        what = (
            f"{count} of {len(used)} units used '{what}': no result could fall below a p-value of "
            f"{smallest:.2g}."
        )
        warnings.warn(what, EstimationWarning, stacklevel=4)
    return Permutation(
        value=fit.value, se=se, smallest_p=smallest, treated=count, units=len(used), n=n,
        level=level, drawn=not listed, draws=found,
        method=f"permutation of units, {'CR1-' if studentised else 'not '}studentised, "
        f"{'all' if listed else 'random'} {ways} assignments, valid if units are exchangeable",
    )  # fmt: skip


def used_by(x: FloatArray, codes: IntArray, names: Sequence[str], what: str) -> NDArray[np.bool_]:
    """Whether each unit used the element; `x` must be constant within units."""
    share = np.bincount(codes, weights=x) / np.bincount(codes)
    mixed = [name for name, part in zip(names, share, strict=True) if 0 < part < 1]
    if mixed:
        raise EstimationError(
            f"'{what}' differs between people of the same unit ({', '.join(mixed)}): whole "
            "units cannot be permuted. Use contrast() or a regression with clustered errors."
        )
    used: NDArray[np.bool_] = share == 1
    if used.all() or not used.any():
        raise EstimationError(
            f"{int(used.sum())} of {len(used)} units used '{what}': there is nothing to compare."
        )
    return used


def _all(used: NDArray[np.bool_]) -> Iterator[FloatArray]:
    """Every choice of as many units as used the element, in blocks (a, G) of 0 and 1."""
    count = int(used.sum())
    choices = combinations(range(len(used)), count)
    while block := list(islice(choices, BLOCK)):
        index = np.fromiter(chain.from_iterable(block), dtype=np.intp)
        yield _marked(index.reshape(-1, count), len(used))


def _some(used: NDArray[np.bool_], draws: int, seed: int) -> Iterator[FloatArray]:
    """`draws` random choices of as many units, in blocks (a, G) of 0 and 1."""
    rng, count = np.random.default_rng(seed), int(used.sum())
    for start in range(0, draws, BLOCK):
        keys = rng.random((min(BLOCK, draws - start), len(used)))
        yield _marked(np.argpartition(keys, count - 1, axis=1)[:, :count], len(used))


def _marked(chosen: IntArray, units: int) -> FloatArray:
    marks = np.zeros((len(chosen), units))
    np.put_along_axis(marks, chosen, 1.0, axis=1)
    return marks


def _scores(fit: Partial, weights: FloatArray, blocks: Iterable[FloatArray]) -> Iterator[Scores]:
    """Scores by unit under each assignment, from totals by unit alone.

    With the others taken out, the regressor of an assignment c (G,) is c_g w - Q (L'c) in unit g:
    L (G, k) are the totals of the others' basis Q times the weights w.
    """
    codes, basis = fit.codes, fit.others
    size, load = sums(weights**2, codes), sums(basis * weights[:, None], codes)
    k = basis.shape[1]
    square = sums((basis[:, :, None] * basis[:, None, :]).reshape(-1, k * k), codes)
    totals = [
        (sums(column * weights, codes), sums(basis * column[:, None], codes))
        for column in (fit.residuals, fit.regressor)
    ]
    for chosen in blocks:
        shift = chosen @ load
        residual, seen = (chosen * total - shift @ inner.T for total, inner in totals)
        outer = (shift[:, :, None] * shift[:, None, :]).reshape(-1, k * k)
        own = chosen * (size - 2 * shift @ load.T) + outer @ square.T
        yield residual, seen, own
