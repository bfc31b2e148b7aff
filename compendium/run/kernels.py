"""Where chapters and the data check run: processes begun ahead of time, and ended in any case.

Papermill takes a second to import and pandas as long; both are asked for early, while the steps
before them run.
"""

import importlib
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial

from compendium.run.forkserver import Forked, ForkServer, can_fork
from compendium.workspace import Workspace

_ENGINE = "compendium.run.engine"


class Kernels:
    """The processes of one build."""

    def __init__(self, workspace: Workspace) -> None:
        environment, folder = workspace.environment(), workspace.notebooks
        self._server = ForkServer(environment, folder) if can_fork() else None
        self._importing = threading.Thread(target=importlib.import_module, args=[_ENGINE])

    def warm_up(self, modules: Iterable[str]) -> None:
        """Begin to import the engine, and what the kernels will need."""
        if self._importing.ident is None:  # else an earlier run began
            self._importing.start()
        if self._server is not None:
            self._server.prepare(modules)

    def fork(self, modules: Iterable[str]) -> Callable[[list[str], dict[str, str]], Forked] | None:
        """Return what starts a process with modules imported; None where nothing forks."""
        return partial(self._server.fork, modules=[*modules]) if self._server else None

    def stop(self) -> None:
        """End the kernels that run; others can be started."""
        stop_all = getattr(sys.modules.get(_ENGINE), "stop_all", None)
        if stop_all is not None:  # loaded: else no chapter runs
            stop_all()

    def close(self) -> None:
        """End what was started, and what still runs of it."""
        if self._importing.is_alive():  # half a module has no functions to call
            self._importing.join()
        self.stop()
        if self._server is not None:
            self._server.close()
