"""Opens register files on DuckDB, out of core, for reading some people's rows."""

import glob
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evallib.study import forms
from evallib.study.contract import TEXT
from evallib.study.delivery import canonical, kind_of, names_of, reading
from evallib.study.register.cells import Expression, is_ours, key

Cells = Any
"""A pyarrow table; the package ships no types."""
MEMORY = "1GB"
"""What DuckDB may hold of a register before it writes to disk."""


def engine(memory: str = MEMORY, *, in_order: bool = False) -> Any:
    """A DuckDB of one's own through ibis, which keeps to its memory and spills to a private folder.

    Parameters
    ----------
    memory
        The most it may hold, such as "1GB".
    in_order
        Whether rows come out as they lie in the file, which takes more memory.

    Returns
    -------
    ibis.backends.duckdb.Backend
        The connection; the folder it spills to goes with it.
    """
    import ibis.backends.duckdb  # by its full name, for whoever loads imports ahead

    spill = tempfile.mkdtemp(prefix="evallib-")
    made = ibis.duckdb.connect(
        memory_limit=memory, temp_directory=spill, preserve_insertion_order=in_order
    )
    weakref.finalize(made, shutil.rmtree, spill, ignore_errors=True)
    return made


def read_parquet(made: Any, *paths: Path) -> Expression:
    """Parquet files as one table of an engine; nothing in a path is taken for a pattern."""
    return made.read_parquet([literal(path) for path in paths], hive_partitioning=False)


def literal(path: Path) -> str:
    """A path in which nothing is taken for a pattern."""
    return glob.escape(str(path.absolute()))


@dataclass(frozen=True)
class WideRows:
    """Some people's rows of a wide file as delivered, and the lines of keys that occur twice.

    `cells` is a pyarrow table with a row for each of `people`.
    """

    people: list[str]
    cells: Cells
    repeated: list[int]


class DuckFile:
    """A wide file that stays on disk: Parquet, or text as DuckDB reads it.

    `columns` are its columns' names as the contract writes them, each once; `renamed` maps names of
    the delivery (lower case) to the contract's. `shown` is the file as delivered, if this is a copy
    of it.
    """

    def __init__(
        self,
        path: Path,
        made: Any = None,
        shown: Path | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self.path = shown or path
        self._place = path
        self.engine = made or engine(in_order=True)
        self._text = kind_of(path) in TEXT
        self._first_line = 2 if kind_of(self.path) in TEXT else 1
        with reading():
            names = names_of(path)
            self._raw = self._opened(names)
        places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            if meant := canonical(name, renamed):  # a delimiter at the end leaves a nameless one
                places.setdefault(meant, []).append(place)
        self._places = places
        self.columns = list(places)

    def _opened(self, names: Sequence[str]) -> Expression:
        if not self._text:
            return read_parquet(self.engine, self._place)
        # Naming the columns spares DuckDB its guessing, which takes seconds on wide files; and
        # they are named by position, as it knows no two columns by names that differ in case.
        return self.engine.read_csv(
            literal(self._place),
            auto_detect=False,
            header=True,
            delim=forms.seen(self._place).delimiter,
            quote='"',
            escape='"',
            hive_partitioning=False,
            columns={f"c{place}": "VARCHAR" for place in range(len(names))},
        )

    @cached_property
    def table(self) -> Expression:
        """The file as an ibis table of its `columns`, cells as delivered."""
        names = self._raw.columns
        return self._raw.select(**{n: self._raw[names[at[0]]] for n, at in self._places.items()})

    def differing(self) -> list[str]:
        """Names that stand over several columns whose cells differ; equal ones count as one."""
        raw, names = self._raw, self._raw.columns
        twice = {
            name: [raw[names[place]].cast("string") for place in places]
            for name, places in self._places.items()
            if len(places) > 1 and is_ours(name)
        }
        if not twice:
            return []
        unlike = {
            name: sum((~first.identical_to(other)).cast("int64").sum() for other in others)
            for name, (first, *others) in twice.items()
        }
        found = self._fetch(raw.aggregate(**unlike)).to_pylist()[0]
        return [name for name, n in found.items() if n]

    def repeated(self, key_column: str) -> list[int]:
        """Line numbers of all rows whose key occurs more than once."""
        return self._lines(self._keys(key_column)[1])

    def _keys(self, key_column: str) -> tuple[Cells, Cells]:
        """Everybody's key, as delivered and as text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.table[canonical(key_column)]
        raw = self._fetch(self.table.select(key=column))["key"].combine_chunks()
        whole = raw.cast(pa.int64()) if pa.types.is_floating(raw.type) else raw
        return raw, pc.utf8_trim_whitespace(whole.cast(pa.string()))

    def _lines(self, keys: Cells) -> list[int]:
        """Lines of repeated keys: a text's header is line 1, other files begin with row 1."""
        import pyarrow.compute as pc

        if pc.count_distinct(keys, mode="all").as_py() == len(keys):
            return []
        repeated = pd.Index(keys.to_pandas()).duplicated(keep=False)
        return [int(row) + self._first_line for row in np.flatnonzero(repeated)]

    def rows(self, key_column: str, people: Sequence[str], columns: Sequence[str]) -> WideRows:
        """The rows of `people` in their order, those absent left out, with only `columns`.

        Text is parsed once: the scan that finds the people's rows brings everybody's key along.
        """
        import ibis
        import pyarrow as pa
        import pyarrow.compute as pc

        names = [canonical(column) for column in columns]
        raw, own = self.table, self.table[canonical(key_column)]
        wanted = pa.array(people, pa.string())
        if self._text:
            keys = key(own)
            known = keys.isin(ibis.memtable(pa.table({"key": wanted}))["key"])
            cells = ibis.ifelse(known, ibis.array([keys, *(raw[name] for name in names)]), None)
            scan = self._fetch(raw.select(key=keys, cells=cells))
            repeated, found = self._lines(scan["key"]), _unfolded(scan["cells"], ["key", *names])
        else:
            # The column itself is compared, so that DuckDB skips what holds nobody of the study.
            delivered, keys = self._keys(key_column)
            theirs = ibis.memtable(pa.table({"key": delivered.filter(pc.is_in(keys, wanted))}))
            repeated = self._lines(keys)
            known = own.isin(theirs["key"])
            found = self._fetch(raw.filter(known).select(key(own).name("key"), *names))
        return _in_order(found, people, repeated)

    def _fetch(self, expression: Expression) -> Cells:
        with reading():
            return self.engine.to_pyarrow(expression)


def _unfolded(cells: Cells, names: Sequence[str]) -> Cells:
    """Lists of text, one per row, null in rows of no interest, as a table."""
    import pyarrow as pa

    rows = cells.combine_chunks().drop_null()
    values = rows.flatten()
    places = np.arange(len(rows)) * len(names)
    return pa.table({name: values.take(places + i) for i, name in enumerate(names)})


def _in_order(cells: Cells, people: Sequence[str], repeated: list[int]) -> WideRows:
    """Rows in the order of `people`; of a person on several rows the first is taken."""
    row: dict[str, int] = {}
    for position, found in enumerate(cells["key"].to_pylist()):
        row.setdefault(str(found), position)
    present = [person for person in people if person in row]
    # Of nobody there is no row, but an empty list would have no type.
    places = np.array([row[person] for person in present], dtype=np.int64)
    return WideRows(present, cells.take(places), repeated)
