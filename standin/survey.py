"""The survey of the stand-in study: published answers on opinions whose relations are known.

Satisfaction is the rank of a latent opinion cut at the published counts, so the counts hold and its
relations to age, education and unit stay those of the opinion.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from standin.calibration import ATTEMPTS, CalibrationError
from standin.careers import EDUCATION
from standin.process import ROUTES, Floats, Ints, Parameters, read_table

USEFUL = ["useful_overall", "useful_fellowship", "useful_counselling", "useful_companies"]
"""Asked on route 1 only."""
DONT_KNOW = 9


def survey(
    parameters: Parameters, people: pd.DataFrame, unit: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per invited person, in random order under keys that lead to nobody in `people`.

    `unit` is the unit number of each row of `people`. Drawn until age, education and opinions are
    related as published; CalibrationError if they never are.
    """
    told = read_table("survey")
    days = (people["referred_on"] - people["birth_date"]).dt.days
    age: Floats = days.to_numpy(np.float64) / 365.25
    started = people["route"].to_numpy() * people["started_on"].notna().to_numpy()
    who, responded = _invited(parameters, started, unit, age, rng)
    invited = people.iloc[who][["route", "project", "education"]].reset_index(drop=True)
    invited = invited.assign(responded=responded, age=np.floor(age[who]).astype(int))
    for _ in range(ATTEMPTS):
        answers = invited.join(_answers(invited, unit[who], told, rng))
        if _related(answers[(answers["route"] == 1) & (responded == 1)], told):
            answers = answers.iloc[rng.permutation(len(answers))]
            return answers.assign(respondent=[f"S{i + 1:05d}" for i in range(len(answers))])
    raise CalibrationError(f"No draw of {ATTEMPTS} has the published relations: see [survey].")


def _invited(
    parameters: Parameters, started: Ints, unit: Ints, age: Floats, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Rows of the invited and whether they answer: so many per unit, rather the older.

    `started` is the route of those who started and 0 for the others.
    """
    told = read_table("survey")
    who, responded = [], []
    for route, units in zip(ROUTES, parameters.units, strict=True):
        groups = [np.flatnonzero((started == route) & (unit == number)) for number in units]
        room = np.array([len(group) for group in groups])
        total = sum(told["satisfaction"][route - 1])
        drawn = rng.multivariate_hypergeometric(room, total)
        answers = np.array(told["respondents"]) if route == 1 else drawn
        silent = told["invited"][route - 1] - total
        asked = answers + rng.multivariate_hypergeometric(room - answers, silent)
        for group, n, n_answers in zip(groups, asked, answers, strict=True):
            chosen = rng.permutation(group)[:n]
            keen = told["response_age"] * age[chosen] / 10 + rng.gumbel(size=n)
            who.append(chosen[np.argsort(-keen)])
            responded.append(np.arange(n) < n_answers)
    return np.concatenate(who), np.concatenate(responded).astype(int)


def _answers(
    invited: pd.DataFrame, unit: Ints, told: Mapping[str, Any], rng: np.random.Generator
) -> pd.DataFrame:
    """Satisfaction of all who answer; the usefulness items of those on route 1."""
    mood = rng.normal(0.0, told["unit_sd"], unit.max() + 1)
    unhappy = rng.choice(len(told["respondents"]), told["unhappy_units"], replace=False)
    mood[unhappy] -= told["unhappy"]
    opinion = rng.standard_normal(len(unit))
    answers = pd.DataFrame(index=invited.index, columns=["satisfaction", *USEFUL], dtype="Int64")
    for route in ROUTES:
        of = np.flatnonzero((invited["route"] == route) & (invited["responded"] == 1))
        *counts, unsure = told["satisfaction"][route - 1]
        answers.loc[of, "satisfaction"] = DONT_KNOW
        sure = rng.permutation(of)[unsure:]
        ranked = sure[np.argsort((opinion + mood[unit])[sure])]
        answers.loc[ranked, "satisfaction"] = np.repeat([1, 2, 3, 4, 5], counts[::-1])
    of = np.flatnonzero((invited["route"] == 1) & (invited["responded"] == 1))
    level = pd.Index(EDUCATION).get_indexer(invited["education"])[of]
    for item in USEFUL:
        value = 0.6 * opinion[of] + 0.8 * rng.standard_normal(len(of))
        value += told["useful_age"] * (invited["age"].to_numpy()[of] / 10 - 4.5)
        value += told["companies_education"] * (level - 1.5) * (item == "useful_companies")
        unsure = rng.random(len(of)) < told["useful_unsure"]
        scale = 1 + np.searchsorted(told["useful_cuts"], value)
        answers.loc[of, item] = np.where(unsure, DONT_KNOW, scale)
    return answers


def _related(answers: pd.DataFrame, told: Mapping[str, Any]) -> bool:
    """Whether opinions go with age, education and unit as the report describes."""
    known = answers[["satisfaction", *USEFUL]].astype(float).replace(DONT_KNOW, np.nan)
    level = pd.Series(pd.Index(EDUCATION).get_indexer(answers["education"]), answers.index)
    by_age, by_level = known.corrwith(answers["age"]), known.corrwith(level)
    absent = [by_age["satisfaction"], by_level["satisfaction"], by_level["useful_overall"]]
    low, high = told["companies_correlation"]
    worst = answers.loc[answers["satisfaction"] == 1, "project"].value_counts()
    return bool(
        worst.nlargest(told["unhappy_units"]).sum() > worst.sum() / 2
        and by_age[USEFUL].max() < told["age_correlation"]
        and np.abs(absent).max() < told["no_correlation"]
        and low < by_level["useful_companies"] < high
    )
