"""Was it the element, or just these units?

When a handful of units used an element, the question is how often a difference this large would
appear if the element had been handed to other units. The answer needs no model of the spread:
list every way to choose the units and count. It is valid if the units are exchangeable, that is,
if under no association any unit could as well have been the one that chose the element. Units did
choose, so the p-value measures how unusual the pattern is, not whether the element caused it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import chain, combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import DataError, EstimationError, EstimationWarning, need_columns
from evallib.inference.cr2 import FloatArray, IntArray
from evallib.inference.estimate import finite

LIMIT = 1_000_000  # assignments up to which every one is listed
_TIE = 1e-10  # rounding below which two differences count as equal


@dataclass(frozen=True)
class Permutation:
    """A difference between units with and without an element, and its permutation p-value.

    `value` is with minus without; `treated` of `units` units used it. `smallest_p` is the least
    p-value so few units can give: with one treated unit of ten no result can fall below .1.
    """

    value: float
    p_value: float
    smallest_p: float
    treated: int
    units: int
    n: int
    method: str


def permutation(
    frame: pd.DataFrame,
    outcome: str,
    treated: str,
    unit: str,
    *,
    draws: int = 99_999,
    seed: int = 0,
) -> Permutation:
    """Permutation test of whole units: difference in mean `outcome` with and without `treated`.

    Parameters
    ----------
    frame
        One row per person.
    outcome, treated, unit
        Columns: a number; 0/1 (or bool), the same for everyone in a unit; the unit.
    draws, seed
        Above a million assignments so many are drawn at random; up to there all are listed.

    Returns
    -------
    Permutation
        The difference between means over people, and as p-value the share of assignments at least
        as far from zero; with random ones (1 + as extreme) / (1 + draws).

    Raises
    ------
    EstimationError
        `treated` differs within a unit, or all units or none are treated.

    References
    ----------
    Phipson and Smyth (2010), Permutation p-values should never be zero.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1, 2, 3, 2, 3, 8, 9], "visits": [0, 0, 0, 0, 0, 1, 1],
    ...                       "unit": list("ABCDEFG")})
    >>> round(permutation(frame, "y", "visits", "unit").p_value * 21)
    1
    """
    need_columns(frame, [outcome, treated, unit])
    y = finite(frame[outcome], f"column '{outcome}'")
    codes, names = pd.factorize(frame[unit].astype(str), sort=True)
    used = _used(frame[treated], codes, names, treated)
    sizes = np.bincount(codes).astype(float)
    sums = np.bincount(codes, weights=y).astype(float)
    every = comb(len(used), int(used.sum())) <= LIMIT
    chosen = _all(used) if every else _some(used, draws, seed)
    observed = _differences(np.flatnonzero(used)[None, :], sums, sizes)[0]
    least = abs(observed) * (1 - _TIE) - _TIE * np.ptp(y)
    extreme = int(np.sum(np.abs(_differences(chosen, sums, sizes)) >= least))
    own = 0 if every else 1  # the assignment that happened counts as one of the random ones
    how = f"{'all' if every else 'random'} {len(chosen)} assignments"
    return Permutation(
        value=float(observed),
        p_value=(extreme + own) / (len(chosen) + own),
        smallest_p=1 / (len(chosen) + own),
        treated=int(used.sum()),
        units=len(used),
        n=len(y),
        method=f"permutation of units, {how}, valid if units are exchangeable",
    )


def _used(column: pd.Series, codes: IntArray, names: pd.Index, treated: str) -> NDArray[np.bool_]:
    """Whether each unit used the element; the column must be 0/1 and constant within units."""
    values = finite(column, f"column '{treated}'")
    if not np.isin(values, (0.0, 1.0)).all():
        raise DataError(f"Column '{treated}' must hold 0 and 1 only; recode it before the test.")
    share = np.bincount(codes, weights=values) / np.bincount(codes)
    mixed = names[(share > 0) & (share < 1)]
    if len(mixed):
        raise EstimationError(
            f"'{treated}' differs between people of the same unit ({', '.join(mixed)}): whole "
            "units cannot be permuted. Use contrast() or a regression with clustered errors."
        )
    used: NDArray[np.bool_] = share == 1
    if used.all() or not used.any():
        raise EstimationError(
            f"{int(used.sum())} of {len(used)} units used '{treated}': there is nothing to compare."
        )
    if 1 / comb(len(used), int(used.sum())) > 0.05:
        warnings.warn(
            f"{int(used.sum())} of {len(used)} units used '{treated}': no result could fall below "
            "a p-value of 5 per cent.",
            EstimationWarning,
            stacklevel=3,
        )
    return used


def _all(used: NDArray[np.bool_]) -> IntArray:
    """Every choice of as many units as used the element: (assignments, count)."""
    count = int(used.sum())
    choices = combinations(range(len(used)), count)
    return np.fromiter(chain.from_iterable(choices), dtype=np.intp).reshape(-1, count)


def _some(used: NDArray[np.bool_], draws: int, seed: int) -> IntArray:
    """`draws` random choices of as many units: (draws, count)."""
    keys = np.random.default_rng(seed).random((draws, len(used)))
    count = int(used.sum())
    return np.argpartition(keys, count - 1, axis=1)[:, :count]


def _differences(chosen: IntArray, sums: FloatArray, sizes: FloatArray) -> FloatArray:
    """Mean of the chosen units minus mean of the others, for each row of `chosen`."""
    inside, people = sums[chosen].sum(axis=1), sizes[chosen].sum(axis=1)
    difference: FloatArray = inside / people - (sums.sum() - inside) / (sizes.sum() - people)
    return difference
