"""What all exhibits share: an id, the columns of a frame, and the way into the cell's output."""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from compendium.chapter.marks import MARK, mark
from compendium.chapter.payloads import MIME, Payload
from compendium.errors import ExhibitError, nearest
from evallib.settings import project, settings

_ID = re.compile(r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*")
_SHOWN_BY: dict[Any, int] = {}  # the run of a cell that showed an exhibit last


def emit(
    payload: Payload, text: str, more: Mapping[str, Any] | None = None, **metadata: Any
) -> None:
    """Send an exhibit as the cell's output; outside a notebook there is no cell to send it to."""
    if (shell := _shell()) is not None:
        _SHOWN_BY[payload.get("kind"), payload.get("id")] = shell.execution_count
        bundle = {MIME: payload, "text/plain": text, **(more or {})}
        if secret := settings().get("secret"):
            metadata[MARK] = mark(payload, secret)
        sys.modules["IPython"].display.display(bundle, raw=True, metadata=metadata)


def shown_by_this_cell(kind: str, name: str) -> bool:
    """Tell whether the cell that runs has shown an exhibit, so that it is no news as its result."""
    shell = _shell()
    return shell is not None and _SHOWN_BY.get((kind, name)) == shell.execution_count


def _shell() -> Any:
    """Return the notebook's shell, or None outside of one."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def checked_id(name: str) -> str:
    """Return an id, or raise ExhibitError if it is none."""
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise ExhibitError(
            f"`{name}` is no id: use letters, digits and _, joined by dots or hyphens"
        )
    return name


def need_columns(frame: Any, keys: Iterable[Any], what: str) -> None:
    """Raise ExhibitError for what is no frame, or the first column it does not have."""
    if not hasattr(frame, "columns"):
        raise ExhibitError(f"{what}: {type(frame).__name__} is no frame (of one number: `value`)")
    for key in keys:
        if key not in frame.columns:
            hint = nearest(str(key), map(str, frame.columns))
            raise ExhibitError(f"{what}: the frame has no column `{key}`; {hint}")


def ids_of(frame: Any, pattern: str, what: str) -> list[str]:
    """Return each row's id by a pattern that names columns, or the {index}, in braces.

    >>> import pandas as pd
    >>> ids_of(pd.DataFrame({"month": [8, 9]}, index=[1, 2]), "n.route{index}.month{month}", "")
    ['n.route1.month8', 'n.route2.month9']
    """
    need_columns(frame, (), what)
    rows = frame.assign(index=frame.index)
    try:
        keys = [key for _, key, _, _ in string.Formatter().parse(pattern) if key]
    except ValueError as error:
        raise ExhibitError(f"{what}: braces do not match in `{pattern}`") from error
    need_columns(rows, keys, what)
    return [checked_id(pattern.format_map(row)) for row in rows.to_dict("records")]


def out_folder() -> Path:
    """The folder of this build's results; without a build, outputs of the evaluation."""
    return Path(settings().get("out") or project() / "outputs")
