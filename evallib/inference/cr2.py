"""Covariances for coefficients when people come in few clusters.

No Python library has CR2 with Satterthwaite degrees of freedom. All models here (least squares,
logit, ordered logit) share one form: each person has a score, and "root" rows whose cross-product
is the person's information. Nearly everything a covariance needs is then a k x k matrix per
cluster, not an n x n one, so thousands of rows cost milliseconds.

Conventions, because packages differ. With G clusters, n rows, k coefficients:

CR1    cluster scores, times G/(G-1)
CR1S   cluster scores, times G/(G-1) x (n-1)/(n-k): the default of Stata, pyfixest and statsmodels
CR2    cluster scores adjusted by (I - S_g)^(-1/2): unbiased when errors are independent
CR3    cluster scores adjusted by (I - S_g)^(-1), no further factor, as in clubSandwich; for least
       squares this is the leave-one-cluster-out jackknife (statsmodels scales it by (G-1)/G,
       pyfixest by G/(G-1) x (n-1)/(n-k))

S_g is the share of the information that cluster g holds. For a logit, CR2 takes the root that
clubSandwich takes, formed on the scale of the outcome (`_response_root`). Degrees of freedom:
Satterthwaite for CR2 and CR3, G-1 for CR1 and CR1S. Covariances that take people as independent
are those of statsmodels.

References
----------
Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage
samples. Survey Methodology 28, 169-181.
Pustejovsky and Tipton (2018), Small-sample methods for cluster-robust variance estimation and
hypothesis testing in fixed effects models. Journal of Business & Economic Statistics 36, 672-683.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from evallib.errors import one_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
CovarianceKind = Literal["CR1", "CR1S", "CR2", "CR3"]

_NOTHING_LEFT = 1e-12  # information outside a cluster below which a direction rests on it alone
_LOADED = 1e-6  # relative part of a contrast along such a direction that is not rounding


class Response(NamedTuple):
    """Residuals (n,) and working variances (n,) of a generalised linear model's outcome."""

    residuals: FloatArray
    variances: FloatArray


class _Parts(NamedTuple):
    """Per cluster: adjusted scores (G, k), their working covariance and their loading (G, k, k)."""

    scores: FloatArray
    own: FloatArray
    along: FloatArray


@dataclass(frozen=True)
class Covariance:
    """Covariance of k coefficients, with the degrees of freedom of any combination of them.

    `matrix` (k, k); `n` rows in `clusters` clusters. `basis` (k, k) is upper
    triangular with basis' basis = the information. In that basis the working covariance of the
    adjusted scores of clusters g and h is own_g (if g = h) minus along_g along_h', both (G, k, k).
    `lone` (m, k) are directions whose whole information lies in one cluster, `lone_in` (m,) which.
    """

    kind: CovarianceKind
    matrix: FloatArray
    n: int
    clusters: int
    basis: FloatArray
    own: FloatArray
    along: FloatArray
    lone: FloatArray
    lone_in: IntArray

    def se(self, direction: FloatArray) -> float:
        """Standard error of the combination `direction` (k,) of the coefficients."""
        return float(np.sqrt(max(float(direction @ self.matrix @ direction), 0.0)))

    def df(self, direction: FloatArray) -> float:
        """Degrees of freedom for the combination `direction`, by the kind's convention."""
        if self.kind in ("CR1", "CR1S"):
            return float(self.clusters - 1)
        return self.satterthwaite(direction)

    def rests_on(self, direction: FloatArray) -> int | None:
        """Code of the one cluster without which `direction` could not be estimated, if any.

        Such a cluster fits its part exactly, so its spread is invisible to every covariance.
        """
        c = solve_triangular(self.basis, direction, trans="T")
        load = np.abs(self.lone @ c)
        if not (load > _LOADED * np.linalg.norm(c)).any():
            return None
        return int(self.lone_in[load.argmax()])

    def satterthwaite(self, direction: FloatArray) -> float:
        """2 E(V)^2 / Var(V) of the variance estimate V under the working model.

        Bell and McCaffrey (2002); Pustejovsky and Tipton (2018): tr(Q)^2 / tr(Q^2), where Q (G, G)
        is the working covariance of the clusters' adjusted scores along `direction`.
        """
        c = solve_triangular(self.basis, direction, trans="T")
        along = np.einsum("gji,j->gi", self.along, c)
        q = np.diag(np.einsum("i,gij,j->g", c, self.own, c)) - along @ along.T
        return float(np.trace(q) ** 2 / np.sum(q**2))


@dataclass(frozen=True)
class LeastSquares:
    """Coefficients (k,) and their covariance."""

    coefficients: FloatArray
    covariance: Covariance


def least_squares(
    design: FloatArray, y: FloatArray, clusters: IntArray, kind: CovarianceKind = "CR2"
) -> LeastSquares:
    """Ordinary least squares with a clustered covariance.

    Parameters
    ----------
    design
        Regressors (n, k), the constant among them.
    y
        The outcome (n,).
    clusters
        The cluster of each row (n,), coded 0..G-1.
    kind
        The convention of the covariance: see the module.

    Returns
    -------
    LeastSquares
        In the unit of `y`.

    Examples
    --------
    >>> x = np.column_stack([np.ones(6), [0.0, 0, 0, 1, 1, 1]])
    >>> fit = least_squares(x, np.arange(6.0), np.array([0, 0, 1, 2, 2, 3]))
    >>> fit.coefficients.round(6)
    array([1., 3.])
    """
    coefficients: FloatArray = np.asarray(np.linalg.lstsq(design, y)[0], dtype=float)
    score = design * (y - design @ coefficients)[:, None]
    return LeastSquares(coefficients, covariance(design, score, clusters, kind))


def covariance(
    root: FloatArray,
    score: FloatArray,
    clusters: IntArray,
    kind: CovarianceKind,
    response: Response | None = None,
) -> Covariance:
    """Clustered covariance of coefficients from people's scores and information.

    Parameters
    ----------
    root
        Rows (n r, k) whose cross-product is the information, the r rows of a person together.
    score
        The score (n, k) of each person.
    clusters
        The cluster of each person (n,), coded 0..G-1.
    kind
        The convention: see the module.
    response
        Makes CR2 that of clubSandwich for generalised linear models (one root row per person).

    Returns
    -------
    Covariance
        The matrix (k, k), with degrees of freedom for any combination of the coefficients.

    Raises
    ------
    EvalError
        For a kind that does not exist.
    """
    one_of(kind, CovarianceKind, "kind")
    n, k = score.shape
    basis: FloatArray = np.asarray(np.linalg.qr(root, mode="r"))
    inverse = solve_triangular(basis, np.eye(k))
    rows, scores = root @ inverse, score @ inverse
    members = _members(np.repeat(clusters, len(root) // n), int(clusters.max()) + 1)
    shares = np.stack([rows[member].T @ rows[member] for member in members])
    if kind == "CR2" and response is not None:
        parts = _response_root(rows, response, members)
    else:
        totals = np.zeros((len(members), k))
        np.add.at(totals, clusters, scores)
        parts = _information_root(shares, totals, kind, n)
    half = parts.scores @ inverse.T
    values, vectors = np.linalg.eigh(shares)
    lone = np.nonzero(1 - values <= _NOTHING_LEFT)
    return Covariance(
        kind, half.T @ half, n, len(members), basis, parts.own, parts.along,
        lone=vectors.transpose(0, 2, 1)[lone], lone_in=lone[0],
    )  # fmt: skip


def _members(codes: IntArray, count: int) -> list[IntArray]:
    """Row numbers of each cluster."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, count)))


def _information_root(shares: FloatArray, totals: FloatArray, kind: str, n: int) -> _Parts:
    """Adjust each cluster's score by a power of I - S_g, which for least squares is exact."""
    count, k = totals.shape
    if kind in ("CR1", "CR1S"):
        factor = count / (count - 1) * (1.0 if kind == "CR1" else (n - 1) / (n - k))
        return _Parts(totals * np.sqrt(factor), shares * factor, shares * np.sqrt(factor))
    values, vectors = np.linalg.eigh(shares)
    scale = _power(1 - values, -0.5 if kind == "CR2" else -1.0)
    adjust = np.einsum("gij,gj,gkj->gik", vectors, scale, vectors)
    along = adjust @ shares
    return _Parts(np.einsum("gij,gj->gi", adjust, totals), along @ adjust, along)


def _response_root(rows: FloatArray, response: Response, members: list[IntArray]) -> _Parts:
    """CR2 with the root taken on the scale of the outcome: (D (I - S) D)^(-1/2), D the variances.

    With unequal variances the root is not unique; this is the one clubSandwich takes.
    """
    parts = []
    for member in members:
        q, variance = rows[member], response.variances[member]
        left = (np.eye(len(q)) - q @ q.T) * np.outer(variance, variance)
        values, vectors = np.linalg.eigh(left)
        root = (vectors * _power(values, -0.5)) @ vectors.T
        weights = q.T @ root * np.sqrt(variance)
        along = weights @ (q * np.sqrt(variance)[:, None])
        parts.append((weights @ response.residuals[member], weights * variance @ weights.T, along))
    scores, own, loading = (np.stack(part) for part in zip(*parts, strict=True))
    return _Parts(scores, own, loading)


def _power(values: FloatArray, exponent: float) -> FloatArray:
    """Powers of `values`; zero where a value is zero up to rounding (pseudo-inverse)."""
    positive = values > _NOTHING_LEFT
    return np.where(positive, np.where(positive, values, 1.0) ** exponent, 0.0)
