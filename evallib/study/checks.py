"""Holds tables against the contract and gathers every breach into one report.

A report on data leaks as easily as a table does. So it names files, columns and line numbers,
never a value or a person, and its wording is ours: the checking library's own messages quote the
cells they complain about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.errors import DataError
from evallib.study.contract import ALWAYS_FATAL, BLANKS, RULES, Column, Severity, Table

if TYPE_CHECKING:
    from pandera.pandas import Check

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
            shown = ", ".join(map(str, self.rows[:_LINES_SHOWN]))
            more = self.n - min(len(self.rows), _LINES_SHOWN)
            parts.append(f"{'lines' if self.n > 1 else 'line'} {shown}")
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
        softened = sorted(rule for rule in ALWAYS_FATAL if rules.get(rule) == "counted")
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
        severity = self._rules.get(rule, RULES[rule].severity)
        count = len(lines) if n is None else n
        self._faults.append(Fault(rule, severity, file, column, lines, count, detail))

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
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    missing = [column.name for column in table.columns if column.name not in cells]
    for name in missing:
        findings.add("missing_column", file, name)
    present = [column for column in table.columns if column.name not in missing]
    codes = tuple(str(route) for route in routes)
    schema = pa.DataFrameSchema(
        {c.name: pa.Column(checks=_column_checks(c, codes), nullable=True) for c in present},
        checks=[_order_check(*pair) for pair in table.ordered if not set(pair) & set(missing)],
    )
    try:
        schema.validate(cells, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        for check, rows in cases.groupby("check", sort=False)["index"]:
            rule, name = str(check).split("|")
            findings.add(rule, file, name, set(rows))


def _column_checks(column: Column, routes: tuple[str, ...]) -> list[Check]:
    """The pandera checks of one column. The check's name carries rule and column to the report."""
    codes = routes if column.kind == "route" else column.codes
    tests: dict[str, Callable[[pd.Series], pd.Series]] = {}
    if not column.blank:
        tests["missing_value"] = lambda cells: cells != ""
    if column.kind in ("date", "month"):
        tests["unparsable_date"] = lambda s: (s == "") | dates(s, column.kind).notna()
    elif codes:
        tests["unknown_category"] = lambda s: (s == "") | _codes(s).isin(codes)
    elif column.kind in ("integer", "number"):
        tests["unparsable_number"] = lambda s: (s == "") | numbers(s).notna()
    return [_check(test, rule, column.name) for rule, test in tests.items()]


def _order_check(first: str, second: str) -> Check:
    def in_order(cells: pd.DataFrame) -> pd.Series:
        return ~(dates(cells[first]) > dates(cells[second]))

    return _check(in_order, "dates_out_of_order", f"{second} (against {first})")


def _check(test: Callable[..., pd.Series], rule: str, column: str) -> Check:
    from pandera.pandas import Check

    return Check(test, name=f"{rule}|{column}", error=f"{rule}|{column}", ignore_na=False)
