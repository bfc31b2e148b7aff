"""Where a build may write, and what it may delete: its own folder, and there what it made.

A folder is a build's own if one has made its memory there. In another folder that holds anything
under the names of results, nothing is written and nothing removed. Paths come from the names of
chapters, their metadata and the memory, so each is looked at as it lies on disk: one that leaves
the folder, by `..` or by a link, is not followed.

While a step runs, the reports of the run before lie aside in the memory, so that a build killed at
any moment leaves no report beside results it was not made of. Each comes back if all that it rests
on came out as before.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from compendium.chapter.formatting import LANGUAGES
from compendium.errors import StorageError
from compendium.provenance.record import CRATE
from compendium.report.document import EXHIBITS, RENDERERS
from compendium.workspace import Workspace

LOCK = "lock"
_RESULTS = ("executed", "failed", "notebooks", "report", "values", "workflow", CRATE)


@contextmanager
def private() -> Iterator[None]:
    """Let all that is made, by child processes too, be readable by its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def claim(workspace: Workspace) -> None:
    """Make the folder of the memory, or raise StorageError if the results cannot lie there."""
    out = workspace.out
    for name in _RESULTS if not (workspace.memory / LOCK).is_file() else ():
        if os.path.lexists(out / name):
            raise StorageError(
                f"{out / name} was made by no build that is remembered there: "
                "move it away, or choose another folder with --out"
            )
    if not is_inside(out, workspace.memory):
        raise StorageError(f"{workspace.memory} is a link: remove it, or choose another --out")
    try:
        workspace.memory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the results cannot be written ({out}): choose another folder with --out"
        ) from error


def must_lie_inside(workspace: Workspace, paths: Iterable[Path]) -> None:
    """Raise StorageError if one of the files a build will write lies elsewhere, by a link."""
    folders = {path.parent for path in paths if path.is_relative_to(workspace.out)}
    for folder in folders | {workspace.out / name for name in ("failed", "report", "workflow")}:
        if not is_inside(workspace.out, folder):
            raise StorageError(
                f"{workspace.relative(folder)} leads out of {workspace.out}: remove the link"
            )


def is_inside(folder: Path, path: Path) -> bool:
    """Tell whether a path lies in a folder, and no part of it below that folder is a link."""
    if not path.is_relative_to(folder) or ".." in path.parts:
        return False
    parts = path.relative_to(folder).parts
    return not any(folder.joinpath(*parts[:n]).is_symlink() for n in range(1, len(parts) + 1))


def remove(workspace: Workspace, path: Path) -> None:
    """Remove a file of this build, if it lies in its folder."""
    if is_inside(workspace.out, path.parent):
        with suppress(OSError):
            path.unlink()


def set_aside(workspace: Workspace) -> None:
    """Take the crate away and the reports aside: a step begins to make other results."""
    remove(workspace, workspace.out / CRATE)
    for path, aside in _reports(workspace):
        if path.is_file():
            aside.parent.mkdir(parents=True, exist_ok=True)
            path.replace(aside)


def put_back(workspace: Workspace, products: Iterable[Path], *, fresh: bool) -> set[Path]:
    """Put a report back in its place if it is as the build would make it; return what was not."""
    made, dropped = {*products}, set[Path]()
    for path, aside in _reports(workspace):
        if path in made and aside.is_file():
            if fresh and not path.exists():
                aside.replace(path)
            else:
                aside.unlink()
                dropped.add(path)
    return dropped


def drop_reports(workspace: Workspace) -> None:
    """Remove reports and crate: after a run that did not end well they would look complete."""
    remove(workspace, workspace.out / CRATE)
    drop_others(workspace, ())


def drop_others(workspace: Workspace, kept: Collection[Path]) -> None:
    """Remove reports that this run does not make."""
    for path, aside in _reports(workspace):
        if path not in kept:
            remove(workspace, path)
            remove(workspace, aside)


def drop_failed(workspace: Workspace, chapters: Iterable[str]) -> None:
    """Remove what failures of these chapters left; `chapters` are names of notebooks."""
    folder = workspace.out / "failed"
    for name in chapters:
        for ending in (".ipynb", ".json"):
            remove(workspace, folder / f"{name}{ending}")
    with suppress(OSError):  # others' files are in it
        folder.rmdir()


def _reports(workspace: Workspace) -> Iterator[tuple[Path, Path]]:
    """Yield where each report may lie, and where it lies aside."""
    for lang in LANGUAGES:
        for name in (*(f"report.{kind}" for kind in RENDERERS), EXHIBITS):
            place = Path(lang) / name
            yield workspace.out / "report" / place, workspace.memory / "aside" / place
