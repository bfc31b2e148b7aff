"""Holds how the units went about the work against what came of their participants.

An approach belongs to a unit, not to a person, so a comparison of approaches has as many
observations as there are units. What the interval, the permutation of units and the smallest
difference that could have been found say about one approach stands side by side here.
"""

from collections.abc import Sequence

import pandas as pd

from evallib.errors import DataError, need_columns
from evallib.inference.decisions import minimum_detectable
from evallib.inference.estimate import contrast
from evallib.inference.permutation import permutation
from evallib.projects.implementation import element_matrix


def with_approaches(
    people: pd.DataFrame, elements: pd.DataFrame, route: int, wanted: Sequence[str]
) -> pd.DataFrame:
    """The people of a route with a 0/1 column per approach of their unit.

    `wanted` are "element.approach"; the columns are called element_approach. People of units with
    nothing recorded on one of the elements are left out. Raises DataError for an approach no unit
    or every unit has.

    >>> people = pd.DataFrame({"person_id": ["P1", "P2"], "route": 1, "project": ["A", "B"]})
    >>> elements = pd.DataFrame({"route": 1, "project": ["A", "B"], "element": "place",
    ...                          "approach": ["in", "out"]})
    >>> with_approaches(people, elements, 1, ["place.out"])["place_out"].tolist()
    [0, 1]
    """
    need_columns(people, ["route", "project"])
    chosen = element_matrix(elements[elements["route"] == route]).loc[route]
    made = people[people["route"] == route]
    for approach in wanted:
        element, _, name = approach.partition(".")
        if (element, name) not in chosen or chosen[element, name].all():
            raise DataError(
                f"Approach '{approach}' is chosen by no unit or by every unit of route {route}: "
                "there is nothing to compare. Leave it out."
            )
        recorded = [unit for unit, row in chosen[element].iterrows() if row.any()]
        made = made[made["project"].isin(recorded)]
        has = made["project"].map(chosen[element, name])
        made = made.assign(**{column_of(approach): has.astype("int64")})
    return made


def column_of(approach: str) -> str:
    """The column `with_approaches` gives an approach.

    >>> column_of("place.out")
    'place_out'
    """
    return approach.replace(".", "_")


def compare_approaches(
    people: pd.DataFrame,
    outcome: str,
    wanted: Sequence[str],
    unit: str = "project",
    level: float = 0.95,
) -> pd.DataFrame:
    """Each approach against the rest: what is known of the difference in mean `outcome`.

    Columns approach, estimate (with minus without, CR2), treated and units (how many units had it,
    of how many), p_permutation, smallest_p (the least so few units can give) and detectable (the
    difference found with 80 per cent power). Rows in the order of `wanted`. An approach of a single
    unit raises EstimationError: it cannot be told from that unit.
    """
    rows = []
    for approach in wanted:
        column = column_of(approach)
        estimate = contrast(people, outcome, column, 1, 0, unit, level=level)
        test = permutation(people, outcome, column, unit)
        rows.append(
            {
                "approach": approach,
                "estimate": estimate,
                "treated": test.treated,
                "units": test.units,
                "p_permutation": test.p_value,
                "smallest_p": test.smallest_p,
                "detectable": minimum_detectable(estimate),
            }
        )
    return pd.DataFrame(rows)
