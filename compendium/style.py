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
from typing import TYPE_CHECKING, Any

from compendium.errors import ExhibitError
from compendium.formatting import TEMPLATES, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

READS = ("compendium/templates/fonts/*.ttf",)
_RC: dict[Any, Any] = {
    "font.family": ["Open Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": 600,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#767676",
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.8,
    "xtick.color": "#4a4a4a",
    "ytick.color": "#4a4a4a",
    "ytick.major.size": 0,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "figure.figsize": (6.3, 3.6),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "svg.fonttype": "none",
}


@cache
def _fonts() -> None:
    from matplotlib import font_manager

    for path in sorted((TEMPLATES / "fonts").glob("*.ttf")):
        font_manager.fontManager.addfont(path)


def to_svg(draw: Callable[[str], Figure], lang: str, name: str, standin: bool) -> str:
    """Draw in the house style and return the SVG; `name` prefixes every id in it.

    Raises ExhibitError when `draw(lang)` does not return a matplotlib Figure.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    _fonts()
    with mpl.rc_context():
        mpl.rcdefaults()  # a reader's own matplotlibrc must not change the report
        mpl.rcParams.update({**_RC, "svg.hashsalt": name})
        drawn = draw(lang)
        if not isinstance(drawn, Figure):
            kind = type(drawn).__name__
            raise ExhibitError(
                f"draw({lang!r}) of {name} returned a {kind}, not a matplotlib Figure"
            )
        if standin:
            _mark(drawn, words(lang)["standin_short"])
        _lay_out(drawn)
        buffer = io.StringIO()
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    drawn.clear()
    return _own_ids(buffer.getvalue(), name)


def _lay_out(drawn: Figure) -> None:
    """Have the layout computed once; saving would draw the figure a second time to do it."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    engine = drawn.get_layout_engine()
    if engine is not None:
        dpi = drawn.dpi
        FigureCanvasSVG(drawn)
        engine.execute(drawn)
        drawn.set_layout_engine("none")
        drawn.dpi = dpi


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
