"""A chapter to begin with: one that runs and has an exhibit of each kind, or a copy of another.

What a new chapter holds is a notebook like any other, start/chapter.ipynb, which the tests run. In
Danish it is the same with the texts of its catalogue in place of the English; so is a copy. A copy
records under the ids of its original, so no report can hold both, and it is built when asked for.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from argparse import SUPPRESS
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from compendium.chapter.catalogue import ROOT, SOURCE, Translator, translator, vocabulary
from compendium.chapter.formatting import LANGUAGES
from compendium.chapter.inline import in_language
from compendium.editing.messages import assigned_in, texts
from compendium.errors import Arguments, ParameterError
from compendium.files import dumps, write
from compendium.run.notebooks import LAST, Cell, Chapter, read_chapter, read_chapters

START = Path(__file__).parent / "start"
_OWN = "own14"  # part of every id in start/chapter.ipynb, whose number is 14
_UNFIT = r"/ \ ` { } [ ] < >".replace(" ", "")
_SPELT = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
_HELP = """Write a chapter to begin with into notebooks/: one that runs and has an exhibit of each
kind, or a copy of another, which has the ids of its original and is built when asked for alone."""
_NEXT_CELL = "\n# --- next cell ---\n"
_NEXT = """\
{path}: chapter {0.number}, in `{0.language}`
  edit it   python run_all.py lab
  build it  python run_all.py --chapter {0.number} --lang {0.language}
  test it   python run_all.py test tests/project/test_own_chapters.py -k {0.name}
{about}
"""
_COPY = (
    "It has the ids of chapter {0.copy}, and is built when asked for alone: no report holds both."
)
_OWN_CHAPTER = """\
It stands in both reports as it is. The other language is optional: write in English, take
“language” out of its metadata, run `python run_all.py translate`, and fill in {0.name}.po."""


def run(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run `new chapter TITLE`, tell what was written and what to do next; returns the exit code."""
    parser = Arguments(prog="python run_all.py new chapter", description=_HELP)
    add = parser.add_argument
    add("what", choices=["chapter"], help=SUPPRESS)
    add("title", metavar="TITLE")
    add("--number", type=int, metavar="N", help="its number (the next that is free)")
    add("--from", type=int, metavar="N", dest="original", help="copy this chapter")
    add("--lang", choices=LANGUAGES, default=SOURCE, help="its language (en)")
    asked = parser.parse_args(list(arguments))
    made = read_chapter(write_new(root, asked.title, asked.number, asked.original, asked.lang))
    about = (_OWN_CHAPTER if made.copy is None else _COPY).format(made)
    sys.stdout.write(_NEXT.format(made, path=made.path.relative_to(root), about=about))
    return 0


def write_new(
    root: Path, title: str, number: int | None = None, original: int | None = None, lang: str = "en"
) -> Path:
    """Write a new chapter into the notebooks of a project.

    Parameters
    ----------
    root
        The project's folder.
    title, number
        Its title and number; the next free number above all chapters' if left out.
    original
        The chapter it is a copy of; left out, it is made of start/chapter.ipynb.
    lang
        The language it is written in; its texts are those of the catalogue. A copy of a chapter
        that nobody translates keeps the chapter's.

    Returns
    -------
    pathlib.Path
        The notebook.

    Raises
    ------
    ParameterError
        The title or the number is taken or cannot be one, or there is no such chapter.
    """
    known = {chapter.number: chapter for chapter in read_chapters(root / "notebooks")}
    title = _fit_title(title, known.values())
    number = _free_number(number, known)
    path = root / "notebooks" / f"{number:02d}_{_file_name(title)}.ipynb"
    if original is None:
        source = read_chapter(START / "chapter.ipynb")
        told = replace(translator(lang, "chapter", START), vocabulary=vocabulary(root, lang))
    elif original in known:
        source = known[original]
        lang = source.language or lang
        told = translator(lang, source.name, root)
    else:
        there = ", ".join(map(str, known))
        raise ParameterError(f"there is no chapter {original} to copy; the chapters are {there}")
    about = {"chapter": number, "title": title, "language": lang, "copy": original}
    write(path, dumps(_made(source, about, told)))
    format_it = [sys.executable, "-m", "ruff", "format", "--quiet", str(path)]
    subprocess.run(format_it, cwd=ROOT, check=False)
    return path


def _fit_title(title: str, chapters: Iterable[Chapter]) -> str:
    title = " ".join(title.split())
    taken = [c.path.name for c in chapters if c.title.casefold() == title.casefold()]
    faults = {
        "needs a word": not re.search(r"\w", title),
        f"has {len(title)} letters; 80 at most fit a line": len(title) > 80,
        f"has one of the signs {_UNFIT}, which no heading shows": set(title) & set(_UNFIT),
        f"is that of {', '.join(taken)}: choose another": taken,
    }
    for fault in (fault for fault, holds in faults.items() if holds):
        raise ParameterError(f'the title {fault}, as in `new chapter "Women and men"`')
    return title


def _free_number(number: int | None, known: Mapping[int, Chapter]) -> int:
    free = next(n for n in range(max(known), LAST + 2) if n not in known)
    asked = free if number is None else number
    if asked in range(LAST + 1) and asked not in known:
        return asked
    why = f"is that of {known[asked].path.name}" if asked in known else f"is none of 0 to {LAST}"
    raise ParameterError(f"number {asked} {why}; the next that is free is {free}")


def _file_name(title: str) -> str:
    """Return a title as a file's name.

    >>> _file_name("Køn og alder – hvad betyder det?")
    'koen_og_alder_hvad_betyder_det'
    """
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_SPELT))
    return re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode()).strip("_") or "own"


def _made(source: Chapter, about: Mapping[str, Any], told: Translator) -> dict[str, Any]:
    """Return the notebook of a chapter with other metadata, in a language."""
    notebook: dict[str, Any] = json.loads(source.path.read_text("utf-8"))
    notebook["metadata"]["compendium"] |= {k: v for k, v in about.items() if v is not None}
    code, own = iter(_code_in(source, told)), f"own{about['chapter']}"
    for cell in notebook["cells"]:
        cell["id"] = re.sub(r"^\d\d-", f"{about['chapter']:02d}-", cell["id"])
        text = "".join(cell["source"]).replace(f"# {source.title}", f"# {about['title']}", 1)
        text = next(code) if cell["cell_type"] == "code" else in_language(text, told)
        cell["source"] = text.replace(_OWN, own).splitlines(keepends=True)
    return notebook


def _code_in(source: Chapter, told: Translator) -> list[str]:
    """Return the code cells with their texts in a language."""
    together = _NEXT_CELL.join(cell.source for cell in source.code)
    whole = Cell(source.path.name, "code", "all", (), together, ran=False)
    lines = (line.encode() for line in whole.source.splitlines(keepends=True))
    starts = [0, *accumulate(map(len, lines))]
    edits: dict[tuple[int, int], str] = {}
    for _, _, node, one in texts(whole, assigned_in(replace(source, cells=(whole,)))):
        if one is None:
            said = [(node, told(str(node.value)))]
        else:
            both = str(one.value), str(node.value)
            said = [(one, told.plural(*both, 1)), (node, told.plural(*both, 2))]
        for each, words in said:
            begin = starts[each.lineno - 1] + each.col_offset
            edits[begin, starts[int(each.end_lineno or 0) - 1] + int(each.end_col_offset or 0)] = (
                words
            )
    code = whole.source.encode()
    for (begin, end), text in sorted(edits.items(), reverse=True):
        code = code[:begin] + json.dumps(text, ensure_ascii=False).encode() + code[end:]
    return code.decode().split(_NEXT_CELL)
