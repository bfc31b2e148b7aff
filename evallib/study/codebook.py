"""What a delivery must look like and what one does: empty tables, and a codebook with counts.

Who delivers data starts from the empty tables; who receives them reads the codebook before any
analysis. A codebook is shown to others, so no count in it speaks of a few people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from evallib.errors import DataError
from evallib.study.cells import SmallTable, check_parts
from evallib.study.checks import Findings
from evallib.study.contract import (
    REGISTER,
    REGISTER_COLUMNS,
    RULES,
    SMALL_COUNT,
    TABLES,
    Column,
    Language,
    month_column,
    week_column,
    weeks_between,
)
from evallib.study.delivery import UnreadableError, find, names_of, read_small
from evallib.study.register import layout

if TYPE_CHECKING:
    from evallib.study.definition import Definition

FEW = f"<{SMALL_COUNT}"
"""Stands in place of a small count, and of one that would give it away."""
_WORDS = {
    "en": ("# The tables of the study", "column", "holds", "codes", "# The rules", "may be blank"),
    "da": ("# Studiets tabeller", "kolonne", "indhold", "koder", "# Reglerne", "må være tom"),
}


def names(table: str, definition: Definition) -> list[str]:
    """The columns of a table; of the register those from the first month of history on.

    >>> from evallib.study.definition import read_definition
    >>> names("dream", read_definition())[:2], len(names("dream", read_definition()))
    (['person_id', 'y_1248'], 325)
    """
    if table != REGISTER:
        return [column.name for column in TABLES[table].columns]
    study = definition.study
    last = date.fromisoformat(f"{study.register_last_week}-4")
    first = pd.Timestamp(study.intake_first_month) - pd.DateOffset(months=study.history_months)
    weeks = [week_column(day) for day in weeks_between(first.date(), last)]
    months = pd.date_range(first, last, freq="MS")
    kinds: tuple[Literal["branche", "grad"], ...] = ("branche", "grad")
    monthly = [month_column(kind, day.date()) for kind in kinds for day in months]
    return ["person_id", *weeks, *monthly]


def contract_text(language: Language = "en") -> str:
    """The contract as Markdown: every table's columns, then every rule."""
    title, column, holds, codes, rules, blank = _WORDS[language]
    lines = [title]
    for table in TABLES.values():
        lines += ["", f"## {table.name}", "", f"| {column} | {holds} | {codes} |", "|---|---|---|"]
        for c in table.columns:
            told = c.da if language == "da" else c.en
            listed = ", ".join(c.codes) + (f" ({blank})" if c.blank else "")
            lines.append(f"| {c.name} | {told} | {listed.strip()} |")
    lines += ["", f"## {REGISTER}", "", f"| {column} | {holds} |", "|---|---|"]
    lines += [f"| {name} | {told[language]} |" for name, told in REGISTER_COLUMNS.items()]
    lines += ["", rules, ""]
    for name, rule in RULES.items():
        lines.append(
            f"- **{name}** ({rule.severity}): {rule.what[language]} {rule.remedy[language]}"
        )
    return "\n".join(lines) + "\n"


def template(folder: Path, definition: Definition, language: Language = "en") -> list[Path]:
    """Write empty tables and the contract beside them; returns the files.

    Raises
    ------
    DataError
        One of the files is there already; nothing is written then.
    """
    texts = {f"{t}.csv": ",".join(names(t, definition)) + "\n" for t in (*TABLES, REGISTER)}
    texts["CONTRACT.md"] = contract_text(language)
    there = [name for name in texts if (folder / name).exists()]
    if there:
        raise DataError(
            f"{folder} has {', '.join(there)} already; name a folder where nothing is overwritten."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def describe(folder: Path, definition: Definition) -> pd.DataFrame:
    """A codebook of a delivery, one row per column and value.

    Parameters
    ----------
    folder
        The folder of the tables; those that can be read are described.
    definition
        Has the routes and units: what is none of them is "other", as it could be anything.

    Returns
    -------
    pandas.DataFrame
        table, column, value, n: how many rows have the value. Codes, routes and units by value,
        dates by year, numbers by their middle and tenths, keys and blanks in number. A count under
        `SMALL_COUNT`, and one that would give it away, is `FEW`.
    """
    rows: list[tuple[str, str, str, str]] = []
    for name, table in TABLES.items():
        try:
            parts = [read_small(path) for path in find(folder, name).read]
        except UnreadableError:
            continue
        if parts:
            small = check_parts(table, parts, Findings())
            rows += [(name, *row) for row in _columns(small, definition)]
    files = find(folder, REGISTER).read
    if len(files) == 1:
        rows += [(REGISTER, *row) for row in _register(files[0])]
    return pd.DataFrame(rows, columns=["table", "column", "value", "n"])


def _columns(small: SmallTable, definition: Definition) -> Iterable[tuple[str, str, str]]:
    routes = {str(route.number) for route in definition.routes}
    units = {unit.name for unit in definition.units} | definition.pseudonyms
    yield "", "rows", _shown(len(small.cells))
    for column in small.table.columns:
        if small.has(column.name):
            known = {"route": routes, "unit": units}.get(column.kind, set(column.codes))
            for value, n in _values(small, column, known).items():
                yield column.name, value, n


def _values(small: SmallTable, column: Column, known: set[str]) -> dict[str, str]:
    cells = small.cells[column.name]
    filled = cells[cells != ""]
    blank = {"blank": len(cells) - len(filled)}
    if known:
        values = filled if column.kind == "unit" else small.codes(column.name)[cells != ""]
        return safe(_counts(values.where(values.isin(known), "other")) | blank)
    if column.kind in ("date", "month"):
        return safe(_counts(small.dates(column.name).dt.strftime("%Y").dropna()) | blank)
    if column.kind == "number":
        numbers = small.numbers(column.name).dropna()
        tenths = (0.1, 0.5, 0.9) if len(numbers) >= 10 * SMALL_COUNT else ()
        told = {f"{part:.0%} are at most {numbers.quantile(part):.0f}": "" for part in tenths}
        return told | safe({"filled": len(numbers)} | blank)
    return safe({"different": int(filled.nunique())} | blank)


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(value): int(n) for value, n in values.value_counts().sort_index().items()}


def safe(counts: dict[str, int]) -> dict[str, str]:
    """Counts as they may be shown: none is small, and what is hidden cannot be worked out.

    >>> safe({"m": 20, "k": 3, "blank": 0})
    {'m': '<5', 'k': '<5', 'blank': '0'}
    """
    hidden = {value for value, n in counts.items() if 0 < n < SMALL_COUNT}
    if hidden:
        rest = sorted((n, value) for value, n in counts.items() if n and value not in hidden)
        while rest and (len(hidden) < 2 or sum(counts[v] for v in hidden) < SMALL_COUNT):
            hidden.add(rest.pop(0)[1])
    return {value: FEW if value in hidden else str(n) for value, n in counts.items()}


def _shown(n: int) -> str:
    return FEW if 0 < n < SMALL_COUNT else str(n)


def _register(path: Path) -> Iterable[tuple[str, str, str]]:
    try:
        columns = layout(names_of(path))
    except Exception:  # noqa: BLE001  # whatever its reader raises: `validate` tells of it
        return
    for name, dated in (
        ("y_YYWW", columns.weeks),
        ("branche_YYYY_MM", columns.industries),
        ("grad_YYYY_MM", columns.degrees),
    ):
        if dated:
            yield name, f"{min(dated)} to {max(dated)}", str(len(dated))
