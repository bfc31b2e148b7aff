"""JupyterLab on the compendium, as `run_all.py lab` starts it.

All folders are in reach, so that a reader finds results and data beside the chapters. A chapter's
source is saved without what running it left there: results belong to the build, and a change of the
source should show what its author changed.
"""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCES = "notebooks/"
KEPT = {"compendium"}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def without_results(*, model: dict[str, Any], path: str, **_: object) -> None:
    """Take outputs, execution counts, inline results and the editor's marks out of a source."""
    if model["type"] != "notebook" or not path.lstrip("/").startswith(SOURCES):
        return
    notebook = model["content"]
    about = {key: item for key, item in notebook["metadata"].items() if key in KEPT}
    notebook["metadata"] = {**about, **METADATA}
    for cell in notebook["cells"]:
        cell["metadata"] = {key: item for key, item in cell["metadata"].items() if key == "tags"}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


if "get_config" in globals():  # Jupyter's own, where it reads this file
    c = globals()["get_config"]()
    c.ServerApp.root_dir = str(ROOT)
    c.FileContentsManager.pre_save_hook = without_results
