"""When each step last ran and how long it took: what the next run expects, and the crate tells.

Times never stand in a result, so that two builds give the same bytes; this file is the build's own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compendium.files import dumps, remembered, write


@dataclass(frozen=True)
class Run:
    """The last run of a step: its start in UTC and its seconds."""

    began: datetime
    seconds: float

    @property
    def ended(self) -> datetime:
        """When it was over."""
        return self.began + timedelta(seconds=self.seconds)


class Times:
    """The last runs of all steps, kept in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self.runs = {
                step: Run(datetime.fromisoformat(run["began"]), run["seconds"])
                for step, run in remembered(path).items()
            }
        except (ValueError, KeyError, TypeError):  # damaged
            self.runs = {}

    def timed(self, step: str, function: Callable[[], object]) -> None:
        """Run a step and note its time, unless it returns False: the last run's results hold."""
        began, clock = datetime.now(UTC), time.monotonic()
        if function() is False and step in self.runs:
            return
        with self._lock:
            self.runs[step] = Run(began, round(time.monotonic() - clock, 3))
            noted = {
                step: {
                    "began": run.began.isoformat(timespec="milliseconds"),
                    "seconds": run.seconds,
                }
                for step, run in self.runs.items()
            }
            write(self.path, dumps(noted))
