"""Turns a register file that is not read where it lies into typed Parquet, once.

A register is too large to be read whole, and a text or a statistical package's file too slow to be
read by every chapter. So a Parquet file is read where it lies, and any other is turned into Parquet
once, beside the build's memory, and again only when its content changes.
"""

import glob
import hashlib
import io
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from evallib.errors import DataError
from evallib.settings import REGISTER, settings
from evallib.study import forms
from evallib.study.contract import STATISTICAL, TEXT
from evallib.study.delivery import (
    UnreadableError,
    canonical,
    kind_of,
    must_be_file,
    reader,
    reading,
)
from evallib.study.register.cells import Expression, is_ours, narrow
from evallib.study.register.files import MEMORY, DuckFile, connection

_EDITION = "2"
"""Of the typed files: another one makes them anew."""
_CHUNK = 50_000
_SMALL = 32 * 2**20
"""A text below this many bytes is read as fast as it is converted."""


def open_register(
    path: str | Path, *, keep: Path | None = None, backend: Any = None, memory: str = MEMORY
) -> Expression:
    """A wide register file of any accepted format as an ibis table, for `months` and the others.

    Parameters
    ----------
    path
        A file with one row per person: Parquet, text, SAS, Stata or SPSS.
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
        must_be_file(path)
        if kind_of(path) != ".parquet":
            path = convert(path, keep or Path(_lasting()), memory=memory)
        if backend is not None and backend.name != "duckdb":
            return backend.read_parquet(str(path.absolute()))
        file = DuckFile(path, backend.con if backend else connection(memory))
        differing = file.differing()
    except UnreadableError as error:
        raise DataError(f"{path} cannot be read: {error}. Deliver it again.") from error
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


def convert(
    path: Path, keep: Path, *, memory: str = MEMORY, renamed: Mapping[str, str] | None = None
) -> Path:
    """The typed Parquet of a register file, made in chunks unless one of this content is there.

    Parameters
    ----------
    path
        The file as delivered.
    keep
        The folder it is kept in, closed to other users as it holds records of persons.
    memory
        What DuckDB may hold.
    renamed
        Names of columns in this delivery (lower case) and those of the contract.

    Returns
    -------
    pathlib.Path
        The typed file. Columns are the register's alone, named in lower case; codes are int32 (0
        for blank, -1 for what is no code), degrees float64, keys trimmed text.

    Raises
    ------
    UnreadableError
        The file is not what its name says, or two columns of one name hold different cells.
    """
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    told = f"{_EDITION} {kind_of(path)} {sorted((renamed or {}).items())}"
    digest.update(told.encode())
    made = keep / f"{path.stem}-{digest.hexdigest()[:24]}.parquet"
    if made.exists():
        return made
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep.chmod(0o700)
    with reading(), tempfile.TemporaryDirectory(prefix="making-", dir=keep) as scratch:
        raw = path
        if kind_of(path) in STATISTICAL:
            raw = _columns_in_chunks(path, Path(scratch) / "raw.parquet", renamed)
        elif kind_of(path) in TEXT and not _plain(path):
            raw = _as_plain_text(path, Path(scratch) / "raw.csv")
        file = DuckFile(raw, connection(memory, in_order=True), renamed=renamed)
        if differing := file.differing():
            raise UnreadableError(f"cells differ between two columns {', '.join(differing)}")
        done = Path(scratch) / made.name
        file.table.get_backend().to_parquet(narrow(file.table), str(done))
        for old in keep.glob(f"{glob.escape(path.stem)}-*.parquet"):
            old.unlink(missing_ok=True)
        done.replace(made)
    return made


def _plain(path: Path) -> bool:
    """Whether DuckDB reads a text as it is."""
    form = forms.seen(path)
    known = form.encoding in ("utf-8", "utf-8-sig") and form.line_end in ("\n", "\r\n")
    return known and not form.compressed


def _as_plain_text(path: Path, raw: Path) -> Path:
    """A text of any encoding, compressed or not, as UTF-8 with plain line ends."""
    encoding = forms.seen(path).encoding
    with forms.opened(path) as packed, raw.open("w", encoding="utf-8", newline="") as plain:
        shutil.copyfileobj(io.TextIOWrapper(packed, encoding, errors="replace"), plain)
    return raw


def _columns_in_chunks(path: Path, raw: Path, renamed: Mapping[str, str] | None) -> Path:
    """The register's columns of a SAS, Stata or SPSS file, as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyreadstat

    _, meta = reader(path)(str(path), metadataonly=True)
    used = [name for name in meta.column_names if is_ours(canonical(name, renamed))]
    kinds = {n: pa.float64() if meta.readstat_variable_types[n] != "string" else pa.string()
             for n in used}  # fmt: skip
    schema = pa.schema(kinds)
    chunks = pyreadstat.read_file_in_chunks(reader(path), str(path), chunksize=_CHUNK, usecols=used)
    with pq.ParquetWriter(raw, schema) as file:
        for chunk, _ in chunks:
            frame = pd.DataFrame(chunk)[used]
            file.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False))
    return raw


def open_wide(
    path: Path, keep: Path | None = None, renamed: Mapping[str, str] | None = None
) -> DuckFile:
    """Open a register file of any accepted format for reading some people's rows.

    Parquet, and plain text that is quickly parsed, are read where they lie; other files are
    converted, and the typed file is kept in `keep`, by default the setting `register`, if there is
    any. `renamed` maps names of columns in this delivery (lower case) to those of the contract.

    Raises
    ------
    UnreadableError
        The file is not what its name says.
    """
    must_be_file(path)
    kept, kind = keep or settings().get(REGISTER), kind_of(path)
    with reading():
        direct = kind == ".parquet" or (
            kind in TEXT and _plain(path) and (kept is None or path.stat().st_size < _SMALL)
        )
    if direct:
        return DuckFile(path, renamed=renamed)
    made = convert(path, Path(kept or _lasting()), renamed=renamed)
    return DuckFile(made, shown=path)
