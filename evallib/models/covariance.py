"""A covariance for a fit of statsmodels when people come in few clusters.

The evaluation asks which elements go with more work, and elements vary between a few units only.
statsmodels fits the models; its clustered covariance is one for many clusters, so these functions
give a fit the small-sample ones of `evallib.inference.cr2`. A table is data, without stars: an
interval says more, and how many units a term rests on stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.base.wrapper import ResultsWrapper

from evallib.errors import DataError, EstimationError
from evallib.inference.cr2 import CovarianceKind, covariance
from evallib.inference.estimate import check_level, estimator
from evallib.inference.frames import cluster_codes, finite
from evallib.models.fitted import Coefficients, Independent
from evallib.models.likelihood import likelihood, supported


@estimator
def cr2(fit: ResultsWrapper, groups: ArrayLike, level: float = 0.95) -> Coefficients:
    r"""Coefficients with the covariance of Bell and McCaffrey and Satterthwaite degrees of freedom.

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

    Notes
    -----
    With scores $s_g$, information M and clusters' shares $S_g$ of it,

    $$V = M^{-1} \left( \sum_{g=1}^{G} \tilde s_g \tilde s_g' \right) M^{-1},$$

    $$\tilde s_g =
    X_g' (I - H_{gg})^{-1/2} \hat e_g,$$

    which is unbiased for least squares if people are independent with one variance; each
    coefficient has Satterthwaite's degrees of freedom under that working model.

    Assumes that clusters are independent and that the model's mean is right. Where a regressor
    varies between a few units only, the degrees of freedom are few and the interval wide.

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
    r"""Coefficients with a clustered covariance of any `kind`: as `cr2`, by another convention.

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

    Notes
    -----
    $$V_{\mathrm{CR1}} = \frac{G}{G - 1}\, M^{-1} \left( \sum_g s_g s_g' \right) M^{-1};$$

    CR1S besides has $(n - 1)/(n - k)$; CR2 and CR3 adjust the scores by $(I - S_g)^{-1/2}$ and by
    $(I - S_g)^{-1}$.

    Assumes that clusters are independent, and for CR1 and CR1S that there are many of them and none
    dominates.

    References
    ----------
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018).

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
    r"""Coefficients with statsmodels' own covariance and reference distribution.

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

    Notes
    -----
    $V = \hat\sigma^2 (X'X)^{-1}$ of least squares, the inverse information $M^{-1}$ of a logit, or
    what `cov_type` asked for.

    Assumes that people are independent: stands beside `cr2` to show what that assumption is worth.

    References
    ----------
    The documentation of statsmodels, whose results these are.

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
