"""Run the chapters and render the report; the names a chapter uses.

    from compendium import compare, fact, figure, finding, record, recorded, table, text, value

A name is loaded when it is asked for: the command line runs without what chapters need.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from compendium.errors import ExhibitError
from evallib.faces import face

_MODULES = {
    "chapter.exhibits": "value",
    "chapter.findings": "compare fact finding findings state",
    "chapter.recording": "record recorded records",
    "chapter.display": "figure standin table",
    "chapter.output": "out_folder",
    "chapter.text": "listed number text",
}
_loaded, __dir__, __all__ = face(__name__, _MODULES, ExhibitError)


def __getattr__(name: str) -> Any:
    if name == "figure":  # what is drawn for it is drawn in the house style
        import_module("compendium.chapter.style").use_house_style()
    return _loaded(name)
