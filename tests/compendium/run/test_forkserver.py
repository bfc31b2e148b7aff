"""Forked kernels: the same results as stock ones, nothing shared, nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mini_project import BUILD, ROOT, built, copied, edit_cell, results, states

from compendium.build.graph import Graph
from compendium.errors import BuildError
from compendium.run import kernels
from compendium.run.forkserver import ForkServer, can_fork

linux = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")


@linux
def test_kernels_are_forked_here():
    assert can_fork()


def test_stock_kernels_give_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "can_fork", lambda: False)
    workspace = copied(tmp_path / "mini")
    assert set(states(workspace).values()) == {"ran"}
    assert results(workspace.out) == results(built().out)


SPOIL = """
import builtins, os, random, sys
import matplotlib, numpy, pandas
builtins.spoiled = True
os.environ["SPOILED"] = "yes"
os.chdir("/")
sys.path.insert(0, "/spoiled")
sys.modules["minilib.stats"] = None
matplotlib.rcParams["font.size"] = 99
pandas.set_option("display.precision", 1)
pandas.DataFrame.spoiled = True
numpy.seterr(all="raise")
numpy.random.seed(1)
random.seed(1)
"""
LOOK = """
import builtins, os, random, sys
import matplotlib, numpy, pandas
state = [
    hasattr(builtins, "spoiled"), "SPOILED" in os.environ, os.getcwd(), sys.path, len(sys.argv),
    "minilib.stats" in sys.modules, matplotlib.rcParams["font.size"],
    pandas.get_option("display.precision"), hasattr(pandas.DataFrame, "spoiled"),
    numpy.geterr(), numpy.random.random() == numpy.random.RandomState(1).random(),
    random.random() == random.Random(1).random(),
]
with open(os.environ["LOOKED"], "w") as file:
    file.write(repr(state))
"""


def looked(folder, monkeypatch, spoil):
    """Return what chapter 7 finds in its kernel after chapter 1, which may have spoiled its own."""
    workspace = copied(folder / "mini")
    monkeypatch.setenv("LOOKED", str(folder / "looked"))
    edit_cell(workspace.notebooks / "01_start.ipynb", "01-code-01", lambda text: f"{text}\n{spoil}")
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-02", lambda text: f"{LOOK}\n{text}")
    ran = states(workspace, jobs=1)
    assert (ran["chapter 1"], ran["chapter 7"]) == ("ran", "ran")
    return (folder / "looked").read_text().replace(str(folder), "")


def test_no_state_leaks_from_a_chapter_to_the_next(tmp_path, monkeypatch):
    for name in ("clean", "spoiled"):
        (tmp_path / name).mkdir()
    times = {"chapter 1": 2.0, "chapter 7": 1.0}  # the one that spoils is first
    monkeypatch.setattr(Graph, "expected", times)
    clean = looked(tmp_path / "clean", monkeypatch, "")
    assert looked(tmp_path / "spoiled", monkeypatch, SPOIL) == clean
    assert clean.startswith("[False, False, '/mini/notebooks'")


def left_behind(mark: str) -> list[int]:
    """Processes that carry a mark in their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"MARK={mark}".encode() in place.read_bytes():
                found.append(int(place.parent.name))
        except OSError:  # it has ended, or is not ours to read
            continue
    return found


def gone(mark: str) -> bool:
    """Whether all marked processes are gone within a few seconds."""
    until = time.monotonic() + 10
    while left_behind(mark) and time.monotonic() < until:
        time.sleep(0.05)
    return not left_behind(mark)


@linux
def test_what_a_cell_started_ends_with_it(tmp_path):
    workspace = copied(tmp_path / "mini")
    lines = "\nimport subprocess, time\nsubprocess.Popen(['sleep', '600'])\ntime.sleep(600)"
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-02", lambda text: text + lines)
    mark = f"started-{os.getpid()}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": mark}
    with subprocess.Popen(
        [sys.executable, "-c", BUILD, workspace.root], env=environment
    ) as process:
        while len(left_behind(mark)) < 4:  # the build, the server, a kernel, what it started
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(1)  # chapter 1 may have been among them
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert gone(mark)


@linux
@pytest.mark.parametrize("end", ["success", "failure", "SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_no_process_is_left(tmp_path, end):
    workspace = copied(tmp_path / "mini")
    wait = "import pathlib, time\npathlib.Path('../here').touch()\ntime.sleep(60)"
    last = {"success": "", "failure": "1 / 0"}.get(end, wait)
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-02", lambda text: f"{text}\n{last}")
    mark = f"{end}-{os.getpid()}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": mark}
    with subprocess.Popen(
        [sys.executable, "-c", BUILD, workspace.root], env=environment
    ) as process:
        if last == wait:
            while not (workspace.root / "here").exists():
                assert process.poll() is None
                time.sleep(0.05)
            assert len(left_behind(mark)) >= 3  # the build, the server, a kernel
            process.send_signal(getattr(signal, end))
        process.wait(60)
    assert gone(mark)
    if end != "success":
        assert not list((workspace.out / "report").glob("*/report.*"))


@linux
def test_a_server_that_ends_is_told(tmp_path):
    (tmp_path / "broken.py").write_text("raise SystemExit")
    server = ForkServer({**os.environ, "PYTHONPATH": str(ROOT)}, tmp_path)
    for _ in range(2):
        with pytest.raises(BuildError, match="no kernel could be started"):
            server.fork(["-m", "json.tool"], {}, ["broken"])
    server.prepare(["json.tool"])
    server.close()


@linux
def test_who_asks_for_a_kernel_does_not_wait_for_all_imports(tmp_path):
    for number in range(20):
        (tmp_path / f"slow{number}.py").write_text("import time\ntime.sleep(0.5)\n")
    server = ForkServer({**os.environ, "PYTHONPATH": str(ROOT)}, tmp_path)
    server.prepare([f"slow{number}" for number in range(20)])
    began = time.monotonic()
    server.fork(["-m", "json.tool", "--help"], {**os.environ}).wait()
    assert time.monotonic() - began < 5
    server.close()


@linux
def test_a_kernel_finds_its_modules_imported_and_those_that_fail_left_to_it(tmp_path):
    (tmp_path / "fails.py").write_text("1 / 0")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    server = ForkServer(environment, tmp_path)
    server.prepare(["json.tool"])
    kernel = server.fork(
        ["-m", "ipykernel_launcher", "--help"],
        environment,
        ["no_such_module", "json.dumps", "fails"],
    )
    assert kernel.wait() == 0
    assert kernel.poll() == 0
    kernel.kill()  # it has ended: nothing to do
    server.close()


@linux
def test_what_is_imported_before_the_fork_starts_no_thread_of_python():
    """A thread does not survive a fork, and what it held stays locked."""
    from compendium.build.progress import Progress
    from compendium.workspace import Workspace

    graph = Graph(Workspace(), Progress())
    names = {name for chapter in graph.chapters for name in graph._imported(chapter)}
    modules = graph.imports.outside(names)
    script = (
        "import sys, threading; from compendium.run.forkserver import _import\n"
        "for name in ['ipykernel.kernelapp', 'ipykernel.ipkernel', *sys.argv[1:]]:\n"
        "    _import(name)\n"
        "print([thread.name for thread in threading.enumerate()], 'scipy.stats' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *modules],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['MainThread'] True"
