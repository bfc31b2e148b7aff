"""What a published claim is, and when a list of them can be trusted.

Verdicts are only as good as the list they are given: a claim without a page, in one language, or
answered by a value nobody computes would be passed over in silence. So every row is read strictly,
and all faults are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from compendium.errors import CompendiumError

Kind = Literal["number", "count", "percent", "date", "direction", "null", "text"]
Basis = Literal["study", "definition", "narrative"]
Unit = Literal["count", "percent", "points", "hours", "months", "score", "number", "date", "text"]

LOST = "lost"
"""The value of a claim the available pages announce but do not hold."""

_RANGE = re.compile(r"(-?[\d.]+)\.\.(-?[\d.]+)")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?|-W\d{2})?")
_PLACES = {
    "{r}": r"\d+",
    "{k}": r"\d{1,2}",
    "{rank}": r"\d{2}",
    "{pair}": r"\d+v\d+",
    "{item}": "[a-z0-9_]+",
}


class ClaimError(CompendiumError):
    """The claims break their format, or a chapter answers one with another kind of thing."""


@dataclass(frozen=True)
class Claim:
    """One printed statement.

    `value` is as printed: a number or a range `low..high` in `unit`, an ISO date, `higher`,
    `lower`, `none`, or `lost`. `rounding` is the unit of its last printed digit, `page` that of the
    PDF (none where a work has no pages: then `section` says where it stands), `value_id` the id of
    the recorded value that answers it, or two ids to compare, `a vs b`. `basis` says whether the
    study's tables are needed, the definitions alone, or neither.
    """

    id: str
    page: int | None
    section: str
    chapter: int
    statement_da: str
    statement_en: str
    kind: Kind
    value: str
    unit: Unit
    rounding: float
    calibrated: bool
    basis: Basis
    route: int | None
    value_id: str
    contradicts: tuple[str, ...]
    note_da: str
    note_en: str

    @property
    def answers(self) -> tuple[str, ...]:
        """The ids of the recorded values that answer it: none, one, or the two of `a vs b`."""
        return tuple(self.value_id.split(" vs ")) if self.value_id else ()

    @property
    def limits(self) -> tuple[float, float]:
        """The least and highest number the printed value allows; equal unless it is a range."""
        match = _RANGE.fullmatch(self.value)
        low, high = match.groups() if match else (self.value, self.value)
        return float(low), float(high)


COLUMNS = tuple(Claim.__dataclass_fields__)


def _among(*options: str) -> tuple[Callable[[str], Any], str]:
    return {option: option for option in options}.__getitem__, f"one of {', '.join(options)}"


def _whole(text: str) -> int | None:
    return int(text) if text else None


_CELLS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "calibrated": ({"yes": True, "no": False}.__getitem__, "one of yes, no"),
    "page": (_whole, "a whole number"),
    "chapter": (int, "a whole number"),
    "kind": _among(*get_args(Kind)),
    "unit": _among(*get_args(Unit)),
    "rounding": (lambda text: float(text or 0), "a number"),
    "basis": _among(*get_args(Basis)),
    "route": (_whole, "a whole number"),
}
"""How a cell that is no text is read, and what to write where that fails."""


def scale(printed: str, recorded: str) -> float | None:
    """Return the factor from a recorded number to the printed one; None if the units do not fit.

    >>> scale("percent", "share"), scale("hours", "hours"), scale("hours", "count")
    (100.0, 1.0, None)
    """
    if printed in ("percent", "points") and recorded in ("share", "points"):
        return 100.0
    return 1.0 if printed == recorded else None


def parse(
    rows: Sequence[Mapping[str, str]], value_ids: Sequence[Mapping[str, str]], pages: int = 0
) -> tuple[Claim, ...]:
    """Make claims of the rows of claims.csv; a `ClaimError` lists every fault at once.

    `value_ids` are the rows of value_ids.csv: pattern, unit, meaning. `pages` is how many of the
    published report are available, 0 if it is no work of one numbering.
    """
    patterns = {_pattern(row["pattern"]): row["unit"] for row in value_ids}
    known = [row["id"] for row in rows]
    twice = sorted({name for name in known if known.count(name) > 1})
    faults = [f"{name}: the id stands twice" for name in twice]
    claims = []
    for row in rows:
        try:
            claims.append(_claim(row))
        except ValueError as error:
            faults.append(f"{row['id']}: {error}")
    against = {claim.id: claim.contradicts for claim in claims}
    for claim in claims:
        faults += [f"{claim.id}: {fault}" for fault in _faults(claim, patterns, pages)]
        for other in claim.contradicts:
            if claim.id not in against.get(other, ()):
                faults.append(f"{claim.id}: it contradicts {other}, which does not say so in turn")
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise ClaimError(f"claims.csv has {len(faults)} faults; correct these rows:\n{lines}")
    return tuple(claims)


def _pattern(text: str) -> re.Pattern[str]:
    expression = re.escape(text)
    for place, allowed in _PLACES.items():
        expression = expression.replace(re.escape(place), allowed)
    return re.compile(expression)


def _claim(row: Mapping[str, str]) -> Claim:
    """One row as a `Claim`; a `ValueError` says which cell cannot be read."""
    cells: dict[str, Any] = {**row, "contradicts": tuple(row["contradicts"].split())}
    for column, (read, wanted) in _CELLS.items():
        try:
            cells[column] = read(row[column])
        except (ValueError, KeyError):
            raise ValueError(f"{column} is {row[column]!r}; write {wanted}") from None
    return Claim(**cells)


def _faults(claim: Claim, patterns: Mapping[re.Pattern[str], str], pages: int) -> Iterator[str]:
    """What is wrong with a claim that can be read."""
    if pages and claim.page not in range(1, pages + 1):
        yield f"page {claim.page} is not among the available pages 1-{pages}"
    if not claim.page and not claim.section:
        yield "neither page nor section says where it stands"
    if not claim.statement_da.strip() or not claim.statement_en.strip():
        yield "the statement lacks a language"
    if (claim.kind == "text") != (claim.basis == "narrative") and claim.value != LOST:
        yield f"kind {claim.kind} does not go with basis {claim.basis}"
    yield from _value_faults(claim)
    if claim.kind != "text" and not claim.value_id:
        yield "no value_id says what answers it"
    for name in claim.answers:
        unit = next((u for pattern, u in patterns.items() if pattern.fullmatch(name)), None)
        if unit is None:
            yield f"`{name}` is no value id; add its pattern to value_ids.csv or correct it"
        elif not _fits(claim, unit):
            yield f"`{name}` is a {unit}; that cannot answer a {claim.kind} in {claim.unit}"


def _value_faults(claim: Claim) -> Iterator[str]:
    """Whether the printed value is written as its kind demands."""
    if claim.value == LOST:
        return
    allowed = {"direction": ("higher", "lower"), "null": ("none",), "text": ("",)}.get(claim.kind)
    if allowed and claim.value not in allowed:
        yield f"the value {claim.value!r} should be {' or '.join(map(repr, allowed))}"
    elif claim.kind == "date" and not _DATE.fullmatch(claim.value):
        yield f"the value {claim.value!r} is no date; write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-Www"
    elif claim.kind in ("number", "count", "percent"):
        try:
            low, high = claim.limits
        except ValueError:
            yield f"the value {claim.value!r} is neither a number nor a range low..high"
        else:
            if low > high or claim.rounding < 0:
                yield f"the value {claim.value!r} with rounding {claim.rounding} is out of order"


def _fits(claim: Claim, unit: str) -> bool:
    if claim.kind in ("direction", "null"):
        return (unit == "finding") == (len(claim.answers) == 1)
    return scale(claim.unit, unit) is not None
