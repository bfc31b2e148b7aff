"""Turns a folder of tables into a `Study`, or into one report of all that is wrong with it.

Nothing after this module opens a data file, so nothing after it can tell stand-in data from real
ones except by `Study.is_standin`. And only the tables that are declared are opened: whoever keeps
results up to date with the data must be able to rely on nothing else having been read.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.errors import DataError
from evallib.settings import data_folder, settings
from evallib.study import checks, register_file, register_rules
from evallib.study.agreement import check_agreement
from evallib.study.cells import SmallTable, check_cells, check_parts
from evallib.study.checks import Fault, Findings, Report
from evallib.study.codelists import UNKNOWN, CodeList, read_codelist
from evallib.study.contract import FORMATS, PERSON, REGISTER, RULES, SHEET, TABLES, is_standin
from evallib.study.declared import EVERY, declared, undeclared
from evallib.study.delivery import Files, UnreadableError, find, read_small, some
from evallib.study.register import (
    DuckFile,
    Layout,
    Register,
    check_register,
    in_several,
    layout,
    missing_months,
    open_wide,
    read_register,
)

if TYPE_CHECKING:
    from evallib.study.definition import Definition


@dataclass(frozen=True)
class Study:
    """Everything a chapter may know.

    The tables in their contract types, the people's register rows, the definition file, the code
    list, and in `notes` the faults that were counted instead of stopping the run. A table that was
    not declared is `Absent`.
    """

    participants: pd.DataFrame
    survey: pd.DataFrame
    milestones: pd.DataFrame
    elements: pd.DataFrame
    fidelity: pd.DataFrame
    register: Register
    definition: "Definition"
    benefits: CodeList
    is_standin: bool
    notes: tuple[Fault, ...]

    @property
    def last_month(self) -> pd.Timestamp:
        """First day of the last month in which everyone can be observed."""
        return pd.Timestamp(self.register.firsts[-1])


def load(
    path: str | Path | None = None,
    definition: "Definition | None" = None,
    tables: str | Collection[str] | None = None,
) -> Study:
    """Read and check the tables of a study.

    Parameters
    ----------
    path
        The folder of the tables; that of the settings, or else the stand-in study, if left out.
    definition
        The rules of the evaluation; those of data/evaluation.toml if left out.
    tables
        Names of the tables to read: participants, survey, milestones, elements, fidelity, dream.
        Those of the settings, or else all, if left out.

    Returns
    -------
    Study
        The tables in their types. One that was not asked for raises DataError when it is used.

    Raises
    ------
    DataError
        With a report of every fatal fault; also where there is no such folder or table.

    References
    ----------
    `data/README.md` and `data/rules/contract.toml`: the tables and their rules.

    Examples
    --------
    >>> study = load(tables=["elements"])
    >>> study.elements.columns.tolist()
    ['route', 'project', 'element', 'approach']
    """
    reading = _Reading(data_folder(path), definition or _definition(), declared(tables), part=True)
    reading.report.raise_if_fatal()
    return reading.study()


def validate(
    path: str | Path | None = None,
    definition: "Definition | None" = None,
    tables: str | Collection[str] = EVERY,
) -> Report:
    """Hold all tables of a folder, or those named, against the contract, as a whole delivery.

    Parameters
    ----------
    path
        The folder of the tables; that of the settings, or else the stand-in study, if left out.
    definition
        The rules of the evaluation; those of data/evaluation.toml if left out.
    tables
        Names of the tables that must be there; all if left out.

    Returns
    -------
    Report
        All that is wrong: each fault with its rule, file, column and number of rows.

    Raises
    ------
    DataError
        There is no such folder.

    References
    ----------
    `data/rules/contract.toml`: the rules.

    Examples
    --------
    >>> validate(tables=["elements"]).fatal
    ()
    """
    return _Reading(data_folder(path), definition or _definition(), declared(tables)).report


def must_hold(path: str | Path | None = None, definition: "Definition | None" = None) -> Report:
    """The report on a whole delivery; raises DataError with all faults if any is fatal."""
    report = validate(path, definition)
    report.raise_if_fatal()
    return report


def _definition() -> "Definition":
    from evallib.study.definition import read_definition

    return read_definition()


class _Reading:
    """One pass over a folder: each step adds its faults and leaves what could be read."""

    def __init__(
        self, folder: Path, definition: "Definition", tables: Collection[str], *, part: bool = False
    ) -> None:
        if not folder.is_dir():
            raise DataError(
                f"There is no data folder {folder}. Name one, or make it by `python run_all.py`."
            )
        self.folder, self.definition, self.tables = folder, definition, tables
        self.findings = Findings(definition.rules, part=part)
        self.benefits = read_codelist()
        self.small: dict[str, SmallTable] = {}
        self.register: Register | None = None
        self._step(SHEET, self._marked_standin)
        for name in TABLES:
            if name in tables:
                self._step(name, partial(self._read_small, name))
        self._step("tables", partial(check_agreement, self.small, definition, self.findings))
        if REGISTER in tables:
            self._step(REGISTER, self._read_register)
        self.report = self.findings.report(str(folder))

    def _step(self, name: str, step: Callable[[], None]) -> None:
        """Take a step; an error nobody foresaw is told as such, and its words are not."""
        try:
            step()
        except (UnreadableError, DataError) as error:
            if not self.findings.has("column_twice", self._name(name)):  # why is told
                self.findings.add("unreadable_table", self._name(name), detail=str(error))
        except Exception as error:
            if settings().get("debug"):
                raise
            self.findings.add("check_failed", self._name(name), detail=type(error).__name__)

    def _name(self, table: str) -> str:
        if table not in EVERY:
            return table
        return find(self.folder, table).name or f"{table}.csv"

    def study(self) -> Study:
        """The study; call it when nothing fatal was found."""
        read: dict[str, Any] = {name: undeclared(name) for name in TABLES}
        read |= {name: small.typed() for name, small in self.small.items()}
        register: Any = self.register if REGISTER in self.tables else undeclared(REGISTER)
        if register is None:
            raise DataError(f"The register in {self.folder} could not be read.")
        return Study(
            **read,
            register=register,
            definition=self.definition,
            benefits=self.benefits,
            is_standin=self.is_standin,
            notes=self.report.counted,
        )

    def _files(self, table: str) -> Files | None:
        files = find(self.folder, table)
        if not files.read and files.foreign:
            read = ", ".join(FORMATS)
            detail = f"{', '.join(files.foreign)}; read are {read}"
            self.findings.add("foreign_format", files.foreign[0], detail=detail)
        elif not files.read:
            self.findings.add("missing_table", f"{table}.csv")
        elif files.doubtful:
            self.findings.add("two_files", table, detail=", ".join(f.name for f in files.read))
        else:
            return files
        return None

    def _renamed(self, table: str) -> dict[str, str]:
        """Names of columns in this delivery, and those of the contract."""
        named = self.definition.columns.get(table, {})
        return {theirs.strip().lower(): ours for ours, theirs in named.items()}

    def _read_small(self, name: str) -> None:
        files = self._files(name)
        if files is None:
            return
        parts = []
        for path in files.read:
            try:
                parts.append(read_small(path, self._renamed(name)))
            except UnreadableError as error:
                self.findings.add("unreadable_table", path.name, detail=str(error))
        if len(parts) < len(files.read):
            return
        self.small[name] = check_parts(TABLES[name], parts, self.findings)
        check_cells(self.small[name], self.definition, self.findings)

    def _marked_standin(self) -> None:
        self.is_standin = False
        self.is_standin = is_standin(self.folder)

    def _read_register(self) -> None:
        files = self._files(REGISTER)
        if files is None:
            return
        if any(path.suffix.lower() in (".feather", ".xlsx") for path in files.read):
            self.findings.add("foreign_format", files.name, detail="for small tables only")
            return
        for path in files.read:
            register_file.check_file(path, self.findings)
        renamed = self._renamed(REGISTER)
        if twice := in_several(files.read, renamed):
            self.findings.add("two_files", files.name, some(twice), n=len(twice))
            return
        if len(files.read) > 1:
            self.findings.add("read_as", files.name, detail="joined by person")
        file = open_wide(files.read, renamed=renamed)
        columns = layout(file.columns)
        check_register(file, columns, self.findings)
        if columns.complete:
            for path in files.read:
                register_file.check_edges(path, columns, self.findings)
            self._read_window(file, columns)

    def _read_window(self, file: DuckFile, columns: Layout) -> None:
        small = self.small.get("participants")
        if small is None or not small.has(PERSON, "referred_on"):
            return
        referred = checks.dates(small.cells["referred_on"])
        study = self.definition.study
        # Dates that cannot be are told already; the window must not reach back to them.
        referred = referred.where(referred >= pd.Timestamp(study.reform_agreed))
        if referred.isna().all():
            return
        first = referred.min().to_period("M").to_timestamp().date()
        cut = date.fromisoformat(f"{study.register_last_week}-4")
        if min(columns.weeks) > cut:
            self.findings.add("missing_column", file.path.name, f"y_YYWW up to {cut:%G-W%V}")
            return
        last = columns.last_complete_month(cut)
        people = small.cells[PERSON]
        starts = referred.groupby(people).min()
        self._check_length(starts, last, file.path.name)
        missing = missing_months(columns, first, last)
        if missing:
            self.findings.add("missing_column", file.path.name, some(missing), n=len(missing))
        history = (pd.Timestamp(first) - pd.DateOffset(months=study.history_months)).date()
        register_file.check_history(columns, history, first, file.path.name, self.findings)
        window = columns.between(history, last)
        if not (window.weeks and window.degrees and window.industries):
            return
        self.register = read_register(
            file,
            people[people != ""].drop_duplicates().tolist(),
            window,
            self.findings,
            full_time_hours=study.full_time_hours,
            **vars(self.definition.register),
        )
        observed = self.register.firsts[-1].date()
        if observed < last:
            self._check_length(starts, observed, file.path.name)
        self._check_people(file, columns.key or PERSON, small)
        if len(self.register.people):
            self._check_cells(file.path.name, self.register, small)

    def _check_length(self, referred: pd.Series, last: date, name: str) -> None:
        """Everyone must be observed, from first referral, as long as the definition promises."""
        promised = self.definition.study.months_observed_by_all
        latest = pd.Timestamp(last) - pd.DateOffset(months=promised - 1)
        late = int((referred >= latest).sum())
        if late:
            self.findings.add(
                "register_ends_early",
                name,
                detail=f"its last complete month is {last:%Y-%m}, the promise is month {promised}, "
                f"and {late} people were referred too late for that",
                n=late,
            )

    def _check_people(self, file: DuckFile, key: str, small: SmallTable) -> None:
        """People without a row; if they are many, whether another form of their keys has one."""
        people = small.cells[PERSON]
        registered = self.register.people if self.register is not None else pd.Index([])
        absent = ~people.isin(registered) & (people != "") & ~people.duplicated()
        every = int((people != "").sum() - people[people != ""].duplicated().sum())
        detail = ""
        if every and absent.sum() / every > RULES["participant_not_in_register"].fatal_above:
            keys = people[people != ""].drop_duplicates().tolist()
            match = register_rules.match_otherwise(
                keys, lambda asked: file.rows(key, asked, []).people
            )
            detail = f"{1 - absent.sum() / every:.0%} match" + (f"; {match}" if match else "")
        small.note(
            self.findings, "participant_not_in_register", PERSON, absent, detail=detail, of=every
        )

    def _unknown(self, codes: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.asarray(self.benefits.group(codes) == self.benefits.groups.index(UNKNOWN))

    def _check_cells(self, name: str, register: Register, small: SmallTable) -> None:
        full, strange = self.definition.study.full_time_hours, self._unknown(register.codes)
        register_rules.check_codes(register.codes, strange, name, self.findings)
        window = register_rules.Window(
            file=name, thursdays=register.thursdays, codes=register.codes, firsts=register.firsts,
            degree=register.hours / full, industry=register.industry,
        )  # fmt: skip
        register_rules.check_window(window, self._unknown, full, self.findings)
        if small.has("route", "project"):
            groups = small.coded(["route", "project"]).groupby(small.cells[PERSON]).first()
            register_rules.check_groups(window, groups.reindex(register.people), self.findings)
        if small.has("unemployed_since"):
            told = pd.DataFrame({c: small.dates(c) for c in ("unemployed_since", "referred_on")})
            told = told.groupby(small.cells[PERSON]).min().reindex(register.people)
            register_rules.check_unemployed(
                window, told["unemployed_since"], told["referred_on"], self.findings
            )
