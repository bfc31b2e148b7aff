"""The rule that chooses among sentences, once for all of them.

An author writes a sentence for each thing a result may say; the test, not the author, picks the
one that stands. Comparisons that belong together are judged together (Holm), so that the best of
many does not look strong by itself, and a comparison shows the interval its test was made at. An
interval that holds zero is not "no difference": that is said only where a difference as large as a
margin declared beforehand can be ruled out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isnan
from typing import Literal, Protocol

import numpy as np

from evallib.errors import EstimationError
from evallib.inference.cr2 import FloatArray
from evallib.inference.estimate import Estimate
from evallib.inference.families import Joint

Decision = Literal["higher", "lower", "none", "unclear"]
"""Above zero; below zero; no difference of practical size; cannot be told."""
Step = tuple[float, float]
SIZE = 0.05
"""How often "no difference of practical size" may be said of one as large as the margin."""
_TIE = 1e-9  # relative size of rounding: a p-value of 1/20 is no more than 1 - 0.95, and so for .9


class Comparison(Protocol):
    """A comparison with zero: an `Estimate`, a `Permutation` or several together (`Joint`)."""

    @property
    def level(self) -> float:
        """Nominal coverage of its interval."""

    def p_value(self) -> float:
        """Of the hypothesis that there is no difference; NaN if it cannot be tested."""

    def equivalence(self, margin: float) -> float:
        """Of the hypothesis that the difference is `margin` or more."""

    def at(self, level: float) -> Estimate:
        """The difference with an interval of that coverage."""


@dataclass(frozen=True)
class Verdict(Estimate):
    """A comparison and what may be said of it.

    `low` and `high` are the interval of the test that decides, `level` its coverage before, and
    `comparisons` how many it allows for. `p` is Holm's adjusted p-value of no difference, `equal`
    that of a difference of the `margin` or more, `raw` the p-value by itself.
    """

    decision: Decision = "unclear"
    margin: float = 0.0
    raw: float = float("nan")
    p: float = float("nan")
    equal: float = float("nan")
    comparisons: int = 1


def decide(test: Comparison, margin: float) -> Verdict:
    r"""What one comparison that stands alone says about zero: see `verdicts`.

    Parameters
    ----------
    test
        The comparison: an `Estimate`, a `Permutation` or several as one.
    margin
        The difference of no practical size, 0 or more, in the unit of the outcome.

    Returns
    -------
    Verdict
        With its decision: "higher", "lower", "none" or "unclear".

    Raises
    ------
    EstimationError
        The margin is negative or none.

    Notes
    -----
    As `verdicts` of one comparison, whose p-value is adjusted for nothing: $\tilde p = p$.

    Assumes what `verdicts` does, and that no other comparison belongs with it.

    References
    ----------
    Schuirmann (1987).

    Examples
    --------
    >>> from evallib.inference.estimate import t_estimate
    >>> tests = [t_estimate(value, 0.02, 20, n=900, clusters=22, level=0.95, method="")
    ...          for value in (0.01, 0.06, 0.04)]
    >>> [decide(test, margin=0.05).decision for test in tests]
    ['none', 'higher', 'unclear']
    """
    return verdicts({"": test}, margin)[""]


def verdicts(
    tests: Mapping[str, Comparison], margin: float, comparisons: int | None = None
) -> dict[str, Verdict]:
    r"""What comparisons that belong together say about zero.

    Parameters
    ----------
    tests
        The comparisons by name.
    margin
        The difference of no practical size, 0 or more, in the unit of the outcome.
    comparisons
        How many were declared, where some of them were not made: these count as having shown
        nothing.

    Returns
    -------
    dict
        A `Verdict` by name: "none" where two one-sided tests at 5 per cent, adjusted, rule out a
        difference as large as the margin, also if it is not zero; else "higher" or "lower" where
        the adjusted p-value is 1 - level or less; else "unclear". The interval is at the level at
        which Holm judged the comparison, and at Bonferroni's where it did not reject: it leaves out
        zero exactly where the adjusted p-value is 1 - level or less, but for "none" it is that of
        the one-sided tests and lies within the margin. Each holds its own truth at its
        own level or better, which is 90 per cent for "none"; all together they need not.

    Raises
    ------
    EstimationError
        The margin is negative or none, or there are more tests than were declared.

    Notes
    -----
    Holm's adjusted p-value of the j-th smallest of m is

    $$\tilde p_{(j)} = \max_{i \le j} \min\left(1, (m - i + 1)\, p_{(i)}\right).$$

    "higher" and "lower" need $\tilde p \le 1 - \mathrm{level}$. "none" needs that two one-sided
    tests of $|\delta| \ge$ `margin`, so adjusted, have $p < 0.05$.

    Assumes that each comparison's own p-value is right, that the family and the margin were
    declared before the data were seen, and nothing of how the comparisons hang together.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure. Schuirmann (1987), A
    comparison of the two one-sided tests procedure.

    Examples
    --------
    >>> from evallib.inference.estimate import t_estimate
    >>> made = {name: t_estimate(value, 0.02, 20, n=900, clusters=22, level=0.95, method="")
    ...         for name, value in {"first": 0.07, "second": 0.01, "third": 0.04}.items()}
    >>> {name: verdict.decision for name, verdict in verdicts(made, margin=0.07).items()}
    {'first': 'higher', 'second': 'none', 'third': 'unclear'}
    """
    if not margin >= 0:
        raise EstimationError(f"margin is {margin}; give a size of 0 or more.")
    count = len(tests) if comparisons is None else comparisons
    if count < len(tests):
        raise EstimationError(
            f"{len(tests)} tests of {count} declared comparisons; declare each before it is made."
        )
    raw = [test.p_value() for test in tests.values()]
    apart = _steps(raw, count)
    equal = _steps([test.equivalence(margin) for test in tests.values()], count)
    found = zip(tests.values(), apart, equal, raw, strict=True)
    judged = [
        replace(_verdict(test, margin, one, other, count), raw=p, comparisons=count)
        for test, one, other, p in found
    ]
    return dict(zip(tests, judged, strict=True))


def _verdict(test: Comparison, margin: float, apart: Step, equal: Step, count: int) -> Verdict:
    (p, times), (p_equal, times_equal), size = apart, equal, 1 - test.level
    alike, unlike = p_equal < SIZE, p <= size * (1 + _TIE)
    if alike:  # that all are small takes no adjustment: each of several must be by itself
        each = test.decisive if isinstance(test, Joint) else test
        shown = each.at(1 - 2 * SIZE / times_equal)
    else:
        shown = test.at(1 - size / (times if unlike else count))
    decision: Decision = "none" if alike else "unclear"
    if unlike and not alike:
        decision = "higher" if shown.value > 0 else "lower"
    given = {f.name: getattr(shown, f.name) for f in fields(Estimate)}
    given["level"] = 1 - 2 * SIZE if alike else test.level
    return Verdict(**given, decision=decision, margin=margin, p=p, equal=p_equal)


def _steps(p_values: Sequence[float], count: int) -> list[Step]:
    """Holm's adjusted p-value of each, and how many times its own it is before it is cut at 1."""
    p = np.array([1.0 if isnan(value) else value for value in p_values])
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate((count - np.arange(len(p))) * p[order])
    least = count - np.arange(len(p))
    times = np.where(p[order] > 0, raised / np.where(p[order] > 0, p[order], 1), least)
    steps: FloatArray = np.empty((len(p), 2))
    steps[order, 0], steps[order, 1] = np.minimum(raised, 1), times
    return [(float(adjusted), float(step)) for adjusted, step in steps]


def direction(number: float | None, within: float = 0) -> Decision:
    """What an exact number, counted over everybody, says about zero.

    Parameters
    ----------
    number
        A difference; None or NaN where there is nothing to count.
    within
        The size below which it counts as none.

    Returns
    -------
    str
        "higher", "lower", "none", or "unclear" where there is nothing to count.

    References
    ----------
    A sentence's rule for full counts: they have no sampling error, so that there is no test.

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
