"""Drawings as SVG and PNG that give the same bytes twice, in each language of the report.

A figure is drawn once by the chapter, and a copy of it written per language: the texts of its
artists are looked up, numbers on axes switch their marks, and the layout begins from the same
positions each time. Text stays text in the SVG, in the report's own sans, so labels can be
searched, selected and read aloud; the PNG is for notebooks, where an SVG is shown only to those who
trust it. A figure drawn on stand-in data says so inside itself, because figures travel without
their page.

On a telephone a page-wide figure is read through a magnifying glass. So another copy is drawn as
wide as such a screen in type of the same size, with the changes its parts asked for (`on_narrow`).
"""

from __future__ import annotations

import base64
import copy
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text as Artist
from matplotlib.ticker import FixedFormatter, Formatter

from compendium.chapter.catalogue import SOURCE, Translator, vocabulary
from compendium.chapter.formatting import words
from compendium.chapter.payloads import say
from compendium.chapter.style import house_style
from compendium.chapter.text import made_of
from compendium.errors import ExhibitError
from evallib.settings import project

_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[\N{MINUS SIGN}+-]?[\d.,\s]+%?")
_DOTS_PER_INCH = 110
NARROW = 3.7  # inches: what a telephone leaves of its 390 px beside the margins
_PANEL = 2.2  # inches: the height of one of several panels there, at most
OVER = "_over"  # mark of a vertical axis' label that stands level over the axis
_CHANGES = "_on_narrow"  # name of what a figure remembers
NUMBER = "_number"  # mark of a number in a drawing, which a ° follows where all is assumed
PRINTED = "_printed"  # label of what is drawn as the source prints it; no legend shows it


@dataclass(frozen=True)
class Images:
    """A drawing in one language: SVG as text, for a page and for a narrow screen; PNG as base64.

    What is drawn by a function has no narrow form.
    """

    svg: str
    narrow: str
    png: str


def drawn(drawing: Any, name: str, lang: str, translate: Translator, *, mark: str = "") -> Images:
    """Write a drawing in a language; `name` prefixes every id in its SVG, `mark` is its stamp.

    Raises ExhibitError when it is no drawing, or a text in it cannot be shown in the language.
    """
    with house_style(f"{name}-{lang}"):
        figure = checked_drawing(name, drawing(lang) if callable(drawing) else drawing)
        if callable(drawing):
            wide, small = figure, None
        else:
            wide, small = copy.deepcopy(figure), _narrow(figure)
            for shown in (wide, small):
                _say(shown, name, translate)
        for shown in filter(None, (wide, small)):
            _mark(shown, lang, mark)
        narrow = _svg(small, f"{name}-{lang}-narrow") if small else ""
        return Images(_svg(wide, f"{name}-{lang}"), narrow, _png(wide))


def on_narrow(figure: Figure, change: Callable[..., object], *given: Any) -> None:
    """Have `change(*given)` called where a figure is drawn for a narrow screen.

    That is done on a copy, and artists among `given` are those of the copy.
    """
    figure.__dict__.setdefault(_CHANGES, []).append(partial(change, *given))


def has_printed(drawing: Any) -> bool:
    """Tell whether something in a drawing is marked as printed in the source."""
    figure = figure_of(drawing)
    return isinstance(figure, Figure) and any(a.get_label() == PRINTED for a in figure.findobj())


def forget(drawing: Any) -> None:
    """Have pyplot forget a figure, which a notebook would else show once more under the cell."""
    figure, pyplot = figure_of(drawing), sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and isinstance(figure, Figure):
        pyplot.close(figure)


def curves_of(drawing: Any) -> pd.DataFrame:
    """Return the points of a drawing's curves, of which nothing else tells the data."""
    figure = figure_of(drawing)
    points = [
        {"curve": number, axes.get_xlabel() or "x": x, axes.get_ylabel() or "y": y}
        for axes in getattr(figure, "axes", ())
        for number, line in enumerate(axes.lines, start=1)
        for x, y in line.get_xydata()
    ]
    return pd.DataFrame(points)


def checked_drawing(name: str, drawing: Any) -> Any:
    """Return the figure to show, or a function that draws it, or raise ExhibitError."""
    if isinstance(figure := figure_of(drawing), Figure) or callable(drawing):
        return figure
    kind = type(figure).__name__
    raise ExhibitError(f"figure `{name}` was given a {kind}, not a matplotlib Figure or Axes")


def figure_of(drawing: Any) -> Any:
    """Return the figure of axes or of a grid of seaborn's."""
    if isinstance(drawing, Axes):
        return drawing.get_figure(root=True)
    return drawing if isinstance(drawing, Figure) else getattr(drawing, "figure", drawing)


def _narrow(figure: Figure) -> Figure:
    """Return a copy of a figure as a narrow screen shows it: labels of axes in several lines."""
    small = copy.deepcopy(figure)
    small.set_size_inches(NARROW, small.get_figheight())
    _below_each_other(small)
    for axes in small.axes:
        axes.xaxis.label.set_wrap(True)
    for change in list(small.__dict__.get(_CHANGES, ())):
        change()
    return small


def _below_each_other(figure: Figure) -> None:
    """Set panels that stand beside each other below each other, column by column."""
    cells = {axes: cell for axes in figure.axes if (cell := axes.get_subplotspec())}
    columns = 1 + max((cell.colspan.start for cell in cells.values()), default=0)
    if columns == 1 or len(cells) < len(figure.axes):
        return
    order = sorted(cells, key=lambda axes: (cells[axes].colspan.start, cells[axes].rowspan.start))
    high: Any = cells[order[0]].get_gridspec().get_height_ratios()
    ratios = [high[cells[axes].rowspan.start] for axes in order]
    grid = figure.add_gridspec(len(order), 1, height_ratios=ratios)
    for place, axes in enumerate(order):
        axes.set_subplotspec(grid[place])
        axes.tick_params(labelleft=True)
        if any(other.get_xlabel() == axes.get_xlabel() for other in order[place + 1 :]):
            axes.set_xlabel("")
    tall = min(0.85 * figure.get_figheight(), _PANEL * len(high))
    figure.set_size_inches(NARROW, columns * tall)


def _say(figure: Figure, name: str, translate: Translator) -> None:
    """Put all texts of a figure in a language, labels that asked for it level over their axes."""
    ticks: set[int] = set()
    for axes in figure.findobj(Axes):
        label = axes.yaxis.label
        if label.get_gid() == OVER:  # a chapter names axes after its chart was finished
            label.set(rotation=0, horizontalalignment="left", verticalalignment="bottom")
            axes.yaxis.set_label_coords(0, 1.03)
        for axis in (axes.xaxis, axes.yaxis):
            ticks |= {id(text) for text in axis.findobj(Artist) if text is not axis.label}
            formatter = axis.get_major_formatter()
            if not isinstance(formatter, _Ticks):  # axes that share an axis have one formatter
                axis.set_major_formatter(_Ticks(formatter, name, translate))
    for artist in figure.findobj(Artist):
        if id(artist) not in ticks and (given := artist.get_text()).strip():
            artist.set_text(_translated(given, name, translate))


class _Ticks(Formatter):
    """Writes the ticks of an axis in a language: numbers with its marks, words translated."""

    def __init__(self, inner: Any, name: str, translate: Translator) -> None:
        self.inner, self.name, self.translate = inner, name, translate
        own = {"lang": translate.lang, "say": self._told}  # of formatters that know languages
        self.knows = [key for key in own if hasattr(inner, key)]
        for key in self.knows:
            setattr(inner, key, own[key])

    def __call__(self, x: float, pos: int | None = None) -> str:
        return self._told(self.inner(x, pos))

    def format_ticks(self, values: Any) -> list[str]:
        """Write all ticks; a formatter that knows languages, or breaks lines, does it itself."""
        texts = self.inner.format_ticks(values)
        return texts if self.knows else [self._told(text) for text in texts]

    def set_axis(self, axis: Any) -> None:
        super().set_axis(axis)
        self.inner.set_axis(axis)

    def set_locs(self, locs: Any) -> None:
        self.inner.set_locs(locs)

    def get_offset(self) -> str:
        return str(self.inner.get_offset())

    def _told(self, text: str) -> str:
        if not text.strip():
            return text
        if _NUMBER.fullmatch(text) and not isinstance(self.inner, FixedFormatter):
            swapped = text.translate(str.maketrans(".,", ",."))
            return text if self.translate.lang == SOURCE else swapped
        return _translated(text, self.name, self.translate)


def _translated(text: str, name: str, translate: Translator) -> str:
    """Return a text of a drawing in a language, or say what keeps it from being shown."""
    message = made_of(text)
    if message is not None:
        return say(message, {}, translate)
    found = translate.find(text)
    if found is None:
        raise ExhibitError(
            f"figure `{name}`: “{text}” has no translation to {translate.lang}; mark it with "
            'text("…") and run `python run_all.py translate`'
        )
    if _DIGIT.search(text) and translate.lang == SOURCE and text not in vocabulary(project(), "da"):
        raise ExhibitError(
            f"figure `{name}`: “{text}” has a digit that nobody computed; write it as "
            'text("… {n} …", n=…)'
        )
    return found


def _mark(figure: Figure, lang: str, mark: str) -> None:
    """Write what of the drawing is made up above it, on paper added for it, and at its numbers."""
    for told in figure.findobj(lambda artist: artist.get_gid() == NUMBER):
        told.set_gid(None)
        if mark == "assumed":
            told.set_text(f"{told.get_text()}°")  # type: ignore[attr-defined]
    if not mark:
        return
    width, height = figure.get_size_inches()
    strip = 0.24
    share = height / (height + strip)
    engine: Any = figure.get_layout_engine()
    figure.set_size_inches(width, height + strip)
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, share))
    else:  # a grid of seaborn's has placed its axes
        figure.set_layout_engine("none")
        figure.subplots_adjust(top=figure.subplotpars.top * share)
    figure.text(
        1 - 0.06 / width, 1 - 0.06 / (height + strip), words(lang)["basis_figure"][mark],
        ha="right", va="top", fontsize=7.5, color="#7a4a00",
        bbox={"facecolor": "#fff1d6", "edgecolor": "#e0a030", "linewidth": 0.6,
              "boxstyle": "square,pad=0.25"},
    )  # fmt: skip


def _svg(figure: Figure, name: str) -> str:
    """Write the figure; savefig draws twice, which is for lines to an inset that lag behind."""
    svg = io.StringIO()
    metadata = {"Date": None, "Creator": None}
    if any(axes.child_axes for axes in figure.axes):
        figure.savefig(svg, format="svg", metadata=metadata)
    else:
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(svg, metadata=metadata)
    return _short(_own_ids(svg.getvalue(), name))


def _png(figure: Figure) -> str:
    """Draw the figure as dots, where its SVG has found the places already."""
    png = io.BytesIO()
    figure.set_dpi(_DOTS_PER_INCH)
    figure.set_layout_engine("none")
    raster: Any = FigureCanvasAgg(figure)
    raster.print_png(png, metadata={"Software": None})
    return base64.b64encode(png.getvalue()).decode("ascii")


def _own_ids(svg: str, name: str) -> str:
    """Drop prologue and metadata, and prefix ids: many figures share one HTML page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    family = "font-family: 'Open Sans'"  # of all, with another for where it is not at hand
    svg = svg.replace(f"{family}; ", "").replace("<svg ", f'<svg style="{family}, sans-serif" ', 1)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    return re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)


def _short(svg: str) -> str:
    r"""Leave out what nobody sees: a page holds each figure twice, and must stay light.

    Ids that nothing refers to, groups without a purpose, line ends, and the places of decimals
    beyond a hundredth of a point.

    >>> _short('<g id="a">\n <path d="M 1.23456 2 \nz\n"/>\n</g>')
    '<g><path d="M 1.23 2 z"/></g>'
    """
    known = set(re.findall(r"#([^\")]+)", svg))
    svg = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in known else "", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    svg = re.sub(
        r' (?:d|x|y|width|height|points|transform)="[^"]*"',
        lambda found: re.sub(r"(\.\d\d)\d+", r"\1", found[0]).replace("\n", "").replace(' "', '"'),
        svg,
    )
    svg = re.sub(r' style="[^"]*"', lambda found: re.sub("([:;]) ", r"\1", found[0]), svg)
    return re.sub(r">\s+<", "><", svg).strip()
