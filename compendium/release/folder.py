"""The folder that leaves a secure site: what the site lets out, searched, listed and whole.

All files are made and searched in memory first. Only what passed is written, into a hidden folder
beside the target that nobody else may read, and that folder gets its name when it is complete. So
an interrupted release is no release, and an earlier one is never written over.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from compendium.chapter.catalogue import ROOT
from compendium.chapter.formatting import WORDED
from compendium.errors import ReleaseError
from compendium.files import dumps, locked
from compendium.release import checkers, tables
from compendium.release.compare import MANIFESTS, Difference, compare_releases
from compendium.release.manifest import manifest, shown, stem
from compendium.release.scan import Scan, search
from compendium.release.sites import Site
from compendium.release.wanted import Wanted
from compendium.report.document import About, Document, read_document
from compendium.run.executed import exhibits

_TOLD = 10  # hits and differences named in an error
_NEXT = "\n  "
_BUILT = (
    "report/{}/report.html",
    "report/{}/report.pdf",
    "report/{}/methods.html",
    "notebooks/{}/*.*",
)
_LOCK = ".lock"


@dataclass(frozen=True)
class Release:
    """A release as written: its folder, what stayed behind and why, and what the search found."""

    folder: Path
    left_out: Mapping[str, str]
    searched: Scan


def write_release(
    out: Path,
    target: Path,
    site: Site,
    wanted: Wanted,
    about: About,
    *,
    root: Path = ROOT,
    previous: Path | None = None,
    least: int = 5,
) -> Release:
    """Write what may leave a site.

    Parameters
    ----------
    out
        The results of a build: executed/, report/<lang>/ and notebooks/<lang>/.
    target
        The folder to make; there must be none of that name.
    site
        Where it leaves.
    wanted
        What must not leave: the study's keys and the rest.
    about
        The report's title and languages.
    root
        The folder that holds `locale` and `data`.
    previous
        The folder of an earlier release of the same results, to compare with.
    least
        The smallest number of people a difference to it may be about.

    Returns
    -------
    Release
        report/, notebooks/, tables/ and figures/ by language, a page for the checkers and the
        manifest, each as far as the site lets files of its type out.

    Raises
    ------
    ReleaseError
        If the target is there, a result has not passed the rules, a person, name or unreadable file
        is found, or the earlier release and this would tell too much; nothing is written then.
    """
    _must_be_free(target)
    executed = sorted((out / "executed").glob("*.ipynb"))
    if not executed:
        raise ReleaseError(f"{out} holds no results to release; build the report first")
    documents = {lang: read_document(executed, about, lang, root) for lang in about.languages}
    if site.gated:
        _must_have_passed(next(iter(documents.values())))
    files, left_out = gathered(out, documents, site)
    searched = _searched(files, wanted)
    told = {name: len(getattr(wanted, name)) for name in ("keys", "births", "names")}
    told |= {"short": wanted.short, "files": searched.files, "characters": searched.characters}
    warnings = [asdict(found) for found in searched.found]
    made = manifest(site, documents, files, left_out, {**told, "warnings": warnings})
    if previous:
        questions = _must_not_tell(compare_releases(previous, made, least))
        made["questions"] = [asdict(question) for question in questions]
    pages = _pages(made, site, tuple(documents))
    _searched(pages, wanted)
    _write(target, files | pages)
    return Release(target, left_out, searched)


def gathered(
    out: Path, documents: Mapping[str, Document], site: Site
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files that may leave by name, and those that may not with the reason."""
    files: dict[str, bytes] = {}
    for lang, document in documents.items():
        for pattern in _BUILT:  # where they lie in the results, so that their links lead on
            for path in sorted(out.glob(pattern.format(lang))):
                files[path.relative_to(out).as_posix()] = path.read_bytes()
        files |= exhibit_files(document, site.types)
    files = {
        name: site.page(data.decode("utf-8")).encode("utf-8") if name.endswith(".html") else data
        for name, data in files.items()
    }
    left_out = {name: why for name, data in files.items() if (why := site.refuses(name, data))}
    return {name: data for name, data in files.items() if name not in left_out}, left_out


def exhibit_files(document: Document, types: Container[str]) -> dict[str, bytes]:
    """Return tables and figures as files in the order of the report, each in the best of types."""
    files: dict[str, bytes] = {}
    excel, drawn = "xlsx" in types, "svg" if "svg" in types else "png"
    for chapter, exhibit in shown(document):
        payload = exhibit.payload
        name = f"{document.lang}/{stem(chapter, payload)}"
        if payload["kind"] == "table":
            write = tables.to_xlsx if excel else tables.to_csv
            ending = "xlsx" if excel else "csv"
            files[f"tables/{name}.{ending}"] = write(payload, chapter.translate)
        else:
            drawing = chapter.drawing(payload, drawn)
            data = drawing.encode("utf-8") if drawn == "svg" else base64.b64decode(drawing)
            files[f"figures/{name}.{drawn}"] = data
    return files


def _pages(made: Mapping[str, Any], site: Site, languages: tuple[str, ...]) -> dict[str, bytes]:
    """Return the manifest and the pages for the checkers, which the manifest does not list."""
    name = MANIFESTS[0] if "json" in site.types else MANIFESTS[1]
    pages = {name: dumps(made).encode("utf-8")}
    for lang in languages:
        text = checkers.page(made, lang, bare=site.html == "bare")
        pages[f"for_checkers.{lang}.html"] = text.encode("utf-8")
    return pages


def _must_have_passed(document: Document) -> None:
    """Hold back results that carry no mark of the rules, in whatever form they are shown."""
    missed = [
        exhibit.target if exhibit.number else exhibit.payload["id"]
        for chapter in document.chapters
        for exhibit in exhibits(chapter.notebook)
        if exhibit.payload.get("unit") not in WORDED and not exhibit.payload.get("released")
    ]
    if missed:
        raise ReleaseError(
            f"the rules of release have not passed {len(missed)} results ({_first(missed)}); build "
            "with --release, then release again"
        )


def _searched(files: Mapping[str, bytes], wanted: Wanted) -> Scan:
    """Search files; ReleaseError if something is found that must not leave."""
    searched = search(sorted(files.items()), wanted)
    if searched.grave:
        raise ReleaseError(
            f"{len(searched.grave)} places hold what must not leave; nothing was written. Take it "
            f"out where it is made, build, and release again:{_NEXT}{_first(searched.grave, _NEXT)}"
        )
    return searched


def _must_not_tell(found: list[Difference]) -> list[Difference]:
    """Return the differences a checker must judge; ReleaseError if there are others."""
    grave = [difference for difference in found if difference.reason != "cannot be told"]
    if grave:
        raise ReleaseError(
            f"{len(grave)} numbers differ so little from the earlier release that the two together "
            "tell of single people; nothing was written. Leave these outputs as they were, or "
            f"round more:{_NEXT}{_first(grave, _NEXT)}"
        )
    return found


def _first(items: Any, joint: str = ", ") -> str:
    shown_items = [str(item) for item in items]
    more = [f"and {len(shown_items) - _TOLD} more"] if len(shown_items) > _TOLD else []
    return joint.join([*shown_items[:_TOLD], *more])


def _must_be_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise ReleaseError(
            f"{target} is there already and is not written over; name another folder"
        )


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    """Write the files so that the folder is there whole or not at all, for its owner alone."""
    part = target.with_name(f".{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    part.mkdir(mode=0o700, exist_ok=True)
    with locked(part / _LOCK):
        try:
            for left in part.iterdir():  # of a release that was killed
                if left.name != _LOCK:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            for name, data in files.items():
                _put(part, name, data)
            (part / _LOCK).unlink()
            _must_be_free(target)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def _put(folder: Path, name: str, data: bytes) -> None:
    path = folder
    for step in name.split("/")[:-1]:
        path = path / step
        path.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
