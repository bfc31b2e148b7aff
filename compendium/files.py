"""Files as the build writes them: whole or not at all, and the same bytes for the same data."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from compendium.errors import BuildError

CHECKPOINTS = ".ipynb_checkpoints"  # Jupyter's copies of what it saved: of no interest to a build
_SCRATCH, _HELD = "compendium-", ".held"
_YOUNG = 10  # seconds in which a folder may be made, and not held yet
_LONGEST = 80  # bytes of a folder's path; a socket's has 100 on some systems


def write(path: Path, text: str | bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):  # of a folder that cannot be written the first error tells more
            beside.unlink(missing_ok=True)
        error.filename = str(path)
        raise


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock of the system on a file; BuildError if another process holds it."""
    handle = os.open(path, os.O_RDONLY | os.O_CREAT)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(handle)
        raise BuildError("another build writes to the same folder; wait for its end") from None
    try:
        yield
    finally:
        os.close(handle)  # which lets go of it


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder that nobody else may read, and take it away afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix=_SCRATCH, ignore_cleanup_errors=True) as folder,
        locked(Path(folder) / _HELD),
    ):
        yield Path(folder)


@contextmanager
def socket_folder(folder: Path) -> Iterator[Path]:
    """Give a folder for sockets, whose paths may not be long: the one given, if it will do."""
    short = Path("/tmp")  # noqa: S108 - a folder of our own is made in it
    if len(os.fsencode(folder)) <= _LONGEST or not short.is_dir():
        yield folder
        return
    with (
        tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=short) as other,
        locked(Path(other) / _HELD),
    ):
        yield Path(other)


def sweep() -> None:
    """Take away the scratch folders of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        held = folder / _HELD
        with suppress(OSError, BuildError):
            about = held.stat()
            old = time.time() - about.st_mtime > _YOUNG
            if old and not folder.is_symlink() and about.st_uid == folder.stat().st_uid == _user():
                with locked(held):
                    shutil.rmtree(folder, ignore_errors=True)


def _user() -> int:
    return os.getuid() if sys.platform != "win32" else 0


def dumps(data: Any) -> str:
    """Return JSON with sorted keys and one line per item: the same data give the same bytes."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
