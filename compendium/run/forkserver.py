"""Kernels forked from one process that has imported everything (Linux only).

Most of a short chapter's time goes into importing pandas, statsmodels and matplotlib. A process of
its own imports them once and forks a kernel for each chapter. A kernel is born with packages of the
environment that were imported and not yet used, and imports the project's own modules itself, so no
chapter sees what another did. Elsewhere chapters get stock kernels and the same results, later.

The process, `python -m compendium.run.forkserver`, reads JSON lines: modules to import and, if it
is to fork a kernel, the kernel's arguments; then it answers with the process id. It ends when its
input does, which is when the build ends, however that ends; and the kernel whose server ends is
ended by the system.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from compendium.errors import BuildError

_PR_SET_PDEATHSIG = 1
_KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger")


class ForkServer:
    """Forks kernels from a process that is started when it is first needed.

    Asking it happens under a lock, as its answers say not whose they are.
    """

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def prepare(self, modules: Iterable[str]) -> None:
        """Have it import what kernels need, and these modules, without waiting for it."""
        with self._lock:
            _write(self._started(), {"modules": [*_KERNEL, *modules]})

    def fork(
        self, arguments: list[str], environment: dict[str, str], modules: Iterable[str] = ()
    ) -> Forked:
        """Start `python ARGUMENTS` with modules imported, in an environment of its own.

        The arguments are "-m", the name of a module, most often a kernel's, and those of its own.
        """
        asked = {"arguments": arguments, "environment": environment, "modules": [*modules]}
        with self._lock:
            process = self._started()
            _write(process, asked)
            return Forked(int(_read(process)))

    def close(self) -> None:
        """End the process; kernels that still run end with it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "compendium.run.forkserver"],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C is for the build, which then ends this
            )
        return self._process


class Forked:
    """A forked kernel, with the part of Popen's interface that Jupyter uses.

    It is a child of the server, so its exit code is not ours to know: 0 stands for any.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:  # it has ended already
            self._handle = -1

    def poll(self) -> int | None:
        """Return None while the kernel runs."""
        return None if self._handle >= 0 and not self._ended(0) else self.wait()

    def wait(self) -> int:
        """Wait for its end."""
        if self._handle >= 0:
            self._ended(None)
            os.close(self._handle)
            self._handle = -1
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self._handle >= 0:
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it, and what its cells have started."""
        if self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):  # it has no group of its own yet
                os.killpg(self.pid, signal.SIGKILL)
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> bool:
        return bool(select.select([self._handle], [], [], timeout)[0])


def can_fork() -> bool:
    """Whether kernels can be forked here: on Linux, where it gives handles of processes."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def serve() -> None:
    """Import modules and fork a kernel, as each line of input asks."""
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a module prints must not pass for an answer
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # kernels that ended are not kept
    server = os.getpid()
    for line in sys.stdin:
        asked = json.loads(line)
        _import(asked["modules"])
        if "arguments" not in asked:
            gc.freeze()  # the pages of these modules stay shared between kernels
            continue
        kernel = os.fork()
        if not kernel:
            os.close(answers)
            _become_kernel(asked, server)
        os.write(answers, f"{kernel}\n".encode())


def _import(modules: Iterable[str]) -> None:
    for name in modules:
        with contextlib.suppress(Exception):  # a function of `from x import y`; else the chapter's
            importlib.import_module(name)


def _become_kernel(asked: dict[str, Any], server: int) -> None:
    """Be to the chapter what a kernel with a process of its own would be; never returns."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == server:  # else it ended before the line above
            os.setsid()  # signals for this kernel's group reach no other
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(nothing, stream)
            os.environ.clear()
            os.environ.update(asked["environment"], JPY_PARENT_PID=str(server))
            sys.argv = asked["arguments"][1:]
            runpy.run_module(sys.argv[0], run_name="__main__")
    finally:
        os._exit(0)


def _write(process: subprocess.Popen[str], asked: dict[str, Any]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # the answer will be missing, and told
            process.stdin.write(f"{json.dumps(asked)}\n")
            process.stdin.flush()


def _read(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise BuildError("no kernel could be started: was there memory enough?")
    return line.strip()


if __name__ == "__main__":
    serve()
