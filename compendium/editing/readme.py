"""The part of data/README.md that says what the codebook says: one source, two readings."""

from __future__ import annotations

import re
from pathlib import Path

from compendium.chapter.codebook import codebook
from compendium.files import write

_PART = re.compile(r"(<!-- codebook -->\n).*(<!-- end of codebook -->\n)", re.DOTALL)


def table(root: Path) -> str:
    """Return the shown quantities as a Markdown table: name, label, unit and meaning."""
    rows = [f"| {q.name} | {q.label} | {q.unit} | {q.meaning} |\n" for q in codebook(root).values()]
    return "".join(["| name | label | unit | meaning |\n", "|---|---|---|---|\n", *rows])


def rewritten(root: Path) -> str:
    """Return the text data/README.md should have."""
    said = (root / "data" / "README.md").read_text("utf-8")
    return _PART.sub(lambda part: f"{part[1]}\n{table(root)}\n{part[2]}", said)


def is_current(root: Path) -> bool:
    """Tell whether data/README.md says what the codebook says; so it does where there is none."""
    path = root / "data" / "README.md"
    return not path.is_file() or path.read_text("utf-8") == rewritten(root)


def update(root: Path) -> None:
    """Write data/README.md anew from the codebook where the two differ."""
    if not is_current(root):
        write(root / "data" / "README.md", rewritten(root))
