"""How the register records a career: wide, weekly and with its habits.

A week keeps a benefit that held for a single day, so benefits overlap the edges of jobs; part-time
work may run beside benefit, sick pay beside hours; a few months have an industry and no hours, or
the reverse. A reader that copes with this file has met what the manual warns of.
"""

from datetime import date

import numpy as np
import pandas as pd

from evallib.study.contract import PERSON, month_column, week_column, weeks_between
from standin.careers import CALENDAR, Careers, Texts
from standin.process import FULL_TIME, Bools, Floats, held, read_table, starts

WEEKS = list(weeks_between(date(2012, 1, 5), date(2017, 2, 23)))
"""The Thursdays of weeks 1, 2012 to 8, 2017."""


def record(person_id: Texts, careers: Careers, rng: np.random.Generator) -> pd.DataFrame:
    """The table `dream`: one row per person; week columns, then industries, then degrees."""
    habits = read_table("register")
    degree = np.round(careers.hours / FULL_TIME, 4)
    lost = rng.random(degree.shape) < habits["industry_lost"]
    left = rng.random(degree.shape) < habits["industry_left"]
    industry = np.where(np.where(degree > 0, ~lost, left), careers.industry, "")
    months = [month.to_timestamp().date() for month in CALENDAR]
    weeks = pd.DataFrame(_weeks(careers, degree, rng), columns=list(map(week_column, WEEKS)))
    branche = pd.DataFrame(industry, columns=[month_column("branche", m) for m in months])
    grad = pd.DataFrame(degree, columns=[month_column("grad", m) for m in months])
    key = pd.Series(person_id, name=PERSON)
    return pd.concat([key, weeks, branche, grad.where(grad > 0)], axis=1)


def _weeks(careers: Careers, degree: Floats, rng: np.random.Generator) -> Texts:
    habits = read_table("register")
    month = [(week.year - CALENDAR[0].year) * 12 + week.month - 1 for week in WEEKS]
    benefit, working = careers.benefit[:, month], (degree > 0)[:, month]
    some = held(rng.random(degree.shape) < habits["supplementary"], starts(degree > 0))
    beside = (degree < habits["part_time"]) & some
    codes = np.where(working & ~beside[:, month], "", benefit)
    gone = careers.gone[:, month]
    begins = working[:, 1:] & ~working[:, :-1]
    ends = working[:, :-1] & ~working[:, 1:] & ~gone[:, 1:]
    codes[:, 1:] = np.where(begins, benefit[:, :-1], codes[:, 1:])
    codes[:, :-1] = np.where(ends, benefit[:, 1:], codes[:, :-1])
    codes[working & (rng.random(working.shape) < habits["sick_week"])] = habits["sick_code"]
    codes[_holidays(rng, codes.shape) & (codes == "111")] = habits["holiday_code"]
    return np.where(gone, benefit, codes)


def _holidays(rng: np.random.Generator, shape: tuple[int, ...]) -> Bools:
    """One week in July of every year for some."""
    chosen = np.zeros(shape, dtype=np.bool_)
    for year in range(CALENDAR[0].year, CALENDAR[-1].year):
        july = [i for i, week in enumerate(WEEKS) if (week.year, week.month) == (year, 7)]
        away = rng.random(shape[0]) < read_table("register")["holiday_week"]
        chosen[np.arange(shape[0]), rng.choice(july, shape[0])] = away
    return chosen
