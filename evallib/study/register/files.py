"""Opens register files on DuckDB, out of core, for reading some people's rows."""
# ruff: noqa: S608  # the queries are made of names of columns, quoted

import glob
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd

from evallib.study import forms
from evallib.study.contract import TEXT
from evallib.study.delivery import canonical, kind_of, names_of, reading
from evallib.study.register.cells import Expression, is_ours

Cells = Any
"""A pyarrow table; the package ships no types."""
MEMORY = "1GB"
"""What DuckDB may hold of a register before it writes to disk."""


def connection(memory: str = MEMORY, *, in_order: bool = False) -> Any:
    """A DuckDB of one's own, which keeps to its memory and spills to a private folder.

    `in_order` has rows come out as they lie in the file, which takes more memory.
    """
    import duckdb

    spill = tempfile.mkdtemp(prefix="evallib-")
    limits: dict[str, Any] = {"memory_limit": memory, "temp_directory": spill}
    made = duckdb.connect(config=limits | {"preserve_insertion_order": in_order})
    weakref.finalize(made, shutil.rmtree, spill, ignore_errors=True)
    return made


def engine(memory: str = MEMORY, *, in_order: bool = False) -> Any:
    """The same through ibis, for expressions; it takes half a second to load.

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
    return expressed(connection(memory, in_order=in_order))


def expressed(made: Any) -> Any:
    """A connection to DuckDB as one of ibis."""
    import ibis.backends.duckdb  # by its full name, for whoever loads imports ahead

    return ibis.duckdb.from_connection(made)


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
    of it. `connection` is the DuckDB it is read with, and `source` what it is called there. Some
    people's rows are read without ibis, which takes longer to load than they to read.
    """

    def __init__(
        self,
        path: Path,
        made: Any = None,
        shown: Path | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self.path = shown or path
        self.connection = made or connection(in_order=True)
        self._text = kind_of(path) in TEXT
        self._first_line = 2 if kind_of(self.path) in TEXT else 1
        self.source = f"wide_{uuid4().hex}"
        with reading():
            names = names_of(path)
            source = _text_source(path, len(names)) if self._text else _parquet_source(path)
            self.connection.execute(f"create temp view {self.source} as from {source}")
            raw = self.connection.table(self.source)
        self._raw = dict(zip(raw.columns, map(str, raw.types), strict=True))
        places: dict[str, list[str]] = {}
        for name, theirs in zip(names, raw.columns, strict=True):
            if meant := canonical(name, renamed):  # a delimiter at the end leaves a nameless one
                places.setdefault(meant, []).append(theirs)
        self._places = places
        self.columns = list(places)

    @cached_property
    def table(self) -> Expression:
        """The file as an ibis table of its `columns`, cells as delivered."""
        raw = expressed(self.connection).table(self.source)
        return raw.select(**{name: raw[theirs[0]] for name, theirs in self._places.items()})

    def differing(self) -> list[str]:
        """Names that stand over several columns whose cells differ; equal ones count as one."""
        twice = {
            name: " or ".join(
                f"{_quoted(first)}::varchar is distinct from {_quoted(other)}::varchar"
                for other in others
            )
            for name, (first, *others) in self._places.items()
            if others and is_ours(name)
        }
        if not twice:
            return []
        unlike = (f"count(*) filter ({told}) as {_quoted(name)}" for name, told in twice.items())
        found = self._fetch(f"select {', '.join(unlike)} from {self.source}").to_pylist()[0]
        return [name for name, n in found.items() if n]

    def repeated(self, key_column: str) -> list[int]:
        """Line numbers of all rows whose key occurs more than once.

        A text's header is line 1, other files begin with row 1.
        """
        return self._lines(
            self._fetch(f"select hash({self._key(key_column)}) as hash from {self.source}")
        )

    def _lines(self, keys: Cells) -> list[int]:
        hashes = keys["hash"].to_numpy()
        ordered = np.sort(hashes)
        if not (ordered[1:] == ordered[:-1]).any():
            return []
        repeated = pd.Index(hashes).duplicated(keep=False)
        return [int(row) + self._first_line for row in np.flatnonzero(repeated)]

    def _column(self, name: str) -> str:
        return _quoted(self._places[canonical(name)][0])

    def _key(self, name: str) -> str:
        """Everybody's key as `cells.key` reads it; to trim more than spaces takes twice as long."""
        column = self._column(name)
        if self._raw[self._places[canonical(name)][0]] in ("FLOAT", "DOUBLE"):
            column += "::bigint"
        key = f"{column}::varchar"
        return f"case when contains({key}, '\t') then trim({key}, ' \t\r\n') else trim({key}) end"

    def rows(self, key_column: str, people: Sequence[str], columns: Sequence[str]) -> WideRows:
        """The rows of `people` in their order, those absent left out, with only `columns`.

        Text is parsed once: the scan that finds the people's rows brings everybody's key along.
        """
        names, own = [canonical(column) for column in columns], self._column(key_column)
        key, cells = self._key(key_column), [self._column(name) for name in names]
        # Of Parquet the key as delivered, to be compared as it is: DuckDB then skips what holds
        # nobody of the study.
        wanted = f"[{', '.join([key, *cells])}]" if self._text else own
        scan = self._fetch(
            f"select hash({key}) as hash, case when {key} in (select unnest($people)) "
            f"then {wanted} end as found from {self.source}",
            people,
        )
        theirs = scan["found"].combine_chunks().drop_null()
        if self._text:
            found = _unfolded(theirs, ["key", *names])
        else:
            named = [f"{cell} as {_quoted(n)}" for cell, n in zip(cells, names, strict=True)]
            found = self._fetch(
                f"select {', '.join([f'{key} as key', *named])} from {self.source} "
                f"where {own} in (select unnest($people))",
                theirs.to_pylist(),
            )
        return _in_order(found, people, self._lines(scan))

    def _fetch(self, query: str, people: Sequence[str] | None = None) -> Cells:
        with reading():
            given = {} if people is None else {"people": list(people)}
            return self.connection.sql(query, params=given).to_arrow_table()


def _quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, 2 * mark) + mark


def _parquet_source(path: Path) -> str:
    return f"read_parquet({_quoted(literal(path), chr(39))}, hive_partitioning = false)"


def _text_source(path: Path, width: int) -> str:
    """A text, its columns named by position: DuckDB knows none by names that differ in case.

    Naming them spares DuckDB its guessing, which takes seconds on wide files.
    """
    columns = ", ".join(f"c{place}: 'VARCHAR'" for place in range(width))
    return (
        f"read_csv({_quoted(literal(path), chr(39))}, auto_detect = false, header = true, "
        f"delim = '{forms.seen(path).delimiter}', quote = '\"', escape = '\"', "
        f"hive_partitioning = false, columns = {{{columns}}})"
    )


def _unfolded(cells: Cells, names: Sequence[str]) -> Cells:
    """Lists of text, one per row, null in rows of no interest, as a table."""
    import pyarrow as pa

    values = cells.flatten()
    places = np.arange(len(cells)) * len(names)
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
