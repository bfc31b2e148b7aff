"""What a drawing tells by its coordinates, held against the numbers that may be seen.

Every curve point can be read back from an SVG. So where results are to leave a secure site, a
drawing of people is read back before it is written: it may hold lines, points, bars, bands, stacks
and matrices, and each of their numbers must have passed the gate. What estimates while it draws (a
histogram, a density, a box, a regression) makes numbers of its own, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import (
    Collection,
    LineCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text

from compendium.chapter import gate
from compendium.chapter.text import made_of
from compendium.errors import ExhibitError

Pair = tuple[float, float]

_MOST = 200  # rows
_NEAR = 1e-6
_ASK = "draw what `record` gave back, as lines, points, bars, bands, stacks or a matrix"


def hold_drawing(drawing: Any, name: str) -> None:
    """Raise ExhibitError for a drawing with a number that has not passed, or of another form."""
    from compendium.chapter.drawing import figure_of

    figure = figure_of(drawing)
    if gate.rules() is None or not isinstance(figure, Figure):
        return
    for told in figure.findobj(Text):
        gate.hold(made_of(told.get_text()), f"a text in figure `{name}`", drawn=True)
    for axes in figure.findobj(Axes):
        for what, pairs in _drawn(axes):
            for pair in pairs:
                if not (_passed(pair) or _is_mark(pair, axes)):
                    raise ExhibitError(
                        f"figure `{name}`: a coordinate of its {what} has not passed the gate; "
                        f"{_ASK}"
                    )


def _drawn(axes: Axes) -> Iterator[tuple[str, Iterable[Pair]]]:
    """Yield what is drawn on axes in the units of its data: a name of the form, and its points."""
    for artist in axes.get_children():
        of_data = artist.get_transform() == axes.transData
        if isinstance(artist, PathCollection):
            yield "points", _pairs(artist.get_offsets())
        elif isinstance(artist, Line2D) and of_data:
            yield "lines", _pairs(artist.get_xydata())
        elif isinstance(artist, Rectangle) and of_data:
            yield "bars", _ends(artist)
        elif isinstance(artist, (LineCollection, PolyCollection)):
            for path in artist.get_paths() if of_data else ():
                yield "bands", _pairs(path.vertices)
        elif isinstance(artist, QuadMesh):
            yield "cells", ((float(cell), 0.0) for cell in np.ravel(artist.get_array()))
        elif isinstance(artist, (Collection, Patch)) and of_data and artist is not axes.patch:
            raise ExhibitError(f"a {type(artist).__name__} is drawn; {_ASK}")


def _pairs(points: Any) -> list[Pair]:
    flat = np.asarray(points, float)
    return [(float(x), float(y)) for x, y in flat if np.isfinite([x, y]).all()]


def _ends(bar: Rectangle) -> list[Pair]:
    """Return the two ends of a bar, at the place of its row or column."""
    (x0, y0), (x1, y1) = bar.get_bbox().get_points()
    lies = _is_place((y0 + y1) / 2) and abs(y1 - y0) <= 1
    return [(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)] if lies else [((x0 + x1) / 2, y1)]


def _passed(pair: Pair) -> bool:
    """Tell whether a point is where a released number stands, or lies at a row and is nought."""
    x, y = pair
    if gate.passed_at(y, x) or gate.passed_at(x, y):
        return True
    return (_is_place(x) and (y == 0 or gate.passed(y))) or (
        _is_place(y) and (x == 0 or gate.passed(x))
    )


def _is_mark(pair: Pair, axes: Axes) -> bool:
    """Tell whether a point only says that a named row goes with a place, as in a matrix."""
    named = any(map(str.isalpha, str(axes.yaxis.get_major_formatter()(pair[1], None))))
    return named and _is_place(pair[1]) and gate.is_place(pair[0])


def _is_place(number: float) -> bool:
    """Tell whether a number is that of a row or column, which count from nought."""
    return 0 <= number <= _MOST and abs(number - round(number)) < _NEAR
