"""Frozen reference numbers: what the R scripts in `references` printed, read back without R."""

from collections import defaultdict
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parents[1] / "references"


def frozen(name: str) -> dict[str, list[float]]:
    """The numbers of `references/<name>.csv`, in their order, by key."""
    numbers = defaultdict(list)
    for row in pd.read_csv(FOLDER / f"{name}.csv", comment="#").itertuples():
        numbers[row.key].append(row.value)
    return dict(numbers)


def people() -> pd.DataFrame:
    """420 people in 17 units, made by `references/inference.R`."""
    frame = pd.read_csv(FOLDER / "people.csv")
    education = pd.CategoricalDtype(["vocational", "long", "none"])
    return frame.astype({"education": education})
