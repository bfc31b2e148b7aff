"""Chapters as they lie on disk: metadata, parameters and cells, read without any notebook library.

The build asks what every chapter is before it knows whether any must run, so reading must be quick.
Parameters are typed assignments in one tagged cell; what a reader gives is checked against them
before a kernel starts.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Any

from compendium.chapter.formatting import LANGUAGES
from compendium.errors import NotebookError, ParameterError, nearest

_TYPES = ("int", "float", "bool", "str", "list[int]", "list[float]", "list[str]")
_PYTHON = {"int": int, "float": float, "bool": bool, "str": str}
_MAGIC = re.compile(r"^([^\S\n]*)(\w+ *= *)?[%!].*", re.MULTILINE)
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RESULT = re.compile(r"(?!(?:executed|failed|notebooks|report|workflow|custom)/)\w[\w./ -]*")
_IS_PYTHON = re.compile(r"python\d*", re.IGNORECASE)
LAST = 99
"""The largest number of a chapter."""
_NBFORMAT = 4
_METADATA = (
    "chapter", "title", "language", "copy", "tables", "after", "parameters", "produces", "records",
)  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """A typed parameter: `type` as written, its default, and the limits of its value.

    `limits` may hold "min", "max" (both inclusive) and "choices"; for a list they hold for each
    element.
    """

    name: str
    type: str
    default: Any
    limits: Mapping[str, Any] = field(default_factory=dict)

    def parse(self, text: str) -> Any:
        """Return the value a text such as "0.9" or "1,2" stands for, or raise ParameterError."""
        if self.type[:4] == "list" and text and text[0] not in "[(":  # no shell minds 1,2
            text = f"[{text}]"
        try:
            return self.checked(text if self.type == "str" else ast.literal_eval(text))
        except (ValueError, SyntaxError):
            raise self._refused(text) from None

    def checked(self, value: Any) -> Any:
        """Return the value if type and limits allow it, or raise ParameterError."""
        element = self.type.removeprefix("list[").removesuffix("]")
        if element == self.type:
            return self._one(value, element, value)
        if not isinstance(value, (list, tuple)):
            raise self._refused(value)
        return [self._one(item, element, value) for item in value]

    def _one(self, item: Any, type_name: str, given: Any) -> Any:
        if type_name == "float" and type(item) is int:
            item = float(item)
        if type(item) is not _PYTHON[type_name]:
            raise self._refused(given)
        limits = self.limits
        if "choices" in limits and item not in limits["choices"]:
            raise self._refused(given, f"one of {limits['choices']}")
        if item < limits.get("min", item):
            raise self._refused(given, f"at least {limits['min']}")
        if item > limits.get("max", item):
            raise self._refused(given, f"at most {limits['max']}")
        return item

    def _refused(self, given: Any, limit: str = "") -> ParameterError:
        wanted = self.type + (f", {limit}" if limit else "")
        return ParameterError(f"parameter `{self.name}` is {given!r}, but must be {wanted}")


@dataclass(frozen=True)
class Cell:
    """A source cell: kind "code" or "markdown", id, tags, text; `ran` if it holds outputs."""

    notebook: str
    kind: str
    id: str
    tags: tuple[str, ...]
    source: str
    ran: bool

    @property
    def is_python(self) -> bool:
        """Whether Python takes the code, magics apart."""
        try:
            return bool(self.tree)
        except NotebookError:
            return False

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax of the code, but for IPython's magics; NotebookError if Python refuses it."""
        try:
            return ast.parse(_MAGIC.sub(lambda m: f"{m[1]}{m[2] or ''}None", self.source))
        except SyntaxError as error:
            where = f"{self.notebook}, cell {self.id}, line {error.lineno}"
            raise NotebookError(f"{where}: {error.msg}") from error


@dataclass(frozen=True)
class Chapter:
    """A chapter's source: the report's chapter number, title, tables, order and cells.

    `after` lists the chapters whose recorded values it reads, or ["*"] for all others;
    `produces` the files it writes to the output folder beside its values; `records` is the file of
    its values where that is not values/NN.json: verdicts lie elsewhere, so that the values folder
    holds nothing that was compared with the published report. `language` is that of a chapter of
    one's own, which nobody translates; empty for the report's, written in English. `copy` is the
    chapter it was copied from, under whose ids it records: it is built when asked for. `kernel` is
    the language the notebook was last run in; whatever kernel it names, the build runs it in its
    own.
    """

    path: Path
    number: int
    title: str
    tables: tuple[str, ...]
    after: tuple[Any, ...]
    limits: Mapping[str, Any]
    cells: tuple[Cell, ...]
    produces: tuple[str, ...] = ()
    records: str = ""
    language: str = ""
    copy: int | None = None
    kernel: str = "python"

    @property
    def name(self) -> str:
        """The notebook's name, such as "07_labour_market"; its catalogue has the same."""
        return self.path.stem

    @property
    def label(self) -> str:
        """The chapter's number with two digits, as in file names."""
        return f"{self.number:02d}"

    @property
    def values_file(self) -> str:
        """The file of what the chapter records, seen from the output folder."""
        return self.records or f"values/{self.label}.json"

    @property
    def code(self) -> list[Cell]:
        """The code cells."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def prose(self) -> list[Cell]:
        """The Markdown cells."""
        return [cell for cell in self.cells if cell.kind == "markdown"]

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters declared in the cell tagged "parameters", by name."""
        tagged = [cell for cell in self.cells if "parameters" in cell.tags]
        if len(tagged) > 1:
            raise NotebookError(f"{self.path.name}: more than one cell is tagged “parameters”")
        read = [self._parameter(node) for cell in tagged for node in cell.tree.body]
        found = {parameter.name: parameter for parameter in read}
        for name in self.limits:
            if name not in found:
                raise NotebookError(
                    f"{self.path.name}: limits for `{name}`, which is no parameter; "
                    f"{nearest(name, found)}"
                )
        return found

    def chosen(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of the given texts for this chapter's parameters, checked."""
        known = self.parameters
        return {name: known[name].parse(text) for name, text in given.items() if name in known}

    def _parameter(self, node: ast.stmt) -> Parameter:
        if not isinstance(node, ast.AnnAssign) or node.value is None:
            raise NotebookError(
                f"{self.path.name}: parameters are typed assignments such as "
                f"`level: float = 0.95`, not `{ast.unparse(node)}`"
            )
        name, kind = ast.unparse(node.target), ast.unparse(node.annotation)
        if kind not in _TYPES:
            raise NotebookError(f"{self.path.name}: parameter `{name}` is {kind}; use {_TYPES}")
        parameter = Parameter(name, kind, None, self.limits.get(name, {}))
        try:
            return replace(parameter, default=parameter.checked(ast.literal_eval(node.value)))
        except (ValueError, ParameterError) as error:
            raise NotebookError(f"{self.path.name}: default of `{name}`: {error}") from error


def read_chapter(path: Path) -> Chapter:
    """Read a chapter's source, or raise NotebookError saying what its metadata lack."""
    if not path.is_file():  # a pipe would be waited for without end
        raise NotebookError(f"{path.name} is no file: move it out of {path.parent.name}/")
    try:
        notebook = json.loads(path.read_text("utf-8"))
        if notebook["nbformat"] != _NBFORMAT:
            raise NotebookError(
                f"{path.name} is of nbformat {notebook['nbformat']}, which is no longer written: "
                "open and save it in JupyterLab"
            )
        about = notebook["metadata"]["compendium"]
        chapter = Chapter(
            path=path,
            number=about["chapter"],
            title=about["title"],
            tables=tuple(about.get("tables", ())),
            after=tuple(about.get("after", ())),
            limits=about.get("parameters", {}),
            cells=tuple(_cell(cell, path.name) for cell in notebook["cells"]),
            produces=tuple(about.get("produces", ())),
            records=about.get("records", ""),
            language=about.get("language", ""),
            copy=about.get("copy"),
            kernel=_kernel(notebook["metadata"].get("kernelspec", {})),
        )
    except json.JSONDecodeError as error:
        raise NotebookError(f"{path.name} is not whole ({error}); save it again") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotebookError(
            f"{path.name} is no chapter: {type(error).__name__} {error}; its metadata must hold "
            '"compendium": {"chapter": …, "title": "…", "tables": […]}'
        ) from error
    for fault in (*_unsafe(chapter), *_faults(chapter, about)):
        raise NotebookError(f"{path.name}: {fault}")
    return chapter


def _faults(chapter: Chapter, about: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong in a chapter's metadata and cells, and what to do."""
    ids = [cell.id for cell in chapter.cells]
    if doubtful := [name or "(none)" for name in ids if not name or ids.count(name) > 1]:
        yield (
            f"cell id {doubtful[0]}: every cell needs an id of its own; open and save the notebook "
            "in JupyterLab"
        )
    if unknown := sorted(set(about) - set(_METADATA)):
        yield f"metadata `{unknown[0]}`; {nearest(unknown[0], _METADATA)}"
    if unfit := [name for name in ids if not _CELL_ID.fullmatch(name)]:
        yield f"cell id `{unfit[0]}`: use at most 64 letters, digits, - and _"
    if not isinstance(chapter.title, str):
        yield "the title is one text, in the language of the chapter; its Danish stands in locale/"
    if chapter.language not in ("", *LANGUAGES):
        yield f"language `{chapter.language}`; {nearest(chapter.language, LANGUAGES)}"


def _unsafe(chapter: Chapter) -> Iterator[str]:
    """Yield what would make the build stumble, or write to other places than its own."""
    if type(chapter.number) is not int or not 0 <= chapter.number <= LAST:
        yield f"chapter {chapter.number!r}: its number is one of 0 to {LAST}"
    for file in (*chapter.produces, *filter(None, [chapter.records])):
        if not isinstance(file, str) or not _RESULT.fullmatch(file) or ".." in file:
            yield (
                f"`{file}` is no place among the results: “produces” and “records” name files such "
                "as `more.csv` or `tables/more.csv`, below the output folder"
            )
    if not _IS_PYTHON.fullmatch(chapter.kernel):
        yield f"its kernel is `{chapter.kernel}`: choose Python 3; chapters run in that of .venv"


def read_chapters(folder: Path) -> list[Chapter]:
    """Read all chapters of a folder (NN_name.ipynb), in the report's order."""
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise NotebookError(f"no chapters (NN_name.ipynb) in {folder}")
    chapters = sorted(map(read_chapter, paths), key=lambda chapter: chapter.number)
    for one, other in pairwise(chapters):
        if one.number == other.number:
            names = f"{one.path.name} and {other.path.name}"
            raise NotebookError(f"{names} are both chapter {one.number}")
    return chapters


def wanted(
    chapters: list[Chapter], numbers: Sequence[int], parameters: Mapping[str, str]
) -> list[Chapter]:
    """Return the chapters of a run: these and those they read; of no number, all but copies.

    Raises ParameterError for a number no chapter has, and for a parameter that no chapter asked for
    takes with this value, before anything starts.
    """
    known = {chapter.number: chapter for chapter in chapters}
    for number in numbers:
        if number not in known:
            there = ", ".join(map(str, sorted(known)))
            raise ParameterError(f"there is no chapter {number}; the chapters are {there}")
    asked = [known[number] for number in numbers] or [c for c in chapters if c.copy is None]
    names = {name for chapter in asked for name in chapter.parameters}
    for name in parameters:
        if name not in names:
            where = "this chapter has" if numbers else "any chapter has"
            raise ParameterError(f"`{name}` is no parameter {where}; {nearest(name, names)}")
    for chapter in asked:
        chapter.chosen(parameters)
    found: set[int] = set()
    while asked:
        found |= {chapter.number for chapter in asked}
        read = [other for chapter in asked for other in read_before(chapter, chapters)]
        asked = [chapter for chapter in read if chapter.number not in found]
    for chapter in (known[number] for number in found):
        if chapter.copy in found:
            raise ParameterError(
                f"{chapter.path.name} has the ids of {chapter.copy}: build it alone"
            )
    return [chapter for chapter in chapters if chapter.number in found]


def read_before(chapter: Chapter, chapters: list[Chapter]) -> list[Chapter]:
    """Return the chapters whose recorded values a chapter reads.

    A chapter after "*" reads all but copies and those that are after "*" themselves.
    """
    if "*" in chapter.after:
        return [c for c in chapters if "*" not in c.after and c.copy is None]
    known = {c.number: c for c in chapters}
    for number in chapter.after:
        if number not in known:
            raise NotebookError(
                f"{chapter.path.name} is after chapter {number}, which does not exist"
            )
    return [known[number] for number in chapter.after]


def run_order(chapters: list[Chapter]) -> list[Chapter]:
    """Return the chapters in an order in which each comes after those it reads."""
    known = {chapter.number: chapter for chapter in chapters}
    before = {c.number: [other.number for other in read_before(c, chapters)] for c in chapters}
    try:
        return [known[number] for number in TopologicalSorter(before).static_order()]
    except CycleError as error:
        names = ", ".join(known[number].path.name for number in sorted(set(error.args[1])))
        raise NotebookError(f"these chapters wait for each other: {names}") from error


def _kernel(about: Mapping[str, Any]) -> str:
    """Return the language a notebook is run in, or the name of its kernel where it says none."""
    return str(about.get("language") or about.get("name") or "python")


def _cell(cell: Mapping[str, Any], notebook: str) -> Cell:
    tags = tuple(cell["metadata"].get("tags", ()))
    source = "".join(cell["source"])
    ran = bool(cell.get("outputs") or cell.get("execution_count"))
    return Cell(notebook, cell["cell_type"], cell.get("id", ""), tags, source, ran)
