"""Processes that a build has on its conscience (Linux): found by their parents, and ended.

A cell may start programs that leave its session and outlive its kernel. The system gives orphans to
the nearest ancestor that says it takes them, so the fork server says so; all that any cell started
is then below it, and ends with it.
"""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 50


def take_orphans() -> None:
    """Let this process be the parent of whatever its descendants leave behind."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_descendants(pid: int) -> None:
    """End all that a process has started, and what these have; itself it goes on.

    One that starts others while it is looked for is met in a later round.
    """
    for _ in range(_ROUNDS):
        found = list(_descendants(pid))
        if not found:
            return
        for one in found:
            with suppress(OSError):
                os.kill(one, signal.SIGKILL)


def most_memory(pid: int | None) -> int | None:
    """Return the most memory a process has held so far, in bytes; None where nothing tells.

    What a forked kernel shares with its server counts too, as it would need it alone.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def _descendants(pid: int) -> Iterator[int]:
    """Yield the processes below one, but for those that have ended and are not yet forgotten."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    children.setdefault(int(parent), []).append(int(entry.name))
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        waiting += below
        yield from below
