"""The coefficients of a fit with one covariance, and what may be asked of them together.

Whichever covariance they have, a chapter reads an interval for each term and for any combination
of terms in the same way.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from statsmodels.base.wrapper import ResultsWrapper

from evallib.errors import EstimationError, EstimationWarning
from evallib.inference.cr2 import Covariance, FloatArray, IntArray
from evallib.inference.estimate import Estimate, t_estimate


@dataclass(frozen=True)
class Independent:
    """statsmodels' own covariance `matrix` (k, k) of a fit: people as if independent."""

    kind: str
    matrix: FloatArray
    n: int
    residual_df: float

    @property
    def clusters(self) -> int:
        """Every person is a cluster."""
        return self.n

    def se(self, direction: FloatArray) -> float:
        """Standard error of the combination `direction` (k,) of the coefficients."""
        return float(np.sqrt(direction @ self.matrix @ direction))

    def df(self, direction: FloatArray) -> float:  # noqa: ARG002 - the same for every combination
        """Degrees of freedom statsmodels uses: n-k for a t, infinite for a normal distribution."""
        return self.residual_df

    def rests_on(self, direction: FloatArray) -> int | None:  # noqa: ARG002 - as above
        """No cluster carries anything alone where there are none."""
        return None


@dataclass(frozen=True, eq=False)
class Coefficients(Mapping[str, Estimate]):
    """The coefficients of a fit with a covariance: a mapping from term to `Estimate`.

    Attributes
    ----------
    fit
        The results of statsmodels.
    names, params
        The k terms as statsmodels calls them and their coefficients (k,). An ordered logit has its
        cut points last, named "answer <= 3".
    covariance
        Their covariance: `se`, `df` and `rests_on` of any combination of them.
    clusters, cluster_names
        The cluster code (n,) of each row of the fit, and what the G codes stand for.
    level
        Nominal coverage of the intervals.
    function
        The dotted name of the function that made this.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> from evallib.models.covariance import cr2
    >>> units = pd.DataFrame({"hours": [0.0, 20, 40, 60, 90, 80], "visits": [0, 0, 0, 1, 1, 1],
    ...                       "project": list("ABCDEF")})
    >>> elements = cr2(smf.ols("hours ~ visits", units).fit(), units["project"])
    >>> round(elements["visits"].value, 2), elements["visits"].clusters
    (56.67, 6)
    """

    fit: ResultsWrapper
    names: tuple[str, ...]
    params: FloatArray
    covariance: Covariance | Independent
    clusters: IntArray
    cluster_names: tuple[str, ...]
    level: float
    function: str = ""

    def __getitem__(self, term: str) -> Estimate:
        return self.combination({term: 1.0})

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, term: object) -> bool:
        return term in self.names

    @property
    def method(self) -> str:
        """Model, covariance and reference distribution in words."""
        kind = self.covariance.kind
        known = {"CR1": "G-1", "CR1S": "G-1", "CR2": "Satterthwaite", "CR3": "Satterthwaite"}
        reference = f"t with {known.get(kind, 'n-k')} df"
        if isinstance(self.covariance, Independent) and np.isinf(self.covariance.residual_df):
            reference = "normal"
        return f"{type(self.fit.model).__name__}, {kind}, {reference}"

    @property
    def frame(self) -> pd.DataFrame:
        """One row per term: term, estimate, low, high, se, df, p, n, clusters, clusters_with.

        `clusters_with` counts the clusters in which a 0/1 regressor is 1 for anybody; missing for
        other regressors and where people count as independent.
        """
        rows = []
        for term, e in self.items():
            row = {"term": term, "estimate": e.value, "low": e.low, "high": e.high, "se": e.se}
            row |= {"df": e.df, "p": e.p_value(), "n": e.n, "clusters": e.clusters}
            rows.append(row | {"clusters_with": self.clusters_with(term)})
        return pd.DataFrame(rows)

    def combination(self, weights: Mapping[str, float]) -> Estimate:
        """A weighted sum of coefficients: {"a": 1, "b": -1} is the difference of two."""
        unknown = [name for name in weights if name not in self]
        if unknown:
            raise EstimationError(
                f"The fit has no term {', '.join(map(repr, unknown))}; it has "
                f"{', '.join(self.names)}."
            )
        direction = np.array([weights.get(name, 0.0) for name in self.names])
        return self.along(direction, float(direction @ self.params), " + ".join(weights))

    def along(
        self,
        direction: FloatArray,
        value: float,
        what: str,
        spread: Covariance | Independent | None = None,
    ) -> Estimate:
        """`value` with the t interval of the combination `direction` of the coefficients.

        `spread` is the covariance where it is not that of the fit. Without limits, and with an
        `EstimationWarning`, where one cluster alone carries the combination.
        """
        spread = self.covariance if spread is None else spread
        se, df, alone = spread.se(direction), spread.df(direction), spread.rests_on(direction)
        if alone is not None:
            warnings.warn(
                f"'{what}' cannot be told from cluster {self.cluster_names[alone]}: its spread is "
                "unknown and it gets no interval. Merge the category, or leave the term out.",
                EstimationWarning,
                stacklevel=2,
            )
            se = df = float("nan")
        estimate = t_estimate(
            value, se, df, n=spread.n, clusters=spread.clusters, level=self.level,
            method=self.method, what=what,
        )  # fmt: skip
        beyond = int(spread.n - self.fit.model.exog.shape[1])
        return replace(estimate, function=self.function, residual=beyond)

    def clusters_with(self, term: str) -> float:
        """In how many clusters the 0/1 regressor `term` is 1 for anybody; NaN for others."""
        columns = list(self.fit.model.exog_names[: self.fit.model.exog.shape[1]])
        if not self.cluster_names or term not in columns:
            return float("nan")
        column = self.fit.model.exog[:, columns.index(term)]
        if not np.isin(column, (0.0, 1.0)).all() or column.all():
            return float("nan")
        return float(len(np.unique(self.clusters[column == 1])))
