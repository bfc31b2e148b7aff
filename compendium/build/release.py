"""Builds a study twice, so that its results may leave: exactly, then as they may be seen.

The first time nothing is shown: the chapters run, and what they recorded is held together, since
what one table hides another may tell. The second time they run with what was decided. The exact
numbers stay in a folder of the build's own, which only its owner can read; what may leave is
searched and written to one of its own.
"""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from compendium.build.build import Outcome, build
from compendium.build.graph import Graph
from compendium.build.keeping import private
from compendium.build.progress import Progress
from compendium.chapter.gate import counts_of
from compendium.chapter.recording import recorded_in
from compendium.disclosure.linked import left_out
from compendium.disclosure.rules import read_rules
from compendium.errors import ParameterError
from compendium.files import dumps, write
from compendium.release.folder import Release, write_release
from compendium.release.people import wanted_of
from compendium.release.sites import site
from compendium.workspace import WITHHELD, Workspace

_MOST = 10_000  # people: of more, a share is taken for what it is


def build_for_release(
    workspace: Workspace, progress: Progress, *, previous: Path | None, **options: Any
) -> tuple[list[Outcome], Release | None]:
    """Run the chapters exactly, decide what is left out, build what may be seen and write it.

    Parameters
    ----------
    workspace, progress, options
        As for `build`.
    previous
        The folder of an earlier release, which this one is held against.

    Returns
    -------
    tuple
        The steps of the second build, or of the first if it failed; and the release, if there is
        one.

    Raises
    ------
    ParameterError
        If there is a release already: it is not written over.
    """
    target = workspace.full_out / "release"
    if target.exists():
        raise ParameterError(
            f"{workspace.relative(target)} is there already and is not written over: delete it, or "
            "move it away and give it as --previous"
        )
    asked = site(workspace.release)
    exact = replace(workspace, release="", out_dir=workspace.exact, languages=())
    steps = build(exact, progress, **options)
    if any(step.error for step in steps):
        return steps, None
    decide(workspace)
    steps = build(workspace, progress, **options)
    if any(step.error for step in steps):
        return steps, None
    wanted = wanted_of(workspace.data, hidden=_exact_numbers(workspace.exact))
    about = Graph(workspace, Progress()).about()
    written = write_release(
        workspace.out, target, asked, wanted, about, root=workspace.root, previous=previous,
        least=read_rules().threshold,
    )  # fmt: skip
    return steps, written


def decide(workspace: Workspace) -> None:
    """Write which recorded numbers are left out because others would tell them."""
    found = left_out(recorded_in(workspace.exact), counts_of, read_rules())
    with private():
        write(workspace.exact / WITHHELD, dumps(sorted(found.hidden)))


def _exact_numbers(folder: Path) -> list[float]:
    """Return the shares and means of people as they were before, for a search of what leaves.

    Both parts of a released share are odd multiples of half a class, so a share of two odd numbers
    in its lowest terms may be another's released one; a search could not tell the two apart.
    """
    recorded = recorded_in(folder).items()
    found = (payload.get("value") for name, payload in recorded if counts_of(name) == "people")
    return [value for value in found if isinstance(value, float) and not _is_odd(value)]


def _is_odd(share: float) -> bool:
    parts = Fraction(abs(share)).limit_denominator(_MOST)
    return parts.numerator % 2 == parts.denominator % 2 == 1
