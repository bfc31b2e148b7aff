"""What of a chapter's numbers may be seen: all, or what the rules of release leave of them.

In an ordinary run nothing is changed. In one whose results may leave a secure site every number
passes here when it is recorded or set in a table, before a sentence, a caption, a drawing or an
alternative text is made of it; and whatever an exhibit then holds is held against what has passed.
So a number that was forgotten stops the chapter instead of leaving with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.chapter.catalogue import vocabulary
from compendium.chapter.codebook import row_of
from compendium.chapter.formatting import WORDED
from compendium.disclosure.numbers import hidden, released
from compendium.disclosure.parts import FREE, PARTS, is_number, key_of, payloads_in
from compendium.disclosure.rules import Rules, read_rules
from compendium.errors import ExhibitError
from evallib.settings import project, settings

if TYPE_CHECKING:
    import pandas as pd

_DIGIT = re.compile(r"(?<![^\W_])\d")  # of a number, not of a name such as CR2
_UNREAD = {
    "kind", "id", "unit", "basis", "rule", "hidden", "of", "within", "decision", "function",
    "place", "cell", "cell_id", "svg", "png", "narrow", "data",
}  # fmt: skip
"""Parts of a payload that no reader is shown as a text."""
_PASSED: set[float] = set()
_PLACES: set[float] = set()
_POINTS: set[tuple[float, float]] = set()
_ASK = (
    "record it and show what `record` gives back, or say what it counts, as in "
    "number(3, “count”, of=“public”)"
)


@cache
def rules() -> Rules | None:
    """Return the rules of release of this run, None if nothing of it is to leave."""
    return read_rules() if settings().get("release") else None


@cache
def counts_of(value_id: str) -> str:
    """Return what a recorded number counts, by the codebook; people where it does not say."""
    row, _ = row_of(value_id)
    return (row.counts if row else "") or "people"


def seen(payload: Mapping[str, Any], counts: str) -> dict[str, Any]:
    """Return a number's payload as it may be seen, and remember that it was."""
    law = rules()
    if law is None:
        return dict(payload)
    told = released(payload, counts, law)
    if payload.get("id") in _withheld():
        told = hidden(told, "derivable")
    remember(told)
    return told


def remember(payload: Mapping[str, Any], *places: float) -> None:
    """Note that a payload's numbers have passed, and at which places of a drawing they stand."""
    given = [payload[part] for part in PARTS if is_number(payload.get(part))]
    found = {*map(key_of, given)}
    if payload.get("unit") in ("share", "points"):
        found |= {key_of(100 * number) for number in given}  # as an axis in per cent has it
    _PASSED.update(found)
    _PLACES.update(map(key_of, places))
    _POINTS.update(product(map(key_of, places), found))


def frame_seen(
    frame: pd.DataFrame,
    points: Iterable[Any],
    column: str,
    keys: Iterable[str],
    parts: Mapping[str, str],
) -> pd.DataFrame:
    """Return a recorded frame with what may be seen: its keys and words, and the released numbers.

    `points` are the released values in the frame's order, `column` the one they are of, and `parts`
    names the columns of what else is known of each.
    """
    import pandas as pd

    if rules() is None:
        return frame
    given, named = list(points), [key for key in keys if key in frame]
    words = [
        key for key in frame if frame[key].map(lambda cell: isinstance(cell, (str, bool))).all()
    ]
    kept = frame[[key for key in frame if key in {*named, *words}]]
    for part, name in {"value": column, **parts}.items():
        kept = kept.assign(**{name: pd.to_numeric([_part(point, part) for point in given])})
    for row, point in zip(kept.to_dict("records"), given, strict=True):
        places = [row[key] for key in named if is_number(row[key])]
        remember(vars(point), *places)
        remember({"value": row[parts["k"]]} if "k" in parts else {}, *places)
    return kept


def _part(point: Any, part: str) -> Any:
    """Return a part of a released value; how many are counted follows from it and from n."""
    if part == "k":
        known = point.value is not None and point.n is not None
        return round(point.value * point.n) if known and point.unit == "share" else None
    return getattr(point, part)


def cell(number: Any, shown: Mapping[str, Any], counts: str) -> Any:
    """Return a bare number of a table as it may be seen: one that has passed before, as it is."""
    if not is_number(number) or shown["unit"] in WORDED or counts != "people":
        return number
    if shown["unit"] != "count" and passed(number):  # a rounded count is rounded to itself
        return {"value": number, "rule": "passed"}
    return seen({"value": number, **shown}, counts)


def hold_frame(frame: pd.DataFrame | None, what: str) -> None:
    """Raise ExhibitError for a number in the data of a drawing that has not passed."""
    if rules() is None or frame is None:
        return
    for column in frame:
        for item in frame[column]:
            if is_number(item) and not (passed(item) or is_place(item)):
                raise ExhibitError(
                    f"{what}: a number of column `{column}` has not passed the gate; {_ASK}"
                )


def hold(payload: Any, what: str, *, drawn: bool = False) -> None:
    """Raise ExhibitError for a number in an exhibit's texts and cells that has not passed.

    Of texts that a chart made of what was drawn, numbers and places that have passed will do; any
    other number must be a recorded one, or say what it counts.
    """
    if rules() is None or (isinstance(payload, Mapping) and payload.get("of") in FREE):
        return
    for words in _texts_in(payload):
        if _DIGIT.search(words) and not _is_known(words):
            raise ExhibitError(f"{what}: “{words[:60]}” holds a digit that nobody recorded; {_ASK}")
    for item in payloads_in(payload):
        number: Any = item.get("value")
        if not is_number(number) or item.get("unit") in WORDED or "rule" in item:
            continue  # no number, or one that says which rule it passed
        if not (drawn and (passed(number) or is_place(number))):
            raise ExhibitError(f"{what}: a number in it has not passed the gate; {_ASK}")


def passed(number: float) -> bool:
    """Tell whether a number has passed."""
    return key_of(number) in _PASSED


def passed_at(number: float, place: float) -> bool:
    """Tell whether a number has passed as that of a place, such as a month."""
    return (key_of(place), key_of(number)) in _POINTS


def is_place(number: float) -> bool:
    """Tell whether a number is one by which recorded numbers are found, such as a month."""
    return key_of(number) in _PLACES


def add_up(numbers: Iterable[float], place: float, start: float = 0.0) -> None:
    """Note the sums of released numbers up to each, as parts lie on each other at a place."""
    total = start
    for number in numbers:
        if rules() is None or (number and not passed(number)):
            return
        remember({"value": total}, place)
        total += number
        remember({"value": total}, place)


def _texts_in(node: Any) -> Iterable[str]:
    """Yield the texts below a node that a reader is shown, but for those of recorded values."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for key, item in node.items():
            if key not in _UNREAD:
                yield from _texts_in(item)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _texts_in(item)


def _is_known(words: str) -> bool:
    """Tell whether a text stands in a catalogue or in data/: it was typed, and not computed."""
    from compendium.chapter.display import chapter_translator

    if not settings().get("root"):
        return False
    return words in vocabulary(project(), "da") or chapter_translator("da").find(words) is not None


@cache
def _withheld() -> frozenset[str]:
    """Return the ids left out because others would be derived from them."""
    import json

    path = settings().get("withheld")
    return frozenset(json.loads(Path(path).read_text("utf-8"))) if path else frozenset()
