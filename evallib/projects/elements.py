"""Names the elements and approaches of the routes, and says who chose what.

The elements table of a study has codes only. The code list gives each its words, says whether it is
a core element or a trait of the organisation, and on which page the report mentions it; an approach
that nobody chose is an answer too, so the list and not the data decides what is shown.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from evallib.errors import DataError, need_columns
from evallib.projects.implementation import approaches
from evallib.study.codelists import FOLDER
from evallib.study.definition import Text

READS = ("data/codelists/elements.csv",)
CODES = ["route", "element", "approach"]
NONE = "none"
"""The approach of a project that did without an element."""


def catalogue(path: Path = FOLDER / "codelists" / "elements.csv") -> pd.DataFrame:
    """The code list of elements and approaches.

    Columns route, kind ("core" or "trait"), phase, element, approach, heading (the element's name),
    name (the approach's name) and page; the two names are `Text`.

    >>> catalogue().loc[0, "heading"]["en"]
    'Referral'
    """
    frame = pd.read_csv(path, keep_default_na=False)
    for column, source in (("heading", "element"), ("name", "approach")):
        pairs = zip(frame[f"{source}_da"], frame[f"{source}_en"], strict=True)
        frame[column] = pd.Series([Text(da, en) for da, en in pairs], dtype=object)
    kept = ["route", "kind", "phase", "element", "approach", "heading", "name", "page"]
    return frame[kept]


def choices(elements: pd.DataFrame, route: int, listed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every approach of a route with the projects that chose it.

    The columns of `catalogue` (or of `listed`) and n, projects (those with anything recorded for
    the element), share and units (their names, sorted). Raises DataError when the data have an
    approach the list does not.

    >>> rows = [(1, "A", "place", "elsewhere"), (1, "B", "place", "job_centre")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> told = choices(frame, 1)
    >>> told.loc[told["approach"] == "elsewhere", ["n", "projects"]].values.tolist()
    [[1, 2]]
    """
    need_columns(elements, [*CODES, "project"])
    known = catalogue() if listed is None else listed
    known = known[known["route"] == route]
    mine = elements[elements["route"] == route]
    counted = approaches(mine)
    strange = counted.merge(known[CODES], how="left", indicator=True)
    strange = strange[strange["_merge"] == "left_only"]
    if len(strange):
        odd = strange.iloc[0]
        raise DataError(
            f"elements: approach '{odd['approach']}' to '{odd['element']}' on route {route} is not "
            "in data/codelists/elements.csv. Add it there, or recode it."
        )
    told = known.merge(counted.drop(columns="projects"), on=CODES, how="left")
    told["n"] = told["n"].fillna(0).astype("int64")
    behind = mine.groupby("element")["project"].nunique()
    told["projects"] = told["element"].map(behind).fillna(0).astype("int64")
    told["share"] = told["n"] / told["projects"].where(told["projects"] > 0)
    units = mine.drop_duplicates().groupby(["element", "approach"])["project"].agg(sorted)
    keys = zip(told["element"], told["approach"], strict=True)
    told["units"] = pd.Series([units.get(key, []) for key in keys], dtype=object)
    return told


def share_with_any(elements: pd.DataFrame, route: int, element: str) -> float:
    """Share of a route's projects that worked with an element in any way at all.

    >>> rows = [(1, "A", "homework", "common"), (1, "B", "homework", "none")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> share_with_any(frame, 1, "homework")
    0.5
    """
    mine = elements[elements["route"] == route]
    used = mine[(mine["element"] == element) & (mine["approach"] != NONE)]
    return used["project"].nunique() / mine["project"].nunique()


def share_given(elements: pd.DataFrame, route: int, given: Mapping[str, str], **then: str) -> float:
    """Share of the projects with one approach that also have another; NaN if none has the first.

    >>> rows = [(1, "A", "duration", "long"), (1, "A", "meetings", "one"),
    ...         (1, "B", "duration", "long"), (1, "B", "meetings", "two")]
    >>> frame = pd.DataFrame(rows, columns=["route", "project", "element", "approach"])
    >>> share_given(frame, 1, {"duration": "long"}, meetings="one")
    0.5
    """
    mine = elements[elements["route"] == route]
    first, second = (_with(mine, wanted) for wanted in (given, then))
    return len(first & second) / len(first) if first else float("nan")


def _with(elements: pd.DataFrame, wanted: Mapping[str, str]) -> set[str]:
    """The projects that have all of the approaches wanted."""
    found = set(elements["project"])
    for element, approach in wanted.items():
        rows = elements[(elements["element"] == element) & (elements["approach"] == approach)]
        found &= set(rows["project"])
    return found
