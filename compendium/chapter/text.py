"""Texts with numbers in them, which can be said again in the other language.

`text("{n} units", n=…)` is an English string like any other, so it can stand in a frame, a legend
or an annotation; what it was made of is remembered under its words, and a figure or table that is
shown in Danish fills the translated template anew. In a notebook the call also marks the text for
the catalogue, as `_()` does in programs translated with gettext.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compendium.chapter.catalogue import Translator
from compendium.chapter.codebook import Counts
from compendium.chapter.formatting import checked_unit
from compendium.chapter.payloads import Message, Payload, checked_message, number_payload, say

ENGLISH = Translator()
_MADE: dict[str, Message] = {}


class Text(str):
    """An English text that knows its template and the values in it.

    `data` is the frame it tells of, where it stands for a drawing.
    """

    __slots__ = ("data", "message")
    data: Any
    message: Message

    @classmethod
    def of(cls, message: Message) -> Text:
        """Make the text of a message, and remember it under its words."""
        made = cls(say(message, {}, ENGLISH))
        made.message, made.data = message, None
        _MADE[str(made)] = message
        return made


def text(template: str, many: str | None = None, /, **values: Any) -> Text:
    """Make an English text of a template and values, to be translated where it is shown.

    Parameters
    ----------
    template
        The text, with {names} where values stand.
    many
        The text for any number but one, where the words depend on {n}.
    **values
        What `value`, `record` or `number` returned, another text, a list of texts, or a plain
        string, which is translated too.

    Returns
    -------
    Text
        A string, as an English reader sees it.

    Raises
    ------
    ExhibitError
        If a name in the template has no value.

    Examples
    --------
    >>> text("{n} units", n=number(17, "count"))
    '17 units'
    >>> text("{n} unit", "{n} units", n=1)
    '1 unit'
    """
    payloads = {name: as_payload(value) for name, value in values.items()}
    for form in (template, many) if many is not None else (template,):
        message = checked_message(form, f"text “{form}”", payloads)
    if many is not None:
        checked_message("{n}", f"text “{template}”, which counts", payloads)
        return Text.of({"text": template, "many": many, "values": payloads})
    return Text.of({"text": str(message), "values": payloads} if payloads else message)


def listed(texts: Iterable[Any], joint: str = "; ") -> Text:
    """Join texts, as an alternative text does that tells one thing after another.

    >>> listed([text("a"), text("b")])
    'a; b'
    """
    return Text.of({"items": [message_of(item) for item in texts], "joint": joint})


def number(
    value: Any, unit: str, decimals: int | None = None, *, of: Counts = "people"
) -> dict[str, Any]:
    r"""Return a number for a text that is in no list of values: a label, a tick, an annotation.

    `of` says what it counts, as in `table`: one of people that was not recorded may not leave.

    >>> text("{share} agree", share=number(0.395, "share"))
    '39.5\xa0% agree'
    """
    shown = {"unit": checked_unit(unit), "decimals": decimals}
    shown |= {"rule": of} if of != "people" else {}
    return number_payload(value) | {k: v for k, v in shown.items() if v is not None}


def message_of(given: Any) -> Message:
    """Return what a text was made of: of a Text its template and values, else the text itself."""
    if isinstance(given, Text):
        return given.message
    return _MADE.get(given, given) if isinstance(given, str) else str(given)


def made_of(words: str) -> Message | None:
    """Return the message of a text by the words it was shown with, None if none was made so."""
    return _MADE.get(words)


def as_payload(value: Any) -> Payload:
    """Return what a placeholder stands for, as a payload."""
    if hasattr(value, "payload"):
        payload: Payload = value.payload
        return payload
    if isinstance(value, dict) and "unit" in value:
        return value
    if isinstance(value, list):
        return {"message": listed(value).message, "unit": "message"}
    if isinstance(value, str):
        message = message_of(value)
        if isinstance(message, str):
            return {"value": message, "unit": "text"}
        return {"message": message, "unit": "message"}
    return number(value, "number", 0) if isinstance(value, int) else number(value, "number")
