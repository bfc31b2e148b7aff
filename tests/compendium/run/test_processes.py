"""Whatever a cell has started ends with the build, however that ends."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mini_project import BUILD, ROOT, copied, edit_cell, states

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system's way to tell")
DAEMON = """
import pathlib, subprocess, sys
code = "import os, time; os.setsid() if os.getpid() != os.getsid(0) else None; time.sleep(600)"
twice = f"import os\\nif not os.fork():\\n    os.setsid()\\n    {code!r} and exec({code!r})"
daemon = subprocess.Popen([sys.executable, "-c", twice], start_new_session=True)
pathlib.Path("begun").write_text(str(daemon.pid))
daemon.wait()
"""


def daemons(pattern):
    """Processes whose command line holds a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if pattern in (entry / "cmdline").read_bytes().decode():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def with_daemon(folder, mark, more=""):
    workspace = copied(folder)
    code = DAEMON.replace("600", mark) + more
    edit_cell(workspace.notebooks / "07_work.ipynb", "07-code-04", lambda text: f"{text}\n{code}")
    return workspace


def test_a_daemon_that_a_cell_started_ends_with_the_build(tmp_path):
    mark = f"6{os.getpid()}1"
    assert "failed" not in states(with_daemon(tmp_path / "mini", mark)).values()
    assert daemons(mark) == []


def test_a_daemon_ends_with_a_build_that_is_killed(tmp_path):
    mark = f"6{os.getpid()}2"
    workspace = with_daemon(tmp_path / "mini", mark, "import time\ntime.sleep(60)")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", BUILD, workspace.root], env=environment) as build:
        while not (workspace.notebooks / "begun").exists():
            assert build.poll() is None
            time.sleep(0.05)
        assert daemons(mark) != []
        build.kill()
    until = time.monotonic() + 20
    while daemons(mark) and time.monotonic() < until:
        time.sleep(0.1)
    assert daemons(mark) == []
