"""A whole delivery small enough to be spoilt a few hundred times: ten people of every unit.

It is a cut of the stand-in study in which all that was counted is counted again, so that it keeps
the contract without a fault. What spoils it works on a `Delivery`, which writes what was touched.
"""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from evallib.settings import DATA
from evallib.study.contract import TABLES, month_of, week_of
from evallib.study.definition import Definition, read_definition

HAPPENED = {"referred": "referred_on", "started": "started_on", "completed": "completed_on"}
NAMES = (*TABLES, "dream")


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@cache
def tables() -> dict[str, pd.DataFrame]:
    """The tables of the cut, as text; not to be changed."""
    whole = {name: read(DATA / "standin" / f"{name}.csv") for name in NAMES}
    people = whole["participants"].groupby(["route", "project"]).head(10).reset_index(drop=True)
    survey = whole["survey"].groupby(["route", "project"]).head(8).reset_index(drop=True)
    dream = whole["dream"][whole["dream"]["person_id"].isin(people["person_id"])]
    kept = [c for c in dream if not _early(c)]
    milestones = whole["milestones"].copy()
    for column in ("application", "milestone"):
        aimed = pd.to_numeric(milestones[column])
        milestones[column] = (aimed / 5).round().map("{:.0f}".format).where(aimed.notna(), "")
    milestones["realised"] = [_count(people, row) for row in milestones.itertuples()]
    return whole | {
        "participants": people,
        "survey": survey,
        "dream": dream[kept].reset_index(drop=True),
        "milestones": milestones,
    }


@cache
def definition() -> Definition:
    """The definition file, but for a shorter history: most of the time goes by columns."""
    whole = read_definition()
    return replace(whole, study=replace(whole.study, history_months=12))


def _early(column: str) -> bool:
    day = week_of(column) or (month_of(column) or (None, None))[1]
    return day is not None and (day.year, day.month) < (2014, 12)


def _count(people: pd.DataFrame, row) -> str:
    if row.indicator not in HAPPENED:
        return "1"
    dates = people[HAPPENED[row.indicator]]
    here = (people["route"] == row.route) & (people["project"] == row.project)
    return str(int((here & dates.str.startswith(row.month)).sum()))


class Delivery:
    """A folder with the small study, whose tables may be changed as frames or as files."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder
        shutil.copytree(source, folder)
        self._open: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A table as text; what is done to it is written by `close`."""
        return self._open.setdefault(name, tables()[name].copy())

    def __setitem__(self, name: str, table: pd.DataFrame) -> None:
        self._open[name] = table

    def path(self, name: str, ending: str = ".csv") -> Path:
        return self.folder / f"{name}{ending}"

    def close(self) -> None:
        for name, table in self._open.items():
            table.to_csv(self.path(name), index=False)


def write(folder: Path) -> Path:
    """Write the small study as plain CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables().items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "study.toml").write_text("standin = true\n", encoding="utf-8")
    return folder
