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
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from evallib.errors import DataError
from evallib.settings import REGISTER, settings
from evallib.study import forms
from evallib.study.contract import PERSON, STATISTICAL, TEXT
from evallib.study.delivery import (
    UnreadableError,
    canonical,
    files_in,
    kind_of,
    must_be_file,
    names_of,
    reader,
    reading,
    some,
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
        A file with one row per person: Parquet, text, SAS, Stata or SPSS; or a folder of such
        files, each with other columns, which are joined by person.
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
        paths = files_in(path) if path.is_dir() else [path]
        for part in paths:
            must_be_file(part)
        if len(paths) > 1 or kind_of(paths[0]) != ".parquet":
            paths = [convert(paths, keep or Path(_lasting()), memory=memory)]
        (path,) = paths
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
    path: Path | Sequence[Path],
    keep: Path,
    *,
    memory: str = MEMORY,
    renamed: Mapping[str, str] | None = None,
) -> Path:
    """The typed Parquet of a register, made in chunks unless one of this content is there.

    Parameters
    ----------
    path
        The file as delivered, or several, each with other columns.
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
        for blank, -1 for what is no code), degrees float64, keys trimmed text. Of somebody who is
        not in all of several files the others' cells are null.

    Raises
    ------
    UnreadableError
        A file is not what its name says, or two columns of one name hold different cells; of
        several files two have the same column, or one has a person twice.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    digest = hashlib.sha256(f"{_EDITION} {sorted((renamed or {}).items())}".encode())
    for part in paths:
        with part.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest() + kind_of(part).encode())
    stem = paths[0].stem
    made = keep / f"{stem}-{digest.hexdigest()[:24]}.parquet"
    if made.exists():
        return made
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep.chmod(0o700)
    with reading(), tempfile.TemporaryDirectory(prefix="making-", dir=keep) as scratch:
        done = Path(scratch) / made.name
        if len(paths) > 1:
            _join(paths, done, memory, renamed)
        else:
            _type(paths[0], done, memory, renamed)
        for old in keep.glob(f"{glob.escape(stem)}-*.parquet"):
            old.unlink(missing_ok=True)
        done.replace(made)
    return made


def _type(path: Path, done: Path, memory: str, renamed: Mapping[str, str] | None) -> None:
    raw = path
    if kind_of(path) in STATISTICAL:
        raw = _columns_in_chunks(path, done.with_name("raw.parquet"), renamed)
    elif kind_of(path) in TEXT and not _plain(path):
        raw = _as_plain_text(path, done.with_name("raw.csv"))
    file = DuckFile(raw, connection(memory, in_order=True), renamed=renamed)
    if differing := file.differing():
        raise UnreadableError(f"cells differ between two columns {', '.join(differing)}")
    file.table.get_backend().to_parquet(narrow(file.table), str(done))


def _join(
    paths: Sequence[Path], done: Path, memory: str, renamed: Mapping[str, str] | None
) -> None:
    """Everybody who is in any of several files, with the columns of all of them."""
    if twice := in_several(paths, renamed):
        raise UnreadableError(f"more than one file has {some(twice)}")
    made, sources = connection(memory), []
    for n, path in enumerate(paths):
        part = convert(path, done.with_name(str(n)), memory=memory, renamed=renamed)
        file = DuckFile(part, made)
        if file.repeated(PERSON):
            raise UnreadableError(f"{path.name} has a person in more than one row")
        sources.append(file.source)
    joined = f" full join {{}} using ({PERSON})".join([sources[0], *[""] * (len(sources) - 1)])
    query = f"from {joined.format(*sources[1:])}"
    made.execute(f"copy ({query}) to '{str(done).replace(chr(39), 2 * chr(39))}' (format parquet)")


def in_several(paths: Sequence[Path], renamed: Mapping[str, str] | None = None) -> list[str]:
    """The register's columns, but for the key, that more than one of some files have."""
    names = (
        {name for given in names_of(path) if is_ours(name := canonical(given, renamed))}
        for path in paths
    )
    count = Counter(name for part in names for name in part - {PERSON})
    return sorted(name for name, n in count.items() if n > 1)


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
    path: Path | Sequence[Path], keep: Path | None = None, renamed: Mapping[str, str] | None = None
) -> DuckFile:
    """Open a register of any accepted format for reading some people's rows.

    Parquet, and plain text that is quickly parsed, are read where they lie; other files, and
    several, are converted, and the typed file is kept in `keep`, by default the setting `register`,
    if there is any. `renamed` maps names of columns in this delivery (lower case) to those of the
    contract.

    Raises
    ------
    UnreadableError
        The file is not what its name says, or several cannot be joined (`convert`).
    """
    paths = [path] if isinstance(path, Path) else list(path)
    for part in paths:
        must_be_file(part)
    kept, kind = keep or settings().get(REGISTER), kind_of(paths[0])
    with reading():
        direct = len(paths) == 1 and (
            kind == ".parquet"
            or (
                kind in TEXT
                and _plain(paths[0])
                and (kept is None or paths[0].stat().st_size < _SMALL)
            )
        )
    if direct:
        return DuckFile(paths[0], renamed=renamed)
    made = convert(paths, Path(kept or _lasting()), renamed=renamed)
    return DuckFile(made, shown=Path(" + ".join(part.name for part in paths)))
