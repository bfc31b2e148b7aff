"""The work of two steps that no other room does: a stand-in study, and the chapters' faults."""

from __future__ import annotations

import subprocess
import sys

from compendium.build.progress import Progress
from compendium.chapter.catalogue import SOURCE
from compendium.errors import BuildError, CheckError, CompendiumError
from compendium.run.notebooks import Chapter
from compendium.workspace import Workspace

_OPEN = -1 if sys.platform == "win32" else 0o022  # the stand-in study is anybody's to read


def make_standin(workspace: Workspace) -> None:
    """Make the stand-in study in a process of its own, or raise BuildError with its words."""
    script = "import sys, pathlib, standin; standin.make(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(workspace.data)]
    environment = workspace.environment()
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, umask=_OPEN
    )
    if done.returncode:
        raise BuildError(f"the stand-in study could not be made:\n{done.stderr.strip()}")


def find_faults(
    workspace: Workspace, every: list[Chapter], chosen: list[Chapter], progress: Progress
) -> None:
    """Tell warnings, and raise CheckError for faults unless a draft is asked for."""
    from compendium.editing.check import Issue, for_build

    translated = not workspace.choices and {*workspace.languages} != {SOURCE}
    try:
        found = for_build(every, workspace.root, chosen, translated=translated)
    except CompendiumError as error:  # a cell that is no Python
        found = [Issue("code", "", "", str(error))]
    faults = [] if workspace.draft else [issue for issue in found if not issue.warns]
    for issue in found:
        if issue not in faults:
            progress.warn(str(issue))
    if faults:
        advice = "mend this, or build with --draft, which marks every page as a draft"
        raise CheckError("\n".join([*map(str, faults), advice]))
