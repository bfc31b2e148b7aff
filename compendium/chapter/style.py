"""The look every figure shares: set when a chapter imports, and again when a figure is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager

from compendium.chapter.formatting import FONTS, HERE

READS = ("compendium/fonts/*.ttf", "compendium/chapter/report.mplstyle")
_STYLE = HERE / "report.mplstyle"
_NOT_STYLE = ("backend", "interactive", "toolbar", "webagg", "tk", "docstring", "savefig.directory")


@cache
def use_house_style() -> None:
    """Set the look for all that is drawn from now on.

    The file holds for all it does not name too: a reader's own matplotlibrc changes nothing.
    """
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)
    read = mpl.rc_params_from_file(_STYLE, use_default_template=True)
    mpl.rcParams.update({k: v for k, v in read.items() if not k.startswith(_NOT_STYLE)})


@contextmanager
def house_style(salt: str) -> Iterator[None]:
    """Write what is drawn inside in the look of the report; `salt` makes ids the same each time."""
    use_house_style()
    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        yield
