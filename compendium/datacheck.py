"""The data check in a process of its own: `python -m compendium.datacheck VALIDATOR DATA TOLD`.

Reading tables takes pandas and more, which the build itself never needs: it forks this, as it forks
kernels. What was found is told in a file: nothing, the report of a fault of the data, or an error.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from compendium.errors import BuildError, DataFaultError
from compendium.files import dumps, write


def check(validator: str, data: Path) -> dict[str, str]:
    """Call a function "module:function" with the data folder; return the fault it raised, if any.

    `DataError`, of whichever package, is the report of a "fault"; anything else is an "error".
    """
    module, _, name = validator.partition(":")
    try:
        getattr(importlib.import_module(module), name)(data)
    except Exception as error:  # noqa: BLE001  # told in a file, as no one sees a traceback
        if type(error).__name__ == "DataError":
            return {"fault": str(error)}
        return {"error": f"{type(error).__name__}: {error}"}
    return {}


def raise_if_told(told: Path) -> None:
    """Raise what the file tells: DataFaultError, or BuildError if the check itself failed."""
    try:
        found = json.loads(told.read_text("utf-8"))
    except (OSError, ValueError):
        raise BuildError("the data check ended by itself: was there memory enough?") from None
    finally:
        told.unlink(missing_ok=True)
    if "fault" in found:
        raise DataFaultError(found["fault"])
    if "error" in found:
        raise BuildError(f"the data check failed: {found['error']}")


if __name__ == "__main__":
    write(Path(sys.argv[3]), dumps(check(sys.argv[1], Path(sys.argv[2]))))
