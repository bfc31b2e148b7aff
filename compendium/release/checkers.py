"""The page for the two people who check a release: plain, printable, with boxes to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from compendium.chapter.formatting import words

_TABLE = '<table border="1">'  # lines where a site wants no styles
_PEOPLE = ("rounded", "mean", "difference", "few")  # rules for numbers of people
_HIT = ("file", "place", "kind", "count")
_STYLE = """body { font: 11pt/1.45 sans-serif; max-width: 45em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse } td, th { border: 1px solid #777; padding: .2em .6em;
text-align: left; vertical-align: top } td { overflow-wrap: anywhere } th { white-space: nowrap }
section { border-top: 2px solid #000; break-inside: avoid } .alarm { font-weight: bold }
.box { min-width: 9em; height: 2em }"""


def page(made: Mapping[str, Any], lang: str, *, bare: bool = False) -> str:
    """Return the page of a release.

    Parameters
    ----------
    made
        What the release says of itself (`manifest`).
    lang
        The language.
    bare
        Whether styles are to be left out, as some sites want it.

    Returns
    -------
    str
        HTML that fetches nothing.
    """
    said, site = words(lang)["release"], made["site"]
    title = escape(said["title"])
    parts = [
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head><meta charset="utf-8">',
        f"<title>{title}</title>",
        "" if bare else f"<style>{_STYLE}</style>",
        f"</head>\n<body>\n<h1>{title}</h1>\n<p>{escape(said['intro'])}</p>",
        _line(said["site"], name=site["name"][lang], types=", ".join(site["types"])),
        _list(said["source"].format(**s | {"says": s["says"][lang]}) for s in site["sources"]),
        _headed(said["unconfirmed"], [text[lang] for text in site["unconfirmed"]]),
        f"<h2>{escape(said['outputs'])}</h2>",
        *(_output(output, lang) for output in made["outputs"]),
        _numbers(made["numbers"], said),
        _headed(said["earlier"], [said["differs"].format(**d) for d in made["questions"]]),
        _search(made["searched"], said),
        f"<h2>{escape(said['all_files'])}</h2>",
        _table(
            said["files_columns"],
            [[name, file["bytes"], file["sha256"]] for name, file in made["files"].items()],
        ),
        _headed(
            said["left_out"],
            [f"{n}: {said['reasons'][why]}" for n, why in made["left_out"].items()],
        ),
        "</body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _output(output: Mapping[str, Any], lang: str) -> str:
    said = words(lang)["release"]
    head = said["output"].format(
        kind=words(lang)[output["kind"]], number=output["number"], label=output["label"][lang]
    )
    alarm, people = ' class="alarm"', _people(output, said)
    passed, reasons = words(lang)["rules"], words(lang)["left_out"]
    rows = [
        (said["shows"], output["shows"][lang], ""),
        (said["files"], ", ".join(output["files"]) or said["no_file"], ""),
        (said["people"], people, alarm if people == said["not_told"] else ""),
        (said["units"], "–".join(map(str, output["units"])), ""),
        (
            said["rules"],
            "; ".join(passed.get(rule, rule) for rule in output["rules"])
            if output["passed"]
            else said["not_passed"],
            "" if output["passed"] else alarm,
        ),
        (said["base"], output["base"], ""),
        (said["hidden"], output["hidden"], ""),
        (said["why"], "; ".join(reasons.get(why, why) for why in output["why"]), ""),
    ]
    lines = "".join(
        f"<tr><th>{escape(name)}</th><td{mark}>{escape(str(text))}</td></tr>\n"
        for name, text, mark in rows
        if text not in ("", None)
    )
    boxes = [
        [who, *('<span class="box"></span>' for _ in said["boxes"])] for who in said["checkers"]
    ]
    marks = _table(["", *said["boxes"]], boxes, markup=True)
    told_of = f"<h3>{escape(head)}</h3>\n{_TABLE}\n{lines}</table>"
    return f"<section>\n{told_of}\n{marks}\n</section>"


def _people(output: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Say how many people stand behind the numbers of an output."""
    people = output["people"]
    if output["passed"] and not {*output["rules"]} & {*_PEOPLE}:
        return str(said["nobody"])
    if people["least"] is None:
        return str(said["not_told"])
    told = said["people_told"] if people["most"] is not None else said["people_least"]
    return str(told.format(**people))


def _numbers(numbers: Mapping[str, Mapping[str, Any]], said: Mapping[str, Any]) -> str:
    unpassed = sum("least" not in number and "base" not in number for number in numbers.values())
    head = f"<h2>{escape(said['values'])}</h2>\n"
    return head + _line(said["values_told"], n=len(numbers), unpassed=unpassed)


def _search(searched: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    head = f"<h2>{escape(said['searched'])}</h2>\n" + _line(said["searched_told"], **searched)
    if searched["short"]:
        head += _line(said["short_keys"], n=searched["short"])
    if not searched["warnings"]:
        return head
    hits = [[hit[part] for part in _HIT] for hit in searched["warnings"]]
    return head + _line(said["warnings"]) + _table(said["warning_columns"], hits)


def _line(text: str, **values: Any) -> str:
    return f"<p>{escape(text.format(**values))}</p>"


def _list(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>\n" for text in texts)
    return f"<ul>\n{items}</ul>" if items else ""


def _headed(head: str, texts: Iterable[str]) -> str:
    listed = _list(texts)
    return f"<h2>{escape(head)}</h2>\n{listed}" if listed else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]], *, markup: bool = False) -> str:
    shown = str if markup else lambda cell: escape(str(cell))
    heads = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{shown(cell)}</td>' for cell in row)}</tr>\n" for row in rows
    )
    return f"{_TABLE}\n<tr>{heads}</tr>\n{body}</table>"
