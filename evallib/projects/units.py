"""Who takes part: units, the municipalities behind them, and routes.

A unit on two routes runs two projects, and several municipalities may stand behind one application;
so units, municipalities and projects are three different numbers.
"""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from evallib.study.definition import Definition


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

    @property
    def several_routes(self) -> tuple[str, ...]:
        """The units on more than one route, in the order of the definition."""
        routes = self.frame.groupby("unit", sort=False)["route"].nunique()
        return tuple(routes.index[routes > 1])


def participation(definition: Definition, routes: Collection[int] | None = None) -> Participation:
    """The units and municipalities of some routes.

    Parameters
    ----------
    definition
        Has the routes with their units, and the units with their municipalities.
    routes
        Numbers of routes; all if left out.

    Returns
    -------
    Participation
        Its `frame` has a row per project and municipality; its properties count.

    References
    ----------
    Rambøll (2017), p. 4, box 1; `data/assumptions.csv`, `joint_units` and `two_routes`.

    Examples
    --------
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
