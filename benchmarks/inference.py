"""How fast the few-cluster estimators are, on data of the study's size.

    python benchmarks/inference.py

The last line is JSON: bootstrap_vs_pandas (how many times faster than a plain pandas loop),
bootstrap_s (seconds for 999 draws of three route curves), enumeration_s (24,310 assignments of
units, 4,000 people), cr2_ms (CR2 with 4,000 rows, 17 clusters and 10 columns). Linear algebra runs
in one thread, as in the build's kernels.
"""

# ruff: noqa: E402 - numpy reads the number of threads when it is imported

import json
import os
import time
from collections.abc import Callable

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before numpy reads it

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from evallib.curves.bands import SEED, statistic_of
from evallib.curves.base import base_of
from evallib.curves.resampling import bootstrap_weights
from evallib.inference.assignments import permutation
from evallib.inference.frames import panel_of
from evallib.models.covariance import cr2

DRAWS, PANDAS_DRAWS, MONTHS = 999, 20, 11
ROUTES = {1: (2231, 17), 2: (522, 5), 3: (877, 10)}  # people and units


def study(rng: np.random.Generator) -> pd.DataFrame:
    """One row per person and month: route, unit, person_id, month, employed."""
    parts = []
    for route, (people, units) in ROUTES.items():
        unit = rng.integers(0, units, people)
        employed = rng.random((people, MONTHS)) < rng.uniform(0.2, 0.6, units)[unit][:, None]
        part = pd.DataFrame({"route": route, "unit": np.repeat(unit, MONTHS)})
        part["person_id"] = np.repeat(np.arange(people) + 10_000 * route, MONTHS)
        part["month"] = np.tile(np.arange(MONTHS), people)
        parts.append(part.assign(employed=employed.ravel()))
    return pd.concat(parts, ignore_index=True)


def plain_pandas(panel: pd.DataFrame) -> None:
    """The loop one would write first: draw units, put their rows together, take means."""
    rng = np.random.default_rng(1)
    for _, rows in panel.groupby("route"):
        by_unit = dict(list(rows.groupby("unit")))
        names = list(by_unit)
        for _ in range(PANDAS_DRAWS):
            drawn = pd.concat([by_unit[name] for name in rng.choice(names, len(names))])
            drawn.groupby("month")["employed"].mean()


def drawn_curves(panel: pd.DataFrame) -> None:
    """The same with weights of units in place of rows."""
    rows = panel_of(
        panel, "employed", "event", by="route", cluster="unit", person="person_id", time="month"
    )
    for route, part in rows.groupby("group"):
        (coded,), base = base_of(part, [route], "month")
        alike = np.zeros(len(base.units), dtype=int)
        statistic_of(coded, "share", base)(bootstrap_weights(alike, DRAWS, SEED))


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    """The fastest of a few runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(1)
    panel = study(rng)
    bootstrap = seconds(lambda: drawn_curves(panel))
    loop = seconds(lambda: plain_pandas(panel), repeats=1) * DRAWS / PANDAS_DRAWS
    people = pd.DataFrame(rng.normal(size=(4000, 9)), columns=[f"x{i}" for i in range(9)])
    people = people.assign(y=rng.normal(size=4000), unit=rng.integers(0, 17, 4000))
    people["used"] = (people["unit"] < 8) * 1
    enumeration = seconds(lambda: permutation(people, "y", "used", "unit"))
    terms = " + ".join(["used", *(f"x{i}" for i in range(8))])
    fit = smf.ols(f"y ~ {terms}", people).fit()
    covariance = seconds(lambda: cr2(fit, people["unit"]).frame)
    print(f"{DRAWS} bootstrap draws: {bootstrap:.3f} s; a pandas loop would take {loop:.1f} s")
    figures = {
        "bootstrap_vs_pandas": round(loop / bootstrap, 1),
        "bootstrap_s": round(bootstrap, 4),
        "enumeration_s": round(enumeration, 4),
        "cr2_ms": round(covariance * 1000, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
