"""How often intervals and bands hold the truth, and how far curves are off when entry drifts.

    python -m tests.simulations.score_curves [runs]

Draws studies from the uncalibrated person process (`standin.process`), whose expected curve is
known, and scores the estimators on them: with the units of the stand-in study, with as many equal
ones, and with one unit that has as many people as all others together. Writes coverage.csv and
bias.csv beside this file; the tests read these and repeat a small part. A run takes about six
seconds.
"""

import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from evallib import curves
from evallib.curves import bands, entry, moves
from evallib.curves.base import base_of
from evallib.curves.curve import Curve
from evallib.curves.resampling import bootstrap_weights
from evallib.errors import EstimationWarning
from evallib.inference.frames import panel_of
from standin.process import Parameters

from . import studies

HERE = Path(__file__).parent
MONTHS = 11
CLUSTERS = {1: "17", 2: "5", 3: "10", "1 - 3": "17 - 10"}
SIZES = ("stand-in", "equal", "dominant")
UNIT_SD = (0.15, 0.4)
"""Spread of the units in log-odds: that of the stand-in study, and one far larger."""
DRIFT = 0.1
"""Log-odds of work gained per month of later referral, where drift is scored."""
DRAWS = 499
KEYS = ["method", "sizes", "clusters", "month", "unit_sd"]


def layout(parameters: Parameters, sizes: str) -> Parameters:
    """The parameters with units of other sizes: as many units, and about as many people."""
    shares = {
        "equal": np.ones,
        "dominant": lambda units: np.r_[units - 1, np.ones(units - 1)],
    }
    if sizes == "stand-in":
        return parameters
    made = []
    for people, units in zip(parameters.people, parameters.units, strict=True):
        share = shares[sizes](len(units))
        made.append(np.round(people * share / share.sum()).astype(int).tolist())
    return replace(parameters, sizes=made)


def inside(curve: Curve, truth: dict[object, np.ndarray]) -> pd.Series:
    """Whether each month's interval holds the truth of its group, by (group, month)."""
    frame = curve.frame.set_index(["group", "month"])
    expected = [truth[group][month] for group, month in frame.index]
    return (frame["low"] <= expected) & (expected <= frame["high"])


def fixed_error_band(panel: pd.DataFrame) -> Curve:
    """The band not taken: largest deviation in units of one SE, the bootstrap's own."""
    frames = []
    names = {"by": "route", "cluster": "project", "person": "person_id", "time": "month"}
    for group, part in panel_of(panel, "employed", "event", **names).groupby("group"):
        (rows,), base = base_of(part, [group], "month")
        statistic = bands.statistic_of(rows, "share", base)
        every = np.zeros(len(base.units), dtype=int)
        draws = statistic(bootstrap_weights(every, DRAWS, bands.SEED))
        value, se = statistic(np.ones((1, len(every))))[0], draws.std(axis=0)
        times = np.quantile(np.abs((draws - value) / se).max(axis=1), 0.95)
        limits = {"low": value - times * se, "high": value + times * se}
        frames.append(pd.DataFrame({"group": group, "month": base.times, **limits}))
    return Curve(pd.concat(frames), "share", 0.95, "fixed")


def made_of(panel: pd.DataFrame) -> Iterator[tuple[str, Curve]]:
    """Every way of estimating that is scored."""
    many = panel[panel["route"] != 2]
    apart = partial(bands.difference, panel, "employed", 1, 3)
    yield "pointwise", curves.share(panel)
    yield "pointwise, people as units", curves.share(panel, cluster="person_id")
    yield "pointwise, occupancy", moves.occupancy(panel, "employed")["True"]
    yield "pointwise, standardised", entry.standardised(panel)
    yield "simultaneous, fixed error", fixed_error_band(many)
    for kind in ("share", "occupancy"):
        yield f"simultaneous, {kind}", bands.simultaneous(many, kind=kind, draws=DRAWS)
        yield (
            f"simultaneous, difference in {kind}",
            apart(kind=kind, simultaneous=True, draws=DRAWS),
        )
    for kind in ("share", "occupancy", "standardised"):
        yield f"pointwise, difference in {kind}", apart(kind=kind)


def one_run(parameters: Parameters, truth: dict[object, np.ndarray], rng: np.random.Generator):
    """Rows (method, group, month or -1 for the whole curve, whether the truth is inside)."""
    panel = studies.panel(studies.simulate(parameters, rng, months=MONTHS))
    for method, curve in made_of(panel):
        held = inside(curve, truth)
        for group, months in held.groupby(level="group"):
            yield method, group, -1, months.all()
            if method.startswith("pointwise"):
                yield from ((method, group, month, ok) for (_, month), ok in months.items())


def coverage(runs: int, unit_sd: float, sizes: str = "stand-in", seed: int = 1) -> pd.DataFrame:
    """Share of runs in which the truth lay inside, by `KEYS`."""
    parameters = replace(Parameters.default(), drift=0.0, unit_sd=unit_sd)
    parameters = layout(parameters, sizes)
    of_routes = studies.truth(parameters, MONTHS)
    truth = dict(enumerate(of_routes, start=1)) | {"1 - 3": of_routes[0] - of_routes[2]}
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        rows = [row for _ in range(runs) for row in one_run(parameters, truth, rng)]
    frame = pd.DataFrame(rows, columns=["method", "group", "month", "inside"])
    frame = frame.assign(clusters=frame["group"].map(CLUSTERS), sizes=sizes, unit_sd=unit_sd)
    held = frame.groupby(KEYS, sort=False)["inside"].mean()
    return held.rename("coverage").reset_index().assign(runs=runs)


def bias(runs: int, drift: float, seed: int = 2) -> pd.DataFrame:
    """Mean error and root mean squared error in month 10 of route 1, by estimator."""
    parameters = replace(Parameters.default(), drift=drift)
    truth = studies.truth(parameters, MONTHS)[0, -1]
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(runs):
        panel = studies.panel(studies.simulate(parameters, rng, months=MONTHS))
        panel = panel[panel["route"] == 1]
        made = {
            "share of those observed": curves.share(panel),
            "Aalen-Johansen": moves.occupancy(panel, "employed")["True"],
            "entry-standardised": entry.standardised(panel),
            "first job (Kaplan-Meier)": moves.incidence(panel),
        }
        rows += [(name, curve.at(1, MONTHS - 1).value - truth) for name, curve in made.items()]
    frame = pd.DataFrame(rows, columns=["estimator", "error"])
    by = frame.groupby("estimator", sort=False)["error"]
    scored = pd.DataFrame({"bias": by.mean(), "rmse": by.apply(lambda e: np.sqrt((e**2).mean()))})
    return scored.reset_index().assign(drift=drift, runs=runs)


def main(runs: int) -> None:
    """Score everything and write the two result files."""
    held = pd.concat([coverage(runs, sd, sizes) for sizes in SIZES for sd in UNIT_SD])
    held.round(4).to_csv(HERE / "coverage.csv", index=False)
    off = pd.concat([bias(max(runs // 4, 10), drift) for drift in (0.0, DRIFT)])
    off.round(4).to_csv(HERE / "bias.csv", index=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
