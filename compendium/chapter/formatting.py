"""Numbers and dates as a Danish and an English reader expect them.

A result is computed once and shown in two languages, so formatting happens last, from the raw
number and its unit. Babel knows the separators; this module knows the report's units: a share is
stored as a fraction and shown in percent, a difference of shares in percentage points.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from compendium.chapter.catalogue import ROOT, SOURCE, catalogue_path, entries
from compendium.errors import ExhibitError, nearest

Unit = Literal[
    "count", "share", "points", "hours", "months", "score", "number", "year", "month", "date",
    "text", "name",
]  # fmt: skip
LANGUAGES = ("da", "en")
WORDED = ("text", "name", "date", "month", "year")  # units of what is no quantity
READS = ("compendium/chapter/words.toml",)
HERE = Path(__file__).parent
FONTS = HERE.parent / "fonts"

ASSUMED = "°"
_LOCALES = {"da": "da_DK", "en": "en_GB"}
_DATES = {
    "da": {"date": "d. MMMM y", "month": "MMMM y"},
    "en": {"date": "d MMMM y", "month": "MMMM y"},
}
_DECIMALS = {"count": 0, "share": 1, "points": 1, "hours": 1, "months": 0, "score": 2, "number": 2}
_NO_BREAK = "\N{NO-BREAK SPACE}"


@cache
def words(lang: str) -> dict[str, Any]:
    """Return the interface words of a language, by their keys in words.toml."""
    english: dict[str, Any] = tomllib.loads((HERE / "words.toml").read_text("utf-8"))
    if lang == SOURCE:
        return english
    known = entries(catalogue_path(ROOT, lang, "shared"))
    made: dict[str, Any] = each_word(english, lambda k, text: known.get(f"{k}\x04{text}", text))
    return made


def each_word(node: Any, change: Callable[[str, str], Any], key: str = "") -> Any:
    """Return words with what `change` makes of each text and its key, such as units.share.0."""
    if isinstance(node, str):
        return change(key, node)
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    inner = {k: each_word(v, change, f"{key}.{k}" if key else str(k)) for k, v in pairs}
    return inner if isinstance(node, dict) else list(inner.values())


def checked_unit(unit: str) -> str:
    """Return the unit, or raise ExhibitError with the nearest known one."""
    if unit not in get_args(Unit):
        raise ExhibitError(f"unknown unit `{unit}`; {nearest(unit, get_args(Unit))}")
    return unit


def bare(value: Any, unit: str, lang: str, decimals: int | None = None) -> str:
    """Format a value without its unit, as it stands in a table cell.

    >>> bare(2231, "count", "da"), bare(2231, "count", "en"), bare(-0.034, "points", "da")
    ('2.231', '2,231', '−3,4')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return str(words(lang)["missing"])
    if unit in ("text", "name"):
        return str(value)
    if unit == "year":
        return str(int(value))
    if unit in ("month", "date"):
        return _date(str(value), unit, lang)
    return _decimal(float(value), unit, lang, decimals)


def full(value: Any, unit: str, lang: str, decimals: int | None = None) -> str:
    r"""Format a value with its unit, as it stands in prose.

    >>> full(0.395, "share", "da"), full(0.395, "share", "en")
    ('39,5\xa0pct.', '39.5\xa0%')
    >>> full(1, "months", "en"), full("2016-11-08", "date", "da"), full("2017-02", "month", "en")
    ('1\xa0month', '8.\xa0november 2016', 'February\xa02017')
    """
    text = bare(value, unit, lang, decimals)
    if text == words(lang)["missing"] or unit not in words(lang)["units"]:
        return text
    singular = words(lang)["one"].get(unit) if text == "1" else None
    return f"{text}{_NO_BREAK}{singular or words(lang)['units'][unit][0]}"


def span(
    low: float,
    high: float,
    unit: str,
    lang: str,
    decimals: int | None = None,
    form: Callable[..., str] = full,
) -> str:
    r"""Format the two ends of an interval with one unit; `form=bare` leaves the unit out.

    A dash joins positive ends; a word joins ends of which one is negative, so that no dash stands
    beside a minus.

    >>> span(0.346, 0.444, "share", "da"), span(-0.01, 0.02, "points", "en")
    ('34,6–44,4\xa0pct.', '−1.0 to 2.0\xa0percentage points')
    """
    joint = "–" if low >= 0 else f" {words(lang)['to']} "
    return bare(low, unit, lang, decimals) + joint + form(high, unit, lang, decimals)


def is_assumed(payload: Mapping[str, Any], name: str | None = None) -> bool:
    """Tell whether the number a payload shows, or another part of it, was invented.

    Of a number the stand-in study was made to fit, the source prints no interval.

    >>> is_assumed({"basis": "calibrated"}), is_assumed({"basis": "calibrated"}, "low")
    (False, True)
    """
    shown, basis = name or payload.get("part"), payload.get("basis")
    if shown == "clusters" or payload.get("unit") in WORDED:
        return False
    spread = shown in ("low", "high", "interval", "n")
    return basis == "assumed" or (basis == "calibrated" and spread)


def signed(text: str, payload: Mapping[str, Any], name: str) -> str:
    """Return the text of a part of a payload with the sign of what is assumed."""
    return f"{text}{ASSUMED}" if is_assumed(payload, name) else text


def interval(payload: Mapping[str, Any], lang: str) -> str:
    """Format a value's interval with its level and what it rests on and allows for."""
    if payload.get("low") is None or payload.get("high") is None:
        return str(words(lang)["missing"])
    clusters, comparisons = payload.get("clusters"), payload.get("comparisons") or 1
    form = "interval_units" if comparisons == 1 else "interval_adjusted"
    template = words(lang)["interval" if clusters is None else form]
    unit, decimals = payload["unit"], payload.get("decimals")
    return str(template).format(
        level=full(payload.get("level") or 0.95, "share", lang, 0),
        range=signed(span(payload["low"], payload["high"], unit, lang, decimals), payload, "low"),
        clusters=clusters,
        comparisons=comparisons,
    )


def part(payload: Mapping[str, Any], name: str, lang: str) -> str:
    """Format one part of a value's payload: its value, size, low, high, clusters, n or interval.

    The size is the value without its sign, for sentences that say the direction in words. A number
    that may not leave a secure site is shown by a sign.
    """
    if payload.get("hidden") and name != "clusters":
        return str(words(lang)["hidden"])
    if name == "interval":
        return interval(payload, lang)
    if name in ("clusters", "n"):
        return signed(bare(payload.get(name), "count", lang), payload, name)
    number = payload.get("value" if name == "size" else name)
    number = abs(number) if name == "size" and number is not None else number
    told = full(number, payload["unit"], lang, payload.get("decimals"))
    return told if number is None else signed(told, payload, name)


def head_unit(unit: str, lang: str) -> str:
    """Return the unit as it stands in a table head; empty where the number speaks for itself."""
    return str(words(lang)["units"].get(unit, ("", ""))[1])


@cache
def _decimal(value: float, unit: str, lang: str, decimals: int | None) -> str:
    from babel.numbers import format_decimal

    digits = _DECIMALS.get(unit, 0) if decimals is None else decimals
    # Twelve significant digits first: 0.345 * 100 is 34.499999999999996 and would round down.
    scaled = float(f"{value * 100 if unit in ('share', 'points') else value:.12g}")
    text = format_decimal(abs(scaled), f"#,##0.{'0' * digits}", locale=_LOCALES[lang])
    return f"\N{MINUS SIGN}{text}" if scaled < 0 and text.strip("0.,") else text


def _date(iso: str, unit: str, lang: str) -> str:
    from babel.dates import format_date

    day = dt.date.fromisoformat(f"{iso}-01"[:10])
    text = format_date(day, format=_DATES[lang][unit], locale=_LOCALES[lang])
    return text.replace(" ", _NO_BREAK, 1)
