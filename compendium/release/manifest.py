"""What a release says of itself: for each output what it shows, of how many, and what was hidden.

The manifest is for two readers. A checker reads what each output rests on and which rules it
passed; the next release reads the numbers, to find what the two together would tell (`compare`). It
holds no time and no number with more digits than are shown; the same results give the same bytes.

The rules leave their mark in the payloads: `released` on an exhibit, with `rules` (names), `hidden`
(how many numbers were taken out), `why` (names of reasons), `least` (people behind the number that
rests on fewest) and `base` (what counts are rounded to). What is not marked is told as not passed
by the rules.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compendium.chapter.catalogue import Translator
from compendium.chapter.formatting import WORDED
from compendium.chapter.payloads import Payload, say
from compendium.chapter.tables import as_shown, in_words, note_of
from compendium.disclosure.parts import payloads_in
from compendium.disclosure.rules import read_rules
from compendium.release.sites import Site
from compendium.release.tables import number
from compendium.report.document import Code, Document, ExecutedChapter
from compendium.run.executed import Exhibit

FORM = 1
_UNMARKED: tuple[tuple[str, Any], ...] = (("rules", []), ("hidden", 0), ("why", []), ("base", None))
_DRAWN = ("svg", "png", "narrow")


def manifest(
    site: Site,
    documents: Mapping[str, Document],
    files: Mapping[str, bytes],
    left_out: Mapping[str, str],
    searched: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a release says of itself.

    Parameters
    ----------
    site
        Where it leaves.
    documents
        The report by language.
    files
        What leaves, by name.
    left_out
        What does not, by name, and why.
    searched
        What the search found (`scan`).

    Returns
    -------
    dict
        `outputs`: one for each figure and table, with its caption in each language, its files, the
        people and units behind it and what the rules did; `numbers`: each recorded value and each
        number of a table, by id; `files`: size and sha256 by name; `questions`: changes since an
        earlier release that a checker must judge.
    """
    known = next(iter(documents.values()))
    return {
        "form": FORM,
        "site": {
            "id": site.id,
            "name": dict(site.name),
            "types": sorted(site.types),
            "sources": [dict(source) for source in site.sources],
            "unconfirmed": [dict(text) for text in site.unconfirmed],
        },
        "languages": sorted(documents),
        "outputs": [
            _output(chapter, exhibit, documents, files) for chapter, exhibit in shown(known)
        ],
        "numbers": dict(sorted(numbers(known))),
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        },
        "left_out": dict(sorted(left_out.items())),
        "searched": dict(searched),
        "questions": [],
    }


def shown(document: Document) -> Iterator[tuple[ExecutedChapter, Exhibit]]:
    """Yield the figures and tables of the report, in its order."""
    for chapter in document.chapters:
        for block in chapter.blocks:
            if isinstance(block, Code):
                yield from ((chapter, exhibit) for exhibit in block.shown)


def stem(chapter: ExecutedChapter, payload: Payload) -> str:
    """Return the name an exhibit's files begin with, such as 07_shares."""
    return f"{chapter.number:02d}_{payload['id']}"


def _output(
    chapter: ExecutedChapter,
    exhibit: Exhibit,
    documents: Mapping[str, Document],
    files: Mapping[str, bytes],
) -> dict[str, Any]:
    payload, target = exhibit.payload, exhibit.target
    label, shows = {}, {}
    for lang, document in documents.items():
        (said,) = (c.translate for c in document.chapters if c.number == chapter.number)
        label[lang] = say(payload["caption"], payload, said)
        drawn = payload["kind"] == "figure"
        shows[lang] = say(payload["alt"], payload, said) if drawn else note_of(payload, said)
    made = re.compile(rf"(?:tables|figures)/\w+/{re.escape(stem(chapter, payload))}\.\w+")
    held = payloads_in(payload, _DRAWN)
    people = {one["n"] for one in held if isinstance(one.get("n"), int) and "value" in one}
    rules = payload.get("released", {})
    least = rules.get("least")
    return {
        "id": target,
        "kind": payload["kind"],
        "number": next(iter(documents.values())).labels[target][1],
        "label": label,
        "shows": shows,
        "files": [name for name in sorted(files) if made.fullmatch(name)],
        "people": {
            "least": min(people, default=None) if least is None else least,
            "most": max(people, default=None),
        },
        "units": list(payload.get("clusters") or []),
        "passed": bool(rules),
        **{name: rules.get(name) or none for name, none in _UNMARKED},
    }


def numbers(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the numbers of a report by id: recorded ones, and those of tables by row and column."""
    for chapter in document.chapters:
        for name, payload in chapter.recorded.items():
            if payload["unit"] not in WORDED:
                yield name, _number(payload, payload, {})
    for _, exhibit in shown(document):
        if exhibit.payload["kind"] == "table":
            yield from _of_table(exhibit)


def _of_table(exhibit: Exhibit) -> Iterator[tuple[str, dict[str, Any]]]:
    payload, translate = exhibit.payload, Translator()  # ids are the same in all languages
    columns = payload["columns"]
    groups = payload["groups"] or [None] * len(payload["rows"])
    seen: dict[str, int] = {}
    for group, row in zip(groups, payload["rows"], strict=True):
        pairs = list(zip(row, columns, strict=True))
        heads = [] if group is None else [in_words(group, translate)]
        for cell, column in pairs:
            if column["head"] and cell is not None:
                worded = column["unit"] == "text"
                told = in_words(cell, translate) if worded else as_shown(cell, column)["value"]
                heads.append(str(told))
        for cell, column in pairs:
            given = as_shown(cell, column)
            if given["unit"] in WORDED:
                continue
            label = say(column["label"], {}, translate)
            name = " | ".join([exhibit.target, *heads, label])
            seen[name] = seen.get(name, 0) + 1
            again = f" | {seen[name]}" if seen[name] > 1 else ""  # rows that read alike
            yield f"{name}{again}", _number(given, column, payload)


def _number(given: Payload, shape: Payload, holder: Payload) -> dict[str, Any]:
    """Return a number as released: as shown, with the people behind it and what rounds it."""
    unit, decimals = given["unit"], given.get("decimals", shape.get("decimals"))
    mark = given.get("released") or holder.get("released") or {}
    if given.get("rule") == "rounded":
        mark = {"base": read_rules().width, **mark}
    told: dict[str, Any] = {"unit": unit, "value": number(given.get("value"), unit, decimals)}
    ends = {end: number(given.get(end), unit, decimals) for end in ("low", "high")}
    told |= {end: limit for end, limit in ends.items() if limit is not None}
    told |= {name: given[name] for name in ("n", "k", "rule") if given.get(name) is not None}
    told |= {name: mark[name] for name in ("base", "least") if mark.get(name) is not None}
    return told
