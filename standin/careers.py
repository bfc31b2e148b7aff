"""What a register knows of a person besides work after referral.

Age, education, years of work before referral, the benefit of every month and the industry of every
job. The trait `attachment` of the process drives the history, so prior work tells of later work;
benefits and industries are drawn apart from it, so they do not. Temp jobs alone know the route.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from standin.process import (
    FIRST_INTAKE,
    LAST_MONTH,
    Bools,
    Draw,
    Floats,
    Ints,
    Parameters,
    chain,
    held,
    moved,
    paid_hours,
    read_table,
    shares,
    starts,
)

Texts = NDArray[np.str_]

CALENDAR = pd.period_range("2012-01", LAST_MONTH, freq="M")
"""The months of the register."""
INTAKE = (FIRST_INTAKE - CALENDAR[0]).n
EDUCATION = np.array(["none", "vocational", "short", "medium", "long"])


@dataclass(frozen=True)
class Careers:
    """The people before and after referral; the matrices are people x months of CALENDAR.

    age in years at referral · woman · education, an index of EDUCATION · months out of work at
    referral · paid hours · benefit: the code when not in work, "" for none; 997, 998 or 999 for
    those gone (emigrated, pensioned, dead) · industry of the present or last job.
    """

    age: Floats
    woman: Bools
    education: Ints
    months_out: Ints
    hours: Floats
    benefit: Texts
    industry: Texts
    gone: Bools


def careers(parameters: Parameters, draw: Draw, rng: np.random.Generator) -> Careers:
    """Draw the background of the people and join the years before referral to the months after."""
    told = read_table("careers")
    n = len(draw.employed)
    age_bounds = np.append(0.0, np.cumsum(shares(told["age_weight"])))
    age = np.interp(_rank(draw, told["age_slope"], rng), age_bounds, told["age_groups"])
    levels = np.cumsum(shares(told["education_weight"]))[:-1]
    education = np.searchsorted(levels, _rank(draw, told["education_slope"], rng))
    least = np.array(told["least_out"])[np.searchsorted(told["age_groups"][1:-1], age, "right")]
    months_out = np.minimum(least + rng.geometric(1 / told["months_out"], n) - 1, INTAKE - 1)

    month = np.arange(len(CALENDAR)) - INTAKE - draw.people.entry[:, None]
    after = np.clip(month, 0, draw.hours.shape[1] - 1)
    worked = _history(draw.people.attachment, rng) & (month < -months_out[:, None])
    side = (month >= -rng.geometric(1 / told["side_months"], (n, 1))) & ~worked
    before = np.where(side, draw.hours[:, :1], paid_hours(parameters, worked, rng))
    hours = np.where(month < 0, before, np.take_along_axis(draw.hours, after, axis=1))
    gone = (month >= 0) & np.take_along_axis(draw.gone, after, axis=1)

    farewell = np.where(age >= told["pension_age"], "998", rng.choice(["997", "999"], n))
    benefit = np.where(gone, farewell[:, None], _benefits(month == -months_out[:, None], rng))
    woman = rng.random(n) < 0.5
    industry = _industries(hours > 0, rng)
    return Careers(age, woman, education, months_out, hours, benefit, industry, gone)


def agency_jobs(lives: Careers, people: pd.DataFrame, rng: np.random.Generator) -> Careers:
    """Let some of the jobs found on the books of a temp agency be jobs with one.

    `people` has the rows of `lives`. Only jobs begun after the month of referral and not before
    that of the start change, so the previous industry still tells nothing of work to come.
    """
    told = read_table("careers")
    referred, started = (
        (people[day].dt.year - CALENDAR[0].year) * 12 + people[day].dt.month - CALENDAR[0].month
        for day in ("referred_on", "started_on")
    )
    since = np.maximum(started, referred + 1).to_numpy()  # missing, so never, for the not started
    chance = np.array(told["agency"])[people["route"] - 1]
    began = starts(lives.hours > 0)
    found = began & (np.arange(len(CALENDAR)) >= since[:, None])
    found &= rng.random(began.shape) < chance[:, None]
    industry = np.where(held(found, began), told["agency_industry"], lives.industry)
    return replace(lives, industry=industry)


def _rank(draw: Draw, slope: float, rng: np.random.Generator) -> Floats:
    """Even ranks in (0, 1) of a trait correlated with attachment."""
    noise = rng.standard_normal(len(draw.employed))
    trait: Floats = slope * draw.people.attachment + np.sqrt(1 - slope**2) * noise
    rank: Floats = (trait.argsort().argsort() + 0.5) / len(trait)
    return rank


def _history(attachment: Floats, rng: np.random.Generator) -> Bools:
    """Work before the present unemployment, begun in its long-run state."""
    told = read_table("careers")
    lean = told["history_slope"] / 2 * attachment
    enter, leave = moved(told["history_entry"], lean), moved(told["history_exit"], -lean)
    return chain(enter / (enter + leave), enter, leave, len(CALENDAR), rng)


def _benefits(unemployed_from: Bools, rng: np.random.Generator) -> Texts:
    """Everyone begins the present unemployment on unemployment benefit; some change later."""
    told = read_table("careers")
    codes = rng.choice(told["benefit"], unemployed_from.shape, p=shares(told["benefit_weight"]))
    codes[unemployed_from] = told["benefit"][0]
    return held(codes, unemployed_from | (rng.random(codes.shape) < told["benefit_change"]))


def _industries(paid: Bools, rng: np.random.Generator) -> Texts:
    """Some jobs are in the person's own industry, the others anywhere."""
    told = read_table("careers")
    weights = shares(told["industry_weight"])
    own = rng.choice(told["industry"], (len(paid), 1), p=weights)
    anywhere = rng.choice(told["industry"], paid.shape, p=weights)
    chosen = np.where(rng.random(paid.shape) < told["own_industry"], own, anywhere)
    return held(chosen, starts(paid))
