"""What a step of the build rests on and makes, known by content and by name in the project.

Names and hashes are the same wherever the project lies, and an edit that keeps a file's time and
size changes its hash all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compendium.files import sha256


@dataclass
class Text:
    """A text a step rests on that lies in no file of its own, such as the choices of a run."""

    name: str
    text: str

    def state(self) -> str | None:
        """Return the hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass
class FileNode:
    """A file; its hash is remembered by the inode's time of change, too, which no edit can keep."""

    name: str
    file: Path
    _seen: dict[tuple[int, ...], str] = field(default_factory=dict, repr=False)

    def state(self) -> str | None:
        """Return the hash of the file's bytes as it is now, None if there is no file."""
        try:
            stat = self.file.stat()
        except OSError:
            return None
        key = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if key not in self._seen:
            self._seen[key] = self._digest()
        return self._seen[key]

    def _digest(self) -> str:
        return sha256(self.file)


@dataclass
class InLanguage(FileNode):
    """What a report in one language shows of an executed notebook: all but the other's prose."""

    other: str = ""

    def _digest(self) -> str:
        tag = f"lang-{self.other}"
        try:
            notebook = json.loads(self.file.read_bytes())
            cells = [c for c in notebook["cells"] if tag not in c["metadata"].get("tags", ())]
            shown = repr((notebook["metadata"], cells))
        except (ValueError, KeyError, TypeError, AttributeError):  # damaged: a change like others
            return sha256(self.file)
        return hashlib.sha256(shown.encode()).hexdigest()


Node = Text | FileNode
Changes = Mapping[str, str]  # names of nodes, and what became of each: "changed", "is new", …


@dataclass(frozen=True)
class Task:
    """A step of the build: its work, and by name the nodes it rests on and those it makes.

    `work` is told what changed since the step's last run. It returns False if it made its results
    from those of that run. A chapter's step has its notebook and all values its code runs with.
    """

    name: str
    work: Callable[[Changes], object]
    inputs: Mapping[str, Node]
    products: Mapping[str, FileNode]
    notebook: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
