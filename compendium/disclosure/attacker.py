"""The attacker that releases and exercises are measured against: what of each cell can be derived.

The solver is the package's own; `tests/compendium/disclosure/test_attack.py` holds it against one
who writes down every table there is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from compendium.disclosure.attack import Sum, Tables, components, equations
from compendium.disclosure.rules import Rules
from compendium.errors import ReleaseError

Known = int | tuple[int, int]
"""What a shown cell tells: its count, or the least and the greatest it may be (`class_of`)."""
_NOISE = 1e-6  # relative size of what the solver rounds


@dataclass(frozen=True)
class Interval:
    """The least and the greatest value a cell can have; the greatest may be infinite."""

    low: float
    high: float

    @property
    def spread(self) -> float:
        """The distance between the ends: 0 if the cell is known exactly."""
        return self.high - self.low


def attack(
    shown: Mapping[str, Known],
    hidden: Collection[str],
    sums: Sequence[Sum],
    *,
    integers: bool = False,
    only: Collection[str] | None = None,
) -> dict[str, Interval]:
    """What a reader can derive of every cell that is not shown exactly.

    Parameters
    ----------
    shown
        By cell what is shown of it: a count of people, or the least and the greatest it may be.
    hidden
        Cells of which nothing is shown, also those that no table has but that somebody can ask for
        (the complement of a share, the difference of two months).
    sums
        Which cells are totals of which; every id is in `shown` or in `hidden`.
    integers
        Whether only whole numbers count, which is exact and slower. Tables of two dimensions give
        the same both ways.
    only
        Cells whose intervals are wanted; all if left out.

    Returns
    -------
    dict
        An `Interval` for each hidden cell and each one shown as a range.

    Raises
    ------
    ReleaseError
        A sum names an unknown cell, a cell is both shown and hidden, or what is shown contradicts
        the sums.

    Examples
    --------
    >>> sums = [Sum("all", ("women", "men"))]
    >>> attack({"all": 12}, {"women", "men"}, sums)["men"]
    Interval(low=0.0, high=12.0)
    >>> attack({"all": 12, "women": 9}, {"men"}, sums)["men"].spread
    0.0
    >>> attack({"all": (7, 12), "women": (7, 12)}, {"men"}, sums)["men"]
    Interval(low=0.0, high=5.0)
    """
    if twice := sorted(shown.keys() & set(hidden)):
        raise ReleaseError(f"cell {twice[0]} is both shown and hidden; name it once")
    names = [*shown, *sorted(set(hidden))]
    told = [shown.get(name, (0, inf)) for name in names]
    ends = [known if isinstance(known, tuple) else (known, known) for known in told]
    low, high = np.array(ends, dtype=float).reshape(-1, 2).T
    if (low > high).any():
        raise ReleaseError("what is shown contradicts the sums")
    matrix = equations(names, sums)
    found: dict[str, Interval] = {}
    for rows, columns in components(matrix, low < high):
        tables = Tables(matrix[rows][:, columns], low[columns], high[columns])
        for place in np.flatnonzero((low < high)[columns]).tolist():
            if only is not None and names[columns[place]] not in only:
                continue
            least, most = (tables.extreme(place, sign, integers=integers) for sign in (-1, 1))
            found[names[columns[place]]] = Interval(least.value, most.value)
    return {name: found[name] for name in names if name in found}


def exposed(
    cells: Mapping[str, int],
    shown: Mapping[str, Known],
    sums: Sequence[Sum],
    rules: Rules,
    *,
    public: Collection[str] = (),
    integers: bool = False,
) -> dict[str, Interval]:
    """Small counts that a reader can derive more closely than the rules allow.

    The audit of a release, whatever way it was protected: empty if it is safe.

    Parameters
    ----------
    cells
        The true count of every cell.
    shown
        As in `attack`; all other cells are hidden.
    sums, integers
        As in `attack`.
    rules
        They say which counts are small and how far apart the ends of an interval must be.
    public
        Cells that everybody knows and that need no protection.

    Returns
    -------
    dict
        The interval of each small cell whose spread is below `rules.spread`; a small cell that is
        shown has one of spread 0.
    """
    small = [n for n, count in cells.items() if rules.is_small(count) and n not in public]
    hidden = cells.keys() - shown.keys()
    told = attack(shown, hidden, sums, integers=integers, only=set(small))
    derived = {name: told.get(name, Interval(cells[name], cells[name])) for name in small}
    return {name: each for name, each in derived.items() if each.spread < rules.spread - _NOISE}
