"""A map of places over an outline, with a window that enlarges where they stand close.

Places belong to groups: each group has its own colour and its own sign, and a place in two groups
shows both, side by side. Names stand beside their dots. The outline is drawn from corners as a line
of its own, so it stays sharp at any size. Which country, which places and which window is data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import ScaledTranslation

from compendium.charts.curves import MARKS, WIDTH, Group, Groups, Text, told, unframed, with_rows

_LAND, _COAST, _TEXT = "#eeece6", "#a8a49a", "#333333"
_SIDES = {  # where a name stands from its dot, to the right and up, and how it is aligned
    "right": (1, 0, "left", "center"),
    "left": (-1, 0, "right", "center"),
    "above": (0, 1, "center", "bottom"),
    "below": (0, -1, "center", "top"),
}
Signed = Sequence[tuple[Group, str]]  # each group with its sign


@dataclass(frozen=True)
class Window:
    """A part of the map shown enlarged: its limits in degrees, its name, and where it stands.

    `place` is (left, bottom, width, height) as fractions of the map.
    """

    west: float
    east: float
    south: float
    north: float
    label: Text
    place: tuple[float, float, float, float]

    def held(self, places: pd.DataFrame) -> pd.Series:
        """Tell of each place whether it lies in the window."""
        across = places["lon"].between(self.west, self.east)
        return across & places["lat"].between(self.south, self.north)


def point_map(
    outline: pd.DataFrame,
    places: pd.DataFrame,
    lang: str,
    groups: Groups,
    window: Window | None = None,
) -> Figure:
    """Draw the outline (ring, lon, lat) and the places on it.

    `places` has a row per place and group: name, lon, lat, group, and label, the side its name
    stands on ("right", "left", "above", "below"). Groups not among the places are not drawn.
    """
    west, east = outline["lon"].min() - 0.15, outline["lon"].max() + 0.15
    south, north = outline["lat"].min() - 0.1, outline["lat"].max() + 0.1
    width = (east - west) * math.cos(math.radians((south + north) / 2))
    figure = Figure(figsize=(WIDTH, WIDTH * (north - south) / width + 0.35), layout="constrained")
    axes = figure.subplots()
    signed = list(zip([group for group, _ in with_rows(places, groups)], MARKS, strict=False))
    held = window.held(places) if window else pd.Series(data=False, index=places.index)
    _draw(axes, outline, (west, east, south, north))
    _places(axes, places.assign(small=held), signed)
    if window:
        inset = axes.inset_axes(window.place)
        _draw(inset, outline, (window.west, window.east, window.south, window.north))
        _places(inset, places[held].assign(small=False), signed)
        inset.spines[:].set(visible=True, color=_COAST)
        inset.set_title(window.label[lang], fontsize=8, fontweight="normal", pad=3)
        axes.indicate_inset_zoom(inset, edgecolor=_COAST, alpha=1, linewidth=0.8)
    handles = [
        Line2D([], [], marker=sign, color=group.colour, linestyle="", label=group.label[lang])
        for group, sign in signed
    ]
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=len(handles),
        fontsize=8.5, handletextpad=0.3, borderaxespad=0.2,
    )  # fmt: skip
    return figure


def map_alt(places: pd.DataFrame, groups: Groups, what: Text) -> Text:
    """Say in words what the map shows: the places of each group, from west to east."""
    named = [
        (group.label, ", ".join(rows.sort_values("lon")["name"]))
        for group, rows in with_rows(places, groups)
    ]
    return told(what, lambda lang: (f"{label[lang]}: {names}" for label, names in named), ". ")


def _draw(axes: Axes, outline: pd.DataFrame, limits: tuple[float, float, float, float]) -> None:
    rings = [ring[["lon", "lat"]].to_numpy() for _, ring in outline.groupby("ring")]
    land = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
    axes.add_patch(PathPatch(land, facecolor=_LAND, edgecolor=_COAST, linewidth=0.6))
    west, east, south, north = limits
    axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
    axes.set_aspect(1 / math.cos(math.radians((south + north) / 2)))
    unframed(axes)


def _places(axes: Axes, places: pd.DataFrame, signed: Signed) -> None:
    """Set the dots, and the names of those that are not `small` because the window shows them."""
    for name, rows in places.groupby("name"):
        lon, lat, side, small = rows[["lon", "lat", "label", "small"]].iloc[0]
        size = 2.5 if small else 5.5
        mine = [(group, sign) for group, sign in signed if (rows["group"] == group.key).any()]
        for position, (group, sign) in enumerate(mine):
            shift = (position - (len(mine) - 1) / 2) * size * 1.1  # in points, to share the place
            moved = ScaledTranslation(shift / 72, 0, axes.figure.dpi_scale_trans)
            axes.plot(
                lon, lat, sign, color=group.colour, markersize=size, markeredgecolor="white",
                markeredgewidth=0.5, zorder=3, transform=axes.transData + moved,
            )  # fmt: skip
        if not small:
            right, up, horizontal, vertical = _SIDES[side]
            offset = (right * (6 + 3 * (len(mine) - 1)), up * 6)  # further out beside two signs
            axes.annotate(
                str(name), (lon, lat), offset, textcoords="offset points", ha=horizontal,
                va=vertical, fontsize=7.5, color=_TEXT, zorder=4,
            )  # fmt: skip
