"""Draws a study in which the published results hold, to their rounding.

Results are never edited. The process draws several lives for every person; persons exchange one of
their lives for another until the published counts hold, then the hours of their jobs for other
hours, and a draw whose units do not bear the published associations is thrown away whole. What is
left is a draw of the process, given the published results.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from standin.process import (
    MONTHS,
    ROUTES,
    Bools,
    Draw,
    Floats,
    Ints,
    Parameters,
    People,
    follow,
    paid_hours,
    read_table,
    refer,
    shares,
)

CANDIDATES = 6
"""Lives drawn per person: enough for any target near what the process gives."""
ATTEMPTS = 200


class CalibrationError(Exception):
    """The parameters are too far from the targets; the message says which."""


def calibrate(
    parameters: Parameters, effects: Floats, does: Bools, rng: np.random.Generator
) -> Draw:
    """Draw until a study bears the published associations; CalibrationError if none does.

    `effects` (3 x units) are the log-odds of what units do; each row of `does` marks the units with
    an approach that is to go with more hours on route 1.
    """
    targets = read_table("targets")
    for _ in range(ATTEMPTS):
        unit_effects = rng.normal(0.0, parameters.unit_sd, parameters.n_units)
        people = refer(parameters, unit_effects, effects, _entries(parameters, targets, rng), rng)
        observed = people.entry[:, None] + np.arange(MONTHS) < MONTHS
        employed, gone = _lives(parameters, people, observed, targets, rng)
        tilt = effects[people.route - 1, people.unit]
        jobs = [paid_hours(parameters, employed, rng, tilt) for _ in range(CANDIDATES)]
        hours = _hours(np.stack(jobs, axis=1), people, employed & observed, targets, rng)
        draw = Draw(people, employed, gone, hours, observed)
        if all(_gain(draw, doing) >= targets["contrast"] for doing in does):
            return draw
    raise CalibrationError(
        f"None of {ATTEMPTS} draws shows what the approaches go with; raise their effects in "
        "parameters.toml or lower targets.contrast."
    )


def exchange(
    features: Floats, low: Floats, high: Floats, rng: np.random.Generator, what: str
) -> Ints:
    """Choose one candidate per person so that the sums of features lie in [low, high].

    `features` is people x candidates x features. All start with their first candidate; in random
    order persons take another if that brings the sums nearer, so as few as needed change.

    >>> features = np.array([[[0.0], [1.0]]] * 5)
    >>> chosen = exchange(features, np.array([3.0]), np.array([3.0]), np.random.default_rng(0), "x")
    >>> int(chosen.sum())
    3
    """

    def distance(sums: Floats) -> Floats:
        outside: Floats = (np.maximum(low - sums, 0) + np.maximum(sums - high, 0)).sum(axis=-1)
        return outside

    chosen = np.zeros(len(features), dtype=np.int64)
    total = features[:, 0].sum(axis=0)
    for person in rng.permutation(len(features)):
        if distance(total) == 0:
            break
        trials = total + features[person] - features[person, 0]
        best = int(distance(trials).argmin())
        if distance(trials[best]) < distance(total):
            chosen[person], total = best, trials[best]
    if distance(total) > 0:
        raise CalibrationError(
            f"Exchanging candidates does not reach the targets of {what}: sums {total}, wanted "
            f"{low} to {high}. Move [process] in parameters.toml nearer to [targets]."
        )
    return chosen


def month_targets(people: int, followed: int, start: float, shift: float) -> tuple[int, int]:
    """How many of all work in month 0 and how many of those followed in month 9.

    The shift, in percentage points, holds to its printed decimal; the share in month 0 is the
    nearest to `start` that allows it.

    >>> month_targets(522, 128, 0.24, 34.6)
    (125, 75)
    """
    for first in sorted(range(people), key=lambda count: abs(count - start * people)):
        later = round((first / people + shift / 100) * followed)
        if abs(100 * (later / followed - first / people) - shift) < 0.049:
            return first, later
    raise CalibrationError(f"No whole numbers of {people} and {followed} give a shift of {shift}.")


def _entries(parameters: Parameters, targets: Mapping[str, Any], rng: np.random.Generator) -> Ints:
    """Months of referral, given how many came early enough to be seen in the last month shown."""
    entries = []
    for route, weights in enumerate(parameters.intake):
        split = targets["early_until"][route] + 1
        early = targets["early"][route]
        first = rng.choice(split, early, p=shares(weights[:split]))
        late = parameters.people[route] - early
        last = split + rng.choice(len(weights) - split, late, p=shares(weights[split:]))
        entries.append(rng.permutation(np.concatenate([first, last])))
    return np.concatenate(entries)


def _lives(
    parameters: Parameters,
    people: People,
    observed: Bools,
    targets: Mapping[str, Any],
    rng: np.random.Generator,
) -> tuple[Bools, Bools]:
    lives = [follow(parameters, people, rng) for _ in range(CANDIDATES)]
    employed, gone = (np.stack(part, axis=1) for part in zip(*lives, strict=True))
    horizon = np.array(targets["horizon"])[people.route - 1, None]
    shown: Bools = observed & (np.arange(MONTHS) <= horizon)
    ever = (employed & shown[:, None]).max(axis=2)
    features = np.stack([employed[:, :, 0], employed[:, :, 9] & observed[:, 9:10], ever], axis=2)
    chosen = np.zeros_like(people.route)
    for route, (start, shift) in enumerate(zip(targets["start"], targets["shift"], strict=True), 1):
        of = people.route == route
        months = month_targets(int(of.sum()), int(observed[of, 9].sum()), start, shift)
        persons = round((ever[of].mean() + targets["ever"] - ever.mean()) * of.sum())
        wanted = np.array([*months, persons])
        chosen[of] = exchange(features[of].astype(float), wanted, wanted, rng, f"route {route}")
    everyone = np.arange(len(chosen))
    return employed[everyone, chosen], gone[everyone, chosen]


def _hours(
    jobs: Floats,
    people: People,
    working: Bools,
    targets: Mapping[str, Any],
    rng: np.random.Generator,
) -> Floats:
    low, high = targets["hours"]
    chosen = np.zeros_like(people.route)
    for route in ROUTES:
        of = people.route == route
        later = slice(targets["later_from"], targets["horizon"][route - 1] + 1)
        count = working[of, later].sum(axis=0)
        sums = jobs[of, :, later] * working[of, None, later]
        chosen[of] = exchange(sums, low * count, high * count, rng, f"hours on route {route}")
    return jobs[np.arange(len(chosen)), chosen]


def _gain(draw: Draw, does: Bools) -> float:
    """Hours a month, zeros included, that people of units that do have more than others."""
    of = draw.people.route == 1
    months = draw.observed[of, 1:]
    hours = (draw.hours[of, 1:] * months).sum(axis=1) / months.sum(axis=1)
    doing = does[draw.people.unit[of]]
    return float(hours[doing].mean() - hours[~doing].mean())
