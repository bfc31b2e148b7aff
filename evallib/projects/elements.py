"""Which approaches the projects chose to the elements of their route, and what came of them.

The elements table of a study has codes only. The code list gives each its words, says whether it is
a core element or a trait of the organisation, and on which page the report mentions it; an approach
that nobody chose is an answer too, so the list and not the data decides what is shown.
"""

from collections.abc import Sequence

import pandas as pd

from evallib.errors import DataError, need_columns, one_of
from evallib.projects.fidelity import PROJECT
from evallib.study.codelists import read

CODES = ["route", "element", "approach"]
NONE = "none"
"""The approach of a project that did without an element."""


def catalogue() -> pd.DataFrame:
    """The code list of elements and approaches.

    Returns
    -------
    pandas.DataFrame
        Columns route, kind ("core" or "trait"), phase, element, approach, heading (the
        element's name), name (the approach's name) and page.

    References
    ----------
    `data/codelists/elements.csv`, with the report's page of each.

    Examples
    --------
    >>> catalogue().loc[0, "heading"]
    'Referral'
    """
    kept = ["route", "kind", "phase", "element", "approach", "heading", "name", "page"]
    return read("codelists/elements")[kept]


def approaches(elements: pd.DataFrame) -> pd.DataFrame:
    """How many projects chose each approach to each core element or organisational trait.

    Parameters
    ----------
    elements
        A row per project and approach chosen: route, project, element, approach.

    Returns
    -------
    pandas.DataFrame
        Columns route, element, approach, n (projects that chose it), projects (of the route
        that have anything recorded for the element) and share. Shares add up to more than 1
        where a project may choose several approaches.

    References
    ----------
    Rambøll (2017), annex 2.

    Examples
    --------
    >>> rows = [(1, "A", "place", "in"), (1, "B", "place", "in"), (1, "B", "place", "out")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> approaches(frame)["share"].tolist()
    [1.0, 0.5]
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

    References
    ----------
    `data/codelists/elements.csv`; Rambøll (2017), annex 2.

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

    Parameters
    ----------
    elements
        A row per project and approach chosen.
    route, element
        The route's number, and the element.

    Returns
    -------
    float
        A fraction of the projects with anything recorded.

    References
    ----------
    Rambøll (2017), annex 2.

    Examples
    --------
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

    Parameters
    ----------
    elements
        A row per project and approach chosen: route, project, element, approach.

    Returns
    -------
    pandas.DataFrame
        Rows (route, project), columns (element, approach), cells bool.

    References
    ----------
    Rambøll (2017), annex 2.

    Examples
    --------
    >>> rows = [(1, "A", "place", "in"), (1, "B", "place", "out")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> element_matrix(frame)["place", "in"].tolist()
    [True, False]
    """
    once = elements.drop_duplicates([*PROJECT, "element", "approach"]).assign(chosen=True)
    wide = once.pivot_table(
        index=PROJECT, columns=["element", "approach"], values="chosen", aggfunc="any"
    )
    return wide.notna()


def cross(elements: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """How many projects combine each approach to one element with each approach to another.

    Parameters
    ----------
    elements
        A row per project and approach chosen.
    rows, columns
        The two elements.

    Returns
    -------
    pandas.DataFrame
        Counts; index and columns are the approaches. Projects with nothing recorded for one of
        the two are left out; one that chose several approaches counts in each.

    Raises
    ------
    DataError
        No project has anything recorded for one of them.

    References
    ----------
    An addition: the report has each element by itself (annex 2).

    Examples
    --------
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

    References
    ----------
    Rambøll (2017), annex 4: the approach of a unit is that of its people.

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

    Parameters
    ----------
    approach
        As "element.approach".

    Returns
    -------
    str
        A name that a formula of statsmodels takes.

    Examples
    --------
    >>> column_of("place.out")
    'place_out'
    """
    return approach.replace(".", "_")
