"""What a column or quantity is called and how it is shown, from data/codebook.csv.

A table or a curve then needs no list of labels and units, and a word means one thing in all
chapters. The terms of both languages stand side by side in the file; this module hands out the
English, the rest is translation.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from compendium.chapter.formatting import Unit
from compendium.errors import ExhibitError, TranslationError, nearest
from evallib.settings import project

Counts = Literal["people", "units", "public", "recorded"]
COUNTS = ("", *get_args(Counts))
STATED = "stated"
ADDS = ("", "columns")  # whether a column is the sum of those beside it
_COLUMNS = (
    "name", "label_en", "label_da", "short_en", "short_da", "unit", "decimals", "counts", "adds",
    "basis", "meaning_en", "meaning_da",
)  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """A row of the codebook.

    `short` is the label of a table's head where the full one is too long; `counts` says what a
    number counts (people, units, what is public anyway, or nothing but numbers that are recorded).
    `basis` is "stated" for what comes from a definition, or names the quantities it is computed
    from under the same ending of the id; else the study's tables give it.
    """

    name: str
    label: str
    short: str
    unit: str
    decimals: int | None
    counts: str
    basis: str
    meaning: str


@cache
def codebook(root: Path | None = None) -> dict[str, Quantity]:
    """Return the codebook of an evaluation by name; of the one at hand if none is named.

    Raises
    ------
    TranslationError
        If a name stands twice, or a unit or another code is unknown.

    Examples
    --------
    >>> codebook()["share"].unit
    'share'
    """
    path = (root or project()) / "data" / "codebook.csv"
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, restkey="", restval=None, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise TranslationError(f"data/codebook.csv is no CSV in UTF-8: {error}") from error
    found: dict[str, Quantity] = {}
    for line, row in enumerate(rows, start=2):
        if fault := _fault(row, found):
            where = f"data/codebook.csv, line {line}, `{row.get('name')}`"
            raise TranslationError(f"{where}: {fault}")
        found[row["name"]] = Quantity(
            **{key: row[key] for key in ("name", "unit", "counts", "basis")},
            label=row["label_en"],
            short=row["short_en"] or row["label_en"],
            decimals=int(row["decimals"]) if row["decimals"] else None,
            meaning=row["meaning_en"],
        )
    return found


def _fault(row: Mapping[str, str | None], before: Collection[str]) -> str:
    """Return what is wrong with a row and what to do; empty if nothing is."""
    if set(row) != set(_COLUMNS) or None in row.values():
        return f"a row has the cells {', '.join(_COLUMNS)}; put a comma for each, also if empty"
    if not row["name"] or row["name"] in before:
        return f"the name {'stands twice; take one row out' if row['name'] else 'is missing'}"
    for column, allowed in (("unit", get_args(Unit)), ("counts", COUNTS), ("adds", ADDS)):
        if row[column] not in allowed:
            hint = nearest(str(row[column]), filter(None, allowed))
            return f"unknown {column} `{row[column]}`; {hint}"
    if row["decimals"] and not row["decimals"].isdecimal():
        return f"decimals is `{row['decimals']}`; write a whole number, or nothing"
    labels = row["label_en"] and row["label_da"]
    return "" if labels else "a label is missing; write it in both languages"


def row_of(value_id: str) -> tuple[Quantity | None, str]:
    """Return the row of the longest part of an id that the codebook knows, and what follows it."""
    known, name = codebook(), value_id
    while name and name not in known:
        name = name.rpartition(".")[0]
    return known.get(name), value_id[len(name) :]


def label(name: str) -> str:
    """Return what the codebook calls a column, or its own name.

    >>> label("month"), label("wave")
    ('Month', 'wave')
    """
    row = codebook().get(name)
    return row.label if row else name


def quantity(name: str, what: str) -> Quantity:
    """Return the codebook's row of a name, or raise ExhibitError with the nearest one.

    `what` says who asks, such as "table `shift`, column".
    """
    known = codebook()
    if name not in known:
        raise ExhibitError(
            f"{what} `{name}` has no row in data/codebook.csv; {nearest(name, known)} "
            "Add a row, or say label and unit in the call"
        )
    return known[name]
