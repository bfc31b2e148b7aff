"""What a build tells while it runs: in place on a terminal, plain lines elsewhere, or nothing.

Chapters run at once, so everything here is called from several threads.
"""

import shutil
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO


@dataclass
class _Running:
    """A step that runs now: how it is called, when it began, and how many of its cells are done."""

    name: str
    began: float
    cells: str = ""


class Progress:
    """Tells nothing; also what the tellers below know.

    `last` holds what each step took when it last ran, in seconds.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.began = time.monotonic()
        self.steps: Sequence[str] = ()
        self.last: Mapping[str, float] = {}
        self.running: dict[str, _Running] = {}
        self.ended: list[str] = []
        self.lock = threading.Lock()

    def expect(self, steps: Sequence[str], last: Mapping[str, float]) -> None:
        """Hear of all steps of this build."""
        self.steps, self.last, self.ended = steps, last, []

    def begin(self, step: str, why: str = "") -> None:
        """Hear that a step begins to work, and why it must."""
        with self.lock:
            self.running[step] = _Running(self._place(step), time.monotonic())
            self.show(step, why)

    def cell(self, step: str, done: int, total: int) -> None:
        """Hear which cell of a chapter begins."""
        with self.lock:
            self.running[step].cells = f", cell {done} of {total}"
            self.show()

    def warn(self, text: str) -> None:
        """Hear what the author of a chapter should know."""

    def end(self, step: str) -> None:
        """Hear that a step is over, whether it worked, failed, or had nothing to do."""
        with self.lock:
            self.running.pop(step, None)
            self.ended.append(step)

    def close(self) -> None:
        """Hear that the build is over."""

    def show(self, step: str = "", why: str = "") -> None:
        """Tell how all stands; `step` is one that has just begun."""

    def seconds(self) -> float:
        """Seconds since the build began."""
        return time.monotonic() - self.began

    def _place(self, step: str) -> str:
        """Return a step with its place among those of its kind, as in "chapter 7 (5 of 13)"."""
        kind = step.partition(" ")[0]
        alike = [name for name in self.steps if name.startswith(f"{kind} ")]
        before = [name for name in alike if name in self.ended or name in self.running]
        return f"{step} ({len(before) + 1} of {len(alike)})" if len(alike) > 1 else step


class Lines(Progress):
    """One line as a step begins, for a file or a pipe."""

    def show(self, step: str = "", why: str = "") -> None:
        """Write the line of a step."""
        if step:
            again = f", {self.last[step]:.0f} s last time" if step in self.last else ""
            reason = f": {why}" if again and why else ""  # what never ran needs none
            line = f"{self.seconds():4.0f} s  {self.running[step].name}{again}{reason}\n"
            self.stream.write(line)
            self.stream.flush()

    def warn(self, text: str) -> None:
        """Write it on a line."""
        self.stream.write(f"        {text}\n")
        self.stream.flush()


class InPlace(Progress):
    """One line that is written anew: what runs, how far it is, and how long all may still take."""

    def show(self, step: str = "", why: str = "") -> None:
        """Write the line again."""
        del step, why
        left = self._left()
        times = f"{self.seconds():.0f} s" + (f", about {left:.0f} s left" if left else "")
        shown = "; ".join(run.name + run.cells for run in self.running.values())
        self._write(f"{times} · {shown}"[: shutil.get_terminal_size().columns - 1])

    def close(self) -> None:
        """Leave an empty line."""
        self._write("")

    def warn(self, text: str) -> None:
        """Write it on a line that stays."""
        self._write(f"{text}\n")

    def _write(self, line: str) -> None:
        self.stream.write(f"\r\x1b[K{line}")
        self.stream.flush()

    def _left(self) -> float:
        """What the last run lets expect, if as many steps run at once as now; 0 if unknown."""
        waiting = [step for step in self.steps if step not in self.ended]
        if not all(step in self.last for step in waiting):
            return 0.0
        now = time.monotonic()
        gone = sum(min(now - run.began, self.last[step]) for step, run in self.running.items())
        return (sum(self.last[step] for step in waiting) - gone) / max(len(self.running), 1)
