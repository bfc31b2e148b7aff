"""Runs one chapter, and tells exactly where it failed if it does.

Papermill runs the cells; this engine adds what it lacks. Parameters were checked before (see
notebooks.py), so no kernel starts in vain. Expressions in prose are evaluated in document order, as
the cells between them change the names. Kernels talk over files, not ports, where the system can:
the build then needs not even a loopback network. The working folder is given to the kernel alone;
papermill's own way changes it for the whole process, and two chapters may run at once.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL
from typing import Any, cast

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import ensure_event_loop, run_sync
from nbclient.exceptions import DeadKernelError
from papermill import execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets import Callable as CallableTrait
from traitlets.config import Config

from compendium.chapter.inline import expressions
from compendium.errors import ChapterError, NotebookError
from compendium.files import dumps, write
from compendium.project import Project
from compendium.run.executed import keep
from compendium.run.failures import FAILURES, InlineError, Watch, failure
from compendium.run.forkserver import Forked
from compendium.run.notebooks import Chapter

Fork = Callable[[list[str], dict[str, str]], Forked]  # from arguments and environment

_FORKED = "compendium-forked"
_RUNNING: set[Client] = set()
_EVALUATE = "__import__('compendium.chapter.exhibits', fromlist=['inline']).inline({!r}, globals())"


class Provisioner(LocalProvisioner):
    """Jupyter's way to say where a kernel comes from: forked, instead of a Python started anew."""

    fork = CallableTrait()

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Fork a kernel with the arguments of the command."""
        kernel = self.fork(cmd[cmd.index("-m") :], options["env"])
        self.process = cast("Any", kernel)
        self.pid = self.pgid = kernel.pid
        return self.connection_info


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill ships no types
    """Papermill's client, with expressions in prose evaluated at their place."""

    watch: Watch
    fork: Fork | None

    def create_kernel_manager(self) -> Any:
        """Have the kernel forked if there is a process to fork it from."""
        manager = super().create_kernel_manager()
        if self.fork is not None:
            known = KernelProvisionerFactory.instance().provisioners
            known[_FORKED] = EntryPoint(_FORKED, f"{__name__}:Provisioner", "")
            config = {"provisioner_name": _FORKED, "config": {"fork": self.fork}}
            manager.kernel_spec.metadata["kernel_provisioner"] = config
        return manager

    async def async_start_new_kernel_client(self) -> Any:
        """Go on when kernel and output channel answer.

        The stock way then waits a fifth of a second for messages that belong to no cell, and that
        are passed over anyway.
        """
        self.kc = self.km.client()
        self.kc.start_channels()
        try:
            await self._answered()
        except BaseException:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def _answered(self) -> None:
        for _ in range(self.startup_timeout):
            with suppress(TimeoutError, Empty):
                await self.kc.kernel_info(reply=True, timeout=1)
                await self.kc.get_iopub_msg(timeout=0.2)
                return
            if not await self.km.is_alive():
                raise DeadKernelError("it ended before it answered")
        raise TimeoutError(
            "the kernel does not answer: free the machine of other work, and run again"
        )

    async def async_execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        """Run a code cell, or evaluate a prose cell's expressions."""
        self.watch.enter(cell, self.nb.cells[:cell_index])
        if self.watch.progress is not None:
            self.watch.progress(cell_index + 1, len(self.nb.cells))
        if cell.cell_type == "code":
            return await super().async_execute_cell(cell, cell_index, **options)
        names = expressions(cell.source) if cell.cell_type == "markdown" else []
        if names:
            cell.metadata["user_expressions"] = await self._evaluate(names)
        return cell

    execute_cell = run_sync(async_execute_cell)

    async def _evaluate(self, names: list[str]) -> list[dict[str, Any]]:
        asked = {str(i): _EVALUATE.format(name) for i, name in enumerate(names)}
        message = self.kc.execute("", silent=True, user_expressions=asked)
        reply = await self.async_wait_for_reply(message)
        results = reply["content"].get("user_expressions", {})
        stored = []
        for i, name in enumerate(names):
            result = results.get(str(i), {"status": "error", "evalue": "the kernel gave no answer"})
            if result["status"] != "ok":
                text = f"{result.get('ename')}: {result.get('evalue')}"
                raise InlineError(text.removeprefix("ExhibitError: "))
            stored.append({"expression": name, "result": result})
        return stored


class ChapterEngine(Engine):  # type: ignore[misc]
    """The engine papermill is asked for by name."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run all cells in a kernel of their own, with the given folder and environment."""
        client = Client(
            nb_man,
            kernel_name=kernel_name,
            timeout=options["execution_timeout"],
            startup_timeout=options["start_timeout"],
            resources={"metadata": {"path": options["folder"]}},
            config=options["config"],
            shutdown_kernel="immediate",
            on_cell_executed=_refuse_exit,
        )
        client.fork = options["fork"]
        client.watch = options["watch"]
        path, nb_man.output_path = nb_man.output_path, None  # saved once, not twice a cell
        _RUNNING.add(client)
        try:
            client.execute(env=options["environment"], stdout=DEVNULL, stderr=DEVNULL)
        finally:
            _RUNNING.discard(client)
            nb_man.output_path = path


def _refuse_exit(execute_reply: Mapping[str, Any], **_: Any) -> None:
    """Tell of exit() where it stands: the kernel is found dead only when the next cell begins."""
    asked = execute_reply["content"].get("payload", ())
    if any(item.get("source") == "ask_exit" for item in asked):
        raise NotebookError("the cell ends the kernel; take exit() or quit() out")


def stop_all() -> None:
    """End every kernel that runs; the chapters then fail at once instead of going on."""
    for client in list(_RUNNING):
        provisioner = getattr(client.km, "provisioner", None)
        if provisioner is not None and provisioner.process is not None:  # else it is starting
            provisioner.process.kill()


papermill_engines.register("compendium", ChapterEngine)


def run_chapter(
    chapter: Chapter,
    project: Project,
    parameters: Mapping[str, Any] | None = None,
    *,
    declared: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    fork: Fork | None = None,
) -> dict[str, Any]:
    """Run a chapter; write its executed notebook and values file, and return the notebook.

    The project says where the files go and what the kernel sees; `declared` are the variables that
    hold the chapter to the inputs it declares. Without a function to fork it, a kernel is started
    anew. Raises ChapterError when a cell or an expression fails; `failed/` of the output folder
    then keeps the partial notebook and, as JSON, the failure.
    """
    kept = project.out / "failed" / chapter.path.name
    watch = Watch(progress=progress)
    with tempfile.TemporaryDirectory(prefix="compendium-") as scratch:
        partial = Path(scratch) / chapter.path.name
        try:
            notebook = _execute(
                chapter, project, partial, parameters or {}, declared or {}, watch, fork
            )
            return keep(notebook, chapter, project)
        except FAILURES as error:
            if partial.exists():
                write(kept, partial.read_bytes())
            found = failure(
                error,
                watch,
                project.root,
                chapter=chapter.number,
                notebook=project.relative(chapter.path),
                kept=project.relative(kept) if kept.exists() else "",
            )
            write(kept.with_suffix(".json"), dumps(found.as_dict()))
            raise ChapterError(found) from error


@contextmanager
def _own_loop() -> Iterator[None]:
    """Give nbclient a loop to run in, and end what a failed cell left waiting there."""
    loop = ensure_event_loop()
    try:
        yield
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


def _execute(
    chapter: Chapter,
    project: Project,
    partial: Path,
    parameters: Mapping[str, Any],
    declared: Mapping[str, str],
    watch: Watch,
    fork: Fork | None,
) -> Any:
    config = Config()
    if os.name == "posix":
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(partial.parent / "socket")  # seen from any folder
    own = {"IPYTHONDIR": str(partial.parent), **declared}
    with warnings.catch_warnings(), _own_loop():
        warnings.simplefilter("ignore")  # papermill's and nbformat's, of no use to a reader
        return execute_notebook(
            str(chapter.path),
            str(partial),
            parameters=dict(parameters),
            engine_name="compendium",
            progress_bar=False,
            autosave_cell_every=0,
            config=config,
            folder=str(project.notebooks),
            environment=project.environment() | own,
            execution_timeout=project.timeout,
            watch=watch,
            fork=fork,
        )
