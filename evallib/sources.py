"""Turns a folder of tables into a `Study`, or into one report of all that is wrong with it.

Nothing after this module opens a data file, so nothing after it can tell stand-in data from real
ones except by `Study.is_standin`.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib import checks
from evallib.checks import Fault, Findings, Report
from evallib.codelist import UNKNOWN, CodeList, read_codelist
from evallib.contract import PERSON, REGISTER, SMALL_COUNT, TABLES
from evallib.errors import DataError
from evallib.files import UnreadableError, WideFile, find, open_wide, read_small
from evallib.register import Layout, Register, check_register, layout, missing_months, read_register

if TYPE_CHECKING:
    from evallib.definition import Definition

STANDIN = Path(__file__).resolve().parents[1] / "data" / "standin"
HISTORY_MONTHS = 36
"""Months before the first referral that are read, for the employment history of the report."""


@dataclass(frozen=True)
class Study:
    """Everything a chapter may know.

    The tables in their contract types, the people's register rows, the definition file, the code
    list, and in `notes` the faults that were counted instead of stopping the run.
    `last_month` is the first day of the last month in which everyone can be observed.
    """

    participants: pd.DataFrame
    survey: pd.DataFrame
    milestones: pd.DataFrame
    elements: pd.DataFrame
    fidelity: pd.DataFrame
    register: Register
    definition: "Definition"
    benefits: CodeList
    last_month: pd.Timestamp
    is_standin: bool
    notes: tuple[Fault, ...]


def data_folder(path: str | Path | None = None) -> Path:
    """The folder asked for, else $EVALLIB_DATA, else the stand-in study of the repository."""
    return Path(path or os.environ.get("EVALLIB_DATA") or STANDIN)


def load(path: str | Path | None = None, definition: "Definition | None" = None) -> Study:
    """Read and check the study in a folder.

    Raises DataError with a report of every fatal fault, or if the folder does not exist.
    """
    folder, rules = data_folder(path), definition or _definition()
    reading = _Reading(folder, rules)
    reading.report.raise_if_fatal()
    return reading.study()


def validate(path: str | Path | None = None, definition: "Definition | None" = None) -> Report:
    """Hold a folder against the contract without building anything; faults are values here.

    Raises DataError only if the folder does not exist.
    """
    return _Reading(data_folder(path), definition or _definition()).report


def must_hold(path: str | Path | None = None, definition: "Definition | None" = None) -> None:
    """Raise DataError with the one report of all faults if any of them is fatal."""
    validate(path, definition).raise_if_fatal()


def _definition() -> "Definition":
    from evallib.definition import read_definition

    return read_definition()


class _Reading:
    """One pass over a folder: each step adds its faults and leaves what could be read."""

    def __init__(self, folder: Path, definition: "Definition") -> None:
        if not folder.is_dir():
            raise DataError(
                f"There is no data folder {folder}. Name one with --data, or set EVALLIB_DATA."
            )
        self.folder, self.definition = folder, definition
        self.findings = Findings(definition.rules)
        self.benefits = read_codelist()
        self.names: dict[str, str] = {}
        self.cells = self._small_tables()
        self.is_standin = self._marked_standin()
        self.register: Register | None = None
        self.last_month: date | None = None
        self._read_register()
        self.report = self.findings.report(str(folder))

    def study(self) -> Study:
        """The study; call it when nothing fatal was found."""
        if self.register is None or self.last_month is None:
            raise DataError(f"The register in {self.folder} could not be read.")
        tables = {name: checks.typed(TABLES[name], cells) for name, cells in self.cells.items()}
        return Study(
            **tables,
            register=self.register,
            definition=self.definition,
            benefits=self.benefits,
            last_month=pd.Timestamp(self.last_month),
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
            path = self._file(name)
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
        path = self.folder / "study.toml"
        try:
            marks: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            self.findings.add("unreadable_table", path.name)
            return False
        return marks.get("standin") is True

    def _read_register(self) -> None:
        path = self._file(REGISTER)
        if path is None:
            return
        try:
            file = open_wide(path)
            found = layout(file.columns)
            check_register(file, found, self.findings)
            if found.complete:
                self._read_window(file, found)
        except UnreadableError:
            self.findings.add("unreadable_table", path.name)

    def _read_window(self, file: WideFile, found: Layout) -> None:
        participants = self.cells.get("participants", pd.DataFrame())
        if not {PERSON, "referred_on"} <= set(participants):
            return
        referred = checks.dates(participants["referred_on"])
        if referred.isna().all():
            return
        first = referred.min().to_period("M").to_timestamp().date()
        cut = date.fromisoformat(f"{self.definition.study.register_last_week}-4")
        self.last_month = last = found.last_complete_month(cut)
        people = participants[PERSON]
        self._check_length(referred.groupby(people).min(), last, file.path.name)
        missing = missing_months(found, first, last)
        if missing:
            self.findings.add("missing_column", file.path.name, ", ".join(missing), n=len(missing))
        history = (pd.Timestamp(first) - pd.DateOffset(months=HISTORY_MONTHS)).date()
        self.register = read_register(
            file,
            people[people != ""].drop_duplicates().tolist(),
            found.between(history, last),
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
        known = self.register.people if self.register else pd.Index([])
        absent = people.index[~people.isin(known) & (people != "") & ~people.duplicated()]
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
        shown = [
            f"{code} for {n} people" for code, n in people.items() if n >= SMALL_COUNT and code > 0
        ]
        few = len(people) - len(shown)
        rest = [f"{few} not shown: unreadable, or fewer than {SMALL_COUNT} people"] if few else []
        self.findings.add(
            "unknown_benefit_code",
            name,
            "y_YYWW",
            n=int(strange.any(axis=1).sum()),
            detail="codes: " + ", ".join(shown + rest),
        )
