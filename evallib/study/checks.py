"""Holds tables against the contract and gathers every breach into one report.

A report on data leaks as easily as a table does. So it names files, columns and line numbers,
never a value or a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evallib.errors import DataError
from evallib.study.contract import BLANKS, RULES, Column, Severity, Table

_LINES_SHOWN = 8


@dataclass(frozen=True)
class Fault:
    """One breach: a rule, where it was broken, and how often.

    `rows` are line numbers of a text file (the header is line 1) or row numbers of other formats;
    empty when the fault lies with the whole file. `n` counts all of them. `detail` adds names that
    are nobody's data, such as those of missing weeks.
    """

    rule: str
    severity: Severity
    file: str
    column: str = ""
    rows: tuple[int, ...] = ()
    n: int = 0
    detail: str = ""

    @property
    def place(self) -> str:
        """File, column and lines, as the report prints them."""
        parts = [self.file]
        if self.column:
            parts.append(f"column {self.column}")
        if self.rows:
            lines = ", ".join(map(str, self.rows[:_LINES_SHOWN]))
            more = self.n - min(len(self.rows), _LINES_SHOWN)
            parts.append(f"{'lines' if self.n > 1 else 'line'} {lines}")
            if more:
                parts[-1] += f" and {more} more"
        return " · ".join(parts)


@dataclass(frozen=True)
class Report:
    """Everything that was found wrong in one folder of data.

    `fatal` faults stop a run; `counted` ones are carried along and shown in the cohort flow.
    """

    folder: str
    faults: tuple[Fault, ...] = ()

    @property
    def fatal(self) -> tuple[Fault, ...]:
        """Faults that stop a run."""
        return tuple(fault for fault in self.faults if fault.severity == "fatal")

    @property
    def counted(self) -> tuple[Fault, ...]:
        """Faults that are carried along and shown."""
        return tuple(fault for fault in self.faults if fault.severity == "counted")

    @property
    def frame(self) -> pd.DataFrame:
        """One row per fault: rule, severity, file, column, rows, n, detail."""
        fields = ["rule", "severity", "file", "column", "rows", "n", "detail"]
        return pd.DataFrame([[getattr(f, k) for k in fields] for f in self.faults], columns=fields)

    def text(self, faults: tuple[Fault, ...] | None = None) -> str:
        """The faults as numbered paragraphs: where, which rule, what it means, what to do."""
        lines = []
        for number, fault in enumerate(self.faults if faults is None else faults, 1):
            rule = RULES[fault.rule]
            detail = f" ({fault.detail})" if fault.detail else ""
            lines += [
                f"{number}. {fault.place} · rule {fault.rule}",
                f"   {rule.what}{detail}",
                f"   What to do: {rule.remedy}",
            ]
        return "\n".join(lines)

    def raise_if_fatal(self) -> None:
        """Raise one DataError that lists every fatal fault; do nothing if there is none."""
        if self.fatal:
            count = "1 fault" if len(self.fatal) == 1 else f"{len(self.fatal)} faults"
            raise DataError(
                f"The data in {self.folder} cannot be used: {count}.\n{self.text(self.fatal)}"
            )


class Findings:
    """Collects faults while a folder is read; the severity comes from the definition's rules."""

    def __init__(self, rules: Mapping[str, Severity]) -> None:
        always = [name for name, rule in RULES.items() if rule.always_fatal]
        softened = sorted(name for name in always if rules[name] == "counted")
        if softened:
            raise DataError(
                f"The definition counts breaches of {', '.join(softened)}; without what they ask "
                "for nothing can be computed. Make them fatal in its [rules]."
            )
        self._rules = rules
        self._faults: list[Fault] = []

    def add(
        self,
        rule: str,
        file: str,
        column: str = "",
        rows: Iterable[int] = (),
        n: int | None = None,
        detail: str = "",
    ) -> None:
        """Note one fault. Without `n` the rows are counted."""
        lines = tuple(sorted(int(row) for row in rows))
        count = len(lines) if n is None else n
        self._faults.append(Fault(rule, self._rules[rule], file, column, lines, count, detail))

    def report(self, folder: str) -> Report:
        """The report so far, in the order of the rules."""
        order = list(RULES)
        return Report(folder, tuple(sorted(self._faults, key=lambda f: order.index(f.rule))))


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells of any file format as trimmed text: blanks "", dates ISO, whole numbers bare.

    The index is kept: it holds the line numbers.

    >>> as_text(pd.DataFrame({"route": [1.0, None], "level": [" full", "NA"]})).values.tolist()
    [['1', 'full'], ['', '']]
    """
    return pd.DataFrame({name: _text(frame[name]) for name in frame}, index=frame.index)


def _text(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(cells):
        out = cells.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_bool_dtype(cells):
        out = cells.astype(int).astype(str)
    elif pd.api.types.is_numeric_dtype(cells):
        numbers = cells.astype(float)
        whole = numbers.round() == numbers
        out = numbers.astype(str).mask(whole, numbers.fillna(0).map("{:.0f}".format))
    else:
        out = cells.astype("str")
    out = out.mask(cells.isna(), "").astype("str").str.strip()
    # Statistical packages deliver a date as midnight of that day.
    out = out.str.replace(r"[ T]00:00:00(\.0+)?$", "", regex=True)
    return pd.Series(out.mask(out.str.lower().isin(BLANKS), ""))


def dates(cells: pd.Series, kind: str = "date") -> pd.Series:
    """Text to Timestamps (`date` or `month`); what is blank or unreadable becomes NaT."""
    pattern, form = (r"\d{4}-\d{2}", "%Y-%m") if kind == "month" else (
        r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d")  # fmt: skip
    readable = cells.where(cells.str.fullmatch(pattern).fillna(False))
    return pd.to_datetime(readable, format=form, errors="coerce").dt.as_unit("us")


def numbers(cells: pd.Series) -> pd.Series:
    """Text to floats, decimal comma tolerated; what is blank or unreadable becomes NaN."""
    values = pd.to_numeric(cells.str.replace(",", "."), errors="coerce").astype(float)
    return pd.Series(values.where(np.isfinite(values)))


def _codes(cells: pd.Series) -> pd.Series:
    """Codes as they are compared: lower case, and 4.0 is 4."""
    return cells.str.lower().str.replace(r"^(-?\d+)[.,]0+$", r"\1", regex=True)


def typed(table: Table, cells: pd.DataFrame) -> pd.DataFrame:
    """The table in its contract types, row order kept. Call it on cells without fatal faults.

    Text is str with NaN for blank, numbers are int64 where no cell may be blank and else float64
    with NaN for blank, dates and months (first day) are Timestamps.
    """
    return pd.DataFrame({c.name: _typed(c, cells[c.name]) for c in table.columns}).reset_index(
        drop=True
    )


def _typed(column: Column, cells: pd.Series) -> pd.Series:
    if column.kind in ("date", "month"):
        return dates(cells, column.kind)
    if column.kind == "text":
        return (_codes(cells) if column.codes else cells).mask(cells == "").astype("str")
    values = numbers(cells)
    whole = column.kind in ("integer", "route") and not column.blank
    return values.astype("int64") if whole and values.notna().all() else values


def check_table(
    table: Table, cells: pd.DataFrame, file: str, routes: Iterable[int], findings: Findings
) -> None:
    """Hold a small table (as text, indexed by line number) against its contract."""
    codes = tuple(str(route) for route in routes)
    for column in table.columns:
        if column.name not in cells:
            findings.add("missing_column", file, column.name)
            continue
        for rule, broken in _broken(column, cells[column.name], codes):
            if broken.any():
                findings.add(rule, file, column.name, cells.index[broken])
    for first, second in table.ordered:
        if {first, second} <= set(cells):
            late = dates(cells[first]) > dates(cells[second])
            if late.any():
                column_pair = f"{second} (against {first})"
                findings.add("dates_out_of_order", file, column_pair, cells.index[late])


def _broken(
    column: Column, cells: pd.Series, routes: tuple[str, ...]
) -> Iterator[tuple[str, pd.Series]]:
    """The rules that apply to a column, each with the cells that break it."""
    filled = cells != ""
    codes = routes if column.kind == "route" else column.codes
    if not column.blank:
        yield "missing_value", ~filled
    if column.kind in ("date", "month"):
        yield "unparsable_date", filled & dates(cells, column.kind).isna()
    elif codes:
        yield "unknown_category", filled & ~_codes(cells).isin(codes)
    elif column.kind in ("integer", "number"):
        yield "unparsable_number", filled & numbers(cells).isna()
