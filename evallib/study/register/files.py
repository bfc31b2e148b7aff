"""Opens register files on DuckDB, out of core, and turns them once into typed Parquet.

A register is too large to be read whole, and a text or a statistical package's file too slow to be
read by every chapter. So a Parquet file is read where it lies, and any other is turned into Parquet
once, beside the build's memory, and again only when its content changes.
"""

import csv
import glob
import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evallib.errors import DataError
from evallib.settings import REGISTER, settings
from evallib.study.formats import (
    STATISTICAL,
    UnreadableError,
    canonical,
    header,
    reader,
    reading,
    separator,
)
from evallib.study.register.cells import Expression, is_ours, key, narrow

Cells = Any
"""A pyarrow table; the package ships no types."""
MEMORY = "1GB"
"""What DuckDB may hold of a register before it writes to disk."""
_EDITION = "1"
"""Of the typed files: another one makes them anew."""
_CHUNK = 50_000
_SMALL = 32 * 2**20
"""A text below this many bytes is read as fast as it is converted."""


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
    return made.read_parquet([_literal(path) for path in paths], hive_partitioning=False)


def _literal(path: Path) -> str:
    return glob.escape(str(path.absolute()))


def open_register(
    path: str | Path, *, keep: Path | None = None, backend: Any = None, memory: str = MEMORY
) -> Expression:
    """A wide register file of any accepted format as an ibis table, for `months` and the others.

    Parameters
    ----------
    path
        A .parquet, .csv, .sas7bdat, .dta or .sav file with one row per person.
    keep
        The folder where the typed copy of a file that is no Parquet is kept; without it the copy
        lasts as long as the process.
    backend
        Another connection of ibis than a DuckDB of one's own, such as one to Spark
        (`ibis.pyspark.connect(session)`); it must see the files of this machine.
    memory
        What DuckDB may hold, such as "1GB".

    Returns
    -------
    ibis.Table
        The register's own columns; names and types as `narrow` gives them, or as delivered in
        Parquet.

    Raises
    ------
    DataError
        The file cannot be read, or has two columns of one name whose cells differ.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> folder = Path(tempfile.mkdtemp())
    >>> pd.DataFrame({"PNR": ["a"], "Y_1601": ["111"]}).to_csv(folder / "dream.csv", index=False)
    >>> open_register(folder / "dream.csv").to_pandas().values.tolist()
    [['a', 111]]
    """
    path = Path(path)
    try:
        if path.suffix.lower() != ".parquet":
            path = convert(path, keep or Path(_lasting()), memory=memory)
        made = backend or engine(memory)
        if backend is not None and backend.name != "duckdb":
            return made.read_parquet(str(path.absolute()))
        file = DuckFile(path, made)
        differing = file.differing()
    except UnreadableError as error:
        raise DataError(f"{path} cannot be read: {error.__cause__}. Deliver it again.") from error
    if differing:
        raise DataError(
            f"{path} has more than one column {', '.join(differing)}, and their cells differ. "
            "Leave the wrong one out."
        )
    return file.table


def _lasting() -> str:
    """A private folder that lasts as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix="evallib-")
    _FOLDERS.append(folder)
    return folder.name


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


def convert(path: Path, keep: Path, *, memory: str = MEMORY) -> Path:
    """The typed Parquet of a register file, made in chunks unless one of this content is there.

    Parameters
    ----------
    path
        The file as delivered.
    keep
        The folder it is kept in, closed to other users as it holds records of persons.
    memory
        What DuckDB may hold.

    Returns
    -------
    pathlib.Path
        The typed file. Columns are the register's alone, named in lower case; codes are int32 (0
        for blank, -1 for what is no code), degrees float64, keys trimmed text.

    Raises
    ------
    UnreadableError
        The file is not what its name says.
    """
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    digest.update(f"{_EDITION} {path.suffix.lower()}".encode())
    made = keep / f"{path.stem}-{digest.hexdigest()[:24]}.parquet"
    if made.exists():
        return made
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep.chmod(0o700)
    with reading(path), tempfile.TemporaryDirectory(prefix="making-", dir=keep) as scratch:
        raw = path
        if path.suffix.lower() in STATISTICAL:
            raw = _columns_in_chunks(path, Path(scratch) / "raw.parquet")
        file = DuckFile(raw, engine(memory, in_order=True))
        if file.differing():
            raise ValueError("columns of one name differ: " + ", ".join(file.differing()))
        done = Path(scratch) / made.name
        file.engine.to_parquet(narrow(file.table), str(done))
        for old in keep.glob(f"{glob.escape(path.stem)}-*.parquet"):
            old.unlink(missing_ok=True)
        done.replace(made)
    return made


def _columns_in_chunks(path: Path, raw: Path) -> Path:
    """The register's columns of a SAS, Stata or SPSS file, as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyreadstat

    _, meta = reader(path)(str(path), metadataonly=True)
    used = [name for name in meta.column_names if is_ours(name)]
    kinds = {n: pa.float64() if meta.readstat_variable_types[n] != "string" else pa.string()
             for n in used}  # fmt: skip
    schema = pa.schema(kinds)
    chunks = pyreadstat.read_file_in_chunks(reader(path), str(path), chunksize=_CHUNK, usecols=used)
    with pq.ParquetWriter(raw, schema) as file:
        for chunk, _ in chunks:
            frame = pd.DataFrame(chunk)[used]
            file.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False))
    return raw


@dataclass(frozen=True)
class WideRows:
    """Some people's rows of a wide file as delivered, and the lines of keys that occur twice.

    `cells` is a pyarrow table with a row for each of `people`.
    """

    people: list[str]
    cells: Cells
    repeated: list[int]


class DuckFile:
    """A wide file, Parquet or CSV, that stays on disk.

    `columns` are its columns' names as the contract writes them, each once.
    """

    def __init__(self, path: Path, made: Any = None, shown: Path | None = None) -> None:
        self.path = shown or path
        self._place = path
        self.engine = made or engine(in_order=True)
        self._text = path.suffix.lower() == ".csv"
        self._first_line = 2 if self.path.suffix.lower() == ".csv" else 1
        with reading(self.path):
            names, self._raw = self._opened()
        places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            places.setdefault(canonical(name), []).append(place)
        self._places = places
        self.columns = list(places)

    def _opened(self) -> tuple[list[str], Expression]:
        if not self._text:
            import pyarrow.parquet as pq

            names = pq.read_schema(self._place).names
            return names, read_parquet(self.engine, self._place)
        # Naming the columns spares DuckDB its guessing, which takes seconds on wide files; and
        # they are named by position, as it knows no two columns by names that differ in case.
        delimiter = separator(self._place)
        names = next(csv.reader([header(self._place)], delimiter=delimiter))
        table = self.engine.read_csv(
            _literal(self._place),
            auto_detect=False,
            header=True,
            delim=delimiter,
            quote='"',
            escape='"',
            hive_partitioning=False,
            columns={f"c{place}": "VARCHAR" for place in range(len(names))},
        )
        return names, table

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
        with reading(self.path):
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
    return WideRows(present, cells.take([row[person] for person in present]), repeated)


def open_wide(path: Path, keep: Path | None = None) -> DuckFile:
    """Open a register file of any accepted format for reading some people's rows.

    Parquet, and text that is quickly parsed, are read where they lie; other files are converted,
    and the typed file is kept in `keep`, by default the setting `register`, if there is any.

    Raises
    ------
    UnreadableError
        The file is not what its name says.
    """
    kept = keep or settings().get(REGISTER)
    kind = path.suffix.lower()
    direct = kind == ".parquet" or (
        kind == ".csv" and (kept is None or path.stat().st_size < _SMALL)
    )
    if direct:
        return DuckFile(path)
    return DuckFile(convert(path, Path(kept or _lasting())), shown=path)
