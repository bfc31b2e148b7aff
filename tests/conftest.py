"""A study of six people on disk, small enough to work every result out by hand.

`tests/evallib/curves/test_shares.py` holds the arithmetic. Employment degrees by month since
referral, "." where nothing is recorded:

    person  route  unit      referred   0      1    2    3    4
    P1      1      Enhed 01  2016-10    .      0.5  1    1    .
    P2      1      Enhed 01  2016-11    1      .    0.5  .
    P3      1      Enhed 02  2016-10    .      1    .    0.5  1
    P4      1      Enhed 03  2016-12    0.005  .    .
    P5      2      Enhed 02  2016-11    .      1    .    1
    P6      2      Enhed 04  2016-11    0.5    .    1    .

The register ends with week 8 of 2017, so February 2017 is the last complete month. P4's 0.005 of
full time is 0.8 hours: less than the paid hour that makes a month of work. Enhed 02 works on both
routes and is one cluster.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from whole_project import built

import standin
from evallib.cohort.panel import person_months
from evallib.errors import VARIABLE
from evallib.settings import DATA, settings
from evallib.study.contract import SHEET, month_column, week_column, weeks_between
from evallib.study.definition import Definition, read_definition
from evallib.study.study import Study, load

Tables = dict[str, pd.DataFrame]
STANDIN = DATA / "standin"


def pytest_sessionstart() -> None:
    """Make the stand-in study where no build has: examples in docstrings load it."""
    if not (STANDIN / SHEET).is_file():
        standin.make(STANDIN)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, and all of the whole project in one: it is built once.

    These take longest, and go first.
    """
    whole = {item.path for item in items if "project" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in whole)
    for item in items:
        group = "whole project" if item.path in whole else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def spark_python() -> Path:
    """The Python Spark is installed for; on a machine of tests it must be there."""
    own = Path(__file__).parents[1] / ".venv-spark" / "bin" / "python"
    python = Path(os.environ.get("SPARK_PYTHON") or own)
    if not python.exists():
        told = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        told("no environment of requirements-spark.lock; CONTRIBUTING.md says how to make it")
    return python


PEOPLE = {
    "P1": (1, "Enhed 01", "2016-10", (None, 0.5, 1, 1, None)),
    "P2": (1, "Enhed 01", "2016-11", (1, None, 0.5, None)),
    "P3": (1, "Enhed 02", "2016-10", (None, 1, None, 0.5, 1)),
    "P4": (1, "Enhed 03", "2016-12", (0.005, None, None)),
    "P5": (2, "Enhed 02", "2016-11", (None, 1, None, 1)),
    "P6": (2, "Enhed 04", "2016-11", (0.5, None, 1, None)),
}
FIRST, LAST = date(2015, 1, 1), date(2017, 2, 26)
BENEFIT = {  # code and the weeks it is paid in
    "P1": ("111", date(2016, 1, 1), date(2016, 12, 31)),
    "P2": ("111", date(2016, 1, 1), date(2016, 11, 10)),
    "P3": ("111", date(2015, 12, 1), date(2016, 1, 20)),
    "P4": ("890", date(2016, 12, 1), LAST),
    "P6": ("111", date(2017, 1, 1), date(2017, 1, 15)),
}


def tiny_participants() -> pd.DataFrame:
    rows = [
        (person, route, unit, f"{month}-15", f"{month}-20", "", "k", "1970-05-01", "short", "")
        for person, (route, unit, month, _) in PEOPLE.items()
    ]
    columns = "person_id route project referred_on started_on completed_on gender birth_date"
    return pd.DataFrame(rows, columns=[*columns.split(), "education", "unemployed_since"])


def tiny_register() -> pd.DataFrame:
    weeks = list(weeks_between(FIRST, LAST))
    months = pd.date_range(FIRST, LAST, freq="MS")
    rows = []
    for person, (_, _, referred, degrees) in PEOPLE.items():
        code, first, last = BENEFIT.get(person, ("", LAST, FIRST))
        row = {"person_id": person}
        row |= {week_column(day): code if first <= day <= last else "" for day in weeks}
        at = dict(
            zip(pd.period_range(referred, periods=len(degrees), freq="M"), degrees, strict=True)
        )
        for month in months:
            degree = at.get(month.to_period("M"))
            row[month_column("grad", month.date())] = "" if degree is None else str(degree)
            row[month_column("branche", month.date())] = "" if degree is None else "011100"
        rows.append(row)
    return pd.DataFrame(rows)


def tiny_tables() -> Tables:
    """All tables of the six-person study, cells as they stand in the files."""
    survey = pd.DataFrame(
        [
            ("R1", 1, "Enhed 01", 1, 5, 4, 4, 9, 3, 44, "short"),
            ("R2", 1, "Enhed 02", 1, 2, 3, 1, 2, 2, 51, "long"),
            ("R3", 2, "Enhed 04", 1, 9, "", "", "", "", 38, "none"),
            ("R4", 2, "Enhed 02", 0, "", "", "", "", "", 29, "medium"),
        ],
        columns=[
            "respondent",
            "route",
            "project",
            "responded",
            "satisfaction",
            "useful_overall",
            "useful_fellowship",
            "useful_counselling",
            "useful_companies",
            "age",
            "education",
        ],
    )
    milestones = pd.DataFrame(
        [
            (1, "Enhed 01", "2016-10", "referred", 3, 2, 1),
            (2, "Enhed 02", "2016-11", "started", "", 1, 1),
        ],
        columns=["route", "project", "month", "indicator", "application", "milestone", "realised"],
    )  # fmt: skip
    elements = pd.DataFrame(
        [(1, "Enhed 01", "companies", "visits")],
        columns=["route", "project", "element", "approach"],
    )
    fidelity = pd.DataFrame(
        [(1, "Enhed 01", "mixed_groups", "partial", "split_by_occupation")],
        columns=["route", "project", "requirement", "level", "reason"],
    )
    return {
        "participants": tiny_participants(),
        "dream": tiny_register(),
        "survey": survey,
        "milestones": milestones,
        "elements": elements,
        "fidelity": fidelity,
    }


def write_tables(folder: Path, tables: Tables) -> Path:
    """Write tables as CSV with the mark of a stand-in study; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
    (folder / "study.toml").write_text('standin = true\nseed = 1\nmade_by = "tests"\n')
    return folder


@pytest.fixture
def tables() -> Tables:
    """The six-person study in memory, to be changed and written by a test."""
    return tiny_tables()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Tables], Path]:
    """Writes tables to a folder of the test's own and returns it."""
    return lambda tables: write_tables(tmp_path / "study", tables)


@pytest.fixture(scope="session")
def tiny_study_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the six-person study; treat it as read-only."""
    return write_tables(tmp_path_factory.mktemp("tiny"), tiny_tables())


@pytest.fixture(scope="session")
def tiny_study(tiny_study_dir: Path) -> Study:
    return load(tiny_study_dir)


@pytest.fixture
def panel(tiny_study: Study) -> pd.DataFrame:
    """Person-months of the six-person study."""
    return person_months(tiny_study)


@pytest.fixture
def with_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Writes the settings of a run, in place of any before."""

    def write(**chosen: object) -> None:
        path = tmp_path / "settings.json"
        path.write_text(json.dumps(chosen), encoding="utf-8")
        monkeypatch.setenv(VARIABLE, str(path))
        settings.cache_clear()

    yield write
    settings.cache_clear()


@pytest.fixture
def definition_with() -> Callable[[dict[str, str]], Definition]:
    """The repository's definition with other severities for some rules."""
    definition = read_definition()
    return lambda rules: replace(definition, rules={**definition.rules, **rules})


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the compendium, built once, in a folder whose name is no plain ASCII word."""
    return built(tmp_path_factory.mktemp("hele rapporten æøå"))
