"""Opens the register in the formats owners deliver: CSV, Parquet, SAS, Stata, SPSS.

It is read through `WideFile`, which answers two
questions without bringing the file into memory: who is in it twice, and what do these people's
rows hold in these columns.
"""

import csv
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.study.checks import as_text
from evallib.study.contract import STATISTICAL
from evallib.study.delivery import UnreadableError, must_be_file, reason

Expression = Any
"""An ibis table expression, and below a pyarrow table: neither package ships types."""
Cells = Any

_CHUNK = 50_000
T = TypeVar("T")


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever a reader raises into `UnreadableError`: each has errors of its own."""
    try:
        with warnings.catch_warnings():
            # ibis 12 calls DuckDB 2 by a name that DuckDB 3 will drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    except Exception as error:
        raise UnreadableError(reason(error)) from error


def _reader(path: Path) -> Callable[..., Any]:
    import pyreadstat

    function: Callable[..., Any] = getattr(pyreadstat, STATISTICAL[path.suffix.lower()])
    return function


def _header(path: Path) -> str:
    with path.open(encoding="utf-8-sig") as lines:
        return lines.readline().rstrip("\r\n")


def _separator(path: Path) -> str:
    """Comma or semicolon, whichever the header line holds more of."""
    line = _header(path)
    return ";" if line.count(";") > line.count(",") else ","


@dataclass(frozen=True)
class WideRows:
    """Some people's rows of a wide file: their keys, and the cells as a columnar table."""

    people: list[str]
    cells: Cells

    def matrix(
        self, columns: Sequence[str], parse: Callable[[object], T], dtype: type, blank: T
    ) -> NDArray[Any]:
        """Parsed cells, shape (people, columns). `parse` sees each distinct value only once."""
        out: NDArray[Any] = np.full((len(self.people), len(columns)), blank, dtype=dtype)
        for position, column in enumerate(columns if self.people else ()):
            coded = self.cells[column].combine_chunks().dictionary_encode()
            values = [parse(value) for value in coded.dictionary.to_pylist()]
            # The blank stands last, where the position -1 of a null finds it.
            where = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            out[:, position] = np.array([*values, blank], dtype=dtype)[where]
        return out


class WideFile(Protocol):
    """A wide file that stays on disk."""

    path: Path
    columns: list[str]

    def repeated(self, key: str) -> list[int]:
        """Line numbers of all rows whose key occurs more than once."""

    def rows(self, key: str, people: Sequence[str], columns: Sequence[str]) -> WideRows:
        """The rows of `people` in their order, those absent left out, with only `columns`."""


def open_wide(path: Path) -> WideFile:
    """Open a register file of any accepted format. Raises `UnreadableError`."""
    must_be_file(path)
    with _reading():
        return StatisticalFile(path) if path.suffix.lower() in STATISTICAL else DuckFile(path)


class DuckFile:
    """CSV or Parquet through ibis on DuckDB, out of core."""

    def __init__(self, path: Path) -> None:
        import ibis.backends.duckdb  # by its full name, for whoever loads imports ahead

        self.path = path
        self._first_line = 2 if path.suffix.lower() == ".csv" else 1
        engine = ibis.duckdb.connect()
        if path.suffix.lower() == ".parquet":
            self._table: Expression = engine.read_parquet(path)
        else:
            # Naming the columns spares DuckDB its guessing, which takes seconds on wide files.
            separator = _separator(path)
            names = next(csv.reader([_header(path)], delimiter=separator))
            self._table = engine.read_csv(
                path,
                auto_detect=False,
                header=True,
                delim=separator,
                quote='"',
                escape='"',
                columns=dict.fromkeys(names, "VARCHAR"),
            )
        self.columns = list(self._table.columns)

    def repeated(self, key: str) -> list[int]:
        """As `WideFile.repeated`."""
        rows = self._fetch(repeated_rows(self._table, key))["row"].to_pylist()
        return sorted(row + self._first_line for row in rows)

    def rows(self, key: str, people: Sequence[str], columns: Sequence[str]) -> WideRows:
        """As `WideFile.rows`."""
        return _in_order(self._fetch(rows_of(self._table, key, people, columns)), people)

    def _fetch(self, expression: Expression) -> Cells:
        with _reading():
            return expression.to_pyarrow()


def repeated_rows(table: Expression, key: str) -> Expression:
    """Rows (numbered from 0 in column `row`) whose key is not unique; any ibis back end."""
    import ibis

    keyed = table.select(__key=table[key].cast("string").strip(), row=ibis.row_number())
    counts = keyed.group_by("__key").agg(n=keyed.count())
    return keyed.semi_join(counts.filter(counts.n > 1), "__key").select("row")


def rows_of(
    table: Expression, key: str, people: Sequence[str], columns: Sequence[str]
) -> Expression:
    """The chosen columns of some people's rows, keyed by `__key`; any ibis back end."""
    import ibis

    wanted = ibis.memtable({"__key": list(people)}, schema={"__key": "string"})
    keys = table[key].cast("string").strip()
    return table.filter(keys.isin(wanted["__key"])).select(keys.name("__key"), *columns)


def _in_order(cells: Cells, people: Sequence[str]) -> WideRows:
    """Rows in the order of `people`; of a person on several rows the first is taken."""
    row: dict[str, int] = {}
    for position, key in enumerate(cells["__key"].to_pylist()):
        row.setdefault(str(key), position)
    present = [person for person in people if person in row]
    import pyarrow as pa

    # Of nobody there is no row, but an empty list would have no type.
    places = pa.array([row[person] for person in present], type=pa.int64())
    return WideRows(present, cells.take(places))


class StatisticalFile:
    """SAS, Stata or SPSS through pyreadstat, in chunks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _, meta = _reader(path)(str(path), metadataonly=True)
        self.columns: list[str] = list(meta.column_names)

    def repeated(self, key: str) -> list[int]:
        """As `WideFile.repeated`."""
        frame, _ = _reader(self.path)(str(self.path), usecols=[key])
        keys = as_text(frame)[key]
        return [int(row) + 1 for row in np.flatnonzero(keys.duplicated(keep=False))]

    def rows(self, key: str, people: Sequence[str], columns: Sequence[str]) -> WideRows:
        """As `WideFile.rows`."""
        import pyarrow as pa
        import pyreadstat

        chunks = pyreadstat.read_file_in_chunks(
            _reader(self.path), str(self.path), chunksize=_CHUNK, usecols=[key, *columns]
        )
        kept = []
        for chunk, _ in chunks:
            frame = pd.DataFrame(chunk)
            frame.insert(0, "__key", as_text(frame[[key]])[key])
            kept.append(frame.loc[frame["__key"].isin(people), ["__key", *columns]])
        return _in_order(pa.Table.from_pandas(pd.concat(kept), preserve_index=False), people)
