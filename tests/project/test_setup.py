"""The set-up, run for real on a tiny project: each fault is provoked and gives its sentence."""

import ast
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_project import Project, make_project, wheel

import run_all

ROOT = Path(run_all.__file__).parent
UV = shutil.which("uv", path=sysconfig.get_path("scripts"))
NOWHERE = "http://127.0.0.1:9/"
UNREACHABLE = {
    "PIP_INDEX_URL": NOWHERE,
    "PIP_RETRIES": "1",
    "UV_DEFAULT_INDEX": NOWHERE,
    "UV_HTTP_RETRIES": "0",
}
PIP_AS_UV = """
import subprocess, sys
pip, install, python, interpreter, *rest = sys.argv[1:]
def main():
    sys.exit(subprocess.call([interpreter, "-m", pip, install, *rest]))
"""


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A fresh checkout on a machine without uv."""
    return make_project(tmp_path)


@pytest.fixture
def project(bare: Project) -> Project:
    """A fresh checkout on a machine with uv."""
    (bare.tools / "uv").symlink_to(UV)
    return bare


def assert_fault(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    """Exit code 2, the sentence as the last line, no traceback."""
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_the_first_start_sets_up_and_the_second_does_nothing(project: Project) -> None:
    first = project.set_up()
    assert json.loads(first.stdout)["arguments"] == []
    assert "(first use)" in first.stderr
    second = project.start("plan", "-q", PATH="")
    assert json.loads(second.stdout)["arguments"] == ["plan", "-q"]
    assert second.stderr == ""


def test_nothing_to_do_costs_less_than_a_tenth_of_a_second(project: Project) -> None:
    project.set_up()

    def seconds(command: list[str]) -> float:
        """Processor time, as a busy machine says nothing about us."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=project.folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    ours = min(seconds(project.command("plan")) for _ in range(7))
    python = min(seconds([str(project.python), "-m", "compendium"]) for _ in range(7))
    assert ours - python < 0.1


def test_the_command_runs_in_the_environment_with_settings_of_its_own(project: Project) -> None:
    done = project.set_up("build", "--data", "x", PYTHONPATH="/elsewhere", PYTHONHOME="")
    report = json.loads(done.stdout)
    assert report["arguments"] == ["build", "--data", "x"]
    assert report["folder"] == str(project.tools.parent)
    assert report["folder"] not in report["path"]
    assert report["python"] == str(project.python)
    assert report["environment"]["PYTHONPATH"] == str(project.folder)
    assert report["environment"]["PYTHONNOUSERSITE"] == "1"
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME"} & set(report["environment"])
    assert report["utf8"] == 1
    assert project.start("fail").returncode == 7


def test_notebooks_and_nbconvert_find_the_packages(project: Project) -> None:
    project.set_up()
    code = "import compendium, tiny; from importlib.metadata import entry_points as points; "
    code += "print(*points(group='nbconvert.exporters').names)"
    names = subprocess.check_output([project.python, "-I", "-c", code], text=True)
    assert sorted(names.split()) == ["threeroutes_html", "threeroutes_pdf"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p: p.lock.write_text(p.lock.read_text() + "# more\n"), "lock has changed"),
        (lambda p: p.stamp.unlink(), "an earlier set-up did not finish"),
        (lambda p: p.stamp.write_text(p.stamp.read_text().replace(" 3.", " 2.")), "another Python"),
        (lambda p: p.stamp.write_text(""), "its stamp is damaged"),
        (lambda p: p.python.unlink(), "its Python is gone"),
    ],
)
def test_what_no_longer_fits_is_made_again_saying_why(project: Project, change, reason) -> None:
    project.set_up()
    left_over = project.folder / ".venv" / "left over"
    left_over.touch()
    change(project)
    done = project.set_up()
    assert reason in done.stderr
    assert done.returncode == 0
    assert not left_over.exists()
    assert project.start().stderr == ""


def test_a_moved_folder_is_set_up_again(project: Project) -> None:
    project.set_up()
    project.folder = project.folder.rename(project.folder.with_name("moved"))
    done = project.set_up()
    assert "(this folder has moved)" in done.stderr
    assert json.loads(done.stdout)["python"] == str(project.python)


def test_a_folder_of_wheels_needs_no_uv(bare: Project) -> None:
    assert bare.set_up().returncode == 0


def test_uv_is_taken_from_the_lock(bare: Project) -> None:
    line = wheel(bare.wheels, "uv", PIP_AS_UV, script="uv")
    bare.lock.write_text(bare.lock.read_text() + line)
    asked = "bootstrap.run = lambda c, run=bootstrap.run: (print(*c), run(c))[1]"
    done = bare.start("--wheels", str(bare.wheels), doctor=f"import bootstrap\n{asked}")
    assert done.returncode == 0, done.stderr
    assert f"{bare.python.parent / 'uv'} pip install --python" in done.stdout
    assert "-m pip install --require-hashes --only-binary" not in done.stdout


def test_pip_does_what_uv_cannot(bare: Project) -> None:
    bare.put_tool("uv", "raise SystemExit('invalid peer certificate')")
    assert bare.set_up().returncode == 0


@pytest.mark.parametrize("machine", ["bare", "project"])
def test_no_network(machine: str, request: pytest.FixtureRequest) -> None:
    project = request.getfixturevalue(machine)
    assert_fault(project.start(**UNREACHABLE), "without network the packages cannot be fetched")
    assert not project.stamp.exists()


@pytest.mark.parametrize("machine", ["bare", "project"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("sha256:", "sha256:" + 8 * "0")[:-9] + "\n",
        lambda text: text.split(" \\")[0] + "\n",
        lambda text: "<<<<<<< ours\n" + text,
    ],
    ids=["wrong hash", "no hash", "merge mark"],
)
def test_a_damaged_lock(machine: str, damage, request: pytest.FixtureRequest) -> None:
    project = request.getfixturevalue(machine)
    project.lock.write_text(damage(project.lock.read_text()))
    assert_fault(project.set_up(), "requirements.lock is damaged")
    assert not project.stamp.exists()


def test_a_restored_lock_sets_up(project: Project) -> None:
    good = project.lock.read_text()
    project.lock.write_text(good.replace("sha256:", "sha256:00000000")[:-9] + "\n")
    assert project.set_up().returncode == 2
    project.lock.write_text(good)
    assert project.set_up().returncode == 0


def test_wheels_of_another_system(project: Project) -> None:
    (project.wheels / "tiny-1.0-py3-none-any.whl").unlink()
    assert_fault(project.set_up(), "wheels was not made for this system and Python")
    assert_fault(project.start("--wheels", "nowhere"), "there is no folder nowhere")


def test_a_full_disk(project: Project) -> None:
    project.put_tool("uv", "raise SystemExit('No space left on device (os error 28)')")
    assert_fault(project.set_up(), "the disk is full: make room")
    doctor = "import os, pathlib\ndef full(*a, **k): raise OSError(28, os.strerror(28))\n"
    done = project.start(doctor=f"{doctor}pathlib.Path.open = full")
    assert_fault(done, "No space left on device: make room")


def test_a_folder_that_cannot_be_written(project: Project) -> None:
    doctor = "import os, pathlib\ndef no(path, *a, **k): raise PermissionError(13, 'No', path)\n"
    done = project.start(doctor=f"{doctor}pathlib.Path.open = no")
    assert_fault(done, "copy the compendium to a folder where you may write, or use --here")


def test_too_old_a_python(project: Project) -> None:
    done = project.start(doctor="sys.version_info = (3, 8, 18)")
    assert_fault(done, "The compendium needs Python 3.11 or newer")
    assert "is Python 3.8.18" in done.stderr


def test_too_new_a_python_is_told_before_anything_is_touched(project: Project) -> None:
    project.set_up()
    newer = (
        "import collections\nsys.version_info = collections.namedtuple('V', 'major minor micro')"
    )
    newer += "(3, 99, 0)"
    done = project.start(doctor=newer)
    assert_fault(done, "the locked packages have no wheels for Python 3.99 yet: use 3.11 to 3.14")
    assert project.start().returncode == 0  # what another Python made is still there


def test_a_package_without_a_wheel_is_named(project: Project) -> None:
    said = "Because tiny==1.0 has no usable wheels and you require tiny==1.0, we can conclude"
    doctor = (
        f"import bootstrap\nbootstrap.run = lambda c: {said!r} if '--require-hashes' in c else ''"
    )
    done = project.start(doctor=doctor)
    assert_fault(done, "tiny has no wheel for this system and Python (see README)")


def test_link_makes_an_environment_of_ones_own_know_the_packages(
    project: Project, tmp_path: Path
) -> None:
    project.lock.write_text(f"packaging=={version('packaging')} \\\n    --hash=sha256:0\n")
    site = tmp_path / "site"
    site.mkdir()
    doctor = f"import sysconfig\nsysconfig.get_path = lambda name: {str(site)!r}"
    for _ in range(2):  # once more, as after the folder has moved
        done = project.start("link", doctor=doctor)
        assert done.returncode == 0, done.stderr
        assert "can import the compendium now" in done.stdout
    code = f"import site; site.addsitedir({str(site)!r}); import compendium; "
    code += "from importlib.metadata import entry_points as p; print(compendium.__file__, "
    code += "*p(group='nbconvert.exporters').names)"
    command = [sys.executable, "-I", "-S", "-c", code]
    said = subprocess.check_output(command, text=True)
    assert said.startswith(str(project.folder))
    assert "threeroutes_pdf" in said


def test_here_does_without_the_programs_that_write_reports(project: Project) -> None:
    locked = f"packaging=={version('packaging')} \\\n    --hash=sha256:0\n"
    project.lock.write_text(locked + "typst==0.0.1 \\\n    --hash=sha256:0\n")
    done = project.start("--here")
    assert done.returncode == 0
    assert done.stderr.startswith("Not there: typst; what they write of the report is left out.")


def test_an_old_python_can_parse_the_front_door() -> None:
    ast.parse((ROOT / "run_all.py").read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_in_parts(bare: Project, module: str) -> None:
    doctor = f"""import bootstrap
    lacks = "No module named {module}"
    bootstrap.run = lambda c, run=bootstrap.run: lacks if "{module}" in c else run(c)"""
    doctor = doctor.replace("\n    ", "\n")
    done = bare.start("--wheels", str(bare.wheels), doctor=doctor)
    assert_fault(done, f"the package python3.{sys.version_info[1]}-venv")
    assert f"No module named {module}" in bare.start("--debug", doctor=doctor).stderr
    if module == "ensurepip":
        (bare.tools / "uv").symlink_to(UV)
        assert bare.start("--wheels", str(bare.wheels), doctor=doctor).returncode == 0


def test_a_second_set_up_waits_and_a_dead_one_blocks_nobody(project: Project) -> None:
    code = f"import sys, time; sys.path.insert(0, {str(project.folder)!r}); import bootstrap\n"
    code += "with bootstrap.alone(): print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        with project.background("--wheels", str(project.wheels)) as second:
            assert second.stderr is not None
            assert "Another set-up of this folder is running" in second.stderr.readline()
            assert not project.stamp.exists()
            first.kill()
            assert "(first use)" in second.stderr.readline()
            assert second.wait(timeout=60) == 0


def test_two_set_ups_at_once_do_the_work_once(project: Project) -> None:
    both = [project.background("--wheels", str(project.wheels)) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Setting up" in errors for _, errors in said) == 1


def test_a_killed_set_up_is_not_taken_for_complete(project: Project) -> None:
    told = project.tools.parent / "installer"
    tell = f"import os, time\nopen({str(told)!r}, 'w').write(f'{{os.getpid()}}\\n')\n"
    project.put_tool("uv", f"{tell}time.sleep(60)")
    with project.background("--wheels", str(project.wheels)) as first:
        while not (told.exists() and told.read_text().endswith("\n")):
            assert first.poll() is None
            time.sleep(0.02)
        first.kill()
    project.put_tool("uv", "raise SystemExit('not this one')")
    with project.background("--wheels", str(project.wheels)) as second:
        assert second.stderr is not None
        assert "Another set-up" in second.stderr.readline()  # the installer has outlived the first
        os.kill(int(told.read_text()), signal.SIGKILL)
        assert "(an earlier set-up did not finish)" in second.stderr.readline()
        assert second.wait(timeout=60) == 0


def test_ctrl_c_ends_a_set_up_in_one_sentence(project: Project) -> None:
    project.put_tool("uv", "import time\ntime.sleep(60)")
    with project.background() as started:
        assert started.stderr is not None
        started.stderr.readline()
        time.sleep(0.5)
        os.killpg(started.pid, signal.SIGINT)
        assert started.stderr.read().startswith("Set-up was interrupted")
        assert started.wait(timeout=10) == 130


def test_ctrl_c_is_the_commands_own(project: Project) -> None:
    project.set_up()
    (project.folder / "compendium" / "__main__.py").write_text(
        "import time\ntry:\n    print('ready', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    raise SystemExit(9)"
    )
    with project.background() as started:
        assert started.stdout is not None
        started.stdout.readline()
        os.killpg(started.pid, signal.SIGINT)
        assert started.wait(timeout=10) == 9


def test_windows_waits_for_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Interrupted(subprocess.Popen):
        """A command that the reader interrupts once, and that ends in its own way."""

        interrupts = 1

        def wait(self, timeout: float | None = None) -> int:
            if self.interrupts:
                self.interrupts -= 1
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_all, "sys", SimpleNamespace(platform="win32", stdout=sys.stdout))
    monkeypatch.setattr(run_all, "subprocess", SimpleNamespace(Popen=Interrupted))
    assert run_all.hand_over([sys.executable, "-c", "raise SystemExit(5)"], tmp_path) == 5


def test_lab_adds_its_lock_once(project: Project) -> None:
    project.set_up()
    first = project.set_up("lab")
    assert "requirements-lab.lock (first use)" in first.stderr
    assert first.stdout == "started\n"
    assert project.start("lab").stderr == ""
    assert project.start().stderr == ""


def test_lab_comes_from_the_wheels_that_set_up_was_given(project: Project) -> None:
    project.set_up()
    assert project.start("lab", **UNREACHABLE).stdout == "started\n"
    (project.folder / ".venv" / "requirements-lab.stamp").unlink()
    project.wheels.rename(project.wheels.with_name("gone"))
    asked = project.start("lab", **UNREACHABLE)
    assert "no folder" not in asked.stderr  # it asks the index then, as before


def test_test_runs_pytest_at_the_root(project: Project) -> None:
    (project.folder / "pytest.py").write_text("import os, sys; print(os.getcwd(), *sys.argv[1:])")
    assert project.set_up("test", "-k", "x").stdout == f"{project.folder} -k x\n"


def test_here_takes_the_environment_that_has_the_lock(project: Project) -> None:
    locked = f"packaging=={version('packaging')} \\\n    --hash=sha256:0\n"
    other = "tiny==1.0 ; sys_platform == 'nowhere' \\\n    --hash=sha256:0\n"
    project.lock.write_text(locked + other)
    assert json.loads(project.start("--here").stdout)["python"] == sys.executable
    project.lock.write_text(locked.replace("==", "==0.") + other.replace("nowhere", sys.platform))
    done = project.start("--here")
    assert_fault(done, "lacks 2 of the locked packages (packaging, tiny): install them with")
    assert not (project.folder / ".venv").exists()


def test_here_tells_of_files_that_were_changed_and_of_those_it_cannot_tell(
    project: Project, tmp_path: Path
) -> None:
    place = tmp_path / "site"
    for name in ("kept", "unlisted"):
        (place / f"{name}-1.0.dist-info").mkdir(parents=True)
        (place / f"{name}.py").write_text("size = 1\n")
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        (place / f"{name}-1.0.dist-info" / "METADATA").write_text(about)
    digest = urlsafe_b64encode(sha256(b"size = 1\n").digest()).decode().rstrip("=")
    (place / "kept-1.0.dist-info" / "RECORD").write_text(f"kept.py,sha256={digest},9\n")
    project.lock.write_text("kept==1.0\nunlisted==1.0\n")
    doctor = f"sys.path.append({str(place)!r})"
    done = project.start("--here", doctor=doctor)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "Not checked, as they keep no list of their files: unlisted.\n"
    (place / "kept.py").write_text("size = 2\n")
    done = project.start("--here", doctor=doctor)
    assert_fault(done, "files are not as they were installed (kept.py): install these packages")


def test_an_installer_copies_so_that_an_edit_reaches_no_other_environment(project: Project) -> None:
    told = project.tools / "told"
    code = f"open({str(told)!r}, 'w').write(os.environ['UV_LINK_MODE'])"
    project.put_tool("uv", f"import os, sys\n{code}\nsys.exit(1)\n")
    project.set_up()
    assert told.read_text() == "copy"


def test_a_bundle_holds_what_the_site_needs(project: Project) -> None:
    for name, system in (("paned", "win32"), ("boing", "amiga")):
        line = wheel(project.wheels, name, "").replace("1.0 ", f"1.0 ; sys_platform == '{system}' ")
        project.lock.write_text(project.lock.read_text() + line)
    project.set_up()
    local = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project.wheels), "UV_OFFLINE": "1"}
    local["UV_FIND_LINKS"] = str(project.wheels)
    done = project.start("bundle", "here", **local)
    assert done.returncode == 0, done.stderr
    assert "--wheels here" in done.stdout
    here = project.tools.parent / "here"
    assert {file.name.split("-")[0] for file in here.iterdir()} == {"tiny", "jupyterlab"}
    done = project.start("bundle", "there", "--for", "windows", "3.12", **local)
    assert done.returncode == 0, done.stderr
    there = project.tools.parent / "there"
    assert {file.name.split("-")[0] for file in there.glob("*.whl")} == {
        "paned",
        "tiny",
        "jupyterlab",
    }
    shutil.rmtree(project.folder / ".venv")
    assert project.start("--wheels", str(here)).returncode == 0
    assert_fault(
        project.start("bundle", "x", "--for", "amiga", "3.12"), "one of linux, linux-arm64, macos"
    )


def test_help_needs_no_set_up(project: Project) -> None:
    assert "python run_all.py bundle" in project.start("--help").stdout
    assert not (project.folder / ".venv").exists()
