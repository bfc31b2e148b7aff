"""Runs one chapter, and tells exactly where it failed if it does.

Papermill runs the cells; this engine adds what it lacks. Parameters were checked before (see
notebooks.py), so no kernel starts in vain. Expressions in prose are evaluated in document order, as
the cells between them change the names. What the run was asked for and the chapter may read stands
in a file of settings beside it. Kernels talk over files, not ports, where the system can: the build
then needs not even a loopback network. The working folder is given to the kernel alone; papermill's
own way changes it for the whole process, and two chapters may run at once.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL
from typing import Any, cast

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import ensure_event_loop, run_sync
from nbclient.exceptions import DeadKernelError
from papermill import execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets import Callable as CallableTrait
from traitlets.config import Config

from compendium.chapter.formatting import LANGUAGES
from compendium.chapter.inline import expressions
from compendium.chapter.people import STARTUP
from compendium.errors import HIDDEN, ChapterError, ExhibitError, NotebookError
from compendium.files import dumps, scratch_folder, socket_folder, write
from compendium.run.executed import keep, kept_of_failure
from compendium.run.failures import FAILURES, InlineError, Watch, failure
from compendium.run.forkserver import Forked
from compendium.run.notebooks import Chapter
from compendium.run.outputs import must_hold
from compendium.run.processes import most_memory
from compendium.workspace import WITHHELD, Workspace
from evallib.errors import VARIABLE
from evallib.settings import REGISTER

Fork = Callable[[list[str], dict[str, str]], Forked]  # from arguments and environment

SETTINGS = "settings.json"
_FORKED = "compendium-forked"
_RUNNING: set[Client] = set()
_KERNEL = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
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


class KernelClient(AsyncKernelClient):
    """Jupyter's client of a kernel, ready when kernel and output channel answer.

    The stock one then waits a fifth of a second for messages that belong to no cell.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - stock
        """Wait until the kernel answers, or raise DeadKernelError or TimeoutError."""
        for _ in range(int(timeout or 60)):
            with suppress(TimeoutError, Empty):
                await self.kernel_info(reply=True, timeout=1)
                await self.get_iopub_msg(timeout=0.2)
                return
            if not await self.is_alive():
                raise DeadKernelError("it ended before it answered")
        raise TimeoutError(
            "the kernel does not answer: free the machine of other work, and run again"
        )


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill ships no types
    """Papermill's client, with expressions in prose evaluated at their place."""

    watch: Watch
    fork: Fork | None

    def create_kernel_manager(self) -> Any:
        """Have the kernel forked if there is a process to fork it from.

        It is that of this environment, whatever other kernels of its name Jupyter would find.
        """
        manager = super().create_kernel_manager()
        manager._kernel_spec = KernelSpec(argv=_KERNEL, language="python")  # noqa: SLF001 - no setter
        manager.client_factory = KernelClient
        if self.fork is not None:
            known = KernelProvisionerFactory.instance().provisioners
            known[_FORKED] = EntryPoint(_FORKED, f"{__name__}:Provisioner", "")
            config = {"provisioner_name": _FORKED, "config": {"fork": self.fork}}
            manager.kernel_spec.metadata["kernel_provisioner"] = config
        return manager

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

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take in what a cell shows; one that shows without end is stopped."""
        if not self.watch.hear(msg["content"]):
            with suppress(ProcessLookupError):  # it was stopped already
                self.km.provisioner.process.kill()
            return None
        return super().process_message(msg, cell, cell_index)

    def papermill_execute_cells(self) -> None:
        """Run all cells, and see how much memory that took before the kernel ends."""
        super().papermill_execute_cells()
        self.watch.peak = most_memory(getattr(self.km.provisioner, "pid", None))

    async def _evaluate(self, names: list[str]) -> list[dict[str, Any]]:
        asked = {str(i): _EVALUATE.format(name) for i, name in enumerate(names)}
        message = self.kc.execute("", silent=True, user_expressions=asked)
        reply = await self.async_wait_for_reply(message)
        results = reply["content"].get("user_expressions", {})
        stored = []
        for i, name in enumerate(names):
            result = results.get(str(i), {"status": "error", "evalue": "the kernel gave no answer"})
            if result["status"] != "ok":
                if result.get("ename") != ExhibitError.__name__ and self.watch.hides:
                    raise InlineError(f"{{eval}}`{name}`: {result.get('ename')}, {HIDDEN}")
                text = f"{result.get('ename')}: {result.get('evalue')}"
                raise InlineError(text.removeprefix("ExhibitError: "))
            stored.append({"expression": name, "result": result})
        return stored


class ChapterEngine(Engine):  # type: ignore[misc]
    """The engine papermill is asked for by name."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run all cells in a kernel of their own, in the folder of the chapters."""
        workspace, scratch = options["workspace"], options["scratch"]
        config = Config()
        if os.name == "posix":
            config.KernelManager.transport = "ipc"
            config.KernelManager.ip = str(options["sockets"] / "socket")  # seen from any folder
        client = Client(
            nb_man,
            kernel_name=kernel_name,
            timeout=workspace.timeout,
            resources={"metadata": {"path": str(workspace.notebooks)}},
            config=config,
            shutdown_kernel="immediate",
            on_cell_executed=_refuse_exit,
        )
        client.fork, client.watch = options["fork"], options["watch"]
        folder = str(scratch)
        own = {"IPYTHONDIR": folder, "TMPDIR": folder, VARIABLE: str(scratch / SETTINGS)}
        path, nb_man.output_path = nb_man.output_path, None  # saved once, not twice a cell
        _RUNNING.add(client)
        try:
            client.execute(env=workspace.environment() | own, stdout=DEVNULL, stderr=DEVNULL)
        finally:
            _RUNNING.discard(client)
            nb_man.output_path = path


def _refuse_exit(execute_reply: Mapping[str, Any], **_: Any) -> None:
    """Tell of exit() where it stands: papermill takes what came before for all of the chapter."""
    reply = execute_reply["content"]
    asked = any(item.get("source") == "ask_exit" for item in reply.get("payload", ()))
    if asked or reply.get("ename") == SystemExit.__name__:
        raise NotebookError("the cell ends the run; take exit(), quit() or sys.exit() out")


def stop_all() -> None:
    """End every kernel that runs; the chapters then fail at once instead of going on."""
    for client in list(_RUNNING):
        provisioner = getattr(client.km, "provisioner", None)
        if provisioner is not None and provisioner.process is not None:  # else it is starting
            with suppress(ProcessLookupError):  # it has just ended
                provisioner.process.kill()


papermill_engines.register("compendium", ChapterEngine)


def run_chapter(
    chapter: Chapter,
    workspace: Workspace,
    parameters: Mapping[str, Any] | None = None,
    *,
    after: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    fork: Fork | None = None,
) -> dict[str, Any]:
    """Run a chapter; write its executed notebook and values file.

    Parameters
    ----------
    chapter, workspace
        The source, and where everything is.
    parameters
        Values of its parameters, checked; the others keep their defaults.
    after
        Labels of the chapters whose recorded values it may read, such as "04"; all if left out.
    progress
        Called as each cell begins, with its position and the number of cells.
    fork
        Starts a kernel's process; left out, a Python is started anew.

    Returns
    -------
    dict
        The executed notebook.

    Raises
    ------
    ChapterError
        If a cell or an expression fails; `failed/` of the output folder then keeps the partial
        notebook and, as JSON, the failure.
    """
    watch, secret = Watch(progress=progress, hides=workspace.hides), secrets.token_hex()
    with scratch_folder() as scratch, socket_folder(scratch) as sockets:
        partial = scratch / chapter.path.name
        told = settings(chapter, workspace, after) | {"secret": secret}
        write(scratch / SETTINGS, dumps(told))
        if workspace.hides:
            write(scratch / "profile_default" / "startup" / "people.py", STARTUP)
        try:
            with warnings.catch_warnings(), _own_loop():
                warnings.simplefilter("ignore")  # papermill's and nbformat's
                notebook = execute_notebook(
                    str(chapter.path),
                    str(partial),
                    parameters=dict(parameters or {}),
                    engine_name="compendium",
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    autosave_cell_every=0,
                    workspace=workspace,
                    scratch=scratch,
                    sockets=sockets,
                    watch=watch,
                    fork=fork,
                )
            must_hold(notebook, chapter, workspace, watch, secret)
            write(workspace.peak(chapter.number), str(watch.peak or ""))
            return keep(notebook, chapter, workspace)
        except FAILURES as error:
            raise _failed(error, watch, chapter, workspace, partial) from error


def _failed(
    error: Exception, watch: Watch, chapter: Chapter, workspace: Workspace, partial: Path
) -> ChapterError:
    """Keep what there is of a chapter that failed, and say where it did."""
    kept = workspace.out / "failed" / chapter.path.name
    if partial.exists():
        write(kept, kept_of_failure(partial.read_text("utf-8"), workspace))
    found = failure(error, watch, chapter, workspace, kept)
    write(kept.with_suffix(".json"), dumps(asdict(found)))
    return ChapterError(found)


def settings(chapter: Chapter, workspace: Workspace, after: Sequence[str] | None) -> dict[str, Any]:
    """Return what the chapter's kernel is told: where all is, and what the chapter declares."""
    return {
        "root": str(workspace.root),
        "data": str(workspace.data),
        "tables": list(chapter.tables),
        REGISTER: str(workspace.full_memory / REGISTER),
        "hint": "Add it to “tables” in the chapter's metadata, by which the build knows when to "
        "run the chapter again.",
        "out": str(workspace.out),
        "after": None if after is None else list(after),
        "chapter": chapter.name,
        "languages": [chapter.language] if chapter.language else list(LANGUAGES),
        "untranslated": bool(chapter.language or workspace.choices or workspace.draft),
        "release": bool(workspace.release),
        "exact": str(workspace.exact) if workspace.release else None,
        "withheld": str(workspace.exact / WITHHELD) if workspace.release else None,
    }


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
