"""A checkout of next to nothing, with wheels made on the spot, for the tests of the set-up.

It is run_all.py and bootstrap.py beside locks that list those wheels, so nothing needs a network
and a set-up takes a second.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import bootstrap

ROOT = Path(bootstrap.__file__).parent
COMPENDIUM = """
import json, os, sys
report = {"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}
report |= {"python": sys.executable, "path": sys.path, "utf8": sys.flags.utf8_mode}
print(json.dumps(report))
sys.exit(7 if "fail" in sys.argv else 0)
"""


def wheel(folder: Path, name: str, code: str, script: str = "") -> str:
    """Write a wheel of one module and perhaps a command; returns its line of a lock."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": code,
        f"{name}/__main__.py": "print('started')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{script} = {name}:main\n" * bool(script),
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}==1.0 \\\n    --hash=sha256:{digest}\n"


@dataclass
class Project:
    """A compendium of next to nothing, with the wheels its locks list."""

    folder: Path
    wheels: Path
    tools: Path

    @property
    def lock(self) -> Path:
        return self.folder / "requirements.lock"

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / bootstrap.PYTHON.relative_to(bootstrap.ENV)

    @property
    def stamp(self) -> Path:
        return self.folder / ".venv" / "requirements.stamp"

    def command(self, *arguments: str, doctor: str = "") -> list[str]:
        """How to start it; `doctor` is code that runs first, to make the machine look different."""
        script = str(self.folder / "run_all.py")
        if not doctor:
            return [sys.executable, script, *arguments]
        code = f"import runpy, sys\nsys.path.insert(0, {str(self.folder)!r})\n{doctor}\n"
        code += f"sys.argv = {[script, *arguments]!r}\n"
        code += f"runpy.run_path({script!r}, run_name='__main__')"
        return [sys.executable, "-c", code]

    def environment(self, changes: dict[str, str]) -> dict[str, str]:
        """What the machine's own settings of pip and uv must not change."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
        own = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "PIP_NO_CACHE_DIR": "1"}
        own |= {"UV_CACHE_DIR": str(self.tools.parent / "cache"), "PATH": str(self.tools)}
        return {**kept, **own, "PYTHONDONTWRITEBYTECODE": "1", **changes}

    def start(
        self, *arguments: str, doctor: str = "", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments, doctor=doctor),
            env=self.environment(changes),
            cwd=self.tools.parent,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def background(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment({}),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def set_up(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return self.start(*arguments, "--wheels", str(self.wheels), **changes)

    def put_tool(self, name: str, code: str) -> None:
        """Put a command of our own on the PATH of the project."""
        tool = self.tools / name
        tool.unlink(missing_ok=True)
        tool.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
        tool.chmod(0o755)


def make_project(folder: Path) -> Project:
    """Write a project, its wheels and an empty PATH into a folder."""
    project = Project(folder / "prøve projekt", folder / "wheels", folder / "tools")
    for place in (project.folder / "compendium", project.wheels, project.tools):
        place.mkdir(parents=True)
    for name in ("run_all.py", "bootstrap.py", "pyproject.toml"):
        shutil.copy(ROOT / name, project.folder)
    project.lock.write_text(wheel(project.wheels, "tiny", "size = 1\n"))
    lab = project.folder / "requirements-lab.lock"
    lab.write_text(wheel(project.wheels, "jupyterlab", ""))
    (project.folder / "compendium" / "__init__.py").touch()
    (project.folder / "compendium" / "__main__.py").write_text(COMPENDIUM)
    return project
