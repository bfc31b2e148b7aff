"""Follows each referred person month by month from the month of referral.

This is the one place where the report's rules about people and months are applied: which referral
counts, which months a person is observed in, what makes a month a month of work, and which benefit
a month counts as. Every estimate rests on the frame made here. Where the source leaves a choice
open, data/assumptions.csv has the reading taken here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import DataError, one_of
from evallib.study.codelists import CodeList
from evallib.study.contract import PERSON
from evallib.study.register import Register
from evallib.study.study import Study

WeekRule = Literal["last", "most", "any"]
"""Which of a month's weeks says what benefit the month counts as (`benefit_months`)."""


@dataclass(frozen=True)
class CohortFlow:
    """How many of those referred can be followed, and what was counted on the way.

    `frame`: step, route, n. Steps are "referral" (rows of the participants table),
    "first_referral" (people, at the route of their first referral), "in_register" and "month0",
    "month1", ... (people observed that long, up to the route's horizon). `notes`: one row per
    counted fault of the data: rule, file, column, n, detail.
    """

    frame: pd.DataFrame
    notes: pd.DataFrame


def first_referrals(study: Study) -> pd.DataFrame:
    """The participants table with one row per person: the first referral.

    Two referrals on one day: the lower route number counts, then the unit's name, so that the order
    of rows in a delivery decides nothing.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    pandas.DataFrame
        The columns of the table `participants`, sorted by person.

    References
    ----------
    `data/assumptions.csv`, `second_referral`.

    Examples
    --------
    >>> from evallib import load
    >>> people = first_referrals(load(tables=["participants"]))
    >>> len(people) == people["person_id"].nunique()
    True
    """
    ordered = study.participants.sort_values([PERSON, "referred_on", "route", "project"])
    return ordered.drop_duplicates(PERSON).reset_index(drop=True)


def person_months(
    study: Study,
    *,
    routes: Collection[int] | None = None,
    horizon: int | None = None,
    week_rule: WeekRule = "last",
) -> pd.DataFrame:
    """One row per person and observed month since referral, month 0 being that of referral.

    Rows stop at the register's last complete month. People without a row in the register have no
    rows; `flow` counts them.

    Parameters
    ----------
    study
        The study.
    routes
        Keep these routes only.
    horizon
        The last month; that of each route in the definition if left out.
    week_rule
        Which of a month's weeks says what benefit the month counts as (`benefit_months`): "last",
        "most" or "any".

    Returns
    -------
    pandas.DataFrame
        Columns person_id, route, project, month, calendar (first day of the month), hours (paid
        hours, 0.0 where none are recorded), employed (hours of at least the definition's limit),
        benefit (group of that month, "none" if none).

    Raises
    ------
    DataError
        `routes` is a number where a list of numbers belongs, or `week_rule` is none of the
        three.

    References
    ----------
    Rambøll (2017), p. 7; `data/assumptions.csv`, `time_zero`, `employed`, `week_month` and
    `benefit_month`.

    Examples
    --------
    >>> from evallib import load
    >>> panel = person_months(load(tables=["participants", "dream"]), routes=[2])
    >>> int(panel["month"].max())
    9
    """
    people = first_referrals(study)
    if routes is not None:
        people = people[people["route"].isin([study.definition.route(n).number for n in routes])]
    if horizon is not None and horizon < 0:
        raise DataError(f"horizon is {horizon}; give the last month, 0 or more.")
    people = people[people[PERSON].isin(study.register.people)]
    start = _month_number(people["referred_on"])
    last = np.minimum(_last_month(study, people["route"], horizon), _number(study) - start)
    length = np.maximum(last + 1, 0)
    who = np.repeat(np.arange(len(people)), length)
    month = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return _panel(study, people, who, month, start[who] + month, week_rule)


def _panel(
    study: Study,
    people: pd.DataFrame,
    who: NDArray[np.intp],
    month: NDArray[np.intp],
    calendar: NDArray[np.intp],
    week_rule: WeekRule,
) -> pd.DataFrame:
    """Look up person `who` in month number `calendar` of the register; all arrays (rows,)."""
    register = study.register
    row = register.people.get_indexer(pd.Index(people[PERSON]))[who]
    column = calendar - int(_month_number(register.firsts[:1].to_series())[0])
    hours = np.nan_to_num(register.hours[row, column])
    benefit = benefit_months(register, study.benefits, week_rule)[row, column]
    kept = people[[PERSON, "route", "project"]].iloc[who].reset_index(drop=True)
    return kept.assign(
        month=month,
        calendar=register.firsts[column],
        hours=hours,
        employed=hours >= study.definition.employed_min_hours,
        benefit=pd.array(np.array(study.benefits.groups, dtype=object)[benefit], dtype="str"),
    )


def benefit_months(
    register: Register, benefits: CodeList, rule: WeekRule = "last"
) -> NDArray[np.int8]:
    """The benefit group of every month, (people, months), as positions in `benefits.groups`.

    A week belongs to the month of its Thursday. `rule`:

    - "last": the month's last week decides (the state the month ends in);
    - "most": the group of most weeks; a tie goes to the group listed first, and having no benefit
      comes last;
    - "any": the latest benefit of the month, "none" only if no week has one.

    The register gives a week a code if the benefit was paid for one of its days, so every rule
    overstates time on benefits a little.
    """
    one_of(rule, WeekRule, "week_rule")
    # The report's readings are of three rules; the register's "any" is another, by the hierarchy.
    return register.status("latest" if rule == "any" else rule, benefits)


def flow(study: Study) -> CohortFlow:
    """The way from referrals to people observed, per route.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    CohortFlow
        Its `frame` has the counts, its `notes` what was counted in the data on the way.

    References
    ----------
    `data/assumptions.csv`, `three_counts` and `second_referral`.

    Examples
    --------
    >>> from evallib import load
    >>> counts = flow(load(tables=["participants", "dream"])).frame
    >>> counts["step"].unique()[:3].tolist()
    ['referral', 'first_referral', 'in_register']
    """
    first = first_referrals(study)
    listed = first[first[PERSON].isin(study.register.people)]
    observed = person_months(study).groupby(["route", "month"]).size()
    steps = [
        ("referral", study.participants.groupby("route").size()),
        ("first_referral", first.groupby("route").size()),
        ("in_register", listed.groupby("route").size()),
        *((f"month{k}", part.droplevel("month")) for k, part in observed.groupby(level="month")),
    ]
    frame = pd.concat(
        [counts.rename("n").reset_index().assign(step=step) for step, counts in steps],
        ignore_index=True,
    )
    notes = [(f.rule, f.file, f.column, f.n, f.detail) for f in study.notes]
    return CohortFlow(
        frame[["step", "route", "n"]],
        pd.DataFrame(notes, columns=["rule", "file", "column", "n", "detail"]),
    )


def _month_number(days: pd.Series) -> NDArray[np.intp]:
    """Months since year 0, so that months can be subtracted."""
    return np.asarray(days.dt.year * 12 + days.dt.month - 1, dtype=np.intp)


def _number(study: Study) -> int:
    return study.last_month.year * 12 + study.last_month.month - 1


def _last_month(study: Study, route: pd.Series, horizon: int | None) -> NDArray[np.intp]:
    horizons = {
        r.number: r.horizon if horizon is None else horizon for r in study.definition.routes
    }
    return np.asarray(route.map(horizons), dtype=np.intp)
