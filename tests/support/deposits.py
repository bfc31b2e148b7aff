"""Mini projects in git, of which a deposit can be made."""

import subprocess

from compendium.workspace import Workspace

TOP = "three-routes-compendium-0.1.0"  # the folder in a deposit, by CITATION.cff
GIT = ["git", "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]


def in_git(workspace: Workspace) -> Workspace:
    """Put a mini project's sources into git; its study and results are nobody's sources."""
    (workspace.root / ".gitignore").write_text("/outputs/\n/data/standin/\n/*.zip\n__pycache__/\n")
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run([*GIT, *words], cwd=workspace.root, check=True)
    return workspace
