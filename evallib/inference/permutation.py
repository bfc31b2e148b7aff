"""Was it the element, or just these units?

When a handful of units used an element, the question is how often a difference this large would
appear if the element had been handed to other units. The answer needs no model of the spread:
list every way to choose the units and count. It is valid if the units are exchangeable, that is,
if under no association any unit could as well have been the one that chose the element. Units did
choose, so the p-value measures how unusual the pattern is, not whether the element caused it.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from itertools import chain, combinations
from math import comb
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import DataError, EstimationError, EstimationWarning, need_columns, one_of
from evallib.inference.cr2 import FloatArray, IntArray
from evallib.inference.estimate import finite

Weighting = Literal["people", "units"]

LIMIT = 1_000_000  # assignments up to which every one is listed
_TIE = 1e-10  # rounding below which two differences count as equal


@dataclass(frozen=True)
class Permutation:
    """A difference between units with and without an element, and its permutation p-value.

    `value` is with minus without; `treated` of `units` units used it; `assignments` were compared,
    all of them if `exact`. `smallest_p` is the least p-value so few units can give: with one
    treated unit of ten no result can fall below .1.
    """

    value: float
    p_value: float
    smallest_p: float
    assignments: int
    exact: bool
    treated: int
    units: int
    n: int
    weighting: Weighting
    method: str

    @property
    def frame(self) -> pd.DataFrame:
        """The result as one tidy row."""
        return pd.DataFrame([asdict(self)])


def permutation(
    frame: pd.DataFrame,
    outcome: str,
    treated: str,
    unit: str,
    *,
    weighting: Weighting = "people",
    covariates: FloatArray | None = None,
    draws: int = 99_999,
    seed: int = 0,
) -> Permutation:
    """Permutation test of whole units: difference in mean `outcome` with and without `treated`.

    `treated` is 0/1 (or bool) and the same for everyone in a unit. "people" compares means over
    people, "units" averages of unit means. With up to a million assignments all are listed and p is
    the exact share at least as far from zero as the one observed; above it `draws` random
    assignments are compared and p = (1 + as extreme) / (1 + draws) (Phipson and Smyth 2010).
    `covariates` (n, k) are first taken out of the outcome by least squares under the hypothesis of
    no association; the test is then approximate.

    >>> frame = pd.DataFrame({"y": [1, 2, 3, 2, 3, 8, 9], "visits": [0, 0, 0, 0, 0, 1, 1],
    ...                       "unit": list("ABCDEFG")})
    >>> result = permutation(frame, "y", "visits", "unit")
    >>> result.assignments, round(result.p_value * 21)
    (21, 1)
    """
    one_of(weighting, Weighting, "weighting")
    need_columns(frame, [outcome, treated, unit])
    y = finite(frame[outcome], f"column '{outcome}'")
    codes, names = pd.factorize(frame[unit].astype(str), sort=True)
    used = _used(frame[treated], codes, names, treated)
    if covariates is not None:
        design = np.column_stack([np.ones_like(y), covariates])
        y = y - design @ np.linalg.lstsq(design, y)[0]
    sizes = np.bincount(codes).astype(float)
    sums = np.bincount(codes, weights=y).astype(float)
    if weighting == "units":
        sums, sizes = sums / sizes, np.ones_like(sizes)
    exact = comb(len(used), int(used.sum())) <= LIMIT
    chosen = _all(used) if exact else _some(used, draws, seed)
    observed = _differences(np.flatnonzero(used)[None, :], sums, sizes)[0]
    least = abs(observed) * (1 - _TIE) - _TIE * np.ptp(y)
    extreme = int(np.sum(np.abs(_differences(chosen, sums, sizes)) >= least))
    own = 0 if exact else 1  # the assignment that happened counts as one of the random ones
    how = f"{'all' if exact else 'random'} {len(chosen)} assignments"
    return Permutation(
        value=float(observed),
        p_value=(extreme + own) / (len(chosen) + own),
        smallest_p=1 / (len(chosen) + own),
        assignments=len(chosen),
        exact=exact,
        treated=int(used.sum()),
        units=len(used),
        n=len(y),
        weighting=weighting,
        method=f"permutation of units, {how}, valid if units are exchangeable",
    )


def treated_units(frame: pd.DataFrame, elements: list[str], unit: str) -> pd.DataFrame:
    """How many units, and which, used each 0/1 element: columns element, treated, units, names."""
    need_columns(frame, [*elements, unit])
    codes, names = pd.factorize(frame[unit].astype(str), sort=True)
    rows = []
    for element in elements:
        used = np.unique(codes[frame[element].to_numpy(float) == 1])
        rows.append((element, len(used), len(names), ", ".join(names[used])))
    return pd.DataFrame(rows, columns=["element", "treated", "units", "names"])


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
