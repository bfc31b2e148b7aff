"""Runs one chapter, and tells exactly where it failed if it does.

Papermill runs the cells; this engine adds what it lacks. Parameters were checked before (see
notebooks.py), so no kernel starts in vain. Expressions in prose are evaluated in document order, as
the cells between them change the names. Kernels talk over files, not ports, where the system can:
the build then needs not even a loopback network. The working folder is given to the kernel alone;
papermill's own way changes it for the whole process, and two chapters may run at once.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from jupyter_core.utils import ensure_event_loop, run_sync
from papermill import execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from compendium.errors import ChapterError
from compendium.executed import clean, values
from compendium.failures import FAILURES, InlineError, Watch, failure
from compendium.files import dumps, write
from compendium.inline import expressions
from compendium.notebooks import Chapter
from compendium.project import Project

_EVALUATE = "__import__('compendium.exhibits', fromlist=['inline']).inline({!r}, globals())"


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill ships no types
    """Papermill's client, with expressions in prose evaluated at their place."""

    watch: Watch

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
        )
        client.watch = options["watch"]
        client.execute(env=options["environment"], stdout=DEVNULL, stderr=DEVNULL)


papermill_engines.register("compendium", ChapterEngine)


def run_chapter(
    chapter: Chapter,
    project: Project,
    parameters: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Run a chapter; write its executed notebook and values file, and return the notebook.

    The project says where the files go and what the kernel sees. Raises ChapterError when a cell or
    an expression fails; the partial notebook is then kept in `failed/` of the output folder.
    """
    kept = project.out / "failed" / chapter.path.name
    kept.unlink(missing_ok=True)
    watch = Watch(progress=progress)
    with tempfile.TemporaryDirectory(prefix="compendium-") as scratch:
        partial = Path(scratch) / chapter.path.name
        try:
            notebook = _execute(chapter, project, parameters, watch, partial)
            cleaned = clean(notebook, chapter.number, project.root)
            recorded = values(cleaned, chapter.number)
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
            raise ChapterError(found) from error
    write(project.out / "notebooks" / chapter.path.name, _as_written(cleaned))
    write(project.out / chapter.values_file, dumps(recorded))
    return cleaned


def _execute(
    chapter: Chapter,
    project: Project,
    parameters: Mapping[str, Any] | None,
    watch: Watch,
    partial: Path,
) -> Any:
    config = Config()
    if os.name == "posix":
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(partial.parent / "socket")  # seen from any folder
    home = {"IPYTHONDIR": str(partial.parent)}
    with warnings.catch_warnings(), closing(ensure_event_loop()):  # the loop nbclient runs in
        warnings.simplefilter("ignore")  # papermill's and nbformat's, of no use to a reader
        return execute_notebook(
            str(chapter.path),
            str(partial),
            parameters=dict(parameters or {}),
            engine_name="compendium",
            progress_bar=False,
            autosave_cell_every=0,
            config=config,
            folder=str(project.notebooks),
            environment=project.environment() | home,
            execution_timeout=project.timeout,
            watch=watch,
        )


def _as_written(notebook: Any) -> str:
    import nbformat

    return str(nbformat.writes(notebook, version=4)) + "\n"  # type: ignore[no-untyped-call]
