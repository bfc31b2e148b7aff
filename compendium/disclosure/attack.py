"""How closely a reader can derive what is hidden, from what is shown and the sums it must keep to.

The reader is assumed to know the rules, which cells are totals of which, that counts of people are
whole and not negative, and of a rounded cell the class it lies in. Everything that follows from
this is in two linear programmes for a cell: its least and its greatest value over all tables that
agree with what is shown. With whole numbers demanded the bounds are the closest there are; without
they are quicker, and never closer.

References
----------
Hundepool et al. (2012), Statistical Disclosure Control, 4.3.1 (the attacker's problem).
Fischetti & Salazar (2001), Solving the cell suppression problem on tabular data with linear
constraints, Management Science 47, 1008-1027.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse.csgraph import connected_components

from compendium.errors import ReleaseError

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_NOISE = 1e-6  # relative size of what the solver rounds
_CONTRADICTION = "what is shown contradicts the sums; check which cells are totals of which"


@dataclass(frozen=True)
class Sum:
    """A cell that is the sum of others: `total` and `parts` are ids of cells.

    Tables that share a cell use one id for it. Where two cells are shown whose difference is a
    group of people, such as two months or a group within a group, the difference is a cell too,
    one that is never shown: `Sum("month 3", ("month 4", "left in month 4"))`.

    Examples
    --------
    >>> Sum("all", ("women", "men"))
    Sum(total='all', parts=('women', 'men'))
    """

    total: str
    parts: tuple[str, ...]


def equations(names: Sequence[str], sums: Sequence[Sum]) -> sparse.csr_array:
    """The sums as rows of 1 for each part and -1 for the total, over cells in the order of `names`.

    Raises
    ------
    ReleaseError
        A sum names a cell that is not among `names`, or one cell twice.
    """
    place = {name: column for column, name in enumerate(names)}
    rows: list[int] = []
    columns: list[int] = []
    signs: list[float] = []
    for row, each in enumerate(sums):
        members = (each.total, *each.parts)
        for name in members:
            if name not in place:
                raise ReleaseError(f"the sum {each.total} names a cell {name} that is not given")
        if len(set(members)) < len(members):
            raise ReleaseError(f"the sum {each.total} names a cell twice; give each an id")
        rows += [row] * len(members)
        columns += [place[name] for name in members]
        signs += [-1.0] + [1.0] * len(each.parts)
    return sparse.csr_array((signs, (rows, columns)), shape=(len(sums), len(names)))


def components(
    matrix: sparse.csr_array, free: NDArray[np.bool_]
) -> Iterator[tuple[Places, Places]]:
    """The parts of a problem that know nothing of each other: rows, and columns they stand in.

    Parts hang together by `free` columns alone; another column may stand in several. Rows without
    a free column come last, by themselves.
    """
    rows = matrix.shape[0]
    joined = abs(matrix[:, np.flatnonzero(free)])
    _, labels = connected_components(sparse.block_array([[None, joined], [joined.T, None]]))
    for label in range(labels.max(initial=-1) + 1):
        inside = np.flatnonzero(labels[:rows] == label)
        own = np.flatnonzero(free)[labels[rows:] == label]
        yield inside, np.union1d(own, matrix[inside].indices)


@dataclass(frozen=True)
class Extreme:
    """How far a cell can go: its value, a table in which it has it, and a dual price for each sum.

    Prices and table are empty where the value is infinite, prices too where integers were asked.
    """

    value: float
    table: Floats
    prices: Floats


class Tables:
    """All tables that agree with what is known: sums kept, each cell between its bounds.

    Parameters
    ----------
    matrix
        Sums x cells, as of `equations`.
    low, high
        The least and the greatest each cell may be.
    """

    def __init__(self, matrix: sparse.csr_array, low: Floats, high: Floats) -> None:
        self.matrix, self.low, self.high = matrix, low, high
        self._free = np.flatnonzero(low < high)
        self._fixed = np.where(low < high, 0.0, low)
        inside = matrix[:, self._free]
        self._rows = np.flatnonzero(np.diff(inside.indptr))
        right = -(matrix @ self._fixed)
        if np.delete(right, self._rows).any():
            raise ReleaseError(_CONTRADICTION)
        self._inside, self._right = inside[self._rows], right[self._rows]

    def extreme(self, cell: int, sign: int, *, integers: bool = False) -> Extreme:
        """The greatest (sign 1) or least (sign -1) value of a cell that is not known exactly."""
        goal = np.where(self._free == cell, -float(sign), 0.0)
        bounds = np.column_stack([self.low, self.high])[self._free]
        found = linprog(goal, A_eq=self._inside, b_eq=self._right, bounds=bounds, method="highs")
        if found.status == 0 and integers and abs(found.x - found.x.round()).max() > _NOISE:
            found = self._whole(goal)
        if found.status != 0:
            if goal.any():
                self.extreme(-1, 1, integers=integers)  # a contradiction, unless any table is left
            else:
                raise ReleaseError(_CONTRADICTION)
            return Extreme(sign * inf, np.empty(0), np.empty(0))
        table, prices = self._fixed.copy(), np.zeros(self.matrix.shape[0])
        table[self._free] = found.x
        if "eqlin" in found:
            prices[self._rows] = -found.eqlin.marginals
        return Extreme(round(-found.fun * sign, 6) + 0.0, table, prices)

    def _whole(self, goal: Floats) -> Any:
        """The same in whole numbers."""
        keep = LinearConstraint(self._inside, self._right, self._right)
        bounds = Bounds(self.low[self._free], self.high[self._free])
        whole, exact = np.ones_like(goal), {"mip_rel_gap": 0.0}
        return milp(goal, integrality=whole, constraints=keep, bounds=bounds, options=exact)
