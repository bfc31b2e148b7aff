"""What a step of the build depends on and makes, known by content and by name in the project.

Pytask's own nodes know a file by its place and trust its modification time, which an edit can keep.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytask import PNode


@dataclass(kw_only=True)
class Named(PNode):
    """A node pytask knows by its name alone: a file's place, or a constant's task, may change."""

    name: str
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """What pytask knows the node by."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def save(self, value: Any) -> None:
        """Refuse: steps write their files themselves."""
        raise NotImplementedError(f"{self.name} is written by its step, not {value!r}")


@dataclass(kw_only=True)
class Constant(Named):
    """A list of texts, such as the names of a step's inputs."""

    value: tuple[str, ...]

    def state(self) -> str:
        """Return the hash of the texts."""
        return hashlib.sha256(repr(self.value).encode()).hexdigest()

    def load(self, is_product: bool = False) -> tuple[str, ...]:  # noqa: ARG002  # pytask's
        """Return the texts."""
        return self.value


@dataclass(kw_only=True)
class FileNode(Named):
    """A file known by its bytes and by its name in the project, wherever the project lies.

    Pytask's own node trusts the modification time, which an edit can keep; reading is remembered by
    the time of the inode's change too, which it cannot.
    """

    file: Path  # not `path`: pytask would name a node with one by its place
    _seen: dict[tuple[int, ...], str] = field(default_factory=dict, repr=False)

    def state(self) -> str | None:
        """Return the hash of the file's bytes, None if there is no file."""
        try:
            stat = self.file.stat()
        except OSError:
            return None
        key = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if key not in self._seen:
            with self.file.open("rb") as file:
                self._seen[key] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._seen[key]

    def load(self, is_product: bool = False) -> Path:  # noqa: ARG002  # pytask's signature
        """Return the path."""
        return self.file
