"""How often intervals and bands hold the truth, and how far curves are off when entry drifts.

    python -m tests.simulations.score_curves [runs]

Draws studies from the uncalibrated person process (`standin.process`), whose expected curve is
known, and scores the estimators on them. Writes coverage.csv and bias.csv beside this file; the
tests read these and repeat a small part. 1,000 runs take about fifteen minutes.

What the committed 1,000 runs show, for a nominal 95 percent:

- pointwise intervals, t(G-1): 92-95 percent in every month with 17, 10 and 5 clusters;
- people taken as units: 83-93 percent in a month, 50-84 where units differ a lot;
- simultaneous bands hold the whole curve in 96-97 percent with 17 clusters, 97-98 with 10; with one
  fixed error instead of studentised draws in 84-86 and 77-79; pointwise intervals, read as a band,
  in 60-79;
- when later entrants do better, the share in month 10 is 12 points too low, Aalen-Johansen 8, the
  entry-standardised curve right; Kaplan-Meier read as a share in work is 19-23 points too high.
"""

import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from evallib.curves import bands, entry, moves
from evallib.curves import shares as curves
from evallib.curves.curve import Curve, groups_of
from evallib.curves.resampling import bootstrap_weights, point
from evallib.errors import EstimationWarning
from standin.process import Parameters

from . import studies

HERE = Path(__file__).parent
MONTHS = 11
CLUSTERS = {1: 17, 2: 5, 3: 10}
UNIT_SD = (0.15, 0.4)
"""Spread of the units in log-odds: that of the stand-in study, and one far larger."""
DRIFT = 0.1
"""Log-odds of work gained per month of later referral, where drift is scored."""


def inside(curve: Curve, truth: np.ndarray) -> pd.Series:
    """Whether each month's interval holds the truth of its route, by (group, month)."""
    frame = curve.frame.set_index(["group", "month"])
    expected = [truth[group - 1, month] for group, month in frame.index]
    return (frame["low"] <= expected) & (expected <= frame["high"])


def fixed_error_band(panel: pd.DataFrame) -> Curve:
    """The band not taken: largest deviation in units of one SE, the bootstrap's own."""
    frames = []
    for group, part in groups_of(panel, "route"):
        statistic = bands.statistic_of(part, "employed", "project", "person_id", "share", "")
        draws = statistic(bootstrap_weights(statistic.clusters, 999, bands.SEED))
        se = draws.std(axis=0)
        times = np.quantile(np.abs((draws - point(statistic)) / se).max(axis=1), 0.95)
        value = point(statistic)
        frames.append(
            pd.DataFrame(
                {
                    "group": group,
                    "month": np.arange(len(value)),
                    "low": value - times * se,
                    "high": value + times * se,
                }
            )
        )
    return Curve(pd.concat(frames), "share", 0.95, "fixed")


def one_run(parameters: Parameters, truth: np.ndarray, rng: np.random.Generator):
    """Rows (method, route, month or -1 for the whole curve, whether the truth is inside)."""
    panel = studies.panel(studies.simulate(parameters, rng, months=MONTHS))
    many = panel[panel["route"] != 2]
    made = {
        "pointwise": curves.share(panel),
        "pointwise, people as units": curves.share(panel, cluster="person_id"),
        "pointwise, occupancy": moves.occupancy(panel, "employed")["True"],
        "simultaneous": bands.simultaneous(many),
        "simultaneous, occupancy": bands.simultaneous(many, kind="occupancy"),
        "simultaneous, fixed error": fixed_error_band(many),
    }
    for method, curve in made.items():
        held = inside(curve, truth)
        for route, months in held.groupby(level="group"):
            yield method, route, -1, months.all()
            if method.startswith("pointwise"):
                yield from ((method, route, month, ok) for (_, month), ok in months.items())


def coverage(runs: int, unit_sd: float, seed: int = 1) -> pd.DataFrame:
    """Share of runs in which the truth lay inside: method, unit_sd, clusters, month, coverage."""
    parameters = replace(Parameters.default(), drift=0.0, unit_sd=unit_sd)
    truth = studies.truth(parameters, MONTHS)
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        rows = [row for _ in range(runs) for row in one_run(parameters, truth, rng)]
    frame = pd.DataFrame(rows, columns=["method", "route", "month", "inside"])
    frame["clusters"] = frame["route"].map(CLUSTERS)
    held = frame.groupby(["method", "clusters", "month"], sort=False)["inside"].mean()
    return held.rename("coverage").reset_index().assign(unit_sd=unit_sd, runs=runs)


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
    held = pd.concat([coverage(runs, unit_sd) for unit_sd in UNIT_SD])
    held.round(4).to_csv(HERE / "coverage.csv", index=False)
    off = pd.concat([bias(max(runs // 4, 10), drift) for drift in (0.0, DRIFT)])
    off.round(4).to_csv(HERE / "bias.csv", index=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
