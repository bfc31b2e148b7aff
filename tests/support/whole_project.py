"""The whole compendium, copied and built as a reader would: slow, so the tests share one build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (
    "compendium",
    "evallib",
    "standin",
    "notebooks",
    "data",
    "locale",
    "requirements.lock",
    "run_all.py",
    "pyproject.toml",
    "CITATION.cff",
)


def build(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the build of a copied project as a reader would."""
    command = [sys.executable, "-P", "-m", "compendium", "build", *options]
    return subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def first_outputs(folder: Path) -> Path:
    """Where the results lie as the first build left them; tests change the others."""
    return folder.with_name(f"{folder.name}-first")


def built(folder: Path) -> Path:
    """Copy the sources to a folder and build them; what the build said is in the file `said`."""
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "standin" if name == "data" else "")
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy(source, folder / name)
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said").write_text(done.stdout, "utf-8")
    shutil.copytree(folder / "outputs", first_outputs(folder))
    return folder
