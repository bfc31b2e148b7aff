"""A map of places over an outline, with a window that enlarges where they stand close.

Places belong to groups: each group has its own colour and its own sign, and a place in two groups
shows both, side by side. Names stand beside their dots. The outline is drawn from corners as a line
of its own, so it stays sharp at any size. Which country, which places and which window is data.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox, ScaledTranslation, TransformedBbox

from compendium.chapter.drawing import NARROW, on_narrow
from compendium.chapter.text import number, text
from compendium.charts import look
from compendium.charts.look import MARKS, SMALL, WIDTH, Group, Palette, figure_of, groups

_LAND, _COAST, _TEXT = "#eeece6", "#a8a49a", "#333333"
_KEY = 0.35  # inches under the map
_OVER = 0.3  # of the map's height, added over it for the window on a narrow screen
_SIDES = {  # where a name stands from its dot, to the right and up, and how it is aligned
    "right": (1, 0, "left", "center"),
    "left": (-1, 0, "right", "center"),
    "above": (0, 1, "center", "bottom"),
    "below": (0, -1, "center", "top"),
}
Limits = tuple[float, float, float, float]  # west, east, south, north, in degrees


@dataclass(frozen=True)
class Window:
    """A part of the map shown enlarged: its limits in degrees, its name, and where it stands.

    `place` is (left, bottom, width, height) as fractions of the map.
    """

    west: float
    east: float
    south: float
    north: float
    label: str
    place: tuple[float, float, float, float]

    def held(self, places: pd.DataFrame) -> pd.Series:
        """Tell of each place whether it lies in the window."""
        across = places["lon"].between(self.west, self.east)
        return across & places["lat"].between(self.south, self.north)


def point_map(
    ax: Axes, outline: pd.DataFrame, places: pd.DataFrame, *, hue: str = "route",
    palette: Palette = None, window: Window | None = None,
) -> None:  # fmt: skip
    """Draw an outline and the places on it, the figure as high as the outline needs.

    Parameters
    ----------
    ax
        Empty axes.
    outline
        Corners in order: ring, lon, lat.
    places
        A row per place and group: name, lon, lat, `hue`, and label, the side its name stands on
        ("right", "left", "above", "below").
    hue
        The column that holds the groups.
    palette
        Colours by group, and the order of the key.
    window
        What is shown enlarged; the names inside it stand there alone.
    """
    west, east = outline["lon"].min() - 0.15, outline["lon"].max() + 0.15
    south, north = outline["lat"].min() - 0.1, outline["lat"].max() + 0.1
    across = (east - west) * math.cos(math.radians((south + north) / 2))
    width = figure_of(ax).get_figwidth()
    figure_of(ax).set_figheight(width * (north - south) / across + _KEY)
    order = list(palette or ())
    shown = groups(places, hue, "name", palette)
    shown.sort(key=lambda group: order.index(group.name) if group.name in order else -1)
    held = window.held(places) if window else pd.Series(data=False, index=places.index)
    _land(ax, outline, (west, east, south, north))
    _places(ax, places.assign(small=held), hue, shown)
    if window:
        inset = ax.inset_axes(window.place)
        _land(inset, outline, (window.west, window.east, window.south, window.north))
        _places(inset, places[held].assign(small=False), hue, shown)
        inset.spines[:].set(visible=True, color=_COAST)
        inset.set_title(window.label, fontsize=8, fontweight="normal", pad=3)
        on_narrow(figure_of(ax), _narrow_map, ax, inset)
        ax.indicate_inset_zoom(inset, edgecolor=_COAST, alpha=1, linewidth=0.8)
    handles = [
        Line2D([], [], marker=sign, color=group.colour, linestyle="", label=group.name)
        for group, sign in zip(shown, MARKS, strict=False)
    ]
    style: dict[str, Any] = {"handles": handles, "fontsize": SMALL, "handletextpad": 0.3}
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=len(handles), **style)
    on_narrow(figure_of(ax), partial(ax.legend, loc="upper left", **style))


def _narrow_map(ax: Axes, inset: Axes) -> None:
    """Set the window over the map, as large as its names need on a narrow screen."""
    figure, (south, north) = figure_of(ax), ax.get_ylim()
    ax.set_ylim(south, north + _OVER * (north - south))
    height = (figure.get_figheight() - _KEY) * NARROW / WIDTH * (1 + _OVER) + _KEY
    figure.set_size_inches(NARROW, height)
    place = Bbox.from_bounds(0.42, 0.52, 0.58, 0.44)
    locator: Any = partial(_placed, place, ax.transAxes, figure.transSubfigure)
    inset.set_axes_locator(locator)


def _placed(place: Bbox, within: Any, figure: Any, *_: Any) -> TransformedBbox:
    """Return where the window stands in the figure; a difference of transforms is a snapshot."""
    return TransformedBbox(place, within - figure)


def _land(ax: Axes, outline: pd.DataFrame, limits: Limits) -> None:
    rings = [ring[["lon", "lat"]].to_numpy() for _, ring in outline.groupby("ring")]
    land = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
    ax.add_patch(PathPatch(land, facecolor=_LAND, edgecolor=_COAST, linewidth=0.6))
    west, east, south, north = limits
    ax.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
    ax.set_aspect(1 / math.cos(math.radians((south + north) / 2)))
    look.unframed(ax)


def _places(ax: Axes, places: pd.DataFrame, hue: str, shown: Sequence[Group]) -> None:
    """Set the dots, and the names of those that are not `small` because the window shows them."""
    signed = list(zip(shown, MARKS, strict=False))
    for name, rows in places.groupby("name"):
        lon, lat, side, small = rows[["lon", "lat", "label", "small"]].iloc[0]
        size = 2.5 if small else 5.5
        mine = [(group, sign) for group, sign in signed if (rows[hue] == group.name).any()]
        for position, (group, sign) in enumerate(mine):
            shift = (position - (len(mine) - 1) / 2) * size * 1.1  # in points, to share the place
            moved = ScaledTranslation(shift / 72, 0, figure_of(ax).dpi_scale_trans)
            ax.plot(
                lon, lat, sign, color=group.colour, markersize=size, markeredgecolor="white",
                markeredgewidth=0.5, zorder=3, transform=ax.transData + moved,
            )  # fmt: skip
        if not small:
            right, up, horizontal, vertical = _SIDES[side]
            offset = (right * (6 + 3 * (len(mine) - 1)), up * 6)  # further out beside two signs
            label = text("{name}", name=number(name, "name"))  # the same in every language
            style = {"ha": horizontal, "va": vertical, "fontsize": 7.5, "color": _TEXT}
            look.note(ax, label, (lon, lat), offset, zorder=4, **style)
