"""From tidy columns to the numbers a regression needs, with every silent step made visible.

Formula engines differ in how they code categories and drop rows. Here the coding is one rule, rows
left out are counted by column, and a column that cannot be told from the others is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from evallib.errors import DataError, EstimationError, need_columns
from evallib.inference.cr2 import FloatArray

_COLLINEAR = 1e-9  # relative size of what is left of a column after the others


@dataclass(frozen=True)
class Design:
    """Regressors of the complete rows.

    `matrix` (n, k) without a constant; `names` (k) its columns, "education: long" for a category;
    `terms` (k) the source column of each; `rows` the complete rows of the frame; `dropped` how many
    rows each column's gaps cost.
    """

    matrix: FloatArray
    names: tuple[str, ...]
    terms: tuple[str, ...]
    rows: pd.DataFrame
    dropped: dict[str, int]


def design(frame: pd.DataFrame, terms: Sequence[str], also: Sequence[str] = ()) -> Design:
    """Code `terms` as regressors, on the rows where `terms` and the columns `also` are present.

    Numbers and booleans enter as they are. Other columns become one 0/1 column per category but
    the reference: the first category of an ordered or declared Categorical, else the most
    frequent value (the first in the alphabet among equals). Raises `DataError` if no row is
    complete and `EstimationError` for a constant or collinear column.

    >>> design(pd.DataFrame({"edu": ["none", "long", "none"]}), ["edu"]).names
    ('edu: long',)
    """
    needed = list(dict.fromkeys([*terms, *also]))
    need_columns(frame, needed)
    gaps = frame[needed].isna()
    rows = frame.loc[~gaps.any(axis=1)]
    dropped = {str(name): int(count) for name, count in gaps.sum().items() if count}
    if rows.empty:
        raise DataError(
            f"No row has all of {', '.join(needed)}; missing per column: {dropped}. Leave a column "
            "out, or fill it."
        )
    blocks = {term: _block(rows[term], term) for term in terms}
    names = [name for block in blocks.values() for name in block]
    matrix = np.column_stack([column for block in blocks.values() for column in block.values()])
    identified(matrix, names)
    owners = tuple(term for term, block in blocks.items() for _ in block)
    return Design(matrix, tuple(names), owners, rows, dropped)


def _block(column: pd.Series, term: str) -> dict[str, FloatArray]:
    """The regressors one column becomes, by name."""
    if is_numeric_dtype(column.dtype):
        return {term: column.to_numpy(dtype=float)}
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = [level for level in column.cat.categories if (column == level).any()]
    else:
        counts = column.value_counts().sort_index()
        levels = sorted(counts.index, key=lambda level: level != counts.idxmax())
    if len(levels) < 2:
        raise EstimationError(
            f"Column '{term}' is {levels[0]!r} in every row used: it explains nothing. Leave "
            "it out."
        )
    return {f"{term}: {level}": (column == level).to_numpy(dtype=float) for level in levels[1:]}


def identified(matrix: FloatArray, names: Sequence[str], where: str = "") -> None:
    """Raise an `EstimationError` naming the first column the constant and those before explain."""
    centred = matrix - matrix.mean(axis=0)
    scale = np.linalg.norm(centred, axis=0)
    flat = scale <= _COLLINEAR * (1 + np.linalg.norm(matrix, axis=0))
    if flat.any():
        raise EstimationError(
            f"Column '{names[int(flat.argmax())]}' has one value in all {len(matrix)} rows used"
            f"{where}. It cannot be told from the constant; leave it out."
        )
    left = np.abs(np.diag(np.asarray(np.linalg.qr(centred, mode="r"))))
    explained = np.ones(len(names), dtype=bool)
    explained[: len(left)] = left <= _COLLINEAR * scale[: len(left)]
    if explained.any():
        raise EstimationError(
            f"Column '{names[int(explained.argmax())]}' is a combination of the columns before it "
            f"({', '.join(names)}), or there are too few rows ({len(matrix)}){where}. Leave it or "
            "one of those out."
        )
