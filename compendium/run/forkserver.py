"""Kernels forked from one process that has imported everything (Linux only).

Most of a short chapter's time goes into importing pandas, statsmodels and matplotlib. A process of
its own imports them once and forks a kernel for each chapter, and the data check. A kernel is born
with packages of the environment that were imported and not yet used, and imports the project's own
modules itself, so no chapter sees what another did. Elsewhere chapters get stock kernels and the
same results, later.

Python's own fork server, that of `multiprocessing`, is no substitute: there is one for the whole
life of a process, with the hash seed and the variables that process was started with, and its
children may have no children of their own.

The process, `python -m compendium.run.forkserver`, is asked over a pipe. It ends when the other end
does, which is when the build ends, however that ends; and the kernel whose server ends is ended by
the system. What a kernel started ends with the server, too.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from compendium.errors import BuildError
from compendium.run.processes import end_descendants, take_orphans

_PR_SET_PDEATHSIG = 1
_KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger")


class ForkServer:
    """Forks kernels from a process that is started when it is first needed.

    Asking it happens under a lock, as its answers say not whose they are.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._lock = threading.Lock()
        self._pipe: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, modules: Iterable[str]) -> None:
        """Have it import these modules and what kernels need while nobody asks for a kernel."""
        with self._lock, contextlib.suppress(OSError):  # the answer will be missing, and told
            self._started().send([*_KERNEL, *modules])

    def fork(
        self, arguments: list[str], environment: Mapping[str, str], modules: Iterable[str] = ()
    ) -> Forked:
        """Start `python ARGUMENTS` with modules imported, in an environment of its own.

        The arguments are "-m", the name of a module, most often a kernel's, and those of its own.
        """
        with self._lock:
            pipe = self._started()
            try:
                pipe.send((arguments, dict(environment), [*modules]))
                return Forked(pipe.recv())
            except (OSError, EOFError):
                raise BuildError("no kernel could be started: was there memory enough?") from None

    def close(self) -> None:
        """End the process, kernels that still run, and whatever these have started."""
        if self._process is not None and self._pipe is not None:
            end_descendants(self._process.pid)
            self._process.kill()
            self._process.wait()
            self._pipe.close()

    def _started(self) -> Connection:
        if self._pipe is None:
            self._pipe, other = Pipe()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "compendium.run.forkserver", str(other.fileno())],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                start_new_session=True,  # Ctrl-C is for the build, which then ends this
            )
            other.close()
        return self._pipe


class Forked:
    """A forked process, with the part of Popen's interface that Jupyter uses.

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
        """Return None while it runs."""
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
        """End it, and what it has started."""
        if self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):  # it has no group of its own yet
                os.killpg(self.pid, signal.SIGKILL)
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> bool:
        return bool(select.select([self._handle], [], [], timeout)[0])


def can_fork() -> bool:
    """Whether kernels can be forked here: on Linux, where it gives handles of processes."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def serve(pipe: Connection) -> None:
    """Fork what is asked for, and import modules in between."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # kernels that ended are not kept
    server, waiting = os.getpid(), list[str]()
    while True:
        if waiting and not pipe.poll():
            _import(waiting.pop(0))
            continue
        asked = pipe.recv()
        if isinstance(asked, list):
            waiting += asked
            continue
        arguments, environment, modules = asked
        for name in modules:
            _import(name)
        gc.freeze()  # the pages of these modules stay shared between kernels
        forked = os.fork()
        if not forked:
            pipe.close()
            _become(arguments, environment, server)
        pipe.send(forked)


def _import(name: str) -> None:
    with contextlib.suppress(Exception):  # a function of `from x import y`; else the chapter's
        importlib.import_module(name)


def _become(arguments: list[str], environment: Mapping[str, str], server: int) -> None:
    """Be what a process of its own would be; never returns."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == server:  # else it ended before the line above
            os.setsid()  # signals for this group reach no other
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.clear()
            os.environ.update(environment, JPY_PARENT_PID=str(server))
            tempfile.tempdir = None  # that of the server was remembered
            sys.argv = arguments[1:]
            runpy.run_module(sys.argv[0], run_name="__main__")
    finally:
        os._exit(0)


if __name__ == "__main__":
    take_orphans()
    with contextlib.suppress(EOFError, OSError):  # the build has ended
        serve(Connection(int(sys.argv[1])))
    end_descendants(os.getpid())
