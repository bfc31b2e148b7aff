"""Regressions whose tables can be read: coefficient, interval, degrees of freedom, convention.

The evaluation asks which elements go with more work. statsmodels fits the models; the covariances
are those of `sandwich`, because elements vary between a few units only. A table is data, without
stars: an interval says more, and how many units a term rests on stands beside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from evallib.errors import DataError, EstimationError, EstimationWarning, one_of
from evallib.inference.cr2 import (
    CLUSTERED,
    Covariance,
    CovarianceKind,
    FloatArray,
    IntArray,
    covariance,
)
from evallib.inference.estimate import Estimate, cluster_codes, finite, t_estimate
from evallib.models.design import Design, design
from evallib.models.likelihood import fit_logit, fit_ordered

Model = Literal["ols", "logit", "ordered logit"]
CONSTANT = "constant"


@dataclass(frozen=True)
class Regression:
    """A fitted model: coefficients (k,), their covariance and the table of both.

    `names` (k) are the regressors, the constant first; an ordered logit has no constant but
    thresholds, last, named "answer <= 3", and its slopes are log odds of a higher answer.
    `design` holds the rows used and, in `dropped`, the rows each column's gaps cost; `clusters`
    (n,) are cluster codes, `cluster_names` (G,) what they stand for and `levels` the answers of
    an ordered logit in order.
    """

    model: Model
    outcome: str
    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: Covariance
    design: Design
    clusters: IntArray
    cluster_names: tuple[str, ...]
    levels: tuple[object, ...]
    level: float

    @property
    def method(self) -> str:
        """Model, covariance and reference distribution in words."""
        kind = self.covariance.kind
        reference = "Satterthwaite" if kind in ("CR2", "CR3") else "G-1"
        return f"{self.model}, {kind}, t with {reference if kind in CLUSTERED else 'n-k'} df"

    @property
    def frame(self) -> pd.DataFrame:
        """One row per coefficient: term, the fields of `Estimate`, clusters_with.

        `clusters_with` counts the clusters in which a 0/1 regressor is 1 for anybody; missing for
        other regressors and for unclustered covariances.
        """
        table = pd.DataFrame([asdict(self.estimate(name)) for name in self.names])
        table.insert(0, "term", list(self.names))
        return table.assign(clusters_with=[self._clusters_with(name) for name in self.names])

    def estimate(self, term: str) -> Estimate:
        """The coefficient of one regressor with its interval."""
        return self.combination({term: 1.0})

    def combination(self, weights: Mapping[str, float]) -> Estimate:
        """A weighted sum of coefficients: {"a": 1, "b": -1} is the difference of two."""
        unknown = [name for name in weights if name not in self.names]
        if unknown:
            raise EstimationError(
                f"The model has no regressor {', '.join(map(repr, unknown))}; it has "
                f"{', '.join(self.names)}."
            )
        direction = np.array([weights.get(name, 0.0) for name in self.names])
        return self.along(direction, float(direction @ self.coefficients), " + ".join(weights))

    def along(self, direction: FloatArray, value: float, what: str) -> Estimate:
        """`value` with the interval of the combination `direction` (k,) of the coefficients."""
        return estimate_along(self, self.covariance, direction, value, what)

    def _clusters_with(self, name: str) -> float:
        if name not in self.design.names or self.covariance.kind not in CLUSTERED:
            return float("nan")
        column = self.design.matrix[:, self.design.names.index(name)]
        if not np.isin(column, (0.0, 1.0)).all():
            return float("nan")
        return float(len(np.unique(self.clusters[column == 1])))


def estimate_along(
    fit: Regression, matrix: Covariance, direction: FloatArray, value: float, what: str
) -> Estimate:
    """`value` with a t interval; NaN limits and a warning where one cluster alone carries it."""
    se, df = matrix.se(direction), matrix.df(direction)
    cluster = matrix.rests_on(direction)
    if cluster is not None:
        warnings.warn(
            f"'{what}' cannot be told from cluster {fit.cluster_names[cluster]}: its spread is "
            "unknown and it gets no interval. Merge the category, or leave the term out.",
            EstimationWarning,
            stacklevel=2,
        )
        se = df = float("nan")
    return t_estimate(
        value,
        se,
        df,
        n=matrix.n,
        clusters=matrix.clusters,
        level=fit.level,
        method=fit.method,
        what=what,
    )


def ols(
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    *,
    cluster: str | None = None,
    kind: CovarianceKind = "CR2",
    level: float = 0.95,
) -> Regression:
    """Least squares of `outcome` on `terms` (see `design` for the coding), with a constant.

    `kind` is one of the covariances of `sandwich`; the clustered ones need `cluster`. Raises
    `EstimationError` for a collinear column and fewer than two clusters.

    >>> frame = pd.DataFrame({"hours": [0.0, 20, 40, 60, 90, 80], "visits": [0, 0, 0, 1, 1, 1],
    ...                       "unit": list("ABCDEF")})
    >>> ols(frame, "hours", ["visits"], cluster="unit").frame["value"].round(2).tolist()
    [20.0, 56.67]
    """
    ready, codes, units = _rows(frame, outcome, terms, cluster, kind)
    y = finite(ready.rows[outcome], f"column '{outcome}'")
    x = _with_constant(ready)
    fit = OLS(y, x).fit()
    residuals = np.asarray(fit.resid, dtype=float)
    matrix = covariance(x, x * residuals[:, None], codes, kind, dispersion=float(fit.scale))
    names = (CONSTANT, *ready.names)
    slopes = np.asarray(fit.params, dtype=float)
    return Regression("ols", outcome, names, slopes, matrix, ready, codes, units, (), level)


def logit(
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    *,
    cluster: str | None = None,
    kind: CovarianceKind = "CR2",
    level: float = 0.95,
) -> Regression:
    """Logit of a 0/1 `outcome` on `terms`; coefficients are log odds (see `average_effects`).

    Raises `EstimationError` where the columns separate 0 from 1: no finite coefficient exists then.
    """
    ready, codes, units = _rows(frame, outcome, terms, cluster, kind)
    y = finite(ready.rows[outcome], f"column '{outcome}'")
    if set(np.unique(y)) != {0.0, 1.0}:
        raise DataError(
            f"Column '{outcome}' must hold both 0 and 1 and nothing else; it holds "
            f"{np.unique(y)[:5].tolist()}."
        )
    names = [CONSTANT, *ready.names]
    fit = fit_logit(_with_constant(ready), y, names, f"The logit of '{outcome}'")
    matrix = covariance(fit.pieces.root, fit.pieces.score, codes, kind, response=fit.response)
    return Regression(
        "logit", outcome, tuple(names), fit.parameters, matrix, ready, codes, units, (), level
    )


def ordered_logit(
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    *,
    cluster: str | None = None,
    kind: CovarianceKind = "CR2",
    level: float = 0.95,
) -> Regression:
    """Proportional-odds logit of an ordered `outcome` (numbers, or an ordered Categorical).

    Sign and thresholds as in MASS::polr. Answers outside the order, such as don't-know, must be
    missing. Check the one-slope assumption with `proportional_odds`.
    """
    ready, codes, units = _rows(frame, outcome, terms, cluster, kind)
    levels, ranks = _ranks(ready.rows[outcome], outcome)
    names = [*ready.names, *(f"{outcome} <= {answer}" for answer in levels[:-1])]
    fit = fit_ordered(ready.matrix, ranks, names, f"The ordered logit of '{outcome}'")
    matrix = covariance(fit.pieces.root, fit.pieces.score, codes, kind)
    return Regression(
        "ordered logit",
        outcome,
        tuple(names),
        fit.parameters,
        matrix,
        ready,
        codes,
        units,
        levels,
        level,
    )


def _ranks(answers: pd.Series, outcome: str) -> tuple[tuple[object, ...], IntArray]:
    """The answers in order, and the place (n,) of each person's answer among them."""
    if isinstance(answers.dtype, pd.CategoricalDtype):
        answers = answers.cat.remove_unused_categories()
        levels = tuple(answers.cat.categories)
        ranks = answers.cat.codes.to_numpy()
    else:
        values, ranks = np.unique(finite(answers, f"column '{outcome}'"), return_inverse=True)
        levels = tuple(int(value) if value.is_integer() else value for value in values.tolist())
    if len(levels) < 3:
        raise DataError(
            f"Column '{outcome}' has {len(levels)} answers ({', '.join(map(str, levels))}); an "
            "ordered logit needs three. Use logit() for two."
        )
    return levels, ranks.astype(np.intp)


def _with_constant(ready: Design) -> FloatArray:
    return np.column_stack([np.ones(len(ready.matrix)), ready.matrix])


def _rows(
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    cluster: str | None,
    kind: CovarianceKind,
) -> tuple[Design, IntArray, tuple[str, ...]]:
    """The complete rows, the cluster code of each, and the clusters' names."""
    if one_of(kind, CovarianceKind, "kind") in CLUSTERED and cluster is None:
        raise EstimationError(
            f"Covariance {kind} needs cluster=, the column of the unit people share; without units "
            "choose 'HC1' or 'model'."
        )
    ready = design(frame, terms, [outcome] if cluster is None else [outcome, cluster])
    if cluster is None or kind not in CLUSTERED:
        return ready, np.arange(len(ready.rows)), ()
    codes, names = cluster_codes(ready.rows[cluster], f"The regression of '{outcome}'")
    return ready, codes, tuple(names)
