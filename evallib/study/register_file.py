"""Holds a register's file against the contract, before any person is looked up in it.

Names that stand twice, rows that do not fit the names, names that moved against the columns, years
that are not there: each check takes a path, names or dates, so that any reader can call it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from evallib.study import forms
from evallib.study.cells import BESIDE, looks_like_cpr
from evallib.study.checks import Findings, as_text, numbers
from evallib.study.contract import (
    PERSON,
    SMALL_COUNT,
    STATISTICAL,
    TEXT,
    month_column,
    month_of,
    week_column,
    week_of,
    weeks_between,
)
from evallib.study.delivery import (
    canonical,
    kind_of,
    must_be_file,
    names_of,
    reader,
    reading,
    some,
)
from evallib.study.register import Layout

HIGHEST_CODE = 999
"""Benefit codes have three digits; a larger one is no code, whatever it may count."""


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


def check_file(path: Path, findings: Findings) -> None:
    """Faults of the file as such: names that stand twice, rows that do not fit the names.

    Raises `UnreadableError` if it cannot be opened.
    """
    must_be_file(path)
    with reading():
        names = names_of(path)
        check_names(names, path.name, findings)
        if kind_of(path) in TEXT:
            if told := forms.seen(path).told:
                findings.add("read_as", path.name, detail=told)
            check_lengths(path, findings)
        _foreign_keys(path, names, findings)


def _foreign_keys(path: Path, names: Sequence[str], findings: Findings) -> None:
    """CPR numbers among the columns nobody asked for."""
    others = [n for n in map(canonical, names) if n and not (week_of(n) or month_of(n))]
    cells = sample(path, list(dict.fromkeys(others)))
    if any(looks_like_cpr(cells[name]) for name in cells if name != PERSON):
        findings.add("cpr_number", path.name, BESIDE)


def check_lengths(path: Path, findings: Findings, most: int = 200_000) -> None:
    """Rows of a text register that are shorter or longer than its names.

    Counts delimiters, which is many times faster than parsing; rows with quotes are parsed. Of a
    very long file the first rows are looked at: a shift shows in them all.
    """
    form = forms.seen(path)
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
    kind, places = kind_of(path), {canonical(name): name for name in reversed(names_of(path))}
    theirs = [places[name] for name in columns]
    if kind in STATISTICAL:
        frame, _ = reader(path)(str(path), row_limit=rows, usecols=theirs)
    elif kind == ".parquet":
        import pyarrow.parquet

        file = pyarrow.parquet.ParquetFile(path)
        frame = next(file.iter_batches(rows, columns=theirs)).to_pandas()
    else:
        form = forms.seen(path)
        cells = [row for _, row in islice(forms.rows(path, form), 1, rows + 1)]
        at = [form.names.index(name) for name in theirs]
        whole = [row for row in cells if len(row) == len(form.names)]
        frame = pd.DataFrame([[row[p] for p in at] for row in whole], columns=theirs)
    return as_text(pd.DataFrame(frame)[theirs].set_axis(list(columns), axis=1))


def check_edges(path: Path, columns: Layout, findings: Findings) -> None:
    """The first and last column of each kind holds what its name says.

    Names that moved against the columns show where one kind meets another, and these columns may
    lie outside the months that are read.
    """
    there = {canonical(name) for name in names_of(path)}  # one file of several has not all
    kinds = {
        "weeks": (list(columns.weeks.values()), lambda v: (v % 1 == 0) & (v <= HIGHEST_CODE)),
        "industries": (list(columns.industries.values()), lambda v: (v % 1 == 0) & (v > 9999)),
        "degrees": (list(columns.degrees.values()), lambda v: v <= 9999),
    }
    own = {kind: [n for n in names if n in there] for kind, (names, _) in kinds.items()}
    edges = {n: kind for kind, names in own.items() for n in names[:1] + names[-1:]}
    cells = sample(path, list(edges))
    wrong = []
    for name, kind in edges.items():
        values = numbers(cells[name]).replace(0, np.nan).dropna()  # 0 stands for nothing
        if len(values) >= SMALL_COUNT and float(kinds[kind][1](values).mean()) < 0.5:
            wrong.append(name)
    if wrong:
        findings.add("shifted_columns", path.name, some(wrong), n=len(wrong), of=len(edges))


def check_history(columns: Layout, begin: date, first: date, file: str, findings: Findings) -> None:
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
