"""Holds the register against the contract: its names first, then what the people's cells hold.

Each check takes names, dates or matrices of people by columns, so that any reader of wide files can
call it. What a cell must be in itself the reader sees; here stands what shows only when many cells
are seen together: a blank month, another measure, names shifted against columns.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.study import forms
from evallib.study.checks import Findings, as_text, numbers
from evallib.study.contract import (
    LIMITS,
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

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

FULL_TIME = 0.9
"""From here on a month of work leaves no room for a week of benefit inside it."""
HIGHEST_CODE = 999
"""Benefit codes have three digits; a larger one is no code, whatever it may count."""


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
    return list(forms.sniff(path).names)


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
    def weeks(self) -> Mapping[date, str]: ...
    @property
    def degrees(self) -> Mapping[date, str]: ...
    @property
    def industries(self) -> Mapping[date, str]: ...


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
    form = forms.sniff(path)
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


def sample(path: Path, columns: Sequence[str], rows: int = 200) -> pd.DataFrame:
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
        form = forms.sniff(path)
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
    earliest = min(min(columns.weeks), first)
    lost += [
        week_column(day) for day in weeks_between(begin, earliest) if begin <= day < earliest
    ]
    if lost:
        detail = f"history from {begin:%Y-%m}: {some(lost)}"
        findings.add("history_missing", file, n=len(lost), detail=detail)


@dataclass(frozen=True)
class Window:
    """What the people's cells hold: rows are people, columns weeks or months.

    `codes` 0 for none and -1 for what is no code; `degree` part of full time, NaN for none;
    `industry` 0 for none and -1 for what is no code.
    """

    file: str
    thursdays: pd.DatetimeIndex
    codes: Ints
    firsts: pd.DatetimeIndex
    degree: Floats
    industry: Ints


def check_window(
    window: Window, unknown_codes: Callable[[Ints], NDArray[np.bool_]], hours: float,
    divisions: set[int], findings: Findings,
) -> None:  # fmt: skip
    """Everything that shows in many cells together.

    Parameters
    ----------
    window
        The cells.
    unknown_codes
        Which benefit codes the list does not have.
    hours
        Hours of full time in a month.
    divisions
        The two-digit divisions of the list of industries.
    findings
        Takes the faults.
    """
    recorded = np.isfinite(window.degree) & (window.degree > 0)
    paid = window.codes != 0
    weeks = [week_column(day.date()) for day in window.thursdays]
    names = {
        kind: [month_column(kind, day.date()) for day in window.firsts]  # type: ignore[arg-type]
        for kind in ("grad", "branche")
    }
    _blank(paid.sum(axis=0), weeks, window.file, findings)
    _blank(recorded.sum(axis=0), names["grad"], window.file, findings)
    worked = window.industry != 0
    _blank(worked.sum(axis=0), names["branche"], window.file, findings)
    _kinds(paid, paid & unknown_codes(window.codes), weeks, window.file, findings)
    strange = worked & ~_industry(window.industry, divisions)
    _industries(worked, strange, names["branche"], window.file, findings)
    impossible = recorded & (window.degree * hours > LIMITS["hours_in_month"])
    _measure(window.degree, recorded, names["grad"], window.file, findings)
    if impossible.any():
        n = int(impossible.sum())
        findings.add(
            "impossible_hours", window.file, "grad_YYYY_MM", n=n, of=int(recorded.sum())
        )
    _nines(window.degree, recorded, window.file, findings)
    _beside(recorded, worked, window.file, findings)
    _in_step(window, recorded & (window.degree >= FULL_TIME), findings)


def _industry(codes: Ints, divisions: set[int]) -> NDArray[np.bool_]:
    wide = 10 ** (LIMITS["industry_digits"] - 2)
    return np.asarray(np.isin(codes // wide, list(divisions)) & (codes < 100 * wide))


def _blank(counts: Ints, names: list[str], file: str, findings: Findings) -> None:
    """Columns that hold next to nothing where the typical one of their kind is filled."""
    usual = float(np.median(counts)) if len(counts) else 0.0
    kind = names[0].split("_")[0] if names else ""
    if not counts.any() and names:
        findings.add("blank_column", file, f"{kind}_…", n=len(names), of=len(names))
        return
    filled = counts[counts > 0]
    usual = max(usual, float(np.median(filled)) * float(len(filled) > len(counts) / 4))
    if usual < LIMITS["recorded"]:
        return
    blank = [name for name, n in zip(names, counts, strict=True)
             if n < LIMITS["blank_month"] * usual]  # fmt: skip
    if blank:
        findings.add("blank_column", file, some(blank), n=len(blank), of=len(names))


def _kinds(
    recorded: NDArray[np.bool_], strange: NDArray[np.bool_], names: list[str], file: str,
    findings: Findings,
) -> None:  # fmt: skip
    """Columns most of whose cells are not of their kind, while the other columns are sound."""
    there = recorded.sum(axis=0)
    off = (there >= SMALL_COUNT) & (strange.sum(axis=0) > 0.5 * there)
    if off.any() and not off.all():
        wrong = [name for name, is_off in zip(names, off, strict=True) if is_off]
        findings.add("shifted_columns", file, some(wrong), n=len(wrong), of=len(names))


def _industries(
    worked: NDArray[np.bool_], strange: NDArray[np.bool_], names: list[str], file: str,
    findings: Findings,
) -> None:  # fmt: skip
    _kinds(worked, strange, names, file, findings)
    if strange.any():
        n, of = int(strange.any(axis=1).sum()), int(worked.any(axis=1).sum())
        findings.add("unknown_industry", file, "branche_YYYY_MM", n=n, of=of)


def _measure(
    degree: Floats, recorded: NDArray[np.bool_], names: list[str], file: str, findings: Findings
) -> None:
    """The highest tenth of degrees begins near full time, in all months taken together and in each.

    In hours it begins near 160, in hours a week near 37, in per mille near 1000; divided by 100 as
    percent these are 1.6, 0.37 and 10.
    """
    low, high = LIMITS["full_time"]
    values = np.where(recorded, degree, np.nan)
    enough = recorded.sum(axis=0) >= LIMITS["recorded"]
    if not enough.any():
        return
    tenth = np.nanquantile(values[:, enough], 0.9, axis=0)
    odd = (tenth < low) | (tenth > high)
    if odd.any():
        judged = [name for name, is_enough in zip(names, enough, strict=True) if is_enough]
        wrong = [name for name, is_odd in zip(judged, odd, strict=True) if is_odd]
        findings.add("degree_measure", file, some(wrong), n=len(wrong), of=len(judged))


def _nines(
    degree: Floats, recorded: NDArray[np.bool_], file: str, findings: Findings
) -> None:
    """A spike at a number of nines, whatever it was divided by."""
    values = degree[recorded]
    for nines in (99.0, 999.0, 9999.0, 9.99, 99.99, 0.99):
        spike = int((np.abs(values - nines) < 1e-6).sum())
        beside = int(((np.abs(values - nines) <= 0.05 * nines)).sum()) - spike
        full = int((np.abs(values - 1.0) < 1e-6).sum()) if nines < 1 else 0
        if spike >= LIMITS["recorded"] and spike > 2 * max(beside - full, SMALL_COUNT):
            findings.add("sentinel", file, "grad_YYYY_MM", n=spike, of=len(values))


def _beside(
    recorded: NDArray[np.bool_], worked: NDArray[np.bool_], file: str, findings: Findings
) -> None:
    """Hours and industries stand in the same months; a month later or earlier they agree less."""
    if recorded.sum() < LIMITS["recorded"] * SMALL_COUNT or not worked.any():
        return
    same = _agree(recorded, worked)
    for name, ours, theirs in (
        ("earlier", recorded[:, :-1], worked[:, 1:]),
        ("later", recorded[:, 1:], worked[:, :-1]),
    ):
        if _agree(ours, theirs) > same + 0.005:
            detail = f"hours agree with the industries of the month {name}"
            findings.add("shifted_columns", file, "grad_…, branche_…", detail=detail)
    without = int((recorded & ~worked).sum())
    if without > 0.1 * recorded.sum():
        findings.add(
            "hours_without_industry", file, "branche_YYYY_MM", n=without, of=int(recorded.sum())
        )


def _in_step(window: Window, full: NDArray[np.bool_], findings: Findings) -> None:
    """Benefit weeks are rarest inside months of full-time work; a week off they would be rarer.

    At both ends of a job a week has a code if one of its days had: the weeks at the ends are left
    out, so that the weeks between them are blank whichever way the ends lean.
    """
    firsts = window.firsts
    at = (window.thursdays.year - firsts[0].year) * 12 + window.thursdays.month - firsts[0].month
    inside = np.asarray((at >= 0) & (at < len(firsts)))
    weeks, paid = full[:, np.asarray(at)[inside]], window.codes[:, inside] != 0
    inner = np.zeros_like(weeks)
    inner[:, 3:-3] = weeks[:, 3:-3] & weeks[:, 2:-4] & weeks[:, 4:-2]
    if inner.sum() < 100 * LIMITS["recorded"]:
        return
    off = {by: int((np.roll(paid, by, axis=1) & inner).sum()) for by in range(-2, 3)}
    best = min(off, key=lambda by: off[by])
    if off[0] > 1.4 * off[best] + 3 * np.sqrt(off[best] + LIMITS["recorded"] / 4):
        findings.add(
            "weeks_out_of_step", window.file, "y_YYWW", n=off[0], of=int(inner.sum()),
            detail=f"they fit best {abs(best)} {'later' if best > 0 else 'earlier'}",
        )  # fmt: skip


def _agree(hours: NDArray[np.bool_], industries: NDArray[np.bool_]) -> float:
    return float((hours & industries).sum()) / max(1.0, float((hours | industries).sum()))


def _padded(key: str, width: int) -> str:
    return key.zfill(width) if key.isdigit() else key


KEY_FORMS: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "upper case": str.upper,
    "no leading zeros": lambda key: key.lstrip("0"),
    **{
        f"leading zeros to {width} digits": lambda key, width=width: _padded(key, width)
        for width in range(3, 13)
    },
    "a point and zero behind": lambda key: f"{key}.0",
    "no point and zero behind": lambda key: key.removesuffix(".0"),
    "no hyphens": lambda key: key.replace("-", "").replace(" ", ""),
    "no letters before": lambda key: key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    "quotes around": lambda key: f'"{key}"',
}  # fmt: skip
"""How keys of one delivery differ from those of another, though they are the same."""


def match_otherwise(keys: Sequence[str], matching: Callable[[list[str]], int]) -> str:
    """Which form of the keys matches more of the register, in words; empty if none does.

    `matching` counts how many of some keys the register has.
    """
    best, words = matching(list(keys)), ""
    for name, change in KEY_FORMS.items():
        changed = list(dict.fromkeys(map(change, keys)))
        if changed != list(keys) and (n := matching(changed)) > best:
            best, words = n, name
    share = best / max(1, len(keys))
    return f"{share:.0%} would match if the keys here were written with {words}" if words else ""
