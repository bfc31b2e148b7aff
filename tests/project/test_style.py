"""Style, types and import rules, as pyproject.toml states them: the one test command covers all."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = str(Path(sysconfig.get_path("scripts"), "lint-imports"))


@pytest.mark.parametrize(
    "check",
    [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy"],
        [LINT_IMPORTS, "--no-cache"],
    ],
    ids=["style", "layout", "types", "imports"],
)
def test_the_code_passes(check: list[str]) -> None:
    done = subprocess.run(check, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        (
            "evallib/cohort/panel.py",
            "import compendium",
            "neither its rendering nor its data maker",
        ),
        ("standin/tables.py", "from evallib import curves", "nothing else of the evaluation"),
        ("standin/tables.py", "import compendium", "knows nothing of the rendering"),
        ("compendium/chapter/exhibits.py", "import standin", "so the rendering does not know how"),
        (
            "evallib/study/register/columns.py",
            "import evallib.cohort",
            "each room knows only those below",
        ),
    ],
)
def test_a_forbidden_import_is_seen(module: str, line: str, broken: str, tmp_path: Path) -> None:
    for package in ("evallib", "compendium", "standin"):
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(config, encoding="utf-8")
    with (tmp_path / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [LINT_IMPORTS, "--no-cache"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    [verdict] = [text for text in done.stdout.splitlines() if "BROKEN" in text]
    assert broken in verdict
