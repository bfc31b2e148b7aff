"""What an exhibit is when it leaves the kernel: plain JSON, the same for every language.

Notebook, values file and report all read these payloads and nothing else, so an executed notebook
holds all that a reader is shown. Numbers keep twelve significant digits: enough for any reader, few
enough that another order of summation gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import math
import string
from collections.abc import Iterable, Mapping
from typing import Any

from compendium.errors import ExhibitError, nearest
from compendium.formatting import LANGUAGES

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


def decision(payload: Mapping[str, Any], margin: float) -> str:
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


def both_languages(text: Any, what: str) -> dict[str, str]:
    """Return {"da", "en"} texts, or raise ExhibitError when a language is missing or empty."""
    if not isinstance(text, Mapping) or set(text) != set(LANGUAGES):
        raise ExhibitError(f'{what} must be {{"da": …, "en": …}}')
    for lang in LANGUAGES:
        if not isinstance(text[lang], str) or not text[lang].strip():
            raise ExhibitError(f"{what} has no text in `{lang}`")
    return {lang: text[lang] for lang in LANGUAGES}


def check_names(texts: Mapping[str, str], known: Iterable[str], what: str) -> None:
    """Raise ExhibitError when a text names a {placeholder} that has no value."""
    allowed = set(known)
    for lang, text in texts.items():
        for name in placeholders(text):
            if name.partition(".")[0] not in allowed:
                hint = nearest(name, allowed)
                raise ExhibitError(f"{what} ({lang}): {{{name}}} has no value; {hint}")


def placeholders(text: str) -> list[str]:
    """Return the names of a text's {placeholders}, in order.

    >>> placeholders("a {n} and {share.low}")
    ['n', 'share.low']
    """
    try:
        return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise ExhibitError(f"braces do not match in “{text}”: {error}") from error
