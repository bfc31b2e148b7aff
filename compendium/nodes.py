"""What a step of the build depends on and makes, known by content and by name in the project.

Pytask's own nodes know a file by its place and trust its modification time, which an edit can keep.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pytask import PNode


@dataclass(kw_only=True)
class Named(PNode):
    """A node pytask knows by its name alone: a file's place, or a constant's task, may change."""

    name: str
    attributes: dict[Any, Any] = field(default_factory=dict)

    @cached_property
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
    the time of the inode's change too, which it cannot. A file no step makes is looked at once.
    """

    file: Path  # not `path`: pytask would name a node with one by its place
    made: bool = False  # by a step of the build
    _seen: dict[tuple[int, ...], str] = field(default_factory=dict, repr=False)
    _state: str | None = field(default=None, repr=False)

    def state(self) -> str | None:
        """Return the hash of the file's bytes, None if there is no file."""
        if self._state is not None and not self.made:
            return self._state
        try:
            stat = self.file.stat()
        except OSError:
            return None
        key = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if key not in self._seen:
            self._seen[key] = self._digest()
        self._state = self._seen[key]
        return self._state

    def _digest(self) -> str:
        with self.file.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def load(self, is_product: bool = False) -> Path:  # noqa: ARG002  # pytask's signature
        """Return the path."""
        return self.file


@dataclass(kw_only=True)
class InLanguage(FileNode):
    """What a report in one language shows of an executed notebook: all but the other's prose."""

    other: str

    def _digest(self) -> str:
        tag = f"lang-{self.other}"
        try:
            notebook = json.loads(self.file.read_bytes())
            cells = [c for c in notebook["cells"] if tag not in c["metadata"].get("tags", ())]
            shown = repr((notebook["metadata"], cells))
        except (ValueError, KeyError, TypeError, AttributeError):  # damaged: a change like others
            return super()._digest()
        return hashlib.sha256(shown.encode()).hexdigest()
