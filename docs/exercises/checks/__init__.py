"""Checks of the exercises: each says what is wrong with an answer, and what to think about.

A check is a function of the answers to one task. It yields pairs, a condition and what to say if it
does not hold, from the plainest to the finest; the first that fails is told. Its docstring is told
when all hold. An answer that is still `...` has not been given. Right answers are reckoned here
another way than a student would, so that reading on teaches something too.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

Rules = Iterator[tuple[bool, str]]


def check(rules: Callable[..., Rules]) -> Callable[..., None]:
    """Make rules a check that tells its outcome and never raises."""

    @wraps(rules)
    def told(*given: Any) -> None:
        if any(answer is ... for answer in given):
            print("… Not answered yet.")
            return
        try:
            wrong = next((what for holds, what in rules(*given) if not holds), None)
        except Exception as error:  # noqa: BLE001 - an answer can be anything
            wrong = f"this is not of the kind asked for ({type(error).__name__}: {error})."
        print(f"✘ Not yet: {wrong}" if wrong else f"✔ Right. {' '.join(rules.__doc__.split())}")

    return told


def near(given: Any, right: Any, within: float = 0.0005) -> bool:
    """Tell whether numbers agree, in order."""
    given, right = np.asarray(given, dtype=float), np.asarray(right, dtype=float)
    return given.shape == right.shape and bool(np.allclose(given, right, atol=within, rtol=0))


def one_of(given: Any, wrong: dict[str, str]) -> Rules:
    """Yield the rules of a question with one right choice; `wrong` says why the others are not."""
    yield isinstance(given, str), "answer with a letter in quotes."
    yield given not in wrong, wrong.get(given, "")
    yield given in ("a", "b", "c"), "choose one of the letters: a, b or c."
