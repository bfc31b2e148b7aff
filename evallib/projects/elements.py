"""Which approaches the projects chose to the elements of their route, and what came of them.

The elements table of a study has codes only. The code list gives each its words, says whether it is
a core element or a trait of the organisation, and on which page the report mentions it; an approach
that nobody chose is an answer too, so the list and not the data decides what is shown.

An approach belongs to a unit, not to a person, so a comparison of approaches has as many
observations as there are units. What the interval, the permutation of units and the smallest
difference that such units could find say about one approach stands side by side.
"""

from collections.abc import Sequence

import pandas as pd

from evallib.errors import DataError, need_columns, one_of
from evallib.inference.assignments import permutation
from evallib.inference.means import contrast
from evallib.inference.power import detectable
from evallib.projects.fidelity import PROJECT
from evallib.study.codelists import read
from evallib.study.definition import Measure, Power

CODES = ["route", "element", "approach"]
NONE = "none"
"""The approach of a project that did without an element."""


def catalogue() -> pd.DataFrame:
    """The code list of elements and approaches.

    Columns route, kind ("core" or "trait"), phase, element, approach, heading (the element's name),
    name (the approach's name) and page.

    >>> catalogue().loc[0, "heading"]
    'Referral'
    """
    kept = ["route", "kind", "phase", "element", "approach", "heading", "name", "page"]
    return read("codelists/elements")[kept]


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
    counts = chosen.merge(projects, on=keys)
    return counts.assign(share=counts["n"] / counts["projects"])


def choices(elements: pd.DataFrame, route: int, listed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every approach of a route with the projects that chose it.

    Parameters
    ----------
    elements
        Rows per project and approach chosen: route, project, element, approach.
    route
        The route's number.
    listed
        Another list than `catalogue`, with its columns.

    Returns
    -------
    pandas.DataFrame
        The columns of the list, and n, projects (those with anything recorded for the element),
        share, preferred (whether no other approach to the element has more projects; of two with
        equally many both are) and units (their names, sorted).

    Raises
    ------
    DataError
        The data have an approach the list does not.

    Examples
    --------
    >>> rows = [(1, "A", "place", "elsewhere"), (1, "B", "place", "job_centre")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> table = choices(frame, 1)
    >>> table.loc[table["approach"] == "elsewhere", ["n", "projects"]].values.tolist()
    [[1, 2]]
    """
    need_columns(elements, [*CODES, "project"])
    listed = catalogue() if listed is None else listed
    one_of(route, listed["route"].unique(), "route")
    listed = listed[listed["route"] == route]
    mine = elements[elements["route"] == route]
    counted = approaches(mine)
    strange = counted.merge(listed[CODES], how="left", indicator=True)
    strange = strange[strange["_merge"] == "left_only"]
    if len(strange):
        odd = strange.iloc[0]
        raise DataError(
            f"elements: approach '{odd['approach']}' to '{odd['element']}' on route {route} is not "
            "in data/codelists/elements.csv. Add it there, or recode it."
        )
    table = listed.merge(counted.drop(columns="projects"), on=CODES, how="left")
    table["n"] = table["n"].fillna(0).astype("int64")
    behind = mine.groupby("element")["project"].nunique()
    table["projects"] = table["element"].map(behind).fillna(0).astype("int64")
    table["share"] = table["n"] / table["projects"].where(table["projects"] > 0)
    most = table.groupby("element")["n"].transform("max")
    table["preferred"] = (table["n"] == most) & (most > 0)
    units = mine.drop_duplicates().groupby(["element", "approach"])["project"].agg(sorted)
    keys = zip(table["element"], table["approach"], strict=True)
    table["units"] = pd.Series([units.get(key, []) for key in keys], dtype=object)
    return table


def share_with_any(elements: pd.DataFrame, route: int, element: str) -> float:
    """Share of a route's projects that worked with an element in any way at all.

    >>> rows = [(1, "A", "homework", "common"), (1, "B", "homework", "none")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> share_with_any(frame, 1, "homework")
    0.5
    """
    one_of(element, elements["element"].unique(), "element")
    mine = elements[elements["route"] == route]
    used = mine[(mine["element"] == element) & (mine["approach"] != NONE)]
    return used["project"].nunique() / mine["project"].nunique()


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

    >>> rows = [(1, "A", "duration", "long"), (1, "A", "meetings", "one"),
    ...         (1, "B", "duration", "short"), (1, "B", "meetings", "two")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
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


def with_approaches(
    people: pd.DataFrame, elements: pd.DataFrame, route: int, wanted: Sequence[str]
) -> pd.DataFrame:
    """The people of a route with a 0/1 column per approach of their unit.

    Parameters
    ----------
    people
        One row per person, with route and project.
    elements
        Rows per project and approach chosen.
    route
        The route's number.
    wanted
        Approaches as "element.approach"; the columns are called element_approach (`column_of`).

    Returns
    -------
    pandas.DataFrame
        Without people of units with nothing recorded on one of the elements.

    Raises
    ------
    DataError
        No unit, or every unit, has an approach.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["P1", "P2"], "route": 1, "project": ["A", "B"]})
    >>> elements = pd.DataFrame({"route": 1, "project": ["A", "B"], "element": "place",
    ...                          "approach": ["in", "out"]})
    >>> with_approaches(people, elements, 1, ["place.out"])["place_out"].tolist()
    [0, 1]
    """
    need_columns(people, ["route", "project"])
    chosen = element_matrix(elements[elements["route"] == route]).loc[route]
    own = people[people["route"] == route]
    for approach in wanted:
        element, _, name = approach.partition(".")
        if (element, name) not in chosen or chosen[element, name].all():
            raise DataError(
                f"Approach '{approach}' is chosen by no unit or by every unit of route {route}: "
                "there is nothing to compare. Leave it out."
            )
        recorded = [unit for unit, row in chosen[element].iterrows() if row.any()]
        own = own[own["project"].isin(recorded)]
        has = own["project"].map(chosen[element, name])
        own = own.assign(**{column_of(approach): has.astype("int64")})
    return own


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
    plan: Power,
    measure: Measure,
    *,
    unit: str = "project",
    level: float = 0.95,
) -> pd.DataFrame:
    """Each approach against the rest: what is known of the difference in mean `outcome`.

    Parameters
    ----------
    people
        As `with_approaches` gives them.
    outcome, unit
        The columns of numbers and of units.
    wanted
        Approaches as "element.approach".
    plan, measure
        What was declared beforehand (the definition's `power`), and which of its standard
        deviations is that of the outcome.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        Rows in the order of `wanted`: approach, estimate (with minus without, CR2), permutation
        (the same, tested by exchanging units), p_permutation, treated and units (how many units
        had it, of how many), detectable (the difference that units of these sizes would reveal with
        the power of the plan, whatever was found: `inference.detectable`,
        judged at the level of the strictest of these comparisons).

    Raises
    ------
    EstimationError
        An approach is that of a single unit: it cannot be told from that unit.
    """
    rows, strictest = [], 1 - (1 - level) / len(wanted)
    for approach in wanted:
        column = column_of(approach)
        test = permutation(people, outcome, column, unit, level=level)
        rows.append(
            {
                "approach": approach,
                "estimate": contrast(people, outcome, column, 1, 0, unit, level=level),
                "permutation": test,
                "p_permutation": test.p_value(),
                "treated": test.treated,
                "units": test.units,
                "detectable": detectable(people, column, 1, 0, unit, plan, measure, strictest),
            }
        )
    return pd.DataFrame(rows)
