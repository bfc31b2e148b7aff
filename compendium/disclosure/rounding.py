"""Rounding of counts before anything is made of them.

A count is shown as the middle of its class, and a share as the quotient of two rounded counts, so
that no number derived from them knows more than they do. The classes are the same for every count
of a release: rounding anew, or rounding a rounded number, gives the same number and no second
reading to compare.

With threshold t the classes hold w counts, the least even number above t: 1..w, w+1..2w, ... Zero
joins the first class unless the rules say that zeros are public. Where the total is public the
complement is known as closely as the count, so the classes are cut off at the total and the last
holds no fewer counts than the others.

References
----------
OpenSAFELY, Updated disclosure control guidance: midpoint 6 rounding (there 0 stays 0).
Hundepool et al. (2012), Statistical Disclosure Control, 5.4 (conventional rounding is deterministic
and leaves totals that do not add up; `compendium.disclosure.attack` says what that gives away).
"""

from __future__ import annotations

from compendium.disclosure.rules import Rules
from compendium.errors import ReleaseError


def class_of(count: int, rules: Rules, total: int | None = None) -> tuple[int, int]:
    """What is known of a count that is shown rounded: the least and the greatest it may be.

    Parameters
    ----------
    count
        People: the true count or the rounded one, which lies in the same class.
    rules
        The rules of release.
    total
        The number of people the count is a part of, if that is public. None: nobody knows it
        exactly.

    Returns
    -------
    tuple
        The least and the greatest count of the class.

    Raises
    ------
    ReleaseError
        The count is negative or above the total.

    Examples
    --------
    >>> from compendium.disclosure.rules import read_rules
    >>> rules = read_rules()
    >>> class_of(0, rules), class_of(6, rules), class_of(7, rules)
    ((0, 6), (0, 6), (7, 12))
    >>> class_of(100, rules, total=100), class_of(90, rules, total=100)
    ((91, 100), (85, 90))
    """
    if count < 0 or (total is not None and count > total):
        raise ReleaseError("a count to be rounded is negative or above its total; check the sums")
    if rules.zeros_public and count in {0, total}:
        return count, count
    width, first = rules.width, int(rules.zeros_public)
    step = max(count - 1, 0) // width
    low, high = step * width + 1 if step else first, (step + 1) * width
    if total is None or not rules.complements:
        return low, high if total is None else min(high, total)
    last = total - first
    steps = max(last // width - 1, 0)  # classes before the last one
    return (low, high) if step < steps else (steps * width + 1 if steps else first, last)


def round_count(count: int, rules: Rules, total: int | None = None) -> int:
    """A count as it may be shown: the middle of its class, the lower of two.

    Parameters and errors are those of `class_of`. A public count is not rounded at all.

    Examples
    --------
    >>> from compendium.disclosure.rules import read_rules
    >>> [round_count(count, read_rules()) for count in (0, 1, 6, 7, 12, 13)]
    [3, 3, 3, 9, 9, 15]
    """
    low, high = class_of(count, rules, total)
    return (low + high) // 2


def round_share(
    count: int, total: int, rules: Rules, *, public_total: bool = False
) -> tuple[int, int]:
    """Numerator and denominator of a share, rounded together; the share is their quotient.

    Equal numbers do not say that everybody is counted: of those who are not there may then be from
    0 to at least the threshold, as the two counts lie in one class.

    Parameters
    ----------
    count
        People who are counted.
    total
        People they are a part of.
    rules
        The rules of release.
    public_total
        Whether everybody may know the total, which then stays as it is.

    Returns
    -------
    tuple
        The two numbers to be shown, the first no larger than the second.

    Raises
    ------
    ReleaseError
        The count is negative or above the total.

    Examples
    --------
    >>> from compendium.disclosure.rules import read_rules
    >>> round_share(98, 100, read_rules()), round_share(100, 100, read_rules())
    ((99, 99), (99, 99))
    >>> round_share(98, 100, read_rules(), public_total=True)
    (95, 100)
    """
    class_of(count, rules, total)  # holds the two against each other
    if public_total:
        return round_count(count, rules, total), total
    return round_count(count, rules), round_count(total, rules)
