"""Holds what a chapter would show against what may be seen, once more and from the outside.

The chapter's own kernel has let every number through a gate. Whoever writes the chapter writes
what runs there, so the build does not take its word: from the exact numbers it computes again what
may be seen of each, and looks for every other number of an exhibit among those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import Any

from compendium.disclosure.numbers import hidden, released
from compendium.disclosure.parts import FREE, PARTS, is_number, key_of, payloads_in
from compendium.disclosure.rules import Rules

_SHOWN = ("value", "low", "high", "n", "hidden")
_ASK = "record it and show what `record` gives back"
_SAME = "have the chapter record the same each time it runs, by `record` or `value`"
_RULES = ("rounded", "mean", "difference")
_WORDED = ("text", "name", "date", "month", "year", "message")
_DRAWINGS = ("svg", "png", "narrow", "columns")

Values = Mapping[str, Mapping[str, Any]]


class Audit:
    """What may be seen of a study.

    Parameters
    ----------
    exact
        Everything that was recorded, exact: payloads by id.
    withheld
        The ids that are left out because others would tell them.
    counts
        What the number of an id counts.
    rules
        The rules of the site.
    """

    def __init__(
        self, exact: Values, withheld: Collection[str], counts: Callable[[str], str], rules: Rules
    ) -> None:
        self.seen = {
            name: hidden(told, "derivable") if name in withheld else told
            for name, payload in exact.items()
            for told in [released({"id": name, **payload}, counts(name), rules)]
        }
        self.numbers = {n for payload in self.seen.values() for n in _numbers(payload)}
        self.rules = rules

    def fault(self, payload: Mapping[str, Any]) -> str:
        """Return what an exhibit shows that may not be seen; empty if nothing."""
        if payload["kind"] in ("table", "figure"):
            found = () if payload.get("of") in FREE else self._others(payload)
        else:
            points = payload["values"] if "values" in payload and "value" not in payload else {}
            told = [payload.get("text"), payload.get("values")] if not points else []
            found = chain(self._points(points or {payload["id"]: payload}), self._others(told))
        return next(iter(found), "")

    def mark(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the rules did to an exhibit, for the list of a release.

        `rules` that its numbers passed by, how many are `hidden` and `why`, the `least` people
        behind one, and the `base` its counts are rounded to.
        """
        found = [*payloads_in(payload, _DRAWINGS), {"rule": payload.get("of", "none")}]
        sizes = [one["n"] for one in found if one.get("rule") in _RULES and one.get("n")]
        hidden_by = [one["hidden"] for one in found if one.get("hidden")]
        rules = {one["rule"] for one in found if "rule" in one} - {"none"} or {"none"}
        return {
            "rules": sorted(rules),
            "hidden": len(hidden_by),
            "why": sorted(set(hidden_by)),
            "least": min(sizes, default=None),
            "base": self.rules.width if "rounded" in rules else None,
        }

    def _points(self, points: Values) -> Iterator[str]:
        """Yield how recorded numbers are not as they may be seen."""
        for name, shown in points.items():
            if name not in self.seen:
                yield f"`{name}` was not recorded when all numbers were held together; {_SAME}"
            elif self.seen[name].get("rule") == "recorded":
                continue  # made of numbers that may be seen, where these were made of exact ones
            elif any(not _same(shown.get(part), self.seen[name].get(part)) for part in _SHOWN):
                yield f"`{name}` is not the number that may be seen of it; {_SAME}"

    def _others(self, node: Any) -> Iterator[str]:
        """Yield what of an exhibit's cells, texts and data is no number that may be seen."""
        if isinstance(node, list):
            for item in node:
                yield from self._others(item)
        if not isinstance(node, Mapping):
            return
        if is_number(node.get("value")) and node.get("unit") not in _WORDED:
            yield from self._number(node)
            return
        for key, item in node.items():
            if key == "data":
                yield from self._drawn(item)
            elif key not in _DRAWINGS:
                yield from self._others(item)

    def _number(self, node: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is wrong with a number that stands in a cell or a text."""
        known = self.seen.get(node.get("id", ""), {}).get("rule") == "recorded"
        if node.get("rule") in FREE or known or self._known(node["value"]):
            return
        if node.get("rule") in _RULES:
            again = released(node, "people", self.rules)
            if _same(again["value"], node["value"]) and _same(again.get("n"), node.get("n")):
                return
        yield f"a number in it is none of those that may be seen; {_ASK}"

    def _drawn(self, data: Mapping[str, Any]) -> Iterator[str]:
        """Yield the columns of what was drawn with a number that may not be seen."""
        for place, name in enumerate(data["columns"]):
            numbers = [row[place] for row in data["rows"] if is_number(row[place])]
            if not (all(map(self._known, numbers)) or _counts_on(numbers)):
                yield f"column `{name}` of what it draws has a number that may not be seen; {_ASK}"

    def _known(self, number: float) -> bool:
        return key_of(number) in self.numbers


def _counts_on(numbers: Collection[float]) -> bool:
    """Tell whether numbers are places, such as months, that follow each other without a gap."""
    places = sorted(set(numbers))
    return places == [places[0] + step for step in range(len(places))] if len(places) > 1 else False


def _numbers(payload: Mapping[str, Any]) -> set[float]:
    found = {float(payload[part]) for part in PARTS if is_number(payload.get(part))}
    if payload.get("unit") == "share" and is_number(payload.get("n")):
        found.add(round(payload["value"] * payload["n"]))
    return {key_of(number) for number in found} | {key_of(100 * number) for number in found}


def _same(one: Any, other: Any) -> bool:
    if is_number(one) and is_number(other):
        return key_of(one) == key_of(other)
    return (one or None) == (other or None)
