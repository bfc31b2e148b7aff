"""Holds a small table against the contract, row by row: types, ranges, codes, keys, dates in order.

Each check takes the cells as text, indexed by line number, and notes what breaks a rule. None needs
another table; `agreement` has those that do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unicodedata import normalize

import pandas as pd

from evallib.study.checks import Findings, codes, dates, matches, numbers
from evallib.study.contract import LIMITS, RULES, Column, Table, codelist
from evallib.study.delivery import Part, some

if TYPE_CHECKING:
    from evallib.study.definition import Definition

_THOUSANDS = re.compile(r"[+-]?\d{1,3}([.,' \u00a0]\d{3})+")
"""In a column of whole numbers 1.234 is a thousand and more, or else no whole number."""
_CPR = re.compile(r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:18|19|20)?\d{6}")
_TEN = re.compile(r"[a-z]{0,3}(\d{5,6}|\d{7,8})[-/. ]?(\d{4})(?:\.0)?", re.IGNORECASE)
"""Ten digits, or twelve with the century, perhaps with letters before or read as a number."""
BESIDE = "beside the contract's"
_NINES = re.compile(r"9{2,}")
YEAR = 365.25


@dataclass(frozen=True)
class SmallTable:
    """All files of a small table: its contract, the cells as text, and the name for reports.

    Lines are told only where one file has them all: in parts they would be ambiguous.
    """

    table: Table
    file: str
    cells: pd.DataFrame
    single: bool = True
    _read: dict[tuple[str, str], pd.Series] = field(default_factory=dict, compare=False, repr=False)

    def codes(self, column: str) -> pd.Series:
        """A column as its codes are compared."""
        return self._once(column, "codes", codes)

    def dates(self, column: str) -> pd.Series:
        """A column of dates or months as Timestamps; NaT for what is none."""
        kind = "month" if self.table[column].kind == "month" else "date"
        return self._once(column, "dates", lambda cells: dates(cells, kind))

    def numbers(self, column: str) -> pd.Series:
        """A column as floats; NaN for what is no number."""
        return self._once(column, "numbers", numbers)

    def _once(self, column: str, how: str, read: Callable[[pd.Series], pd.Series]) -> pd.Series:
        if (column, how) not in self._read:
            self._read[column, how] = read(self.cells[column])
        return self._read[column, how]

    def coded(self, columns: Iterable[str]) -> pd.DataFrame:
        """Some columns as their codes are compared."""
        return pd.DataFrame({column: self.codes(column) for column in columns})

    def repeated(self, columns: Iterable[str]) -> pd.Series:
        """Rows whose codes in these columns stand, filled, in a row before."""
        cells = self.coded(columns)
        return cells.duplicated() & (cells != "").all(axis=1)

    def typed(self) -> pd.DataFrame:
        """The table in its contract types, row order kept. Call it where nothing is fatal.

        Text is str with NaN for blank, numbers are int64 where no cell may be blank and else
        float64 with NaN for blank, dates and months (first day) are Timestamps.
        """
        made = {column.name: self._typed(column) for column in self.table.columns}
        return pd.DataFrame(made).reset_index(drop=True)

    def _typed(self, column: Column) -> pd.Series:
        if column.kind in ("date", "month"):
            return self.dates(column.name)
        if column.kind in ("text", "key", "unit", "code"):
            cells = self.codes(column.name) if column.codes else self.cells[column.name]
            return cells.mask(self.cells[column.name] == "").astype("str")
        values = self.numbers(column.name)
        whole = column.kind in ("integer", "route") and not column.blank
        return values.astype("int64") if whole and values.notna().all() else values

    def note(
        self, findings: Findings, rule: str, column: str, broken: pd.Series, detail: str = "",
        of: int = 0,
    ) -> None:  # fmt: skip
        """Note the rows that break a rule, if any do; a counted rule is told with its share."""
        n = int(broken.sum())
        if n:
            rows = self.cells.index[broken.to_numpy()] if self.single else ()
            share = of or (len(self.cells) if RULES[rule].severity == "counted" else 0)
            findings.add(rule, self.file, column, rows, n=n, detail=detail, of=share)

    def has(self, *columns: str) -> bool:
        """Whether the table has all of these columns."""
        return set(columns) <= set(self.cells)


def check_parts(table: Table, parts: list[Part], findings: Findings) -> SmallTable:
    """Faults of the files themselves, and the cells of all of them together."""
    for part in parts:
        _part(table, part, findings)
    single = len(parts) == 1
    names = [column.name for column in table.columns]
    cells = pd.concat([p.cells[[n for n in names if n in p.cells]] for p in parts])
    if not single:
        cells = cells.fillna("").reset_index(drop=True)
    return SmallTable(table, " + ".join(part.name for part in parts), cells, single)


def _part(table: Table, part: Part, findings: Findings) -> None:
    """Faults of one file."""
    known = [column.name for column in table.columns]
    if part.told:
        findings.add("read_as", part.name, detail=part.told)
    if part.ragged or part.unnamed:
        findings.add("ragged_rows", part.name, "", part.ragged, n=len(part.ragged) or None)
    for name in known:
        if name in part.twice:
            findings.add("column_twice", part.name, name)
        if name not in part.cells:
            findings.add("missing_column", part.name, name)
    if part.cells.empty:
        findings.add("no_rows", part.name)
    keys = {column.name for column in table.columns if column.kind == "key"}
    for column in part.cells:
        # What other columns hold has rules of its own; those of the owner may hold anything.
        if (column in keys or column not in known) and looks_like_cpr(part.cells[column]):
            # A name of the owner's could be anything, even a number of a person.
            told = str(column) if column in known else BESIDE
            findings.add("cpr_number", part.name, told)


def looks_like_cpr(keys: pd.Series) -> bool:
    """Whether keys begin with a date more often than ten digits drawn at random (3.7 in 100).

    Numbers that lost the first zero are seen too.

    >>> looks_like_cpr(pd.Series(["0101701234", "3112991234"]))
    True
    >>> looks_like_cpr(pd.Series(["9911001234", "P000001", "2016-03-01"]))
    False
    """
    found = (_TEN.fullmatch(normalize("NFKC", key)) for key in set(keys.tolist()))
    ten = ["".join(key.groups()) for key in found if key]
    like = sum(bool(_CPR.fullmatch(digits.zfill(len(digits) + len(digits) % 2))) for digits in ten)
    return bool(like > LIMITS["cpr_share"] * len(ten))


def check_cells(small: SmallTable, definition: Definition, findings: Findings) -> None:
    """Hold the cells of a table against its columns and the rows against each other."""
    routes = tuple(str(route.number) for route in definition.routes)
    for column in small.table.columns:
        if not small.has(column.name):
            continue
        cells = small.cells[column.name]
        for rule, broken in _broken(small, column, routes):
            small.note(findings, rule, column.name, broken)
        if len(cells) and not (cells != "").any():
            if column.blank and not column.may_be_empty:
                findings.add("empty_column", small.file, column.name)
        elif (
            column.varies
            and len(cells) > 1
            and small.codes(column.name)[cells != ""].unique().size == 1
        ):
            findings.add("one_value", small.file, column.name)
        elif column.expected:
            small.note(findings, "blank_value", column.name, cells == "", of=len(cells))
        if len(cells):
            _distribution(small, column, findings)
    _calendar(small, definition, findings)
    for check in (_copied, _dates, _rows_twice, _listed, *BY_TABLE.get(small.table.name, ())):
        check(small, findings)


def _distribution(small: SmallTable, column: Column, findings: Findings) -> None:
    """No value stands for what is missing, and no code was lost on the way."""
    given = small.codes(column.name).mask(small.cells[column.name] == "")
    counts = given.value_counts()
    first, second = [*counts.tolist(), 0, 0][:2]
    if column.spread and LIMITS["recorded"] <= first > LIMITS["spike"] * second > 0:
        small.note(findings, "common_value", column.name, given == counts.index[0], of=len(given))
    unused = [code for code in column.codes if code not in counts.index]
    many = counts.sum() >= LIMITS["recorded"] * len(column.codes)
    if unused and (column.every or (many and column.blank and not column.may_be_empty)):
        rule, detail = "group_missing" if column.every else "unused_code", ", ".join(unused)
        findings.add(rule, small.file, column.name, n=len(unused), detail=detail)


def _copied(small: SmallTable, findings: Findings) -> None:
    """Two columns of a kind, or the answers to two questions, that say the same in every row."""
    seen: dict[tuple[str, ...], str] = {}
    for column in small.table.columns:
        if not column.blank or not small.has(column.name):
            continue
        cells = tuple(small.cells[column.name].tolist())
        if len(set(cells)) > 3 and cells in seen:
            findings.add("column_copied", small.file, f"{column.name} (as {seen[cells]})")
        seen.setdefault(cells, column.name)


def _broken(
    small: SmallTable, column: Column, routes: tuple[str, ...]
) -> Iterator[tuple[str, pd.Series]]:
    """The rules that apply to a column, each with the cells that break it."""
    cells = small.cells[column.name]
    filled = cells != ""
    known = routes if column.kind == "route" else column.codes
    if not column.blank:
        yield "missing_value", ~filled
    if column.kind in ("date", "month"):
        yield "unparsable_date", filled & small.dates(column.name).isna()
    elif known:
        yield "unknown_category", filled & ~small.codes(column.name).isin(known)
    elif column.kind in ("integer", "number"):
        values = small.numbers(column.name)
        unread = filled & values.isna()
        if column.whole:
            unread |= matches(cells, _THOUSANDS)
        yield "unparsable_number", unread
        yield from _numbers(column, values.where(~unread), cells)


def _numbers(
    column: Column, values: pd.Series, cells: pd.Series
) -> Iterator[tuple[str, pd.Series]]:
    nines = matches(cells, _NINES)
    outside = (values < column.least) | (values > column.most)
    if column.whole:
        outside |= values.notna() & (values % 1 != 0)
    others = values[~nines & ~outside]
    # Nines that lie far beyond all else stand for something else; where none do, they are numbers.
    strange = nines & (values > 1.2 * others.max()) if len(others.dropna()) else nines
    strange = strange if strange.sum() > 1 else strange & outside
    yield "sentinel", strange
    yield "out_of_range", outside & ~strange


def _dates(small: SmallTable, findings: Findings) -> None:
    """Dates follow each other, and none stands without the one before it."""
    for first, second in small.table.ordered:
        if small.has(first, second):
            late = small.dates(first) > small.dates(second)
            small.note(findings, "dates_out_of_order", f"{second} (against {first})", late)
            both = small.dates(first).notna() & small.dates(second).notna()
            same = small.dates(first) == small.dates(second)
            if int(both.sum()) >= LIMITS["recorded"] and bool(same[both].all()):
                findings.add("column_copied", small.file, f"{second} (as {first})")
    for column, needed in small.table.requires:
        if small.has(column, needed):
            alone = (small.cells[column] != "") & (small.cells[needed] == "")
            small.note(findings, "dates_out_of_order", f"{column} (without {needed})", alone)
    for column, code, empty in small.table.excludes:
        if small.has(column, empty):
            both = (small.codes(column) == code) & (small.cells[empty] != "")
            small.note(findings, "cells_contradict", f"{empty} ({column} {code})", both)
    for first, second, least, most in small.table.spans:
        if small.has(first, second):
            days = (small.dates(second) - small.dates(first)).dt.days
            apart = (days >= 0) & ~(days / YEAR).between(least, most) & days.notna()
            small.note(findings, "out_of_range", f"{first} (against {second})", apart)


def _calendar(small: SmallTable, definition: Definition, findings: Findings) -> None:
    """Whatever is dated lies between the agreement behind the funds and the printed report."""
    study = definition.study
    first, last = pd.Timestamp(study.reform_agreed), pd.Timestamp(f"{study.published}-28")
    personal = {column for spans in small.table.spans for column in spans[:2]} - {"referred_on"}
    for column in small.table.columns:
        if column.kind in ("date", "month") and small.has(column.name):
            if column.name in personal:
                continue
            days = small.dates(column.name)
            outside = (days < first.replace(day=1)) | (days > last)
            small.note(findings, "out_of_range", column.name, outside)
            if column.name == "referred_on":
                begin = pd.Timestamp(study.intake_first_month)
                end = pd.Timestamp(study.intake_last_month) + pd.offsets.MonthEnd()
                beside = ((days < begin) | (days > end)) & ~outside
                small.note(findings, "outside_intake", column.name, beside)


def _rows_twice(small: SmallTable, findings: Findings) -> None:
    unique = list(small.table.unique)
    if not small.has(*unique):
        return
    again = small.repeated(unique)
    small.note(findings, "row_twice", ", ".join(unique), again)
    if small.table.name == "participants":
        people = small.cells["person_id"]
        more = people.duplicated() & (people != "") & ~again
        small.note(findings, "second_referral", "person_id", more)
        for column in small.table.of_person:
            if small.has(column):
                told = small.codes(column).mask(small.cells[column] == "")
                other = told.notna() & (told != told.groupby(people).transform("first"))
                small.note(findings, "row_twice", f"person_id, {column}", other)


def _listed(small: SmallTable, findings: Findings) -> None:
    """Codes that are known each for itself must also stand together in the code list."""
    if small.table.listed is None or not small.has(*small.table.listed[0]):
        return
    columns, name = small.table.listed
    rows = codelist(name)
    known = {tuple(row[column] for column in columns) for row in rows}
    cells = small.coded(list(columns))
    each = pd.Series(True, index=cells.index)
    for column in columns:
        if column != "route":  # a list may have no row of a route, and a route no row of a list
            each &= cells[column].isin({row[column] for row in rows})
    apart = pd.Series([row not in known for row in cells.itertuples(index=False, name=None)],
                      index=cells.index, dtype=bool)  # fmt: skip
    small.note(findings, "unlisted_pair", ", ".join(columns), each & apart)


def _one_choice(small: SmallTable, findings: Findings) -> None:
    """Of an element of which a unit takes one approach there is one."""
    columns = ["route", "project", "element"]
    if not small.has(*columns, "approach"):
        return
    single = {(r["route"], r["element"]) for r in codelist("elements") if r["choose"] == "one"}
    keys = small.coded(columns)
    one = [
        pair in single
        for pair in zip(keys["route"].tolist(), keys["element"].tolist(), strict=True)
    ]
    same = small.coded([*columns, "approach"]).duplicated()
    again = keys.duplicated() & pd.Series(one, index=keys.index, dtype=bool) & ~same
    small.note(findings, "two_choices", "approach", again)


def _answers(small: SmallTable, findings: Findings) -> None:
    """Who did not respond has no answers; who did has some; and none to what was not asked."""
    if not small.has("responded", "route"):
        return
    answered = small.codes("responded") == "1"
    silent = small.codes("responded") == "0"
    route = small.codes("route")
    if answered.any() and (lost := set(route[silent]) - set(route[answered])):
        detail = ", ".join(f"route {number}" for number in sorted(lost))
        findings.add("group_missing", small.file, "responded", n=len(lost), detail=detail)
    for row in codelist("survey_items"):
        item = row["item"]
        if not small.has(item):
            continue
        given = small.cells[item] != ""
        asked = route.isin(row["routes"].split())
        small.note(findings, "silent_answers", item, given & silent)
        small.note(findings, "not_asked", item, given & answered & ~asked)
        base = answered & asked
        small.note(findings, "respondent_without_answers", item, base & ~given, of=int(base.sum()))


def _every_element(small: SmallTable, findings: Findings) -> None:
    """No element is without any unit where most have some."""
    if small.has("route", "element"):
        there = set(small.coded(["route", "element"]).itertuples(index=False, name=None))
        wanted = {(row["route"], row["element"]) for row in codelist("elements")}
        lost = [f"route {route}: {element}" for route, element in sorted(wanted - there)]
        if 0 < len(lost) < len(wanted) / 2:
            findings.add("unused_code", small.file, "element", n=len(lost), detail=some(lost))


Check = Callable[[SmallTable, Findings], None]
BY_TABLE: dict[str, tuple[Check, ...]] = {
    "survey": (_answers,),
    "elements": (_one_choice, _every_element),
}
"""What only one table must keep."""
