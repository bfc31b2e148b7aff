"""How long a build takes, beside two tools that run the same chapters.

    python benchmarks/build.py [--runs 3]
    python benchmarks/build.py --pairs [3 7 ...]

The last line is JSON. vs_papermill and vs_jupyter_book: a full build of ours (both languages, HTML
and PDF, two jobs, the data check) as a share of what the peer needs. no_change_s: seconds of
`run_all.py` when there is nothing to do. prose_edit and code_edit: a build after an edit in the
chapter of median run time, as a share of a full build; the code edit records one value more, so the
chapters that read other chapters' values run again too. peak_mb: memory of all processes of a first
build, the data made too, pages they share counted once; null where the system does not tell (only
Linux does).

With --pairs there are no peers: for each chapter (or those named) a full build, then one after an
edit of it that changes nothing shown (a comment) and one that changes its figures (the width of a
line). The JSON holds by chapter what each costs as a share of the full build before it, in seconds
of processors, which other work on the machine does not count in, and in seconds; and the largest.

All runs start from the same copy of the repository with the same data and a warm bytecode cache,
take turns (ours, papermill, Jupyter Book, ours, ...), and the median counts. Set-up is left out.
The peers get what makes them fast and honest: papermill runs in one process, chapter after chapter,
and one nbconvert makes all pages; Jupyter Book runs as it does by default. Their kernels are stock
ones of this environment with the same pinned variables as ours. Chapters that read what others
recorded find it in the folder of a finished build, and a cell that fails ends the benchmark. They
make HTML in no language of its own, evaluate no inline value and make no PDF.

Jupyter Book is not part of the lock: uv installs it in a temporary environment. Without network its
figure is null.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from ipykernel.kernelspec import write_kernel_spec

from compendium.workspace import ROOT, Workspace
from evallib.settings import VARIABLE

PACKAGES = ("compendium", "evallib", "standin", "notebooks", "data", "locale")
FILES = ("run_all.py", "bootstrap.py", "pyproject.toml", "requirements.lock", "CITATION.cff")
MODULE = "evallib/inference/analyses.py"  # four chapters import it, the slowest among them
MARK = "COMPENDIUM_BENCHMARK"  # in the environment of every process whose memory counts
PAPERMILL = """
import sys, pathlib, papermill
for path in map(pathlib.Path, sys.argv[2:]):
    out = pathlib.Path(sys.argv[1], path.name)
    papermill.execute_notebook(path, out, cwd=path.parent, progress_bar=False)
"""
BOOK = """
title: Benchmark
only_build_toc_files: true
execute: {execute_notebooks: force, timeout: -1}
sphinx: {config: {nb_execution_raise_on_error: true}}
"""
Edit = Callable[[Path, int], None]


class Bench:
    """A copy of the repository, built once, with the data and the values the peers need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copy = folder / "compendium"
        self.data = folder / "data"
        ignore = shutil.ignore_patterns("__pycache__", ".*")
        for name in PACKAGES:
            shutil.copytree(ROOT / name, self.copy / name, ignore=ignore)
        for name in FILES:
            shutil.copy(ROOT / name, self.copy)
        shutil.rmtree(self.copy / "data" / "standin", ignore_errors=True)
        self.environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    @property
    def chapters(self) -> list[Path]:
        """The chapters' sources."""
        return sorted((self.copy / "notebooks").glob("*.ipynb"))

    def first_build(self) -> float:
        """Build as after a download; returns the peak memory in MB and keeps what peers need."""
        peak, mark = 0.0, self.folder.name
        command = [sys.executable, "run_all.py", "--here", "-q"]
        marked = {**self.environment, MARK: mark}
        with subprocess.Popen(command, cwd=self.copy, env=marked) as process:
            while process.poll() is None:
                folders = Path("/proc").glob("[0-9]*")
                peak = max(peak, sum(memory(path, f"{MARK}={mark}") for path in folders))
                time.sleep(0.1)
        if process.returncode:
            sys.exit(f"the first build ended with exit code {process.returncode}")
        shutil.copytree(self.copy / "data" / "standin", self.data)
        shutil.copytree(self.copy / "outputs" / "values", self.folder / "recorded" / "values")
        write_kernel_spec(str(self.folder / "jupyter" / "kernels" / "python3"))
        return peak

    def ours(self, *options: object) -> tuple[float, str]:
        """Run the command a user types; returns seconds and the last line it said."""
        command = [sys.executable, "run_all.py", "--here", *options]
        seconds, said = timed(command, self.copy, self.environment)
        return seconds, said.strip().splitlines()[-1]

    def kernels(self) -> dict[str, str]:
        """Return the peers' environment: stock kernels of this Python that see what ours see."""
        settings = self.folder / "settings.json"
        chosen = {"data": str(self.data), "out": str(self.folder / "recorded")}
        settings.write_text(json.dumps(chosen), "utf-8")
        return Workspace(self.copy).environment() | {
            VARIABLE: str(settings),
            "JUPYTER_PATH": str(self.folder / "jupyter"),
            "IPYTHONDIR": str(self.folder / "ipython"),
        }


def memory(process: Path, mark: str) -> float:
    """Return a process's share of memory in MB; 0 if it has ended or lacks the mark."""
    try:
        if mark.encode() not in (process / "environ").read_bytes():
            return 0.0
        lines = (process / "smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def processors(process: Path, mark: str) -> float:
    """Return the seconds a process has run on processors; 0 if it has ended or lacks the mark."""
    try:
        if mark.encode() not in (process / "environ").read_bytes():
            return 0.0
        fields = (process / "stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spent(bench: Bench, *options: object) -> tuple[float, float]:
    """Seconds of processors and seconds of a build, with all processes it starts."""
    mark = f"{MARK}={bench.folder.name}-{time.monotonic_ns()}"
    environment = {**bench.environment, MARK: mark.partition("=")[2]}
    command = [sys.executable, "run_all.py", "--here", "-q", *map(str, options)]
    start, used = time.perf_counter(), dict[str, float]()
    with subprocess.Popen(command, cwd=bench.copy, env=environment) as process:
        while process.poll() is None:
            for path in Path("/proc").glob("[0-9]*"):
                if seconds := processors(path, mark):
                    used[path.name] = seconds
            time.sleep(0.25)
    if process.returncode:
        sys.exit(f"a build ended with exit code {process.returncode}")
    return sum(used.values()), time.perf_counter() - start


def timed(command: Sequence[object], cwd: Path, env: Mapping[str, str]) -> tuple[float, str]:
    """Run a command that must succeed; returns seconds and what it said."""
    start = time.perf_counter()
    texts = list(map(str, command))
    done = subprocess.run(
        texts, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(texts[:4])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds, done.stdout


def run_papermill(bench: Bench, chapters: Sequence[Path], out: Path) -> float:
    """Seconds papermill takes to run the chapters, and nbconvert to make their pages."""
    out.mkdir()
    executed = [out / path.name for path in chapters]
    run = [sys.executable, "-c", PAPERMILL, out, *chapters]
    pages = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", *executed]
    seconds = sum(timed(command, bench.copy, bench.kernels())[0] for command in (run, pages))
    return all_made([path.with_suffix(".html") for path in executed], seconds)


def run_jupyter_book(bench: Bench, chapters: Sequence[Path], out: Path) -> float:
    """Seconds Jupyter Book takes to make a book of the chapters."""
    out.mkdir()
    for path in chapters:
        shutil.copy(path, out)
    (out / "_config.yml").write_text(BOOK, "utf-8")
    toc = {"format": "jb-book", "root": chapters[0].stem}
    toc["chapters"] = [{"file": path.stem} for path in chapters[1:]]
    (out / "_toc.yml").write_text(json.dumps(toc), "utf-8")  # JSON is YAML
    command = [bench.folder / "peer" / "bin" / "jupyter-book", "build", out]
    seconds = timed(command, bench.folder, bench.kernels())[0]
    pages = out / "_build" / "html"
    return all_made([pages / f"{path.stem}.html" for path in chapters], seconds)


def all_made(pages: Sequence[Path], seconds: float) -> float:
    """Return the seconds, if every page is there: a peer that gave up early is not fast."""
    lacking = [page.name for page in pages if not page.is_file()]
    if lacking:
        sys.exit(f"pages were not made: {', '.join(lacking)}")
    return seconds


def jupyter_book_there(bench: Bench) -> bool:
    """Install Jupyter Book in an environment of its own; says so if that cannot be done."""
    peer, uv = bench.folder / "peer", [sys.executable, "-m", "uv", "--quiet"]
    install = ["pip", "install", "--compile-bytecode", "--python", peer, "jupyter-book<2"]
    try:
        subprocess.run([*uv, "venv", "--python", sys.executable, peer], check=True)
        subprocess.run([*uv, *install], check=True)
    except subprocess.CalledProcessError:
        print("Jupyter Book could not be installed, so there is no figure for it")
        return False
    return True


def full_builds(bench: Bench, runs: int) -> dict[str, list[float]]:
    """Seconds of full builds by tool, run in turns after two light chapters as a warm-up."""
    peers = {"papermill": run_papermill}
    if jupyter_book_there(bench):
        peers["jupyter_book"] = run_jupyter_book
    light = sorted(bench.chapters, key=lambda path: path.stat().st_size)[:2]
    for name, run in peers.items():
        run(bench, light, bench.folder / f"{name}-warm-up")
    times: dict[str, list[float]] = {"ours": [], **{name: [] for name in peers}}
    for i in range(runs):
        out = bench.folder / f"ours-{i}"
        times["ours"].append(bench.ours("--data", bench.data, "--out", out)[0])
        for name, run in peers.items():
            times[name].append(run(bench, bench.chapters, bench.folder / f"{name}-{i}"))
        last = ", ".join(f"{name} {seconds[-1]:.1f} s" for name, seconds in times.items())
        print(f"full build {i + 1} of {runs}: {last}")
    return times


def by_run_time(bench: Bench) -> list[str]:
    """Names of the chapters, the fastest first, as papermill ran them."""
    ran = (bench.folder / "papermill-0").glob("*.ipynb")
    notebooks = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(ran)}
    seconds = {name: book["metadata"]["papermill"]["duration"] for name, book in notebooks.items()}
    said = ", ".join(f"{name[:2]} {spent:.1f} s" for name, spent in seconds.items())
    print(f"chapters under papermill: {said}")
    return sorted(seconds, key=lambda name: seconds[name])


def prose(path: Path, _run: int) -> None:
    """Add a sentence to the last prose of a chapter."""
    edit_cell(path, lambda cell: cell["cell_type"] == "markdown", "\n\nMore text.")


def code(path: Path, run: int) -> None:
    """Record one value more in the last code cell of a chapter."""
    name = f"benchmark.{path.stem}.run{run}"
    line = f'\nfrom compendium import value\nvalue("{name}", {run}, "count")'
    edit_cell(path, lambda cell: cell["cell_type"] == "code", line)


def comment(path: Path, run: int) -> None:
    """Change nothing that is shown but code: the last code cell gets a comment."""
    edit_cell(path, lambda cell: cell["cell_type"] == "code", f"\n# {run}")


def figure(path: Path, run: int) -> None:
    """Draw a chapter's figures with other lines, if it has any."""
    text = path.read_text("utf-8")
    notebook = json.loads(text)
    cell = next((c for c in notebook["cells"] if "figure(" in "".join(c["source"])), None)
    if cell is not None:
        line = f'import matplotlib\nmatplotlib.rcParams["axes.linewidth"] = 0.9{run}\n'
        cell["source"] = line + "".join(cell["source"])
        path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")


def module(path: Path, run: int) -> None:
    """Add a comment to a module, which changes no result."""
    path.write_text(f"{path.read_text('utf-8')}# {run}\n", "utf-8")


def edit_cell(path: Path, wanted: Callable[[dict], bool], text: str) -> None:
    """Add text at the end of the last of the wanted cells, as an editor would save it."""
    notebook = json.loads(path.read_text("utf-8"))
    cell = next(filter(wanted, reversed(notebook["cells"])))
    cell["source"] = "".join(cell["source"]) + text
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")


def after(bench: Bench, edit: Edit, path: Path, runs: int, full: float) -> float:
    """Median seconds of a build after an edit, as a share of a full build."""
    times = []
    for run in range(runs):
        edit(path, run)
        seconds, said = bench.ours()
        times.append(seconds)
    share = median(times) / full
    print(f"{edit.__name__} edit, {path.name}: {median(times):.1f} s, {share:.3f} ({said})")
    return share


def pairs(bench: Bench, numbers: Sequence[int]) -> dict[str, object]:
    """Shares of a full build that an edit of each chapter costs, by edit and chapter."""
    shares: dict[str, dict[str, list[float]]] = {"comment": {}, "figure": {}}
    bench.data = ROOT / "data" / "standin"  # as a build of this folder made it
    for path in bench.chapters:
        if numbers and int(path.stem[:2]) not in numbers:
            continue
        before = path.read_bytes()
        out = bench.folder / f"pair-{path.stem}"
        whole = spent(bench, "--data", bench.data, "--out", out)
        for edit in (comment, figure):
            edit(path, 1)
            if path.read_bytes() != before:
                part = spent(bench, "--data", bench.data, "--out", out)
                both = [round(one / all_, 3) for one, all_ in zip(part, whole, strict=True)]
                shares[edit.__name__][path.stem] = both
                print(f"{path.stem}, {edit.__name__}: {part} of {whole}", flush=True)
            path.write_bytes(before)
        shutil.rmtree(out)
    largest = {
        f"{name}_largest": [max(column) for column in zip(*found.values(), strict=True)]
        for name, found in shares.items()
        if found
    }
    return {**shares, **largest}


def no_change(bench: Bench, runs: int) -> float:
    """Median seconds of a run that has nothing to do."""
    times = []
    for _ in range(runs):
        seconds, said = bench.ours()
        if not said.startswith("nothing to do"):
            sys.exit(f"a build had something to do though nothing changed: {said}")
        times.append(seconds)
    return median(times)


def measure(bench: Bench, runs: int) -> dict[str, float | None]:
    """Take all measures, telling each."""
    peak = bench.first_build()
    print(f"first build: {peak:.0f} MB at most")
    times = full_builds(bench, runs)
    full = median(times["ours"])
    names = by_run_time(bench)
    usual, slowest = (bench.copy / "notebooks" / names[i] for i in (len(names) // 2, -1))
    unchanged = no_change(bench, runs)
    print(f"nothing changed: {unchanged:.2f} s")
    shares = {edit: after(bench, edit, usual, runs, full) for edit in (prose, code)}
    for edit in shares:
        after(bench, edit, slowest, runs, full)
    after(bench, module, bench.copy / MODULE, runs, full)
    book = times.get("jupyter_book")
    return {
        "vs_papermill": round(full / median(times["papermill"]), 3),
        "vs_jupyter_book": round(full / median(book), 3) if book else None,
        "no_change_s": round(unchanged, 2),
        "prose_edit": round(shares[prose], 3),
        "code_edit": round(shares[code], 3),
        "peak_mb": round(peak) or None,
    }


def main() -> None:
    """Measure in a temporary folder and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="how often each is run (3)")
    parser.add_argument(
        "--pairs", type=int, nargs="*", metavar="N", help="edits, of these chapters"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="compendium-benchmark-") as folder:
        bench = Bench(Path(folder))
        made = measure(bench, asked.runs) if asked.pairs is None else pairs(bench, asked.pairs)
        print(json.dumps(made))


if __name__ == "__main__":
    main()
