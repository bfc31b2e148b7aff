"""What a comparison of the routes compares, in the terms of the trial nobody ran.

A difference between routes is read as an effect unless the page says what would have made it one.
So the elements a trial would have had stand beside what there is instead: who could take part, when
the count begins, who decided, how long people are followed, what is measured, and what is missing.
The words are data (data/target_trial.csv); the numbers in them are those of the definition.

References
----------
Hernán and Robins (2016), Using big data to emulate a target trial when a randomized trial is not
available. American Journal of Epidemiology 183, 758-764.
"""

from __future__ import annotations

from collections.abc import Collection
from string import Formatter

import pandas as pd

from evallib.errors import DataError
from evallib.study.codelists import read
from evallib.study.definition import Definition

Fact = tuple[object, str, int]
"""A value, its unit and its decimals, as a text shows them."""


def target_trial(definition: Definition, routes: Collection[int] | None = None) -> pd.DataFrame:
    """What is compared, which is no effect: one row per element, and per route where it differs.

    Parameters
    ----------
    definition
        Has the numbers.
    routes
        Numbers of routes; all if left out.

    Returns
    -------
    pandas.DataFrame
        Columns element, heading, question, route (missing where it holds of all), content (a text
        with {names}), values (by name the value, its unit and its decimals) and page (missing where
        the words are ours).

    Raises
    ------
    DataError
        A text names a number the definition does not have.

    References
    ----------
    Hernán and Robins (2016); `data/target_trial.csv`.

    Examples
    --------
    >>> from evallib.study.definition import read_definition
    >>> told = target_trial(read_definition(), routes=[2]).set_index(["element", "route"])
    >>> told.loc[("follow_up", 2), "content"]
    'Up to and including month {horizon2}.'
    >>> told.loc[("follow_up", 2), "values"]
    {'horizon2': (9, 'number', 0)}
    """
    told = read("target_trial").astype({"route": "Int64", "page": "string"})
    if routes is not None:
        told = told[told["route"].isna() | told["route"].isin(list(routes))]
    known = _facts(definition)
    told = told.assign(values=told["content"].map(lambda text: _named(text, known)))
    return told.reset_index(drop=True)


def _named(text: str, known: dict[str, Fact]) -> dict[str, Fact]:
    """The facts a text names."""
    names = [name for _, name, _, _ in Formatter().parse(text) if name]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise DataError(
            f"target_trial.csv: '{text}' names {', '.join(unknown)}; the definition has "
            f"{', '.join(known)}."
        )
    return {name: known[name] for name in names}


def _facts(definition: Definition) -> dict[str, Fact]:
    """What texts may name of the definition."""
    study = definition.study
    year, week = study.register_last_week.split("-W")
    facts: dict[str, Fact] = {
        "hours": (study.employed_min_hours, "hours", 0),
        "observed": (study.months_observed_by_all, "months", 0),
        "week": (int(week), "number", 0),
        "year": (int(year), "year", 0),
    }
    for group in definition.target_groups:
        facts[f"{group.id}_from"] = (group.age_from, "number", 0)
        facts[f"{group.id}_to"] = (group.age_to, "number", 0)
        facts[f"{group.id}_months"] = (group.months_unemployed, "months", 0)
    for route in definition.routes:
        facts[f"referred{route.number}"] = (route.referred, "text", 0)
        facts[f"horizon{route.number}"] = (route.horizon, "number", 0)
    return facts
