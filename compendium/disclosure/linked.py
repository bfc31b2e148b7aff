"""Which recorded numbers are left out because others, rounded as they are, would tell them.

A count that is rounded may still be derived from the totals it is part of, in this table or in
another chapter's. So the counts of a whole study are one problem: everything that was recorded,
linked by the sums that `data/rules/sums.csv` declares and by the rest of every share, is given to
the attacker, and what it finds too closely is left out, with the fewest others that protect it.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compendium.disclosure.attack import Sum
from compendium.disclosure.rounding import class_of
from compendium.disclosure.rules import Rules
from compendium.disclosure.suppression import Suppression, suppress
from compendium.errors import ReleaseError

FILE = Path(__file__).resolve().parents[2] / "data" / "rules" / "sums.csv"
PEOPLE, REST = ".people", ".rest"
_ANY = r"[^.]+"

Values = Mapping[str, Mapping[str, Any]]


@dataclass
class Cells:
    """The counts behind recorded numbers, by id, and the sums that link them.

    A share has three: those who have what is counted under its own id, all it is a share of
    (`.people`) and the others (`.rest`), who stand in no table.
    """

    counts: dict[str, int] = field(default_factory=dict)
    rests: set[str] = field(default_factory=set)
    sums: list[Sum] = field(default_factory=list)

    @classmethod
    def of(cls, values: Values, counts: Callable[[str], str]) -> Cells:
        """Collect the counts of people among recorded numbers; `counts` tells what each counts."""
        made = cls()
        for name, payload in values.items():
            number, unit = payload.get("value"), payload.get("unit")
            if number is None or counts(name) != "people":
                continue
            if unit == "count" and float(number) >= 0:
                made.counts[name] = round(number)
            elif unit == "share" and payload.get("k") is not None:
                k, n = payload["k"], payload["n"]
                if 0 <= k <= n:
                    made.counts |= {name: k, name + PEOPLE: n, name + REST: n - k}
                    made.rests.add(name + REST)
                    made.sums.append(Sum(name + PEOPLE, (name, name + REST)))
        return made


def left_out(values: Values, counts: Callable[[str], str], rules: Rules) -> Suppression:
    """Return the recorded numbers that are left out, by id.

    Parameters
    ----------
    values
        What all chapters recorded, exact: payloads by id.
    counts
        What the number of an id counts.
    rules
        The rules of the site.

    Returns
    -------
    Suppression
        `hidden` are the ids, a share's also where the people behind it or the rest is what must not
        be told.

    Raises
    ------
    ReleaseError
        A declared sum is no pattern.
    """
    cells = Cells.of(values, counts)
    cells.sums += [one for one in declared(cells.counts) if _holds(one, cells.counts)]
    ranges = {
        name: class_of(count, rules) for name, count in cells.counts.items()
        if name not in cells.rests
    }  # fmt: skip
    found = suppress(cells.counts, cells.sums, rules, ranges=ranges, unshown=cells.rests)
    whole = {name.removesuffix(PEOPLE).removesuffix(REST) for name in found.hidden - cells.rests}
    return Suppression(frozenset(whole), found.small, found.proven, found.bound)


def declared(names: Mapping[str, int], path: Path = FILE) -> Iterator[Sum]:
    """Yield the sums that a file declares, of the counts that there are.

    In an id {r} stands for the same in total and parts, {*} for anything.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        totals, parts = _pattern(row["total"]), _pattern(row["parts"])
        groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in names:
            if found := parts.fullmatch(name):
                groups[found.groups()].append(name)
        for name in names:
            if (found := totals.fullmatch(name)) and (of := groups.get(found.groups())):
                yield Sum(name, tuple(of))


def _pattern(text: str) -> re.Pattern[str]:
    """Return the expression of ids with {names} in them; each name is a group."""
    try:
        pieces = re.split(r"\{([a-z*]+)\}", text)
        made = [
            re.escape(piece) if place % 2 == 0 else _ANY if piece == "*" else f"({_ANY})"
            for place, piece in enumerate(pieces)
        ]
        return re.compile("".join(made))
    except re.error as error:
        raise ReleaseError(f"{FILE.name}: `{text}` is no pattern of ids: {error}") from error


def _holds(one: Sum, counts: Mapping[str, int]) -> bool:
    """Tell whether a sum holds in this study: what does not hold tells nobody anything."""
    return counts[one.total] == sum(counts[part] for part in one.parts)
