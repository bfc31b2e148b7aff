"""When a step must run: what changed since its last run, by content, and what is remembered."""

import os
from datetime import UTC, datetime

import pytest

from compendium.build.steps import Fact, File, Memory, Run, Step, hashes

BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)


@pytest.fixture
def step(tmp_path):
    """A step with a file and a fact, that made a file."""
    for name in ("in.txt", "out.txt"):
        (tmp_path / name).write_text(name)
    files = {name: File(name, tmp_path / name) for name in ("in.txt", "out.txt")}
    inputs = {"in.txt": files["in.txt"], "choice": Fact("choice", "a")}
    return Step("step", lambda _: None, inputs, {"out.txt": files["out.txt"]})


@pytest.fixture
def memory(tmp_path, step):
    """A memory of its last run."""
    found = Memory(tmp_path / "steps.json")
    found.note("step", Run(BEGAN, 2.5, hashes(step.inputs), hashes(step.products)))
    return found


def test_a_step_nobody_ran_must_run(tmp_path, step):
    assert Memory(tmp_path / "none.json").changes(step) == {"step": "has not run yet"}


def test_nothing_changed_whatever_the_times_say(step, memory):
    os.utime(step.inputs["in.txt"].path, (0, 0))
    assert memory.changes(step) == {}


def test_each_kind_of_change_has_its_word(tmp_path, step, memory):
    step.inputs["in.txt"].path.write_text("other")
    step.products["out.txt"].path.unlink()
    more = File("more.txt", tmp_path / "in.txt")
    changed = Step(
        "step", step.work, {"in.txt": step.inputs["in.txt"], "more.txt": more}, step.products
    )
    assert memory.changes(changed) == {
        "in.txt": "changed", "out.txt": "is missing", "more.txt": "is new", "choice": "is gone",
    }  # fmt: skip


def test_an_edit_that_keeps_time_and_size_is_seen(step, memory):
    path = step.inputs["in.txt"].path
    before = path.stat()
    path.write_text("IN.txt")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert memory.changes(step) == {"in.txt": "changed"}


def test_a_run_is_remembered_with_its_times(tmp_path, step, memory):
    again = Memory(tmp_path / "steps.json")
    assert again.runs == memory.runs
    assert again.runs["step"].ended.isoformat() == "2026-01-02T03:04:08.178000+00:00"
    again.forget_others([])
    assert again.runs == {}


def test_of_two_memories_the_later_run_counts(tmp_path, step, memory):
    other = Memory(tmp_path / "other.json")
    other.note("step", Run(BEGAN.replace(year=2027), 1, {}, {}))
    memory.borrow(other, ["step", "unknown"])
    assert memory.runs["step"].began.year == 2027
    other.note("step", Run(BEGAN.replace(year=2025), 1, {}, {}))
    memory.borrow(other, ["step"])
    assert memory.runs["step"].began.year == 2027
