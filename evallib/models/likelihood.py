"""What a covariance needs to know of a model that statsmodels has fitted.

Least squares, logit and ordered logit share one form: each person has a score, and rows whose
cross-product is the information. Some things are made sure of on the way, because a fit reports
success all the same: no column is infinite, on a scale that computers cannot hold or a combination
of others, no column separates the answers, answers called ordered are, and the maximum of the
likelihood has been reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.linalg import solve_triangular
from scipy.optimize import linprog
from scipy.special import expit
from statsmodels.base.wrapper import ResultsWrapper
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.regression.linear_model import WLS

from evallib.errors import DataError, EstimationError
from evallib.inference.cr2 import FloatArray, IntArray, Response

_COLLINEAR = 1e-9  # relative size of what is left of a column after the others
_REACHED = 1e-4  # squared length of a Newton step, in standard errors, that is near enough
_HUGE = 1e10  # size of a column beyond which too few digits are left to tell people apart
_LARGE = 1e4  # ... beyond which it is the first suspect where a fit failed
_NO_SPREAD = 1e-12  # relative size of a difference that is rounding


@dataclass(frozen=True)
class Likelihood:
    """A fitted model at its maximum.

    `names` (k) and `params` (k,) are its coefficients, `score` (n, k) each person's score and
    `root` (n r, k) rows whose cross-product is the information, the r rows of a person together;
    `response` for the logit only (see `evallib.inference.cr2`).
    """

    names: tuple[str, ...]
    params: FloatArray
    score: FloatArray
    root: FloatArray
    response: Response | None = None


def likelihood(fit: ResultsWrapper) -> Likelihood:
    """Scores and information of a fit by OLS, WLS, Logit or OrderedModel(distr="logit").

    An ordered logit's thresholds are the cut points themselves, named "answer <= 3" (statsmodels
    holds the logarithms of their differences), as in MASS::polr: P(y <= j) = expit(cut_j - x b).

    Raises
    ------
    EstimationError
        For another model, for a collinear or badly scaled column, for columns that separate the
        answers, and for an optimiser that stopped short of the maximum.
    DataError
        For infinite numbers, for a logit of an outcome other than 0 and 1, and for an ordered logit
        of answers in no order.
    """
    model, what = fit.model, f"The fit of '{fit.model.endog_names}'"
    if not supported(fit):
        raise EstimationError(
            f"{what} is by {type(model).__name__}. Clusters are known for OLS, WLS, Logit and "
            'OrderedModel(distr="logit") without an offset.'
        )
    _refuse_unusable(fit, what)
    dispersion = 1.0
    if isinstance(model, WLS):
        x, names, left = np.asarray(model.wexog), tuple(model.exog_names), np.asarray(fit.wresid)
        identified(x, names)
        if np.linalg.norm(left) <= _NO_SPREAD * np.linalg.norm(model.wendog):
            left = np.zeros_like(left)
        dispersion = float(np.mean(left**2))
        found = Likelihood(names, np.asarray(fit.params), x * left[:, None], x)
    else:
        found = _logit(fit, what) if isinstance(model, Logit) else _ordered(fit, what)
    scale = np.linalg.norm(found.root, axis=0)
    basis = np.linalg.qr(found.root / scale, mode="r")
    step = solve_triangular(basis, found.score.sum(axis=0) / scale, trans="T")
    if not float(step @ step) <= _REACHED * dispersion:
        raise EstimationError(
            f"{what} has not reached the maximum of the likelihood. "
            + (_large(fit, _LARGE) or "Fit it with method='newton' or merge rare categories.")
        )
    return found


def supported(fit: ResultsWrapper) -> bool:
    """Whether `likelihood` knows the model."""
    model = fit.model
    if isinstance(model, OrderedModel):
        return model.distr is stats.logistic and model.offset is None
    return isinstance(model, WLS | Logit)


def _refuse_unusable(fit: ResultsWrapper, what: str) -> None:
    """Raise for an outcome that is no number and a column on an impossible scale.

    Missing and infinite regressors are refused by statsmodels.
    """
    lost = ~np.isfinite(np.asarray(fit.model.endog, dtype=float))
    if lost.any():
        raise DataError(
            f"{what}: the outcome is missing or infinite in {int(lost.sum())} of {len(lost)} rows. "
            "Leave them out, or say with which value they count."
        )
    if told := _large(fit, _HUGE):
        raise EstimationError(f"{what}: {told}")


def _large(fit: ResultsWrapper, bound: float) -> str:
    """What to do with the largest column, if there is one of the size of `bound`."""
    x = np.asarray(fit.model.exog)
    size = np.abs(x).max(axis=0)
    if not size.max() >= bound:
        return ""
    name = fit.model.exog_names[size.argmax()]
    return (
        f"Column '{name}' has values up to {size.max():.3g}, and so large a number hides what "
        "differs between people. Subtract its mean and divide by a round number (a date: take "
        "months since the first)."
    )


def _logit(fit: ResultsWrapper, what: str) -> Likelihood:
    x, y = np.asarray(fit.model.exog), np.asarray(fit.model.endog)
    names = tuple(fit.model.exog_names)
    if set(np.unique(y)) != {0.0, 1.0}:
        raise DataError(f"{what}: a logit needs an outcome of both 0 and 1 and nothing else.")
    identified(x, names)
    _refuse_separation(x * np.where(y == 1, 1.0, -1.0)[:, None], names, what)
    p = np.asarray(fit.predict())
    variance = p * (1 - p)
    root = x * np.sqrt(variance)[:, None]
    score = x * (y - p)[:, None]
    return Likelihood(names, np.asarray(fit.params), score, root, Response(y - p, variance))


def _ordered(fit: ResultsWrapper, what: str) -> Likelihood:
    model = fit.model
    x, codes, k = np.asarray(model.exog), np.asarray(model.endog), model.exog.shape[1]
    slopes = model.exog_names[:k]
    _refuse_unordered(fit, what)
    names = (*slopes, *(f"{model.endog_names} <= {label}" for label in answers(fit)[:-1]))
    identified(np.column_stack([np.ones(len(x)), x]), ["constant", *slopes])
    upper, lower = _limits(x, codes)
    inner = [upper[codes < codes.max()], -lower[codes > 0]]
    _refuse_separation(np.vstack(inner), names, what)
    params = np.asarray(fit.params)
    params = np.concatenate([params[:k], model.transform_threshold_params(params)[1:-1]])
    high = np.where(codes < codes.max(), upper @ params, np.inf)
    low = np.where(codes > 0, lower @ params, -np.inf)
    return Likelihood(names, params, *_ordered_pieces(high, low, upper, lower))


def _refuse_unordered(fit: ResultsWrapper, what: str) -> None:
    """Raise for answers in alphabetical order, and for those that nobody gave.

    statsmodels keeps the labels in their order but not whether anybody chose it.
    """
    labels = list(fit.model.labels)
    words = [label for label in labels if isinstance(label, str) and not label[:1].isdigit()]
    if words and words == sorted(labels):
        raise DataError(
            f"{what}: the answers are in alphabetical order ({', '.join(words)}), which is what "
            "pandas makes of words it knows no order of. Give pd.Categorical(answers, "
            "categories=[...from lowest to highest], ordered=True), or numbers."
        )
    counts = np.bincount(np.asarray(fit.model.endog), minlength=len(labels))
    unused = [str(label) for label, count in zip(labels, counts, strict=True) if not count]
    if unused:
        raise DataError(
            f"{what}: nobody gave the answer {', '.join(unused)}, so its cut point is anywhere. "
            "Leave it out: .cat.remove_unused_categories()."
        )


def answers(fit: ResultsWrapper) -> list[object]:
    """The answers of an ordered logit in order, whole numbers as such."""
    return [
        int(label) if isinstance(label, float) and label.is_integer() else label
        for label in list(fit.model.labels)
    ]


def _limits(x: FloatArray, codes: IntArray) -> tuple[FloatArray, FloatArray]:
    """Rows (n, k + J - 1) whose products with the parameters are the category's two limits."""
    n, cuts = len(codes), int(codes.max())
    upper, lower = np.zeros((n, cuts)), np.zeros((n, cuts))
    people = np.arange(n)
    upper[people[codes < cuts], codes[codes < cuts]] = 1
    lower[people[codes > 0], codes[codes > 0] - 1] = 1
    return np.hstack([-x, upper]), np.hstack([-x, lower])


def _ordered_pieces(
    high: FloatArray, low: FloatArray, upper: FloatArray, lower: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Score and root from log P = log F(high) + log(1 - F(low)) + log(1 - exp(low - high)).

    Each of the three terms is concave in one linear combination, hence three root rows a person.
    """
    above, below, width = expit(-high), expit(low), high - low
    with np.errstate(over="ignore"):
        gap, bend = 1 / np.expm1(width), 0.5 / np.sinh(width / 2)
    score = upper * (above + gap)[:, None] - lower * (below + gap)[:, None]
    roots = (
        upper * np.sqrt(above * (1 - above))[:, None],
        lower * np.sqrt(below * (1 - below))[:, None],
        (upper - lower) * bend[:, None],
    )
    return score, np.stack(roots, axis=1).reshape(-1, upper.shape[1])


def identified(matrix: FloatArray, names: Sequence[str], where: str = "") -> None:
    """Raise an `EstimationError` naming the first column that those before it explain.

    >>> identified(np.array([[1.0, 2, 4], [1, 3, 6], [1, 5, 10]]), ["constant", "age", "twice"])
    Traceback (most recent call last):
    evallib.errors.EstimationError: Column 'twice' is a combination of the columns before it ...
    """
    centred = matrix - matrix.mean(axis=0)
    spread, size = np.linalg.norm(centred, axis=0), np.linalg.norm(matrix, axis=0)
    fixed = np.flatnonzero(spread <= _NO_SPREAD * (1 + size))
    spare = fixed[1:] if len(fixed) and size[fixed[0]] else fixed  # the first is the constant
    if len(spare):
        raise EstimationError(
            f"Column '{names[spare[0]]}' has one value in all {len(matrix)} rows used{where}. It "
            "cannot be told from the constant; leave it out."
        )
    columns = np.delete(centred if len(fixed) else matrix, fixed, axis=1)
    others = np.delete(np.array(names, dtype=object), fixed)
    left = np.abs(np.diag(np.asarray(np.linalg.qr(columns, mode="r"))))
    explained = np.ones(len(others), dtype=bool)
    explained[: len(left)] = left <= _COLLINEAR * np.linalg.norm(columns, axis=0)[: len(left)]
    if explained.any():
        raise EstimationError(
            f"Column '{others[explained.argmax()]}' is a combination of the columns before it "
            f"({', '.join(names)}), or there are too few rows ({len(matrix)}){where}. Leave it or "
            "one of those out."
        )


def _refuse_separation(rows: FloatArray, names: Sequence[str], what: str) -> None:
    """Raise if some direction b has rows @ b >= 0 throughout and > 0 somewhere (Konis 2007).

    Along such a direction the likelihood rises for ever.
    """
    scaled = rows / np.maximum(np.abs(rows).max(axis=0), 1e-300)
    gain = scaled.sum(axis=0)
    answer = linprog(-gain, A_ub=-scaled, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
    if -answer.fun <= 1e-7 * len(rows):
        return
    culprits = [name for name, at in zip(names, answer.x, strict=True) if abs(at) > 1e-7]
    raise EstimationError(
        f"{what}: {', '.join(culprits)} separate the answers perfectly, so no finite coefficient "
        "exists. Merge categories, leave the column out, or fit by least squares."
    )
