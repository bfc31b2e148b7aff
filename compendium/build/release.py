"""Builds a study twice, so that its results may leave: exactly, then as they may be seen.

The first time nothing is shown: the chapters run, and what they recorded is held together, since
what one table hides another may tell. The second time they run with what was decided. The exact
numbers stay in a folder of the build's own, which only its owner can read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compendium.build.build import Outcome, build
from compendium.build.progress import Progress
from compendium.chapter.gate import counts_of
from compendium.disclosure.linked import left_out
from compendium.disclosure.rules import read_rules
from compendium.files import dumps, write
from compendium.run.second_gate import recorded_in
from compendium.workspace import WITHHELD, Workspace


def build_for_release(workspace: Workspace, progress: Progress, **options: Any) -> list[Outcome]:
    """Run the chapters exactly, decide what is left out, and build all of what may be seen.

    Returns the steps of the second build, or of the first if it failed.
    """
    exact = replace(workspace, release=False, out_dir=workspace.exact, languages=())
    steps = build(exact, progress, **options)
    if any(step.error for step in steps):
        return steps
    decide(workspace)
    return build(workspace, progress, **options)


def decide(workspace: Workspace) -> None:
    """Write which recorded numbers are left out because others would tell them."""
    found = left_out(recorded_in(workspace.exact), counts_of, read_rules())
    write(workspace.exact / WITHHELD, dumps(sorted(found.hidden)))
