"""The two programs that write reports, and whether they are here: a secure site may refuse them.

What is computed needs neither, so a build without them gives executed notebooks, values and
verdicts, and says what it left out. Both come as files of a package; a file that is there and is
not let run all the same is told when it is called.
"""

import os
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path

WITHOUT = 3  # exit code of a build that left out what they write
PANDOC, TYPST = "pandoc", "typst"
_NEEDS = {"pages": {PANDOC}, "html": {PANDOC}, "pdf": {PANDOC, TYPST}}
TOLD = {"pages": "the notebooks as pages", "html": "the HTML report", "pdf": "the PDF report"}


@cache
def pandoc_path() -> str | None:
    """Return the pandoc of the environment, if it may be run."""
    folder = _folder("pypandoc")
    return folder and shutil.which(PANDOC, path=Path(folder) / "files")


@cache
def lacking() -> frozenset[str]:
    """Return which of the two are not here."""
    folder = _folder("typst")
    typst = folder and any(os.access(p, os.R_OK) for p in Path(folder).glob("_typst.*"))
    found = {PANDOC: pandoc_path(), TYPST: typst}
    return frozenset(name for name, there in found.items() if not there)


def left_out() -> list[str]:
    """Return what cannot be made without them, of "pages", "html" and "pdf"."""
    return [kind for kind, needed in _NEEDS.items() if needed & lacking()]


def _folder(package: str) -> str:
    spec = find_spec(package)
    return str(Path(spec.origin).parent) if spec and spec.origin else ""
