"""Drawings as SVG and PNG that give the same bytes twice, in each language of the report.

A figure is drawn once by the chapter and written once per language: the texts of its artists are
looked up anew, numbers on axes switch their marks, and the layout begins from the same positions
each time. Text stays text in the SVG, in the report's own sans, so labels can be searched, selected
and read aloud; the PNG is for notebooks, where an SVG is shown only to those who trust it. A figure
drawn on stand-in data says so inside itself, because figures travel without their page.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text as Artist
from matplotlib.ticker import FixedFormatter, Formatter

from compendium.chapter.catalogue import SOURCE, Translator
from compendium.chapter.formatting import words
from compendium.chapter.payloads import say
from compendium.chapter.style import house_style
from compendium.chapter.text import made_of
from compendium.errors import ExhibitError

_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[\N{MINUS SIGN}+-]?[\d.,\s]+%?")
_DOTS_PER_INCH = 110
_OWN = ("lang", "say")  # what formatters of ours have


@dataclass(frozen=True)
class Images:
    """A drawing in one language: SVG as text, PNG as base64."""

    svg: str
    png: str


def drawn(
    drawing: Any, name: str, lang: str, translate: Translator, *, standin: bool = False
) -> Images:
    """Write a drawing in a language; `name` prefixes every id in its SVG.

    Raises ExhibitError when it is no drawing, or a text in it cannot be shown in the language.
    """
    with house_style(f"{name}-{lang}"):
        figure = drawing(lang) if callable(drawing) else _figure(drawing)
        if not isinstance(figure, Figure):
            kind = type(figure).__name__
            raise ExhibitError(
                f"figure `{name}` was given a {kind}, not a matplotlib Figure or Axes"
            )
        own = nullcontext() if callable(drawing) else _in_language(figure, name, translate)
        with _at_rest(figure), own, _marked(figure, lang, standin=standin):
            return _images(figure, f"{name}-{lang}")


def forget(drawing: Any) -> None:
    """Have pyplot forget a figure, which a notebook would else show once more under the cell."""
    figure, pyplot = _figure(drawing), sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and isinstance(figure, Figure):
        pyplot.close(figure)


def _figure(drawing: Any) -> Any:
    """Return the figure of axes or of a grid of seaborn's."""
    if isinstance(drawing, Axes):
        return drawing.get_figure(root=True)
    return drawing if isinstance(drawing, Figure) else getattr(drawing, "figure", drawing)


@contextmanager
def _at_rest(figure: Figure) -> Iterator[None]:
    """Put all axes back afterwards: each layout begins from where the last one ended."""
    size = figure.get_size_inches().copy()
    places = [(axes, axes.get_position(original=True).frozen()) for axes in figure.axes]
    yield
    figure.set_size_inches(*size)
    for axes, place in places:
        axes._set_position(place)  # type: ignore[attr-defined]  # noqa: SLF001  # the public way takes them out of the layout


@contextmanager
def _in_language(figure: Figure, name: str, translate: Translator) -> Iterator[None]:
    """Have all texts of a figure in a language, and its own back afterwards."""
    undo: list[Callable[[], object]] = []
    try:
        ticks: set[int] = set()
        for axes in figure.findobj(Axes):
            for axis in (axes.xaxis, axes.yaxis):
                ticks |= {id(text) for text in axis.findobj(Artist) if text is not axis.label}
                formatter = axis.get_major_formatter()
                axis.set_major_formatter(_Ticks(formatter, name, translate))
                undo.append(partial(axis.set_major_formatter, formatter))
        for artist in figure.findobj(Artist):
            if id(artist) not in ticks and (given := artist.get_text()).strip():
                artist.set_text(_translated(given, name, translate))
                undo.append(partial(artist.set_text, given))
        yield
    finally:
        for back in reversed(undo):
            back()


class _Ticks(Formatter):
    """Writes the ticks of an axis in a language: numbers with its marks, words translated."""

    def __init__(self, inner: Any, name: str, translate: Translator) -> None:
        self.inner, self.name, self.translate = inner, name, translate

    def __call__(self, x: float, pos: int | None = None) -> str:
        return self._told(self.inner(x, pos))

    def format_ticks(self, values: Any) -> list[str]:
        """Write all ticks; a formatter that knows languages, or breaks lines, does it itself."""
        given = {name: getattr(self.inner, name) for name in _OWN if hasattr(self.inner, name)}
        for name, own in {"lang": self.translate.lang, "say": self._told}.items():
            if name in given:
                setattr(self.inner, name, own)
        try:
            texts = self.inner.format_ticks(values)
        finally:
            for name, before in given.items():
                setattr(self.inner, name, before)
        return texts if given else [self._told(text) for text in texts]

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
    if _DIGIT.search(text) and translate.lang == SOURCE and not _known(text):
        raise ExhibitError(
            f"figure `{name}`: “{text}” has a digit that nobody computed; write it as "
            'text("… {n} …", n=…)'
        )
    return found


def _known(text: str) -> bool:
    """Tell whether a text with a digit is a name that stands in the data."""
    from compendium.chapter.catalogue import ROOT, vocabulary

    return text in vocabulary(ROOT, "da")


@contextmanager
def _marked(figure: Figure, lang: str, *, standin: bool) -> Iterator[None]:
    """Write the stand-in notice above the drawing, on paper added for it."""
    if not standin:
        yield
        return
    width, height = figure.get_size_inches()
    strip = 0.24
    share = height / (height + strip)
    engine: Any = figure.get_layout_engine()
    figure.set_size_inches(width, height + strip)
    top = figure.subplotpars.top
    moves = isinstance(engine, ConstrainedLayoutEngine)  # a grid of seaborn's has placed its axes
    if moves:
        engine.set(rect=(0, 0, 1, share))
    else:
        figure.set_layout_engine("none")
        figure.subplots_adjust(top=top * share)
    mark = figure.text(
        1 - 0.06 / width, 1 - 0.06 / (height + strip), words(SOURCE)["standin_short"],
        ha="right", va="top", fontsize=7.5, color="#7a4a00",
        bbox={"facecolor": "#fff1d6", "edgecolor": "#e0a030", "linewidth": 0.6,
              "boxstyle": "square,pad=0.25"},
    )  # fmt: skip
    mark.set_text(words(lang)["standin_short"])
    try:
        yield
    finally:
        mark.remove()
        if moves:
            engine.set(rect=(0, 0, 1, 1))
        else:
            figure.subplots_adjust(top=top)


def _images(figure: Figure, name: str) -> Images:
    """Write the figure; savefig draws twice, which is for lines to an inset that lag behind."""
    svg, png = io.StringIO(), io.BytesIO()
    metadata = {"Date": None, "Creator": None}
    if any(axes.child_axes for axes in figure.axes):
        figure.savefig(svg, format="svg", metadata=metadata)
    else:
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(svg, metadata=metadata)
    figure.set_dpi(_DOTS_PER_INCH)
    engine = figure.get_layout_engine()
    figure.set_layout_engine("none")  # the SVG has found the places already
    raster: Any = FigureCanvasAgg(figure)
    raster.print_png(png, metadata={"Software": None})
    figure.set_layout_engine(engine or "none")
    encoded = base64.b64encode(png.getvalue()).decode("ascii")
    return Images(_own_ids(svg.getvalue(), name), encoded)


def _own_ids(svg: str, name: str) -> str:
    """Drop prologue and metadata, and prefix ids: many figures share one HTML page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg.replace("'Open Sans'", "'Open Sans', sans-serif")  # where the type is not at hand
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    return re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
