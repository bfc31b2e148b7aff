"""Runs the graph with pytask as a library: the console, the threads and the errors are ours.

Steps that do not wait for each other run at once. Only their own work does: what pytask does
before and after a step happens under one lock, as it was not written for threads. A build that
fails removes the reports, so that no older one is taken for its result.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytask
from _pytask.cli import DEFAULTS_FROM_CLI
from _pytask.console import console
from _pytask.pluginmanager import get_plugin_manager, hookimpl, storage
from pytask import ExitCode, Session, TaskOutcome, TaskWithoutPath

from compendium.errors import BuildError
from compendium.files import locked
from compendium.progress import Progress
from compendium.project import Project
from compendium.provenance import CRATE, Action, write_crate
from compendium.tasks import INPUTS, Graph, nodes_of


@dataclass(frozen=True)
class Step:
    """A step and its state: "ran", "unchanged", "failed" or "left out".

    In a plan the state is "runs", "may run" or "unchanged". `reasons` are the files that make it
    run; `error` is what stopped it.
    """

    name: str
    state: str
    reasons: tuple[str, ...] = ()
    error: BaseException | None = None


class Threads:
    """A pytask plugin that runs several steps at once, those first that took longest last time."""

    def __init__(self, jobs: int, graph: Graph, weights: Mapping[str, float]) -> None:
        self.jobs = jobs
        self.graph = graph
        self.weights = weights
        self.lock = threading.Lock()

    @hookimpl(tryfirst=True)
    def pytask_execute_build(self, session: Session) -> bool:
        """Hand out steps as they become ready; a failure stops new ones if the session says so."""
        scheduler: Any = session.scheduler
        scheduler.priorities = {t.signature: self.weights[t.name] for t in session.tasks}
        running: dict[Future[Any], str] = {}
        with ThreadPoolExecutor(self.jobs) as pool, closing(self.graph):  # on Ctrl-C, too
            while scheduler.is_active():
                while len(running) < self.jobs and not session.should_stop:
                    ready = scheduler.get_ready(1)
                    if not ready:
                        break
                    running[pool.submit(self._one, session, ready[0])] = ready[0]
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    session.execution_reports.append(future.result())
                    scheduler.done(running.pop(future))
        return True

    def _one(self, session: Session, signature: str) -> Any:
        task: Any = session.dag.nodes[signature]
        try:
            with self.lock:
                return session.hook.pytask_execute_task_protocol(session=session, task=task)
        finally:
            self.graph.progress.end(task.name)

    @hookimpl(wrapper=True)
    def pytask_execute_task(self) -> Iterator[None]:
        """Let go of the lock while the step does its own work."""
        self.lock.release()
        try:
            return (yield)
        finally:
            self.lock.acquire()


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
    with _or_no_reports(project):
        graph = Graph(project, progress or Progress())
    graph.state.mkdir(parents=True, exist_ok=True)
    with locked(graph.state / "lock"), _or_no_reports(project):  # another's build keeps its own
        return _run(graph, jobs, keep_going=keep_going)


def _run(graph: Graph, jobs: int, *, keep_going: bool) -> list[Step]:
    project = graph.project
    tasks = graph.tasks()
    graph.imports.remember()
    _drop_gone(graph, tasks)
    if not graph.times.runs:  # without times a step cannot be told about: it must run again
        (graph.state / "pytask.lock").unlink(missing_ok=True)
    graph.warm_up()
    session = _session(graph, tasks, graph.state, jobs, stop_after_first_failure=not keep_going)
    steps = [_step(report) for report in session.execution_reports]
    told = {step.name for step in steps}
    steps += [Step(task.name, "left out") for task in session.tasks if task.name not in told]
    if any(step.error for step in steps):
        _drop_reports(project)
        return steps
    shutil.rmtree(project.out / "failed", ignore_errors=True)
    if any(step.state == "ran" for step in steps) or not (project.out / CRATE).is_file():
        runs = graph.times.runs
        write_crate(project, [Action.of(t, project, runs[t.name]) for t in tasks if t.name in runs])
    return steps


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


def _drop_gone(graph: Graph, tasks: list[TaskWithoutPath]) -> None:
    """Remove what steps of an earlier run made that are no more: it would pass for this run's."""
    kept = {node.name for task in tasks for node in nodes_of(task.produces)}
    for task in _last_run(graph):
        for name in set(task.get("produces", ())) - kept:
            path = graph.project.root / name
            if path.is_relative_to(graph.project.out):
                path.unlink(missing_ok=True)


def plan(project: Project) -> list[Step]:
    """Return what a build would do and why, without doing it or leaving a trace."""
    graph = Graph(project, Progress())
    tasks = graph.tasks()
    with tempfile.TemporaryDirectory(prefix="compendium-") as scratch:
        memory = Path(scratch) / "memory"
        if graph.state.is_dir():
            shutil.copytree(graph.state, memory)
        else:
            memory.mkdir()
        session = _session(graph, tasks, memory, jobs=1, dry_run=True, explain=True)
    gone = _gone(graph, tasks)
    steps = {r.task.name: _step(r, gone[r.task.name]) for r in session.execution_reports}
    return [steps[task.name] for task in tasks]


def _gone(graph: Graph, tasks: list[TaskWithoutPath]) -> dict[str, list[str]]:
    """Return the inputs each step had in its last run and has no more."""
    before = {task["id"]: set(task.get("depends_on", ())) for task in _last_run(graph)}
    return {
        task.name: sorted(
            before.get(task.name, set()) - {n.name for n in nodes_of(task.depends_on)}
        )
        for task in tasks
    }


def _last_run(graph: Graph) -> list[dict[str, Any]]:
    """Return the steps of the last run as pytask remembers them."""
    try:
        text = (graph.state / "pytask.lock").read_text("utf-8")
        found: list[dict[str, Any]] = tomllib.loads(text).get("task", [])
    except (FileNotFoundError, ValueError):  # pytask itself says what is wrong with it
        return []
    return found


def _session(
    graph: Graph, tasks: list[TaskWithoutPath], memory: Path, jobs: int, **options: Any
) -> Session:
    manager = get_plugin_manager()
    manager.register(Threads(jobs, graph, graph.weights(tasks)))
    manager.unregister(name="_pytask.database")  # pytask.lock knows it all, in half the time
    storage.store(manager)
    console.quiet = True
    graph.progress.expect([task.name for task in tasks], graph.expected)
    settings = {
        **DEFAULTS_FROM_CLI,
        "command": "build",
        "tasks": tasks,
        "root": memory,
        "config": None,
        "paths": [memory],
        "capture": "no",
        "verbose": 0,
        "show_traceback": False,
        "max_failures": float("inf"),
        "stop_after_first_failure": False,
    }
    session = pytask.build(**{**settings, **options})
    if session.exit_code not in (ExitCode.OK, ExitCode.FAILED):
        name = session.exit_code.name.lower().replace("_", " ")
        raise BuildError(f"{name}: the build's memory is damaged; remove {graph.state}")
    return session


def _step(report: Any, gone: Sequence[str] = ()) -> Step:
    states = {
        TaskOutcome.SUCCESS: "ran",
        TaskOutcome.SKIP_UNCHANGED: "unchanged",
        TaskOutcome.SKIP_PREVIOUS_FAILED: "left out",
        TaskOutcome.FAIL: "failed",
        TaskOutcome.WOULD_BE_EXECUTED: "runs",
    }
    state = states[report.outcome]
    error = report.exc_info[1] if state == "failed" else None
    explanation = report.task.attributes.get("explanation")
    found = explanation.reasons if explanation else []
    if state == "runs" and any(reason.reason == "cascade" for reason in found):
        state = "may run"
    why = {
        "changed": "changed",
        "missing": "is missing",
        "not_in_db": "is new",
        "cascade": "may change",
    }
    # a list that changed says itself by what is new in it and what is gone
    told = [r for r in found if not (r.node_name.endswith(INPUTS) and r.reason == "changed")]
    reasons = [f"{name} is gone" for name in gone]
    reasons += [f"{r.node_name} {why.get(r.reason, r.reason)}" for r in told]
    return Step(report.task.name, state, tuple(reasons), error)
