"""What an exhibit is when it leaves the kernel: plain JSON, the same for every language.

Notebook, values file and report all read these payloads and nothing else, so an executed notebook
holds all that a reader is shown. Numbers keep twelve significant digits: enough for any reader, few
enough that another order of summation gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import math
import string
from collections.abc import Callable, Collection, Mapping
from typing import Any

from compendium.chapter.formatting import LANGUAGES, part
from compendium.errors import ExhibitError, nearest

Payload = Mapping[str, Any]
MIME = "application/vnd.compendium.exhibit+json"
DECISIONS = ("higher", "lower", "none", "unclear")
ESTIMATE_PARTS = ("low", "high", "clusters", "level", "n")


def plain(value: Any) -> Any:
    """Return a number, date, text or {"da", "en"} mapping as JSON-ready data.

    >>> plain(0.1 + 0.2), plain(float("nan")), plain(dt.date(2016, 11, 8))
    (0.3, None, '2016-11-08')
    """
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()  # numpy scalars
    if isinstance(value, dt.date):
        return None if str(value) == "NaT" else value.isoformat()[:10]
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {lang: str(value[lang]) for lang in LANGUAGES}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if str(value) == "<NA>":
        return None
    raise ExhibitError(f"cannot show a {type(value).__name__}; give a number, date or text")


def number_payload(number: Any) -> dict[str, Any]:
    """Return the value of a bare number or an Estimate-like object, with its interval if any."""
    if not hasattr(number, "low"):  # a Timestamp has a `value` too
        return {"value": plain(number)}
    parts = {name: plain(getattr(number, name, None)) for name in ESTIMATE_PARTS}
    return {"value": plain(number.value)} | {k: v for k, v in parts.items() if v is not None}


def decision(payload: Payload, margin: float) -> str:
    """Choose the sentence an interval supports; lying inside the margin wins over the sign.

    >>> decision({"low": 0.01, "high": 0.04}, margin=0.05)
    'none'
    >>> decision({"low": 0.01, "high": 0.09}, margin=0.05)
    'higher'
    >>> decision({"low": -0.02, "high": 0.09}, margin=0.05)
    'unclear'
    """
    low, high = payload.get("low"), payload.get("high")
    if low is None or high is None:
        return "unclear"
    if -margin < low and high < margin:
        return "none"
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "unclear"


def texts(given: Any, what: str, known: Collection[str] = ()) -> dict[str, str]:
    """Return {"da", "en"} texts that name no other {placeholders} than the known ones.

    Raises ExhibitError when a language is missing or empty, or a placeholder has no value; `what`
    says whose text it is.
    """
    if not isinstance(given, Mapping) or set(given) != set(LANGUAGES):
        raise ExhibitError(f'{what} must be {{"da": …, "en": …}}')
    for lang in LANGUAGES:
        if not isinstance(given[lang], str) or not given[lang].strip():
            raise ExhibitError(f"{what} has no text in `{lang}`")
        for _, name in _pieces(given[lang]):
            if name is not None and name.partition(".")[0] not in known:
                hint = nearest(name, known)
                raise ExhibitError(f"{what} ({lang}): {{{name}}} has no value; {hint}")
    return {lang: given[lang] for lang in LANGUAGES}


def filled(
    payload: Payload,
    text: str,
    lang: str,
    literal: Callable[[str], str] = str,
    number: Callable[[Payload, str], str] = lambda _, text: text,
) -> str:
    """Return a sentence, caption or alt text with its {placeholders} filled in.

    A placeholder names the payload's own parts ({estimate}, {low}, …) or one of its `values`. What
    is put together is text, or the markup that `literal` makes of the words between and `number`
    of a value's payload and its text.
    """
    made = []
    for words, name in _pieces(text):
        if words:
            made.append(literal(words))
        if name is not None:
            first, _, rest = name.partition(".")
            own = (payload, "value" if first == "estimate" else first)
            values = payload.get("values", {})
            of, which = (values[first], rest or "value") if first in values else own
            made.append(number(of, part(of, which, lang)))
    return "".join(made)


def shown(payload: Payload, lang: str) -> str:
    """Return an inline payload as text: a finding's sentence, a value, or the part asked for."""
    if is_sentence(payload):
        return filled(payload, payload["text"][lang], lang)
    return part(payload, payload.get("part") or "value", lang)


def is_sentence(payload: Payload) -> bool:
    """Tell whether an inline payload stands for a finding's sentence, not for a number."""
    return payload["kind"] == "finding" and not payload.get("part")


def _pieces(text: str) -> list[tuple[str, str | None]]:
    """Split a text into words and the name of the {placeholder} after them, if there is one."""
    try:
        return [(words, name) for words, name, _, _ in string.Formatter().parse(text)]
    except ValueError as error:
        raise ExhibitError(f"braces do not match in “{text}”: {error}") from error
