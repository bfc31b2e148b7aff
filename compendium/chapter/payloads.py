"""What an exhibit is when it leaves the kernel: plain JSON, the same for every language.

Notebook, values file and report all read these payloads and nothing else, so an executed notebook
holds all that a reader is shown. Numbers keep twelve significant digits: enough for any reader, few
enough that another order of summation gives the same bytes. Texts are English templates; `say`
translates and fills them.
"""

from __future__ import annotations

import datetime as dt
import math
import string
from collections.abc import Callable, Collection, Mapping
from typing import Any

from compendium.chapter.catalogue import Translator
from compendium.chapter.formatting import part
from compendium.errors import ExhibitError, nearest

Payload = Mapping[str, Any]
Message = str | Mapping[str, Any]
"""A template; {"text": template, "values": payloads}; or {"items": messages, "joint": …}."""

MIME = "application/vnd.compendium.exhibit+json"
ESTIMATE_PARTS = ("low", "high", "clusters", "level", "n", "k", "comparisons")
SUPPORT = ("largest", "residual")
"""What those ask for who let results out of a secure site, beside n and k."""


def plain(value: Any) -> Any:
    """Return a number, date or text as JSON-ready data.

    >>> plain(0.1 + 0.2), plain(float("nan")), plain(dt.date(2016, 11, 8))
    (0.3, None, '2016-11-08')
    """
    if hasattr(value, "item") and getattr(value, "size", 1) == 1:
        value = value.item()  # numpy scalars
    if isinstance(value, dt.date):
        return None if str(value) == "NaT" else value.isoformat()[:10]
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if str(value) == "<NA>":
        return None
    kind = type(value).__name__  # such as a Series
    raise ExhibitError(f"cannot show a {kind}; give a number, date or text, such as x.mean()")


def number_payload(number: Any) -> dict[str, Any]:
    """Return the value of a bare number or an Estimate-like object, with its interval if any."""
    if not hasattr(number, "low") and not hasattr(number, "n"):  # a Timestamp has a `value` too
        return {"value": plain(number)}
    parts = {name: plain(getattr(number, name, None)) for name in (*ESTIMATE_PARTS, *SUPPORT)}
    if of := getattr(number, "parts", None):
        parts["parts"] = [list(map(plain, one)) for one in of]
    return {"value": plain(number.value)} | {k: v for k, v in parts.items() if v is not None}


def checked_message(given: Any, what: str, known: Collection[str] = ()) -> Message:
    """Return a text as a message that names no other {placeholders} than the known ones.

    Raises ExhibitError when it is empty or a placeholder has no value; `what` says whose text it
    is.
    """
    message = getattr(given, "message", given)
    if isinstance(message, Mapping):
        return message
    if not isinstance(message, str) or not message.strip():
        raise ExhibitError(f"{what} must be a text, such as “Share in work”")
    for _, name, _ in _pieces(message):
        if name is not None and name.partition(".")[0] not in known:
            raise ExhibitError(f"{what}: {{{name}}} has no value; {nearest(name, known)}")
    return str(message)


def say(
    message: Message,
    payload: Payload,
    translate: Translator,
    literal: Callable[[str], str] = str,
    number: Callable[[Payload, str], str] = lambda _, text: text,
) -> str:
    """Return a sentence, caption or alt text in a language, its {placeholders} filled in.

    A placeholder names a part of the payload ({estimate}, {low}, …) or one of its `values`; a text
    among these begins large with {name!u}, small with {name!l}. What is put together is text, or
    the markup that `literal` makes of the words between and `number` of a value's payload and its
    text.
    """
    if isinstance(message, Mapping) and "items" in message:
        joint = literal(message["joint"])
        items = [say(item, payload, translate, literal, number) for item in message["items"]]
        return joint.join(items)
    values = dict(payload.get("values", {}))
    template = message
    if isinstance(message, Mapping):
        values |= message.get("values", {})
        template = message["text"]
    told = translate(str(template))
    if isinstance(message, Mapping) and "many" in message:
        told = translate.plural(message["text"], message["many"], values["n"]["value"])

    def filled(name: str, case: str | None) -> str:
        """Return what stands in place of a {placeholder}."""
        first, _, rest = name.partition(".")
        of = values.get(first)
        if of is None:
            of, rest = {**payload, "values": values}, "value" if first == "estimate" else first
        if of.get("unit") == "message":
            return say(of["message"], {}, translate, literal, number)
        if of.get("unit") == "text":
            text = _cased(translate(str(of["value"])), case)
            return number(of, text) if "id" in of else literal(text)
        return number({**of, "part": rest}, part(of, rest or "value", translate.lang))

    markup: list[str] = []
    for text, name, case in _pieces(told):
        # a unit such as "pct." ends a sentence by itself
        words = text.removeprefix(".") if markup and markup[-1].endswith(".") else text
        markup += [literal(words)] if words else []
        markup += [filled(name, case)] if name is not None else []
    return "".join(markup)


def shown(payload: Payload, translate: Translator) -> str:
    """Return an inline payload as text: a finding's sentence, a value, or the part asked for."""
    if is_sentence(payload):
        return say(payload["text"], payload, translate)
    if payload.get("unit") == "text" and payload.get("value") is not None:
        return translate(str(payload["value"]))
    return part(payload, payload.get("part") or "value", translate.lang)


def is_sentence(payload: Payload) -> bool:
    """Tell whether an inline payload stands for a finding's sentence, not for a number."""
    return payload.get("kind") == "finding" and not payload.get("part")


def _cased(text: str, case: str | None) -> str:
    """Return a text as it begins a sentence ({name!u}) or stands within one ({name!l})."""
    first = {"u": text[:1].upper(), "l": text[:1].lower()}.get(case or "", text[:1])
    return first + text[1:]


def _pieces(text: str) -> list[tuple[str, str | None, str | None]]:
    """Split a text into words, the name of the {placeholder} after them and how it begins."""
    try:
        return [(words, name, case) for words, name, _, case in string.Formatter().parse(text)]
    except ValueError as error:
        raise ExhibitError(f"braces do not match in “{text}”: {error}") from error
