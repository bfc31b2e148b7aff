"""Results in words: the author writes a sentence for each outcome, and the verdict chooses.

So the report stays true with other data. A verdict is evallib's: chapters hand it over, and nothing
is judged here. What is said of uncertainty (`finding`, `findings`, `compare`) is told apart from
what is counted (`fact`): on stand-in data the first is an illustration of how a register would be
read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from compendium.chapter import gate
from compendium.chapter.exhibits import Value, made, payloads_of
from compendium.chapter.formatting import words
from compendium.chapter.inline import plain
from compendium.chapter.output import emit
from compendium.chapter.payloads import Message, checked_message, number_payload, say
from compendium.chapter.text import ENGLISH, listed, number, text
from compendium.errors import ExhibitError, nearest
from evallib.inference.decisions import direction

_OUTCOMES = ("higher", "lower", "none", "unclear")
Shown = tuple[str, int | None]
"""The unit and the decimals of a result."""
_OWN_PARTS = ("estimate", "size", "low", "high", "clusters", "interval", "margin")


@dataclass(frozen=True, repr=False)
class Finding(Value):
    """A stated result: the value, the margin of no practical size, and the sentence that holds.

    `decision` is "higher", "lower", "none" or "unclear", or "mixed" for a set of comparisons;
    `text` its sentence, with {placeholders}; `values` the payloads they name; `addition` marks what
    the published report did not have. `judged` says that uncertainty chose the sentence, and
    `within` names the set whose sentence tells this result too.
    """

    kind: ClassVar[str] = "finding"
    margin: float = 0.0
    decision: str = "unclear"
    text: Message = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    addition: bool = False
    judged: bool = True
    within: str = ""

    def __repr__(self) -> str:
        return say(self.text, self.payload, ENGLISH)


def finding(  # noqa: PLR0913 - four sentences, by name
    name: str,
    verdict: Any,
    unit: str,
    *,
    higher: str,
    lower: str,
    none: str,
    unclear: str,
    values: Mapping[str, Any] | None = None,
    decimals: int | None = None,
    addition: bool = False,
) -> Finding:
    """State a result by the sentence its verdict supports, and return it for use in prose.

    Parameters
    ----------
    name, unit, decimals
        As for `value`.
    verdict
        What evallib's `decide` or a family's `verdicts` says, in the unit.
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
        If there is no verdict, or a sentence names what has no value.

    See Also
    --------
    evallib.inference.decisions.verdicts : the rule.
    """
    sentences = {"higher": higher, "lower": lower, "none": none, "unclear": unclear}
    return _judged(name, verdict, (unit, decimals), sentences, values, addition=addition)


def compare(
    name: str,
    verdicts: Mapping[str, Any],
    quantity: str,
    pairs: Mapping[str, tuple[str, str]],
    unit: str,
    *,
    decimals: int | None = None,
    addition: bool = True,
) -> Finding:
    """State how a quantity differs between groups, in one sentence for all pairs that differ alike.

    Parameters
    ----------
    name
        The id of what is said of all; each comparison is recorded under its own.
    verdicts
        Verdicts by id, as a family's `verdicts` gives them: first minus second.
    quantity
        What is compared, as it begins a sentence: "The share in work".
    pairs
        By id the two groups as adverbials: ("in job clubs", "on temp-agency work").
    unit, decimals, addition
        As for `finding`.

    Returns
    -------
    Finding
        What can be said of all comparisons together.

    Raises
    ------
    ExhibitError
        If there is no verdict, or a comparison has no pair of groups.
    """
    shown, said = (unit, decimals), list[Message]()
    alike: list[dict[str, Any]] = []
    told, decisions = words("en")["comparison"], []
    for key, verdict in verdicts.items():
        if key not in pairs:
            raise ExhibitError(f"compare `{name}`: no groups of `{key}`; {nearest(key, pairs)}")
        if isinstance(pairs[key], str) or len(pairs[key]) != 2:
            raise ExhibitError(f'compare `{name}`: `{key}` needs two groups, as ("in A", "in B")')
        first, second = pairs[key]
        values = {"quantity": quantity, "first": first, "second": second}
        one = _judged(key, verdict, shown, told, values, addition=addition, within=name)
        decisions.append(one.decision)
        if one.decision != "unclear":
            limit = number(verdict.margin, unit, decimals, of="public")
            named = payloads_of({**values, "difference": one, "limit": limit})
            if one.decision == "none":
                alike.append(named)
            else:
                said.append({"text": told[f"all_{one.decision}"], "values": named})
    said += [_alike(alike)] if alike else []
    if left := decisions.count("unclear"):
        forms = ("other", "others") if said else ("only", "all")
        of = payloads_of({"quantity": quantity})
        said.append({"text": told[f"{forms[left > 1]}_unclear"], "values": of})
    if not decisions:
        said, decisions = [told["nothing"]], ["unclear"]
    return _set(name, shown, decisions, {"items": said, "joint": " "}, addition)


def _alike(pairs: list[dict[str, Any]]) -> Message:
    """Say in one sentence of all such pairs that there is no difference of practical size."""
    told = words("en")["comparison"]
    if len(pairs) == 1:
        return {"text": told["all_none"], "values": pairs[0]}
    items = [{"text": told["alike"], "values": pair} for pair in pairs]
    named = {"message": {"items": items, "joint": ", "}, "unit": "message"}
    return {"text": told["several_none"], "values": {**pairs[0], "pairs": named}}


def state(
    name: str, verdicts: Mapping[str, Any], sentence: str, *, addition: bool = True
) -> Finding:
    """State what a set of comparisons shows together, in a sentence made of its verdicts.

    Parameters
    ----------
    name
        The id; other chapters show the same sentence by `recorded`.
    verdicts
        As for `compare`: what the sentence was made of. They record nothing here.
    sentence
        A `text`, whose words depend on the number of verdicts of a kind.
    addition
        As for `finding`.

    Returns
    -------
    Finding
        The sentence, told apart from what is counted as those of `compare` are.

    Raises
    ------
    ExhibitError
        If there is no verdict.
    """
    decisions = [_decided(key, verdict).decision for key, verdict in verdicts.items()]
    return _set(name, ("number", None), decisions, checked_message(sentence, f"`{name}`"), addition)


def _set(
    name: str, shown: Shown, decisions: Collection[str], sentence: Message, addition: bool
) -> Finding:
    """Send what is said of a set: its decision is that of all its comparisons, or "mixed"."""
    kinds = set(decisions)
    decision = kinds.pop() if len(kinds) == 1 else "mixed"
    more: dict[str, Any] = {"decision": decision, "addition": addition, "text": sentence}
    return _sent(made(Finding, name, None, *shown, **more))


def findings(  # noqa: PLR0913 - four sentences, by name
    name: str,
    verdicts: Mapping[str, Any],
    things: Mapping[str, str],
    unit: str,
    *,
    higher: str,
    lower: str,
    none: str,
    unclear: str,
    decimals: int | None = None,
    addition: bool = False,
) -> Finding:
    """State the same of several things, in one sentence for all things it holds of alike.

    Parameters
    ----------
    name
        The id of what is said of all; each result is recorded under its own.
    verdicts
        Verdicts by id, as a family's `verdicts` gives them.
    things
        By id what the result is about, as it is named within a sentence.
    higher, lower, none, unclear
        The sentences; they name {things}, each of which is followed by the size found.
    unit, decimals, addition
        As for `finding`.

    Returns
    -------
    Finding
        What can be said of all things together.

    Raises
    ------
    ExhibitError
        If there is no verdict, or a sentence names what has no value.
    """
    sentences = {"higher": higher, "lower": lower, "none": none, "unclear": unclear}
    shown, told = (unit, decimals), dict[str, list[str]]()
    for key, verdict in verdicts.items():
        values = {"things": things[key]}
        one = _judged(key, verdict, shown, sentences, values, addition=addition, within=name)
        sized = text("{thing!l} ({found.value})", thing=things[key], found=one)
        told.setdefault(one.decision, []).append(sized)
    said = [
        {"text": sentences[outcome], "values": payloads_of({"things": listed(told[outcome], ", ")})}
        for outcome in _OUTCOMES
        if outcome in told
    ]
    return _set(name, shown, told, {"items": said, "joint": " "}, addition)


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
    number_payload(number)  # tells what it cannot show
    outcome = "none" if isinstance(number, str) else direction(number, within)
    return _stated(
        name, number, (unit, decimals), sentences, values, outcome,
        addition=addition, margin=within, judged=False,
    )  # fmt: skip


def _decided(name: str, verdict: Any) -> Any:
    if getattr(verdict, "decision", None) not in _OUTCOMES:
        raise ExhibitError(
            f"finding `{name}` needs a verdict: decide(estimate, margin), or the verdicts of a "
            "declared family"
        )
    return verdict


def _judged(
    name: str, verdict: Any, shown: Shown, sentences: Any, values: Any, **more: Any
) -> Finding:
    """State the outcome of a verdict."""
    margin, decision = _decided(name, verdict).margin, verdict.decision
    return _stated(name, verdict, shown, sentences, values, decision, margin=margin, **more)


def _stated(
    name: str, number: Any, shown: Shown, sentences: Mapping[str, Any],
    values: Mapping[str, Any] | None, decision: str, **more: Any,
) -> Finding:  # fmt: skip
    payloads = payloads_of(values)
    known = [*_OWN_PARTS, *payloads]
    checked = {
        outcome: checked_message(
            sentences[outcome], f"finding `{name}`, sentence `{outcome}`", known
        )
        for outcome in _OUTCOMES
    }
    more |= {"decision": decision, "text": checked[decision], "values": payloads}
    return _sent(made(Finding, name, number, *shown, **more))


def _sent(stated: Finding) -> Finding:
    gate.hold([stated.text, stated.values], f"`{stated.id}`")
    shown = {} if stated.within else {"text/markdown": plain(repr(stated))}
    emit(stated.payload, f"{stated.id}: {stated.decision}, {stated!r}", shown)
    return stated
