"""What a chapter may show: values, findings, figures and tables, each by one call with an id.

An exhibit is computed once and shown in every language. The call sends a language-neutral payload
as the cell's output, so the executed notebook alone holds what the report shows, and every number
is known by the cell that made it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, TypeVar

from compendium.chapter import gate
from compendium.chapter.basis import basis_of
from compendium.chapter.codebook import quantity
from compendium.chapter.formatting import WORDED, checked_unit, full, interval, part
from compendium.chapter.output import checked_id, emit, shown_by_this_cell
from compendium.chapter.payloads import MIME, checked_message, number_payload
from compendium.chapter.text import as_payload
from compendium.errors import ExhibitError, nearest

INLINE_PARTS = ("value", "size", "low", "high", "clusters", "n", "interval")


class Shown(str):
    """A number as it stands in prose; in a notebook it shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, repr=False)
class Value:
    """A number of the report: `value` is raw (a share is a fraction), `unit` says how it is shown.

    `low`, `high`, `clusters`, `level`, `n`, `k`, `largest` and `residual` come from its estimate,
    and so do, of a difference of shares, the `parts` it is made of, and, of one of several
    comparisons, how many the interval allows for; `function` is the function of ours that estimated
    it. A Value is itself like an estimate, so it can be given on to `finding` and to tables. Of
    results that may leave a secure site, `rule` names the rule it passed by, and `hidden` the one
    that leaves it out.
    """

    kind: ClassVar[str] = "value"
    id: str
    value: Any
    unit: str
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    clusters: int | None = None
    level: float | None = None
    n: int | None = None
    k: int | None = None
    parts: list[list[int]] | None = None
    largest: float | None = None
    residual: int | None = None
    comparisons: int | None = None
    rule: str = ""
    hidden: str = ""
    function: str = field(default="", compare=False)
    place: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        if self.hidden:
            return part(self.payload, "value", "en")
        return full(self.value, self.unit, "en", self.decimals)

    def _ipython_display_(self) -> None:
        """Show nothing as the result of the cell that has shown it already, in every language."""
        if not shown_by_this_cell(self.kind, self.id):
            raise NotImplementedError  # IPython's word for: as any other object

    @property
    def interval(self) -> Shown:
        """The interval as it stands in prose."""
        return Shown(interval(self.payload, "en"))

    @property
    def size(self) -> Shown:
        """The number without its sign, as it stands in prose."""
        return Shown(part(self.payload, "size", "en"))

    @property
    def payload(self) -> dict[str, Any]:
        """The value as JSON-ready data, with what it rests on."""
        kept = {k: v for k, v in asdict(self).items() if v not in (None, "") and k != "place"}
        data = {"value": None, **kept}  # a number that is missing is shown as missing
        return {"kind": self.kind, **data, "basis": basis_of(self.id, self.value), **self.place}


Recorded = TypeVar("Recorded", bound=Value)
OWN: dict[str, Value] = {}
"""What this chapter has recorded so far, by id."""


def value(name: str, number: Any, unit: str | None = None, *, decimals: int | None = None) -> Value:
    """Record a number under an id, for use in prose as {eval}`name`.

    Parameters
    ----------
    name
        The id, such as "referred.total"; other chapters and the published claims ask for it.
    number
        A number, date or text, or an estimate (anything with value, low and high). A share or a
        difference of shares is a fraction.
    unit
        How it is shown: count, share, points, hours, months, score, number, year, month, date,
        text or name. Left out, the codebook's row of the id's first part says it.
    decimals
        Digits shown; left out, those of the codebook or of the unit.

    Returns
    -------
    Value
        The number with what is known of it.

    Raises
    ------
    ExhibitError
        If the id is none, or unit or codebook row are unknown.

    Examples
    --------
    >>> value("referred.total", 3630, "count")
    3,630
    """
    recorded = made(Value, name, number, unit, decimals)
    emit(recorded.payload, f"{name} = {recorded!r}")
    return recorded


def inline(expression: str, namespace: Mapping[str, Any]) -> Inline:
    """Return what {eval}`expression` shows: a name of a value or finding, or one of its parts.

    Raises ExhibitError with the nearest name. Nothing else is evaluated in prose, so that no number
    is computed where no reader can see it.
    """
    name, _, attribute = expression.partition(".")
    shown = {key: thing for key, thing in namespace.items() if isinstance(thing, Value)}
    if name not in shown:
        what = "is not a value or finding" if name in namespace else "is not defined"
        raise ExhibitError(f"{{eval}}`{expression}`: `{name}` {what}; {nearest(name, shown)}")
    if attribute and attribute not in INLINE_PARTS:
        hint = nearest(attribute, INLINE_PARTS)
        raise ExhibitError(f"{{eval}}`{expression}`: no such part; {hint}")
    return Inline(shown[name], attribute)


@dataclass(frozen=True)
class Inline:
    """A value, finding or part of one as it stands in prose."""

    shown: Value
    part: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        payload = self.shown.payload | {"part": self.part}
        text = part(payload, self.part, "en") if self.part else repr(self.shown)
        return {MIME: payload, "text/plain": text}


def captioned(
    name: str, kind: str, caption: Any, values: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the payload that figures and tables begin with."""
    payloads = payloads_of(values)
    told = checked_message(caption, f"caption of {kind} `{name}`", payloads)
    return {"kind": kind, "id": checked_id(name), "caption": told, "values": payloads}


def unit_and_decimals(name: str, unit: str | None, decimals: int | None) -> tuple[str, int | None]:
    """Return how a number is shown: as said, else as the codebook says of the id's first part."""
    if unit is not None:
        return checked_unit(unit), decimals
    row = quantity(re.split(r"[.{]", name)[0].rstrip("."), "quantity")
    return row.unit, row.decimals if decimals is None else decimals


def payloads_of(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a caption's or sentence's placeholders stand for."""
    return {key: dict(as_payload(item)) for key, item in (values or {}).items()}


def made(
    kind: type[Recorded],
    name: str,
    number: Any,
    unit: str | None,
    decimals: int | None,
    **more: Any,
) -> Recorded:
    """Make what is recorded of a number under an id; `more` are the parts of a finding."""
    shown, digits = unit_and_decimals(name, unit, decimals)
    given = number_payload(number) | more
    if isinstance(given["value"], str) and shown not in WORDED:
        raise ExhibitError(
            f"`{name}` is the text “{given['value']}”, and no {shown}; give a number"
        )
    function = getattr(number, "function", "")
    asked = {"id": checked_id(name), "unit": shown, "decimals": digits, **given}
    told = gate.seen(asked, gate.counts_of(name))
    new = kind(**(told | {"function": function}))
    OWN[name] = new
    return new
