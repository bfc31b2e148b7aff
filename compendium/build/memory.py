"""What the build remembers of each step's last run: what it rested on and made, and its time.

A step must run if anything it rests on, or made, has another hash than then; the record says what.
It is the build's own: no result holds a time, so that two builds give the same bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from compendium.build.nodes import Node, Task
from compendium.files import dumps, remembered, write

States = dict[str, str | None]


@dataclass(frozen=True)
class Run:
    """The last run of a step: its start in UTC, its seconds, and the hashes of nodes by name."""

    began: datetime
    seconds: float
    inputs: States
    products: States

    @property
    def ended(self) -> datetime:
        """When it was over."""
        return self.began + timedelta(seconds=self.seconds)


class Memory:
    """The last runs of all steps, kept in a file; a damaged one is like none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self.runs = {step: _run(noted) for step, noted in remembered(path).items()}
        except (ValueError, KeyError, TypeError):
            self.runs = {}

    def changes(self, task: Task) -> dict[str, str]:
        """Return what is not as the step's last run left it; nothing if it need not run."""
        run = self.runs.get(task.name)
        if run is None:
            return {task.name: "has not run yet"}
        known = run.inputs | run.products
        nodes: dict[str, Node] = {**task.products, **task.inputs}
        changed = {}
        for name, state in states(nodes).items():
            if state is None or state != known.get(name):
                changed[name] = _told(state, name in known)
        return changed | dict.fromkeys(sorted(known.keys() - nodes.keys()), "is gone")

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


def _run(noted: Mapping[str, Any]) -> Run:
    began, seconds = datetime.fromisoformat(noted["began"]), float(noted["seconds"])
    return Run(began, seconds, dict(noted["inputs"]), dict(noted["products"]))


def states(nodes: Mapping[str, Node]) -> States:
    """Return the hashes of nodes as they are now."""
    return {name: node.state() for name, node in nodes.items()}


def _told(state: str | None, known: bool) -> str:
    if state is None:
        return "is missing"
    return "changed" if known else "is new"
