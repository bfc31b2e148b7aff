"""What is said of a deposit to those who check and keep it, all of it from CITATION.cff.

CODECHECK's file names each exhibit, so that a checker need not look for them; what a checker alone
can know is named at its end and left out, as the specification allows no placeholder. Zenodo takes
one licence for a record, and the notes tell of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml  # type: ignore[import-untyped]

from compendium.chapter.catalogue import SOURCE
from compendium.chapter.payloads import say
from compendium.files import dumps
from compendium.release.folder import exhibit_files
from compendium.release.manifest import shown
from compendium.report.document import About, read_document
from compendium.workspace import ROOT, Workspace

_SPECIFICATION = "https://codecheck.org.uk/spec/config/2.0/"
_CHECKER = """# The codechecker adds: codechecker (name, ORCID), summary, repository, check_time,
# certificate and report. `python run_all.py reproduce` writes what a certificate tells.
"""


def read_citation(workspace: Workspace) -> dict[str, Any]:
    """Return what CITATION.cff says: the project's, or else that of the compendium."""
    places = (folder / "CITATION.cff" for folder in (workspace.root, ROOT))
    citation = next(path for path in places if path.is_file())
    return dict(yaml.safe_load(citation.read_text("utf-8")))


def exhibits(workspace: Workspace) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return by name each figure (SVG) and table (CSV) of a built report, and what it shows."""
    executed = sorted((workspace.full_out / "executed").glob("*.ipynb"))
    document = read_document(executed, About("", languages=(SOURCE,)), SOURCE, workspace.root)
    files = {f"exhibits/{n}": data for n, data in exhibit_files(document, {"csv", "svg"}).items()}
    told = []
    for chapter, exhibit in shown(document):
        kind, number = document.labels[exhibit.target]
        caption = say(exhibit.payload["caption"], exhibit.payload, chapter.translate)
        told.append(f"{kind.capitalize()} {number}: {caption}")
    return files, dict(zip(files, told, strict=True))


def codecheck(citation: Mapping[str, Any], manifest: Mapping[str, str]) -> bytes:
    """Return codecheck.yml of what CITATION.cff says, and of files with what each shows.

    References
    ----------
    https://codecheck.org.uk/spec/config/2.0/
    """
    authors = []
    for one in map(_author, citation["authors"]):
        orcid = {"ORCID": one["orcid"]} if "orcid" in one else {}
        authors.append({"name": one["name"], **orcid})
    paper = {"title": citation["title"], "authors": authors}
    if link := f"https://doi.org/{citation['doi']}" if "doi" in citation else citation.get("url"):
        paper["reference"] = link
    items = [{"file": name, "comment": told} for name, told in manifest.items()]
    about = {"version": _SPECIFICATION, "manifest": items, "paper": paper}
    text = yaml.safe_dump(about, sort_keys=False, allow_unicode=True, explicit_start=True)
    return f"{text}{_CHECKER}".encode()


def zenodo(citation: Mapping[str, Any]) -> bytes:
    """Return .zenodo.json: the metadata of a deposit on Zenodo.

    References
    ----------
    https://developers.zenodo.org/#representation
    """
    told = citation["license"]
    licences = told if isinstance(told, list) else [told]
    works = []
    for work in citation.get("references", ()):
        names = ", ".join(one["name"] for one in map(_author, work["authors"]))
        works.append(f"{names} ({work.get('year', 'n.d.')}): {work['title']}")
    about = {
        "title": citation["title"],
        "version": citation["version"],
        "upload_type": "software",
        "description": citation["abstract"].strip(),
        "creators": [_author(one) for one in citation["authors"]],
        "access_right": "open",
        "license": licences[0],
        "notes": f"Licences: {' and '.join(licences)}; README.md says what each is for.",
        "references": works,
        "keywords": citation.get("keywords", []),
    }
    return dumps(about).encode("utf-8")


def _author(one: Mapping[str, str]) -> dict[str, str]:
    """Return an author's name, ORCID and affiliation, as far as they are told."""
    name = one.get("name") or f"{one['family-names']}, {one['given-names']}"
    orcid = one.get("orcid", "").rpartition("/")[2]
    told = {"name": name, "orcid": orcid, "affiliation": one.get("affiliation", "")}
    return {key: text for key, text in told.items() if text}
