"""Runs the graph with pytask as a library: the console, the threads and the errors are ours.

Steps that do not wait for each other run at once. Only their own work does: what pytask does
before and after a step happens under one lock, as it was not written for threads. A build that
fails removes the reports, so that no older one is taken for its result.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import pytask
from _pytask.cli import DEFAULTS_FROM_CLI
from _pytask.console import console
from _pytask.pluginmanager import get_plugin_manager, hookimpl, storage
from pytask import ExitCode, Session, TaskOutcome

from compendium.errors import BuildError
from compendium.project import Project
from compendium.tasks import Graph, Report


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
    """A pytask plugin that runs several steps at once."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.lock = threading.Lock()

    @hookimpl(tryfirst=True)
    def pytask_execute_build(self, session: Session) -> bool:
        """Hand out steps as they become ready; a failure stops new ones if the session says so."""
        scheduler: Any = session.scheduler
        running: dict[Future[Any], str] = {}
        with ThreadPoolExecutor(self.jobs) as pool:
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

    def _one(self, session: Session, name: str) -> Any:
        with self.lock:
            task = session.dag.nodes[name]
            return session.hook.pytask_execute_task_protocol(session=session, task=task)

    @hookimpl(wrapper=True)
    def pytask_execute_task(self) -> Iterator[None]:
        """Let go of the lock while the step does its own work."""
        self.lock.release()
        try:
            return (yield)
        finally:
            self.lock.acquire()


def build(project: Project, tell: Report, *, jobs: int = 2, keep_going: bool = False) -> list[Step]:
    """Run every step whose inputs changed and return what became of each.

    A step that failed is among the steps, with its error; the reports are then gone.
    """
    session = _session(Graph(project, tell), jobs, stop_after_first_failure=not keep_going)
    steps = [_step(report) for report in session.execution_reports]
    told = {step.name for step in steps}
    steps += [Step(task.name, "left out") for task in session.tasks if task.name not in told]
    if any(step.error for step in steps):
        for path in (project.out / "report").glob("*/report.*"):
            path.unlink(missing_ok=True)
    return steps


def plan(project: Project) -> list[Step]:
    """Return what a build would do and why, without doing it."""
    graph = Graph(project, lambda *_: None)
    session = _session(graph, jobs=1, dry_run=True, explain=True)
    order = [task.name for task in session.tasks]
    return sorted(map(_step, session.execution_reports), key=lambda step: order.index(step.name))


def _session(graph: Graph, jobs: int, **options: Any) -> Session:
    tasks = graph.tasks()
    graph.state.mkdir(parents=True, exist_ok=True)
    manager = get_plugin_manager()
    manager.register(Threads(jobs))
    manager.unregister(name="_pytask.database")  # pytask.lock knows it all, in half the time
    storage.store(manager)
    console.quiet = True
    settings = {
        **DEFAULTS_FROM_CLI,
        "command": "build",
        "tasks": tasks,
        "root": graph.state,
        "config": None,
        "paths": [graph.state],
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


def _step(report: Any) -> Step:
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
    reasons = tuple(f"{r.node_name} {why.get(r.reason, r.reason)}" for r in found)
    return Step(report.task.name, state, reasons, error)
