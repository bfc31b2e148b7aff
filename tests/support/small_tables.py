"""Tables with small cells: crossed from records, with every margin, and ten of real people.

A cell's id is what its people have in common, so that tables which share a margin share its ids.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import statsmodels.api as sm

from compendium.disclosure.attack import Sum

EVERYBODY = "all"


def crossed(records: pd.DataFrame, *tables: Sequence[str]) -> tuple[dict[str, int], list[Sum]]:
    """Counts and sums of one or more tables of the same people, each with all its margins."""
    cells: dict[str, int] = {EVERYBODY: len(records)}
    sums: dict[Sum, None] = {}
    levels = {name: sorted(records[name].unique()) for table in tables for name in table}
    for table in tables:
        for names in (
            part for size in range(1, len(table) + 1) for part in combinations(table, size)
        ):
            index = pd.MultiIndex.from_product([levels[name] for name in names])
            counts = records.groupby(list(names)).size()
            counts.index = pd.MultiIndex.from_tuples(
                [key if isinstance(key, tuple) else (key,) for key in counts.index]
            )
            for key, count in counts.reindex(index, fill_value=0).items():
                cells[_id(names, key if isinstance(key, tuple) else (key,))] = int(count)
            sums |= dict.fromkeys(_sums(names, levels))
    return cells, list(sums)


def _id(names: Sequence[str], key: Sequence[object]) -> str:
    return ", ".join(f"{name} {each}" for name, each in zip(names, key, strict=True)) or EVERYBODY


def _sums(names: Sequence[str], levels: dict[str, list[object]]) -> Iterator[Sum]:
    """Every margin over one of the variables."""
    for place, name in enumerate(names):
        others = [*names[:place], *names[place + 1 :]]
        for key in (
            pd.MultiIndex.from_product([levels[each] for each in others]) if others else [()]
        ):
            keys = ((*key[:place], level, *key[place:]) for level in levels[name])
            yield Sum(_id(others, key), tuple(_id(names, each) for each in keys))


def of_counts(counts: np.ndarray) -> tuple[dict[str, int], list[Sum]]:
    """A table of any dimension given by its inner counts."""
    places = np.argwhere(counts >= 0)
    names = [f"d{axis}" for axis in range(counts.ndim)]
    rows = np.repeat(places, counts.ravel(), axis=0)
    everywhere = pd.DataFrame(places, columns=names)  # so that empty levels are kept
    cells, sums = crossed(everywhere, names)
    full, _ = crossed(pd.DataFrame(rows, columns=names), names) if len(rows) else ({}, [])
    return {name: full.get(name, 0) for name in cells}, sums


def real() -> dict[str, tuple[dict[str, int], list[Sum]]]:
    """Ten tables of real people, from the data sets statsmodels brings along."""
    fair = sm.datasets.fair.load_pandas().data.astype(int)
    anes = sm.datasets.anes96.load_pandas().data.astype(int)
    travel = sm.datasets.modechoice.load_pandas().data.query("choice == 1").astype(int)
    cards = sm.datasets.ccard.load_pandas().data.astype(int)
    rand = sm.datasets.randhie.load_pandas().data
    fair["affair"] = (sm.datasets.fair.load_pandas().data["affairs"] > 0).astype(int)
    cards["age"] = cards["AGE"] // 5 * 5
    rand["health"] = rand["hlthg"] + 2 * rand["hlthf"] + 3 * rand["hlthp"]
    rand["diseases"] = (rand["disea"] // 3 * 3).astype(int)
    return {
        "fair: education, occupation": crossed(fair, ["educ", "occupation"]),
        "fair: age, children": crossed(fair, ["age", "children"]),
        "fair: occupation, husband's": crossed(fair, ["occupation", "occupation_husb"]),
        "fair: marriage, religion, affair": crossed(fair, ["rate_marriage", "religious", "affair"]),
        "anes96: party, education": crossed(anes, ["PID", "educ"]),
        "anes96: television, left or right": crossed(anes, ["TVnews", "selfLR"]),
        "anes96: income, vote": crossed(anes, ["income", "vote"]),
        "anes96: education by vote and by left or right": crossed(
            anes, ["educ", "vote"], ["educ", "selfLR"]
        ),
        "modechoice: mode, party size": crossed(travel, ["mode", "psize"]),
        "ccard: age, house": crossed(cards, ["age", "OWNRENT"]),
        "randhie: diseases, health": crossed(rand, ["diseases", "health"]),
    }
