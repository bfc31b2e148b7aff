"""The numbers an exhibit holds, wherever they stand in it, and how one is known again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import isfinite
from typing import Any

PARTS = ("value", "low", "high", "n", "clusters", "level", "comparisons", "margin")
"""Parts of a payload that are numbers a reader is shown."""
FREE = ("units", "public")
"""What may be told of exactly: no people, or known to everybody."""


def is_number(item: Any) -> bool:
    """Tell whether an item of an exhibit is a number, of Python's or of numpy's."""
    return not isinstance(item, bool) and hasattr(item, "__float__") and isfinite(float(item))


def key_of(number: Any) -> float:
    """Return a number with the digits by which one is known again."""
    return float(f"{float(number):.9g}")


def payloads_in(node: Any, apart: Collection[str] = ()) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping at and below a node of an exhibit, but for what lies under `apart`.

    >>> [one["n"] for one in payloads_in({"n": 1, "rows": [{"n": 2}], "data": {"n": 3}}, {"data"})]
    [1, 2]
    """
    if isinstance(node, Mapping):
        yield node
        for key, item in node.items():
            if key not in apart:
                yield from payloads_in(item, apart)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from payloads_in(item, apart)
