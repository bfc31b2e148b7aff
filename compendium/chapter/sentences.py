"""The four sentences of a finding that compares two groups, written once (chapter/words.toml).

Which of them stands in the report is decided by the interval; see `exhibits.finding`.
"""

from __future__ import annotations

from collections.abc import Mapping

from compendium.chapter.formatting import LANGUAGES, words

Words = Mapping[str, str]
Sentences = dict[str, dict[str, str]]
_LATER = {name: f"{{{name}}}" for name in ("size", "estimate", "interval", "margin")}


def comparison(quantity: Words, first: Words, second: Words) -> Sentences:
    """Return the sentences on `quantity` in the first group against the second.

    The quantity begins a sentence, in the definite singular ("Andelen af tilfredse", "The share
    satisfied"); the groups are adverbials ("på vikararbejde", "on temp-agency work").

    >>> told = comparison({"da": "Andelen", "en": "The share"}, {"da": "her", "en": "here"},
    ...                   {"da": "der", "en": "there"})
    >>> told["lower"]["da"]
    'Andelen er {size} lavere her end der ({interval}).'
    """
    told: Sentences = {}
    for lang in LANGUAGES:
        start = quantity[lang]
        small = start[0].lower() + start[1:]
        groups = {"first": first[lang], "second": second[lang]}
        for outcome, sentence in words(lang)["comparison"].items():
            text = sentence.format(Quantity=start, quantity=small, **groups, **_LATER)
            told.setdefault(outcome, {})[lang] = text
    return told
