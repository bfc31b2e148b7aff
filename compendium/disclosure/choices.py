"""Which choices of hidden cells are safe, and the cheapest of those not yet known to be unsafe.

The pieces `compendium.disclosure.suppression` is put together from: a reader is set on a choice,
and what would have to be hidden to keep a small count from being derived becomes an inequality that
every safe choice fulfils.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from compendium.disclosure.attack import Extreme, Floats, Places, Tables
from compendium.errors import ReleaseError

Flags = NDArray[np.bool_]
_NOISE = 1e-6  # relative size of what the solver rounds
_WORTH = 1e-3  # by how much an inequality must be broken to be of use
HOPELESS = "public cells give a small count away whatever is hidden; show fewer, or merge groups"


@dataclass(frozen=True)
class Part:
    """Cells that hang together by sums: arrays by cell, and the matrix of sums.

    `low` and `high` are what a shown cell tells, `spread` the least distance between the ends of
    what may be derived of a small one.
    """

    matrix: sparse.csr_array
    values: Floats
    low: Floats
    high: Floats
    small: Flags
    public: Flags
    unshown: Flags
    price: Floats
    spread: int

    def cut(self, rows: Places, columns: Places) -> Part:
        """The part with these sums and cells."""
        arrays: dict[str, Any] = {
            field.name: getattr(self, field.name)[columns]
            for field in fields(self)
            if field.name not in {"matrix", "spread"}
        }
        return replace(self, matrix=self.matrix[rows][:, columns], **arrays)

    @cached_property
    def forced(self) -> Flags:
        """Cells that are hidden in every safe choice."""
        return self.unshown | self.small & (self.high - self.low < self.spread)

    @cached_property
    def most(self) -> float:
        """What no hidden cell exceeds, as far as a reader can guess: far more than is needed."""
        return 10.0 * float(self.values.max() + self.spread)

    def paid(self, hidden: Flags) -> float:
        """The cost of a choice: that of cells which would be shown otherwise."""
        return float(self.price[hidden].sum())

    def tables(self, hidden: Flags) -> Tables:
        """What a reader holds possible."""
        low, high = np.where(hidden, 0.0, self.low), np.where(hidden, self.most, self.high)
        return Tables(self.matrix, low, high)


class Audit:
    """Which small counts a choice leaves open to a reader, and what would close them.

    Tables that were found are kept: each is a proof for every choice that hides what it changes.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self._tables = part.values[None, :]

    def narrow(self, hidden: Flags) -> list[int]:
        """Small cells that the tables found so far do not prove safe."""
        part, tables = self.part, self._tables
        possible = tables[((part.low <= tables) & (tables <= part.high) | hidden).all(axis=1)]
        spread = possible.max(axis=0) - possible.min(axis=0)
        narrow: list[int] = np.flatnonzero(part.small & (spread < part.spread)).tolist()
        return narrow

    def cuts(self, hidden: Flags, most: int | None = None) -> list[Floats]:
        """What a safe choice must fulfil and this one does not: `cut @ hidden >= 1` for each.

        At most `most` of them; none if and only if the choice is safe.
        """
        found: list[Floats] = []
        tables = self.part.tables(hidden)
        for cell in self.narrow(hidden):
            if cell in self.narrow(hidden):  # not proven safe since, by a table for another cell
                found += self._cut(tables, hidden, cell)
            if len(found) == most:
                break
        return found

    def cuts_between(self, weight: Floats) -> list[Floats]:
        """The same for cells that are hidden in part, from 0 to 1: what a relaxation lacks."""
        part, found = self.part, []
        weight = weight.round(6)  # what the solver leaves near 0 is no room
        low = part.low - weight * np.minimum(part.low, part.spread)
        tables = Tables(part.matrix, low, part.high + weight * part.spread)
        for cell in np.flatnonzero(part.small & (low < part.high + weight)).tolist():
            ends = [tables.extreme(cell, sign) for sign in (1, -1)]
            if ends[0].value - ends[1].value < part.spread - _WORTH:
                found.append(self._capacity(cell, ends))
        return [cut for cut in found if cut @ weight < 1 - _WORTH]

    def _cut(self, tables: Tables, hidden: Flags, cell: int) -> list[Floats]:
        ends = [tables.extreme(cell, sign) for sign in (1, -1)]
        if ends[0].value - ends[1].value < self.part.spread - _NOISE:
            return [self._capacity(cell, ends)]
        self._keep(ends)
        if cell not in self.narrow(hidden):
            return []
        self._keep([tables.extreme(cell, sign, integers=True) for sign in (1, -1)])
        if cell not in self.narrow(hidden):
            return []
        return [(~hidden).astype(float)]  # whole numbers leave no more room: hide another cell

    def _keep(self, ends: Sequence[Extreme]) -> None:
        """Keep tables in whole numbers; others prove nothing to one who knows that people are."""
        tables = [end.table for end in ends]
        whole = [each.round() for each in tables if abs(each - each.round()).max() < _NOISE]
        self._tables = np.vstack([self._tables, *whole])

    def _capacity(self, cell: int, ends: Sequence[Extreme]) -> Floats:
        """Fischetti & Salazar's capacity inequality, for the distance between both ends.

        By duality the greatest value of a cell is at most `up @ high - down @ low` for any prices,
        and hiding a cell widens its bounds; the coefficients are how much that gains.
        """
        part = self.part
        missing, gain = float(part.spread), np.zeros_like(part.values)
        for sign, end in zip((1.0, -1.0), ends, strict=True):
            rest = -(part.matrix.T @ end.prices.round(6))
            rest[cell] += sign
            up, down = np.maximum(rest, 0.0), np.maximum(-rest, 0.0)
            missing -= float(up @ part.high - down @ part.low)
            gain += up * (part.most - part.high) + down * part.low
        missing -= float(gain[part.forced].sum())
        gain[part.forced | part.public] = 0.0
        return np.minimum(gain / missing, 1.0) if missing > _NOISE else np.zeros_like(gain)


class Choices:
    """What is known of safe choices, as inequalities, and the cheapest choice that fulfils it."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._rows = _bridges(part)
        self._least = np.zeros(self._rows.shape[0])

    def add(self, rows: Sequence[Floats], least: float = 1.0) -> None:
        """Let every choice fulfil `row @ hidden >= least`."""
        self._rows = sparse.vstack([self._rows, sparse.csr_array(np.array(rows))], format="csr")
        self._least = np.append(self._least, np.full(len(rows), least))

    def cheapest(self, goal: Floats, **options: float) -> Floats | None:
        """The choice that costs least, 0 or 1 by cell; None if the solver's limits are reached.

        Raises
        ------
        ReleaseError
            No choice fulfils what safe ones do.
        """
        return self._solve(goal, np.ones_like(goal), options)

    def relaxed(self, goal: Floats) -> Floats | None:
        """The same if cells could be hidden in part."""
        return self._solve(goal, np.zeros_like(goal), {})

    def _solve(self, goal: Floats, whole: Floats, options: dict[str, float]) -> Floats | None:
        forced, free = self._part.forced.astype(float), (~self._part.public).astype(float)
        found = milp(
            goal,
            integrality=whole,
            bounds=Bounds(forced, free),
            constraints=LinearConstraint(self._rows, lb=self._least),
            options={"mip_rel_gap": 0.0, **options},
        )
        if found.status == 2:
            raise ReleaseError(HOPELESS)
        solved: Floats | None = found.x if found.status == 0 else None
        return solved


def _bridges(part: Part) -> sparse.csr_array:
    """No sum has one hidden cell alone: it would be derived exactly, so hidden for nothing."""
    idle = part.public | (part.unshown & ~part.small)  # never hidden, or may be derived
    columns, signs, ends = [np.empty(0, dtype=int)], [np.empty(0)], [0]
    for row in np.split(part.matrix.indices, part.matrix.indptr[1:-1]):
        exact = (part.low[row] == part.high[row]).all()
        for cell in row[~idle[row]] if exact else []:
            columns.append(row)
            signs.append(np.where(row == cell, -1.0, 1.0))
            ends.append(ends[-1] + len(row))
    parts = (np.concatenate(signs), np.concatenate(columns), ends)
    return sparse.csr_array(parts, shape=(len(ends) - 1, len(part.values)))
