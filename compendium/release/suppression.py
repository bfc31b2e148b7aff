"""Which cells to hide so that no small count can be derived: as few as possible.

To hide the small counts alone is not enough where totals are shown. The fewest further cells are
found by integer programming: a cell is hidden or not, and each small count must have an attacker's
interval wide enough. Whenever the attacker's linear programme finds a small count too closely, its
dual prices say which cells would have to be hidden to prevent it; this is a linear inequality that
every safe choice obeys, so it joins the problem, which is solved again until none is found. The
result is a proven optimum. If time runs out, cells are hidden one by one along the attacker's
cheapest way out and those not needed are shown again: as safe, but not proven to be the fewest.

A small count keeps an interval of at least `rules.spread`. Another hidden cell may be derived more
closely, since it could as well be shown, but never exactly: then it would be hidden for nothing.
Readers must not see which of the two a hidden cell is.

References
----------
Fischetti & Salazar (2001), Solving the cell suppression problem on tabular data with linear
constraints, Management Science 47, 1008-1027: capacity and bridgeless inequalities.
Hundepool et al. (2012), Statistical Disclosure Control, 4.4 (secondary suppression, sliding
protection).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from compendium.release.attack import Sum
from compendium.release.rules import Rules


@dataclass(frozen=True)
class Suppression:
    """Which cells are hidden, and how sure it is that fewer would not do.

    Attributes
    ----------
    hidden
        All cells of which nothing may be shown, with those that were never to be shown.
    small
        Those among all cells that the rules protect; for the record of a release, never to be shown
        to its readers.
    proven
        Whether it is proven that no safe choice costs less.
    bound
        The number of cells (or the cost) that no safe choice can go below, of those to be shown.
    """

    hidden: frozenset[str]
    small: frozenset[str]
    proven: bool
    bound: float


def suppress(
    cells: Mapping[str, int],
    sums: Sequence[Sum],
    rules: Rules,
    *,
    ranges: Mapping[str, tuple[int, int]] | None = None,
    public: Collection[str] = (),
    unshown: Collection[str] = (),
    cost: Mapping[str, float] | None = None,
    seconds: float = 60.0,
) -> Suppression:
    """The fewest cells to hide so that no small count can be derived.

    Parameters
    ----------
    cells
        The true count of every cell by id: people, 0 or more. Tables that share cells use one id
        and are solved as one problem.
    sums
        Which cells are totals of which.
    rules
        They say which counts are small and how far apart the ends of an interval must be.
    ranges
        Of cells that are shown rounded, the least and the greatest they may be (`class_of`). Left
        out: a shown cell is known exactly.
    public
        Cells that everybody knows and that are therefore neither protected nor hidden.
    unshown
        Cells that are in no table but can be derived: the complement of a share, the difference of
        two months or of two nested groups. They are protected like others and cost nothing.
    cost
        What it costs to hide a cell, above 0; 1 if left out. Among choices of the same cost the one
        that hides fewer people is taken.
    seconds
        The time after which a safe choice is taken that is not proven to be the cheapest.

    Returns
    -------
    Suppression

    Raises
    ------
    ReleaseError
        A sum names an unknown cell or does not add up, a count is negative, or public cells give a
        small count away whatever is hidden.

    Examples
    --------
    >>> from compendium.release.rules import read_rules
    >>> cells = {"all": 40, "women": 38, "men": 2}
    >>> sorted(suppress(cells, [Sum("all", ("women", "men"))], read_rules()).hidden)
    ['men', 'women']

    A share of 38 in 40 whose rest stands in no table: the 2 are not to be derived either.

    >>> cells = {"all": 40, "in work": 38, "rest": 2}
    >>> sums = [Sum("all", ("in work", "rest"))]
    >>> sorted(suppress(cells, sums, read_rules(), public={"all"}, unshown={"rest"}).hidden)
    ['in work', 'rest']
    """
    raise NotImplementedError
