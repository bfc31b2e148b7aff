"""Would the routes still differ if they had received the same people?

The routes served different people, so a raw contrast mixes the route with its intake. Standardising
removes the differences that were measured, where both routes had such people at all; what was not
measured stays, and the last part of the module says how strong it would have to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from evallib.errors import EstimationError, need_columns, one_of
from evallib.inference.cr2 import FloatArray, least_squares
from evallib.inference.estimate import (
    Estimate,
    cluster_codes,
    contrast,
    finite,
    t_estimate,
    two_groups,
)
from evallib.models.design import Design, design, identified
from evallib.models.likelihood import fit_logit

Slopes = Literal["own", "common"]


def standardised_differences(
    frame: pd.DataFrame,
    group: str,
    a: object,
    b: object,
    covariates: Sequence[str],
    weights: pd.Series | None = None,
) -> pd.DataFrame:
    """How far apart two groups are on each covariate, in standard deviations (Austin 2009).

    Numbers: difference in means over the root of the average variance. Categories, and gaps where
    there are any (level "missing"): difference in shares over the root of the average p(1-p).
    Columns covariate, level, a, b (mean or share), difference. Above about 0.1 a difference is
    worth a look.

    >>> frame = pd.DataFrame({"route": [1, 1, 2, 2], "age": [30.0, 50, 40, 60]})
    >>> standardised_differences(frame, "route", 1, 2, ["age"])["difference"].round(3).tolist()
    [-0.707]
    """
    need_columns(frame, [group, *covariates])
    weight = pd.Series(1.0, index=frame.index) if weights is None else weights
    rows = []
    for covariate in covariates:
        for level, values in _indicators(frame[covariate]).items():
            means, variances = [], []
            for member in (a, b):
                part = values[(frame[group] == member) & values.notna()]
                mean = float(np.average(part, weights=weight[part.index]))
                spread = float(np.average((part - mean) ** 2, weights=weight[part.index]))
                share = level != ""
                means.append(mean)
                variances.append(spread if share else spread * len(part) / (len(part) - 1))
            scale, gap = float(np.sqrt(np.mean(variances))), means[0] - means[1]
            difference = (
                gap / scale if scale else (0.0 if gap == 0 else float(np.sign(gap)) * np.inf)
            )
            rows.append((covariate, level, *means, difference))
    return pd.DataFrame(rows, columns=["covariate", "level", "a", "b", "difference"])


def _indicators(column: pd.Series) -> dict[str, pd.Series]:
    """A number as itself (level ""), a category as one 0/1 column a level; gaps as a level."""
    gaps = column.isna()
    if is_numeric_dtype(column.dtype):
        parts = {"": column.astype(float)}
    else:
        values = [str(value) for value in sorted(column.dropna().unique(), key=str)]
        parts = {
            value: (column.astype(str) == value).where(~gaps).astype(float) for value in values
        }
    return parts | ({"missing": gaps.astype(float)} if gaps.any() else {})


@dataclass(frozen=True)
class Overlap:
    """Whether both groups had people alike on the covariates.

    `frame`, one row per group: n; low and high, the range of the propensity to be in group a;
    outside, how many lie beyond the other group's range, where a standardised contrast
    extrapolates; share_outside; effective, the number of people left after weighting to the other
    group's mix. `scores`: group and propensity of each person, in the frame's order, for a
    figure.
    """

    frame: pd.DataFrame
    scores: pd.DataFrame


def overlap(
    frame: pd.DataFrame, group: str, a: object, b: object, covariates: Sequence[str]
) -> Overlap:
    """Overlap of two groups by the propensity score of a logit on `covariates`.

    Raises `EstimationError` where the covariates tell the groups apart perfectly: then there is no
    overlap at all.
    """
    need_columns(frame, [group])
    ready = design(frame.loc[frame[group].isin([a, b])], covariates, [group])
    member = (ready.rows[group] == a).to_numpy()
    x = np.column_stack([np.ones(len(member)), ready.matrix])
    what = f"The propensity to be {a!r} rather than {b!r} in '{group}'"
    fit = fit_logit(x, member.astype(float), ["constant", *ready.names], what)
    score = 1 / (1 + np.exp(-x @ fit.parameters))
    rows = []
    for name, own in ((a, member), (b, ~member)):
        odds = score[own] / (1 - score[own])
        weight = 1 / odds if name == a else odds
        outside = (score[own] < score[~own].min()) | (score[own] > score[~own].max())
        effective = weight.sum() ** 2 / (weight**2).sum()
        low, high = score[own].min(), score[own].max()
        rows.append((name, own.sum(), low, high, outside.sum(), outside.mean(), effective))
    columns = ["group", "n", "low", "high", "outside", "share_outside", "effective"]
    scores = pd.DataFrame({"group": ready.rows[group], "propensity": score}, index=ready.rows.index)
    return Overlap(pd.DataFrame(rows, columns=columns), scores)


def standardised_contrast(  # noqa: PLR0913 - a contrast, its covariates and two options
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    covariates: Sequence[str],
    *,
    slopes: Slopes = "own",
    level: float = 0.95,
) -> Estimate:
    """Difference a minus b in mean `outcome` if both groups had the same mix of people.

    The mix is that of both groups together. Least squares with the covariates centred on it, each
    group with slopes of its "own" (Lin 2013: the difference of two groups' predictions for the same
    people) or "common" ones, which hold better with few units. CR2 and Satterthwaite df as in
    `contrast`, a unit in both groups being one cluster; the mix is taken as given. Rows with gaps
    are left out and `method` says how many.
    """
    one_of(slopes, Slopes, "slopes")
    pair = two_groups(frame, group, a, b, cluster)
    ready = design(pair, covariates, [outcome, group, cluster])
    y = finite(ready.rows[outcome], f"column '{outcome}'")
    treated = (ready.rows[group] == a).to_numpy()
    codes, names = cluster_codes(ready.rows[cluster], f"the contrast {a} - {b}")
    if slopes == "own":
        for member, own in ((a, treated), (b, ~treated)):
            identified(ready.matrix[own], ready.names, f" in group {member!r}: try slopes='common'")
    fit = least_squares(_centred(ready, treated, slopes), y, codes, "CR2")
    direction = np.eye(fit.coefficients.size)[1]
    alone = fit.covariance.rests_on(direction)
    if alone is not None:
        raise EstimationError(
            f"With {len(ready.names)} covariates the contrast {a} - {b} cannot be told from "
            f"cluster {names[alone]}. Use fewer covariates, or slopes='common'."
        )
    how = f"standardised, {slopes} slopes, {len(pair) - len(y)} rows with gaps left out"
    return t_estimate(
        float(fit.coefficients[1]),
        fit.covariance.se(direction),
        fit.covariance.df(direction),
        n=len(y),
        clusters=len(names),
        level=level,
        method=f"{how}; CR2, t with Satterthwaite df",
        what=f"the standardised contrast {a} - {b}",
    )


def _centred(ready: Design, treated: NDArray[np.bool_], slopes: Slopes) -> FloatArray:
    """Constant, group, covariates about their mean; for own slopes also their products."""
    centred = ready.matrix - ready.matrix.mean(axis=0)
    parts = [np.ones(len(treated)), treated, centred]
    return np.column_stack([*parts, centred * treated[:, None]] if slopes == "own" else parts)


def left_out(
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    a: object,
    b: object,
    cluster: str,
    covariates: Sequence[str],
    *,
    slopes: Slopes = "own",
) -> pd.DataFrame:
    """What each measured covariate does to the contrast: a yardstick for an unmeasured one.

    Columns covariate ("" for all of them in, "all" for the raw contrast), value, change (value
    without the covariate minus value with all). All rows rest on the people without gaps.
    """
    need_columns(frame, [outcome, *covariates])
    complete = frame.dropna(subset=[outcome, *covariates])
    sets = {"": list(covariates)}
    sets |= {name: [other for other in covariates if other != name] for name in covariates}
    values = {
        name: standardised_contrast(
            complete, outcome, group, a, b, cluster, kept, slopes=slopes
        ).value
        for name, kept in sets.items()
        if kept
    }
    values["all"] = contrast(complete, outcome, group, a, b, cluster).value
    table = pd.DataFrame({"covariate": list(values), "value": list(values.values())})
    return table.assign(change=table["value"] - values[""])


def explain_away(estimate: Estimate, gaps: Sequence[float] = (0.1, 0.2, 0.3, 0.5)) -> pd.DataFrame:
    """How strongly an unmeasured yes/no trait would have to act to explain a contrast.

    If a trait is `gap` more common in one group and changes the outcome by e, it makes a contrast
    of gap x e by itself. Columns gap, needed (the e that explains the whole estimate),
    needed_limit (that brings the nearer limit of the interval to zero; 0 where the interval holds
    zero already), in the outcome's unit.

    >>> example = Estimate(0.1, 0.05, 0.15, 0.02, 12, 900, 22, 0.95, "")
    >>> float(explain_away(example, gaps=[0.5]).loc[0, "needed_limit"])
    0.1
    """
    if not all(0 < gap <= 1 for gap in gaps):
        raise EstimationError(
            f"gaps are {list(gaps)}; give differences in shares above 0, up to 1."
        )
    table = pd.DataFrame({"gap": list(map(float, gaps))})
    return table.assign(
        needed=abs(estimate.value) / table["gap"], needed_limit=_nearer(estimate) / table["gap"]
    )


def e_value(estimate: Estimate, share_b: float) -> tuple[float, float]:
    """E-value of a difference in shares, for the estimate and for the limit nearer zero.

    The least risk ratio an unmeasured trait must have both with the group and with the outcome to
    explain the difference (VanderWeele and Ding 2017); `share_b` is the share in group b, to turn
    the difference into a ratio. 1 means nothing is needed.

    >>> example = Estimate(0.1, -0.1, 0.3, 0.1, 9, 90, 9, 0.95, "")
    >>> [round(value, 2) for value in e_value(example, 0.2)]
    [2.37, 1.0]
    """
    if not 0 < share_b < 1:
        raise EstimationError(f"share_b is {share_b}; an E-value needs a share between 0 and 1.")
    values = []
    for difference in (abs(estimate.value), _nearer(estimate)):
        signed = float(np.copysign(difference, estimate.value))
        ratio = max(share_b + signed, np.finfo(float).tiny) / share_b
        ratio = 1 / ratio if ratio < 1 else ratio
        values.append(float(ratio + np.sqrt(ratio * (ratio - 1))))
    return values[0], values[1]


def _nearer(estimate: Estimate) -> float:
    """Distance of the interval from zero."""
    return max(estimate.low, -estimate.high, 0.0)
