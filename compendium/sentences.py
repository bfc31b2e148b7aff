"""The four sentences of a finding that compares two groups, written once.

Which of them stands in the report is decided by the interval; see `compendium.exhibits.finding`.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]
Sentences = dict[str, dict[str, str]]


def comparison(quantity: Words, first: Words, second: Words) -> Sentences:
    """Return the sentences on `quantity` in the first group against the second.

    The quantity begins a sentence, in the definite singular ("Andelen af tilfredse", "The share
    satisfied"); the groups are adverbials ("på vikararbejde", "on temp-agency work").

    >>> told = comparison({"da": "Andelen", "en": "The share"}, {"da": "her", "en": "here"},
    ...                   {"da": "der", "en": "there"})
    >>> told["lower"]["da"]
    'Andelen er {size} lavere her end der ({interval}).'
    """
    small = {lang: text[0].lower() + text[1:] for lang, text in quantity.items()}
    return {
        "higher": {
            "da": f"{quantity['da']} er {{size}} højere {first['da']} end {second['da']} "
            "({interval}).",
            "en": f"{quantity['en']} is {{size}} higher {first['en']} than {second['en']} "
            "({interval}).",
        },
        "lower": {
            "da": f"{quantity['da']} er {{size}} lavere {first['da']} end {second['da']} "
            "({interval}).",
            "en": f"{quantity['en']} is {{size}} lower {first['en']} than {second['en']} "
            "({interval}).",
        },
        "none": {
            "da": f"{quantity['da']} er på samme niveau {first['da']} og {second['da']}: "
            "Forskellen er {estimate} ({interval}), og hele intervallet ligger inden for {margin} "
            "til hver side.",
            "en": f"{quantity['en']} is at the same level {first['en']} and {second['en']}: the "
            "difference is {estimate} ({interval}), and the whole interval lies within {margin} "
            "either way.",
        },
        "unclear": {
            "da": f"Det kan ikke afgøres, om {small['da']} er forskellig {first['da']} og "
            f"{second['da']}: Forskellen er {{estimate}} ({{interval}}).",
            "en": f"Whether {small['en']} differs {first['en']} and {second['en']} cannot be told: "
            "the difference is {estimate} ({interval}).",
        },
    }
