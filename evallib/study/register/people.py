"""Reads the study's people out of a wide register, into matrices with one row per person.

Only the rows of these people and the columns of the study's window leave the file. What a cell
means is decided here value by value, so that the few thousand people of a study cost no query of
hundreds of expressions; `cells` says the same for whole registers, and the tests hold the two
together.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.study.checks import Findings
from evallib.study.codelists import CodeList
from evallib.study.contract import BLANKS, LIMITS, PERSON, month_column
from evallib.study.delivery import some
from evallib.study.register.cells import CODE, DEGREE, NO_CODE, UNREADABLE
from evallib.study.register.columns import Layout
from evallib.study.register.files import Cells, DuckFile, engine
from evallib.study.register.monthly import StatusRule, decided, deciding

T = TypeVar("T")
_PERCENT_ABOVE = 5.0
"""Employment degrees most of which are above this are in percent: nobody works five times full
time, while even a small job is above 5 percent."""
_LAG_PEOPLE = 20
"""Where so many worked in one month and none in those after it, the hours are not in yet."""


@dataclass(frozen=True)
class Register:
    """The study's people in the register, as matrices with one row per person.

    `people` (n,) are the keys; `codes` (n, weeks) benefit codes, 0 for none and -1 for a cell that
    is no code; `hours` (n, months) paid hours, NaN where none are recorded; `industry` (n, months)
    industry codes as numbers, 0 for none. `thursdays` and `firsts` date the columns; a week missing
    from the file has no column. `resolution` is the fewest hours the delivery can tell from none:
    where degrees have two decimals, 1.6 hours, so that "at least one hour" means any at all.
    """

    people: pd.Index
    thursdays: pd.DatetimeIndex
    codes: NDArray[np.int32]
    firsts: pd.DatetimeIndex
    hours: NDArray[np.float64]
    industry: NDArray[np.int32]
    resolution: float = float("nan")

    def status(self, rule: StatusRule, benefits: CodeList) -> NDArray[np.int8]:
        """The benefit group of every month by `months`, (n, months), positions in `groups`.

        A month without a week counts as one without a benefit.
        """
        known = self._statuses
        if (rule, benefits) not in known:
            known[rule, benefits] = self._status(rule, benefits)
        return known[rule, benefits].copy()

    @cached_property
    def _statuses(self) -> dict[tuple[StatusRule, CodeList], NDArray[np.int8]]:
        return {}

    def _status(self, rule: StatusRule, benefits: CodeList) -> NDArray[np.int8]:
        import ibis
        import pyarrow as pa

        # As many columns as a month has weeks, a row for everybody's month: what `months` unfolds.
        column = {day.date(): place for place, day in enumerate(self.thursdays)}
        columns = Layout(None, dict.fromkeys(column, ""), {}, {})
        weeks = columns.months()
        used = [
            [column[day] for day in deciding(columns, rule, month, weeks.get(month, []))]
            for month in self.firsts.date
        ]
        # No benefit is the first of the groups and the last of the ranks; a null is no week.
        ranks = (benefits.group(self.codes) - 1) % len(benefits.groups)
        most = max([1, *map(len, used)])
        padded = np.array([places + [-1] * (most - len(places)) for places in used])
        cells = {
            f"rank{n}": pa.array(ranks[:, places].ravel(), mask=np.tile(places < 0, len(ranks)))
            for n, places in enumerate(padded.T)
        }
        rows = ibis.memtable(pa.table(cells))
        chosen = decided(rule, [rows[name] for name in cells], len(benefits.groups) - 1)
        table = engine(in_order=True).to_pyarrow(rows.select(rank=chosen.cast("int8")))
        rank = table["rank"].fill_null(len(benefits.groups) - 1).to_numpy()
        position = (rank.reshape(len(ranks), len(used)) + 1) % len(benefits.groups)
        return np.asarray(position, dtype=np.int8)

    @cached_property
    def months(self) -> pd.DataFrame:
        """One row per person and month: person_id, calendar (first day), hours, industry.

        Hours are NaN where no paid hour is recorded; industry is text of six digits (DB07) with
        its leading zeros, NaN where none is recorded.
        """
        who, when = (axis.ravel() for axis in np.indices(self.hours.shape))
        numbers, position = np.unique(self.industry, return_inverse=True)
        names = pd.array([f"{n:06d}" if n > 0 else None for n in numbers], dtype="str")
        return pd.DataFrame(
            {
                PERSON: self.people[who],
                "calendar": self.firsts[when],
                "hours": self.hours.ravel(),
                "industry": names[position.ravel()],
            }
        )


def check_register(file: DuckFile, columns: Layout, findings: Findings) -> None:
    """Faults of the file itself: columns it lacks or has twice, weeks it skips."""
    name = file.path.name
    for column, present in (
        (PERSON, columns.key),
        ("y_YYWW", columns.weeks),
        ("grad_YYYY_MM", columns.degrees),
        ("branche_YYYY_MM", columns.industries),
    ):
        if not present:
            findings.add("missing_column", name, column)
    differing = file.differing()
    if differing:
        findings.add("columns_differ", name, some(differing), n=len(differing))
    missing = columns.missing_weeks()
    if missing:
        every = len(missing) + len(columns.weeks)
        findings.add("missing_week", name, n=len(missing), detail=some(missing), of=every)
    if columns.key and not columns.complete:  # else `read_register` finds them as it reads
        _note_repeated(findings, name, columns.key, file.repeated(columns.key))


def _note_repeated(findings: Findings, name: str, key: str, lines: Sequence[int]) -> None:
    if lines:
        findings.add("duplicate_person_in_register", name, key, lines)


def read_register(
    file: DuckFile,
    people: Sequence[str],
    window: Layout,
    findings: Findings,
    *,
    full_time_hours: float,
    degree_scale: float = 1.0,
    degree_decimals: int | None = None,
) -> Register:
    """Read the window of some people. `window` names the columns; others stay in the file.

    `full_time_hours` turns the employment degree into hours. `degree_scale` is what full time is
    declared to be in this delivery, and `degree_decimals` how many decimals; where the values say
    otherwise, full time is what they say, and the difference is noted.
    """
    name = file.path.name
    key = window.key or PERSON
    rows = file.rows(key, people, window.columns)
    _note_repeated(findings, name, key, rows.repeated)
    codes = _matrix(rows.cells, list(window.weeks.values()), parse_code, np.int32, NO_CODE)
    industry = _matrix(rows.cells, list(window.industries.values()), parse_code, np.int32, NO_CODE)
    degree = _matrix(rows.cells, list(window.degrees.values()), parse_degree, np.float64, np.nan)
    scale = _scale(degree, degree_scale, name, findings)
    decimals, many = _decimals(degree), (degree > 0).sum() >= 50 * LIMITS["recorded"]
    # The same parts of full time have two decimals less in percent.
    expected = (degree_decimals or 0) - round(np.log10(scale / degree_scale))
    if degree_decimals is not None and many and decimals != expected:
        detail = f"expected {expected}, found {decimals:g}"
        findings.add("degree_decimals", name, "grad_YYYY_MM", detail=detail)
    degree = degree / scale
    hours = np.where(degree > 0, degree, np.nan) * full_time_hours
    firsts = list(pd.date_range(min(window.degrees), max(window.degrees), freq="MS").date)
    hours = _aligned(hours, list(window.degrees), firsts, np.nan)
    last = len(firsts) - _lag(hours)
    if last < len(firsts):
        late = [month_column("grad", month) for month in firsts[last:]]
        findings.add("hours_lag", name, some(late), n=len(late), of=len(firsts))
    return Register(
        people=pd.Index(rows.people, dtype="str", name=PERSON),
        thursdays=pd.DatetimeIndex(list(window.weeks)).as_unit("us"),
        codes=codes,
        firsts=pd.DatetimeIndex(firsts[:last]).as_unit("us"),
        hours=hours[:, :last],
        industry=_aligned(industry, list(window.industries), firsts[:last], NO_CODE),
        resolution=10**-decimals / scale * full_time_hours,
    )


def _matrix(
    cells: Cells, columns: Sequence[str], parse: Callable[[object], T], dtype: type, blank: T
) -> NDArray[Any]:
    """Parsed cells, shape (people, columns). `parse` sees each distinct value only once."""
    out: NDArray[Any] = np.full((len(cells), len(columns)), blank, dtype=dtype)
    for position, column in enumerate(columns):
        coded = cells[column].combine_chunks().dictionary_encode()
        values = [parse(value) for value in coded.dictionary.to_pylist()]
        # The blank stands last, where the position -1 of a null finds it.
        where = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        out[:, position] = np.array([*values, blank], dtype=dtype)[where]
    return out


def _scale(degree: NDArray[np.float64], declared: float, name: str, findings: Findings) -> float:
    """What full time is in these degrees; whether they then are degrees `register_rules` judges."""
    unreadable = int((degree < 0).sum())
    if unreadable:
        findings.add("unparsable_number", name, "grad_YYYY_MM", n=unreadable)
    recorded = degree[degree > 0]
    seen = 100.0 if (recorded > _PERCENT_ABOVE).sum() > len(recorded) / 2 else 1.0
    # Other measures than these look alike, but for the commonest degree, which is full time.
    known = len(recorded) and (declared in (1, 100) or pd.Series(recorded).mode()[0] == seen)
    if known and seen != declared:
        detail = f"expected {declared:g}, found {seen:g}"
        findings.add("degree_scale", name, "grad_YYYY_MM", detail=detail)
    return seen if known else declared


def _decimals(degree: NDArray[np.float64]) -> float:
    """With how many decimals the recorded degrees are written, at most 9; NaN if none is."""
    recorded = degree[degree > 0]
    for n in range(9):
        cells = recorded * 10.0**n
        if len(recorded) and np.allclose(cells, np.round(cells), rtol=1e-9, atol=1e-6):
            return n
    return 9 if len(recorded) else float("nan")


def _lag(hours: NDArray[np.float64]) -> int:
    """How many of the last months have no hours yet, though their columns are there."""
    worked = np.isfinite(hours).sum(axis=0)
    some = np.flatnonzero(worked)
    last = int(some[-1]) if len(some) else len(worked) - 1
    return len(worked) - 1 - last if worked[last] >= _LAG_PEOPLE else 0


def _aligned(
    values: NDArray[Any], months: list[date], wanted: list[date], blank: float
) -> NDArray[Any]:
    """Columns of `months` moved to those of `wanted`; a month without a column is all blank."""
    out = np.full((len(values), len(wanted)), blank, dtype=values.dtype)
    where = {month: position for position, month in enumerate(months)}
    for position, month in enumerate(wanted):
        if month in where:
            out[:, position] = values[:, where[month]]
    return out


def parse_code(cell: object) -> int:
    """A code cell as a number, as `cells.code` reads it.

    >>> [parse_code(cell) for cell in ("111", 111.0, " 111", ".", None, "11A")]
    [111, 111, 111, 0, 0, -1]
    """
    text = _text(cell)
    if text in BLANKS:
        return NO_CODE
    number = re.fullmatch(CODE, text)
    return int(number[1]) if number else UNREADABLE


def parse_degree(cell: object) -> float:
    """An employment degree, as `cells.degree` reads it: blank is NaN, what is no number is -1.

    >>> [parse_degree(cell) for cell in ("0,75", 1.0, "", "full")]
    [0.75, 1.0, nan, -1.0]
    """
    text = _text(cell)
    if text in BLANKS:
        return float("nan")
    number = re.fullmatch(DEGREE, text)
    return float(number[1].replace(",", ".")) if number else float(UNREADABLE)


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip().lower()
