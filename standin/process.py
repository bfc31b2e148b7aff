"""A process of people and months whose truth is known.

Estimators can only be scored against a truth, and the register has none to offer. Here each person
moves between work and no work by chances that depend on the route, on the unit (cluster), on the
person's attachment to the labour market (visible in the years before referral) and on a frailty
nobody sees. Nothing in this module knows the published results; the simulations that score
estimators draw from it as it is (tests/simulations).
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)

ROUTES = (1, 2, 3)
FIRST_INTAKE = pd.Period("2015-12", "M")
LAST_MONTH = pd.Period("2017-02", "M")
"""The last complete month of the register."""
MONTHS = 15
"""Months from the first intake to the last month: nobody is followed longer."""
FULL_TIME = 160.33


def read_table(name: str) -> Any:
    """One table of `parameters.toml`, where every parameter is explained."""
    return tomllib.loads(Path(__file__).with_name("parameters.toml").read_text("utf-8"))[name]


@dataclass(frozen=True)
class Parameters:
    """The parameters of the process, explained in `parameters.toml`. Outer sequences are by route.

    `units[r]` and `sizes[r]` are the unit numbers of route r + 1 and the people referred to each;
    the same number on two routes is one unit with one effect. `intake[r]` are weights of the months
    of referral from December 2015 on. Slopes and standard deviations are in log-odds. Vary a study
    with `dataclasses.replace`.

    >>> Parameters.default().people
    (2231, 522, 877)
    """

    start: Sequence[float]
    entry: Sequence[float]
    exit: Sequence[float]
    attachment: float
    frailty_sd: float
    unit_sd: float
    drift: float
    start_slope: float
    exit_slope: float
    absorbed: float
    units: Sequence[Sequence[int]]
    sizes: Sequence[Sequence[int]]
    intake: Sequence[Sequence[float]]
    jobs: Sequence[tuple[float, float]]
    side_jobs: Sequence[tuple[float, float]]
    hourly_share: float
    hourly_sd: float

    @classmethod
    def default(cls) -> Self:
        """The process of the stand-in study, before calibration."""
        return cls(**read_table("process"))

    @property
    def people(self) -> tuple[int, ...]:
        """Number of people referred, by route."""
        return tuple(map(sum, self.sizes))

    @property
    def n_units(self) -> int:
        """One more than the largest unit number."""
        return 1 + max(map(max, self.units))

    def late(self, route: int) -> Floats:
        """Log-odds that drift adds for each month of referral, zero on average over people."""
        months = np.arange(len(self.intake[route - 1]))
        return self.drift * (months - np.average(months, weights=self.intake[route - 1]))


@dataclass(frozen=True)
class People:
    """Who was referred: arrays with one element per person.

    Entry is the month of referral, 0 = December 2015; attachment is standard normal; eta are the
    log-odds beside the route's own: attachment, frailty, unit, drift and fixed effects.
    """

    route: Ints
    unit: Ints
    entry: Ints
    attachment: Floats
    eta: Floats


@dataclass(frozen=True)
class Draw:
    """One study: matrices of people x months since referral, month 0 being the month of referral.

    employed · gone (emigrated, pensioned, dead) · paid hours in the month, 0.0 when none ·
    """

    people: People
    employed: Bools
    gone: Bools
    hours: Floats
    observed: Bools


def refer(
    parameters: Parameters,
    unit_effects: Floats,
    effects: Floats | None,
    entry: Ints,
    rng: np.random.Generator,
) -> People:
    """The people of all routes, given their months of referral, with their log-odds of work."""
    route = np.repeat(ROUTES, parameters.people)
    unit = np.concatenate(list(map(np.repeat, parameters.units, parameters.sizes)))
    attachment, frailty = rng.standard_normal((2, len(route)))
    late = np.array([parameters.late(number) for number in ROUTES])[route - 1, entry]
    fixed = 0.0 if effects is None else effects[route - 1, unit]
    person = parameters.attachment * attachment + parameters.frailty_sd * frailty
    return People(route, unit, entry, attachment, person + unit_effects[unit] + late + fixed)


def follow(
    parameters: Parameters, people: People, rng: np.random.Generator, months: int = MONTHS
) -> tuple[Bools, Bools]:
    """Who is employed, and who has left for good: two matrices of people x months."""
    states = chain(*chances(parameters, people.route, people.eta), months, rng)
    departure = rng.geometric(parameters.absorbed, len(states))[:, None]
    gone = np.arange(months) >= departure
    return states & ~gone, gone


def chain(
    start: Floats, enter: Floats, leave: Floats, months: int, rng: np.random.Generator
) -> Bools:
    """Two-state Markov chains, one per row: the chances are of the first state, of 0-1 and 1-0."""
    luck = rng.random((months, len(start)))
    states = luck < start
    for month in range(1, months):
        states[month] = luck[month] < np.where(states[month - 1], 1 - leave, enter)
    return states.T


def paid_hours(
    parameters: Parameters, employed: Bools, rng: np.random.Generator, tilt: ArrayLike = 0.0
) -> Floats:
    """Paid hours of each month in work, 0.0 otherwise, in ten-thousandths of full time.

    A job keeps its hours; its first month is part of a month; hourly-paid jobs vary. What runs in
    the month of referral is a side job of fewer hours. Positive `tilt` (by person) makes for longer
    hours.
    """
    shape = employed.shape
    began = starts(employed)
    luck = rng.random(shape) ** np.exp(-np.broadcast_to(tilt, shape[:1]))[:, None]
    degree = _pick(parameters.jobs, luck)
    degree[:, 0] = _pick(parameters.side_jobs, rng.random(len(employed)))
    hourly = held(rng.random(shape) < parameters.hourly_share, began)
    vary = np.where(hourly, np.exp(rng.normal(0.0, parameters.hourly_sd, shape)), 1.0)
    part = np.where(began & (np.arange(shape[1]) > 0), rng.uniform(0.35, 1.0, shape), 1.0)
    return np.where(employed, np.round(held(degree, began) * part * vary, 4) * FULL_TIME, 0.0)


def starts(spells: Bools) -> Bools:
    """The first month of every spell in each row."""
    return spells & ~np.pad(spells, ((0, 0), (1, 0)))[:, :-1]


def held(values: NDArray[T], fresh: Bools) -> NDArray[T]:
    """Carry along each row the value of the last column marked fresh (of the first before that)."""
    last = np.maximum.accumulate(np.where(fresh, np.arange(fresh.shape[1]), 0), axis=1)
    return np.take_along_axis(values, last, axis=1)


def moved(chance: ArrayLike, log_odds: Floats) -> Floats:
    """A chance with log-odds added."""
    odds = np.asarray(chance) / (1 - np.asarray(chance)) * np.exp(log_odds)
    result: Floats = odds / (1 + odds)
    return result


def shares(weights: ArrayLike) -> Floats:
    """Weights scaled to add to one."""
    values: Floats = np.asarray(weights, dtype=np.float64)
    return values / float(values.sum())


def chances(parameters: Parameters, route: Ints, eta: Floats) -> tuple[Floats, Floats, Floats]:
    """The chances of starting in work, of entering it and of leaving it, by person."""
    return (
        moved(np.array(parameters.start)[route - 1], parameters.start_slope * eta),
        moved(np.array(parameters.entry)[route - 1], eta),
        moved(np.array(parameters.exit)[route - 1], -parameters.exit_slope * eta),
    )


def _pick(weighted: Sequence[tuple[float, float]], luck: Floats) -> Floats:
    values, weights = np.transpose(weighted)
    picked: Floats = values[np.searchsorted(np.cumsum(shares(weights))[:-1], luck)]
    return picked
