"""Killed at any moment, out of room, not allowed to write: nothing half done counts as done."""

import errno
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mini_project import BUILD, ROOT, built, command, copied, edit, rebuilt, results, states

from compendium.workspace import Workspace

NO_INPUTS = '{"chapter 7": {"began": "2026-01-01", "seconds": 1, "inputs": 3, "products": []}}'


def start(root: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", BUILD, root], env=environment)


def edited(folder: Path) -> Workspace:
    """A finished build of which chapter 7 and all after it must run again, with other results."""
    workspace = rebuilt(folder)
    edit(workspace.root / "minilib" / "stats.py", lambda text: text.replace("1.96", "2.5"))
    return workspace


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 there")
@pytest.mark.parametrize("begin", [copied, edited])
def test_kills_at_random_moments_leave_only_whole_files(tmp_path, begin):
    """Two folders are killed five times over, twenty kills in all; then a build completes each."""
    old = results(built().out) if begin is edited else {}
    began = time.monotonic()
    with start(begin(tmp_path / "first").root) as process:
        assert process.wait() == 0
    seconds = time.monotonic() - began
    whole = results(tmp_path / "first" / "outputs")
    assert whole != old
    moments = random.Random(20)
    for number in range(2):
        workspace = begin(tmp_path / str(number))
        for _ in range(5):
            with start(workspace.root) as process:
                time.sleep(moments.uniform(0, 0.9 * seconds))
                process.kill()
            for name, content in results(workspace.out).items():
                assert content in (whole[name], old.get(name)), name
        states(workspace)
        assert results(workspace.out) == whole


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (
            errno.ENOSPC,
            "the disk is full (FILE): make room and run again; what is finished is kept",
        ),
        (errno.EROFS, "the results cannot be written (FILE): make the folder writable, or choose "),
        (
            errno.EACCES,
            "the results cannot be written (FILE): make the folder writable, or choose ",
        ),
    ],
)
def test_a_result_that_cannot_be_written_is_one_sentence(
    tmp_path, monkeypatch, capsys, number, said
):
    folder = copied(tmp_path / "mini").root
    write = Path.write_bytes

    def refuse(self, data):
        if self.name == ".07.json.part":
            raise OSError(number, os.strerror(number), str(self))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert command(folder) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith(said.replace("FILE", str(folder / "outputs/values/07.json")))
    assert told[1].startswith("not run: chapter 2")
    assert len(told) == 2
    monkeypatch.undo()
    states(Workspace(folder))
    assert results(folder / "outputs") == results(built().out)


def test_outputs_that_are_no_folder_are_one_sentence(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    (folder / "outputs").write_text("a file")
    assert command(folder) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"the results cannot be written ({folder / 'outputs'}")
    assert len(said.splitlines()) == 1


def test_a_finished_report_can_be_asked_about_where_nothing_can_be_written(
    tmp_path, monkeypatch, capsys
):
    folder = rebuilt(tmp_path / "mini").root

    def refuse(self, *_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert command(folder) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert command(folder, "verify") == 0


DAMAGE = ["{", "[]", '{"chapter 7": {}}', '{"chapter 7": 1}', NO_INPUTS]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_memory_costs_a_build_and_no_more(tmp_path, damage):
    workspace = rebuilt(tmp_path / "mini")
    (workspace.out / ".build" / "steps.json").write_text(damage)
    assert set(states(workspace).values()) == {"ran"}
    assert set(states(workspace).values()) == {"unchanged"}
