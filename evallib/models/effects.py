"""Log odds in words a reader can use, and whether one slope for all answers is a fair summary."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.multitest import multipletests

from evallib.errors import EstimationError
from evallib.inference.cr2 import FloatArray, covariance
from evallib.models.covariance import slopes
from evallib.models.fitted import Coefficients, Independent
from evallib.models.likelihood import answers, likelihood


def average_effects(result: Coefficients) -> pd.DataFrame:
    r"""Average effect of each regressor on a probability, over the people in the data.

    For a logit: on P(outcome = 1), column `answer` empty. For an ordered logit: on the probability
    of at least each answer. A 0/1 column or category is moved from its reference to itself, a
    number by its derivative, as statsmodels' `get_margeff(dummy=True)` does for a logit.

    Parameters
    ----------
    result
        The fit of a logit or ordered logit with a covariance: from `cr2`, `clustered` or
        `coefficients`, whose level the intervals have.

    Returns
    -------
    pandas.DataFrame
        Columns term, answer, estimate: an `Estimate` in fractions, by the delta method on the
        result's covariance and degrees of freedom.

    Raises
    ------
    EstimationError
        For least squares, whose coefficients are average effects already, and for interactions.

    Notes
    -----
    For a 0/1 regressor j and $F(x) = 1 / (1 + e^{-x})$,

    $$\hat\Delta_j = \frac{1}{n} \sum_i \left[ F(x_i'\hat\beta \mid x_{ij} = 1) - F(x_i'\hat\beta
    \mid x_{ij} = 0) \right],$$

    for a number the mean of $F'(x_i'\hat\beta) \hat\beta_j$; the standard error is $\sqrt{g' V g}$
    with the gradient g.

    Assumes that the model is right and that the people in the data are the ones asked about (their
    mix is taken as given).

    References
    ----------
    Bell and McCaffrey (2002) for the covariance; the delta method as in statsmodels' `get_margeff`.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> from evallib.models.covariance import cr2
    >>> people = pd.DataFrame({"work": [0, 1, 0, 1, 1, 0, 1, 0], "visit": [0, 0, 0, 0, 1, 1, 1, 1],
    ...                        "project": list("ABCDABCD")})
    >>> fit = smf.logit("work ~ visit", people).fit(disp=False)
    >>> average_effects(cr2(fit, people["project"]))["term"].tolist()
    ['visit']
    """
    model, terms = result.fit.model, slopes(result)
    ordered = isinstance(model, OrderedModel)
    if not ordered and not isinstance(model, Logit):
        raise EstimationError("The coefficients of least squares are average effects already.")
    crossed = [term for term in terms if ":" in term]
    if crossed:
        raise EstimationError(f"No average effect of the interaction {crossed[0]} by itself.")
    x = np.asarray(model.exog)
    names = [f">= {answer}" for answer in answers(result.fit)[1:]] if ordered else [""]
    rows = []
    for cut, answer in enumerate(names):
        last = -np.eye(len(names))[[cut] * len(x)] if ordered else np.empty((len(x), 0))
        for term in terms:
            value, gradient = _effect(result, term, x, last)
            estimate = result.along(gradient, value, f"{term} {answer}".strip())
            rows.append({"term": term, "answer": answer, "estimate": estimate})
    return pd.DataFrame(rows)


def _effect(
    result: Coefficients, term: str, x: FloatArray, last: FloatArray
) -> tuple[float, FloatArray]:
    """Average effect of one regressor and its gradient (k,) in the coefficients.

    A person's log odds are her row of [x, last] times the coefficients.
    """
    names, beta = result.names[: x.shape[1]], result.params
    j = names.index(term)
    if np.isin(x[:, j], (0.0, 1.0)).all():
        factor = term.partition("[")[0] + "["  # "education[T.long]": the levels of one category
        siblings = [name == term or ("[" in term and name.startswith(factor)) for name in names]
        off = np.hstack([np.where(siblings, 0.0, x), last])
        on = off.copy()
        on[:, j] = 1.0
        p, q = expit(on @ beta), expit(off @ beta)
        change = on * (p * (1 - p))[:, None] - off * (q * (1 - q))[:, None]
        return float((p - q).mean()), change.mean(axis=0)
    full = np.hstack([x, last])
    p = expit(full @ beta)
    slope = p * (1 - p)
    gradient: FloatArray = beta[j] * (full * (slope * (1 - 2 * p))[:, None]).mean(axis=0)
    gradient[j] += slope.mean()
    return float(beta[j] * slope.mean()), gradient


def proportional_odds(result: Coefficients) -> pd.DataFrame:
    r"""Check an ordered logit's single slope: is it the same at the highest cut and the lowest?

    A separate logit at each of the two cuts, "the highest answer" and "above the lowest", estimated
    jointly: the two share their people, so the clustered covariance also holds for the difference.

    Parameters
    ----------
    result
        The fit of an ordered logit with a clustered covariance: from `cr2` or `clustered`.

    Returns
    -------
    pandas.DataFrame
        One row per term: term, estimate (the slope at the highest cut minus that at the lowest), p
        and `adjusted`, Holm's p over the terms.

    Raises
    ------
    EstimationError
        For another model, or where a cut has too few answers for a logit.

    Notes
    -----
    $$\hat d_j = \hat\beta_j^{\mathrm{high}} - \hat\beta_j^{\mathrm{low}}$$

    of the logits $P(y \ge \max)$ and $P(y > \min)$, with the clustered covariance of both fits
    together.

    Assumes that clusters are independent. A difference that cannot be told from zero is no proof
    that one slope will do.

    References
    ----------
    Brant (1990): the same comparison, of all cuts, for people who do not cluster.

    Examples
    --------
    >>> from statsmodels.miscmodels.ordinal_model import OrderedModel
    >>> from evallib.models.covariance import cr2
    >>> people = pd.DataFrame({"x": [0, 1, 2, 3] * 6, "q": [1, 2, 2, 3, 2, 1, 3, 3, 1, 3, 2, 2] * 2,
    ...                        "unit": list("ABCDEF") * 4})
    >>> fit = OrderedModel(people["q"], people[["x"]], distr="logit").fit(disp=False)
    >>> proportional_odds(cr2(fit, people["unit"]))["term"].tolist()
    ['x']
    """
    model = result.fit.model
    if not isinstance(model, OrderedModel) or isinstance(result.covariance, Independent):
        raise EstimationError("The check is for an ordered logit with clusters: cr2(fit, groups).")
    terms, codes = slopes(result), np.asarray(model.endog)
    x = pd.DataFrame(np.asarray(model.exog), columns=terms).assign(constant=1.0)
    low, high = (
        likelihood(Logit((codes > cut).astype(float), x).fit(disp=False))
        for cut in (0, codes.max() - 1)
    )
    width = len(low.params)
    root = np.zeros((len(x), 2, 2, width))
    root[:, 0, 0], root[:, 1, 1] = low.root, high.root
    score = np.hstack([low.score, high.score])
    kind = result.covariance.kind
    joint = covariance(root.reshape(2 * len(x), 2 * width), score, result.clusters, kind)
    rows = []
    for j, term in enumerate(terms):
        direction = np.concatenate([-np.eye(width)[j], np.eye(width)[j]])
        estimate = result.along(
            direction, high.params[j] - low.params[j], f"{term}, highest - lowest", joint
        )
        rows.append({"term": term, "estimate": estimate, "p": estimate.p_value()})
    table = pd.DataFrame(rows)
    return table.assign(adjusted=multipletests(table["p"], method="holm")[1])
