"""What a step of the build is, what it rests on and makes, and what its last run left behind.

Files and facts are known by content and by name in the workspace: names and hashes are the same
wherever it lies, and an edit that keeps a file's time and size changes its hash all the same. A
step must run if anything it rests on, or made, has another hash than at its last run; the memory
says what. It is the build's own: no result holds a time, so that two builds give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from compendium.files import dumps, sha256, write

Hashes = dict[str, str | None]
_LONGEST = 10**7  # seconds, of any step that was ever run
Changes = Mapping[str, str]
"""Names of files and facts, and what became of each: "changed", "is new", …"""


@dataclass
class Fact:
    """A text a step rests on that lies in no file of its own, such as the choices of a run."""

    name: str
    text: str

    def state(self) -> str | None:
        """Return the hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass
class File:
    """A file; its hash is remembered by the inode's time of change, too, which no edit can keep."""

    name: str
    path: Path
    _seen: dict[tuple[int, ...], str] = field(default_factory=dict, repr=False)

    def state(self) -> str | None:
        """Return the hash of the file's bytes as it is now, None if there is no file."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        key = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if key not in self._seen:
            self._seen[key] = sha256(self.path)
        return self._seen[key]


def digest(files: Iterable[File]) -> str:
    """Return one hash of the content of files, whatever they are called and wherever they lie."""
    return Fact("", "\n".join(sorted(str(file.state()) for file in files))).state() or ""


@dataclass(frozen=True)
class Step:
    """A step of the build: its work, and by name what it rests on and the files it makes.

    `work` is told what changed since the step's last run. It returns False if it made its results
    from those of that run. A chapter's step has its notebook and all values its code runs with.
    `after` names steps that must have ended well before, though nothing of theirs is read.
    """

    name: str
    work: Callable[[Changes], object]
    inputs: Mapping[str, Fact | File]
    products: Mapping[str, File]
    notebook: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """The last run of a step: its start in UTC, its seconds, and hashes by name."""

    began: datetime
    seconds: float
    inputs: Hashes
    products: Hashes

    @property
    def ended(self) -> datetime:
        """When it was over."""
        return self.began + timedelta(seconds=self.seconds)


class Memory:
    """The last runs of all steps, kept in a file; a damaged one is like none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self.runs: dict[str, Run] = {}
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            noted = json.loads(path.read_text("utf-8"))
            self.runs = {step: _run(run) for step, run in noted.items()}

    def changes(self, step: Step) -> dict[str, str]:
        """Return what is not as the step's last run left it; nothing if it need not run."""
        run = self.runs.get(step.name)
        if run is None:
            return {step.name: "has not run yet"}
        known = run.inputs | run.products
        now = hashes({**step.products, **step.inputs})
        changed = {
            name: "is missing" if state is None else "changed" if name in known else "is new"
            for name, state in now.items()
            if state is None or state != known.get(name)
        }
        return changed | dict.fromkeys(sorted(known.keys() - now.keys()), "is gone")

    def is_fresh(self, step: Step) -> bool:
        """Tell whether all that a step rests on is as at its last run."""
        run = self.runs.get(step.name)
        return run is not None and run.inputs == hashes(step.inputs)

    def note(self, step: str, run: Run) -> None:
        """Remember a run."""
        with self._lock:
            self.runs[step] = run
            noted = {
                name: asdict(run) | {"began": run.began.isoformat(timespec="milliseconds")}
                for name, run in self.runs.items()
            }
            write(self.path, dumps(noted))

    def borrow(self, other: Memory, steps: Iterable[str]) -> None:
        """Take steps from another memory whose last run there came later."""
        for step in steps:
            both = [memory.runs[step] for memory in (self, other) if step in memory.runs]
            if both:
                self.runs[step] = max(both, key=lambda run: run.began)

    def forget_others(self, steps: Iterable[str]) -> None:
        """Forget all steps but these."""
        for step in self.runs.keys() - set(steps):
            del self.runs[step]


def hashes(things: Mapping[str, Fact | File]) -> Hashes:
    """Return the hashes of files and facts as they are now."""
    return {name: thing.state() for name, thing in things.items()}


def _run(noted: Mapping[str, Any]) -> Run:
    began, seconds = datetime.fromisoformat(noted["began"]), float(noted["seconds"])
    if not 0 <= seconds < _LONGEST:
        raise ValueError(seconds)
    return Run(began, seconds, dict(noted["inputs"]), dict(noted["products"]))
