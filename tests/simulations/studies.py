"""Studies drawn from the person process as it is, and the truth they are drawn from.

The stand-in study is drawn from the same process and then conditioned on published results; here
nothing is conditioned, so the expected share in work is known, by integration.
"""

import numpy as np
import pandas as pd

from standin.process import (
    FIRST_INTAKE,
    LAST_MONTH,
    MONTHS,
    ROUTES,
    Draw,
    Floats,
    Ints,
    Parameters,
    chances,
    follow,
    paid_hours,
    refer,
    shares,
)


def simulate(
    parameters: Parameters,
    rng: np.random.Generator,
    *,
    effects: Floats | None = None,
    months: int = MONTHS,
) -> Draw:
    """Draw one uncalibrated study in milliseconds.

    `effects` (3 x units, log-odds) are fixed effects of what a unit does on a route; the random
    effects of the units come on top. Months beyond the register are drawn but not `observed`.

    >>> draw = simulate(Parameters.default(), np.random.default_rng(1))
    >>> draw.employed.shape, bool(draw.observed[:, :3].all())
    ((3630, 15), True)
    """
    unit_effects = rng.normal(0.0, parameters.unit_sd, parameters.n_units)
    entries = [
        rng.choice(len(weights), n, p=shares(weights))
        for n, weights in zip(parameters.people, parameters.intake, strict=True)
    ]
    people = refer(parameters, unit_effects, effects, np.concatenate(entries), rng)
    employed, gone = follow(parameters, people, rng, months)
    hours = paid_hours(parameters, employed, rng)
    observed = people.entry[:, None] + np.arange(months) < MONTHS
    return Draw(people, employed, gone, hours, observed)


def panel(draw: Draw) -> pd.DataFrame:
    """The observed person-months as a tidy frame, in the columns of an analysis."""
    person, month = np.nonzero(draw.observed)
    calendar = pd.period_range(FIRST_INTAKE, LAST_MONTH, freq="M").to_timestamp()
    names = np.array([f"U{unit:02d}" for unit in range(int(draw.people.unit.max()) + 1)])
    ids = np.array([f"P{number:06d}" for number in range(len(draw.observed))])
    return pd.DataFrame(
        {
            "person_id": ids[person],
            "route": draw.people.route[person],
            "project": names[draw.people.unit[person]],
            "month": month,
            "calendar": calendar[draw.people.entry[person] + month],
            "hours": draw.hours[person, month],
            "employed": draw.employed[person, month],
        }
    )


def truth(parameters: Parameters, months: int = MONTHS, effects: Floats | None = None) -> Floats:
    """Expected share in work by route (rows) and month since referral (columns), everyone followed.

    The expectation is over people, units and months of referral, by Gauss-Hermite quadrature for
    the normal part. It is what full follow-up would estimate, whatever the drift.

    >>> truth(Parameters.default(), 3).shape
    (3, 3)
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    spread = np.linalg.norm([parameters.attachment, parameters.frailty_sd, parameters.unit_sd])
    effects = np.zeros((len(ROUTES), parameters.n_units)) if effects is None else effects
    rows = []
    for route in ROUTES:
        fixed = effects[route - 1, list(parameters.units[route - 1])]
        eta = fixed[:, None, None] + parameters.late(route)[:, None] + spread * nodes
        expected = occupancy(parameters, np.array(route), eta, months)
        for by in (parameters.sizes[route - 1], parameters.intake[route - 1], weights):
            expected = np.tensordot(shares(by), expected, axes=1)
        rows.append(expected)
    return np.array(rows)


def occupancy(parameters: Parameters, route: Ints, eta: Floats, months: int = MONTHS) -> Floats:
    """Expected share in work given the log-odds: the shape of `eta`, months as a last axis."""
    start, enter, leave = chances(parameters, route, eta)
    share: list[Floats] = [start]
    for _ in range(1, months):
        share.append(share[-1] * (1 - leave) + (1 - share[-1]) * enter)
    stay = (1 - parameters.absorbed) ** np.arange(months, dtype=np.float64)
    return np.stack(share, axis=-1) * stay
