"""Where everything is, and what one run was asked for.

Paths stand in one place, so that tests build a small workspace in a folder of their own with the
same code, and a run with a reader's own choices gets an output folder of its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from compendium.chapter.formatting import LANGUAGES
from evallib.errors import DataError
from evallib.settings import study_folder
from evallib.study.contract import is_standin

ROOT = Path(__file__).resolve().parent.parent
WITHHELD = "withheld.json"
_DROPPED = ("PYTHON", "MPL", "IPYTHON", "EVALUATION", "LC_", "LANG")
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")


@dataclass(frozen=True)
class Workspace:
    """A compendium on disk and the choices of one run.

    `root` holds notebooks/, data/, locale/, the packages chapters import and perhaps study/;
    `data_dir` the study's tables. `chapters` and `parameters` (name -> text as given) are a
    reader's own choices; results of such a run go to `out`/custom/<name> and leave the full report
    alone. A `draft` is made of chapters with faults, too, and says so on every page; `debug` shows
    what errors say of data. `release` is the site that results are to leave; every number then
    passes the rules.
    """

    root: Path = ROOT
    data_dir: Path | None = None
    out_dir: Path | None = None
    languages: tuple[str, ...] = LANGUAGES
    chapters: tuple[int, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    timeout: int | None = None
    release: str = ""
    draft: bool = False
    debug: bool = False

    @property
    def notebooks(self) -> Path:
        """The folder of the chapters' sources, which is also every kernel's working folder."""
        return self.root / "notebooks"

    @cached_property
    def data(self) -> Path:
        """The folder of the study's tables: as asked for, or that of the evaluation."""
        return (self.data_dir or study_folder(self.root)).resolve()

    @cached_property
    def full_out(self) -> Path:
        """The folder of the full report."""
        return (self.out_dir or self.root / "outputs").resolve()

    def shared(self, name: str) -> Path:
        """A file of the evaluation, or else the repository's own."""
        own = self.root / name
        return own if own.is_file() else ROOT / name

    @property
    def choices(self) -> str:
        """A reader's own choices, as in "7, level=0.9"; empty for the full report."""
        given = [f"{name}={text}" for name, text in sorted(self.parameters.items())]
        return ", ".join([*map(str, self.chapters), *given])

    @property
    def out(self) -> Path:
        """The folder this run writes to."""
        if self.release:
            return self.full_out / ".release" / "seen"
        name = re.sub(r"[^A-Za-z0-9_=.,+-]+", "", self.choices)
        return self.full_out / "custom" / name if name else self.full_out

    @property
    def exact(self) -> Path:
        """Where a run for release keeps its exact numbers, of which nothing leaves."""
        return self.full_out / ".release" / "exact"

    def decided(self, *, judges: bool) -> list[Path]:
        """The files that say which numbers may be seen; a chapter that judges reads exact ones."""
        if not self.release:
            return []
        return [self.exact / WITHHELD, *(sorted(self.exact.glob("values/*.json")) * judges)]

    @property
    def memory(self) -> Path:
        """The folder of what the build remembers of its last run to this folder."""
        return self.out / ".build"

    def peak(self, chapter: int) -> Path:
        """Where the most memory that a chapter's kernel held is remembered."""
        return self.memory / "peaks" / f"{chapter:02d}"

    @property
    def full_memory(self) -> Path:
        """The same of the full report; what was done for the study counts for every run."""
        return self.full_out / ".build"

    @property
    def makes_standin(self) -> bool:
        """Whether the study is the stand-in study that this workspace can make itself."""
        return (self.root / "standin").is_dir() and self.data == self.root / "data" / "standin"

    @cached_property
    def hides(self) -> bool:
        """Whether texts of libraries' errors are left out: they may tell of real persons."""
        try:
            return not (self.debug or is_standin(self.data))
        except (OSError, DataError):
            return True

    def relative(self, path: Path) -> str:
        """Return a path as shown to the reader, the same wherever the folders lie.

        >>> here = Workspace(Path("/a"), out_dir=Path("/b"))
        >>> here.relative(Path("/a/notebooks/01_x.ipynb")), here.relative(Path("/b/values/01.json"))
        ('notebooks/01_x.ipynb', 'results:values/01.json')
        """
        for before, folder in self._folders():
            if path.is_relative_to(folder):
                return before + path.relative_to(folder).as_posix()
        return str(path)

    def located(self, name: str) -> Path:
        """Return the path that `relative` calls so."""
        before, folder = next(
            (before, folder)
            for before, folder in (*self._folders()[1:], ("", self.root))
            if name.startswith(before)
        )
        return folder / name.removeprefix(before)

    def _folders(self) -> list[tuple[str, Path]]:
        """Return what names of files begin with, and the folders these lie in."""
        apart = [("…/", ROOT), ("results:", self.full_out), ("study:", self.data)]
        return [("", self.root), *apart]

    def environment(self) -> dict[str, str]:
        """Return the environment of child processes: the same bytes twice, whoever runs it.

        Hash seed, thread counts, time zone and locale are pinned; Python's own variables are
        dropped, so that neither a user's settings nor a missing bytecode cache reach a chapter.
        """
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_DROPPED)}
        return kept | {
            "PYTHONPATH": os.pathsep.join(dict.fromkeys((str(self.root), str(ROOT)))),
            "PYTHONHASHSEED": "0",
            "PYTHONNOUSERSITE": "1",
            "PYTHONUTF8": "1",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in Jupyter
            "SOURCE_DATE_EPOCH": "0",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            **{f"{name}_NUM_THREADS": "1" for name in THREADS},
        }
