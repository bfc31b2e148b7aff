"""People, monthly reports and how units worked: the small tables beside the survey.

Counts the source prints are allotted to units and months at random without changing their sums.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from standin.careers import EDUCATION, Careers, Texts
from standin.process import FIRST_INTAKE, ROUTES, Draw, Parameters, read_table

PROJECT_END = np.datetime64("2016-12-31")


def participants(
    draw: Draw, careers: Careers, project: Texts, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per referral; nobody is referred twice. Keys no CPR number can be."""
    told = read_table("participants")
    route = draw.people.route
    n = len(route)
    month = np.datetime64(str(FIRST_INTAKE)) + draw.people.entry
    referred = month.astype("datetime64[D]") + rng.integers(0, 28, n)
    begun = np.minimum(referred + rng.geometric(1 / told["wait"], n), PROJECT_END - 1)
    begun = np.maximum(begun, referred)
    least, most = np.array(told["weeks"])[route - 1].T
    done = begun + (7 * rng.uniform(least, most)).astype(int)
    place = pd.Series(rng.permutation(n)).groupby(route).rank().to_numpy()
    starts = place <= np.array(told["starts"])[route - 1]
    completes = starts & (done <= PROJECT_END) & (rng.random(n) < told["completed"])
    return pd.DataFrame(
        {
            "person_id": [f"P{number + 1:06d}" for number in rng.permutation(n)],
            "route": route,
            "project": project,
            "referred_on": referred,
            "started_on": np.where(starts, begun, np.datetime64("NaT")),
            "completed_on": np.where(completes, done, np.datetime64("NaT")),
            "gender": np.where(careers.woman, "k", "m"),
            "birth_date": referred - (careers.age * 365.25).astype(int),
            "education": EDUCATION[careers.education],
            "unemployed_since": (month - careers.months_out).astype("datetime64[D]"),
        }
    )


def milestones(people: pd.DataFrame, draw: Draw, rng: np.random.Generator) -> pd.DataFrame:
    """Reports of every project, month and indicator, with targets where the source has any.

    The reports count the same people as the register, and on route 1 some more.
    """
    told = read_table("milestones")
    months = pd.period_range(FIRST_INTAKE, str(PROJECT_END), freq="M")
    projects = people[["route", "project"]].drop_duplicates().sort_values(["route", "project"])
    cells = projects.merge(pd.Series(months, name="month"), how="cross")
    aim = rng.lognormal(0.0, told["spread"], len(projects)).repeat(len(months))
    frames = []
    for indicator, days in _events(people, draw).items():
        happened = people[["route", "project"]].assign(month=days.dt.to_period("M")).value_counts()
        counts = happened.reindex(pd.MultiIndex.from_frame(cells), fill_value=0)
        realised = counts.to_numpy()
        frame = cells.assign(indicator=indicator, realised=realised)
        for column in ("application", "milestone"):
            totals = told[column].get(indicator)
            frame[column] = _allot(totals, cells["route"], (realised + 1) * aim, rng)
        if indicator in told["reported_more"]:
            totals = told["reported_more"][indicator]
            frame["realised"] += _allot(totals, cells["route"], realised, rng)
        frames.append(frame)
    return pd.concat(frames)


def _events(people: pd.DataFrame, draw: Draw) -> dict[str, pd.Series]:
    """The day of each indicator, NaT for those it did not come to before the projects ended."""
    later = draw.employed & draw.observed
    later[:, 0] = False
    month = np.datetime64(str(FIRST_INTAKE)) + draw.people.entry + later.argmax(axis=1)
    work = pd.Series(month.astype("datetime64[s]"))
    left = people["started_on"].notna() & later.max(axis=1) & (work <= PROJECT_END)
    return {
        "referred": people["referred_on"],
        "started": people["started_on"],
        "completed": people["completed_on"],
        "left": work.where(left),
    }


def _allot(
    totals: list[int] | None, route: pd.Series, weights: NDArray[Any], rng: np.random.Generator
) -> pd.Series:
    """Spread the total of each route over its cells by weight; missing where there is no total."""
    spread = pd.Series(pd.NA, index=route.index, dtype="Int64")
    for number, total in zip(ROUTES, totals or (), strict=False):
        of = (route == number).to_numpy()
        spread[of] = rng.multinomial(total, weights[of] / weights[of].sum())
    return spread


def approaches(parameters: Parameters, rng: np.random.Generator) -> pd.DataFrame:
    """The approaches of units to elements: route, unit, element, approach, effect (log-odds)."""
    rows: list[tuple[int, int, str, str, float]] = []
    for told in read_table("approaches"):
        route, among = told["route"], told.get("among", {})
        taken = {row[:4] for row in rows}
        units = [
            unit
            for unit in parameters.units[route - 1]
            if all((route, unit, *choice) in taken for choice in among.items())
        ]
        codes = np.repeat(list(told["counts"]), list(told["counts"].values()))
        for unit, code in zip(rng.permutation(units), codes, strict=False):
            effect = told.get("effect", {}).get(code, 0.0)
            rows.append((route, int(unit), told["element"], str(code), effect))
    return pd.DataFrame(rows, columns=["route", "unit", "element", "approach", "effect"])


def fidelity(projects: Texts, rng: np.random.Generator) -> pd.DataFrame:
    """How fully the projects of route 1 meet each minimum requirement; in part only by choice."""
    table = pd.DataFrame(read_table("fidelity")).merge(pd.Series(projects, name="project"), "cross")
    some = rng.permutation(len(table))
    place = pd.Series(some).groupby(table["requirement"]).rank()
    partly = place <= table["partial"]
    level = np.where(partly, "partial", "full")
    return table.assign(route=1, level=level, reason=table["reason"].where(partly))
