"""The set-up: one environment, filled from the lock alone, complete or not there at all.

`run_all.py` calls it at every start, so the usual case, nothing to do, only hashes the lock. An
environment counts as complete when its stamp, written last, names the lock, the Python and the
place it was made for. Only the standard library is used, as nothing else is there yet.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from importlib.metadata import Distribution, PackagePath

ROOT = Path(__file__).resolve().parent
ENV = ROOT / ".venv"
BIN = ENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
LOCK, LAB_LOCK = ROOT / "requirements.lock", ROOT / "requirements-lab.lock"
WHEELS = ENV / "wheels.txt"  # the folder it was made from, for what is added later
Command = Sequence[str | Path]
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

CHANGES = ("{lock} has changed", "another Python made it", "this folder has moved")
DEBIAN_VENV = f"(on Debian or Ubuntu it lacks the package python{VERSION}-venv)"
NEWEST = (
    3,
    14,
)  # the last Python the locked packages have wheels for; environment.yml names it, too
_LINUX = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_24", "manylinux_2_17", "manylinux2014")
SYSTEMS = {  # what uv calls a system, and what pip calls its wheels
    "linux": ("x86_64-manylinux_2_28", [f"{tag}_x86_64" for tag in _LINUX]),
    "linux-arm64": ("aarch64-manylinux_2_28", [f"{tag}_aarch64" for tag in _LINUX]),
    "macos": ("aarch64-apple-darwin", ["macosx_15_0_arm64"]),
    "windows": ("x86_64-pc-windows-msvc", ["win_amd64"]),
}
REPORTERS = ("pypandoc-binary", "typst")  # programs that a secure site may not let in
PIN = re.compile(r"^(\S+==\S+) (?:; .*)?(\\\n(?:    --hash=.*\n)+)", re.MULTILINE)
DAMAGED = re.compile(
    "hash mismatch|do not match the hashes|hashes are required|must have a hash"
    "|parse requirement|invalid requirement",
    re.IGNORECASE,
)
DISK_FULL = re.compile("no space left|not enough space|os error 28", re.IGNORECASE)
NO_WHEEL = re.compile(
    r"Because (\S+)==\S+ has no usable wheels|No matching distribution found for (\S+)=="
)
NO_NETWORK = re.compile(
    "failed to fetch|connection|name resolution|timed out|dns error", re.IGNORECASE
)


class SetupError(Exception):
    """Set-up cannot go on. The message says why and what to do; `said` is the installer's text."""

    def __init__(self, message: str, said: str = "") -> None:
        """Keep what the installer said, for `--debug`."""
        super().__init__(message)
        self.said = said


def ready(locks: Sequence[Path], wheels: Path | None = None) -> Path:
    """Install what is stale, from the index or a folder of wheels; returns the Python to use.

    Raises `SetupError`. Nothing is written when nothing is stale, so a complete environment may
    lie in a read-only folder.
    """
    for lock in locks:
        if stale(lock):
            with alone():
                if why := stale(lock):  # another set-up may have ended meanwhile
                    set_up(lock, why, wheels)
    return PYTHON


def here(locks: Sequence[Path]) -> Path:
    """Check that the running Python has what the locks list; returns it, or raises `SetupError`.

    Versions are held against the lock, files against the list each package keeps of its own. That
    these lists are those of the locked wheels, only an installer could tell.
    """
    lacking = [name for lock in locks for name in missing(lock)]
    refused = [name for name in lacking if name in REPORTERS]
    lacking = [name for name in lacking if name not in refused]
    if lacking:
        some = ", ".join(lacking[:3]) + (", …" if len(lacking) > 3 else "")
        names = " ".join(f"-r {lock.name}" for lock in locks)
        raise SetupError(
            f"the environment of {sys.executable} lacks {len(lacking)} of the locked packages "
            f"({some}): install them with `python -m pip install --require-hashes {names}`"
        )
    if refused:
        say(f"Not there: {', '.join(refused)}; what they write of the report is left out.")
    changed, unlisted = altered(locks)
    if changed:
        raise SetupError(
            f"in the environment of {sys.executable} files are not as they were installed "
            f"({', '.join(changed[:3])}): install these packages anew"
        )
    if unlisted:
        say(f"Not checked, as they keep no list of their files: {', '.join(unlisted)}.")
    return Path(sys.executable)


def altered(locks: Sequence[Path]) -> tuple[list[str], list[str]]:
    """Return files of locked packages that are not as installed, and packages that cannot tell."""
    from concurrent.futures import ThreadPoolExecutor

    found = installed()
    names = [normal(one.name) for lock in locks for one in requirements(lock)]
    packages = {name: found[name] for name in names if name in found}
    listed = {name: [f for f in one.files or () if f.hash] for name, one in packages.items()}
    files = [file for own in listed.values() for file in own]
    with ThreadPoolExecutor() as pool:
        same = list(pool.map(is_as_installed, files))
    changed = [str(file) for file, kept in zip(files, same, strict=True) if not kept]
    return changed, [name for name, own in listed.items() if not own]


def is_as_installed(file: PackagePath) -> bool:
    """Tell whether a file of a package has the hash that the package's list says."""
    if file.hash is None:
        return True
    try:
        found = hashlib.new(file.hash.mode, Path(str(file.locate())).read_bytes()).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(found).decode().rstrip("=") == file.hash.value


def installed() -> dict[str, Distribution]:
    """Return the packages of this environment by name, but not those of the user alone."""
    from importlib.metadata import distributions
    from site import getusersitepackages

    path = [place for place in sys.path if place != getusersitepackages()]
    return {normal(one.name): one for one in distributions(path=path)}


def requirements(lock: Path) -> list[Any]:
    """Return what a lock lists for this Python and system."""
    from packaging.requirements import Requirement

    lines = lock.read_text(encoding="utf-8").splitlines()
    locked = [Requirement(line.rstrip(" \\")) for line in lines if line[:1].isalnum()]
    return [one for one in locked if one.marker is None or one.marker.evaluate()]


def missing(lock: Path) -> list[str]:
    """Return the locked packages this environment lacks or has in another version."""
    try:
        wanted = requirements(lock)
    except ImportError:
        return ["packaging"]
    found = {name: one.version for name, one in installed().items()}
    return [one.name for one in wanted if str(one.specifier) != f"=={found.get(normal(one.name))}"]


def normal(name: str) -> str:
    """Spell a package name as every index does: `Typing_Extensions` is `typing-extensions`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def stamp_of(lock: Path) -> Path:
    """Where the environment says which edition of a lock it holds."""
    return ENV / f"{lock.stem}.stamp"


def stamp(lock: Path) -> list[str]:
    """What an environment must have been made from to be complete: lock, Python, place."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return [digest, f"{sys.implementation.name} {VERSION}", ascii(str(ENV))]


def stale(lock: Path) -> str:
    """Say why what a lock lists must be installed; empty when all is there."""
    wanted = stamp(lock)
    if not stamp_of(lock).exists():
        unfinished = lock == LOCK and ENV.exists()
        return "an earlier set-up did not finish" if unfinished else "first use"
    made = stamp_of(lock).read_text(encoding="ascii").splitlines()
    if made == wanted:
        return "" if PYTHON.exists() else "its Python is gone"
    changes = [why for why, old, new in zip(CHANGES, made, wanted, strict=False) if old != new]
    return (changes or ["its stamp is damaged"])[-1].format(lock=lock.name)


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other set-up of this folder runs, then keep others out."""
    with (ROOT / ".venv.lock").open("a", encoding="ascii") as file:
        if not taken(file):
            say("Another set-up of this folder is running; waiting for it to end.")
            while not taken(file):
                time.sleep(0.2)
        os.set_inheritable(file.fileno(), True)  # an installer that outlives us keeps the lock
        yield


def taken(file: TextIO) -> bool:
    """Try to lock an open file; the system lets go when its holders end, however they end."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def set_up(lock: Path, why: str, wheels: Path | None) -> None:
    """Make the environment, or add the second lock to it, and stamp it when all is there.

    A second lock is taken from where the first came from, so that a site without internet names its
    wheels once.
    """
    if not wheels and lock != LOCK and WHEELS.exists():
        made_from = Path(WHEELS.read_text(encoding="utf-8"))
        wheels = made_from if made_from.is_dir() else None
    if wheels and not wheels.is_dir():
        raise SetupError(f"there is no folder {wheels} to take wheels from (--wheels)")
    if sys.version_info[:2] > NEWEST:
        last = "{}.{}".format(*NEWEST)
        raise SetupError(
            f"the locked packages have no wheels for Python {VERSION} yet: use 3.11 to {last}, "
            f"as in `python{last} run_all.py`"
        )
    say(f"Setting up {ENV} from {lock.name} ({why}): ten seconds to some minutes.")
    if lock == LOCK:
        create()
    install(lock, ["--no-index", f"--find-links={wheels}"] if wheels else [])
    if lock == LOCK:
        import sysconfig

        site = Path(sysconfig.get_path("purelib", "venv", {"base": str(ENV)}))
        link(site, os.path.relpath(ROOT, site))
        if wheels:
            WHEELS.write_text(str(wheels.resolve()), encoding="utf-8")
    stamp_of(lock).write_text("\n".join(stamp(lock)), encoding="ascii")


def create() -> None:
    """Put an empty environment in place of the old one; pip comes later, if it is needed."""
    stamp_of(LOCK).unlink(missing_ok=True)
    if ENV.exists():
        shutil.rmtree(ENV)
    base = getattr(sys, "_base_executable", sys.executable)  # .venv's own has just been removed
    if said := run([base, "-m", "venv", "--without-pip", ENV]):
        otherwise = f"this Python cannot make an environment {DEBIAN_VENV}"
        raise SetupError(meaning(said, LOCK, otherwise), said)


def install(lock: Path, source: Sequence[str]) -> None:
    """Install a lock, every hash checked, with the first installer that manages."""
    said = ""
    for command in installers(source):
        said = run([*command, "--require-hashes", "--only-binary=:all:", "-r", lock, *source])
        if not said or DAMAGED.search(said) or DISK_FULL.search(said):
            break
    if said:
        otherwise = without_wheel(said) or f"{lock.name} could not be installed"
        if source:
            found = sys.version.split()[0]
            otherwise = f"the folder of wheels was not made for this system and Python {found}"
        raise SetupError(meaning(said, lock, otherwise), said)


def installers(source: Sequence[str]) -> Iterator[Command]:
    """Yield commands that install, best first; the next is prepared when the last has failed.

    uv on PATH, uv from the lock, pip: uv is several times quicker, but does not read pip's
    configuration of mirrors and certificates, so pip is the last resort.
    """
    uv = shutil.which("uv", path=str(BIN)) or shutil.which("uv")
    into: Command = ["pip", "install", "--python", PYTHON]
    if uv:
        yield [uv, *into]
    pip: Command = [PYTHON, "-m", "pip"]
    if said := ensure_pip(PYTHON):
        if uv:
            return
        raise SetupError(f"this Python has neither pip nor uv to install with {DEBIAN_VENV}", said)
    pins = dict(PIN.findall(LOCK.read_text(encoding="utf-8")))
    pinned = next((f"{pin} {pins[pin]}" for pin in pins if pin.startswith("uv==")), "")
    if pinned and not uv:
        only_uv = ENV / "uv.txt"
        only_uv.write_text(pinned, encoding="utf-8")
        quick = ["--retries=1", "--no-deps", "--require-hashes"]  # pip itself still comes after
        run([*pip, "install", *quick, "-r", only_uv, *source])
        if uv := shutil.which("uv", path=str(BIN)):
            yield [uv, *into]
    yield [*pip, "install"]


def ensure_pip(python: Path) -> str:
    """Give an environment pip; returns what was said if that failed."""
    return run([python, "-m", "pip", "--version"]) and run([python, "-m", "ensurepip"])


def link(site: Path, root: str) -> None:
    """Make this folder known to the packages in a folder `site`, as an editable install would.

    Notebooks opened in any Jupyter of that environment can then import the packages, and
    `jupyter nbconvert --to` finds the exporters. `root` is this folder as seen from there.
    """
    import tomllib

    (site / "compendium.pth").write_text(f"{root}\n", encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(exist_ok=True)
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{point} = {target}" for point, target in points.items())]
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": "\n".join(lines) + "\n",
    }
    for file, text in files.items():
        (info / file).write_text(text, encoding="utf-8")


def bundle(python: Path, arguments: Sequence[str]) -> str:
    """Download the wheels of both locks to a folder, for `--wheels`; returns what to do next."""
    parser = argparse.ArgumentParser(prog="run_all.py bundle")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("wheels"))
    parser.add_argument("--for", nargs=2, dest="site", metavar=("SYSTEM", "PYTHON"))
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    if said := ensure_pip(python):
        raise SetupError(f"a bundle is fetched with pip, and there is none {DEBIAN_VENV}", said)
    download: Command = [python, "-m", "pip", "download", "--dest", options.folder]
    checked = ["--require-hashes", "--no-deps", "--only-binary=:all:"]
    for lock in (LOCK, LAB_LOCK):
        say(f"Fetching the wheels of {lock.name} to {options.folder}.")
        part: Command = ["-r", lock]
        if options.site:
            part = narrow(python, lock, options.folder, *options.site)
        if said := run([*download, *checked, *part]):
            otherwise = without_wheel(said) or "some wheels could not be fetched"
            raise SetupError(meaning(said, lock, otherwise), said)
    return f"Copy the folder, and set up with `python run_all.py --wheels {options.folder}`."


def narrow(python: Path, lock: Path, folder: Path, system: str, version: str) -> Command:
    """Write the part of a lock that another system needs, as pip reads markers for its own only.

    Returns the arguments that make pip fetch that part.
    """
    if system not in SYSTEMS or not re.fullmatch(r"3\.\d+(\.\d+)?", version):
        raise SetupError(f"--for takes one of {', '.join(SYSTEMS)} and a Python such as 3.12.4")
    uv = shutil.which("uv", path=str(python.parent)) or "uv"
    part = folder / f"{lock.stem}-{system}-{version}.txt"
    platform, tags = SYSTEMS[system]
    site = ["--python-platform", platform, "--python-version", version, "--no-deps"]
    if said := run([uv, "pip", "compile", "--python", python, lock, *site, "-o", part]):
        raise SetupError(meaning(said, lock, f"uv cannot read {lock.name} for {system}"), said)
    needed = set(part.read_text(encoding="utf-8").split())
    pins = PIN.findall(lock.read_text(encoding="utf-8"))
    kept = [f"{pin} {hashes}" for pin, hashes in pins if pin in needed]
    part.write_text("".join(kept), encoding="utf-8")
    return ["-r", part, "--python-version", version, *(f"--platform={tag}" for tag in tags)]


def run(command: Command) -> str:
    """Run an installer; returns all it said if it failed, and nothing if it went well."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**environment(), "UV_LINK_MODE": "copy"},  # else an edit here reaches others' files
        stdin=subprocess.DEVNULL,  # a question for a password must fail, not wait
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # hands on the lock of `alone`
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout or f"{command[0]} said nothing"


def environment() -> dict[str, str]:
    """Return the variables of every child: UTF-8, bytecode kept, no packages from outside."""
    dropped = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONSTARTUP"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1"}


def meaning(said: str, lock: Path, otherwise: str) -> str:
    """Turn what an installer said into a clause for the reader."""
    if DAMAGED.search(said):
        return f"{lock.name} is damaged, as a line or a hash in it fits no package: restore it"
    if DISK_FULL.search(said):
        return "the disk is full: make room for 2 GB and start again"
    if NO_NETWORK.search(said):
        return "without network the packages cannot be fetched: connect, or see --wheels in README"
    last = said.strip().splitlines()[-1].strip(" .")
    return f"{otherwise} ({last}); --debug shows all that was said"


def without_wheel(said: str) -> str:
    """Name the package that an index has in no form for a system and Python, if that is why."""
    lacks = NO_WHEEL.search(said)
    name = lacks and (lacks[1] or lacks[2])
    return f"{name} has no wheel for this system and Python (see README)" if name else ""


def say(text: str) -> None:
    """Tell the reader what takes time."""
    print(text, file=sys.stderr, flush=True)
