"""What a build begins with: the stand-in study, and what an editor would find in the chapters."""

import subprocess
import sys
from collections.abc import Callable

from compendium.chapter.catalogue import SOURCE
from compendium.errors import BuildError, CheckError, CompendiumError
from compendium.run.notebooks import Chapter
from compendium.workspace import Workspace

_OPEN = -1 if sys.platform == "win32" else 0o022  # the stand-in study is anybody's to read


def make_standin(workspace: Workspace) -> None:
    """Have the stand-in study made by a process of its own."""
    script = "import sys, pathlib, standin; standin.make(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(workspace.data)]
    environment = workspace.environment()
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, umask=_OPEN
    )
    if done.returncode:
        raise BuildError(f"the stand-in study could not be made:\n{done.stderr.strip()}")


def find_faults(
    chapters: list[Chapter],
    wanted: list[Chapter],
    workspace: Workspace,
    warn: Callable[[str], None],
) -> None:
    """Tell warnings, and raise CheckError for faults of the wanted ones, but in a draft."""
    from compendium.editing.check import Issue, for_build

    translated = not workspace.choices and {*workspace.languages} != {SOURCE}
    try:
        found = for_build(chapters, workspace.root, wanted, translated=translated)
    except CompendiumError as error:  # a cell that is no Python
        found = [Issue("code", "", "", str(error))]
    faults = [] if workspace.draft else [issue for issue in found if not issue.warns]
    for issue in found:
        if issue not in faults:
            warn(str(issue))
    if faults:
        advice = "mend this, or build with --draft, which marks every page as a draft"
        raise CheckError("\n".join([*map(str, faults), advice]))
