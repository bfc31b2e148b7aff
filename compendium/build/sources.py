"""The files a build may read: a study's tables, what data/ defines, and the catalogues."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from compendium.chapter.catalogue import SOURCE, catalogue_path
from compendium.chapter.inline import BIBLIOGRAPHY
from compendium.editing.translate import OTHERS
from compendium.files import CHECKPOINTS
from compendium.run import datacheck
from compendium.run.notebooks import Chapter
from compendium.workspace import ROOT, Workspace
from evallib.study.contract import BASIS, REGISTER, SHEET, TABLES

STUDY, CLAIMS = "standin", "published"  # of data/: no definitions of ours, and those of claims


class Sources:
    """Finds the files of a workspace whose `chapters` may name tables of their own."""

    def __init__(self, workspace: Workspace, chapters: Sequence[Chapter]) -> None:
        self.workspace, self.chapters = workspace, chapters
        self.named = {*TABLES, REGISTER, *(table for one in chapters for table in one.tables)}

    def tables(self) -> list[Path]:
        """Return the study's tables; what else lies in its folder is nobody's concern."""
        data, spoken = self.workspace.data, datacheck.spoken_of
        files = filter(Path.is_file, data.glob("*"))
        there = {p for p in files if p.name in (SHEET, BASIS) or spoken(p) in self.named}
        there |= {p for p in data.glob("*/*") if spoken(p.parent) in self.named}  # in several files
        return sorted(there | set(self.standin()))

    def sheet(self) -> list[Path]:
        """Return the file that says what study the tables are of, if it has one."""
        return [path for path in self.tables() if path.name == SHEET]

    def standin(self) -> list[Path]:
        """Return the files of the stand-in study, if this workspace makes it."""
        names = [*(f"{table}.csv" for table in (*TABLES, REGISTER)), SHEET, BASIS]
        return [self.workspace.data / name for name in names if self.workspace.makes_standin]

    def definitions(self, *, claims: bool = False) -> list[Path]:
        """Return what data/ defines, and names in both languages; claims are read by few."""
        data = self.workspace.root / "data"
        apart = {STUDY, CHECKPOINTS} if claims else {STUDY, CHECKPOINTS, CLAIMS}
        found = [*data.rglob("*.toml"), *data.rglob("*.csv")]
        files = [path for path in found if path.is_file()]
        return sorted(path for path in files if apart.isdisjoint(path.relative_to(data).parts))

    def catalogues(self, lang: str, chapters: Iterable[Chapter] = ()) -> list[Path]:
        """Return the catalogues of a language: the shared one, and those of chapters."""
        if lang == SOURCE:
            return []
        root = self.workspace.root
        own = [catalogue_path(root, lang, chapter.name) for chapter in chapters]
        shared = [catalogue_path(folder, lang, "shared") for folder in {root, ROOT}]
        return sorted(path for path in own + shared if path.is_file())

    def edited(self) -> list[Path]:
        """Return what an editor writes: chapters, definitions, catalogues, references."""
        root = self.workspace.root
        return [
            *(chapter.path for chapter in self.chapters),
            *self.definitions(claims=True),
            *(root / "locale").glob("*/LC_MESSAGES/*.po"),
            *(path for lang in OTHERS for path in self.catalogues(lang)),
            *filter(Path.is_file, (root / "data" / "README.md", root / BIBLIOGRAPHY)),
        ]
