"""Whether the rules the compendium declares are as often right, and as seldom wrong, as they say.

    python -m tests.simulations.rules [runs]

writes rules.csv beside this file; the 4,000 runs (of the slower parts a half or a quarter) of the
committed one take four minutes of a processor. The truth of every scenario is known, and each has a
generator of its own, so that it can be run again by itself. Estimates are made from totals of units
(`totals`), limits, Holm's adjustment and verdicts from them by evallib's own functions. Found:

* Means. At 17 and 10 units 95 per cent limits of shares from .1 to .6 hold the truth in .94 to .96
  of runs, with 5 in .94 to .98, with one dominant unit in .95 to .99, if 5 per cent of the variance
  or less is between units; at 15 per cent in .93 to .97. Shares of .03 and .95 are the weak spot:
  .93 to .99 and .87 to .98. CR1 with t(G-1) falls to .69 and .66 with a dominant unit.
* Limits symmetric in log-odds do as well, better for rare shares at 17 and 10 units and worse at 5;
  they have no width where nobody or everybody has it.
* Elements. Who has one at random: size at most .056. The three smallest units: .077 at an ICC of 0,
  where the difference as it stands reaches .18; the three largest: .016 to .064. The difference
  finds more where units choose at random. With nine elements and Holm the size is at most .057, and
  .066 where small units take up all of them and nothing is between units.
* Routes. Size at most .061, with units that work on both down to .003: the test is careful there.
  "No difference" is said of one as large as the margin in at most .059 of runs.
* Families. Each interval that verdicts show holds its own truth in .95 or more; where "none" is
  said it is the one of 90 per cent, and all nine together may hold in as little as .79.
"""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import combinations, product
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evallib.errors import EstimationWarning
from evallib.inference.assignments import permutation
from evallib.inference.cr2 import FloatArray, IntArray
from evallib.inference.decisions import SIZE, decide, verdicts
from evallib.inference.estimate import Bounds, Estimate, t_estimate
from standin.process import Parameters

from . import totals
from .few_clusters import SIZES as SURVEY

KEYS = ["rule", "units", "outcome", "icc", "case", "method", "quantity"]
BETWEEN = (0.0, 0.05, 0.15)
Row = tuple[str, str, str, float, str, str, str, float, int]
Limits = tuple[FloatArray, FloatArray]

LAYOUTS = MappingProxyType({
    "17 of the survey": SURVEY,
    "17 equal": np.full(17, 42),
    "10 unequal": np.array([138, 43, 37, 27, 21, 34, 44, 77, 62, 14]),
    "10 equal": np.full(10, 60),
    "5 unequal": np.array([200, 60, 40, 30, 15]),
    "5 equal": np.full(5, 60),
    "12, one dominant": np.array([432] + [26] * 6 + [27] * 5),
})  # fmt: skip


def seeded(*key: object) -> np.random.Generator:
    """The generator of one scenario."""
    return np.random.default_rng(list(repr(key).encode()))


# --- means: do limits hold the truth?


def estimates(
    value: FloatArray,
    se: FloatArray,
    df: float,
    n: int,
    clusters: int,
    bounds: Bounds | None,
    *,
    difference: bool = False,
) -> list[Estimate]:
    """The estimates of evallib from their values and standard errors (runs,)."""
    about = {"n": n, "clusters": clusters, "level": 0.95, "method": "", "bounds": bounds}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        return [
            t_estimate(float(v), float(s), df, difference=difference, **about)
            for v, s in zip(value, se, strict=True)
        ]


def limits(sums: FloatArray, sizes: IntArray, bounds: Bounds | None) -> dict[str, Limits]:
    """Limits of the mean (runs,) by method; "declared" are those of `means.cluster_mean`."""
    value, se, df, cr1 = totals.mean(sums, sizes)
    n, g, t = int(sizes.sum()), len(sizes), stats.t.ppf(0.975, df)
    made = estimates(value, se, df, n, g, bounds)
    wide = stats.t.ppf(0.975, g - 1) * cr1
    found = {
        "declared": (np.array([e.low for e in made]), np.array([e.high for e in made])),
        "CR1, t(G-1)": (value - wide, value + wide),
    }
    if bounds:
        found["CR2, not kept in range"] = (value - t * se, value + t * se)
    if bounds == (0.0, 1.0):
        found["log-odds"] = totals.log_odds(value, t * se)
        found["Korn-Graubard"] = totals.korn_graubard(value, se, t, n)
    return found


def mean_outcomes() -> Iterator[tuple[str, Callable[..., FloatArray], float, Bounds | None]]:
    """Name, simulation, true mean and bounds of what means are taken of."""
    for p in (0.03, 0.1, 0.35, 0.6, 0.95):
        yield f"share {p}", partial(totals.share, p=p), p, (0.0, 1.0)
    answers = float(totals.ANSWERS @ np.arange(1, 6))
    yield "score", totals.score, answers, (1.0, 5.0)
    yield "hours", totals.hours, totals.expected_hours(), None


def means(runs: int) -> Iterator[Row]:
    """Coverage of 95 per cent by the limits of means."""
    for units, outcome, icc in product(LAYOUTS, mean_outcomes(), BETWEEN):
        name, simulate, truth, bounds = outcome
        sizes = LAYOUTS[units]
        sums = simulate(seeded("mean", units, name, icc), sizes=sizes, icc=icc, runs=runs)
        for method, (low, high) in limits(sums, sizes, bounds).items():
            held = np.mean((low <= truth + 1e-12) & (truth - 1e-12 <= high))
            yield "mean", units, name, icc, "", method, "coverage", float(held), runs


# --- elements: units that have one against those that have not


ELEMENT_OUTCOMES = MappingProxyType({"share 0.1": 0.1, "share 0.35": 0.15, "hours": 0.25})
"""What an element that works adds: to the share, and for hours to the share in work."""
LISTED = 1200
CHUNK = 500


@cache
def assignments(treated: int) -> NDArray[np.bool_]:
    """Every choice of `treated` of 17 units, and above `LISTED` so many at random: (A, G).

    First and last are always the smallest and the largest ones of the survey.
    """
    rows = np.array(list(combinations(range(len(SURVEY)), treated)))
    marks = np.zeros((len(rows), len(SURVEY)), dtype=bool)
    np.put_along_axis(marks, rows, values=True, axis=1)
    marks = marks[np.argsort(marks @ SURVEY, kind="stable")]
    if len(marks) > LISTED:
        inner = seeded("assignments", treated).choice(len(marks) - 2, LISTED - 2, replace=False)
        marks = marks[np.r_[0, 1 + np.sort(inner), len(marks) - 1]]
    return marks


def with_element(
    name: str, rng: np.random.Generator, sizes: IntArray, icc: float, add: FloatArray
) -> FloatArray:
    """Totals (runs, G) of an outcome to which the units add `add` (runs, G)."""
    if name == "hours":
        return totals.hours(rng, sizes, icc, len(add), add)
    return totals.share(rng, sizes, float(name.split()[1]) + add, icc, len(add))


def exchange_p(
    sums: FloatArray, sizes: IntArray, marks: NDArray[np.bool_], own: IntArray
) -> dict[str, FloatArray]:
    """p-values (runs,) of the assignments number `own` among all `marks`, by statistic."""
    found: dict[str, list[FloatArray]] = {}
    for start in range(0, len(sums), CHUNK):
        part = slice(start, start + CHUNK)
        for method, size in totals.exchanged(sums[part], sizes, marks).items():
            seen = size[own[part], np.arange(size.shape[1])]
            p = (size >= seen * (1 - 1e-9) - 1e-12).mean(axis=0)
            found.setdefault(method, []).append(p)
    return {method: np.concatenate(parts) for method, parts in found.items()}


def elements(runs: int) -> Iterator[Row]:
    """Share rejected at 5 per cent, with and without an effect, by who has the element."""
    every = product(("17 of the survey", "17 equal"), ELEMENT_OUTCOMES, BETWEEN, (3, 5, 8))
    for units, name, icc, k in every:
        rng = seeded("element", units, name, icc, k)
        sizes, marks = LAYOUTS[units], assignments(k)
        chosen = {"random": rng.integers(len(marks), size=runs)}
        if units != "17 equal":
            chosen |= {"smallest": np.zeros(runs, int), "largest": np.full(runs, len(marks) - 1)}
        for who, own in chosen.items():
            for effect in (0.0, ELEMENT_OUTCOMES[name])[: 1 + (who == "random")]:
                sums = with_element(name, rng, sizes, icc, effect * marks[own])
                quantity = "found" if effect else "size"
                for method, p in exchange_p(sums, sizes, marks, own).items():
                    where = ("element", units, name, icc, f"{k} {who}", method, quantity)
                    yield *where, float(np.mean(p <= SIZE)), runs


def elements_decided(runs: int) -> Iterator[Row]:
    """`permutation` itself: "none" at the margin, and whether its interval holds the effect."""
    unit, margin = np.repeat(np.arange(17), SURVEY), 0.1
    for icc, k in product(BETWEEN, (3, 5)):
        rng, marks, none, held = seeded("decided", icc, k), assignments(k), 0, 0
        for _ in range(runs):
            used = marks[rng.integers(len(marks))]
            (count,) = totals.share(rng, SURVEY, 0.35 + margin * used[None], icc, 1)
            y = np.concatenate([np.arange(n) < c for n, c in zip(SURVEY, count, strict=True)])
            frame = pd.DataFrame({"y": y * 1.0, "used": used[unit], "unit": unit})
            test = permutation(frame, "y", "used", "unit")
            none += test.equivalence(margin) < SIZE
            held += test.p_value(margin) > SIZE
        where = ("element", "17 of the survey", "share 0.35", icc, f"{k} random", "CR1-studentised")
        yield *where, "none at the margin", none / runs, runs
        yield *where, "coverage", held / runs, runs


TREATED = (3, 4, 5, 6, 7, 8, 9, 10, 12)
ADOPTION = ("independent", "correlated", "by large units", "by small units")
DRAWS, PATTERNS = 999, 200


def patterns(rng: np.random.Generator, adoption: str) -> NDArray[np.bool_]:
    """Which units have each of nine elements: (PATTERNS, 9, G)."""
    own = rng.normal(size=(PATTERNS, len(TREATED), len(SURVEY)))
    size = stats.zscore(np.log(SURVEY))
    shared = {
        "independent": 0.0,
        "correlated": rng.normal(size=(PATTERNS, 1, len(SURVEY))),
        "by large units": size,
        "by small units": -size,
    }
    latent = 0.8 * shared[adoption] + 0.6 * own
    order = (-latent).argsort(axis=-1).argsort(axis=-1)
    return order < np.array(TREATED)[:, None]


def nine_elements(runs: int) -> Iterator[Row]:
    """Share of runs in which any of nine elements without effect is told from zero (Holm)."""
    for adoption, name, icc in product(ADOPTION, ("share 0.35", "hours"), BETWEEN):
        rng, p = seeded("nine", adoption, name, icc), {}
        used, which = patterns(rng, adoption), rng.integers(PATTERNS, size=runs)
        sums = with_element(name, rng, SURVEY, icc, np.zeros((runs, len(SURVEY))))
        for number, k in enumerate(TREATED):
            drawn = rng.random((DRAWS, len(SURVEY))).argsort(axis=1).argsort(axis=1) < k
            for method, found in drawn_p(sums, drawn, used[:, number], which).items():
                p.setdefault(method, []).append(found)
        for method, columns in p.items():
            rows = np.stack(columns, axis=1)
            adjusted = [multipletests(row, method="holm")[1] for row in rows]
            together = float(np.mean([min(found) <= SIZE for found in adjusted]))
            where = ("nine elements", "17 of the survey", name, icc, adoption, method)
            yield *where, "size, each", float(np.mean(rows <= SIZE)), runs
            yield *where, "size, Holm", together, runs


def drawn_p(
    sums: FloatArray, drawn: NDArray[np.bool_], used: NDArray[np.bool_], which: IntArray
) -> dict[str, FloatArray]:
    """p-values (runs,) of `used[which]` against assignments `drawn` at random, by statistic."""
    found: dict[str, list[FloatArray]] = {}
    for start in range(0, len(sums), CHUNK):
        part = slice(start, start + CHUNK)
        every = totals.exchanged(sums[part], SURVEY, np.vstack([used, drawn]))
        for method, size in every.items():
            seen = size[which[part], np.arange(size.shape[1])]
            far = (size[len(used) :] >= seen * (1 - 1e-9) - 1e-12).sum(axis=0)
            found.setdefault(method, []).append((1 + far) / (1 + len(drawn)))
    return {method: np.concatenate(parts) for method, parts in found.items()}


# --- routes: differences between groups that may share units


PAIRS = MappingProxyType({"17 - 10": (0, 2), "17 - 5": (0, 1), "10 - 5": (2, 1)})
SHARING = ("apart", "as in the study", "all on route 1")
MARGIN = 0.1


def people(sizes: str, sharing: str) -> IntArray:
    """People of routes 1 to 3 (17, 5 and 10 units) in every unit: (3, G)."""
    process = Parameters.default()
    numbers = {
        "apart": np.split(np.arange(32), (17, 22)),
        "as in the study": process.units,
        "all on route 1": [np.linspace(0, 16, g).round().astype(int) for g in (17, 5, 10)],
    }[sharing]
    rows = np.zeros((3, 1 + max(map(max, numbers))), dtype=int)
    for row, units, count in zip(rows, numbers, process.sizes, strict=True):
        row[list(units)] = count if sizes == "unequal" else 60
    return rows


def route_totals(
    rng: np.random.Generator, rows: IntArray, p: Iterable[float], icc: float, runs: int
) -> list[FloatArray]:
    """Totals (runs, G) on each route; a unit is as good, for its route, on all of them."""
    ranks = rng.random((runs, rows.shape[1]))
    pairs = zip(rows, p, strict=True)
    return [rng.binomial(n, totals.shares_at(ranks, q, icc)).astype(float) for n, q in pairs]


def difference(
    sums: list[FloatArray], rows: IntArray, pair: tuple[int, int]
) -> tuple[list[Estimate], NDArray[np.bool_]]:
    """Differences of two routes as `means.contrast` makes them, and by CR1 if they are told."""
    a, b = pair
    there = rows[[a, b]].sum(axis=0) > 0
    sizes = (rows[a, there], rows[b, there])
    value, se, df, cr1 = totals.contrast((sums[a][:, there], sums[b][:, there]), sizes)
    g, n = int(there.sum()), int(rows[[a, b]].sum())
    made = estimates(value, se, df, n, g, (-1.0, 1.0), difference=True)
    return made, np.abs(value) > stats.t.ppf(0.975, g - 1) * cr1


def contrasts(runs: int) -> Iterator[Row]:
    """Size at 5 per cent, coverage, and "none" of differences that are as large as the margin."""
    for sizes, sharing, icc, pair in product(("unequal", "equal"), SHARING, BETWEEN, PAIRS):
        rows, (a, b) = people(sizes, sharing), PAIRS[pair]
        for p in (0.05, 0.35):
            where = ("contrast", f"{pair}, {sizes}", f"share {p}", icc, sharing)
            rng = seeded(*where)
            made, told = difference(route_totals(rng, rows, [p] * 3, icc, runs), rows, (a, b))
            size = np.mean([e.low > 0 or e.high < 0 for e in made])
            yield *where, "declared", "size", float(size), runs
            yield *where, "CR1, t(G-1)", "size", float(told.mean()), runs
        p_at = np.full(3, 0.35)
        p_at[a] += MARGIN
        made, _ = difference(route_totals(rng, rows, p_at, icc, runs), rows, (a, b))
        held = np.mean([e.low <= MARGIN <= e.high for e in made])
        none = np.mean([decide(e, MARGIN).decision == "none" for e in made[: runs // 2]])
        yield *where, "declared", "coverage", float(held), runs
        yield *where, "declared", "none at the margin", float(none), runs // 2


# --- families: what verdicts say, and the intervals they show


def judged(
    tests: list[list[Estimate]], truth: FloatArray, margin: float
) -> Iterator[tuple[str, float]]:
    """How often `verdicts` on m lists of runs are wrong, and how often their intervals right."""
    wrong, none, held = [], [], []
    for each in zip(*tests, strict=True):
        found = list(verdicts(dict(zip("abcdefghi", each, strict=False)), margin).values())
        told = np.array([v.value if v.decision in {"higher", "lower"} else 0 for v in found])
        wrong.append(bool((told * truth < 0).any() or told[truth == 0].any()))
        equal = np.array([v.decision == "none" for v in found])
        none.append(bool(equal[np.abs(truth) >= margin].any()))
        held.append([v.low <= t <= v.high for v, t in zip(found, truth, strict=True)])
    yield "size, Holm", float(np.mean(wrong))
    if margin:
        yield "none at the margin, Holm", float(np.mean(none))
    yield "interval, each", float(np.mean(held))
    yield "interval, least", float(np.mean(held, axis=0).min())
    yield "interval, all together", float(np.mean(np.all(held, axis=1)))


def three_routes(runs: int) -> Iterator[Row]:
    """The three differences between routes as one family."""
    truths = {"alike": (0.35, 0.35, 0.35), "one apart": (0.45, 0.35, 0.35)}
    truths["all apart"] = (0.55, 0.35, 0.45)
    for sharing, icc, (name, p) in product(SHARING[:2], BETWEEN, truths.items()):
        rows = people("unequal", sharing)
        sums = route_totals(seeded("three", sharing, icc, name), rows, p, icc, runs)
        tests = [difference(sums, rows, pair)[0] for pair in PAIRS.values()]
        apart = np.array([p[a] - p[b] for a, b in PAIRS.values()]).round(9)
        for margin in (0.0, MARGIN):
            where = ("three routes", sharing, name, icc, f"margin {margin:g}", "declared")
            yield from ((*where, *found, runs) for found in judged(tests, apart, margin))


EFFECTS = MappingProxyType({
    "none": [0] * 9, "small": [1] * 9, "mixed": [5, 4, 3, 2, 2, 1, 0, 0, 0], "large": [6] * 9,
})  # fmt: skip
"""True differences, in standard errors of each."""


def nine_comparisons(runs: int) -> Iterator[Row]:
    """Nine estimates with 10 degrees of freedom that have half their error in common, or none."""
    for name, common, margin in product(EFFECTS, (0.0, 0.5), (0.0, 4.0)):
        rng, effects = seeded("comparisons", name, common, margin), np.array(EFFECTS[name], float)
        shared, own = rng.normal(size=(runs, 1)), rng.normal(size=(runs, 9))
        value = effects + np.sqrt(common) * shared + np.sqrt(1 - common) * own
        se = np.sqrt(rng.chisquare(10, (runs, 9)) / 10)
        tests = [estimates(v, s, 10.0, 700, 17, None) for v, s in zip(value.T, se.T, strict=True)]
        where = ("nine comparisons", "t(10)", name, common, f"margin {margin:g}", "declared")
        yield from ((*where, *found, runs) for found in judged(tests, effects, margin))


def main(runs: int) -> None:
    """Run every scenario and write the table of results."""
    parts = [
        means(runs), elements(runs), nine_elements(runs // 2), elements_decided(runs // 4),
        contrasts(runs), three_routes(runs // 4), nine_comparisons(runs // 4),
    ]  # fmt: skip
    table = pd.DataFrame([row for part in parts for row in part], columns=[*KEYS, "value", "runs"])
    table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
