"""One number as it may leave a secure site: rounded, or left out, by the rules and its support.

A number is a payload: its value, its unit, its interval, and what it rests on: n people, k of whom
have what is counted. Whoever knows a share to twelve digits and n knows k; so k and n are rounded
together first, and the share is made of the rounded two. Its interval is made around the released
number, and of little more than that: else its middle, or its width, would give the exact number
away. Where nothing says what a number rests on, it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, log10, sqrt
from statistics import NormalDist
from typing import Any

from compendium.disclosure.rounding import class_of, round_count, round_share
from compendium.disclosure.rules import Rules

Payload = dict[str, Any]

DECIMALS = {"hours": 1, "months": 1, "score": 2, "number": 2}
"""Digits kept of a mean where a payload says none."""
_OWN = ("k", "parts", "largest", "residual")
"""What a number rests on and does not show."""


def released(payload: Mapping[str, Any], counts: str, rules: Rules) -> Payload:
    """Return a number as it may leave.

    Parameters
    ----------
    payload
        The number: value, unit, and where it has them low, high, n, k, clusters, level, decimals;
        of a mean of amounts `largest`, the largest one's part of their sum; of a model's number
        `residual`, its degrees of freedom; and of a difference of shares `parts`, sign, k and n of
        each: it is then the difference of the two as they are released, so that no third number
        narrows them down.
    counts
        What it counts: "people", or else "units", "public" or "recorded", which leave as they are.
    rules
        The rules of the site.

    Returns
    -------
    dict
        The payload with its value, interval, n and parts as they may be seen, without k, and
        `rule`, the name of the rule that was applied. Of a number that is left out the value is
        None, and `hidden` is that rule. What may be seen of a released number is that number.

    Examples
    --------
    >>> from compendium.disclosure.rules import read_rules
    >>> share = {"value": 41 / 104, "unit": "share", "n": 104, "k": 41}
    >>> told = released(share, "people", read_rules())
    >>> told["value"] == 39 / 105, told["n"], told["rule"]
    (True, 105, 'rounded')
    """
    if counts != "people":
        return {**payload, "rule": counts}
    if payload.get("value") is None or isinstance(payload["value"], str):
        return {**payload, "rule": "none"}
    if rule := _refused(payload, rules):
        return hidden(payload, rule)
    release = {"count": _count, "share": _share, "points": _difference}
    return release.get(payload["unit"], _mean)(payload, rules)


def _refused(payload: Mapping[str, Any], rules: Rules) -> str:
    """Return the rule by which a number of people is left out; empty if it may be shown."""
    if payload["unit"] == "count":
        return ""
    n, parts = payload.get("n"), payload.get("parts") or []
    if n is None or payload["unit"] not in ("share", "points", *DECIMALS):
        return "support"
    classes = [class_of(people, rules) for people in (n, *(part[2] for part in parts))]
    if min(least for least, _ in classes) < rules.mean_people:
        return "few"  # by the class: what is shown would tell more of the number itself
    if (payload.get("largest") or 0) > rules.dominance_share:
        return "dominance"
    beyond = payload.get("residual")
    return "degrees" if beyond is not None and beyond < rules.residual_df else ""


def hidden(payload: Mapping[str, Any], rule: str) -> Payload:
    """Return a number that is left out, and by which rule."""
    gone = ("low", "high", "n", *_OWN)
    return {**{k: v for k, v in payload.items() if k not in gone}, "value": None, "hidden": rule}


def _count(payload: Mapping[str, Any], rules: Rules) -> Payload:
    value = payload["value"]
    sign = -1 if value < 0 else 1  # a difference of counts may be negative
    return _told(payload, sign * round_count(round(abs(value)), rules), rules, "rounded")


def _share(payload: Mapping[str, Any], rules: Rules) -> Payload:
    value, n = payload["value"], payload["n"]
    exact = payload.get("k")
    if exact is None:  # a share that is weighted or modelled stands for so many, too
        exact, apart = min(max(round(value * n), 0), n), 0.0
    else:
        apart = value - exact / n
    if exact > n:  # a ratio of two counts, such as reported to expected
        k, people = round_count(exact, rules), round_count(n, rules)
    else:
        k, people = round_share(exact, n, rules)
    told = _told(payload, k / people + round(apart, 9), rules, "rounded")
    if "low" in told and "high" in told:
        told |= _interval(payload, exact, (k, people), rules)
    return told


def _interval(
    payload: Mapping[str, Any], exact: int, seen: tuple[int, int], rules: Rules
) -> dict[str, float | None]:
    """Return the interval of a released share: so many of its own standard errors on either side.

    Where people are independent that many are the normal's, so the interval tells nothing that the
    share does not. Where they are not it is as many as the exact interval has, in whole halves.
    Beside few people, or all but few, there is none: how wide it is would tell how many.
    """
    k, people = seen
    if min(k, people - k) <= rules.width or not 0 < exact < payload["n"]:
        return {"low": None, "high": None}
    times = NormalDist().inv_cdf(0.5 + (payload.get("level") or 0.95) / 2)
    if payload.get("clusters") and payload["clusters"] < payload["n"]:
        ends = [payload[end] for end in ("low", "high") if payload[end] is not None]
        wide = max(abs(end - payload["value"]) for end in ends)
        times = ceil(2 * wide / _spread(exact / payload["n"], payload["n"]) - 1e-9) / 2
    half, share = times * _spread(k / people, people), k / people
    return {"low": max(share - half, 0.0), "high": min(share + half, 1.0)}


def _spread(share: float, n: float) -> float:
    """The standard error of a share of so many independent people; nothing at its ends."""
    return sqrt(max(share * (1 - share), 0.0) / n)


def _mean(payload: Mapping[str, Any], rules: Rules) -> Payload:
    """A mean with the digits it is shown with; its interval is rounded outwards."""
    digits = _digits(payload)
    step = 10.0**-digits
    value = round(payload["value"], digits)
    return _told(payload, value, rules, "mean", lambda half: ceil(half / step - 1e-9) * step)


def _difference(payload: Mapping[str, Any], rules: Rules) -> Payload:
    """A difference of released shares, or a net change in steps of as many people as a class."""
    n, given = payload["n"], payload.get("parts") or []
    step = rules.width / round_count(n, rules)
    value = round(payload["value"] / step) * step
    pairs = [(sign, *round_share(k, people, rules)) for sign, k, people in given]
    if pairs:
        value = sum(sign * k / people for sign, k, people in pairs)
    told = _told(payload, value, rules, "difference", lambda half: ceil(half / step - 1e-9) * step)
    return told | ({"parts": [list(pair) for pair in pairs]} if pairs else {})


def _told(
    payload: Mapping[str, Any],
    value: float,
    rules: Rules,
    rule: str,
    half: Callable[[float], float] = float,
) -> Payload:
    """Return a payload with another value, its interval around that, and n rounded."""
    told = {key: item for key, item in payload.items() if key not in _OWN}
    told |= {"value": value, "rule": rule}
    if payload.get("clusters") is not None and payload["clusters"] == payload.get("n"):
        told["clusters"] = None  # people are the units, and their number is rounded
    if payload.get("n") is not None:
        told["n"] = round_count(payload["n"], rules)
    for end, sign in (("low", -1), ("high", 1)):
        if payload.get(end) is not None:
            width = half(abs(payload[end] - payload["value"]))
            told[end] = value + sign * width
    return told


def _digits(payload: Mapping[str, Any]) -> int:
    """The digits of a mean: those shown, and no more than one person's step among n."""
    most = min(DECIMALS[payload["unit"]], int(log10(payload["n"])))
    decimals = payload.get("decimals")
    return most if decimals is None else min(int(decimals), most)
