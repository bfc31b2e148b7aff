"""Log odds in words a reader can use, and whether one slope for all answers is a fair summary."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from evallib.errors import EstimationError
from evallib.inference.cr2 import Covariance, FloatArray, covariance
from evallib.inference.decisions import holm
from evallib.models.likelihood import Fitted, fit_logit
from evallib.models.regression import CONSTANT, Regression, estimate_along


def average_effects(fit: Regression) -> pd.DataFrame:
    """Average effect of each regressor on a probability, over the people in the data.

    For a logit: on P(outcome = 1), column `answer` empty. For an ordered logit: on the
    probability of at least each answer, column `answer`. A 0/1 column or category is moved from
    its reference to itself, a number by its derivative. Delta-method standard errors on the
    model's covariance and degrees of freedom. Columns term, answer, and the fields of `Estimate`,
    values as fractions.
    """
    if fit.model == "ols":
        raise EstimationError(
            "The coefficients of a least-squares fit are average effects already."
        )
    n, cuts = len(fit.design.matrix), max(len(fit.levels) - 1, 1)
    rows = []
    for cut in range(cuts):
        if fit.model == "logit":
            first, last = np.ones((n, 1)), np.empty((n, 0))
        else:
            first, last = np.empty((n, 0)), -np.tile(np.eye(cuts)[cut], (n, 1))
        answer = "" if fit.model == "logit" else f">= {fit.levels[cut + 1]}"
        for position, name in enumerate(fit.design.names):
            value, gradient = _effect(fit, position, first, last)
            estimate = fit.along(gradient, value, f"{name} {answer}".strip())
            rows.append({"term": name, "answer": answer} | asdict(estimate))
    return pd.DataFrame(rows)


def _effect(
    fit: Regression, position: int, first: FloatArray, last: FloatArray
) -> tuple[float, FloatArray]:
    """Average effect of one regressor and its gradient (k,) in the coefficients."""
    x, beta = fit.design.matrix, fit.coefficients

    def full(columns: FloatArray) -> FloatArray:
        return np.hstack([first, columns, last])

    if np.isin(x[:, position], (0.0, 1.0)).all():
        siblings = [term == fit.design.terms[position] for term in fit.design.terms]
        off, on = x.copy(), x.copy()
        off[:, siblings] = on[:, siblings] = 0.0
        on[:, position] = 1.0
        p, q = expit(full(on) @ beta), expit(full(off) @ beta)
        change = full(on) * (p * (1 - p))[:, None] - full(off) * (q * (1 - q))[:, None]
        return float((p - q).mean()), change.mean(axis=0)
    p = expit(full(x) @ beta)
    slope, index = p * (1 - p), position + first.shape[1]
    gradient: FloatArray = beta[index] * (full(x) * (slope * (1 - 2 * p))[:, None]).mean(axis=0)
    gradient[index] += slope.mean()
    return float(beta[index] * slope.mean()), gradient


@dataclass(frozen=True)
class ProportionalOdds:
    """Whether an ordered logit's single slope per term is a fair summary.

    `slopes`: one row per term and cut ("answer >= 3"), from separate logits. `tests`: per term the
    slope at the highest cut minus that at the lowest, with the model's covariance and Holm's
    adjustment over terms (`adjusted`). `brant`, `brant_df`, `brant_p`: Brant's (1990) test of all
    terms together, which takes people as independent and so rejects too often when they cluster.
    """

    slopes: pd.DataFrame
    tests: pd.DataFrame
    brant: float
    brant_df: int
    brant_p: float


def proportional_odds(fit: Regression) -> ProportionalOdds:
    """Check an ordered logit by a separate logit at each cut, estimated jointly.

    The stacked logits share their people, so every covariance of `sandwich` also holds for
    differences between cuts ("model" is replaced by HC1). Raises `EstimationError` where a cut has
    too few answers for a logit.
    """
    if fit.model != "ordered logit":
        raise EstimationError(
            f"The check is for an ordered logit; this is of a fit by {fit.model}."
        )
    x = np.column_stack([np.ones(len(fit.design.matrix)), fit.design.matrix])
    ranks = pd.Index(fit.levels).get_indexer(pd.Index(fit.design.rows[fit.outcome]))
    labels = [f"{fit.outcome} >= {level}" for level in fit.levels[1:]]
    names = [CONSTANT, *fit.design.names]
    parts = [
        fit_logit(x, (ranks > cut).astype(float), names, f"The logit of '{label}'")
        for cut, label in enumerate(labels)
    ]
    beta = np.stack([part.parameters for part in parts])
    joint = _stacked(fit, parts)
    unit = np.eye(beta.size).reshape(*beta.shape, beta.size)
    places = list(enumerate(fit.design.names, start=1))
    slopes = {(name, labels[c]): unit[c, j] for j, name in places for c in range(len(labels))}
    spread = {(name, "highest - lowest"): unit[-1, j] - unit[0, j] for j, name in places}
    tests = _along(fit, joint, beta.ravel(), spread)
    adjusted = holm(dict(zip(tests["term"], tests["p"], strict=True)), list(fit.design.names))
    statistic, df = _brant(x, beta)
    return ProportionalOdds(
        _along(fit, joint, beta.ravel(), slopes),
        tests.assign(adjusted=adjusted["adjusted"]),
        statistic,
        df,
        float(stats.chi2.sf(statistic, df)),
    )


def _stacked(fit: Regression, parts: list[Fitted]) -> Covariance:
    """Joint covariance of the cuts' coefficients, cut by cut: each person gives a row to each."""
    n, cuts = len(fit.clusters), len(parts)
    width = len(fit.design.names) + 1
    root = np.zeros((n, cuts, cuts, width))
    for cut, part in enumerate(parts):
        root[:, cut, cut] = part.pieces.root
    score = np.hstack([part.pieces.score for part in parts])
    kind = "HC1" if fit.covariance.kind == "model" else fit.covariance.kind
    return covariance(root.reshape(n * cuts, cuts * width), score, fit.clusters, kind)


def _along(
    fit: Regression,
    joint: Covariance,
    beta: FloatArray,
    directions: dict[tuple[str, str], FloatArray],
) -> pd.DataFrame:
    """One row per named direction: term, answer, p and the fields of `Estimate`."""
    rows = []
    for (term, answer), direction in directions.items():
        value, what = float(direction @ beta), f"{term}, {answer}"
        estimate = estimate_along(fit, joint, direction, value, what)
        rows.append({"term": term, "answer": answer} | asdict(estimate) | {"p": estimate.p_value()})
    return pd.DataFrame(rows)


def _brant(x: FloatArray, beta: FloatArray) -> tuple[float, int]:
    """Brant's chi-square and its degrees of freedom; `beta` (cuts, k) from the separate logits."""
    p = expit(x @ beta.T)
    cuts, k = beta.shape
    bread = [np.linalg.inv(x.T @ (x * (p[:, c] * (1 - p[:, c]))[:, None])) for c in range(cuts)]
    joint = np.zeros((cuts, k, cuts, k))
    for c in range(cuts):
        for d in range(cuts):
            weight = p[:, max(c, d)] - p[:, c] * p[:, d]
            joint[c, :, d] = bread[c] @ (x.T @ (x * weight[:, None])) @ bread[d]
    slopes = joint[:, 1:, :, 1:].reshape(cuts * (k - 1), -1)
    contrast = np.kron(np.column_stack([np.ones(cuts - 1), -np.eye(cuts - 1)]), np.eye(k - 1))
    difference = contrast @ beta[:, 1:].ravel()
    spread = contrast @ slopes @ contrast.T
    return float(difference @ np.linalg.solve(spread, difference)), (cuts - 1) * (k - 1)
