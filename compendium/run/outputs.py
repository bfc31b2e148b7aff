"""What a chapter's cells gave, held against what a report may be made of.

A report is made when every code cell ran to its end, and of exhibits that our calls sent; see
`compendium.chapter.marks` for what their mark shows and what it does not. What else a cell shows, a
plain plot, a frame or a print, has no id, no caption and no translation: in a draft and in a
chapter of one's own it is shown as it is and said to be unchecked, in the report it is a fault.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from compendium.chapter.marks import MARK, mark
from compendium.chapter.payloads import MIME, is_sentence
from compendium.errors import ExhibitError, NotebookError
from compendium.run.executed import is_code, values
from compendium.run.notebooks import Chapter
from compendium.workspace import Workspace

if TYPE_CHECKING:  # it loads papermill, which a build with nothing to run must not wait for
    from compendium.run.failures import Watch

MOST_ROWS = 2_000  # of a table: as many as a reader may still look at
Output = Mapping[str, Any]


def must_hold(
    notebook: Mapping[str, Any], chapter: Chapter, workspace: Workspace, watch: Watch, secret: str
) -> None:
    """Raise an error unless all code ran, and every exhibit and number in prose is a call's.

    `watch` is left at the cell at fault; the marks of the exhibits, which differ from run to run,
    are taken off.
    """
    cells = notebook["cells"]
    for position, cell in enumerate(cells):
        watch.enter(cell, cells[:position])
        if cell["cell_type"] == "code":
            if cell["source"].strip() and cell["execution_count"] is None:
                raise NotebookError("the cell did not run, though the chapter seemed to end well")
            for output in cell["outputs"]:
                _must_be_sent(output, secret)
            if not (workspace.draft or chapter.language):
                _must_be_exhibits(cell)
    recorded = values(notebook, chapter.number)["values"]
    for position, cell in enumerate(cells):
        watch.enter(cell, cells[:position])
        for item in cell["metadata"].get("user_expressions", ()):
            _must_be_recorded(item, recorded, workspace)


def _must_be_sent(output: Any, secret: str) -> None:
    """Take the mark off an exhibit, or raise ExhibitError if it has none that fits."""
    payload = output.get("data", {}).get(MIME)
    if payload is None:
        return
    given = str(output["metadata"].pop(MARK, ""))
    if not isinstance(payload, Mapping) or not hmac.compare_digest(given, mark(payload, secret)):
        raise ExhibitError(
            "the cell shows an exhibit that no call made, or changed one; show it with value, "
            "record, finding, figure or table"
        )
    if payload["kind"] == "table" and (rows := len(payload["rows"])) > MOST_ROWS:
        raise ExhibitError(
            f"table `{payload['id']}` has {rows:,} rows, and a reader can use {MOST_ROWS:,} at "
            "most; show a part, or write it to a file named in “produces” of the metadata"
        )


def _must_be_recorded(
    item: Mapping[str, Any], recorded: Mapping[str, Any], workspace: Workspace
) -> None:
    """Raise ExhibitError if prose shows another number than was recorded under its id."""
    payload = item["result"]["data"][MIME]
    known = recorded.get(payload["id"])
    if known is None and "chapter" in payload:  # another chapter's
        path = workspace.out / "values" / f"{payload['chapter']:02d}.json"
        known = json.loads(path.read_text("utf-8"))["values"].get(payload["id"])
    part = "text" if is_sentence(payload) else "value"
    if known is None or known.get(part) != payload.get(part):
        raise ExhibitError(
            f"{{eval}}`{item['expression']}` shows another number than was recorded as "
            f"`{payload['id']}`; record it with value, record or finding"
        )


def _must_be_exhibits(cell: Mapping[str, Any]) -> None:
    """Raise ExhibitError if a cell of the report shows what is no exhibit."""
    for output in plain_outputs(cell):
        raise ExhibitError(
            f"the cell shows {_called(output)}, which is no exhibit; show it with figure(…), "
            "table(…) or value(…), end the line with `;`, or build with --draft"
        )


def must_show_exhibits(notebook: Mapping[str, Any]) -> None:
    """Raise ExhibitError if a chapter of the report, as it was run, shows what is no exhibit."""
    about = notebook["metadata"]["compendium"]
    for position, cell in enumerate(filter(is_code, notebook["cells"]), start=1):
        try:
            _must_be_exhibits(cell)
        except ExhibitError as error:
            where = f"chapter {about['chapter']}, cell {position} (id {cell['id']})"
            raise ExhibitError(f"{where}: {error}") from None


def plain_outputs(cell: Mapping[str, Any]) -> Iterator[Output]:
    """Yield the outputs of a code cell that are no exhibits, and do not repeat one.

    A cell that ends with finding(…) shows its sentence twice. Warnings of libraries go to stderr
    and are shown in drafts alone.
    """
    sent = [o["data"] for o in cell["outputs"] if MIME in o.get("data", {})]
    said = "\n".join("".join(data.get("text/plain", "")) for data in sent)
    for output in cell["outputs"]:
        data = output.get("data", {})
        repeated = set(data) == {"text/plain"} and "".join(data["text/plain"]).strip("'\"") in said
        warning = output["output_type"] == "stream" and output["name"] == "stderr"
        if MIME not in data and not repeated and not warning:
            yield output


def _called(output: Output) -> str:
    data = output.get("data", {})
    if any(kind.startswith("image/") for kind in data):
        return "a plain figure"
    return "a frame" if "text/html" in data else "plain text"
