"""Holds tables against the contract and gathers every breach into one report.

A report on data leaks as easily as a table does. So it names files, columns and line numbers,
never a value or a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import DataError
from evallib.study.contract import BLANKS, PHRASES, RULES, Language, Severity
from evallib.study.forms import NUMBER

_LINES_SHOWN = 8
_DAY, _MONTH = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(r"[0-9]{4}-[0-9]{2}")
_MIDNIGHT = re.compile(r"[ T]00:00:00(\.0+)?$")
_WHOLE = re.compile(r"^(-?\d+)[.,]0+$")
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {"column": "column", "line": "line", "lines": "lines", "more": "and {} more",
           "rule": "rule", "do": "What to do", "share": "{n} of {of}, {share:.1%}",
           "cells": "{n} times"},
    "da": {"column": "kolonne", "line": "linje", "lines": "linjer", "more": "og {} til",
           "rule": "regel", "do": "Hvad der skal gøres", "share": "{n} af {of}, {share:.1%}",
           "cells": "{n} gange"},
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One breach: a rule, where it was broken, and how often.

    `rows` are line numbers of a text file (the header is line 1) or row numbers of other formats;
    empty when the fault lies with the whole file. `n` counts what is touched, `of` what could have
    been (0 if that says nothing). `detail` adds names that are nobody's data, such as those of
    missing weeks.
    """

    rule: str
    severity: Severity
    file: str
    column: str = ""
    rows: tuple[int, ...] = ()
    n: int = 0
    detail: str = ""
    of: int = 0

    def placed(self, language: Language) -> str:
        """File, column, lines and share in a language."""
        words = _WORDS[language]
        parts = [self.file]
        if self.column:
            parts.append(f"{words['column']} {_told(self.column, language)}")
        if self.rows:
            lines = ", ".join(map(str, self.rows[:_LINES_SHOWN]))
            more = self.n - min(len(self.rows), _LINES_SHOWN)
            parts.append(f"{words['lines' if self.n > 1 else 'line']} {lines}")
            if more > 0:
                parts[-1] += f" {words['more'].format(more)}"
        if self.of:
            parts.append(words["share"].format(n=self.n, of=self.of, share=self.n / self.of))
        elif self.n > 1 and not self.rows:
            parts.append(words["cells"].format(n=self.n))
        return " · ".join(parts)


@dataclass(frozen=True)
class Report:
    """Everything that was found in one folder of data.

    `fatal` faults stop a run; `counted` ones are carried along and shown in the cohort flow;
    `resolved` ones were read in another way that loses nothing.
    """

    folder: str
    faults: tuple[Fault, ...] = ()

    @property
    def fatal(self) -> tuple[Fault, ...]:
        """Faults that stop a run."""
        return self._of("fatal")

    @property
    def counted(self) -> tuple[Fault, ...]:
        """Faults that are carried along and shown."""
        return self._of("counted")

    @property
    def resolved(self) -> tuple[Fault, ...]:
        """What was read in another way."""
        return self._of("resolved")

    def _of(self, severity: Severity) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == severity)

    def text(
        self, faults: tuple[Fault, ...] | None = None, language: Language = "en", first: int = 1
    ) -> str:
        """The faults as numbered paragraphs: where, which rule, what it means, what to do."""
        lines = []
        words = _WORDS[language]
        for number, fault in enumerate(self.faults if faults is None else faults, first):
            rule = RULES[fault.rule]
            detail = f" ({_told(fault.detail, language)})" if fault.detail else ""
            lines += [
                f"{number}. {fault.placed(language)} · {words['rule']} {fault.rule}",
                f"   {rule.what[language]}{detail}",
                f"   {words['do']}: {rule.remedy[language]}",
            ]
        return "\n".join(lines)

    def whole(self, language: Language = "en") -> str:
        """All faults under their severity; empty if there are none."""
        count, parts = 1, []
        for title, faults in zip(
            _TITLES[language], (self.fatal, self.counted, self.resolved), strict=True
        ):
            if faults:
                parts.append(f"{title}\n{self.text(faults, language, count)}")
                count += len(faults)
        return "\n".join(parts)

    def raise_if_fatal(self) -> None:
        """Raise one DataError that lists every fatal fault, then the others; else do nothing."""
        if self.fatal:
            count = "1 fault" if len(self.fatal) == 1 else f"{len(self.fatal)} faults"
            rest = Report(self.folder, self.counted + self.resolved).whole()
            raise DataError(
                f"The data in {self.folder} cannot be used: {count}.\n{self.text(self.fatal)}"
                + (f"\n{rest}" if rest else "")
            )


def _told(detail: str, language: Language) -> str:
    """What stands in brackets, its English phrases in another language.

    >>> _told("y_1601, y_1602 and 1 more", "da")
    'y_1601, y_1602 og 1 til'
    """
    for phrase, danish in PHRASES.items() if language == "da" else ():
        detail = re.sub(rf"(?<!\w){phrase}(?!\w)", danish, detail)
    return detail


_TITLES: Mapping[Language, tuple[str, str, str]] = {
    "en": ("Must be mended:", "Counted, and carried along:", "Read in another way:"),
    "da": ("Skal rettes:", "Tælles og følger med:", "Læst på en anden måde:"),
}


class Findings:
    """Collects faults while a folder is read.

    The contract says how grave each is; `rules` of a definition may judge otherwise. Of a `part`
    of a study what only a whole delivery must have is counted.
    """

    def __init__(self, rules: Mapping[str, Severity] | None = None, *, part: bool = False) -> None:
        self._rules = dict(rules or {})
        softened = sorted(n for n, s in self._rules.items() if RULES[n].always and s != "fatal")
        if softened:
            raise DataError(
                f"The definition counts breaches of {', '.join(softened)}; without what they ask "
                "for nothing can be computed. Make them fatal in its [rules]."
            )
        self._part = part
        self._faults: list[Fault] = []

    def add(  # a fault has as many sides
        self,
        rule: str,
        file: str,
        column: str = "",
        rows: Iterable[int] = (),
        n: int | None = None,
        detail: str = "",
        of: int = 0,
    ) -> None:
        """Note one fault. Without `n` the rows are counted."""
        lines = tuple(sorted(int(row) for row in rows))
        count = len(lines) if n is None else n
        severity = self._severity(rule, count / of if of else 0.0)
        self._faults.append(Fault(rule, severity, file, column, lines, count, detail, of))

    def has(self, rule: str, file: str) -> bool:
        """Whether a file broke a rule."""
        return any((fault.rule, fault.file) == (rule, file) for fault in self._faults)

    def _severity(self, rule: str, share: float) -> Severity:
        if rule in self._rules:
            return self._rules[rule]
        told = RULES[rule]
        grave = told.severity
        if grave == "counted" and share > told.fatal_above:
            grave = "fatal"
        return "counted" if grave == "fatal" and told.delivery and self._part else grave

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
    elif pd.api.types.is_integer_dtype(cells):
        out = cells.astype("str")  # a long key has more digits than a float holds
    elif pd.api.types.is_numeric_dtype(cells):
        numbers = cells.astype(float)
        whole = numbers.round() == numbers
        out = numbers.astype(str).mask(whole, numbers.fillna(0).map("{:.0f}".format))
    else:
        out = cells.astype("str")
    return plain(out.mask(cells.isna(), "").astype("str").tolist(), cells.index)


def plain(cells: Sequence[str], index: pd.Index) -> pd.Series:
    """Cells trimmed, with one mark for blank; each distinct text is looked at once."""
    seen = {cell: _plain(cell) for cell in set(cells)}
    return pd.Series([seen[cell] for cell in cells], index=index, dtype="str")


def _plain(cell: str) -> str:
    cell = cell.strip()
    if cell.lower() in BLANKS:
        return ""
    # Statistical packages deliver a date as midnight of that day.
    return _MIDNIGHT.sub("", cell) if ":" in cell else cell


def by_value(cells: pd.Series, function: Callable[[list[str]], Any]) -> pd.Series:
    """What a function makes of cells, each value seen once: most columns have few."""
    texts = cells.tolist()
    position = {value: place for place, value in enumerate(dict.fromkeys(texts))}
    made = pd.Series(function(list(position)))
    return made.take([position[text] for text in texts]).set_axis(cells.index)


def matches(cells: pd.Series, pattern: re.Pattern[str]) -> pd.Series:
    """Whether each cell is, as a whole, what a pattern says."""
    return by_value(cells, lambda values: [pattern.fullmatch(v) is not None for v in values])


def dates(cells: pd.Series, kind: str = "date") -> pd.Series:
    """Text to Timestamps (`date` or `month`); what is blank or unreadable becomes NaT."""
    pattern, form = (_MONTH, "%Y-%m") if kind == "month" else (_DAY, "%Y-%m-%d")

    def read(values: list[str]) -> pd.DatetimeIndex:
        readable = [value if pattern.fullmatch(value) else None for value in values]
        days = pd.to_datetime(pd.Series(readable, dtype="str"), format=form, errors="coerce")
        return pd.DatetimeIndex(days).as_unit("us")

    return by_value(cells, read)


def numbers(cells: pd.Series) -> pd.Series:
    """Text to floats, decimal comma tolerated; what is blank or no plain number becomes NaN.

    >>> numbers(pd.Series(["1,5", "1_000", "inf", "2"])).tolist()
    [1.5, nan, nan, 2.0]
    """

    def read(values: list[str]) -> NDArray[np.float64]:
        found = [float(v.replace(",", ".")) if NUMBER.fullmatch(v) else np.nan for v in values]
        return np.array(found, dtype=float)

    values = by_value(cells, read)
    return values.where(np.isfinite(values))


def codes(cells: pd.Series) -> pd.Series:
    """Codes as they are compared: lower case, and 4.0 is 4."""
    texts = cells.tolist()
    seen = {text: _code(text) for text in set(texts)}
    return pd.Series([seen[text] for text in texts], index=cells.index, dtype="str")


def _code(text: str) -> str:
    lower = text.lower()
    return _WHOLE.sub(r"\1", lower) if "." in lower or "," in lower else lower
