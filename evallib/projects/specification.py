"""What an approach goes with, however the report's words are read.

"The employment degree" and "early" can be read in several ways, and data/assumptions.csv lists
them. One number for an approach hides how much hangs on the reading we took; all of them together,
in order of size, show it. No specification is chosen by its result: every combination of the
options in data/codelists/specifications.csv is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import pandas as pd
import statsmodels.formula.api as smf

from evallib.cohort.outcomes import afterwards
from evallib.errors import EstimationError, need_columns
from evallib.inference.estimate import Estimate
from evallib.models.covariance import coefficients, cr2
from evallib.models.fitted import Coefficients
from evallib.projects.elements import column_of, with_approaches
from evallib.study.codelists import NONE, read

DIMENSIONS = ("outcome", "months", "work", "model", "covariance")
"""In what specifications differ; the first option of each in the code list is ours."""


def specifications(
    panel: pd.DataFrame,
    elements: pd.DataFrame,
    route: int,
    wanted: Sequence[str],
    *,
    first: int,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""The difference each approach goes with, under every specification.

    Parameters
    ----------
    panel
        As `person_months` gives it: who was in work, how many hours, on which benefit.
    elements
        Rows per project and approach chosen.
    route
        The route's number.
    wanted
        Approaches as "element.approach"; "together" are all of these in one regression.
    first
        The last of the first months after referral (those in which everybody is followed).
    level
        Nominal coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row per approach and specification: approach, a column per dimension (`DIMENSIONS`), ours
        (whether every option is the one the report's other numbers rest on), estimate (an
        `Estimate` in hours a month or as a fraction), sd (of the outcome between people), and
        value, low and high in such standard deviations, so that hours and shares can stand on one
        axis. Within an approach, in the order of value; position counts from 1. Without limits
        where one unit alone carries the approach.

        Outcomes are means of a person's months after that of referral. Hours among those in work
        leave out who had none; without a benefit, a month on a benefit counts as one without work.

    Raises
    ------
    EstimationError
        An outcome does not vary.
    DataError
        No unit, or every unit, has an approach.

    Notes
    -----
    For every outcome, model and covariance the coefficient $\hat\beta$ of least squares on the
    approach (alone or with the others), and $\hat\beta / s_y$ in standard deviations of the
    outcome.

    Assumes in each specification what its covariance does: independent units (`models.cr2`) or
    independent people. All are of the same people, so that their number adds no evidence.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020); `data/codelists/specifications.csv` has the options.

    Examples
    --------
    >>> from evallib import load, person_months
    >>> study = load(tables=["participants", "dream", "elements"])
    >>> panel = person_months(study, routes=[1])
    >>> told = specifications(panel, study.elements, 1, ["place.elsewhere"], first=2)
    >>> int(told["ours"].sum()), told["position"].is_monotonic_increasing
    (1, True)
    """
    need_columns(panel, ["benefit"])
    rows = []
    for outcome, months, work in product(*(_options(name) for name in DIMENSIONS[:3])):
        read_as = _WORK[work](panel)
        read_as = read_as[read_as["month"] <= first] if months == "first" else read_as
        people = with_approaches(_OUTCOMES[outcome](read_as), elements, route, wanted)
        sd = float(people["y"].std())
        if not sd > 0:
            raise EstimationError(f"'{outcome}' is the same for all {len(people)} people.")
        for model, covariance, approach, estimate in _fits(people, wanted, level):
            rows.append((approach, outcome, months, work, model, covariance, estimate, sd))
    table = pd.DataFrame(rows, columns=["approach", *DIMENSIONS, "estimate", "sd"])
    for part in ("value", "low", "high"):
        table[part] = [getattr(e, part) for e in table["estimate"]] / table["sd"]
    ours = [_options(name)[0] for name in DIMENSIONS]
    table["ours"] = (table[list(DIMENSIONS)] == ours).all(axis=1)
    order = table["approach"].map({approach: at for at, approach in enumerate(wanted)})
    table = table.assign(order=order).sort_values(["order", "value"], ignore_index=True)
    table["position"] = table.groupby("order").cumcount() + 1
    return table.drop(columns="order")


def _options(dimension: str) -> list[str]:
    listed = read("codelists/specifications")
    return listed.loc[listed["dimension"] == dimension, "option"].tolist()


def _fits(
    people: pd.DataFrame, wanted: Sequence[str], level: float
) -> Iterator[tuple[str, str, str, Estimate]]:
    """Model, covariance, approach and estimate of every fit of one outcome."""
    models = {"singly": [[approach] for approach in wanted], "together": [list(wanted)]}
    for model, formulas in models.items():
        for terms in formulas:
            fit = smf.ols("y ~ " + " + ".join(map(column_of, terms)), people).fit()
            made: dict[str, Coefficients] = {
                "units": cr2(fit, people["project"], level),
                "people": coefficients(fit, level),
            }
            for covariance, found in made.items():
                for approach in terms:
                    yield model, covariance, approach, found[column_of(approach)]


def _without_benefit(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel, where a month on a benefit is one without work."""
    alone = panel["benefit"] == NONE
    hours = panel["hours"].where(alone, 0.0)
    return panel.assign(employed=panel["employed"] & alone, hours=hours)


def _mean(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda panel: afterwards(panel).assign(y=lambda people: people[column])


_WORK: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "any_hour": lambda panel: panel,
    "without_benefit": _without_benefit,
}
_OUTCOMES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "hours_all": _mean("hours"),
    "hours_employed": lambda panel: _mean("hours")(panel[panel["employed"]]),
    "share": _mean("share"),
}
