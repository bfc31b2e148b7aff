"""What was made of the same before is not made again: pieces of reports, kept by content.

A name is the hash of all that a piece was made of, so nothing kept is ever out of date, and a build
that finds pieces gives the same bytes as one that finds none. A file holds its own hash before what
it keeps; a damaged one is made again.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from compendium.files import write

_HASH = hashlib.sha256().digest_size


class Kept:
    """Pieces by what they were made of, in a folder, or while the process lasts.

    `base` stands for what all pieces rest on, such as the code that makes them.
    """

    def __init__(self, folder: Path | None = None, base: str = "") -> None:
        self._folder, self._base = folder, base
        self._pieces: dict[str, bytes] = {}
        self._used: set[str] = set()

    def get(self, parts: Iterable[str | bytes], make: Callable[[], bytes]) -> bytes:
        """Return what was made of these parts, or make it now."""
        told = [part if isinstance(part, bytes) else part.encode() for part in (self._base, *parts)]
        hashes = (hashlib.sha256(part).digest() for part in told)
        name = hashlib.sha256(b"".join(hashes)).hexdigest()
        self._used.add(name)
        if name not in self._pieces:
            self._pieces[name] = self._read(name) or self._write(name, make())
        return self._pieces[name]

    def text(self, parts: Iterable[str | bytes], make: Callable[[], str]) -> str:
        """Return the text that was made of these parts, or make it now."""
        return self.get(parts, lambda: make().encode()).decode()

    def sweep(self) -> None:
        """Let go of what was not asked for since the last time."""
        self._pieces = {name: self._pieces[name] for name in self._used}
        for path in self._folder.glob("*") if self._folder else ():
            if path.name not in self._used:
                path.unlink(missing_ok=True)
        self._used = set()

    def _read(self, name: str) -> bytes | None:
        with suppress(OSError):
            known = (self._folder / name).read_bytes() if self._folder else b""
            if known[:_HASH] == hashlib.sha256(known[_HASH:]).digest():
                return known[_HASH:]
        return None

    def _write(self, name: str, piece: bytes) -> bytes:
        if self._folder:
            write(self._folder / name, hashlib.sha256(piece).digest() + piece)
        return piece
