"""The report as it stands while its author writes: run what is stale, and tell what changed.

Chapters run as in a build, and what they gave counts for the next one. As soon as one is through
its pages are made, and those that rest on it run afterwards. What has faults is shown, too. A save
while chapters run ends them: they would show what is no more.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compendium.build.build import follow, forget_files
from compendium.build.graph import Graph
from compendium.build.imports import Imports
from compendium.build.progress import Progress
from compendium.errors import HIDDEN, CompendiumError, clean, explained
from compendium.report.cells import forget_library
from compendium.report.document import Document, render
from compendium.report.html import PLACE, Page, report_page
from compendium.report.kept import Kept
from compendium.workspace import ROOT, Workspace

Message = Mapping[str, Any]
_LIBRARY, _MAKER = ROOT / "evallib", ROOT / "compendium"
_OLD = (
    "chapters run with {} as it is now, and pages are made with it as it was: end the preview with "
    "Ctrl-C and start it again"
)


@dataclass
class Shown:
    """A page as a browser has it: which one of its line it is, and what was kept in making it."""

    page: Page
    number: int = 0
    kept: Kept = field(default_factory=Kept)


class Session:
    """Follows a workspace; `tell` hears what concerns a language's readers, or all of them."""

    def __init__(
        self, workspace: Workspace, jobs: int, tell: Callable[[str, Message], None]
    ) -> None:
        self.workspace, self.jobs, self.tell = replace(workspace, draft=True), jobs, tell
        self.shown: dict[str, Shown] = {}
        self.state: dict[str, Any] = {"faults": [], "running": "the chapters are read"}
        self._faults_of_pages: dict[str, str] = {}
        self._graph: Graph | None = None
        self._lock = threading.RLock()  # pages are made one at a time
        self._ended = False
        self._old: set[str] = set()  # code that has changed since the preview began

    def update(self, changed: Iterable[Path] = ()) -> None:
        """Run what is stale, and show it."""
        paths = [*changed]
        self._old |= {path.name for path in paths if path.is_relative_to(_MAKER)}
        faults = [_OLD.format(", ".join(sorted(self._old)))] if self._old else []
        graph = None
        try:
            graph = self._following(paths)
            outcomes = follow(graph, self.jobs)
            faults += [self._told(outcome.error) for outcome in outcomes if outcome.error]
            if all(outcome.state != "ran" for outcome in outcomes):  # else it is shown
                self._show(graph)
        except Exception as error:  # noqa: BLE001  # told in the page
            faults.append(self._told(error))
        if not (graph and graph.stopped):  # else what was cut short failed, and runs again
            faults += dict.fromkeys(self._faults_of_pages.values())
            self.tell_all(faults=list(dict.fromkeys(faults)), running="")

    def tell_all(self, **state: Any) -> None:
        """Tell all readers what runs or what is wrong, and those who come later."""
        self.state |= state
        self.tell("", state)

    def stop(self, *, for_good: bool = False) -> None:
        """End what runs: it rests on what has changed."""
        self._ended |= for_good
        if self._graph is not None:
            self._graph.stopped = True
            kernels = self._graph.kernels
            (kernels.close if for_good else kernels.stop)()

    def page(self, lang: str) -> str:
        """Return the page to begin with; its pieces can be told apart."""
        with self._lock:
            if lang not in self.shown:
                self.shown[lang] = Shown(Page("", {}))
                self._show(self._graph or Graph(self.workspace, Progress()), lang)
            return marked(self.shown[lang].page)

    def pdf(self, lang: str) -> bytes:
        """Return the report as it stands as a PDF."""
        return render(self._document(self._graph or Graph(self.workspace, Progress()), lang), "pdf")

    def _following(self, paths: Iterable[Path]) -> Graph:
        """Return the steps as they are now; code that changed is read and imported anew."""
        forget_files()
        graph = Graph(self.workspace, _Following(self), self._graph)
        if any(path.suffix == ".py" for path in paths):
            graph.imports = Imports(graph.imports.folders)
        if any(path.is_relative_to(_LIBRARY) for path in paths):  # its source stands in the page
            forget_library()
        graph.stopped, self._graph = self._ended, graph
        return graph

    def _show(self, graph: Graph, *languages: str) -> None:
        """Make the pages that somebody reads again, and tell what changed in them."""
        with self._lock:
            for lang in languages or tuple(self.shown):
                shown = self.shown[lang]
                try:
                    page = report_page(self._document(graph, lang), shown.kept)
                except Exception as error:  # noqa: BLE001  # told in the page
                    self._faults_of_pages[lang] = self._told(error)
                    continue
                self._faults_of_pages.pop(lang, None)
                shown.kept.sweep()
                if change := difference(shown.page, page):
                    shown.page, shown.number = page, shown.number + 1
                    self.tell(lang, {**change, "number": shown.number})

    def _document(self, graph: Graph, lang: str) -> Document:
        document = graph.document(lang)  # without ways to pages that no preview makes
        return replace(document, about=replace(document.about, languages=()))

    def _told(self, error: Exception) -> str:
        known = explained(error)
        hidden = self.workspace.hides and not isinstance(known, CompendiumError)
        text = HIDDEN if hidden else clean(str(known))
        return text if isinstance(known, CompendiumError) else f"{type(error).__name__}: {text}"


class _Following(Progress):
    """Tells the readers which cell runs, and has a chapter shown when it is through."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def show(self, step: str = "", why: str = "") -> None:
        """Tell what runs."""
        del step, why
        if running := "; ".join(run.name + run.cells for run in self.running.values()):
            self.session.tell_all(running=running)

    def end(self, step: str) -> None:
        """Show what a step gave, before those that rest on it begin."""
        ran = step in self.running
        super().end(step)
        graph = self.session._graph  # noqa: SLF001 - its own
        if ran and graph and not graph.stopped:
            self.session._show(graph)  # noqa: SLF001
        if ran:
            self.show()


def names(pieces: Iterable[str]) -> dict[str, str]:
    """Return pieces by a name of their content; equal ones in a place are counted."""
    named: dict[str, str] = {}
    for piece in pieces:
        name = hashlib.blake2b(piece.encode(), digest_size=8).hexdigest()
        while name in named:
            name += "+"
        named[name] = piece
    return named


def marked(page: Page) -> str:
    """Return a page with comments that say where a place and each of its pieces begin."""

    def filled(place: Any) -> str:
        pieces = names(page.pieces[place[1]]).items()
        inner = "".join(f"<!--={name}-->{piece}" for name, piece in pieces)
        return f"<!--[{place[1]}-->{inner}<!--]-->"

    return PLACE.sub(filled, page.frame)


def difference(before: Page, after: Page) -> Message:
    """Return what a browser needs to get from one page to another: new pieces, and their order.

    Examples
    --------
    >>> change = difference(Page("f", {"a": ("x", "y")}), Page("f", {"a": ("x", "z")}))
    >>> [*change["places"]["a"]["new"].values()], len(change["places"]["a"]["order"])
    (['z'], 2)
    >>> difference(Page("f", {}), Page("g", {}))
    {'reload': True}
    """
    if before.frame != after.frame:
        return {"reload": True}
    places = {}
    for place, pieces in after.pieces.items():
        if pieces != before.pieces[place]:
            known, named = names(before.pieces[place]), names(pieces)
            new = {name: piece for name, piece in named.items() if name not in known}
            places[place] = {"order": [*named], "new": new}
    return {"places": places} if places else {}
