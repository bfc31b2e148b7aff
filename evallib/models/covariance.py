"""A covariance for a fit of statsmodels when people come in few clusters.

The evaluation asks which elements go with more work, and elements vary between a few units only.
statsmodels fits the models; its clustered covariance is one for many clusters, so these functions
give a fit the small-sample ones of `evallib.inference.cr2`. A table is data, without stars: an
interval says more, and how many units a term rests on stands beside it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.base.wrapper import ResultsWrapper

from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.cr2 import Covariance, CovarianceKind, FloatArray, IntArray, covariance
from evallib.inference.estimate import Estimate, check_level, estimator, t_estimate
from evallib.inference.frames import cluster_codes, finite
from evallib.models.likelihood import likelihood, supported


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

    @property
    def dropped(self) -> dict[str, int]:
        """Rows that gaps in each column of the formula cost; empty where there was no formula."""
        words = set(re.findall(r"\w+", getattr(self.fit.model, "formula", "")))
        if not words:
            return {}
        frame = self.fit.model.data.frame
        gaps = frame[[name for name in frame.columns if name in words]].isna().sum()
        return {str(name): int(count) for name, count in gaps.items() if count}

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
            value,
            se,
            df,
            n=spread.n,
            clusters=spread.clusters,
            level=self.level,
            method=self.method,
            what=what,
        )
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


@estimator
def cr2(fit: ResultsWrapper, groups: ArrayLike, level: float = 0.95) -> Coefficients:
    """Coefficients with the covariance of Bell and McCaffrey and Satterthwaite degrees of freedom.

    Parameters
    ----------
    fit
        Results of `smf.ols`, `smf.wls` (weights as statsmodels takes them, inverse to the
        variance), `smf.logit` or `OrderedModel(distr="logit")`.
    groups
        The cluster of each person. A Series is matched to the fit's rows by its index, so the
        column of the whole frame will do where the formula left rows out; anything else must have
        one label per row of the fit.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    Coefficients
        A mapping from term to `Estimate`, with a tidy `.frame`.

    Raises
    ------
    EstimationError
        For collinear columns, for columns that separate the answers of a logit, for fewer than two
        clusters.
    DataError
        For rows without a group.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018): see `evallib.inference.cr2`.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> units = pd.DataFrame({"hours": [0.0, 20, 40, 60, 90, 80], "visits": [0, 0, 0, 1, 1, 1],
    ...                       "project": list("ABCDEF")})
    >>> fit = smf.ols("hours ~ visits", units).fit()
    >>> cr2(fit, units["project"]).frame[["term", "estimate", "df"]].round(2)
            term  estimate   df
    0  Intercept     20.00  2.0
    1     visits     56.67  4.0
    """
    return clustered(fit, groups, kind="CR2", level=level)


@estimator
def clustered(
    fit: ResultsWrapper, groups: ArrayLike, *, kind: CovarianceKind = "CR1", level: float = 0.95
) -> Coefficients:
    """Coefficients with a clustered covariance of any `kind`: as `cr2`, by another convention.

    Parameters
    ----------
    fit, groups, level
        As in `cr2`.
    kind
        "CR1" and "CR1S" (t with G-1 degrees of freedom), "CR2" and "CR3" (Satterthwaite):
        see `evallib.inference.cr2`.

    Returns
    -------
    Coefficients
        A mapping from term to `Estimate`, with a tidy `.frame`.

    Raises
    ------
    EstimationError, DataError
        As in `cr2`.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> people = pd.DataFrame({"work": [0, 1, 0, 1, 1, 0, 1, 0], "age": [2, 2, 3, 4, 4, 5, 5, 6],
    ...                        "project": list("AABBCCDD")})
    >>> fit = smf.logit("work ~ age", people).fit(disp=False)
    >>> clustered(fit, people["project"])["age"].df
    3.0
    """
    found = likelihood(fit)
    what = f"The fit of '{fit.model.endog_names}'"
    codes, names = cluster_codes(aligned(fit, groups, what), what)
    matrix = covariance(found.root, found.score, codes, kind, response=found.response)
    check_level(level)
    return Coefficients(fit, found.names, found.params, matrix, codes, tuple(names), level)


@estimator
def coefficients(fit: ResultsWrapper, level: float = 0.95) -> Coefficients:
    """Coefficients with statsmodels' own covariance and reference distribution.

    That is the one chosen in `fit(cov_type=..., use_t=...)`, by default people as independent; for
    an ordered logit the slopes alone.

    Parameters
    ----------
    fit
        Results of statsmodels.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    Coefficients
        As from `cr2`, with every person a cluster.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> units = pd.DataFrame({"hours": [0.0, 20, 40, 60, 90, 80], "visits": [0, 0, 0, 1, 1, 1]})
    >>> fit = smf.ols("hours ~ visits", units).fit()
    >>> bool(abs(coefficients(fit)["visits"].se - fit.bse["visits"]) < 1e-12)
    True
    """
    check_level(level)
    k, n = fit.model.exog.shape[1], len(fit.model.exog)
    matrix = np.asarray(fit.cov_params())[:k, :k]
    if supported(fit) and not likelihood(fit).score.any():  # what remains is rounding
        matrix = np.zeros_like(matrix)
    df = float(getattr(fit, "df_resid_inference", fit.df_resid)) if fit.use_t else float("inf")
    params = finite(np.asarray(fit.params)[:k], f"The fit of '{fit.model.endog_names}'")
    names = tuple(fit.model.exog_names[:k])
    kind = getattr(fit, "cov_type", "nonrobust")  # a Cox model's fit does not say
    spread = Independent(kind, matrix, n, df)
    return Coefficients(fit, names, params, spread, np.arange(n), (), level)


def side_by_side(fits: Mapping[str, Coefficients]) -> pd.DataFrame:
    """The slopes of several fits on the same terms, a row per term.

    Parameters
    ----------
    fits
        The results of `cr2`, `clustered` or `coefficients` by name.

    Returns
    -------
    pandas.DataFrame
        Columns term, n, clusters_with (of the last fit), and for each fit its name (an `Estimate`)
        and name_df. The constant and thresholds are left out.

    Raises
    ------
    EstimationError
        When the fits do not have the same terms.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> frame = pd.DataFrame({"y": [0.0, 2, 1, 4, 3, 6], "x": [0, 1, 2, 3, 4, 5],
    ...                       "unit": list("AABBCC")})
    >>> fit = smf.ols("y ~ x", frame).fit()
    >>> rows = side_by_side({"people": coefficients(fit), "units": cr2(fit, frame["unit"])})
    >>> rows.columns.tolist()
    ['term', 'n', 'clusters_with', 'people', 'people_df', 'units', 'units_df']
    """
    terms = [slopes(fit) for fit in fits.values()]
    if any(other != terms[0] for other in terms):
        raise EstimationError("The regressions do not have the same terms; fit them on the same.")
    *_, last = fits.values()
    rows = []
    for term in terms[0]:
        row: dict[str, object] = {"term": term, "n": last.covariance.n}
        row["clusters_with"] = last.clusters_with(term)
        for name, fit in fits.items():
            estimate = fit[term]
            row |= {name: estimate, f"{name}_df": estimate.df}
        rows.append(row)
    return pd.DataFrame(rows)


def slopes(fit: Coefficients) -> list[str]:
    """The terms of a fit without its constant and thresholds."""
    x = fit.fit.model.exog
    names = fit.fit.model.exog_names[: x.shape[1]]
    return [name for name, spread in zip(names, np.ptp(x, axis=0), strict=True) if spread]


def aligned(fit: ResultsWrapper, groups: ArrayLike, what: str) -> pd.Series:
    """The group of each row of the fit."""
    rows = fit.model.data.row_labels
    if isinstance(groups, pd.Series) and rows is not None and not groups.index.equals(rows):
        unknown = ~rows.isin(groups.index)
        if unknown.any() or not groups.index.is_unique:
            raise DataError(
                f"{what}: {int(unknown.sum())} of its {len(rows)} rows are not in the index of "
                "groups, or the index repeats itself. Take the groups from the frame that was "
                "fitted, with an index of its own for each row."
            )
        matched: pd.Series = groups.loc[rows]
        return matched
    labels, count = pd.Series(groups), len(fit.model.endog)
    if len(labels) != count:
        raise DataError(
            f"{what} has {count} rows and groups has {len(labels)}. Give a Series with the frame's "
            "index, or one group per row used."
        )
    return labels
