"""The data check in a process of its own: `python -m compendium.run.datacheck VALIDATOR DATA TOLD`.

Reading tables takes pandas and more, which the build itself never needs: it forks this, as it forks
kernels. What was found is told in a file: nothing, the report of a fault of the data, or an error.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from compendium.errors import BuildError, DataFaultError
from compendium.files import dumps, write
from compendium.project import Project
from compendium.run.forkserver import Forked


def run(project: Project, fork: Callable[[list[str], dict[str, str]], Forked] | None) -> None:
    """Check the study's tables; with no function to fork it, in a Python started anew.

    Raises DataFaultError with the report of all faults, or BuildError if the check itself failed.
    """
    with tempfile.TemporaryDirectory(prefix="compendium-") as scratch:
        told = Path(scratch) / "told.json"
        module = ["-m", "compendium.run.datacheck", project.validator, str(project.data), str(told)]
        environment = project.environment()
        if fork is not None:
            fork(module, environment).wait()
        else:
            subprocess.run([sys.executable, *module], env=environment, check=False)
        if not told.is_file():
            raise BuildError("the data check ended by itself: was there memory enough?")
        found = json.loads(told.read_text("utf-8"))
    if "fault" in found:
        raise DataFaultError(found["fault"])
    if "error" in found:
        raise BuildError(f"the data check failed: {found['error']}")


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


if __name__ == "__main__":
    write(Path(sys.argv[3]), dumps(check(sys.argv[1], Path(sys.argv[2]))))
