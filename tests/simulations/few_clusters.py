"""How often the tests for few units are wrong, and how often the intervals for units are right.

    python -m tests.simulations.few_clusters

writes few_clusters.csv beside this file: about ten minutes on two cores. Every scenario has a known
truth. "survey" are 710 normal answers in units of the sizes of the survey; "process" are the people
of route 1 in the uncalibrated person process, in work or not after six months. In both, elements
are handed to units at random and do nothing, so every rejection is an error.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from evallib.inference.assignments import permutation
from evallib.inference.cr2 import least_squares
from evallib.inference.means import contrast
from evallib.inference.shrinkage import random_effects
from standin.process import Parameters

from . import studies

SIZES = np.array([138, 25, 43, 37, 14, 27, 21, 28, 34, 30, 44, 77, 21, 62, 74, 14, 21])
UNIT = np.repeat(np.arange(17), SIZES)
MONTH = 6
# Standard deviation of a unit's log-odds at which 5 per cent of the variance of being in work after
# six months lies between units (measured by `icc` below).
PROCESS_SD = {0.0: 0.0, 0.05: 0.43}
RUNS = {"size at 5 per cent": 2000, "coverage of 95 per cent": 1000, "unit means": 1000}

Numbers = dict[str, float]


def survey_outcome(rng: np.random.Generator, icc: float) -> pd.DataFrame:
    """Normal answers with a share `icc` of their variance between units."""
    shared = np.sqrt(icc) * rng.normal(size=17)[UNIT]
    return pd.DataFrame({"unit": UNIT, "y": shared + np.sqrt(1 - icc) * rng.normal(size=len(UNIT))})


def process_outcome(rng: np.random.Generator, icc: float) -> pd.DataFrame:
    """In work after six months: the people of route 1 observed so long."""
    draw = studies.simulate(replace(Parameters.default(), unit_sd=PROCESS_SD[icc], drift=0.0), rng)
    rows = (draw.people.route == 1) & draw.observed[:, MONTH]
    return pd.DataFrame({"unit": draw.people.unit[rows], "y": draw.employed[rows, MONTH] * 1.0})


def icc(frame: pd.DataFrame) -> float:
    """Share of the variance between units, from the analysis of variance."""
    by = frame.groupby("unit")["y"]
    n, means, groups = by.size(), by.mean(), by.ngroups
    between = (n * (means - frame["y"].mean()) ** 2).sum() / (groups - 1)
    within = ((frame["y"] - by.transform("mean")) ** 2).sum() / (len(frame) - groups)
    size = (n.sum() - (n**2).sum() / n.sum()) / (groups - 1)
    return float((between - within) / (between + (size - 1) * within))


def p_values(frame: pd.DataFrame, treated: int, rng: np.random.Generator) -> Numbers:
    """p-value of every test of an element that `treated` units, drawn at random, use."""
    codes, names = pd.factorize(frame["unit"])
    frame = frame.assign(used=np.isin(codes, rng.choice(len(names), treated, replace=False)) * 1)
    design, result = np.column_stack([np.ones(len(codes)), frame["used"]]), {}
    people = np.arange(len(codes))  # HC1 is CR1S with everybody a unit
    for name in ("HC1", "CR1S", "CR2", "CR3"):
        kind, units = ("CR1S", people) if name == "HC1" else (name, codes)
        fit = least_squares(design, frame["y"].to_numpy(), units, kind)
        slope = np.array([0.0, 1.0])
        t = fit.coefficients[1] / fit.covariance.se(slope)
        result[name] = float(2 * stats.t.sf(abs(t), fit.covariance.df(slope)))
    means = frame.groupby("unit", as_index=False).mean()
    used = means["used"] == 1
    result["unit means"] = stats.ttest_ind(means.loc[used, "y"], means.loc[~used, "y"]).pvalue
    for name, rows in (("people", frame), ("units", means)):
        test = permutation(rows, "y", "used", "unit", statistic="difference")
        result[f"permutation of {name}"] = test.p_value()
    return result


def size(
    outcome: Callable[[np.random.Generator, float], pd.DataFrame],
    between: float,
    treated: int,
    runs: int,
    seed: int = 1,
) -> Numbers:
    """Share of runs in which each test rejects at 5 per cent although nothing is there."""
    rng = np.random.default_rng(seed)
    rejected = [
        {name: p <= 0.05 for name, p in p_values(outcome(rng, between), treated, rng).items()}
        for _ in range(runs)
    ]
    return pd.DataFrame(rejected).mean().to_dict()


def route_coverage(a: int, b: int, runs: int, seed: int = 1) -> Numbers:
    """Coverage of the true difference between two routes of the process that share units."""
    parameters = replace(Parameters.default(), drift=0.0)
    rng, held = np.random.default_rng(seed), {"CR2": 0, "two groups apart": 0}
    target = studies.truth(parameters)[:, MONTH]
    for _ in range(runs):
        draw = studies.simulate(parameters, rng)
        seen = draw.observed[:, MONTH]
        frame = pd.DataFrame(
            {
                "route": draw.people.route[seen],
                "unit": draw.people.unit[seen],
                "y": draw.employed[seen, MONTH] * 1.0,
            }
        )
        apart = frame.assign(unit=frame["unit"] + 100 * frame["route"])
        for name, rows in (("CR2", frame), ("two groups apart", apart)):
            found = contrast(rows, "y", "route", a, b, "unit")
            held[name] += found.low <= target[a - 1] - target[b - 1] <= found.high
    return {name: count / runs for name, count in held.items()}


def shrinkage(between_sd: float, runs: int, seed: int = 1) -> Numbers:
    """Coverage and error of raw and shrunken unit means; variance within units is 1.21."""
    rng, variance = np.random.default_rng(seed), 1.21 / SIZES
    rows = []
    for _ in range(runs):
        means = 3.6 + between_sd * rng.normal(size=17)
        table = random_effects(means + rng.normal(size=17) * np.sqrt(variance), variance).frame
        plug_in = 1.96 * np.sqrt(table["weight"] * variance)
        rows.append(
            {
                "coverage raw": ((table["low"] <= means) & (means <= table["high"])).mean(),
                "coverage plug-in": (abs(table["shrunken"] - means) <= plug_in).mean(),
                "coverage shrunken": (
                    (table["shrunken_low"] <= means) & (means <= table["shrunken_high"])
                ).mean(),
                "mean squared error raw": ((table["raw"] - means) ** 2).mean(),
                "mean squared error shrunken": ((table["shrunken"] - means) ** 2).mean(),
                "lowest is among the true bottom three, raw": means[table["raw"].argmin()]
                <= np.sort(means)[2],
                "lowest is among the true bottom three, shrunken": means[table["shrunken"].argmin()]
                <= np.sort(means)[2],
            }
        )
    return pd.DataFrame(rows).mean().to_dict()


def scenarios() -> Iterator[tuple[str, str, Callable[..., Numbers], tuple[object, ...]]]:
    """Name, setting, function and arguments (but the runs) of everything that is simulated."""
    for name, outcome in (("survey", survey_outcome), ("process", process_outcome)):
        for between in (0.0, 0.05):
            for treated in (3, 8):
                setting = f"{name}, ICC {between}, {treated} of 17 treated"
                yield "size at 5 per cent", setting, size, (outcome, between, treated)
    for a, b in ((1, 2), (1, 3), (2, 3)):
        yield "coverage of 95 per cent", f"process, route {a} against {b}", route_coverage, (a, b)
    for between in (0.0, 0.1, 0.18, 0.3):
        yield "unit means", f"survey, SD between units {between}", shrinkage, (between,)


def main() -> None:
    """Run every scenario and write the table of results."""
    plans = list(scenarios())
    with ProcessPoolExecutor() as pool:
        answers = [pool.submit(run, *rest, RUNS[simulation]) for simulation, _, run, rest in plans]
        rows = [
            (simulation, setting, quantity, round(value, 4), RUNS[simulation])
            for (simulation, setting, _, _), answer in zip(plans, answers, strict=True)
            for quantity, value in answer.result().items()
        ]
    columns = ["simulation", "setting", "quantity", "value", "runs"]
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False)


if __name__ == "__main__":
    main()
