"""What an editor would find stops a build before a kernel starts, unless a draft is asked for."""

from __future__ import annotations

from collections.abc import Callable

from compendium.chapter.catalogue import SOURCE
from compendium.errors import CheckError, CompendiumError
from compendium.run.notebooks import Chapter
from compendium.workspace import Workspace


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
