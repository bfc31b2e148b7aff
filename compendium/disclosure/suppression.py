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

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from compendium.disclosure.attack import Sum, components, equations
from compendium.disclosure.choices import HOPELESS, Audit, Choices, Flags, Part
from compendium.disclosure.rules import Rules
from compendium.errors import ReleaseError

_GRACE = 5.0  # seconds for making do with less where no time was left
_EASY = 3  # rounds in which most problems are solved
_ROUNDS, _NODES = 5, 50  # what the choice among equally cheap ones may take


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
        The number of cells that no safe choice can go below, of those to be shown.
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
    seconds: float = 60.0,
) -> Suppression:
    """The fewest cells to hide so that no small count can be derived.

    Among choices of as many cells the one that hides fewer people is taken.

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
    seconds
        How long the proof may take. After it a safe choice is made that is not proven to be the
        cheapest, which takes as long again at most.

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
    >>> from compendium.disclosure.rules import read_rules
    >>> cells = {"all": 40, "women": 38, "men": 2}
    >>> sorted(suppress(cells, [Sum("all", ("women", "men"))], read_rules()).hidden)
    ['men', 'women']

    A share of 38 in 40 whose rest stands in no table: the 2 are not to be derived either.

    >>> cells = {"all": 40, "in work": 38, "rest": 2}
    >>> sums = [Sum("all", ("in work", "rest"))]
    >>> sorted(suppress(cells, sums, read_rules(), public={"all"}, unshown={"rest"}).hidden)
    ['in work', 'rest']
    """
    ranges, names = ranges or {}, list(cells)
    for name in {*ranges, *public, *unshown} - cells.keys():
        raise ReleaseError(f"there is no cell {name} to suppress; give its count with the others")
    values = np.array([cells[name] for name in names], dtype=float)
    told = [ranges.get(name, (cells[name], cells[name])) for name in names]
    low, high = np.array(told, dtype=float).reshape(-1, 2).T
    is_public = np.isin(names, list(public))
    is_unshown = np.isin(names, list(unshown)) & ~is_public
    whole = Part(
        matrix=equations(names, sums),
        values=values,
        low=low,
        high=high,
        small=np.array([rules.is_small(cells[name]) for name in names], dtype=bool) & ~is_public,
        public=is_public,
        unshown=is_unshown,
        price=np.where(is_unshown, 0.0, 1.0),
        spread=rules.spread,
    )
    _check(whole, sums)
    hidden, proven, bound = is_unshown, True, 0.0
    end = time.monotonic() + seconds
    for rows, columns in components(whole.matrix, ~is_public):
        if whole.small[columns].any():
            choice, optimal, least = _solve(whole.cut(rows, columns), end - time.monotonic())
            hidden[columns] |= choice
            proven, bound = proven and optimal, bound + least
    named = np.array(names, dtype=object)
    return Suppression(frozenset(named[hidden]), frozenset(named[whole.small]), proven, bound)


def _check(whole: Part, sums: Sequence[Sum]) -> None:
    """Hold the counts against the sums; the sentence names cells and no count."""
    if (whole.values < 0).any() or (whole.values % 1).any():
        raise ReleaseError("a count is negative or no whole number; suppress counts of people")
    if ((whole.values < whole.low) | (whole.values > whole.high)).any():
        raise ReleaseError("a count lies outside its range; take ranges from class_of")
    if (wrong := np.flatnonzero(whole.matrix @ whole.values)).size:
        raise ReleaseError(
            f"{sums[wrong[0]].total} is not the sum of its parts; sums must be of true counts, "
            "before rounding, and a person counted twice or nowhere needs a cell of its own"
        )


def _solve(part: Part, seconds: float) -> tuple[Flags, bool, float]:
    """The cheapest safe choice, whether that is proven, and what none can cost less than."""
    audit, choices = Audit(part), Choices(part)
    choice, bound = part.forced, part.paid(part.forced)
    rounds, end = 0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        found = choices.cheapest(part.price, time_limit=left)
        if found is None:
            break
        choice = found > 0.5
        bound = part.paid(choice)
        if not (new := audit.cuts(choice)):
            return _smallest(audit, choices, choice, end), True, bound
        choices.add(new)
        choices.add([part.price], bound * (1 - 1e-9))  # no need to prove it again
        if (rounds := rounds + 1) == _EASY:
            _tighten(audit, choices, end)
    return _stepwise(audit, choice, seconds), False, bound


def _tighten(audit: Audit, choices: Choices, end: float) -> None:
    """Add what a choice must fulfil that may hide cells in part: quick to find, and saves much."""
    while time.monotonic() < end:
        weight = choices.relaxed(audit.part.price)
        new = [] if weight is None else audit.cuts_between(weight)
        if not new:
            return
        choices.add(new)


def _smallest(audit: Audit, choices: Choices, choice: Flags, end: float) -> Flags:
    """Among safe choices of the same cost the one that hides fewest people, if easily found.

    What it may take is counted and not timed, so that every machine makes the same choice.
    """
    part = audit.part
    choices.add([-part.price], -part.paid(choice) * (1 + 1e-9))
    for _ in range(_ROUNDS if time.monotonic() < end else 0):
        found = choices.cheapest(np.where(part.unshown, 0.0, part.values), node_limit=_NODES)
        if found is None:
            break
        if not (new := audit.cuts(found > 0.5)):
            return found > 0.5
        choices.add(new)
    return choice


def _stepwise(audit: Audit, choice: Flags, seconds: float) -> Flags:
    """A safe choice without proof: a way out for each small count, then what is not needed shown.

    Showing again ends after so many seconds; what is hidden then is safe as well.
    """
    part, end = audit.part, time.monotonic() + max(seconds, _GRACE)
    hidden = choice.copy()
    for cell in audit.narrow(hidden):
        hidden |= _way_out(part, hidden, cell)
    if audit.cuts(hidden, most=1):  # tables in whole numbers need more room than these
        hidden = ~part.public
        if audit.cuts(hidden, most=1):
            raise ReleaseError(HOPELESS)
    again = True
    while again:
        again = False
        order = np.argsort(-part.values, kind="stable")
        for cell in order[(hidden & ~part.forced)[order]].tolist():
            hidden[cell] = False
            if time.monotonic() > end or audit.cuts(hidden, most=1):
                hidden[cell] = True
            else:
                again = True
    return hidden


def _way_out(part: Part, hidden: Flags, cell: int) -> Flags:
    """Cells to hide so that one small count has a wide interval: two tables as cheap as can be.

    The tables differ from the true one by what goes up and what goes down; a unit costs the price
    of the cell unless that is hidden anyway.
    """
    price = np.where(hidden, 0.0, part.price)
    most = np.where(part.public, 0.0, np.r_[[part.most - part.values, part.values]])
    change = sparse.hstack([part.matrix, -part.matrix])
    apart = np.zeros((4, len(price)))
    apart[:, cell] = 1.0, -1.0, -1.0, 1.0
    found = linprog(
        np.tile(price, 4),
        A_eq=sparse.vstack([sparse.block_diag([change, change]), apart.reshape(1, -1)]).tocsr(),
        b_eq=np.append(np.zeros(2 * part.matrix.shape[0]), part.spread),
        bounds=np.column_stack([np.zeros(4 * len(price)), np.tile(most.ravel(), 2)]),
    )
    if found.status != 0:
        raise ReleaseError(HOPELESS)
    used: Flags = (found.x.reshape(4, -1) > 1e-6).any(axis=0) & ~part.public
    return used
