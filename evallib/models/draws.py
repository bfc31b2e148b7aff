"""Tests of one coefficient of a fit that need no t distribution: permutation and wild bootstrap.

Both are for least squares. There the hypothesis can be taken out of the outcome exactly, so that
what is left may be exchanged or turned; a logit's outcome stays 0 or 1 and cannot be shifted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.base.wrapper import ResultsWrapper
from statsmodels.regression.linear_model import WLS

from evallib.errors import EstimationError
from evallib.inference.assignments import Permutation, Statistic, exchange, used_by
from evallib.inference.cr2 import FloatArray
from evallib.inference.estimate import estimator
from evallib.inference.frames import binary, cluster_codes
from evallib.inference.inversion import DRAWS, partial
from evallib.inference.wild import WildBootstrap, bootstrap
from evallib.models.covariance import aligned
from evallib.models.likelihood import likelihood


@estimator
def permuted(
    fit: ResultsWrapper,
    term: str,
    groups: ArrayLike,
    *,
    statistic: Statistic = "studentised",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Permutation:
    r"""Permutation test of a coefficient: whole units exchange `term`, the other columns stay.

    It answers for the assignment of `term` to units, whatever the other columns say of people; it
    is valid if any unit could as well have had it.

    Parameters
    ----------
    fit
        Results of `smf.ols` or `smf.wls`.
    term
        A regressor of 0 and 1, the same for everyone in a unit.
    groups
        The unit of each person, as in `cr2`.
    statistic, level, draws, seed
        As in `inference.permutation`, which this is without other regressors.

    Returns
    -------
    Permutation
        The coefficient, with `p_value(null, side)` and `at(level)`.

    Raises
    ------
    EstimationError
        For another model, for a term the fit has not, and as in `inference.permutation`.

    Notes
    -----
    The outcome less $\delta_0 x$ and the exchanged regressor x both have the other columns taken
    out; for each assignment of x to units the coefficient is divided by its CR1 standard error,

    $$t(z) = \frac{\hat\beta(z)}{\mathrm{se}_{\mathrm{CR1}}(z)},$$

    $$p = \frac{\#\{z : |t(z)|
    \ge |t(z_{\mathrm{obs}})|\}}{\#\{z\}}.$$

    Assumes that units are exchangeable given the other columns; exact only where these do not vary
    with the assignment, and asymptotically right otherwise.

    References
    ----------
    Draper and Stoneman (1966), Testing for the inclusion of variables in linear regression by a
    randomisation technique. DiCiccio and Romano (2017): see `inference.permutation`.

    Examples
    --------
    >>> import pandas as pd
    >>> import statsmodels.formula.api as smf
    >>> people = pd.DataFrame({"y": [1.0, 2, 3, 4, 2, 4, 7, 9, 8, 9], "x": [1, 2] * 5,
    ...                        "visits": [0] * 6 + [1] * 4, "unit": list("AABBCCDDEE")})
    >>> fit = smf.ols("y ~ visits + x", people).fit()
    >>> test = permuted(fit, "visits", people["unit"], level=0.9)
    >>> round(test.value, 2), test.p_value()
    (5.58, 0.1)
    """
    y, x, others = _parts(fit, term)
    plain = fit.model.exog[:, fit.model.exog_names.index(term)]
    codes, names = cluster_codes(aligned(fit, groups, "The fit"), f"the permutation of '{term}'")
    used = used_by(binary(plain, f"column '{term}'"), codes, names, term)
    weights = np.asarray(fit.model.whiten(np.ones(len(y))), dtype=float)
    return exchange(
        partial(y, x, others, codes, names), used, weights, what=term, statistic=statistic,
        level=level, draws=draws, seed=seed,
    )  # fmt: skip


@estimator
def wild_bootstrap(
    fit: ResultsWrapper,
    term: str,
    groups: ArrayLike,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> WildBootstrap:
    r"""Restricted wild cluster bootstrap of a coefficient, studentised by CR1.

    Parameters
    ----------
    fit
        Results of `smf.ols` or `smf.wls`.
    term
        Any regressor.
    groups
        The cluster of each person, as in `cr2`.
    level
        Nominal coverage of the interval that `decisions.verdicts` starts from.
    draws, seed
        As many random draws if there are over a million ways to weight the clusters; up to there
        all are listed. Weights are Rademacher's, below 12 clusters Webb's.

    Returns
    -------
    WildBootstrap
        The coefficient, with `p_value(null, side)` and `at(level)`.

    Raises
    ------
    EstimationError
        For another model, a term the fit has not, and where one cluster alone carries it.

    Notes
    -----
    With the residuals $\tilde e$ of a fit that imposes $\beta = \beta_0$, and weights $v_g$ of mean
    0 and variance 1,

    $$y^*_g = x_g \beta_0 + Z_g \tilde\gamma + v_g \tilde e_g,$$

    $$p = \frac{\#\{v : |t^*(v)|
    \ge |t|\}}{\#\{v\}},$$

    each t divided by its own CR1 standard error.

    Assumes that units are independent and that residuals could as well have had the other sign.
    Where few units are treated it errs: see `permuted`.

    References
    ----------
    Cameron, Gelbach and Miller (2008); Webb (2023); MacKinnon and Webb (2018) on few treated
    clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> import statsmodels.formula.api as smf
    >>> people = pd.DataFrame({"y": [1.0, 2, 3, 4, 2, 4, 7, 9, 8, 9], "x": [1, 2] * 5,
    ...                        "unit": list("AABBCCDDEE")})
    >>> test = wild_bootstrap(smf.ols("y ~ x", people).fit(), "x", people["unit"])
    >>> round(test.value, 2), round(test.p_value(), 3)
    (1.4, 0.022)
    """
    y, x, others = _parts(fit, term)
    codes, names = cluster_codes(aligned(fit, groups, "The fit"), f"the bootstrap of '{term}'")
    left = partial(y, x, others, codes, names)
    return bootstrap(left, what=term, level=level, draws=draws, seed=seed)


def _parts(fit: ResultsWrapper, term: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outcome (n,), the regressor (n,) and the others (n, k), all weighted."""
    if not isinstance(fit.model, WLS):
        raise EstimationError(
            f"The fit of '{fit.model.endog_names}' is by {type(fit.model).__name__}. Permutation "
            "and wild bootstrap are exact for least squares alone: fit it by smf.ols, or take "
            "cr2(fit, groups)."
        )
    names, columns = list(likelihood(fit).names), np.asarray(fit.model.wexog)
    if term not in names:
        raise EstimationError(f"The fit has no term {term!r}; it has {', '.join(names)}.")
    at = names.index(term)
    return np.asarray(fit.model.wendog), columns[:, at], np.delete(columns, at, axis=1)
