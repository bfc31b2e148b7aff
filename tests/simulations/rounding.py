"""What rounding costs: the error of shares and counts, against other ways to round.

    PYTHONPATH=. python tests/simulations/rounding.py

writes rounding.csv beside this file: in seconds. No draws: every count from 0 to everybody is tried
at the sizes of routes (p. 7 of the source, at referral and in the last month shown) and of units
(as in few_clusters.py), and every share of the frozen report whose people are whole ("shown").
Shares in percentage points, counts in people. Base 3 and base 5 round to the nearest multiple;
"midpoint 6" is OpenSAFELY's, which leaves 0; "classes" are ours at the threshold of the rules,
"known total" ours where the total is public.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from math import ceil
from pathlib import Path

import numpy as np

from compendium.disclosure.rounding import round_share
from compendium.disclosure.rules import read_rules

FILE = Path(__file__).with_suffix(".csv")
RULES = read_rules()
REPORT = Path(__file__).parents[1] / "references" / "values.csv"
ROUTES = [2231, 612, 522, 128, 877, 269]
UNITS = [138, 25, 43, 37, 14, 27, 21, 28, 34, 30, 44, 77, 21, 62, 74, 14, 21]
Pairs = list[tuple[int, int]]
Round = Callable[[int, int], tuple[int, int]]


def nearest(base: int) -> Round:
    """Both to the nearest multiple."""
    return lambda k, n: (
        base * ((2 * k + base) // (2 * base)),
        base * ((2 * n + base) // (2 * base)),
    )


METHODS: dict[str, Round] = {
    "base 3": nearest(3),
    "base 5": nearest(5),
    "midpoint 6": lambda k, n: (max(6 * ceil(k / 6) - 3, 0), max(6 * ceil(n / 6) - 3, 0)),
    "classes": lambda k, n: round_share(k, n, RULES),
    "known total": lambda k, n: round_share(k, n, RULES, public_total=True),
}


def shown() -> Pairs:
    """People counted and people asked, of each share in the frozen report that has both."""
    with REPORT.open(encoding="utf-8", newline="") as file:
        shares = [row for row in csv.DictReader(file) if row["unit"] == "share" and row["n"]]
    pairs = [(float(row["value"]) * float(row["n"]), round(float(row["n"]))) for row in shares]
    return [(round(k), n) for k, n in pairs if abs(k - round(k)) < 1e-6 * n]


def every(sizes: Iterable[int]) -> Pairs:
    """Every count from nobody to everybody."""
    return [(k, n) for n in sizes for k in range(n + 1)]


def errors(pairs: Pairs, rounded: Round) -> tuple[float, float, float, float]:
    """Mean and greatest error of shares, then of counts."""
    k, n, count, total = np.array([(*pair, *rounded(*pair)) for pair in pairs]).T
    share = abs(count / total - k / n) * 100
    return share.mean(), share.max(), abs(count - k).mean(), abs(count - k).max()


def rows() -> Iterator[list[object]]:
    """Method, pairs and the four errors."""
    for name, rounded in METHODS.items():
        for label, pairs in (
            ("routes", every(ROUTES)),
            ("units", every(UNITS)),
            ("shown", shown()),
        ):
            yield [name, label, *(round(float(each), 4) for each in errors(pairs, rounded))]


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(["method", "pairs", "share_mean", "share_max", "count_mean", "count_max"])
        write.writerows(rows())
