"""A report of next to nothing, executed in a stock kernel, for the tests of what is made of it.

Chapter 7 has one of each: a value, a record, a comparison, a fact, a table with groups, texts and
intervals, a figure, references, a formula, a footnote, code shown in prose. Chapter 2 shows numbers
of chapter 7.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from compendium.chapter.inline import BIBLIOGRAPHY, expressions
from compendium.chapter.payloads import MIME
from compendium.report.document import About, Document, read_document
from compendium.run.executed import values
from evallib.errors import VARIABLE

ROOT = Path(__file__).parents[2]
NAMES = {2: "02_end", 7: "07_small"}
TITLE = {"en": "A small study", "da": "Et lille studie"}
ABOUT = {"chapter": 7, "title": "A small chapter", "tables": []}
PROSE = (
    "# A small chapter\n\n"
    "There are {eval}`people` people, {eval}`share` of them in work ({eval}`share.interval`), "
    "written as ``{eval}`share` ``. [](#fig-line) shows it, and so does [](#tab-units); "
    "see [](#ch-07).\n\n"
    "[](#ch-07) is this one, and [the table](#tab-units) has a note.[^1]\n\n"
    "## What was found\n\n"
    "- {eval}`gap`\n- {eval}`more`\n\n"
    "The share is $p = \\frac{x}{n}$.\n\n"
    "| what | how many |\n|---|---|\n| people | **{eval}`people`** |\n\n"
    "[^1]: Of {eval}`people` people.\n"
)
CODE = (
    """
    level: float = 0.95
    """,
    """
    from types import SimpleNamespace as Estimate

    import pandas as pd
    from matplotlib.figure import Figure

    from compendium import compare, fact, figure, record, table, text, value
    """,
    """
    people = value("people", 2231, "count")
    half = Estimate(value=0.395, low=0.346, high=0.444, clusters=17)
    share = value("share", half, "share")
    counts = record("n.route{route}", pd.DataFrame({"route": [1, 2], "n": [3, 4]}), "count",
                    column="n")
    """,
    """
    apart = Estimate(value=0.04, low=0.01, high=0.09, clusters=22, decision="higher", margin=0.05)
    gap = compare("gap", {"gap.1v2": apart}, "The share in work",
                  {"gap.1v2": (text("here"), text("there"))}, "points")
    more = fact("more", 2, "count", higher="There are {estimate} more.", lower="Fewer.",
                equal="As many.")
    """,
    """
    units = pd.DataFrame({
        "name": ["<b>one</b>", "two", "three"],
        "share": [half, None, 0.25],
        "part": [text("north"), text("north"), text("south")],
    })
    table("units", units, caption="{n} units", values={"n": people}, group="part", filtered=True,
          labels={"name": "Unit", "share": "Share"}, units={"name": "name", "share": "share"},
          note="Made up.")
    """,
    """
    drawing = Figure(figsize=(3, 2))
    ax = drawing.subplots()
    ax.plot([1, 2])
    ax.set_xlabel("Months")
    figure("line", drawing, caption="A line", alt="The line rises to {top}.",
           values={"top": people})
    """,
)
STUDIES = {
    "made_up": "",
    "fitted": "value_id,claim,parameter,least,most\npeople,c001,process.sizes,2230.5,2231.5\n",
}
LAST = (
    "# The end\n\nIn all {eval}`share` (chapter [](#ch-07), [](#fig-line)).[^1] "
    "{eval}`gap` [](#tab-units) has more.\n\n[^1]: The same mark as in chapter seven.\n"
)
DANISH = {
    "A small chapter": "Et lille kapitel",
    "# A small chapter": "# Et lille kapitel",
    PROSE.split("\n\n")[1]: (
        "Der er {eval}`people` personer, {eval}`share` af dem i job ({eval}`share.interval`), "
        "skrevet som ``{eval}`share` ``. [](#fig-line) viser det, og det gør [](#tab-units); "
        "se [](#ch-07)."
    ),
    "## What was found": "## Hvad der blev fundet",
    "The share in work": "Andelen i job",
    "here": "her",
    "there": "der",
    "There are {estimate} more.": "Der er {estimate} flere.",
    "{n} units": "{n} enheder",
    "Unit": "Enhed",
    "Share": "Andel",
    "north": "nord",
    "south": "syd",
    "Made up.": "Opdigtet.",
    "Months": "Måneder",
    "A line": "En linje",
    "The end": "Slutningen",
    "The line rises to {top}.": "Linjen stiger til {top}.",
}


def source(**metadata: Any) -> Any:
    """The chapter as written."""
    cells = [
        nbformat.v4.new_code_cell(textwrap.dedent(code).strip(), id=f"07-code-{n:02d}")
        for n, code in enumerate(CODE, start=1)
    ]
    cells[0].metadata["tags"] = ["parameters"]
    cells[3].metadata["tags"] = ["show-findings"]
    cells.append(nbformat.v4.new_markdown_cell(PROSE, id="07-text-01"))
    return nbformat.v4.new_notebook(cells=cells, metadata={"compendium": ABOUT | metadata})


def _asked(cell: Any, recorded: dict[str, Any]) -> None:
    """Ask for the numbers of a prose cell, as the build does; names and ids are the same here."""
    stored = []
    for expression in expressions(cell.source):
        name, _, part = expression.partition(".")
        data = {MIME: {"id": name, **recorded[name], "part": part}}
        stored.append({"expression": expression, "result": {"status": "ok", "data": data}})
    cell.metadata["user_expressions"] = stored


@cache
def root() -> Path:
    """A folder with the chapter's Danish catalogue, and that of the interface."""
    folder = Path(tempfile.mkdtemp(prefix="small-"))
    place = folder / "locale" / "da" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (folder / "data").mkdir()
    shutil.copy(ROOT / BIBLIOGRAPHY, folder / BIBLIOGRAPHY)
    (folder / "data" / "study.toml").write_text(
        'title = {{ en = "{en}", da = "{da}" }}\n'.format(**TITLE)
    )
    entries = [f"msgid {json.dumps(k)}\nmsgstr {json.dumps(v, ensure_ascii=False)}\n"
               for k, v in DANISH.items()]  # fmt: skip
    for study, printed in STUDIES.items():
        (folder / study).mkdir()
        (folder / study / "study.toml").write_text("standin = true\n")
        (folder / study / "basis.csv").write_text(printed)
    head = 'msgid ""\nmsgstr ""\n"Language: da\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    for name in NAMES.values():
        (place / f"{name}.po").write_text("\n".join([head, *entries]), "utf-8")
    return folder


@cache
def _run(*languages: str, study: str) -> str:
    """Run the chapter as nbclient runs any notebook; in languages, as a build has them drawn."""
    notebook, path = source(), root() / "settings.json"
    chosen = {"root": str(root()), "chapter": NAMES[7], "languages": languages}
    path.write_text(
        json.dumps((chosen if languages else {}) | {"data": str(root() / study)}), "utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: str(path)}
    NotebookClient(notebook, resources={"metadata": {"path": str(ROOT)}}).execute(env=environment)
    return nbformat.writes(notebook)


def stock() -> Any:
    """The chapter as papermill or nbconvert execute it: prose unfilled, figures in English."""
    return nbformat.reads(_run(study="made_up"), as_version=4)


def executed(study: str = "made_up") -> Any:
    """The chapter as a build keeps it, drawn in both languages and with the numbers asked for.

    Of the study `fitted` the source prints the number of people; `register` is not made up.
    """
    notebook = nbformat.reads(_run("da", "en", study=study), as_version=4)
    _asked(notebook.cells[-1], values(notebook, 7)["values"])
    return notebook


def last() -> Any:
    """A chapter as a build keeps it that shows numbers another recorded."""
    cell = nbformat.v4.new_markdown_cell(LAST, id="02-text-01")
    _asked(cell, values(executed(), 7)["values"])
    about = {"compendium": {"chapter": 2, "title": "The end"}}
    return nbformat.v4.new_notebook(cells=[cell], metadata=about)


def write(folder: Path, *notebooks: Any) -> list[Path]:
    """Write notebooks as a build keeps them; returns their paths."""
    paths = []
    for notebook in notebooks or (last(), executed()):
        number = notebook.metadata["compendium"]["chapter"]
        path = folder / f"{NAMES.get(number, number)}.ipynb"
        path.write_text(nbformat.writes(notebook), "utf-8")
        paths.append(path)
    return paths


def document(lang: str, *notebooks: Any, **about: Any) -> Document:
    """The document of notebooks, of both chapters if none are given."""
    told = {"author": "Nobody", "standin": True, "languages": ("da", "en")} | about
    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), *notebooks)
        return read_document(paths, About(TITLE["en"], **told), lang, root())
