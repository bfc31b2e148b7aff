"""From whatever stopped a chapter to the one object that says where and why.

Papermill names neither the notebook nor the cell's id, and its traceback is mostly its own and the
libraries'. A reader needs the chapter, the cell, the failing line and the frames that an author of
this project wrote.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill import PapermillExecutionError

from compendium.errors import HIDDEN, CompendiumError, Failure, clean
from compendium.run.executed import is_code
from compendium.run.notebooks import Chapter
from compendium.workspace import ROOT, Workspace
from evallib.errors import EvalError


class InlineError(Exception):
    """An expression in prose failed."""


# a cell's timeout is a TimeoutError, a kernel's death a RuntimeError
FAILURES = (PapermillExecutionError, InlineError, CompendiumError, TimeoutError, RuntimeError)
_LINE = 20_000  # letters of a frame of a traceback
_FRAME = re.compile(r"^(?:File )?(?P<file>Cell In\[\d+\]|[^\n]*?\.py)(?:, line |:)(?P<line>\d+)")
_AROUND = 2  # lines shown before and after the failing one
_SENTENCE = 1_000  # letters of a library's error
_MOST = 20_000_000  # letters that one cell may show
_FLOOD = (
    f"the cell shows more than {_MOST // 1_000_000} MB; show a part of it, or write it to a file "
    "named in “produces” of the metadata"
)


@dataclass
class Watch:
    """What is running now: the cell, and how many code cells stand up to it.

    `hides` says that texts of errors may hold data; `shown` counts the letters of the cell's
    outputs; `peak` is the most memory its kernel held, in bytes, once all cells have run.
    """

    progress: Callable[[int, int], None] | None = None
    cell: Any = None
    count: int = 0
    hides: bool = False
    shown: int = 0
    peak: int | None = None

    def enter(self, cell: Any, before: Sequence[Any]) -> None:
        """Note the cell that runs next."""
        self.cell = cell
        self.count = sum(map(is_code, [*before, cell]))
        self.shown = 0

    def hear(self, content: dict[str, Any]) -> bool:
        """Take note of what a cell shows, and cut an error's text; False if it is too much."""
        if "evalue" in content:
            lines = content.get("traceback", ())
            content.update(evalue=clean(content["evalue"]), traceback=[t[:_LINE] for t in lines])
        texts = [content.get("text"), *content.get("data", {}).values()]
        self.shown += sum(len(text) for text in texts if isinstance(text, str))
        return self.shown <= _MOST


def failure(
    error: BaseException, watch: Watch, chapter: Chapter, workspace: Workspace, kept: Path
) -> Failure:
    """Describe an error that stopped a chapter; paths inside the root are shown without it."""
    root = workspace.root
    name, message, trace = map(clean, _told(error, watch))
    if isinstance(error, PapermillExecutionError) and not _is_ours(name, trace):
        message = HIDDEN if watch.hides else clean(message, _SENTENCE)
    source = watch.cell.source if watch.cell is not None else ""
    frames = _own_frames(trace, root)
    in_cell = [int(line) for file, line, _ in frames if file.startswith("Cell In")]
    if not in_cell and isinstance(error, InlineError):
        in_cell = [_line_of(message, source)]
    called = [f"{file}, line {line}{text}" for file, line, text in frames if ".py" in file]
    return Failure(
        chapter=chapter.number,
        notebook=workspace.relative(chapter.path),
        cell=watch.count,
        cell_id=watch.cell.get("id", "") if watch.cell is not None else "",
        error=name,
        message=message.replace(f"{root}/", ""),
        source=clean(_excerpt(source, in_cell[-1] if in_cell else 0)),
        traceback="\n".join(called),
        kept=workspace.relative(kept) if kept.exists() else "",
    )


def _is_ours(name: str, trace: str) -> bool:
    """Tell whether an error is one of ours by name, raised by code of ours.

    Its sentence was written to be read by anyone; a library's may hold what it was given.
    """
    known, waiting = set[str](), [CompendiumError, EvalError]
    while waiting:
        kind = waiting.pop()
        known.add(kind.__name__)
        waiting += kind.__subclasses__()
    files = [m["file"] for m in map(_FRAME.match, trace.splitlines()) if m]
    home = str(Path.home())  # which IPython abbreviates
    folders = [str(ROOT / package) for package in ("evallib", "compendium")]
    places = (*folders, *(folder.replace(home, "~", 1) for folder in folders))
    return name in known and bool(files) and files[-1].startswith(places)


def _told(error: BaseException, watch: Watch) -> tuple[str, str, str]:
    """Return (error name, message, traceback) of any way to fail."""
    if isinstance(error, PapermillExecutionError):
        return error.ename, error.evalue, "\n".join(error.traceback)
    if isinstance(error, InlineError):
        return "inline value", str(error), ""
    if isinstance(error, CellTimeoutError):
        return "timeout", "the cell ran longer than --timeout allows", ""
    if isinstance(error, DeadKernelError) and watch.shown > _MOST:
        return "too much output", _FLOOD, ""
    if isinstance(error, DeadKernelError):
        return "dead kernel", "the kernel ended by itself; was there memory enough?", ""
    return type(error).__name__, str(error), ""


def _own_frames(trace: str, root: Path) -> list[tuple[str, str, str]]:
    """Return (file, line number, code) of the frames an author of this project wrote."""
    found = []
    lines = trace.splitlines()
    for position, line in enumerate(lines):
        match = _FRAME.match(line)
        if match is None:
            continue
        file = match["file"]
        own = file.startswith(str(root)) or not file.startswith(("/", "~", "<", "."))
        if own and "site-packages" not in file and "/compendium/" not in file:
            arrow = next((t for t in lines[position + 1 :] if re.match(r"-+> ?\d+", t)), "")
            code = re.sub(r"^-+> ?\d+", "", arrow).strip()
            file = file.removeprefix(f"{root}/")
            found.append((file, match["line"], f"\n  {code}" if code else ""))
    return found


def _line_of(message: str, source: str) -> int:
    """Return the line of a prose cell that holds the expression a message starts with."""
    written = message.partition(": ")[0]
    return next((i for i, text in enumerate(source.splitlines(), 1) if written in text), 0)


def _excerpt(source: str, line: int) -> str:
    """Return the lines around one line, numbered, with an arrow at it; the first ones if 0."""
    lines = source.splitlines()
    first = max(line - 1 - _AROUND, 0) if line else 0
    shown = range(first, min(first + 2 * _AROUND + 1, len(lines)))
    return "\n".join(f"{'->' if i + 1 == line else '  '} {i + 1:>3} {lines[i]}" for i in shown)
