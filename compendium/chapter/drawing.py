"""The look every figure shares, and figures as SVG that gives the same bytes twice.

Text stays text: it is set in the report's own sans, which HTML and PDF both carry, so labels can
be searched, selected and read aloud. A figure drawn on stand-in data says so inside itself,
because figures travel without their page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from compendium.chapter.formatting import FONTS, HERE, words
from compendium.errors import ExhibitError

READS = ("compendium/fonts/*.ttf", "compendium/chapter/report.mplstyle")
_STYLE = HERE / "report.mplstyle"


@cache
def _fonts() -> None:
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)


def to_svg(draw: Callable[[str], Figure], lang: str, name: str, standin: bool) -> str:
    """Draw in the house style and return the SVG; `name` prefixes every id in it.

    Raises ExhibitError when `draw(lang)` does not return a matplotlib Figure.
    """
    _fonts()
    # The file holds for all it does not name too: a reader's own matplotlibrc changes nothing.
    with mpl.rc_context({"svg.hashsalt": name}, _STYLE):
        drawn = draw(lang)
        if not isinstance(drawn, Figure):
            kind = type(drawn).__name__
            raise ExhibitError(
                f"draw({lang!r}) of {name} returned a {kind}, not a matplotlib Figure"
            )
        if standin:
            _mark(drawn, words(lang)["standin_short"])
        buffer = io.StringIO()
        _save(drawn, buffer)
    drawn.clear()
    return _own_ids(buffer.getvalue(), name)


def _save(drawn: Figure, buffer: io.StringIO) -> None:
    """Write the figure; savefig draws twice, which is for lines to an inset that lag behind."""
    metadata = {"Date": None, "Creator": None}
    if any(axes.child_axes for axes in drawn.axes):
        drawn.savefig(buffer, format="svg", metadata=metadata)
    else:
        canvas: Any = FigureCanvasSVG(drawn)
        canvas.print_svg(buffer, metadata=metadata)


def _mark(drawn: Figure, text: str) -> None:
    """Write the stand-in notice above the drawing, on paper added for it."""
    width, height = drawn.get_size_inches()
    strip = 0.24
    drawn.set_size_inches(width, height + strip)
    share = height / (height + strip)
    engine: Any = drawn.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, 0, 1, share))
    else:
        drawn.subplots_adjust(top=drawn.subplotpars.top * share)
    drawn.text(
        1 - 0.06 / width, 1 - 0.06 / (height + strip), text, ha="right", va="top", fontsize=7.5,
        color="#7a4a00", bbox={"facecolor": "#fff1d6", "edgecolor": "#e0a030", "linewidth": 0.6,
                               "boxstyle": "square,pad=0.25"},
    )  # fmt: skip


def _own_ids(svg: str, name: str) -> str:
    """Drop prologue and metadata, and prefix ids: many figures share one HTML page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    return re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
