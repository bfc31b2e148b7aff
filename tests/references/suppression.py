"""The fewest cells to hide in ten tables of real people, found a second, slower and obvious way.

    PYTHONPATH=. python tests/references/suppression.py [seconds a table]

writes suppression.csv beside this file: in a few minutes. One integer programme for each table
holds everything at once: for every small count two whole tables of its own, which agree with all
that is shown and lie far enough apart in that cell. It shares no code with the one it is held
against: no attacker, no duals, no cuts. A blank optimum was not proven in time.
"""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from compendium.disclosure.attack import Sum
from compendium.disclosure.rules import Rules, read_rules

FILE = Path(__file__).with_suffix(".csv")
THRESHOLDS = (3, 5, 10)


def fewest(
    cells: Mapping[str, int], sums: Sequence[Sum], rules: Rules, seconds: float
) -> int | None:
    """The least number of hidden cells, or None if it is not proven in time."""
    names, n = list(cells), len(cells)
    value = np.array(list(cells.values()), dtype=float)
    small = [place for place, name in enumerate(names) if rules.is_small(cells[name])]
    keep = np.zeros((len(sums), n))
    for row, each in enumerate(sums):
        keep[row, names.index(each.total)] = -1
        keep[row, [names.index(part) for part in each.parts]] = 1
    room, tables = 3.0 * value.max(), 2 * len(small)
    # The unknowns are whether each cell is hidden, then the tables one after the other.
    table, whole = sparse.eye_array(tables * n), n * (tables + 1)
    up, down = (
        sparse.vstack([sparse.diags_array(each)] * tables) for each in (room + 0 * value, value)
    )
    agree = sparse.block_diag([sparse.csr_array(keep)] * tables)
    apart = np.zeros((len(small), whole))
    for row, cell in enumerate(small):
        apart[row, n * (2 * row + 1) + cell], apart[row, n * (2 * row + 2) + cell] = 1, -1
    found = milp(
        np.r_[np.ones(n), np.zeros(tables * n)],
        integrality=np.r_[np.ones(n), np.zeros(tables * n)],
        bounds=Bounds(0, np.r_[np.ones(n), np.full(tables * n, np.inf)]),
        constraints=[
            LinearConstraint(sparse.hstack([sparse.csr_array((agree.shape[0], n)), agree]), 0, 0),
            LinearConstraint(sparse.hstack([-up, table]), ub=np.tile(value, tables)),
            LinearConstraint(sparse.hstack([down, table]), lb=np.tile(value, tables)),
            LinearConstraint(sparse.csr_array(apart), lb=rules.threshold),
        ],
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    return round(found.fun) if found.status == 0 else None


def main(seconds: float) -> None:
    sys.path.append(str(Path(__file__).parents[1] / "support"))
    from small_tables import real

    with FILE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["table", "threshold", "cells", "small", "optimum"])
        for name, (cells, sums) in real().items():
            for threshold in THRESHOLDS:
                rules = replace(read_rules(), threshold=threshold)
                small = sum(map(rules.is_small, cells.values()))
                optimum = fewest(cells, sums, rules, seconds)
                rows.writerow([name, threshold, len(cells), small, optimum])


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
