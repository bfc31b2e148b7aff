"""Turns a folder of tables into a `Study`, or into one report of all that is wrong with it.

Nothing after this module opens a data file, so nothing after it can tell stand-in data from real
ones except by `Study.is_standin`. And only the tables that are declared are opened: whoever keeps
results up to date with the data must be able to rely on nothing else having been read.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd

from evallib.errors import DataError
from evallib.settings import data_folder, settings
from evallib.study import checks
from evallib.study.checks import Fault, Findings, Report
from evallib.study.codelists import UNKNOWN, CodeList, read_codelist
from evallib.study.contract import PERSON, REGISTER, SHEET, SMALL_COUNT, TABLES, is_standin
from evallib.study.formats import UnreadableError, find, read_small
from evallib.study.register import (
    DuckFile,
    Layout,
    Register,
    check_register,
    layout,
    missing_months,
    open_wide,
    read_register,
)

if TYPE_CHECKING:
    from evallib.study.definition import Definition

EVERY = (*TABLES, REGISTER)
"""The names of all tables of a study."""


class Undeclared:
    """Stands in a `Study` for a table that was not declared; to use it raises DataError.

    The study's own fields must be readable, or `dataclasses.replace` could not copy them.
    """

    def __init__(self, table: str) -> None:
        hint = settings().get("hint") or "Add it to the tables given to load()."
        self.refusal = f"The table '{table}' is not declared, so it was not read. {hint}"

    def _refuse(self, *_: object) -> NoReturn:
        raise DataError(object.__getattribute__(self, "refusal"))

    __getattribute__ = __getitem__ = __iter__ = __len__ = __contains__ = __bool__ = _refuse
    __eq__ = __hash__ = _refuse

    def __repr__(self) -> str:
        return "<not declared>"


@dataclass(frozen=True)
class Study:
    """Everything a chapter may know.

    The tables in their contract types, the people's register rows, the definition file, the code
    list, and in `notes` the faults that were counted instead of stopping the run. A table that was
    not declared is `Undeclared`.
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


def declared(tables: str | Collection[str] | None = None) -> frozenset[str]:
    """The tables that may be read: those named, else those of the settings, else all.

    Raises DataError for a name no table has, and for the register without the people who are looked
    up in it.

    >>> sorted(declared(["dream", "participants"]))
    ['dream', 'participants']
    """
    named = settings().get("tables") if tables is None else tables
    if named is None:
        return frozenset(EVERY)
    names = frozenset([named] if isinstance(named, str) else named)
    for name in sorted(names.difference(EVERY)):
        (near,) = get_close_matches(name, EVERY, n=1, cutoff=0)
        raise DataError(
            f"There is no table '{name}'; the nearest is '{near}'. Tables are {', '.join(EVERY)}."
        )
    if REGISTER in names and "participants" not in names:
        raise DataError(
            f"The table '{REGISTER}' is read for the people of 'participants': declare both."
        )
    return names


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

    Examples
    --------
    >>> study = load(tables=["elements"])
    >>> study.elements.columns.tolist()
    ['route', 'project', 'element', 'approach']
    """
    reading = _Reading(data_folder(path), definition or _definition(), declared(tables))
    reading.report.raise_if_fatal()
    return reading.study()


def validate(path: str | Path | None = None, definition: "Definition | None" = None) -> Report:
    """Hold all tables of a folder against the contract without building anything.

    Faults are values here; raises DataError only if the folder does not exist.
    """
    return _Reading(data_folder(path), definition or _definition(), EVERY).report


def must_hold(path: str | Path | None = None, definition: "Definition | None" = None) -> None:
    """Raise DataError with the one report of all faults if any of them is fatal."""
    validate(path, definition).raise_if_fatal()


def _definition() -> "Definition":
    from evallib.study.definition import read_definition

    return read_definition()


class _Reading:
    """One pass over a folder: each step adds its faults and leaves what could be read."""

    def __init__(self, folder: Path, definition: "Definition", tables: Collection[str]) -> None:
        if not folder.is_dir():
            raise DataError(
                f"There is no data folder {folder}. Name the folder that has the tables."
            )
        self.folder, self.definition, self.tables = folder, definition, tables
        self.findings = Findings(definition.rules)
        self.benefits = read_codelist()
        self.names: dict[str, str] = {}
        self.cells = self._small_tables()
        self.is_standin = self._marked_standin()
        self.register: Register | None = None
        if REGISTER in tables:
            self._read_register()
        self.report = self.findings.report(str(folder))

    def study(self) -> Study:
        """The study; call it when nothing fatal was found."""
        read: dict[str, Any] = {name: Undeclared(name) for name in TABLES}
        read |= {name: checks.typed(TABLES[name], cells) for name, cells in self.cells.items()}
        register: Any = self.register if REGISTER in self.tables else Undeclared(REGISTER)
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

    def _file(self, table: str) -> Path | None:
        files = find(self.folder, table)
        if not files:
            self.findings.add("missing_table", f"{table}.csv")
        elif len(files) > 1:
            self.findings.add("unreadable_table", table, detail=", ".join(f.name for f in files))
        return files[0] if len(files) == 1 else None

    def _small_tables(self) -> dict[str, pd.DataFrame]:
        cells = {}
        routes = [route.number for route in self.definition.routes]
        for name, table in TABLES.items():
            path = self._file(name) if name in self.tables else None
            if path is None:
                continue
            self.names[name] = path.name
            try:
                cells[name] = read_small(path)
            except UnreadableError:
                self.findings.add("unreadable_table", path.name)
                continue
            checks.check_table(table, cells[name], path.name, routes, self.findings)
            if name == "participants" and PERSON in cells[name]:
                people = cells[name][PERSON]
                again = people.index[people.duplicated() & (people != "")]
                if len(again):
                    self.findings.add("second_referral", path.name, PERSON, again)
        return cells

    def _marked_standin(self) -> bool:
        try:
            return is_standin(self.folder)
        except DataError:
            self.findings.add("unreadable_table", SHEET)
            return False

    def _read_register(self) -> None:
        path = self._file(REGISTER)
        if path is None:
            return
        try:
            file = open_wide(path)
            columns = layout(file.columns)
            check_register(file, columns, self.findings)
            if columns.complete:
                self._read_window(file, columns)
        except UnreadableError:
            self.findings.add("unreadable_table", path.name)

    def _read_window(self, file: DuckFile, columns: Layout) -> None:
        participants = self.cells.get("participants", pd.DataFrame())
        if not {PERSON, "referred_on"} <= set(participants):
            return
        referred = checks.dates(participants["referred_on"])
        if referred.isna().all():
            return
        first = referred.min().to_period("M").to_timestamp().date()
        cut = date.fromisoformat(f"{self.definition.study.register_last_week}-4")
        last = columns.last_complete_month(cut)
        people = participants[PERSON]
        self._check_length(referred.groupby(people).min(), last, file.path.name)
        missing = missing_months(columns, first, last)
        if missing:
            self.findings.add("missing_column", file.path.name, ", ".join(missing), n=len(missing))
        months = self.definition.study.history_months
        history = (pd.Timestamp(first) - pd.DateOffset(months=months)).date()
        self.register = read_register(
            file,
            people[people != ""].drop_duplicates().tolist(),
            columns.between(history, last),
            self.findings,
            full_time_hours=self.definition.study.full_time_hours,
        )
        self._check_people(people)
        self._check_codes(file.path.name)

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

    def _check_people(self, people: pd.Series) -> None:
        registered = self.register.people if self.register else pd.Index([])
        absent = people.index[~people.isin(registered) & (people != "") & ~people.duplicated()]
        if len(absent):
            self.findings.add(
                "participant_not_in_register", self.names["participants"], PERSON, absent
            )

    def _check_codes(self, name: str) -> None:
        """Count people with codes the list does not have; name a code only if enough share it."""
        if self.register is None:
            return
        codes = self.register.codes
        strange = self.benefits.group(codes) == self.benefits.groups.index(UNKNOWN)
        if not strange.any():
            return
        people = {
            int(code): int((codes == code).any(axis=1).sum()) for code in np.unique(codes[strange])
        }
        named = [
            f"{code} for {n} people" for code, n in people.items() if n >= SMALL_COUNT and code > 0
        ]
        few = len(people) - len(named)
        rest = [f"{few} not shown: unreadable, or fewer than {SMALL_COUNT} people"] if few else []
        self.findings.add(
            "unknown_benefit_code",
            name,
            "y_YYWW",
            n=int(strange.any(axis=1).sum()),
            detail="codes: " + ", ".join(named + rest),
        )
