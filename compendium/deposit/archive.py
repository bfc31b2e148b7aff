"""The deposit: sources, stand-in data and results in one file that can be checked and run again.

It holds what git holds of the project, and of the results what the record of the build names;
nothing else that lies in the folder gets in. Every file is read once, listed with its hash and
packed in the order of names without times, so that the same files give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from compendium.build.build import plan
from compendium.deposit.description import codecheck, exhibits, read_citation, zenodo
from compendium.errors import BuildError, DepositError
from compendium.files import dumps, write
from compendium.provenance.record import CRATE, git
from compendium.provenance.verify import listed, verify
from compendium.report.tools import TOLD, left_out
from compendium.workspace import Workspace
from evallib.study.contract import is_standin

MANIFEST = "manifest-sha256.txt"
_MADE = ("outputs/", "data/standin/")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP file can hold
_RESULT = re.compile(rf'"@id": "(?!{CRATE}|\./|#|[a-z]+:)([^"]+)"')
_AGAIN = "`python run_all.py reproduce` runs it again and compares every number."


def archive(workspace: Workspace, target: Path | None = None) -> Path:
    """Write the deposit of a finished build and return its path.

    Parameters
    ----------
    workspace
        A whole build of the stand-in study, up to date, in both languages.
    target
        The ZIP file to make; by default named after the project, in its folder.

    Raises
    ------
    DepositError
        If it is not of the whole report on the stand-in study, the file cannot lie there, a report
        cannot be made here, or a source is not in git.
    BuildError
        If the results are not up to date.
    ProvenanceError
        If there is no build.
    """
    citation = read_citation(workspace)
    top = f"{citation['title'].lower().replace(' ', '-')}-{citation['version']}"
    target = (target or workspace.root / f"{top}.zip").resolve()
    must_be_whole(workspace)
    _must_be_free(workspace, target)
    _must_be_current(workspace)
    files = _deposited(workspace)
    shown, captions = exhibits(workspace)
    files |= shown
    files["codecheck.yml"] = codecheck(citation, captions)
    files[".zenodo.json"] = zenodo(citation)
    files[CRATE] = _crate(files)
    files[MANIFEST] = "".join(f"{_hash(files[n])}  {n}\n" for n in sorted(files)).encode()
    write(target, _packed({f"{top}/{name}": data for name, data in files.items()}))
    return target


def must_be_whole(workspace: Workspace) -> None:
    """Raise DepositError unless this is the whole report of the stand-in study."""
    whole = "a deposit is of the whole report, in all languages, on the stand-in study alone"
    part = workspace.choices or workspace.release or workspace.draft or workspace.data_dir
    if part or workspace.languages != Workspace.languages:
        raise DepositError(
            f"{whole}: leave --data, --chapter, -p, --lang, --draft and --release out"
        )
    if workspace.data.is_dir() and not is_standin(workspace.data):
        raise DepositError(f"{whole}, and {workspace.relative(workspace.data)} is another")


def _must_be_free(workspace: Workspace, target: Path) -> None:
    inside = target.is_relative_to(workspace.root) and target.parent != workspace.root
    reasons = {
        "is there already": target.exists(),
        "is not called .zip": target.suffix != ".zip",
        "would lie among what it holds": inside,
    }
    for why in (reason for reason, holds in reasons.items() if holds):
        raise DepositError(f"{target} {why}: name another file with --out")


def _must_be_current(workspace: Workspace) -> None:
    if left := left_out():
        raise DepositError(f"a deposit holds {TOLD[left[0]]}, which cannot be made here")
    listed(workspace)  # there is a build at all
    for step in plan(workspace):
        if step.state != "unchanged":
            raise BuildError(
                f"the results are not up to date ({step.name}: {step.why}): build first, with "
                "`python run_all.py`"
            )
    if found := verify(workspace):
        raise DepositError(f"{found[0]}: build again, or take it away")


def _deposited(workspace: Workspace) -> dict[str, bytes]:
    """Return sources, study and results by their names below the project's folder."""
    root = workspace.root
    named = {path.relative_to(root).as_posix() for path in listed(workspace) if _in(path, root)}
    sources, made = _sources(root), {name for name in named if name.startswith(_MADE)}
    if lost := sorted(named - made - sources):
        raise DepositError(
            f"{lost[0]} is a source of the results and not in git: add it (`git add`), or take it "
            "away and build again"
        )
    names = sources | made | {f"outputs/{CRATE}"}
    return {name: (root / name).read_bytes() for name in names}


def _sources(root: Path) -> set[str]:
    """Return the names of the project's own files: as git, or a deposit's manifest, knows them."""
    try:
        if not git(root, "ls-files", "notebooks"):  # a folder inside somebody else's checkout
            raise FileNotFoundError
        names = git(root, "ls-files", "-z").split("\0")
    except (OSError, subprocess.CalledProcessError):
        if not (root / MANIFEST).is_file():
            raise DepositError(
                f"{root} is neither a git checkout nor an unpacked deposit, so nothing says which "
                "files are the project's own: run this in a checkout"
            ) from None
        lines = (root / MANIFEST).read_text("utf-8").splitlines()
        names = [line.partition("  ")[2] for line in lines]
    own = {name for name in names if not name.startswith((*_MADE, "exhibits/"))}
    return {name for name in own if _in(root / name, root) and (root / name).is_file()}


def _in(path: Path, folder: Path) -> bool:
    """Tell whether a file lies in a folder, and not by a link."""
    return path.is_relative_to(folder) and not path.is_symlink()


def _crate(files: Mapping[str, bytes]) -> bytes:
    """Return the record of the build for the deposit's folder, where all that it names lies."""
    text = _RESULT.sub(r'"@id": "outputs/\1"', files[f"outputs/{CRATE}"].decode("utf-8"))
    text = text.replace('"arcp://name,study/', '"data/standin/')
    crate = json.loads(text.replace('"arcp://name,project/', '"'))
    known = {entity["@id"]: entity for entity in crate["@graph"]}
    known["./"]["description"] += f" {_AGAIN}"
    for name in sorted(files.keys() - {unquote(name) for name in known}):
        about = {"contentSize": str(len(files[name])), "sha256": _hash(files[name])}
        crate["@graph"].append({"@id": quote(name), "@type": "File", "name": name, **about})
        known["./"]["hasPart"].append({"@id": quote(name)})
    return dumps(crate).encode("utf-8")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP file that is the same on every system and at every time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            about = zipfile.ZipInfo(name, _EPOCH)
            about.create_system, about.external_attr = 3, 0o644 << 16
            about.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(about, files[name])
    return made.getvalue()
