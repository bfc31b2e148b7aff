"""How fast the fewest cells to hide are found, and how many more a choice without proof hides.

    PYTHONPATH=. python benchmarks/suppression.py

Tables are drawn (gamma and Poisson: many small cells beside large ones) with all margins, at the
thresholds 3, 5 and 10; zeros are small. Each is attacked afterwards. Seconds are the processor's,
so that others on the machine do not count. A line for each table has the threshold, all cells,
small and hidden ones, whether that is proven, and seconds. The last line is JSON: table_20x12_s
(slowest of nine), table_8x6x3_s (slowest of three), real_s and real_hidden (33 problems of eleven
tables of real people; the optimum is 484), unproven_ratio (cells hidden if no time is given over
those of the optimum) and exposed (small counts an attacker finds too closely, which must be 0).
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from compendium.disclosure.attack import Sum
from compendium.disclosure.rules import Rules, read_rules
from compendium.disclosure.suppression import suppress

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
from small_tables import of_counts, real

from compendium.disclosure.attacker import exposed

RULES = [replace(read_rules(), threshold=threshold) for threshold in (3, 5, 10)]
Cells = Mapping[str, int]


def timed(
    cells: Cells, sums: Sequence[Sum], rules: Rules, seconds: float = 60
) -> tuple[float, int, int]:
    """Seconds, hidden cells, exposed cells."""
    started = time.process_time()
    found = suppress(cells, sums, rules, seconds=seconds)
    took = time.process_time() - started
    shown = {name: count for name, count in cells.items() if name not in found.hidden}
    left = len(exposed(cells, shown, sums, rules, integers=True))
    print(
        rules.threshold,
        len(cells),
        len(found.small),
        len(found.hidden),
        found.proven,
        round(took, 2),
    )
    return took, len(found.hidden), left


def drawn(seed: int, *shape: int) -> tuple[Cells, list[Sum]]:
    """A table with small cells."""
    rng = np.random.default_rng(seed)
    return of_counts(rng.poisson(rng.gamma(1.2, 40, shape)))


if __name__ == "__main__":
    flat = [timed(*drawn(seed, 20, 12), rules) for seed in (1, 2, 3) for rules in RULES]
    deep = [timed(*drawn(1, 8, 6, 3), rules) for rules in RULES]
    tables = list(real().values())
    proven = [timed(*table, rules) for table in tables for rules in RULES]
    hurried = [timed(*table, rules, seconds=0) for table in tables for rules in RULES]
    hidden = sum(each[1] for each in proven)
    result = {
        "table_20x12_s": round(max(each[0] for each in flat), 2),
        "table_8x6x3_s": round(max(each[0] for each in deep), 2),
        "real_s": round(sum(each[0] for each in proven), 2),
        "real_hidden": hidden,
        "unproven_ratio": round(sum(each[1] for each in hurried) / hidden, 3),
        "exposed": sum(each[2] for each in flat + deep + proven + hurried),
    }
    print(json.dumps(result))
