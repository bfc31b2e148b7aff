"""Runs the steps of a project whose inputs or results are not as their last run left them.

Each step is looked at when those it rests on are done, so that one that made the same again wakes
no other; steps that do not wait for each other run at once. A build that fails removes the reports,
so that no older one is taken for its result.

Build tools know files by name and time, or run a step when its maker ran; here both would be wrong,
and what is left of their work is an order, which the standard library knows.
"""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from graphlib import TopologicalSorter

from compendium.build.memory import Run, states
from compendium.build.nodes import Changes, Task
from compendium.build.progress import Progress
from compendium.build.tasks import Graph
from compendium.errors import BuildError, StorageError
from compendium.files import locked
from compendium.project import Project
from compendium.record.provenance import CRATE, Action, write_crate


@dataclass(frozen=True)
class Step:
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
    project: Project,
    progress: Progress | None = None,
    *,
    jobs: int = 2,
    keep_going: bool = False,
) -> list[Step]:
    """Run every step whose inputs changed and return what became of each.

    A step that failed is among the steps, with its error; the reports are then gone, and with them
    the crate, which a build that works leaves beside them.
    """
    try:
        graph = Graph(project, progress or Progress())
    except BaseException:
        with suppress(BuildError, FileNotFoundError), locked(project.memory / "lock"):
            _drop_reports(project)  # unless they are those of a build that runs
        raise
    project.memory.mkdir(parents=True, exist_ok=True)
    with _ended_in_order(), locked(project.memory / "lock"), _or_no_reports(project):
        return _run(graph, jobs, keep_going=keep_going)


def plan(project: Project) -> list[Step]:
    """Return what a build would do and why, without doing it or leaving a trace."""
    graph = Graph(project, Progress())
    steps = []
    moving: set[str] = set()  # what steps may make anew
    for task in graph.tasks():
        changes = graph.memory.changes(task)
        cascade = {name: "may change" for name in task.inputs if name in moving}
        sure = changes.keys() - cascade.keys()  # what is damaged may be as before when made anew
        state = "runs" if sure else "may run" if cascade else "unchanged"
        if state != "unchanged":
            moving |= task.products.keys()
        steps.append(Step(task.name, state, _reasons({**changes, **cascade})))
    return steps


def _run(graph: Graph, jobs: int, *, keep_going: bool) -> list[Step]:
    project = graph.project
    tasks = {task.name: task for task in graph.tasks()}
    graph.imports.remember()
    _drop_gone(graph, tasks)
    graph.progress.expect(list(tasks), graph.expected)
    steps = _carry_out_all(graph, tasks, jobs, keep_going=keep_going)
    told = {step.name for step in steps}
    steps += [Step(name, "left out") for name in tasks if name not in told]
    if any(step.error for step in steps):
        _drop_reports(project)
        return steps
    shutil.rmtree(project.out / "failed", ignore_errors=True)
    if any(step.state == "ran" for step in steps) or not (project.out / CRATE).is_file():
        runs = graph.memory.runs
        write_crate(project, [Action.of(task, project, runs[name]) for name, task in tasks.items()])
    return steps


def _carry_out_all(
    graph: Graph, tasks: Mapping[str, Task], jobs: int, *, keep_going: bool
) -> list[Step]:
    """Run what must run, the heaviest first; after a failure, nothing more unless `keep_going`."""
    order = TopologicalSorter(_before(tasks))
    order.prepare()
    weights = graph.weights(tasks.values())
    steps: list[Step] = []
    ready: list[str] = []
    running: set[Future[Step]] = set()
    with ThreadPoolExecutor(jobs) as pool, closing(graph):  # on Ctrl-C, too
        graph.warm_up(tasks)
        while True:
            ready = sorted([*ready, *order.get_ready()], key=lambda name: weights[name])
            more = keep_going or not any(step.error for step in steps)
            while more and ready and len(running) < jobs:
                running.add(pool.submit(_carry_out, graph, tasks[ready.pop()]))
            if not running:
                return steps
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for step in (future.result() for future in done):
                steps.append(step)
                if step.error is None:
                    order.done(step.name)


def _before(tasks: Mapping[str, Task]) -> dict[str, set[str]]:
    """Return for each step those that make what it rests on."""
    makers: dict[str, str] = {}
    for task in tasks.values():
        for name in task.products:
            other = makers.setdefault(name, task.name)
            if other != task.name:
                raise BuildError(f"{other} and {task.name} both make {name}: rename one")
    return {
        task.name: {makers[name] for name in task.inputs if name in makers}
        for task in tasks.values()
    }


def _carry_out(graph: Graph, task: Task) -> Step:
    """Run a step if anything changed since its last run."""
    try:
        changes = graph.memory.changes(task)
        step = Step(task.name, "ran" if changes else "unchanged", _reasons(changes))
        if changes:
            graph.progress.begin(step.name, step.why)
            _work(graph, task, changes)
    except Exception as error:  # noqa: BLE001  # told with all others at the end
        fault = StorageError.of(error) if isinstance(error, OSError) else None
        return Step(task.name, "failed", error=fault or error)
    else:
        return step
    finally:
        graph.progress.end(task.name)


def _work(graph: Graph, task: Task, changes: Changes) -> None:
    """Do a step's work, and remember what it rested on, what it made and its time."""
    (graph.project.out / CRATE).unlink(missing_ok=True)  # it no longer tells the truth
    inputs, last = states(task.inputs), graph.memory.runs.get(task.name)
    began, clock = datetime.now(UTC), time.monotonic()
    anew = task.work(changes) is not False
    seconds = round(time.monotonic() - clock, 3)
    if moved := [name for name, state in states(task.inputs).items() if state != inputs[name]]:
        raise BuildError(f"{moved[0]} changed while {task.name} ran: run again")
    products = states(task.products)
    if lost := [name for name, state in products.items() if state is None]:
        raise BuildError(
            f"{task.name} was to make {lost[0]}, and did not: write it in a cell, or take it "
            "out of “produces”"
        )
    if last is not None and not anew:
        began, seconds = last.began, last.seconds
    graph.memory.note(task.name, Run(began, seconds, inputs, products))


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


@contextmanager
def _or_no_reports(project: Project) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _drop_reports(project)
        raise


def _drop_reports(project: Project) -> None:
    """Remove reports and crate: after a run that did not end well they would look complete."""
    for path in (project.out / CRATE, *(project.out / "report").glob("*/report.*")):
        with suppress(OSError):
            path.unlink()


def _drop_gone(graph: Graph, tasks: Mapping[str, Task]) -> None:
    """Remove what steps of an earlier run made that are no more: it would pass for this run's."""
    project = graph.project
    kept = {name for task in tasks.values() for name in task.products}
    made = {name for run in graph.memory.runs.values() for name in run.products}
    made |= {project.relative(path) for path in (project.out / "report").glob("*/report.*")}
    for path in (project.root / name for name in made - kept):
        if path.is_relative_to(project.out):
            path.unlink(missing_ok=True)
    graph.memory.forget_others(tasks)
