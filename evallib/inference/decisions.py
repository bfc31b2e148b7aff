"""The rule that chooses among sentences, once for all of them.

An author writes a sentence for each thing a result may say; the interval, not the author, picks the
one that stands. An interval that holds zero is not "no difference": that is said only of one that
lies within a margin declared beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Literal, Protocol, TypeVar

Decision = Literal["higher", "lower", "none", "unclear"]
"""Above zero; below zero; no difference of practical size; cannot be told."""


class HasInterval(Protocol):
    """A number with an interval, such as an `Estimate`; limits may be missing."""

    @property
    def value(self) -> float:
        """The number itself."""

    @property
    def low(self) -> float | None:
        """The lower limit."""

    @property
    def high(self) -> float | None:
        """The upper limit."""


Interval = TypeVar("Interval", bound=HasInterval)


def decide(estimate: HasInterval, margin: float) -> Decision:
    """What an interval says about zero, given a difference too small to matter.

    Parameters
    ----------
    estimate
        Anything with `low` and `high` in the unit of the outcome.
    margin
        The difference of no practical size, positive, in the same unit.

    Returns
    -------
    Decision
        "none" where the whole interval lies within the margin, also when it leaves out zero; else
        "higher" or "lower" where it leaves out zero; else, or without an interval, "unclear".

    References
    ----------
    Schuirmann (1987): lying within the margin is the two one-sided tests of equivalence.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> [decide(SimpleNamespace(value=0.03, low=low, high=high), margin=0.05)
    ...  for low, high in [(0.01, 0.04), (0.01, 0.09), (-0.02, 0.09), (None, None)]]
    ['none', 'higher', 'unclear', 'unclear']
    """
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return "unclear"
    if -margin < low and high < margin:
        return "none"
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "unclear"


def direction(number: float | None, within: float = 0) -> Decision:
    """What an exact number, counted over everybody, says about zero.

    Parameters
    ----------
    number
        A difference; None or NaN where there is nothing to count.
    within
        The size below which it counts as none.

    Examples
    --------
    >>> direction(2), direction(-0.2), direction(0), direction(3, within=4), direction(None)
    ('higher', 'lower', 'none', 'none', 'unclear')
    """
    if number is None or isnan(number):
        return "unclear"
    if number == 0 or abs(number) < within:
        return "none"
    return "higher" if number > 0 else "lower"


def decisive(differences: Mapping[str, Interval], margin: float) -> tuple[str, Interval]:
    """The difference that decides whether there is any among several.

    Parameters
    ----------
    differences
        Differences by name, with intervals that hold jointly (`families`).
    margin
        The difference of no practical size.

    Returns
    -------
    tuple
        Name and estimate: among those that are "higher" or "lower" the largest; if there is none,
        the one whose interval reaches farthest from zero. So "no difference of practical size" is
        said of all only if every interval lies within the margin.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> near = SimpleNamespace(value=0.0, low=-0.01, high=0.01)
    >>> far = SimpleNamespace(value=0.2, low=0.1, high=0.3)
    >>> decisive({"near": near, "far": far}, 0.05)[0]
    'far'
    """
    clear = [n for n, e in differences.items() if decide(e, margin) in ("higher", "lower")]
    if clear:
        name = max(clear, key=lambda n: abs(differences[n].value))
    else:
        name = max(differences, key=lambda n: _reach(differences[n]))
    return name, differences[name]


def _reach(estimate: HasInterval) -> float:
    """How far from zero the interval reaches; without one, as far as can be."""
    if estimate.low is None or estimate.high is None:
        return float("inf")
    return max(-estimate.low, estimate.high)
