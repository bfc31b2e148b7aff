"""Opens tables in the formats owners deliver: CSV, Parquet, SAS, Stata, SPSS.

A small table is read whole, as text. The register is read by `evallib.study.register`, which never
brings its file into memory.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from evallib.study.checks import as_text
from evallib.study.contract import ALIASES

STATISTICAL = {".sas7bdat": "read_sas7bdat", ".dta": "read_dta", ".sav": "read_sav"}
"""Endings of the statistical packages' formats and the pyreadstat function of each."""
FORMATS = (".csv", ".parquet", *STATISTICAL)


class UnreadableError(Exception):
    """A file that is not what its name says; the caller reports it as a fault."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a reader raises into `UnreadableError`: each has errors of its own."""
    try:
        with warnings.catch_warnings():
            # ibis 12 calls DuckDB 2 by a name that DuckDB 3 will drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    except Exception as error:
        raise UnreadableError(path.name) from error


def find(folder: Path, table: str) -> list[Path]:
    """The files that could hold a table: its name in any case, with an accepted ending."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.stem.lower() == table and path.suffix.lower() in FORMATS
    )


def canonical(name: str) -> str:
    """A column name as the contract writes it.

    >>> canonical(" PNR "), canonical("Referred_On")
    ('person_id', 'referred_on')
    """
    lower = name.strip().lower()
    return ALIASES.get(lower, lower)


def read_small(path: Path) -> pd.DataFrame:
    """A small table as text with canonical column names. Raises `UnreadableError`.

    The index holds line numbers: in CSV the header is line 1, elsewhere the first row is row 1.
    """
    text = path.suffix.lower() == ".csv"
    with reading(path):
        frame = _read_csv(path) if text else _read_typed(path)
    frame.columns = pd.Index([canonical(str(name)) for name in frame.columns])
    frame = frame.loc[:, ~frame.columns.duplicated()].reset_index(drop=True)
    frame.index += 2 if text else 1
    cells = as_text(frame)
    return cells[(cells != "").any(axis=1)]  # a blank line is no record


def _read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(
        path,
        sep=separator(path),
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
        skip_blank_lines=False,
    )


def _read_typed(path: Path) -> pd.DataFrame:
    if path.suffix.lower() == ".parquet":
        return pd.read_parquet(path)
    frame, _ = reader(path)(str(path))
    return pd.DataFrame(frame)


def reader(path: Path) -> Callable[..., Any]:
    """The function of pyreadstat that reads this file."""
    import pyreadstat

    function: Callable[..., Any] = getattr(pyreadstat, STATISTICAL[path.suffix.lower()])
    return function


def header(path: Path) -> str:
    """The first line of a text."""
    with path.open(encoding="utf-8-sig") as lines:
        return lines.readline().rstrip("\r\n")


def separator(path: Path) -> str:
    """Comma or semicolon, whichever the header line holds more of."""
    line = header(path)
    return ";" if line.count(";") > line.count(",") else ","
