"""Counts how the project was carried out: who took part, what was reached, how it was done.

These are full counts of projects and people, not samples, so there is nothing to estimate here.
What can go wrong is the counting itself: units on two routes, targets that were never set, limits
hit exactly, ties for the most common approach. Each function settles one such point.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from evallib.errors import DataError
from evallib.study.definition import Definition, TrafficLight

PROJECT = ["route", "project"]
"""What names one project: a unit that takes part in two routes runs two."""
BASES = ("milestone", "application")
"""What a realised number is held against: the start-up milestone, or the application's target."""


@dataclass(frozen=True)
class Exact:
    """A number counted over everybody. Nothing was sampled, so its interval is the number itself.

    >>> Exact(22).low, Exact(22).high
    (22, 22)
    """

    value: float

    @property
    def low(self) -> float:
        """The lower end: the number."""
        return self.value

    @property
    def high(self) -> float:
        """The upper end: the number."""
        return self.value


@dataclass(frozen=True)
class Participation:
    """Who takes part in some of the routes.

    `frame`: route, unit, municipality; one row per project and municipality behind it.
    """

    frame: pd.DataFrame

    @property
    def units(self) -> int:
        """Project units, a unit on two routes counted once."""
        return int(self.frame["unit"].nunique())

    @property
    def municipalities(self) -> int:
        """Municipalities by name."""
        return int(self.frame["municipality"].nunique())

    @property
    def projects(self) -> int:
        """Pairs of unit and route."""
        return len(self.frame[["route", "unit"]].drop_duplicates())

    @property
    def joint(self) -> int:
        """Units that are several municipalities behind one application."""
        behind = self.frame.groupby("unit")["municipality"].nunique()
        return int((behind > 1).sum())

    def behind(self, unit: str) -> int:
        """How many municipalities are behind a unit; 0 if it does not take part."""
        rows = self.frame[self.frame["unit"] == unit]
        return int(rows["municipality"].nunique())

    @property
    def several_routes(self) -> tuple[str, ...]:
        """The units on more than one route, in the order of the definition."""
        routes = self.frame.groupby("unit", sort=False)["route"].nunique()
        return tuple(routes.index[routes > 1])


def participation(definition: Definition, routes: Collection[int] | None = None) -> Participation:
    """The units and municipalities of the routes asked for (all unless given).

    >>> from evallib.study.definition import read_definition
    >>> all_routes = participation(read_definition())
    >>> all_routes.units, all_routes.municipalities, all_routes.projects
    (27, 29, 32)
    """
    behind = {unit.name: unit.municipalities for unit in definition.units}
    rows = [
        (route.number, unit, municipality)
        for route in definition.routes
        if routes is None or route.number in routes
        for unit in route.units
        for municipality in behind[unit]
    ]
    return Participation(pd.DataFrame(rows, columns=["route", "unit", "municipality"]))


def traffic_lights(
    milestones: pd.DataFrame, limits: TrafficLight, by: Sequence[str] = ("route",)
) -> pd.DataFrame:
    """What was realised, held against what was expected, with the colour the evaluation gives it.

    `milestones` has the columns indicator, realised, milestone, application and those of `by`; its
    rows (projects and months) are added up within `by` and indicator. Returns one row for each of
    these and each basis ("milestone", "application") that has an expected number above 0, with
    expected, realised, deviation (fraction of what was expected, negative when short) and light. A
    milestone that was never set gives no row. Raises DataError where a sum is not a whole number of
    people: the limits are compared exactly, also where a result falls on one.

    >>> rows = pd.DataFrame({"route": [1, 1], "indicator": "started", "realised": [40, 50],
    ...                      "milestone": [60, 40], "application": None})
    >>> traffic_lights(rows, TrafficLight(0.10, 0.25))[["expected", "deviation", "light"]].values
    array([[100, -0.1, 'yellow']], dtype=object)
    """
    keys = [*by, "indicator"]
    numbers = milestones[["realised", *BASES]].apply(pd.to_numeric)
    sums = milestones[keys].join(numbers).groupby(keys, sort=False).sum(min_count=1)
    long = sums.melt(
        id_vars="realised", var_name="basis", value_name="expected", ignore_index=False
    )
    kept = long[(long["expected"] > 0) & long["realised"].notna()].reset_index()
    for name in ("expected", "realised"):
        kept[name] = _whole(kept, name, keys)
    kept["deviation"] = (kept["realised"] - kept["expected"]) / kept["expected"]
    pairs = zip(kept["realised"], kept["expected"], strict=True)
    kept["light"] = [limits.light(int(realised), int(expected)) for realised, expected in pairs]
    return kept[[*keys, "basis", "expected", "realised", "deviation", "light"]]


def _whole(frame: pd.DataFrame, name: str, keys: Sequence[str]) -> pd.Series:
    odd = frame[frame[name] % 1 != 0]
    if len(odd):
        where = ", ".join(f"{key} {odd.iloc[0][key]}" for key in keys)
        raise DataError(
            f"milestones: '{name}' adds up to {odd.iloc[0][name]} for {where}, which is no number "
            "of people. Correct the monthly numbers."
        )
    return frame[name].astype("int64")


def three_counts(
    milestones: pd.DataFrame, referrals: pd.DataFrame, survey: pd.DataFrame, by: str = "route"
) -> pd.DataFrame:
    """The same people as three sources count them; one row per value of `by`.

    Columns: reported (referred, as the projects reported month by month), register (rows of
    `referrals`, which holds a person once), invited and answered (of the survey).

    >>> reports = pd.DataFrame({"route": [1, 1], "indicator": "referred", "realised": [3, 2]})
    >>> people = pd.DataFrame({"route": [1, 1, 1, 1]})
    >>> survey = pd.DataFrame({"route": [1, 1], "responded": [1, 0]})
    >>> three_counts(reports, people, survey).to_dict("records")
    [{'route': 1, 'reported': 5, 'register': 4, 'invited': 2, 'answered': 1}]
    """
    reported = milestones[milestones["indicator"] == "referred"]
    counts = {
        "reported": reported.groupby(by)["realised"].sum(),
        "register": referrals.groupby(by).size(),
        "invited": survey.groupby(by).size(),
        "answered": survey.groupby(by)["responded"].sum(),
    }
    return pd.DataFrame(counts).fillna(0).astype("int64").reset_index()


def approaches(elements: pd.DataFrame) -> pd.DataFrame:
    """How many projects chose each approach to each core element or organisational trait.

    `elements` has a row per project and approach chosen: route, project, element, approach. Returns
    route, element, approach, n (projects that chose it), projects (of the route that have anything
    recorded for the element) and share. Shares add up to more than 1 where a project may choose
    several approaches.
    """
    once = elements[[*PROJECT, "element", "approach"]].drop_duplicates()
    keys = ["route", "element"]
    chosen = once.groupby([*keys, "approach"], sort=False).size().rename("n").reset_index()
    projects = once.groupby(keys)["project"].nunique().rename("projects").reset_index()
    made = chosen.merge(projects, on=keys)
    return made.assign(share=made["n"] / made["projects"])


def preferred(elements: pd.DataFrame) -> pd.DataFrame:
    """The approach most projects chose, for each element of each route.

    Columns as in `approaches`, and tied: a tie gives a row for each of the approaches.

    >>> rows = [(1, "A", "place", "out"), (1, "B", "place", "out"), (1, "C", "place", "in")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> preferred(frame)[["approach", "n", "projects", "tied"]].values.tolist()
    [['out', 2, 3, False]]
    """
    counted = approaches(elements)
    most = counted.groupby(["route", "element"])["n"].transform("max")
    top = counted[counted["n"] == most].reset_index(drop=True)
    return top.assign(tied=top.duplicated(["route", "element"], keep=False))


def element_matrix(elements: pd.DataFrame) -> pd.DataFrame:
    """Projects x approaches: whether a project chose an approach.

    Rows are (route, project), columns (element, approach), cells bool.
    """
    once = elements.drop_duplicates([*PROJECT, "element", "approach"]).assign(chosen=True)
    wide = once.pivot_table(
        index=PROJECT, columns=["element", "approach"], values="chosen", aggfunc="any"
    )
    return wide.notna()


def cross(elements: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """How many projects combine each approach to one element with each approach to another.

    Index and columns are the approaches. Projects with nothing recorded for one of the two are left
    out; one that chose several approaches counts in each.

    >>> told = [(1, "A", "duration", "long"), (1, "A", "meetings", "one"),
    ...         (1, "B", "duration", "short"), (1, "B", "meetings", "two")]
    >>> frame = pd.DataFrame(told, columns=["route", "project", "element", "approach"])
    >>> cross(frame, "duration", "meetings").loc["long"].to_dict()
    {'one': 1, 'two': 0}
    """
    once = elements.drop_duplicates([*PROJECT, "element", "approach"])
    sides = [once[once["element"] == name] for name in (rows, columns)]
    for name, side in zip((rows, columns), sides, strict=True):
        if side.empty:
            raise DataError(f"elements: no project has anything recorded for '{name}'.")
    both = sides[0].merge(sides[1], on=PROJECT, suffixes=("_row", "_column"))
    return pd.crosstab(
        both["approach_row"], both["approach_column"], rownames=[rows], colnames=[columns]
    )


def fidelity_matrix(fidelity: pd.DataFrame, what: str = "level") -> pd.DataFrame:
    """Projects x minimum requirements: how far each was met ("full", "partial", "none").

    Rows are (route, project), columns requirement; `what="reason"` gives the reasons instead. A
    cell nobody filled is missing. Raises DataError when a project is assessed twice on one.
    """
    twice = fidelity[fidelity.duplicated([*PROJECT, "requirement"])]
    if len(twice):
        first = twice.iloc[0]
        raise DataError(
            f"fidelity: project {first['project']} on route {first['route']} is assessed twice on "
            f"'{first['requirement']}'; keep one row."
        )
    cells = fidelity.set_index([*PROJECT, "requirement"])[what]
    return cells.unstack("requirement")
