"""The files around the code say what they must, and nothing that belongs to one machine."""

import ast
import json
import os
import re
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from bootstrap import NEWEST
from compendium.cli import COMMANDS

ROOT = Path(__file__).parents[2]
MOST_OF_A_PICTURE = 200_000
LOCKS = ["requirements.lock", "requirements-lab.lock"]
INDEX = re.compile(r"https?://[^\s\"')>]*(pypi|pythonhosted|/simple\b)")
MACHINE = re.compile(r"(?<![\w.~*:/-])(/(home|root|work|opt|mnt|Users)/\w|[A-Z]:\\\w{2})")


def text(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed() -> list[Path]:
    """Every file below ROOT that .gitignore does not name."""
    ignored = {line.strip("/") for line in text(".gitignore").splitlines() if line[:1] != "#"}
    ignored.add(".git")  # a file in a second worktree
    files = []
    for place, folders, names in os.walk(ROOT):
        below = Path(place).relative_to(ROOT)
        folders[:] = [f for f in folders if not {f, (below / f).as_posix()} & ignored]
        files += [below / n for n in names if not any(fnmatch(n, pattern) for pattern in ignored)]
    return sorted(files)


def texts() -> dict[Path, str]:
    """The committed files that hold text."""
    contents = {path: (ROOT / path).read_bytes() for path in committed()}
    return {path: raw.decode("utf-8") for path, raw in contents.items() if b"\0" not in raw}


def places(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern stands in the committed files."""
    return [
        f"{path}:{number}: {line[:120]}"
        for path, content in texts().items()
        for number, line in enumerate(content.splitlines(), start=1)
        if pattern.search(line)
    ]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(name: str) -> dict[str, str]:
    """Packages of a requirements file, each with the reason beside it."""
    lines = [line for line in text(name).splitlines() if line and line[0] != "#"]
    pairs = [line.partition("#") for line in lines]
    return {normal(re.split(r"[^\w.-]", what)[0]): why.strip() for what, _, why in pairs}


def locked(name: str) -> dict[str, set[str]]:
    """Packages of a lock with their versions (more than one where Pythons differ)."""
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", text(name), re.MULTILINE):
        versions.setdefault(normal(package), set()).add(version)
    return versions


def test_no_file_names_a_package_index() -> None:
    assert places(INDEX) == []
    planted = "https" + "://py" + "pi.org/project/x", "http" + "://mirror.local/simple/"
    assert all(INDEX.search(line) for line in planted)


def test_no_file_names_a_place_on_a_machine() -> None:
    assert places(MACHINE) == []
    planted = "open('/" + "home/me/x')", "in /" + "root/x", '"C' + ':\\Users\\me"'
    assert all(MACHINE.search(line) for line in planted)


def test_line_ends_are_the_same_everywhere() -> None:
    assert "* text=auto eol=lf" in text(".gitattributes").splitlines()
    assert [path for path, content in texts().items() if "\r" in content] == []


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-spark.lock"])
def test_a_lock_has_hashes_and_no_address(lock: str) -> None:
    content = text(lock)
    assert "://" not in content
    blocks = re.split(r"\n(?=\S)", content.strip())
    pinned = re.compile(r"[\w.-]+(\[[\w,]+\])?==\S+( ; .+)? \\(\n    --hash=sha256:\w{64}( \\)?)+")
    assert [block for block in blocks if not pinned.fullmatch(block)] == []


@pytest.mark.parametrize(
    "source", ["requirements.in", "requirements-lab.in", "requirements-spark.in"]
)
def test_every_requirement_has_a_reason_and_is_locked(source: str) -> None:
    wanted = required(source)
    assert [package for package, reason in wanted.items() if not reason] == []
    locked = {
        normal(name)
        for name in re.findall(r"^([\w.-]+)", text(f"{source[:-3]}.lock"), re.MULTILINE)
    }
    assert set(wanted) <= locked


def test_the_two_locks_agree() -> None:
    main, lab = (
        dict(re.findall(r"^([\w.-]+)==(\S+) \\", text(lock), re.MULTILINE)) for lock in LOCKS
    )
    assert {name: lab[name] for name in main.keys() & lab.keys() if lab[name] != main[name]} == {}


def test_every_import_is_required() -> None:
    own = {path.stem for path in committed() if path.suffix == ".py"}
    own |= {part for path in committed() for part in path.parts} | sys.stdlib_module_names
    # duckdb comes with ibis; the others have environments of their own (Spark, a benchmark's peer).
    own |= {"duckdb", "pyspark", "polars"}
    wanted, owners = set(required("requirements.in")), packages_distributions()
    unknown = set()
    for path in (path for path in committed() if path.suffix == ".py"):
        for node in ast.walk(ast.parse(text(path))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - own:
                if not {normal(package) for package in owners.get(name, [])} & wanted:
                    unknown.add(f"{path}: {name}")
    assert unknown == set()


@pytest.mark.parametrize(
    ("name", "above"), [("environment.yml", ""), (".binder/environment.yml", "../")]
)
def test_conda_takes_everything_from_the_locks(name: str, above: str) -> None:
    """Its Python has wheels of all that is locked, and nothing else is pinned apart from them."""
    about = yaml.safe_load(text(name))
    pip = [f"-r {above}{lock}" for lock in LOCKS]
    last = f"{NEWEST[0]}.{NEWEST[1] + 1}"
    assert about["dependencies"] == [f"python >=3.11,<{last}", "pip", {"pip": pip}]
    assert about["channels"] == ["conda-forge"]
    folder = (ROOT / name).parent
    assert all((folder / lock.removeprefix("-r ")).is_file() for lock in pip)


def test_where_others_run_it_they_run_what_is_here() -> None:
    """Workflow, container and Codespaces cannot run here; what they call must be ours."""
    told = [text(".github/workflows/report.yml"), text(".binder/postBuild"), text("Dockerfile")]
    told.append(text(".devcontainer/devcontainer.json"))
    called = set(re.findall(r"python\"?,? \"?run_all\.py ?([a-z]*)", "\n".join(told)))
    assert called - {""} <= {*COMMANDS, "test", "link"}
    assert {"", "test", "verify", "reproduce", "link", "plan"} <= called
    workflow = yaml.safe_load(told[0])
    used = [s for job in workflow["jobs"].values() for s in job["steps"] if "uses" in s]
    assert all(re.search(r"@v\d+$", step["uses"]) for step in used)
    systems = [row["system"] for row in workflow["jobs"]["others"]["strategy"]["matrix"]["include"]]
    assert {name.split("-")[0] for name in systems} == {"ubuntu", "macos", "windows"}
    lines = told[-1].splitlines()
    container = json.loads("\n".join(line for line in lines if not line.startswith("//")))
    assert container["postCreateCommand"] == "python run_all.py"


def test_the_versions_agree() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert f"\nversion: {project['version']}\n" in text("CITATION.cff")
    assert f"\n## [{project['version']}] - " in text("CHANGELOG.md")
    assert project["requires-python"] == ">=3.11"
    assert [name for name in project["license-files"] if not (ROOT / name).is_file()] == []


def test_the_readme_links_to_files_and_lists_the_chapters() -> None:
    readme = text("README.md")
    links = set(re.findall(r"\]\(([^)#:]+)\)", readme + text("CONTRIBUTING.md")))
    assert (ROOT / "docs" / "report.png").stat().st_size < MOST_OF_A_PICTURE
    files = set(re.findall(r"`((?:data|notebooks)/[\w./]+\.\w+)`", readme))
    assert [name for name in sorted(links | files) if not (ROOT / name).exists()] == []
    listed = [int(number) for number in re.findall(r"^\| (\d+) ", readme, re.MULTILINE)]
    present = sorted(int(path.name[:2]) for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert listed == present
