"""JupyterLab on the compendium, as `run_all.py lab` starts it.

All folders are in reach, so that a reader finds results and data beside the chapters. A chapter's
source is saved without what running it left there: results belong to the build, and a change of the
source should show what its author changed. Other notebooks, such as exercises, keep their results.

What Lab can be told by its own settings stands in `lab/overrides.json`: it asks nobody's news,
opens Markdown as a page, and runs an edited text twice, because jupyterlab-myst asks the kernel for
the numbers of the text as it was last shown.
"""

import logging
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START = "docs/start.md"
SOURCES, RESULTS = "notebooks/", "outputs/"
KEPT = {"compendium"}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def without_results(*, model: dict[str, Any], path: str, **_: object) -> None:
    """Take outputs, execution counts, inline results and the editor's marks out of a source."""
    if model["type"] != "notebook" or not _is_source(model["content"], path.lstrip("/")):
        return
    notebook = model["content"]
    about = {key: item for key, item in notebook["metadata"].items() if key in KEPT}
    notebook["metadata"] = {**about, **METADATA}
    for cell in notebook["cells"]:
        cell["metadata"] = {key: item for key, item in cell["metadata"].items() if key == "tags"}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


def _is_source(notebook: dict[str, Any], path: str) -> bool:
    """Tell whether a notebook is a chapter's source, wherever it lies, and no edition of one."""
    about = notebook["metadata"].get("compendium", {})
    is_chapter = "chapter" in about and "edition" not in about
    return path.startswith(SOURCES) or (is_chapter and not path.startswith(RESULTS))


if "get_config" in globals():  # Jupyter's own, where it reads this file
    c = globals()["get_config"]()
    c.Application.log_level = logging.WARNING
    c.ServerApp.root_dir = str(ROOT)
    c.LabApp.default_url = f"/lab/tree/{START}"
    c.LabApp.app_settings_dir = str(Path(__file__).with_name("lab"))
    c.FileContentsManager.pre_save_hook = without_results
    warnings.filterwarnings("ignore", "Overriding existing pre_save_hook")  # Lab reads this twice
