"""How far the estimators are from other people's implementations of them, measured.

Writes evallib/differences.csv, which the page of methods shows: for each function and each
implementation it is held against, how many numbers were compared and the largest difference, as a
part of the number (of 1 where the number is smaller). Run it when an estimator or a frozen number
changes:

    .venv/bin/python tests/references/differences.py

tests/evallib/test_differences.py measures again and holds the file. The other side are the numbers
that the R scripts of this folder froze, read without R, and in one case statsmodels itself.
"""

import csv
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "support")]
from frozen import FOLDER, frozen, people  # noqa: E402

from evallib import curves, inference, models, projects  # noqa: E402
from evallib.inference.estimate import Estimate  # noqa: E402

FILE = Path(__file__).parents[2] / "evallib" / "differences.csv"
COLUMNS = ("function", "reference", "what", "script", "numbers", "largest")
PEOPLE = people()
UNIT = PEOPLE["unit"]
SURVEY, R, MOVES = frozen("survey"), frozen("inference"), frozen("curves")
TERMS = "visits + homework + age + education"
SHORT = {"Intercept": "(Intercept)", "education[T.long]": "educationlong",
         "education[T.none]": "educationnone"}  # fmt: skip

Pairs = list[tuple[float, float]]
"""Our number and the other."""


class Comparison(NamedTuple):
    """A function held against an implementation: `what` was compared, from which script."""

    function: Callable
    reference: str
    what: str
    script: str
    pairs: Callable[[], Pairs]


def told(estimate) -> list[float]:
    return [estimate.value, estimate.se, estimate.df]


def cluster_means() -> Pairs:
    weights = 1 + PEOPLE["age"] / 10 + 5 * (UNIT == "U16")
    of_route = {f"mean employed route {route}": PEOPLE["route"] == route for route in (1, 2)}
    rows = {"mean hours": UNIT.notna(), "mean employed": UNIT.notna(), **of_route}
    pairs: Pairs = []
    for key, keep in rows.items():
        few = PEOPLE[keep]
        made = inference.cluster_mean(few[key.split()[1]], few["unit"])
        pairs += zip(told(made), SURVEY[key], strict=True)
    for outcome in ("hours", "employed"):
        made = inference.cluster_mean(PEOPLE[outcome], UNIT, weights=weights)
        pairs += zip(told(made), SURVEY[f"weighted {outcome}"], strict=True)
    return pairs


def contrast() -> Pairs:
    made = inference.contrast(PEOPLE, "employed", "route", 1, 2, "unit")
    keys = (f"contrast {part} I(as.numeric(route == 1))" for part in ("coef", "CR2 se", "CR2 df"))
    return list(zip(told(made), (R[key][0] for key in keys), strict=True))


def permutation() -> Pairs:
    ways = {"visits": 680, "homework": 24310}
    pairs: Pairs = []
    for element, count in ways.items():
        test = inference.permutation(PEOPLE, "hours", element, "unit")
        name = f"studentised {element} people"
        pairs += [(test.value / test.se, R[f"{name} t"][0])]
        pairs += [(test.p_value(), R[f"{name} both"][0] / count)]
        pairs += [(test.p_value(side="above"), R[f"{name} above"][0] / count)]
    return pairs


def holm() -> Pairs:
    quantiles = stats.t.isf(np.array([0.01, 0.04, 0.03, 0.005, 0.5]) / 2, 20)
    tests = {str(t): Estimate(t, 0, 0, 1.0, 20, 99, 22, 0.95, "") for t in quantiles}
    judged = inference.verdicts(tests, 0.0).values()
    return list(zip([verdict.p for verdict in judged], R["holm"], strict=True))


def random_effects() -> Pairs:
    fit = inference.random_effects(SURVEY["means"], 1.21 / np.array(SURVEY["n"]))
    ours = [fit.mean, fit.tau2, *fit.frame["shrunken"]]
    return list(zip(ours, [*SURVEY["mean"], *SURVEY["tau2"], *SURVEY["shrunken"]], strict=True))


def expected_range() -> Pairs:
    found = inference.expected_range(np.ones(17), level=0.9)
    return list(zip([found.low, found.high], SURVEY["range of 17"], strict=True))


def robust(kinds: tuple[str, ...], fit_of: dict[str, Callable]) -> Pairs:
    pairs: Pairs = []
    for model, fit in fit_of.items():
        for kind in kinds:
            made = models.clustered(fit(), UNIT, kind=kind)
            for at, (name, estimate) in enumerate(made.items()):
                key, direction = SHORT.get(name, name), np.eye(len(made))[at]
                df = made.covariance.satterthwaite(direction)
                keys = (f"{model} coef", f"{model} {kind} se", f"{model} {kind} df")
                ours = (estimate.value, estimate.se, df)
                pairs += zip(ours, (R[f"{one} {key}"][0] for one in keys), strict=True)
    return pairs


FITS = {
    "ols": lambda: smf.ols(f"hours ~ {TERMS}", PEOPLE).fit(),
    "logit": lambda: smf.logit(f"employed ~ {TERMS}", PEOPLE).fit(disp=False),
}


def plain() -> Pairs:
    return [
        (estimate.se, R[f"{model} model se {SHORT.get(name, name)}"][0])
        for model, fit in FITS.items()
        for name, estimate in models.coefficients(fit()).items()
    ]


def permuted() -> Pairs:
    test = models.permuted(FITS["ols"](), "visits", UNIT)
    pairs: Pairs = []
    for null in (0, 20):
        name = f"studentised covariates at {null}"
        pairs += [((test.value - null) / test.se, R[f"{name} t"][0])]
        pairs += [(test.p_value(null), R[f"{name} both"][0] / 680)]
    return pairs


def wild_bootstrap() -> Pairs:
    pairs: Pairs = []
    for weights, numbers in {"rademacher": range(1, 13), "webb": (1, 3, 5, 11, 12)}.items():
        few = PEOPLE[UNIT.isin([f"U{number:02d}" for number in numbers])]
        fit = smf.ols("hours ~ visits + age", few).fit()
        test = models.wild_bootstrap(fit, "age", few["unit"])
        for null in (0, -0.8):
            name = f"{weights} at {null}"
            pairs += [((test.value - null) / test.se, R[f"{name} t"][0])]
            pairs += [(test.p_value(null), R[f"{name} both"][0] / R[f"{name} draws"][0])]
    return pairs


def average_effects() -> Pairs:
    fit = smf.logit("employed ~ visits + homework + age", PEOPLE).fit(disp=False)
    theirs = fit.get_margeff(dummy=True)
    ours = models.average_effects(models.coefficients(fit))["estimate"]
    values = zip((e.value for e in ours), theirs.margeff, strict=True)
    return [*values, *zip((e.se for e in ours), theirs.margeff_se, strict=True)]


def standardised_contrast() -> Pairs:
    pairs: Pairs = []
    for population in ("both", "first", "second"):
        made = models.standardised_contrast(
            PEOPLE, "hours", "route", 1, 2, "unit", ["age", "education"], population=population
        )
        pairs += zip(told(made), SURVEY[f"own slopes {population}"], strict=True)
        pairs += [(made.value, SURVEY[f"g-computation {population}"][0])]
    return pairs


INVITED = PEOPLE.assign(q=PEOPLE["satisfaction"].where((PEOPLE.index + 1) % 7 < 4))


def worst_case() -> Pairs:
    pairs: Pairs = []
    for level in (0.95, 0.8):
        made = projects.worst_case(INVITED, "q", [4, 5], "unit", level=level)
        pairs += [(made.low, SURVEY["least"][0]), (made.high, SURVEY["most"][0])]
        limits = SURVEY[f"imbens manski {level * 100:.0f}"][:2]
        pairs += zip([made.limit_low, made.limit_high], limits, strict=True)
    return pairs


def delta_adjusted() -> Pairs:
    made = projects.delta_adjusted(INVITED, "q", [4, 5], "unit", deltas=[-0.3, 0.0, 0.2])
    pairs: Pairs = []
    for key, row in zip(("-0.3", "0", "0.2"), made.itertuples(), strict=True):
        pairs += zip((row.estimate, row.se, row.df), SURVEY[f"delta {key}"], strict=True)
    return pairs


def response() -> Pairs:
    rows = [(unit, n < count) for unit, count in zip("ABCD", (0, 1, 7, 20), strict=True)
            for n in range(20)]  # fmt: skip
    made = projects.response(pd.DataFrame(rows, columns=["unit", "r"]), "r", by="unit")
    lows = zip(made["low"], SURVEY["wilson low"], strict=True)
    return [*lows, *zip(made["high"], SURVEY["wilson high"], strict=True)]


def moves() -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / "moves.csv")
    return frame.assign(work=frame["state"] == "work", education=frame["state"] == "education")


def occupancy() -> Pairs:
    pairs: Pairs = []
    for state, curve in curves.occupancy(moves(), by=None).items():
        pairs += zip(curve.frame["estimate"], MOVES[f"occupancy.{state}"], strict=True)
        pairs += zip(curve.frame["se"], MOVES[f"occupancy_se.{state}"], strict=True)
    return pairs


def expected_months() -> Pairs:
    made = curves.expected_months(moves(), "work", by=None)["all"]
    return [(made.value, MOVES["expected_months"][0]), (made.se, MOVES["expected_months_se"][0])]


def incidence() -> Pairs:
    pairs: Pairs = []
    for exits, key in ((None, "kaplan_meier"), ("education", "incidence")):
        made = curves.incidence(moves(), "work", exits, by=None).frame
        pairs += zip(made["estimate"], MOVES[key], strict=True)
        pairs += zip(made["se"], MOVES[f"{key}_se"], strict=True)
    return pairs


def of_r(package: str, file: str) -> str:
    """A package with the version its frozen numbers were made with."""
    head = (FOLDER / file).read_text("utf-8").partition("key,")[0]
    return f"{package} {head.partition(package)[2].split()[0].strip(',;')} in R"


BASE = "a loop over all of them in R"
CLUBSANDWICH = of_r("clubSandwich", "survey.csv")
METAFOR, SURVIVAL = of_r("metafor", "survey.csv"), of_r("survival", "curves.csv")
CR2 = "estimates, CR2 standard errors, Satterthwaite's degrees of freedom"
COMPARISONS = (
    Comparison(curves.occupancy, f"survfit of {SURVIVAL}",
               "occupancy and its jackknife's standard error", "curves.R", occupancy),
    Comparison(curves.expected_months, f"survfit of {SURVIVAL}",
               "area and its standard error", "curves.R", expected_months),
    Comparison(curves.incidence, f"survfit of {SURVIVAL}",
               "Kaplan-Meier, cumulative incidence, standard errors", "curves.R", incidence),
    Comparison(inference.cluster_mean, CLUBSANDWICH, CR2, "survey.R", cluster_means),
    Comparison(inference.contrast, CLUBSANDWICH, CR2, "inference.R", contrast),
    Comparison(inference.permutation, BASE, "t and p-values of every assignment", "inference.R",
               permutation),
    Comparison(inference.verdicts, "p.adjust of R", "adjusted p-values", "inference.R", holm),
    Comparison(inference.random_effects, f"rma and blup of {METAFOR}",
               "mean, variance between units, shrunken means", "survey.R", random_effects),
    Comparison(inference.expected_range, "qtukey of R", "quantiles of the range of 17", "survey.R",
               expected_range),
    Comparison(models.cr2, CLUBSANDWICH, f"{CR2}; least squares and logit", "inference.R",
               lambda: robust(("CR2",), FITS)),
    Comparison(models.clustered, CLUBSANDWICH, "the same by CR1, CR1S and CR3", "inference.R",
               lambda: robust(("CR1", "CR1S", "CR3"), FITS)),
    Comparison(models.coefficients, "lm and glm of R", "standard errors", "inference.R", plain),
    Comparison(models.permuted, BASE, "t and p-values, a regression for each assignment",
               "inference.R", permuted),
    Comparison(models.wild_bootstrap, BASE, "t and p-values, a refit for each draw", "inference.R",
               wild_bootstrap),
    Comparison(models.average_effects, "get_margeff of statsmodels",
               "effects and their standard errors", "differences.py", average_effects),
    Comparison(models.standardised_contrast, f"predict of R, {CLUBSANDWICH}", CR2, "survey.R",
               standardised_contrast),
    Comparison(projects.response, "prop.test of R", "Wilson's limits", "survey.R", response),
    Comparison(projects.worst_case, f"uniroot of R on {CLUBSANDWICH}",
               "bounds and Imbens and Manski's limits", "survey.R", worst_case),
    Comparison(projects.delta_adjusted, CLUBSANDWICH, CR2, "survey.R", delta_adjusted),
)  # fmt: skip


def measured() -> Iterator[dict[str, str]]:
    """Yield the rows of the file."""
    for one in COMPARISONS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pairs = np.array(one.pairs(), dtype=float)
        ours, theirs = pairs.T
        largest = float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1)))
        name = f"{one.function.__module__}.{one.function.__qualname__}"
        row = (name, one.reference, one.what, f"tests/references/{one.script}", str(len(pairs)))
        yield dict(zip(COLUMNS, (*row, f"{largest:.1e}"), strict=True))


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(measured())
