"""What a number rests on: the source, a definition, our own invention, or people who were counted.

On stand-in data a number looks like any other, and a reader may take our parameter for a result. So
each one knows its basis, by its id: the codebook names the quantities that follow from definitions
and those computed from others, and the study's folder lists the printed numbers it was made to fit.
What neither knows is assumed.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, Literal

from compendium.chapter.codebook import STATED, codebook, row_of
from evallib.settings import data_folder
from evallib.study.contract import BASIS, is_standin

Basis = Literal["stated", "calibrated", "assumed", "measured"]

_WEAKER: tuple[Basis, ...] = ("stated", "calibrated", "assumed")


def standin() -> bool:
    """Tell whether the study in use is the stand-in study; its numbers and figures then say so."""
    return is_standin(data_folder())


def basis_of(value_id: str, number: Any = None) -> Basis:
    """Return what a recorded number rests on.

    Parameters
    ----------
    value_id
        Its id, such as "n.route1.month0".
    number
        The number, a share as a fraction; one the study was made to fit counts as calibrated only
        while it is the one that is printed.

    Returns
    -------
    str
        "stated": typed from the source or a definition. On other than stand-in data all else is
        "measured"; there it is "calibrated" where the source prints this very number, and "assumed"
        otherwise, or what the weakest of the numbers is that the codebook says it is made of.
    """
    row, rest = row_of(value_id)
    made_of = row.basis if row else ""
    if made_of == STATED:
        return "stated"
    if not standin():
        return "measured"
    printed = _printed(data_folder() / BASIS).get(value_id, [])
    if any(number is None or least <= number <= most for least, most in printed):
        return "calibrated"
    parts = [basis_of(f"{part}{rest}") for part in made_of.split()]
    return max(parts, key=_WEAKER.index, default="assumed")


def default_basis(quantity: str = "", said: Basis | None = None) -> Basis:
    """Return the basis of what has no id: as `said`, else by the codebook's row of its column."""
    row = codebook().get(quantity)
    given: Basis = said or ("stated" if row is not None and row.basis == STATED else "assumed")
    return given if given == "stated" or standin() else "measured"


@cache
def _printed(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Return by id the least and most that is printed as that number; nothing if no file says."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    for row in csv.DictReader(lines):
        limits = float(row["least"]) - 1e-9, float(row["most"]) + 1e-9
        found[row["value_id"]].append(limits)
    return found
