"""What a chapter may show: values, findings, figures and tables, each by one call with an id.

An exhibit is computed once and shown in every language. The call sends a language-neutral payload
as the cell's output, so the executed notebook alone holds what the report shows, and every number
is known by the cell that made it. A result is stated by a `finding`: the author writes a sentence
for each outcome, and the interval chooses among them, so that the report stays true with other
data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, TypeVar

from compendium.chapter.codebook import quantity as row_of
from compendium.chapter.formatting import checked_unit, full, interval, part, words
from compendium.chapter.output import checked_id, emit
from compendium.chapter.payloads import (
    MIME,
    Message,
    checked_message,
    number_payload,
    say,
)
from compendium.chapter.text import ENGLISH, as_payload
from compendium.errors import ExhibitError, nearest
from evallib.inference.decisions import decide, direction

WORDED = ("text", "name", "date", "month", "year")  # units of texts
_OWN_PARTS = ("estimate", "size", "low", "high", "clusters", "interval", "margin")
_INLINE_PARTS = ("value", "size", "low", "high", "clusters", "n", "interval")


class Shown(str):
    """A number as it stands in prose; in a notebook it shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, repr=False)
class Value:
    """A number of the report: `value` is raw (a share is a fraction), `unit` says how it is shown.

    `low`, `high`, `clusters`, `level`, `n` and `k` come from its estimate; `function` is
    the function of ours that estimated it. A Value is itself like an estimate, so it can be given
    on to `finding` and to tables.
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
    function: str = field(default="", compare=False)
    place: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return full(self.value, self.unit, "en", self.decimals)

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
        """The value as JSON-ready data."""
        kept = {k: v for k, v in asdict(self).items() if v not in (None, "") and k != "place"}
        data = {"value": None, **kept}  # a number that is missing is shown as missing
        return {"kind": self.kind, **data, **self.place}


@dataclass(frozen=True, repr=False)
class Finding(Value):
    """A stated result: the value, the margin of no practical size, and the sentence that holds.

    `decision` is "higher", "lower", "none" or "unclear"; `text` its sentence, with {placeholders};
    `values` the payloads they name; `addition` marks what the published report did not have.
    """

    kind: ClassVar[str] = "finding"
    margin: float = 0.0
    decision: str = "unclear"
    text: Message = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    addition: bool = False

    def __repr__(self) -> str:
        return say(self.text, self.payload, ENGLISH)


Recorded = TypeVar("Recorded", bound=Value)


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


def finding(  # noqa: PLR0913 - four sentences, by name
    name: str,
    estimate: Any,
    unit: str,
    *,
    margin: float,
    higher: str,
    lower: str,
    none: str,
    unclear: str,
    values: Mapping[str, Any] | None = None,
    decimals: int | None = None,
    addition: bool = False,
) -> Finding:
    """State a result by the sentence its interval supports, and return it for use in prose.

    Parameters
    ----------
    name, unit, decimals
        As for `value`.
    estimate
        An estimate with value, low and high, in the unit.
    margin
        The difference of no practical size, in the estimate's unit.
    higher, lower, none, unclear
        The sentences. They may name {estimate}, {size} (without its sign), {low}, {high},
        {interval}, {clusters}, {margin} and the names of `values`.
    values
        Recorded values or texts that sentences name.
    addition
        Whether the published report did not have it.

    Returns
    -------
    Finding
        The result with its decision.

    Raises
    ------
    ExhibitError
        If there is no interval, or a sentence names what has no value.

    See Also
    --------
    evallib.inference.decisions.decide : the rule.
    """
    if not hasattr(estimate, "low") or not hasattr(estimate, "high"):
        raise ExhibitError(f"finding `{name}` needs an estimate with an interval (low, high)")
    sentences = {"higher": higher, "lower": lower, "none": none, "unclear": unclear}
    return _stated(
        name, estimate, unit, decide(estimate, margin), sentences,
        margin=margin, values=_payloads(values), decimals=decimals, addition=addition,
    )  # fmt: skip


def compare(  # noqa: PLR0913 - the parts of a sentence, by name
    name: str,
    difference: Any,
    quantity: str,
    first: str,
    second: str,
    *,
    margin: float,
    unit: str,
    decimals: int | None = None,
    addition: bool = True,
) -> Finding:
    """State how a quantity differs between two groups, in the report's standard sentences.

    Parameters
    ----------
    quantity
        What is compared, as it begins a sentence: "The share in work".
    first, second
        The groups as adverbials: "on Route 1 (job clubs)". The difference is first minus second.
    name, difference, margin, unit, decimals, addition
        As for `finding`.

    Returns
    -------
    Finding
        The result with its decision.
    """
    values = {"quantity": quantity, "first": first, "second": second}
    return _stated(
        name, difference, unit, decide(difference, margin), words("en")["comparison"],
        margin=margin, values=_payloads(values),
        decimals=decimals, addition=addition,
    )  # fmt: skip


def fact(  # noqa: PLR0913 - its sentences, by name
    name: str,
    number: Any,
    unit: str,
    *,
    higher: str,
    lower: str,
    equal: str,
    missing: str | None = None,
    within: float = 0,
    values: Mapping[str, Any] | None = None,
    decimals: int | None = None,
    addition: bool = False,
) -> Finding:
    """State what an exact number says: it has no interval, and its sign chooses the sentence.

    Parameters
    ----------
    number
        A difference that is counted, not estimated, or None where it cannot be.
    higher, lower, equal, missing
        The sentences for a number above, below and at nought, and for none.
    within
        The size below which a number counts as nought.
    name, unit, values, decimals, addition
        As for `finding`.

    Returns
    -------
    Finding
        The fact, with decision higher, lower, none or unclear.
    """
    sentences = {"higher": higher, "lower": lower, "none": equal, "unclear": missing or equal}
    return _stated(
        name, number, unit, direction(number, within), sentences,
        margin=within, values=_payloads(values), decimals=decimals, addition=addition,
    )  # fmt: skip


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
    if attribute and attribute not in _INLINE_PARTS:
        hint = nearest(attribute, _INLINE_PARTS)
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
    payloads = _payloads(values)
    told = checked_message(caption, f"caption of {kind} `{name}`", payloads)
    return {"kind": kind, "id": checked_id(name), "caption": told, "values": payloads}


def unit_and_decimals(
    name: str, unit: str | None, decimals: int | None, what: str
) -> tuple[str, int | None]:
    """Return how a number is shown: as said, else as the codebook says of the id's first part."""
    if unit is not None:
        return checked_unit(unit), decimals
    row = row_of(re.split(r"[.{]", name)[0].rstrip("."), what)
    return row.unit, row.decimals if decimals is None else decimals


def _payloads(values: Mapping[str, Any] | None) -> dict[str, Any]:
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
    shown, digits = unit_and_decimals(name, unit, decimals, "quantity")
    given = number_payload(number) | more
    if isinstance(given["value"], str) and shown not in WORDED:
        raise ExhibitError(
            f"`{name}` is the text “{given['value']}”, and no {shown}; give a number"
        )
    function = getattr(number, "function", "")
    return kind(checked_id(name), unit=shown, decimals=digits, function=function, **given)


def _stated(  # noqa: PLR0913 - all that a stated result is
    name: str,
    number: Any,
    unit: str,
    decision: str,
    sentences: Mapping[str, Any],
    *,
    values: Mapping[str, Any],
    decimals: int | None,
    margin: float,
    addition: bool,
) -> Finding:
    known = [*_OWN_PARTS, *values]
    told = {
        outcome: checked_message(sentence, f"finding `{name}`, sentence `{outcome}`", known)
        for outcome, sentence in sentences.items()
    }
    stated = made(
        Finding, name, number, unit, decimals, margin=margin, decision=decision,
        text=told[decision], values=values, addition=addition,
    )  # fmt: skip
    emit(stated.payload, f"{name}: {decision}, {stated!r}")
    return stated
