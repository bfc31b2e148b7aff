"""Reads the tables this edition brings along: code lists, interview statements, sources, the map.

They are the report's own words and surroundings, the same whatever data the study is run on, and so
no part of a `Study`. Nobody should have to read code to see which benefit a code was taken for, or
edit code to take a newer list.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import DataError
from evallib.settings import DATA, project

NONE, UNKNOWN = "none", "unknown"
"""Group of a week without a benefit, and of a code the list does not have."""


def read(name: str, folder: Path | None = None) -> pd.DataFrame:
    """Read a table of the data folder, its texts in English.

    The files hold every text in two languages side by side, x_da and x_en. Code reads the English,
    as column x; the Danish is for whoever translates.

    Parameters
    ----------
    name
        The table's path in the data folder without .csv, such as "interviews" or
        "codelists/elements".
    folder
        Another data folder than that of the evaluation.

    Returns
    -------
    pandas.DataFrame
        The rows and columns of the file, each pair x_da and x_en as one column x. Blank cells are
        missing.

    Raises
    ------
    DataError
        There is no such table; the message names those there are.

    References
    ----------
    `data/README.md` describes each file.

    Examples
    --------
    >>> read("codelists/education").loc[0, "label"]
    'Compulsory or upper secondary school'
    """
    folder = folder or project() / "data"
    path = folder / f"{name}.csv"
    if not path.is_file():
        parts = (".", "codelists", "geo")
        tables = (table for part in parts for table in folder.glob(f"{part}/*.csv"))
        names = sorted(p.relative_to(folder).with_suffix("").as_posix() for p in tables)
        raise DataError(f"There is no table '{name}' in data/; choose one of {', '.join(names)}.")
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    danish = [column for column in frame if str(column).endswith("_da")]
    return frame.drop(columns=danish).rename(columns=lambda column: column.removesuffix("_en"))


@dataclass(frozen=True)
class CodeList:
    """Ranges of benefit codes and the group of each: (code_from, code_to, group)."""

    ranges: tuple[tuple[int, int, str], ...]

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """All groups: "none", those of the list in its order, "unknown".

        Where two groups fill equally much of a month the earlier one stands, as in the ministry's
        own hierarchy.
        """
        named = (group for _, _, group in self.ranges if group not in (NONE, UNKNOWN))
        return (NONE, *dict.fromkeys(named), UNKNOWN)

    def group(self, codes: NDArray[np.int32]) -> NDArray[np.int8]:
        """Positions in `groups` of an array of codes (0 = no benefit); same shape.

        >>> benefits = CodeList(((111, 113, "unemployment"),))
        >>> [benefits.groups[i] for i in benefits.group(np.array([0, 112, 433]))]
        ['none', 'unemployment', 'unknown']
        """
        highest = max(int(codes.max(initial=0)), *(last for _, last, _ in self.ranges))
        table = np.full(highest + 2, self.groups.index(UNKNOWN), dtype=np.int8)
        table[0] = 0
        for first, last, group in self.ranges:
            table[first : last + 1] = self.groups.index(group)
        # Code -1 (a cell that is no code) reads the last entry, which no range reaches.
        return table[codes]


def read_codelist(folder: Path = DATA) -> CodeList:
    """The list of benefit codes, codelists/benefits.csv; the register's own unless one is named.

    Parameters
    ----------
    folder
        A data folder.

    Returns
    -------
    CodeList
        Ranges of codes and their groups. A later row overrides an earlier one where ranges
        overlap.

    Raises
    ------
    DataError
        There is no such list in the folder.

    References
    ----------
    `data/codelists/benefits.csv`, from the guide to DREAM.

    Examples
    --------
    >>> read_codelist().groups[0]
    'none'
    """
    listed = read("codelists/benefits", folder)
    ranges = zip(listed["code_from"], listed["code_to"], listed["group"], strict=True)
    return CodeList(tuple((int(first), int(last), group) for first, last, group in ranges))
