"""The data check in a process of its own: `python -m compendium.run.datacheck DATA TOLD`.

Reading tables takes pandas and more, which the build itself never needs: it forks this, as it forks
kernels. What was found is told in a file: nothing, the report of a fault of the data, or an error.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from compendium.errors import HIDDEN, BuildError, DataFaultError
from compendium.files import dumps, scratch_folder, write
from compendium.run.forkserver import Forked
from compendium.workspace import Workspace
from evallib.settings import REGISTER, VARIABLE

MODULE = "compendium.run.datacheck"


def run(
    workspace: Workspace, fork: Callable[[list[str], dict[str, str]], Forked] | None = None
) -> None:
    """Check the study's tables; with no function to fork it, in a Python started anew.

    Raises DataFaultError with the report of all faults, or BuildError if the check itself failed.
    """
    with scratch_folder() as scratch:
        told = scratch / "told.json"
        command = ["-m", MODULE, str(workspace.data), str(told)]
        chosen = scratch / "settings.json"
        write(chosen, dumps({REGISTER: str(workspace.full_memory / REGISTER)}))
        environment = workspace.environment() | {VARIABLE: str(chosen), "TMPDIR": str(scratch)}
        if fork is not None:
            fork(command, environment).wait()
        else:
            subprocess.run([sys.executable, *command], env=environment, check=False)
        if not told.is_file():
            raise BuildError("the data check ended by itself: was there memory enough?")
        found = json.loads(told.read_text("utf-8"))
    if "fault" in found:
        raise DataFaultError(found["fault"])
    if "error" in found:
        name, _, text = found["error"].partition(": ")
        said = HIDDEN if workspace.hides else text
        raise BuildError(f"the data check failed: {name}, {said}")


def check(data: Path) -> dict[str, str]:
    """Hold the tables of a folder against their contract; return a "fault" or an "error", if any.

    A fault is one of the data; an error is one of the check.
    """
    from evallib.errors import DataError
    from evallib.study.study import must_hold

    try:
        must_hold(data)
    except DataError as error:
        return {"fault": str(error)}
    except Exception as error:  # noqa: BLE001  # told in a file, as no one sees a traceback
        return {"error": f"{type(error).__name__}: {error}"}
    return {}


if __name__ == "__main__":
    write(Path(sys.argv[2]), dumps(check(Path(sys.argv[1]))))
