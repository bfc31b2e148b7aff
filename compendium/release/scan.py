"""The last search of all that is to leave, by the keys and names of the study itself.

A hit is told by file, place and kind, with the text around it masked: a key is never shown. The
search is weaker for keys that are short; `wanted` says how, and counts them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compendium.release.reading import Part, parts
from compendium.release.wanted import BREAK, Wanted

GRAVE = ("key", "short key", "name", "date of birth", "hidden number", "column of keys", "unread")
"""Kinds that stop a release; the others are told: path, user, host, CPR number."""


@dataclass(frozen=True, order=True)
class Found:
    """A hit: the file, the place in it, its kind, the text around it masked, and how many there."""

    file: str
    place: str
    kind: str
    excerpt: str = ""
    count: int = 1

    @property
    def grave(self) -> bool:
        """Whether it stops a release."""
        return self.kind in GRAVE

    def __str__(self) -> str:
        times = f" ({self.count} times)" if self.count > 1 else ""
        said = f": {self.excerpt}" if self.excerpt else ""
        return f"{self.file}, {self.place or 'content'}: {self.kind}{times}{said}"


@dataclass(frozen=True)
class Scan:
    """What a search found, and how much was read."""

    found: tuple[Found, ...]
    files: int
    characters: int

    @property
    def grave(self) -> tuple[Found, ...]:
        """The hits that stop a release."""
        return tuple(found for found in self.found if found.grave)


def search(files: Iterable[tuple[str, bytes]], wanted: Wanted) -> Scan:
    """Search files that are not yet on disk, as (name, bytes); hits are in order of places.

    Examples
    --------
    >>> page = b"<td>010170-<b>1234</b></td><td>5</td>"
    >>> for found in search([("a.html", page)], Wanted(["0101701234"])).found:
    ...     print(found)
    a.html, as seen, line 1: key: ••• #
    """
    found: list[Found] = []
    count = characters = 0
    for name, data in files:
        held = [Part("name of the file", name), *parts(name, data)]
        found += _of_file(wanted.masked(name), held, wanted)
        count += 1
        characters += sum(len(part.text) for part in held)
    return Scan(tuple(found), count, characters)


def _of_file(name: str, held: list[Part], wanted: Wanted) -> Iterator[Found]:
    """Yield a file's hits, those of a kind and a place as one."""
    starts, at = [], 0
    for part in held:
        starts.append(at)
        at += len(part.text) + len(BREAK)
    text = BREAK.join(part.text for part in held)
    hits = sorted(wanted.hits(text))
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], str] = {}
    loose = (hit for hit in wanted.warnings(text) if not _covered(hit, hits))
    for begin, end, kind in (*hits, *loose):
        number = bisect_right(starts, begin) - 1
        line = text.count("\n", starts[number], begin) + 1
        place = f"{held[number].place}, line {line}".lstrip(", ")
        key = ("" if kind == "CPR number" else place, kind)
        counts[key] += 1
        if key not in first:
            first[key] = _around(text, begin, end, hits)
    for (place, kind), excerpt in first.items():
        yield Found(name, wanted.masked(place), kind, excerpt, counts[place, kind])
    for part in held:
        if part.unread:
            yield Found(name, wanted.masked(part.place), "unread", part.unread)


def _covered(hit: tuple[int, int, str], by: list[tuple[int, int, str]]) -> bool:
    at = bisect_right(by, hit)
    return any(b <= hit[0] and hit[1] <= e for b, e, _ in by[max(0, at - 2) : at + 2])


def _around(text: str, begin: int, end: int, hits: list[tuple[int, int, str]]) -> str:
    """Return what stands around a hit, with every hit and every digit masked."""
    left = max(0, begin - 20, text.rfind(BREAK, 0, begin) + len(BREAK))
    right = end + 20
    inside = {(b, e) for b, e, _ in hits if b < right and e > left} | {(begin, end)}
    shown = list(text[left:right])
    for b, e in inside:
        for at in range(max(b, left), min(e, left + len(shown))):
            shown[at - left] = "•"
    plain = re.sub(r"\s+", " ", "".join(shown).partition(BREAK)[0])
    return re.sub(r"\d", "#", re.sub("•+", "•••", plain)).strip()
