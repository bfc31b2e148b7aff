"""Sees in which form a text table was written: encoding, delimiter, decimal mark, line ends.

Owners export from programs of many countries, and a form is no fault: what can be seen without
doubt is read, and told. Nothing here knows what a table holds, so any reader may use it.
"""

import codecs
import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal, cast

Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "cp1252"]

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
"""A plain number: digits of ours with at most one decimal mark. No underscores, no inf."""
_ENCODINGS = {"utf-16": "UTF-16", "cp1252": "Windows-1252"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20
_LOOKED_AT = 200  # rows, for a decimal comma
_LONGEST_CELL = 1 << 27  # a free text is long, but not 128 MB


class FormError(ValueError):
    """A file that is no text table; its words are ours."""


@dataclass(frozen=True)
class Form:
    """The form of a text table, and its first line split into names."""

    encoding: Encoding
    delimiter: str
    decimal: Literal[".", ","]
    line_end: Literal["\n", "\r\n", "\r", "mixed"]
    compressed: bool
    names: tuple[str, ...]

    @property
    def told(self) -> str:
        r"""What is not plain about it, in words; empty for UTF-8 with commas and points.

        >>> Form("cp1252", ";", ",", "\r\n", False, ()).told
        'semicolons, decimal comma, Windows-1252'
        """
        parts = [
            DELIMITERS[self.delimiter] if self.delimiter != "," else "",
            "decimal comma" if self.decimal == "," else "",
            _ENCODINGS.get(self.encoding, ""),
            "mixed line ends" if self.line_end == "mixed" else "",
            "compressed" if self.compressed else "",
        ]
        return ", ".join(part for part in parts if part)


def packed(path: Path) -> bool:
    """Whether a file begins as gzip does, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked if it is gzip."""
    return cast("IO[bytes]", gzip.open(path)) if packed(path) else path.open("rb")


def sniff(path: Path) -> Form:
    """See the form of a text table.

    Parameters
    ----------
    path
        A text file, perhaps compressed by gzip.

    Returns
    -------
    Form
        What was seen. The encoding is UTF-8 or UTF-16 if the whole file can be read so (UTF-16 by
        its mark alone), else Windows-1252, which holds all of Latin-1 that is printed. The
        delimiter is the one the first line has most of; a comma is a decimal mark if cells look so
        where it is no delimiter.

    Raises
    ------
    FormError
        The file is no text: it holds zero bytes, or is empty.
    """
    with opened(path) as file:
        start = file.read(_BLOCK)
        if not start.strip():
            raise FormError("the file is empty")
        encoding = _encoding(start, file)
    text = start.decode(encoding, errors="ignore")
    if "\0" in text:
        raise FormError("the file is no text")
    return form_of(text, encoding, compressed=packed(path))


def seen(path: Path) -> Form:
    """What `sniff` sees, looked at once as long as the file stays as it is."""
    told = path.stat()
    return _seen(path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=8)
def _seen(path: Path, _changed: int, _size: int) -> Form:
    return sniff(path)


def form_of(text: str, encoding: Encoding = "utf-8", *, compressed: bool = False) -> Form:
    r"""The form of a text that begins a table.

    >>> form_of("a;b\n1,5;x\n").delimiter, form_of("a;b\n1,5;x\n").decimal
    (';', ',')
    """
    pairs = text.count("\r\n")
    ends = {"\r\n": pairs, "\n": text.count("\n") - pairs, "\r": text.count("\r") - pairs}
    found = [end for end, n in ends.items() if n]
    line_end = "mixed" if len(found) > 1 else next(iter(found), "\n")
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head = plain.lstrip("\n")
    first = _without_quoted(head.split("\n", 1)[0])
    counts = {mark: first.count(mark) for mark in DELIMITERS}
    delimiter = max(counts, key=lambda mark: counts[mark])
    sample = [] if delimiter == "," else plain.split("\n")[1:_LOOKED_AT]
    read = csv.reader(sample, delimiter=delimiter)
    commas = any(_decimal_comma(cell) for row in read for cell in row)
    names = next(csv.reader(io.StringIO(head), delimiter=delimiter), [])
    ends_with = cast("Literal['\\n', '\\r\\n', '\\r', 'mixed']", line_end)
    decimal: Literal[".", ","] = "," if commas else "."
    return Form(encoding, delimiter, decimal, ends_with, compressed, tuple(names))


def rows(path: Path, form: Form) -> Iterator[tuple[int, list[str]]]:
    """Every row of a text table with its line number, the names first; empty lines left out.

    Rows are as long as they stand in the file: whoever reads them sees those that are too short.
    """
    csv.field_size_limit(_LONGEST_CELL)
    with opened(path) as file:
        text = io.TextIOWrapper(file, encoding=form.encoding, errors="replace", newline=None)
        reader = csv.reader(text, delimiter=form.delimiter)
        before = 0
        for row in reader:
            line, before = before + 1, reader.line_num
            if len(row) > 1 or any(cell.strip() for cell in row):
                yield line, row


def _encoding(start: bytes, rest: IO[bytes]) -> Encoding:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return cast("Encoding", name)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        block = start
        while block:
            decoder.decode(block)
            block = rest.read(_BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _without_quoted(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _decimal_comma(cell: str) -> bool:
    return "," in cell and NUMBER.fullmatch(cell.strip()) is not None
