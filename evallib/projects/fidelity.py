"""How far each project kept to what the route requires."""

import pandas as pd

from evallib.errors import DataError, need_columns

PROJECT = ["route", "project"]
"""What names one project: a unit that takes part in two routes runs two."""


def fidelity_matrix(fidelity: pd.DataFrame, what: str = "level") -> pd.DataFrame:
    """Projects x minimum requirements: how far each was met ("full", "partial", "none").

    Parameters
    ----------
    fidelity
        Rows per project and requirement: route, project, requirement, level, reason.
    what
        "level", or "reason" for the reasons instead.

    Returns
    -------
    pandas.DataFrame
        Rows (route, project), columns requirement; a cell nobody filled is missing.

    Raises
    ------
    DataError
        A project is assessed twice on one requirement.

    References
    ----------
    Rambøll (2017), p. 17, on the minimum requirements; `data/codelists/requirements.csv`.

    Examples
    --------
    >>> rows = [(1, "A", "meetings", "full", ""), (1, "B", "meetings", "none", "too few staff")]
    >>> columns = ["route", "project", "requirement", "level", "reason"]
    >>> fidelity_matrix(pd.DataFrame(rows, columns=columns))["meetings"].tolist()
    ['full', 'none']
    """
    need_columns(fidelity, [*PROJECT, "requirement", what])
    twice = fidelity[fidelity.duplicated([*PROJECT, "requirement"])]
    if len(twice):
        first = twice.iloc[0]
        raise DataError(
            f"fidelity: project {first['project']} on route {first['route']} is assessed twice on "
            f"'{first['requirement']}'; keep one row."
        )
    cells = fidelity.set_index([*PROJECT, "requirement"])[what]
    return cells.unstack("requirement")
