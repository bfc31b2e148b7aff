"""Files as the build writes them: whole or not at all, and the same bytes for the same data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write(path: Path, text: str | bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        error.filename = str(path)
        raise


def dumps(data: Any) -> str:
    """Return JSON with sorted keys and one line per item: the same data give the same bytes."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
