"""What is chosen for a run and not in the code: where the study lies, and what of it may be read.

Whoever runs an analysis among others, such as a build, writes the choices to one JSON file and
names it in the environment. Without such a file nothing is chosen, and every function takes its own
defaults.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evallib.errors import VARIABLE, EvalError

REGISTER = "register"
"""The setting that names the folder for converted register files."""
DATA = Path(__file__).resolve().parents[1] / "data"
"""Definitions, code lists and rules of the repository's own evaluation."""


def project() -> Path:
    """The folder of the evaluation: that of the run, else the nearest around the working folder.

    A notebook that is opened by itself lies in its evaluation's folder, and so finds it. The
    repository's own evaluation is what remains.
    """
    here = Path.cwd()
    found = (f for f in (here, *here.parents) if (f / "data" / "evaluation.toml").is_file())
    return Path(settings().get("root") or next(found, DATA.parent))


def study_folder(root: Path) -> Path:
    """The tables of an evaluation: its `study` folder if it brings one, else the stand-in study."""
    own = root / "study"
    return own if own.is_dir() else root / "data" / "standin"


@cache
def settings() -> Mapping[str, Any]:
    """The settings of this run, empty if there are none; read once.

    Of these `evallib` knows: root (the folder of the evaluation), data (that of the study's
    tables), tables (names of those that may be read; all if missing or null), hint (what to do
    about one that may not) and register (the folder that keeps what a register file was converted
    to).

    Raises
    ------
    EvalError
        The file that is named cannot be read, or is no JSON object.

    Examples
    --------
    >>> settings().get("tables") is None
    True
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return MappingProxyType({})
    try:
        chosen = json.loads(Path(path).read_text(encoding="utf-8"))
        return MappingProxyType(dict(chosen))
    except (OSError, ValueError, TypeError) as error:
        raise EvalError(
            f"The settings of this run ({path}) cannot be read: {error}. Unset {VARIABLE}, or run "
            "again what wrote the file."
        ) from error


def data_folder(path: str | Path | None = None) -> Path:
    """The folder asked for, else that of the settings, else that of the evaluation."""
    return Path(path or settings().get("data") or study_folder(project()))
