"""What a drawing tells by its coordinates, held against the numbers that may be seen.

Every curve point can be read back from an SVG. So where results are to leave a secure site, a
drawing of people is read back before it is written: it may hold lines, points, bars, bands, stacks
and matrices, and each of their numbers must have passed the gate. What estimates while it draws (a
histogram, a density, a box, a regression) makes numbers of its own, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import (
    Collection,
    FillBetweenPolyCollection,
    LineCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.table import Table
from matplotlib.text import Text

from compendium.chapter import gate
from compendium.chapter.text import made_of
from compendium.errors import ExhibitError

Pair = tuple[float, float]

_MOST = 200  # rows
_NEAR = 1e-6
_BANDS = (LineCollection, PolyCollection, FillBetweenPolyCollection)
_OTHERS = (Collection, Patch, AxesImage, Table)
_ASK = "draw what `record` gave back, as lines, points, bars, bands, stacks or a matrix"


def hold_drawing(drawing: Any, payload: Mapping[str, Any], data: Any) -> None:
    """Raise ExhibitError for a number that has not passed: drawn, told, or in the data of a figure.

    Parameters
    ----------
    drawing
        What is drawn; one that estimates is refused.
    payload
        The figure's payload with caption, values and alternative text; of="units" and of="public"
        let it pass.
    data
        The frame that was drawn, if the alternative text knows it.
    """
    from compendium.chapter.drawing import figure_of

    name, figure = f"figure `{payload['id']}`", figure_of(drawing)
    if gate.rules() is None or "of" in payload:
        return
    gate.hold({**payload, "alt": None}, name)
    gate.hold(payload["alt"], name, drawn=True)
    gate.hold_frame(data, name)
    if isinstance(figure, Figure):
        _hold_artists(figure, name)


def _hold_artists(figure: Figure, name: str) -> None:
    if figure.artists or figure.lines or figure.patches or figure.images:
        raise ExhibitError(f"{name}: something is drawn beside its axes; {_ASK}")
    for told in figure.findobj(Text):
        gate.hold(made_of(told.get_text()), f"a text in {name}", drawn=True)
    for axes in figure.findobj(Axes):
        for what, pairs in _drawn(axes):
            for pair in pairs:
                if not (_passed(pair, axes) or _is_mark(pair, axes)):
                    raise ExhibitError(
                        f"{name}: a coordinate of its {what} has not passed the gate; {_ASK}"
                    )


def _drawn(axes: Axes) -> Iterator[tuple[str, Iterable[Pair]]]:
    """Yield what is drawn on axes in the units of its data: a name of the form, and its points.

    A line along an axis, such as a limit, tells one number; an area along one is a zone.
    """
    for artist in axes.get_children():
        if isinstance(artist, Line2D):
            yield "lines", _along(artist, axes)
        elif isinstance(artist, PathCollection):
            yield "points", _pairs(artist.get_offsets())
        elif isinstance(artist, Rectangle):
            shown = artist is not axes.patch and _of_data(artist, axes)
            yield "bars", _ends(artist) if shown else ()
        elif isinstance(artist, Collection) and type(artist) in _BANDS:
            paths = artist.get_paths() if _of_data(artist, axes) else ()
            yield "bands", (pair for path in paths for pair in _pairs(path.vertices))
        elif isinstance(artist, QuadMesh):
            values = np.ravel(np.asarray(artist.get_array()))
            yield "cells", [(np.nan, float(value)) for value in values]
        elif isinstance(artist, _OTHERS) and artist not in (axes.patch, *axes.spines.values()):
            raise ExhibitError(f"figure: a {type(artist).__name__} is drawn; {_ASK}")


def _along(line: Line2D, axes: Axes) -> Iterable[Pair]:
    """Return what a line tells: its points, or of one along an axis the number it stands at."""
    points = _pairs(line.get_xydata())
    if _of_data(line, axes):
        return points
    across, up = axes.get_yaxis_transform("grid"), axes.get_xaxis_transform("grid")
    if line.get_transform() == across:
        return [(np.nan, y) for _, y in points if y]
    if line.get_transform() == up:
        return [(np.nan, x) for x, _ in points if x]
    raise ExhibitError(f"figure: a line lies apart from the axes' numbers; {_ASK}")


def _of_data(artist: Any, axes: Axes) -> bool:
    """Tell whether an artist is placed by numbers on both axes."""
    placed = getattr(artist, "get_data_transform", artist.get_transform)()
    return bool(placed == axes.transData)


def _pairs(points: Any) -> list[Pair]:
    flat = np.asarray(points, float)
    return [(float(x), float(y)) for x, y in flat if np.isfinite([x, y]).all()]


def _ends(bar: Rectangle) -> list[Pair]:
    """Return the two ends of a bar, at the place of its row or column."""
    (x0, y0), (x1, y1) = bar.get_bbox().get_points()
    if _is_place((y0 + y1) / 2) and abs(y1 - y0) <= 1:
        return [(x, (y0 + y1) / 2) for x in (x0, x1) if x]  # bars begin at nought
    return [((x0 + x1) / 2, y1)]


def _passed(pair: Pair, axes: Axes) -> bool:
    """Tell whether a point is where a released number stands, or one at a row that has a name."""
    x, y = pair
    if np.isnan(x):
        return gate.passed(y)
    if gate.passed_at(y, x) or gate.passed_at(x, y):
        return True
    return (_is_row(x, axes.xaxis) and gate.passed(y)) or (
        _is_row(y, axes.yaxis) and gate.passed(x)
    )


def _is_row(number: float, axis: Any) -> bool:
    """Tell whether a number is the place of a row or column with a name."""
    return _is_place(number) and any(
        map(str.isalpha, str(axis.get_major_formatter()(number, None)))
    )


def _is_mark(pair: Pair, axes: Axes) -> bool:
    """Tell whether a point only says that a named row goes with a place, as in a matrix."""
    return _is_row(pair[1], axes.yaxis) and gate.is_place(pair[0])


def _is_place(number: float) -> bool:
    """Tell whether a number is that of a row or column, which count from nought."""
    return 0 <= number <= _MOST and abs(number - round(number)) < _NEAR
