"""Reads the tables this edition brings along: code lists, interview statements, sources, the map.

They are the report's own words and surroundings, the same whatever data the study is run on, and so
no part of a `Study`. Texts stand in both languages side by side, and come out as one column.
"""

from pathlib import Path

import pandas as pd

from evallib.errors import DataError
from evallib.study.definition import Text

READS = ("data/*.csv", "data/codelists/*.csv", "data/geo/*.csv")
"""What the chapters that use this module depend on, beside their own tables."""
FOLDER = Path(__file__).resolve().parents[2] / "data"


def read(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Read `name`.csv of the data folder, such as "interviews" or "codelists/elements".

    Each pair of columns x_da and x_en becomes one column x of `Text`, in the place of the first.
    Blank cells are missing. Raises DataError when there is no such table, naming those there are.

    >>> read("codelists/education").loc[0, "label"]["en"]
    'Compulsory or upper secondary school'
    """
    path = folder / f"{name}.csv"
    if not path.is_file():
        there = sorted(p.relative_to(folder).with_suffix("").as_posix() for p in _tables(folder))
        raise DataError(f"There is no table '{name}' in data/; choose one of {', '.join(there)}.")
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    columns = {
        str(name).removesuffix("_da"): _paired(frame, str(name).removesuffix("_da"))
        for name in frame
        if not str(name).endswith("_en")
    }
    return pd.DataFrame(columns)


def _paired(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame:
        return frame[name]
    pairs = zip(frame[f"{name}_da"], frame[f"{name}_en"], strict=True)
    return pd.Series([Text(da, en) for da, en in pairs], index=frame.index, dtype=object)


def _tables(folder: Path) -> list[Path]:
    return [path for pattern in READS for path in folder.parent.glob(pattern)]
