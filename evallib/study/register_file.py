"""Holds a register's file against the contract, before any person is looked up in it.

Names that stand twice, rows that do not fit the names, names that moved against the columns, years
that are not there: each check takes a path, names or dates, so that any reader can call it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Protocol

import pandas as pd

from evallib.study import forms
from evallib.study.checks import Findings, as_text, numbers
from evallib.study.contract import (
    PERSON,
    SMALL_COUNT,
    STATISTICAL,
    month_column,
    month_of,
    week_column,
    week_of,
    weeks_between,
)
from evallib.study.delivery import UnreadableError, canonical, must_be_file, reason, some

HIGHEST_CODE = 999
"""Benefit codes have three digits; a larger one is no code, whatever it may count."""


def _form(path: Path) -> forms.Form:
    told = path.stat()
    return _seen(path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=8)
def _seen(path: Path, _changed: int, _size: int) -> forms.Form:
    """The form of a file as it is: several checks ask for it."""
    return forms.sniff(path)


def header(path: Path) -> list[str]:
    """The names of a wide file's columns as they stand there, those that stand twice too.

    Raises `ValueError` or what the file's reader raises if it cannot be read.
    """
    ending = path.suffix.lower()
    if ending in STATISTICAL:
        import pyreadstat

        _, meta = getattr(pyreadstat, STATISTICAL[ending])(str(path), metadataonly=True)
        return list(meta.column_names)
    if ending == ".parquet":
        import pyarrow.parquet

        return list(pyarrow.parquet.read_schema(path).names)
    return list(_form(path).names)


def check_names(names: Iterable[str], file: str, findings: Findings) -> None:
    """A column may stand once: its name in any case, and every name of the key."""
    meant: Counter[str] = Counter()
    for name in names:
        plain = canonical(name)
        if plain == PERSON:
            meant[PERSON] += 1
        elif (day := week_of(plain)) is not None:
            meant[week_column(day)] += 1
        elif (month := month_of(plain)) is not None:
            meant[f"{month[0]}_{month[1]:%Y_%m}"] += 1
    twice = sorted(name for name, n in meant.items() if n > 1)
    if twice:
        findings.add("column_twice", file, some(twice), n=len(twice))


class Columns(Protocol):
    """Which weeks (Thursdays) and months (first days) a register has."""

    @property
    def weeks(self) -> Mapping[date, str]:
        """Columns of weeks."""

    @property
    def degrees(self) -> Mapping[date, str]:
        """Columns of employment degrees."""

    @property
    def industries(self) -> Mapping[date, str]:
        """Columns of industries."""


def check_file(path: Path, findings: Findings) -> None:
    """Faults of the file as such: names that stand twice, rows that do not fit the names.

    Raises `UnreadableError` if it cannot be opened.
    """
    must_be_file(path)
    try:
        check_names(header(path), path.name, findings)
        if path.suffix.lower() in (".csv", ".txt", ".tsv"):
            check_lengths(path, findings)
    except UnreadableError:
        raise
    except ValueError as error:
        words = str(error) if type(error) is ValueError else reason(error)
        raise UnreadableError(words) from error
    except Exception as error:
        raise UnreadableError(reason(error)) from error


def check_lengths(path: Path, findings: Findings, most: int = 200_000) -> None:
    """Rows of a text register that are shorter or longer than its names.

    Counts delimiters, which is many times faster than parsing; rows with quotes are parsed. Of a
    very long file the first rows are looked at: a shift shows in them all.
    """
    form = _form(path)
    mark = form.delimiter.encode()
    wanted, wrong = len(form.names) - 1, []
    if form.encoding == "utf-16":
        return
    with forms.opened(path) as lines:
        for number, line in enumerate(islice(lines, most), 1):
            if number == 1 or not line.strip():
                continue
            n = line.count(mark)
            if b'"' in line:
                text = line.decode(form.encoding, errors="replace")
                n = len(next(csv.reader([text], delimiter=form.delimiter))) - 1
            if n < wanted or (n > wanted and any(line.split(mark)[wanted + 1 :])):
                wrong.append(number)
    if wrong:
        findings.add("ragged_rows", path.name, "", wrong)


def sample(path: Path, columns: Sequence[str], rows: int = 60) -> pd.DataFrame:
    """Some columns of the first rows of a wide file, as text; to see of what kind they are."""
    ending = path.suffix.lower()
    if ending in STATISTICAL:
        import pyreadstat

        read = getattr(pyreadstat, STATISTICAL[ending])
        frame, _ = read(str(path), row_limit=rows, usecols=list(columns))
    elif ending == ".parquet":
        import pyarrow.parquet

        file = pyarrow.parquet.ParquetFile(path)
        frame = next(file.iter_batches(rows, columns=list(columns))).to_pandas()
    else:
        form = _form(path)
        read_rows = islice(forms.rows(path, form), 1, rows + 1)
        cells = [row for _, row in read_rows if len(row) == len(form.names)]
        places = [form.names.index(name) for name in columns]
        frame = pd.DataFrame([[row[p] for p in places] for row in cells], columns=list(columns))
    return as_text(pd.DataFrame(frame))


def check_edges(path: Path, columns: Columns, findings: Findings) -> None:
    """The first and last column of each kind holds what its name says.

    Names that moved against the columns show where one kind meets another, and these columns may
    lie outside the months that are read.
    """
    kinds = {
        "weeks": (list(columns.weeks.values()), lambda v: (v % 1 == 0) & (v <= HIGHEST_CODE)),
        "industries": (list(columns.industries.values()), lambda v: (v % 1 == 0) & (v > 9999)),
        "degrees": (list(columns.degrees.values()), lambda v: v <= 9999),
    }
    edges = {name: kind for kind, (names, _) in kinds.items() for name in (names[0], names[-1])}
    cells = sample(path, list(edges))
    wrong = []
    for name, kind in edges.items():
        values = numbers(cells[name]).dropna()
        if len(values) >= SMALL_COUNT and float(kinds[kind][1](values).mean()) < 0.5:
            wrong.append(name)
    if wrong:
        findings.add("shifted_columns", path.name, some(wrong), n=len(wrong), of=len(edges))


def check_history(
    columns: Columns, begin: date, first: date, file: str, findings: Findings
) -> None:
    """The months from `begin` of the history to the first referral have their columns."""
    wanted = pd.date_range(begin, first, freq="MS", inclusive="left").date
    lost = [month_column("grad", m) for m in wanted if m not in columns.degrees]
    lost += [month_column("branche", m) for m in wanted if m not in columns.industries]
    # A gap between two weeks that are there is a missing week, and counted as such.
    earliest = min(*columns.weeks, first)
    lost += [week_column(day) for day in weeks_between(begin, earliest) if begin <= day < earliest]
    if lost:
        detail = f"history from {begin:%Y-%m}: {some(lost)}"
        findings.add("history_missing", file, n=len(lost), detail=detail)
