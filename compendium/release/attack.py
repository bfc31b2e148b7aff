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

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

from compendium.release.rules import ReleaseError, Rules

Known = int | tuple[int, int]
"""What a shown cell tells: its count, or the least and the greatest it may be (`class_of`)."""


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
    raise NotImplementedError


def exposed(
    cells: Mapping[str, int],
    shown: Mapping[str, Known],
    sums: Sequence[Sum],
    rules: Rules,
    *,
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

    Returns
    -------
    dict
        The interval of each small cell whose spread is below `rules.spread`; a small cell that is
        shown has one of spread 0.
    """
    raise NotImplementedError
