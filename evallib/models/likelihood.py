"""The two likelihoods of categorical outcomes, in the form the covariances ask for.

A logit and an ordered logit are fitted by statsmodels. Two things are then made sure of here: the
maximum exists (data that separate the answers have none, and optimisers report success all the
same), and it has been reached (a Newton step leads nowhere).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evallib.errors import EstimationError
from evallib.inference.cr2 import FloatArray, IntArray, Response

_STEPS = 30
_REACHED = 1e-18  # squared length of the Newton step in standard errors


class Pieces(NamedTuple):
    """Score (n, k) and information root rows (n r, k) at some parameters; see `sandwich`."""

    score: FloatArray
    root: FloatArray


@dataclass(frozen=True)
class Fitted:
    """Parameters (k,) at the maximum, with the pieces there; `response` for the logit only."""

    parameters: FloatArray
    pieces: Pieces
    response: Response | None


def fit_logit(x: FloatArray, y: FloatArray, names: list[str], what: str) -> Fitted:
    """Logit of `y` (n,) in 0/1 on `x` (n, k), whose columns (constant included) are `names`.

    Raises `EstimationError` where some combination of columns separates 0 from 1.
    """
    _refuse_separation(x * np.where(y == 1, 1.0, -1.0)[:, None], names, what)

    def pieces(parameters: FloatArray) -> Pieces:
        p = expit(x @ parameters)
        return Pieces(x * (y - p)[:, None], x * np.sqrt(p * (1 - p))[:, None])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the check of the maximum below replaces its warnings
        start = np.asarray(Logit(y, x).fit(disp=0).params, dtype=float)
    parameters = _maximum(start, pieces, what)
    p = expit(x @ parameters)
    return Fitted(parameters, pieces(parameters), Response(y - p, p * (1 - p)))


def fit_ordered(x: FloatArray, codes: IntArray, names: list[str], what: str) -> Fitted:
    """Ordered logit of category `codes` (n,) in 0..J-1 on `x` (n, k), without a constant.

    Parameters are the k slopes (positive: towards higher categories) and the J-1 thresholds, as in
    MASS::polr: P(code <= j) = expit(threshold_j - x slope).
    """
    upper, lower = _bounds(x, codes)
    inner = [upper[codes < codes.max()], -lower[codes > 0]]
    _refuse_separation(np.vstack(inner), names, what)

    def pieces(parameters: FloatArray) -> Pieces:
        high = np.where(codes < codes.max(), upper @ parameters, np.inf)
        low = np.where(codes > 0, lower @ parameters, -np.inf)
        return _ordered_pieces(high, low, upper, lower)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        model = OrderedModel(codes, x, distr="logit")
        raw = model.fit(method="bfgs", disp=0, maxiter=500).params
    thresholds = model.transform_threshold_params(raw)[1:-1]
    start = np.concatenate([raw[: x.shape[1]], thresholds])
    parameters = _maximum(start, pieces, what)
    return Fitted(parameters, pieces(parameters), None)


def _bounds(x: FloatArray, codes: IntArray) -> tuple[FloatArray, FloatArray]:
    """Rows (n, k + J - 1) whose products with the parameters are the category's two limits."""
    n, cuts = len(codes), int(codes.max())
    upper, lower = np.zeros((n, cuts)), np.zeros((n, cuts))
    people = np.arange(n)
    upper[people[codes < cuts], codes[codes < cuts]] = 1
    lower[people[codes > 0], codes[codes > 0] - 1] = 1
    return np.hstack([-x, upper]), np.hstack([-x, lower])


def _ordered_pieces(
    high: FloatArray, low: FloatArray, upper: FloatArray, lower: FloatArray
) -> Pieces:
    """Pieces from log P = log F(high) + log(1 - F(low)) + log(1 - exp(low - high)).

    Each of the three terms is concave in one linear combination, hence three root rows a person.
    """
    above, below, width = expit(-high), expit(low), high - low
    with np.errstate(over="ignore"):
        gap, bend = 1 / np.expm1(width), 0.5 / np.sinh(width / 2)
    score = upper * (above + gap)[:, None] - lower * (below + gap)[:, None]
    root = np.stack(
        [
            upper * np.sqrt(above * (1 - above))[:, None],
            lower * np.sqrt(below * (1 - below))[:, None],
            (upper - lower) * bend[:, None],
        ],
        axis=1,
    )
    return Pieces(score, root.reshape(-1, upper.shape[1]))


def _maximum(start: FloatArray, pieces: Callable[[FloatArray], Pieces], what: str) -> FloatArray:
    """Newton steps from an optimiser's answer until a step is far below a standard error."""
    parameters = start
    for _ in range(_STEPS):
        score, root = pieces(parameters)
        total = score.sum(axis=0)
        step = np.linalg.solve(root.T @ root, total)
        parameters = parameters + step
        if step @ total < _REACHED:
            return parameters
    raise EstimationError(
        f"{what}: the maximum of the likelihood was not reached in {_STEPS} steps. Rescale the "
        "columns, merge rare categories or leave a column out."
    )


def _refuse_separation(rows: FloatArray, names: list[str], what: str) -> None:
    """Raise if some direction b has rows @ b >= 0 throughout and > 0 somewhere (Konis 2007).

    Along such a direction the likelihood rises for ever.
    """
    scaled = rows / np.maximum(np.abs(rows).max(axis=0), 1e-300)
    gain = scaled.sum(axis=0)
    answer = linprog(-gain, A_ub=-scaled, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
    if -answer.fun <= 1e-7 * len(rows):
        return
    culprits = [
        name for name, size in zip(names, answer.x, strict=False) if abs(size) > 1e-7 and name
    ]
    raise EstimationError(
        f"{what}: {', '.join(culprits) or 'the columns'} separate the answers perfectly, so no "
        "finite coefficient exists. Merge categories, leave the column out, or use ols()."
    )
