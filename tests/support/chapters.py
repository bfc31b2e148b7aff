"""Chapters written in a test: a small project of one clean notebook, to plant a fault in."""

import json

from compendium.chapter.catalogue import catalogue_path, read_catalogue
from compendium.editing import translate
from compendium.editing.messages import messages
from compendium.run.notebooks import read_chapter
from compendium.workspace import Workspace

NAME = "07_work"
CELLS = (
    ("markdown", "# Work\n\nHow many of the people were in work?"),
    ("parameters", "level: float = 0.95  # level of the intervals"),
    ("code", "from compendium import figure, table, text, value"),
    ("code", '# Count the people\nn = value("people", 200, "count")'),
    (
        "markdown",
        """Of {eval}`n` people on Route 1 most were in work in 2017 ([](#fig-line), p. 7).

## 39 ways

See [the site](x-39.html) and `39`, with $x_{low} = 39$.""",
    ),
    (
        "code",
        """# Draw them
ax.set_xlabel("Months")
figure("line", ax, caption="Shares of {n} people", alt="The second bar is highest.")""",
    ),
)
DANISH = {
    "Work": "Arbejde",
    "# Work": "# Arbejde",
    "How many of the people were in work?": "Hvor mange var i beskæftigelse?",
    "Of {eval}`n` people on Route 1 most were in work in 2017 ([](#fig-line), p. 7).": (
        "Af {eval}`n` personer på Hovedvej 1 var de fleste i arbejde i 2017 ([](#fig-line), s. 7)."
    ),
    "## 39 ways": "## 39 veje",
    "See [the site](x-39.html) and `39`, with $x_{low} = 39$.": (
        "Se [siden](x-39.html) og `39` med $x_{lav} = 39$."
    ),
    "Months": "Måneder",
    "Shares of {n} people": "Andele af {n} personer",
    "The second bar is highest.": "Den anden søjle er højest.",
}
DEFINITION = 'routes = [{ name = { da = "Hovedvej 1", en = "Route 1" } }]\n'
CODEBOOK = (
    "name,label_en,label_da,short_en,short_da,unit,decimals,counts,adds,basis,meaning_en,meaning_da\n"
    "people,People,Personer,,,count,,people,,,People asked.,Adspurgte personer.\n"
)


def write_chapter(root, cells=CELLS, name=NAME, **about):
    """Write a chapter of (kind, source) cells, "parameters" being a kind, and return its path."""
    number = name[:2]
    path = root / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    given = {"chapter": int(number), "title": "Work", "tables": []} | about
    notebook = {
        "cells": [_cell(f"{number}-cell-{i:02d}", *cell) for i, cell in enumerate(cells, start=1)],
        "metadata": {"compendium": given},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook), "utf-8")
    return path


def write_project(root, cells=CELLS):
    """Write the clean project: a chapter, its catalogue, a definition and a codebook."""
    write_chapter(root, cells)
    (root / "data").mkdir()
    (root / "data" / "evaluation.toml").write_text(DEFINITION, "utf-8")
    (root / "data" / "codebook.csv").write_text(CODEBOOK, "utf-8")
    translate_with(root, DANISH)
    return Workspace(root)


def translate_with(root, danish, name=NAME):
    """Bring the chapter's catalogue up to date and fill it in."""
    entries = messages(read_chapter(root / "notebooks" / f"{name}.ipynb"))
    translate.bring(root, "da", name, entries)
    path = catalogue_path(root, "da", name)
    catalogue = read_catalogue(path)
    for message in catalogue:
        if message.id in danish:
            message.string = danish[message.id]
            message.flags.clear()
    translate.write_catalogue(path, catalogue)


def _cell(name, kind, source):
    code = kind != "markdown"
    tags = {"tags": ["parameters"]} if kind == "parameters" else {}
    more = {"outputs": [], "execution_count": None} if code else {}
    kind = "code" if code else kind
    return {"id": name, "cell_type": kind, "metadata": tags, "source": source, **more}
