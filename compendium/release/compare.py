"""What two releases tell together that neither tells alone.

Who has both can subtract. If a number counts 250 and then 251 people, the difference is one person,
and every other number of the two releases is about that person.

What is refused, with `least` people behind whatever may be told (the site's threshold) and `base`
what counts are rounded to (1: not at all):

* A count that changed by fewer than `base + least - 1`. Rounded counts r and s stand for any counts
  within half a base of them, so the change behind |r - s| may be as small as |r - s| - base + 1. A
  count that moves from one class to the next is refused too: who knows that one person was added
  learns that the count stood at the edge of its class. Only where even the smallest change that
  fits is of `least` people may both be shown. Equal classes pass: then nothing is told but that
  both counts lie in the class.
* A share, by the people it counts (its k, else its value times its n) and by those it does not.
* A number whose population n changed so, whatever the number did: the difference of two means of
  250 and 251 people is that person's value.
* A number shown now that was hidden before, or the other way: the totals around it give it away.
* A number without a population that changed: nobody can tell by how many people. A checker may know
  (a model was changed), so it is marked as such.

What is not found: two different ids that differ by a person, such as a table of all units beside
one of all but one, released under another name. A checker sees these.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from compendium.errors import ReleaseError

MANIFESTS = ("manifest.json", "manifest.txt")
Reason = Literal["count", "population", "hidden", "cannot be told"]


@dataclass(frozen=True)
class Difference:
    """A number that may not be shown beside the one released earlier, and why."""

    id: str
    before: float | None
    now: float | None
    reason: Reason

    def __str__(self) -> str:
        return f"{self.id}: {self.before} before, {self.now} now ({self.reason})"


def compare_releases(
    previous: Path, now: Path | Mapping[str, Any], least: int = 5
) -> list[Difference]:
    """Return the numbers that two releases together would tell too much of.

    Parameters
    ----------
    previous
        The folder of the earlier release.
    now
        The folder of this one, or its manifest.
    least
        The smallest number of people a difference may be about.

    Returns
    -------
    list of Difference
        In order of ids; empty if both may be known.

    Raises
    ------
    ReleaseError
        If a folder holds no manifest.

    References
    ----------
    Hundepool et al., Statistical Disclosure Control (2012), 5.4.3: disclosure by differencing.
    """
    before = read_manifest(previous)["numbers"]
    after = (read_manifest(now) if isinstance(now, Path) else now)["numbers"]
    found = []
    for name in sorted(before.keys() & after.keys()):
        reason = _reason(before[name], after[name], least)
        if reason:
            found.append(Difference(name, before[name]["value"], after[name]["value"], reason))
    return found


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a release says of itself; ReleaseError if that is not there."""
    for name in MANIFESTS:
        if (folder / name).is_file():
            held: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
            return held
    raise ReleaseError(f"{folder} is no release: it holds neither {' nor '.join(MANIFESTS)}")


def _reason(before: Mapping[str, Any], now: Mapping[str, Any], least: int) -> Reason | None:
    value = before["value"], now["value"]
    if (value[0] is None) != (value[1] is None):
        return "hidden"
    base = max(int(before.get("base") or 1), int(now.get("base") or 1))
    if any(_close(before.get(part), now.get(part), base, least) for part in ("n", "k")):
        return "population"
    if value[0] == value[1]:
        return None
    if now["unit"] == "count":
        return "count" if _close(*value, base, least) else None
    old, new = _counted(before), _counted(now)
    if old is None or new is None:
        return "cannot be told"
    blurred = base + math.ceil(max(old[0] + old[1], new[0] + new[1]) / 1000)
    close = any(_close(*pair, blurred, least) for pair in zip(old, new, strict=True))
    return "count" if close else None


def _counted(number: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return how many people a share counts, and how many it does not, if that is known.

    Of a share shown to a tenth of a per cent the count is known to a thousandth of its people.
    """
    if number.get("n") is None or number["unit"] != "share":
        return None
    n, k = int(number["n"]), number.get("k")
    counted = round(number["value"] / 100 * n) if k is None else int(k)
    return counted, n - counted


def _close(before: float | None, now: float | None, base: int, least: int) -> bool:
    """Tell whether fewer than `least` people may be behind a change.

    >>> _close(250, 251, 1, 5), _close(250, 255, 1, 5)
    (True, False)
    >>> _close(250, 255, 5, 5), _close(250, 260, 5, 5)
    (True, False)
    """
    if before is None or now is None or before == now:
        return False
    return abs(now - before) < base + least - 1
