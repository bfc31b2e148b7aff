"""Runs the steps of a project whose inputs or results are not as their last run left them.

Each step is looked at when those it rests on are done, so that one that made the same again wakes
no other; steps that do not wait for each other run at once. From the first step that runs until a
build ends well there are no reports, so that no older one is taken for its result.

Build tools know files by name and time, or run a step when its maker ran; here both would be wrong,
and what is left of their work is an order, which the standard library knows.
"""

import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from importlib.util import cache_from_source
from pathlib import Path

from compendium.build import keeping
from compendium.build.graph import Graph
from compendium.build.progress import Progress
from compendium.build.steps import Changes, File, Run, Step, hashes
from compendium.chapter.catalogue import entries, vocabulary
from compendium.chapter.codebook import codebook
from compendium.chapter.formatting import LANGUAGES, words
from compendium.errors import BuildError, explained
from compendium.files import locked, sweep, write
from compendium.provenance.record import CRATE, Action
from compendium.provenance.write import write_crate
from compendium.report.colophon import build_page
from compendium.workspace import Workspace


@dataclass(frozen=True)
class Outcome:
    """A step and its state: "ran", "unchanged", "failed" or "left out".

    In a plan the state is "runs", "may run" or "unchanged". `reasons` tell what changed since its
    last run, such as "evallib/curves/shares.py changed"; `error` is what stopped it.
    """

    name: str
    state: str
    reasons: tuple[str, ...] = ()
    error: Exception | None = None

    @property
    def why(self) -> str:
        """The first reason, and how many there are besides; empty if there is none."""
        more = f" (and {len(self.reasons) - 1} more)" if len(self.reasons) > 1 else ""
        return f"{self.reasons[0]}{more}" if self.reasons else ""


def build(
    workspace: Workspace,
    progress: Progress | None = None,
    *,
    jobs: int = 2,
    keep_going: bool = False,
) -> list[Outcome]:
    """Run every step whose inputs changed and return what became of each.

    A step that failed is among the steps, with its error; the reports are then gone, and with them
    the crate, which a build that works leaves beside them.
    """
    forget_files()
    lock = workspace.memory / keeping.LOCK
    try:
        graph = graph_of(workspace, progress or Progress())
    except BaseException:
        with suppress(BuildError, OSError):
            if lock.is_file():
                with locked(lock):
                    keeping.drop_reports(workspace)  # unless they are those of a build that runs
        raise
    with _alone(workspace):
        try:
            return _run(graph, jobs, keep_going=keep_going)
        except BaseException:
            keeping.drop_reports(workspace)
            raise


def follow(graph: Graph, jobs: int) -> list[Outcome]:
    """Run the chapters that are stale, whatever an editor would find, and make no report.

    What they give counts for the next build. Kernels can be forked from the same process again.
    """
    steps = {step.name: replace(step, after=()) for step in graph.chapter_steps()}
    with _alone(graph.workspace):
        keeping.must_lie_inside(graph.workspace, _products(steps))
        outcomes = _carry_out_all(graph, steps, jobs, keep_going=True, stays=True)
        failed = {outcome.name for outcome in outcomes if outcome.error}
        mended = (c.name for c in graph.chapters if f"chapter {c.number}" not in failed)
        keeping.drop_failed(graph.workspace, mended)
        return outcomes


def forget_files() -> None:
    """Let catalogues, names and words be read anew; an earlier build may have read older ones."""
    for known in (entries, vocabulary, words, codebook):
        known.cache_clear()


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Write to a workspace's results as the only one who does."""
    with keeping.private():
        keeping.claim(workspace)
        with _ended_in_order(), locked(workspace.memory / keeping.LOCK):
            sweep()
            yield


def graph_of(workspace: Workspace, progress: Progress) -> Graph:
    """Return what is to be done; a run in one language leaves both alone if both are up to date.

    Else the other report would go, as not this run's, and with it the way to it from this one.
    """
    if workspace.languages and workspace.languages != LANGUAGES:
        both = Graph(replace(workspace, languages=LANGUAGES), progress)
        if not any(map(both.memory.changes, both.steps())):
            return both
    return Graph(workspace, progress)


def plan(workspace: Workspace) -> list[Outcome]:
    """Return what a build would do and why, without doing it or leaving a trace."""
    graph = graph_of(workspace, Progress())
    outcomes = []
    moving: set[str] = set()  # what steps may make anew
    for step in graph.steps():
        changes = graph.memory.changes(step)
        cascade = {name: "may change" for name in step.inputs if name in moving}
        sure = changes.keys() - cascade.keys()  # what is damaged may be as before when made anew
        state = "runs" if sure else "may run" if cascade else "unchanged"
        if state != "unchanged":
            moving |= step.products.keys()
        outcomes.append(Outcome(step.name, state, _reasons({**changes, **cascade})))
    return outcomes


def _run(graph: Graph, jobs: int, *, keep_going: bool) -> list[Outcome]:
    workspace = graph.workspace
    steps = {step.name: step for step in graph.steps()}
    keeping.must_lie_inside(workspace, _products(steps))
    _drop_gone(graph, steps)
    graph.progress.expect(list(steps), graph.expected)
    outcomes = _carry_out_all(graph, steps, jobs, keep_going=keep_going)
    told = {outcome.name for outcome in outcomes}
    outcomes += [Outcome(name, "left out") for name in steps if name not in told]
    if any(outcome.error for outcome in outcomes):
        keeping.drop_reports(workspace)
        return outcomes
    for step in steps.values():  # some were looked at before the first one began
        _put_back(graph, step)
    keeping.drop_failed(workspace, (chapter.name for chapter in graph.chapters))
    ran = any(outcome.state == "ran" for outcome in outcomes)
    if ran or not (workspace.out / CRATE).is_file():
        write_crate(workspace, [_action(graph, step) for step in steps.values()])
        runs = [(name, graph.memory.runs[name]) for name in steps]
        peaks = {f"chapter {c.number}": _peak(workspace, c.number) for c in graph.chapters}
        times = [
            (name, f"{run.began:%Y-%m-%d %H:%M:%S}", run.seconds, peaks.get(name))
            for name, run in runs
        ]
        for lang in workspace.languages:
            write(workspace.out / "report" / lang / "build.html", build_page(lang, times))
    return outcomes


def _products(steps: Mapping[str, Step]) -> list[Path]:
    """Return all files that steps make."""
    return [file.path for step in steps.values() for file in step.products.values()]


def _peak(workspace: Workspace, chapter: int) -> int | None:
    """Return the most memory a chapter's kernel held, in bytes, where that is known."""
    with suppress(OSError, ValueError):
        return int(workspace.peak(chapter).read_text("utf-8"))
    return None


def _carry_out_all(
    graph: Graph, steps: Mapping[str, Step], jobs: int, *, keep_going: bool, stays: bool = False
) -> list[Outcome]:
    """Run what must run, the heaviest first; after a failure, nothing more unless `keep_going`.

    The process that kernels are forked from ends, on Ctrl-C, too, unless it `stays` for more runs.
    """
    order = TopologicalSorter(_before(steps))
    order.prepare()
    weights = graph.weights(steps)
    outcomes: list[Outcome] = []
    ready: list[str] = []
    running: set[Future[Outcome]] = set()
    with ThreadPoolExecutor(jobs) as pool, nullcontext() if stays else closing(graph.kernels):
        graph.warm_up(steps)
        while True:
            ready = sorted([*ready, *order.get_ready()], key=lambda name: weights[name])
            more = keep_going or not any(outcome.error for outcome in outcomes)
            more = more and not graph.stopped
            while more and ready and len(running) < jobs:
                running.add(pool.submit(_carry_out, graph, steps[ready.pop()]))
            if not running:
                return outcomes
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for outcome in (future.result() for future in done):
                outcomes.append(outcome)
                if outcome.error is None:
                    order.done(outcome.name)


def _before(steps: Mapping[str, Step]) -> dict[str, set[str]]:
    """Return for each step those that make what it rests on."""
    makers: dict[str, str] = {}
    for step in steps.values():
        for name in step.products:
            other = makers.setdefault(name, step.name)
            if other != step.name:
                raise BuildError(f"{other} and {step.name} both make {name}: rename one")
    return {
        step.name: {makers[n] for n in step.inputs if n in makers} | {*step.after}
        for step in steps.values()
    }


def _carry_out(graph: Graph, step: Step) -> Outcome:
    """Run a step if anything changed since its last run."""
    try:
        dropped = _put_back(graph, step)  # of these the reason is told by what they rest on
        changes = graph.memory.changes(step)
        changes = {name: what for name, what in changes.items() if name not in dropped}
        outcome = Outcome(step.name, "ran" if changes else "unchanged", _reasons(changes))
        if changes:
            graph.progress.begin(step.name, outcome.why)
            _forget_bytecode(step, changes)
            _work(graph, step, changes)
    except Exception as error:  # noqa: BLE001  # told with all others at the end
        return Outcome(step.name, "failed", error=explained(error))
    else:
        return outcome
    finally:
        graph.progress.end(step.name)


def _put_back(graph: Graph, step: Step) -> set[str]:
    """Put a report that lies aside back, if nothing that it rests on has changed, else name it."""
    products = [file.path for file in step.products.values()]
    fresh = graph.memory.is_fresh(step)
    dropped = keeping.put_back(graph.workspace, products, fresh=fresh)
    return {name for name, file in step.products.items() if not fresh and file.path in dropped}


def _forget_bytecode(step: Step, changes: Changes) -> None:
    """Have Python compile anew what changed: it goes by time and size, which an edit can keep."""
    changed = (step.inputs[name] for name in changes if name in step.inputs)
    for path in (file.path for file in changed if isinstance(file, File)):
        if path.suffix == ".py":
            Path(cache_from_source(str(path))).unlink(missing_ok=True)


def _work(graph: Graph, step: Step, changes: Changes) -> None:
    """Do a step's work, and remember what it rested on, what it made and its time."""
    with graph.beginning:
        if not graph.begun:
            keeping.set_aside(graph.workspace)
            graph.begun = True
    inputs, last = hashes(step.inputs), graph.memory.runs.get(step.name)
    began, clock = datetime.now(UTC), time.monotonic()
    anew = step.work(changes) is not False
    seconds = round(time.monotonic() - clock, 3)
    if moved := [name for name, state in hashes(step.inputs).items() if state != inputs[name]]:
        raise BuildError(f"{moved[0]} changed while {step.name} ran: run again")
    products = hashes(step.products)
    if lost := [name for name, state in products.items() if state is None]:
        raise BuildError(
            f"{step.name} was to make {lost[0]}, and did not: write it in a cell, or take it "
            "out of “produces”"
        )
    if last is not None and not anew:
        began, seconds = last.began, last.seconds
    graph.memory.note(step.name, Run(began, seconds, inputs, products))


def _action(graph: Graph, step: Step) -> Action:
    """Return what the record tells of a step: no file of the build's own memory."""
    run = graph.memory.runs[step.name]
    own = (graph.workspace.full_memory, graph.workspace.exact)  # the build's, and never told
    files = {name: thing.path for name, thing in step.inputs.items() if isinstance(thing, File)}
    return Action(
        name=step.name,
        notebook=step.notebook,
        parameters=step.parameters,
        inputs={p: run.inputs[n] or "" for n, p in files.items() if not _within(p, own)},
        outputs=tuple(f.path for f in step.products.values() if not _within(f.path, own)),
        began=run.began.isoformat(timespec="milliseconds"),
        ended=run.ended.isoformat(timespec="milliseconds"),
    )


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _reasons(changes: Changes) -> tuple[str, ...]:
    return tuple(f"{name} {what}" for name, what in changes.items())


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Take it like Ctrl-C when another process asks the build to end, or its terminal is closed."""
    names = ("SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _drop_gone(graph: Graph, steps: Mapping[str, Step]) -> None:
    """Remove what steps of an earlier run made that are no more: it would pass for this run's."""
    workspace = graph.workspace
    kept = {name for step in steps.values() for name in step.products}
    made = {name for run in graph.memory.runs.values() for name in run.products}
    for path in map(workspace.located, made - kept):
        if not path.is_relative_to(workspace.memory):
            keeping.remove(workspace, path)
    keeping.drop_others(workspace, _products(steps))
    graph.memory.forget_others(steps)
