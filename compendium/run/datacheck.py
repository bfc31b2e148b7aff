"""The data check in a process of its own: `-m compendium.run.datacheck DATA TOLD DEFINITION`.

Reading tables takes pandas and more, which the build itself never needs: it forks this, as it forks
kernels. What was found is told in a file: the report of the data's faults, what was counted, or an
error.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from compendium.errors import HIDDEN, BuildError, DataFaultError
from compendium.files import dumps, scratch_folder, write
from compendium.run.forkserver import Forked
from compendium.workspace import Workspace
from evallib.errors import VARIABLE
from evallib.settings import REGISTER
from evallib.study.contract import table_of

MODULE = "compendium.run.datacheck"
NOTES = "data-notes.txt"
"""Where a build keeps, in its memory, what the check counted: it is told after every build."""


def run(
    workspace: Workspace, fork: Callable[[list[str], dict[str, str]], Forked] | None = None
) -> str:
    """Check the study's tables; with no function to fork it, in a Python started anew.

    Returns what was counted or read in another way, as it may be told; empty if nothing was.

    Raises DataFaultError with the report of all faults, or BuildError if the check itself failed.
    """
    with scratch_folder() as scratch:
        told = scratch / "told.json"
        definition = workspace.root / "data" / "evaluation.toml"
        command = ["-m", MODULE, str(workspace.data), str(told), str(definition)]
        chosen = scratch / "settings.json"
        kept = str(workspace.full_memory / REGISTER)
        write(chosen, dumps({REGISTER: kept, "debug": workspace.debug}))
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
        said = HIDDEN if workspace.hides else found["text"]
        raise BuildError(f"the data check could not be finished: {found['error']}, {said}")
    return str(found.get("told", ""))


def spoken_of(path: Path) -> str:
    """The table a file is of or a part of; of another file its name without the ending."""
    told = table_of(path.name)
    return told[0] if told else path.stem.lower()


def counted(workspace: Workspace) -> str:
    """What the check of the last build counted or read in another way; empty if nothing."""
    notes = workspace.full_memory / NOTES
    return notes.read_text("utf-8") if notes.is_file() else ""


def check(data: Path, definition: Path) -> dict[str, str]:
    """Hold the tables of a folder against their contract: a "fault", an "error" or what is "told".

    A fault is one of the data; an error is one of the check, whose own text may hold a record.
    """
    from evallib.errors import DataError
    from evallib.study.definition import read_definition
    from evallib.study.study import must_hold

    try:
        rules = read_definition(definition if definition.is_file() else None)
        if not rules.has_register:  # its tables are its own, and its chapters know what they hold
            return {"told": ""}
        report = must_hold(data, rules)
    except DataError as error:
        return {"fault": str(error)}
    except Exception as error:  # noqa: BLE001  # told in a file, as no one sees a traceback
        return {"error": type(error).__name__, "text": str(error)}
    return {"told": report.whole()}


if __name__ == "__main__":
    write(Path(sys.argv[2]), dumps(check(Path(sys.argv[1]), Path(sys.argv[3]))))
