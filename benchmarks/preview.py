"""How long a save takes to be seen, in a real browser, beside tools that show the same chapters.

    python benchmarks/preview.py [--chapters 3 7 ...]

The last line is JSON. prose_s and code_s: medians over the chapters of the seconds from saving a
notebook to seeing the change in the page that was open before, for a sentence added to the last
prose and a comment added to the last code cell. by_hand_code_s: the same edit run by papermill and
written by nbconvert, as one does without a preview; by_hand_prose_s: nbconvert alone, of the
notebook as executed. The browser is left out of the peer's time. prose_share and code_share: ours
by the peer's, medians over the chapters. load: how much else the machine did at the end.

`myst start` and `quarto preview` are no peers here: the one fetches its theme from a service when
it starts (myst 1.8.3: "request to …/templates/site/myst/book-theme failed"), the other its program.

Ours and the peer take turns, chapter by chapter, on the same copy of the repository, after a build.
Chromium is spoken to by `tests/support/browser.py`.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from build import PAPERMILL, Bench, edit_cell, timed

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from browser import Browser, Page

LONGEST = 300  # seconds
IDLE = "document.querySelector('#preview [role=status]').textContent === ''"


def until(page: Page, code: str) -> float:
    """Seconds until an expression holds in a page."""
    start = time.perf_counter()
    while not page.js(code):
        if time.perf_counter() - start > LONGEST:
            sys.exit(f"nothing was seen in {LONGEST} s: {code}")
        time.sleep(0.01)
    return time.perf_counter() - start


def seen(page: Page, path: Path, kind: str, text: str, word: str) -> float:
    """Seconds from saving an edit of a chapter to seeing a word of it."""
    edit_cell(path, lambda cell: cell["cell_type"] == kind, text)
    seconds = until(page, f"document.getElementById('main').textContent.includes('{word}')")
    until(page, IDLE)  # what rests on it is through, too
    return seconds


def by_hand(bench: Bench, path: Path) -> tuple[float, float]:
    """Seconds of papermill and nbconvert for a chapter, and of nbconvert alone."""
    out = bench.folder / "by-hand"
    out.mkdir(exist_ok=True)
    run = [sys.executable, "-c", PAPERMILL, out, path]
    write = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", out / path.name]
    ran, written = (timed(command, bench.copy, bench.kernels())[0] for command in (run, write))
    return ran + written, written


def measured(bench: Bench, page: Page, path: Path) -> dict[str, float]:
    """Seconds by measure for a chapter; its notebook is left as it was."""
    before = path.read_bytes()
    word = f"seen{path.stem[:2]}"
    try:
        told = {
            "prose": seen(page, path, "markdown", f"\n\nProse {word}p.", f"{word}p"),
            "code": seen(page, path, "code", f"\n# {word}c", f"{word}c"),
        }
        told["by_hand_code"], told["by_hand_prose"] = by_hand(bench, path)
    finally:
        path.write_bytes(before)
    until(page, f"!document.getElementById('main').textContent.includes('{word}c')")
    until(page, IDLE)
    print(path.stem, ", ".join(f"{name} {seconds:.2f} s" for name, seconds in told.items()))
    return told


def measure(bench: Bench, wanted: Callable[[Path], bool]) -> dict[str, float | None]:
    """Take all measures, telling each."""
    bench.first_build()
    command = [sys.executable, "run_all.py", "--here", "preview"]
    environment = {**bench.environment, "BROWSER": "true"}
    preview = subprocess.Popen(
        command, cwd=bench.copy, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        with Browser() as browser:
            page = browser.open(next(iter(preview.stdout or ())).strip())
            until(page, IDLE)
            found = [measured(bench, page, path) for path in filter(wanted, bench.chapters)]
    finally:
        preview.send_signal(signal.SIGINT)
        preview.wait(60)
    middle = {f"{name}_s": median(chapter[name] for chapter in found) for name in found[0]}
    return {
        **{name: round(seconds, 2) for name, seconds in middle.items()},
        "prose_share": round(median(c["prose"] / c["by_hand_prose"] for c in found), 3),
        "code_share": round(median(c["code"] / c["by_hand_code"] for c in found), 3),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Measure in a temporary folder and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chapters", type=int, nargs="+", help="numbers of chapters (all)")
    asked = parser.parse_args().chapters
    with tempfile.TemporaryDirectory(prefix="compendium-preview-") as folder:
        wanted = lambda path: not asked or int(path.stem[:2]) in asked  # noqa: E731
        print(json.dumps(measure(Bench(Path(folder)), wanted)))


if __name__ == "__main__":
    main()
