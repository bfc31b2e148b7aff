"""The evaluation's definitions, read from a file, so that no rule of this study stands in code.

`data/evaluation.toml` says what was tried, on whom and when, and which rules turn records into
results. A key too many or too few is an error here: a misspelt rule must not pass for a default.
What only some evaluations have (a register, a survey, project units) may be left out; code that
asks for it is told so.
"""

from __future__ import annotations

import json
import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config

from evallib.errors import Absent, DataError, given, one_of
from evallib.settings import project
from evallib.study.contract import PERSON, REGISTER, RULES, TABLES, Severity

Light = Literal["green", "yellow", "red"]
Measure = Literal["share", "rise", "hours", "score"]
"""Of people: a share as a fraction, a rise in it, hours a month, a score from 1 to 5."""


def english(texts: object) -> str:
    """The English of a text that stands in the file in both languages.

    >>> english({"da": "Alder", "en": "Age"})
    'Age'
    """
    if isinstance(texts, dict) and set(texts) == {"da", "en"} and all(texts.values()):
        return str(texts["en"])
    raise ValueError("the text under .da and under .en")


Text = Annotated[str, BeforeValidator(english)]


def _optional(key: str) -> Any:
    """A key that may be left out of the file; whoever then uses it is told which it is."""
    return field(default_factory=lambda: Absent(f"evaluation.toml has no '{key}'; add it."))


@dataclass(frozen=True)
class Facts:
    """Dates and limits of the study; months are YYYY-MM, weeks YYYY-Www (ISO)."""

    title: Text
    commissioner: str
    author: str
    published: str
    pdf_pages: int = _optional("study.pdf_pages")
    extract_pages: int = _optional("study.extract_pages")
    reform_agreed: date = _optional("study.reform_agreed")
    intake_first_month: str = _optional("study.intake_first_month")
    intake_last_month: str = _optional("study.intake_last_month")
    register_last_week: str = _optional("study.register_last_week")
    months_observed_by_all: int = _optional("study.months_observed_by_all")
    employed_min_hours: float = _optional("study.employed_min_hours")
    history_months: int = _optional("study.history_months")
    full_time_hours: float = _optional("study.full_time_hours")
    pseudonym: str = _optional("study.pseudonym")


@dataclass(frozen=True)
class Margins:
    """Differences of no practical size: shares as fractions, hours a month, steps of 1-5."""

    share: float
    hours: float = _optional("margins.hours")
    score: float = _optional("margins.score")


@dataclass(frozen=True)
class Checks:
    """What results are tried against: hours a month as limits of work, gaps as fractions."""

    work_week: float
    half_time: float
    four_fifths: float
    unmeasured_gap: float
    silent_gap: float


@dataclass(frozen=True)
class Spread:
    """Standard deviations between people: of 0 and 1, of a change between these, hours, steps."""

    share: float
    rise: float
    hours: float
    score: float


@dataclass(frozen=True)
class Power:
    """What a comparison is planned with: its power, and how people and units vary.

    `icc` is the share of an outcome's variance that lies between units, `sd` its total.
    """

    power: float
    icc: float
    sd: Spread


@dataclass(frozen=True)
class TrafficLight:
    """Limits, as fractions of what was expected, of how far short a result may fall."""

    yellow_from: float
    red_above: float

    def light(self, realised: int, expected: int) -> Light:
        """The colour of a result; whole numbers are compared exactly, also at the limits.

        >>> TrafficLight(0.10, 0.25).light(90, 100), TrafficLight(0.10, 0.25).light(75, 100)
        ('yellow', 'yellow')
        """
        if expected <= 0:
            raise DataError(f"The expected number is {expected}; a light needs one above 0.")
        shortfall = Fraction(expected - realised, expected)
        if shortfall < Fraction(str(self.yellow_from)):
            return "green"
        return "yellow" if shortfall <= Fraction(str(self.red_above)) else "red"


@dataclass(frozen=True)
class Survey:
    """Which answers count as what, and whom the response rate is about."""

    scale: tuple[int, ...]
    satisfied: tuple[int, ...]
    dissatisfied: tuple[int, ...]
    dont_know: int
    invited: Text
    response: Text
    more_satisfied: tuple[int, ...] = ()


@dataclass(frozen=True)
class Fieldwork:
    """The evaluation's own interviews; tuples run over routes 1, 2 and 3."""

    sources: int
    visits: str
    follow_up_first: str
    follow_up_last: str
    company_interviews: str
    companies: tuple[int, ...]
    company_units: tuple[int, ...]
    project_leader_interviews: int


@dataclass(frozen=True)
class TargetGroup:
    """Whom the project was for: full years of age, limits included; least months out of work."""

    id: str
    label: Text
    age_from: int
    age_to: int
    months_unemployed: int


@dataclass(frozen=True)
class Degrees:
    """How the register has employment degrees: what full time is there, and with which decimals.

    Decimals nobody declared are not checked.
    """

    degree_scale: Annotated[float, Field(gt=0)] = 1.0
    degree_decimals: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True)
class Route:
    """One route: its names, last month of analysis, units, and what counts as taking part."""

    number: int
    name: Text
    short: Text
    on: Text
    horizon: int
    colour: str
    referred: Text
    units: tuple[str, ...] = ()
    started: Text = _optional("routes.started")


@dataclass(frozen=True)
class Unit:
    """A project unit: one municipality, or several behind one application."""

    name: str
    municipalities: tuple[str, ...]


@with_config(ConfigDict(strict=True, extra="forbid"))
@dataclass(frozen=True)
class Definition:
    """Everything of `data/evaluation.toml`.

    `rules` maps rules of the contract that are judged otherwise here to "fatal" or "counted";
    `columns` maps a table's columns to the names they have in the delivery.
    """

    study: Facts
    margins: Margins
    routes: tuple[Route, ...]
    checks: Checks = _optional("checks")
    power: Power = _optional("power")
    traffic_light: TrafficLight = _optional("traffic_light")
    survey: Survey = _optional("survey")
    fieldwork: Fieldwork = _optional("fieldwork")
    target_groups: tuple[TargetGroup, ...] = ()
    units: tuple[Unit, ...] = ()
    register: Degrees = field(default_factory=Degrees)
    rules: Mapping[str, Severity] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def pseudonyms(self) -> set[str]:
        """Names units may have in place of their own, numbered from 01."""
        return {f"{self.study.pseudonym} {n + 1:02d}" for n in range(len(self.units))}

    def route(self, number: int) -> Route:
        """The route with that number."""
        known = {route.number: route for route in self.routes}
        return known[one_of(number, known, "route")]

    @property
    def employed_min_hours(self) -> float:
        """Paid hours in a month from which a person counts as employed."""
        return self.study.employed_min_hours

    @property
    def has_register(self) -> bool:
        """Whether the study is tables of the contract, and not of the evaluation's own making."""
        return given(self.study.register_last_week)


def read_definition(path: Path | None = None) -> Definition:
    """Read and check the definition file (the evaluation's own unless `path` is given).

    Parameters
    ----------
    path
        The file; `data/evaluation.toml` if left out.

    Returns
    -------
    Definition
        Routes, units, rules and numbers. Texts stand in the file in Danish and English; the
        definition has the English.

    Raises
    ------
    DataError
        The file is missing or unreadable, or a key is missing, unknown or of another kind; the
        message names the key.

    References
    ----------
    `data/evaluation.toml`, each line with its page.

    Examples
    --------
    >>> read_definition().margins.share
    0.05
    """
    path = project() / "data" / "evaluation.toml" if path is None else path
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        # As JSON: there a list may be a tuple and a text a date, and nothing else is converted.
        definition = TypeAdapter(Definition).validate_json(json.dumps(table, default=str))
        _check(definition)
    except FileNotFoundError as error:
        raise DataError(f"There is no definition file {path.name}; restore it to data/.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path.name} is not readable as TOML: {error}. Correct the line."
        ) from error
    except ValidationError as error:
        raise DataError(f"{path.name}: {_fault(error.errors())}") from error
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from error
    return definition


def _fault(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first fault in words: which key, what is wrong with it, and what to do."""
    kinds = {error["type"]: error for error in reversed(errors)}
    fault = kinds.get("unexpected_keyword_argument", errors[0])
    *parents, key = fault["loc"]
    where = _path(fault["loc"])
    if fault["type"] == "unexpected_keyword_argument":
        lacking = [
            str(e["loc"][-1])
            for e in errors
            if e["type"] == "missing" and [*e["loc"][:-1]] == parents
        ]
        near = get_close_matches(str(key), lacking, n=1)
        return f"the key {where} is unknown; {f'write {near[0]}' if near else 'remove it'}."
    if fault["type"] == "missing":
        return f"the key {where} is missing; add it."
    wanted = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f"'{where}' is {reprlib.repr(fault['input'])}; write {wanted}."


def _path(keys: Sequence[str | int]) -> str:
    """Keys as they stand in the file.

    >>> _path(["routes", 0, "name"])
    'routes[0].name'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)[1:]


def _check(definition: Definition) -> None:
    """What the types cannot say: names that refer to each other, and the order of limits."""
    units = [unit.name for unit in definition.units]
    used = {name for route in definition.routes for name in route.units}
    if lost := sorted(used.symmetric_difference(units)):
        raise DataError(f"units and routes do not name the same units: {', '.join(lost)}.")
    numbers = [route.number for route in definition.routes]
    for label, names in (("unit", units), ("route", numbers)):
        if len(set(names)) < len(names):
            raise DataError(f"a {label} stands twice in '{label}s'; keep one.")
    if lost := sorted(set(definition.rules) - set(RULES)):
        raise DataError(f"'rules' names what the data contract does not have: {', '.join(lost)}.")
    for table, named in definition.columns.items():
        known = {c.name for c in TABLES[table].columns} if table in TABLES else {PERSON}
        if table not in (*TABLES, REGISTER) or not set(named) <= known:
            raise DataError(
                f"'columns.{table}' names a table or column the contract does not have."
            )
    study, light, plan = definition.study, definition.traffic_light, definition.power
    intake = study.intake_first_month, study.intake_last_month
    if all(map(given, intake)) and intake[0] > intake[1]:
        raise DataError("'study.intake_first_month' lies after 'study.intake_last_month'.")
    if given(light) and not 0 < light.yellow_from <= light.red_above:
        raise DataError("'traffic_light' needs 0 < yellow_from <= red_above.")
    if given(plan) and not (
        0.5 < plan.power < 1 and 0 <= plan.icc < 1 and min(vars(plan.sd).values()) > 0
    ):
        raise DataError("'power' needs 0.5 < power < 1, 0 <= icc < 1 and standard deviations > 0.")
