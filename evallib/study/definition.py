"""The evaluation's definitions, read from a file, so that no rule of this study stands in code.

`data/evaluation.toml` says what was tried, on whom and when, and which rules turn records into
results. A key too many or too few is an error here: a misspelt rule must not pass for a default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeVar, get_args, get_origin, get_type_hints

from evallib.errors import DataError
from evallib.study.contract import RULES, Severity

READS = ("data/evaluation.toml",)
DEFAULT = Path(__file__).resolve().parents[2] / "data" / "evaluation.toml"

Light = Literal["green", "yellow", "red"]
T = TypeVar("T")


@dataclass(frozen=True)
class Text(Mapping[str, str]):
    """The same words in Danish and English, by language: `text["da"]`."""

    da: str
    en: str

    def __getitem__(self, lang: str) -> str:
        if lang not in ("da", "en"):
            raise KeyError(lang)
        return str(getattr(self, lang))

    def __iter__(self) -> Iterator[str]:
        return iter(("da", "en"))

    def __len__(self) -> int:
        return 2


@dataclass(frozen=True)
class Facts:
    """Dates and limits of the study; months are YYYY-MM, weeks YYYY-Www (ISO)."""

    title: Text
    commissioner: str
    author: str
    published: str
    pdf_pages: int
    extract_pages: int
    reform_agreed: date
    intake_first_month: str
    intake_last_month: str
    register_last_week: str
    months_observed_by_all: int
    employed_min_hours: float
    history_months: int
    full_time_hours: float


@dataclass(frozen=True)
class Margins:
    """Differences of no practical size: shares as fractions, hours a month, steps of 1-5."""

    share: float
    hours: float
    score: float


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
class Route:
    """One route: its names, last month of analysis, units, and what counts as taking part."""

    number: int
    name: Text
    short: Text
    horizon: int
    colour: str
    units: tuple[str, ...]
    referred: Text
    started: Text


@dataclass(frozen=True)
class Unit:
    """A project unit: one municipality, or several behind one application."""

    name: str
    municipalities: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """Everything of `data/evaluation.toml`; `rules` maps contract rules to "fatal" or "counted"."""

    study: Facts
    margins: Margins
    traffic_light: TrafficLight
    survey: Survey
    fieldwork: Fieldwork
    target_groups: tuple[TargetGroup, ...]
    routes: tuple[Route, ...]
    units: tuple[Unit, ...]
    rules: Mapping[str, Severity]

    def route(self, number: int) -> Route:
        """The route with that number."""
        for route in self.routes:
            if route.number == number:
                return route
        known = ", ".join(str(route.number) for route in self.routes)
        raise DataError(f"There is no route {number}; the definition has routes {known}.")

    @property
    def employed_min_hours(self) -> float:
        """Paid hours in a month from which a person counts as employed."""
        return self.study.employed_min_hours

    @property
    def units_on_several_routes(self) -> tuple[str, ...]:
        """Names of the units that take part in more than one route, in the order of `units`."""
        return tuple(
            unit.name
            for unit in self.units
            if sum(unit.name in route.units for route in self.routes) > 1
        )


def read_definition(path: Path | None = None) -> Definition:
    """Read and check the definition file (`data/evaluation.toml` unless `path` is given).

    Raises `DataError` naming the file, the key and what is wrong with it.

    >>> read_definition().route(2).horizon
    9
    """
    path = DEFAULT if path is None else path
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        definition = _dataclass(Definition, table, "")
        _check(definition)
    except FileNotFoundError as error:
        raise DataError(f"There is no definition file {path.name}; restore it to data/.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path.name} is not readable as TOML: {error}. Correct the line."
        ) from error
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from error
    return definition


def _build(kind: object, value: object, where: str) -> object:
    """`value` as `kind` (dataclass, tuple, mapping, literal or plain type), or a `DataError`."""
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass(kind, value, where)
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, list):
        return tuple(_build(args[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {key: _build(args[1], item, f"{where}.{key}") for key, item in value.items()}
    if origin is Literal and value in args:
        return value
    if kind is float and type(value) is int:
        return float(value)
    if origin is None and type(value) is kind:
        return value
    wanted = " or ".join(map(repr, args)) if origin is Literal else getattr(kind, "__name__", kind)
    raise DataError(f"'{where}' is {value!r}; write {wanted}.")


def _dataclass(kind: type[T], value: object, where: str) -> T:
    if not isinstance(value, dict):
        raise DataError(f"'{where}' is {value!r}; write a table of keys.")
    hints = get_type_hints(kind)
    prefix = f"{where}." if where else ""
    if missing := [prefix + name for name in hints if name not in value]:
        raise DataError(f"the key {', '.join(missing)} is missing; add it.")
    if odd := [prefix + name for name in value if name not in hints]:
        raise DataError(f"the key {', '.join(odd)} is unknown; remove it or correct its spelling.")
    return kind(**{name: _build(hint, value[name], prefix + name) for name, hint in hints.items()})


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
    if lost := sorted(set(RULES).symmetric_difference(definition.rules)):
        raise DataError(f"'rules' and the data contract do not name the same: {', '.join(lost)}.")
    study, light = definition.study, definition.traffic_light
    if study.intake_first_month > study.intake_last_month:
        raise DataError("'study.intake_first_month' lies after 'study.intake_last_month'.")
    if not 0 < light.yellow_from <= light.red_above:
        raise DataError("'traffic_light' needs 0 < yellow_from <= red_above.")
