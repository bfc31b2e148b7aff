"""What executed notebooks hold, and what the build takes out of them before it keeps them."""

import json

import nbformat
import pytest
import small_chapter as small

from compendium.errors import ExhibitError
from compendium.run.executed import INJECTED, exhibits, keep, values
from compendium.run.notebooks import read_chapter
from compendium.workspace import Workspace


def test_exhibits_know_their_cell_and_number() -> None:
    made = [(e.payload["id"], e.cell, e.cell_id, e.number) for e in exhibits(small.executed())]
    assert made == [
        ("people", 3, "07-code-03", 0),
        ("share", 3, "07-code-03", 0),
        ("n.route{route}", 3, "07-code-03", 0),
        ("gap.1v2", 4, "07-code-04", 0),
        ("gap", 4, "07-code-04", 0),
        ("more", 4, "07-code-04", 0),
        ("units", 5, "07-code-05", 1),
        ("line", 6, "07-code-06", 1),
    ]


def test_given_parameters_are_no_cell_of_the_author() -> None:
    notebook = small.executed()
    given = nbformat.v4.new_code_cell("level = 0.9", metadata={"tags": [INJECTED]})
    notebook.cells.insert(1, given)
    assert next(exhibits(notebook)).cell == 3


def test_every_point_of_a_record_is_a_value() -> None:
    recorded = values(small.executed(), 7)["values"]
    assert set(recorded) == {"people", "share", "n.route1", "n.route2", "gap.1v2", "gap", "more"}
    place = {"chapter": 7, "cell": 3, "cell_id": "07-code-03"}
    assert recorded["n.route2"] == {
        "kind": "value", "value": 4, "unit": "count", "basis": "assumed", **place,
    }  # fmt: skip
    assert recorded["share"]["clusters"] == 17
    assert "id" not in recorded["share"]


@pytest.mark.parametrize(("copied", "name"), [(2, "n.route1"), (3, "more"), (4, "units")])
def test_an_id_stands_for_one_exhibit(copied: int, name: str) -> None:
    notebook = small.executed()
    notebook.cells[copied].outputs.append(notebook.cells[copied].outputs[-1])
    with pytest.raises(ExhibitError, match=f"chapter 7: two exhibits have the id `{name}`"):
        values(notebook, 7)


def test_what_is_kept_is_clean_and_says_what_was_recorded(tmp_path) -> None:
    source = tmp_path / "notebooks" / "07_small.ipynb"
    source.parent.mkdir()
    source.write_text(nbformat.writes(small.source()), "utf-8")
    workspace = Workspace(root=tmp_path, data_dir=tmp_path / "data")
    notebook = small.executed()
    notebook.metadata["papermill"] = {"start_time": "now"}
    for cell in notebook.cells:
        cell.metadata |= {"papermill": {"duration": 1}, "execution": {"x": "now"}}
    line = f"<x at 0x7f12> {tmp_path}/data/a.csv {tmp_path}"
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text=line)]
    keep(notebook, read_chapter(source), workspace)
    text = (tmp_path / "outputs" / "executed" / "07_small.ipynb").read_text("utf-8")
    assert "now" not in text
    assert "papermill" not in text
    kept = json.loads(text)
    assert kept["cells"][1]["outputs"][0]["text"] == ["<x> a.csv ."]
    assert "".join(kept["cells"][-1]["source"]) == small.PROSE
    assert kept["cells"][-1]["metadata"]["user_expressions"]
    recorded = json.loads((tmp_path / "outputs" / "values" / "07.json").read_text("utf-8"))
    assert recorded == json.loads(json.dumps(values(small.executed(), 7)))
