"""A map of places over an outline, with a window that enlarges where they stand close.

Places belong to groups: each group has its own colour and its own sign, and a place in two groups
shows both, side by side. Names stand beside their dots. The outline is drawn from corners as a line
of its own, so it stays sharp at any size. Which country, which places and which window is data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compendium.charts import WIDTH, Group
from compendium.formatting import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LAND, _COAST, _TEXT = "#eeece6", "#a8a49a", "#333333"
_SIGNS = ("o", "s", "^", "D", "v")
_SIDES: dict[str, tuple[float, float, str, str]] = {  # offset in points, alignment of the name
    "right": (6, 0, "left", "center"),
    "left": (-6, 0, "right", "center"),
    "above": (0, 6, "center", "bottom"),
    "below": (0, -6, "center", "top"),
}


@dataclass(frozen=True)
class Window:
    """A part of the map shown enlarged: its limits in degrees, its name, and where it stands.

    `place` is (left, bottom, width, height) as fractions of the map.
    """

    west: float
    east: float
    south: float
    north: float
    label: Mapping[str, str]
    place: tuple[float, float, float, float]

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a point lies in the window."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


def point_map(
    outline: pd.DataFrame,
    places: pd.DataFrame,
    lang: str,
    groups: Sequence[Group],
    window: Window | None = None,
) -> Figure:
    """Draw the outline (ring, lon, lat) and the places on it.

    `places` has a row per place and group: name, lon, lat, group, and label, the side its name
    stands on ("right", "left", "above", "below"). Groups not among the places are not drawn.
    """
    from matplotlib.figure import Figure as Canvas

    west, east = outline["lon"].min() - 0.15, outline["lon"].max() + 0.15
    south, north = outline["lat"].min() - 0.1, outline["lat"].max() + 0.1
    width = (east - west) * math.cos(math.radians((south + north) / 2))
    figure = Canvas(figsize=(WIDTH, WIDTH * (north - south) / width + 0.35), layout="constrained")
    axes = figure.subplots()
    shown = [group for group in groups if (places["group"] == group.key).any()]
    _draw(axes, outline, (west, east, south, north))
    _places(axes, places, shown, window)
    if window:
        inset = axes.inset_axes(window.place)
        _draw(inset, outline, (window.west, window.east, window.south, window.north))
        held = [window.holds(*point) for point in zip(places["lon"], places["lat"], strict=True)]
        _places(inset, places[held], shown)
        inset.spines[:].set(visible=True, color=_COAST)
        inset.set_title(window.label[lang], fontsize=8, fontweight="normal", pad=3)
        axes.indicate_inset_zoom(inset, edgecolor=_COAST, alpha=1, linewidth=0.8)
    _key(axes, lang, shown)
    return figure


def map_alt(
    places: pd.DataFrame, groups: Sequence[Group], what: Mapping[str, str]
) -> dict[str, str]:
    """Say in words what the map shows: the places of each group, from west to east."""
    texts = {}
    for lang in LANGUAGES:
        parts = []
        for group in groups:
            names = places[places["group"] == group.key].sort_values("lon")["name"]
            if len(names):
                parts.append(f"{group.label[lang]}: {', '.join(names)}")
        texts[lang] = f"{what[lang]}. {'. '.join(parts)}."
    return texts


def _draw(axes: Axes, outline: pd.DataFrame, limits: tuple[float, float, float, float]) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    rings = [ring[["lon", "lat"]].to_numpy() for _, ring in outline.groupby("ring")]
    land = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
    axes.add_patch(PathPatch(land, facecolor=_LAND, edgecolor=_COAST, linewidth=0.6))
    west, east, south, north = limits
    axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
    axes.set_aspect(1 / math.cos(math.radians((south + north) / 2)))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _places(
    axes: Axes, places: pd.DataFrame, groups: Sequence[Group], window: Window | None = None
) -> None:
    """Set the dots, and the names of those that no window shows."""
    signs = {group.key: (group, sign) for group, sign in zip(groups, _SIGNS, strict=False)}
    for name, rows in places.groupby("name"):
        lon, lat = float(rows["lon"].iloc[0]), float(rows["lat"].iloc[0])
        small = window is not None and window.holds(lon, lat)
        size = 2.5 if small else 5.5
        keys = [key for key in signs if (rows["group"] == key).any()]
        for position, key in enumerate(keys):
            group, sign = signs[key]
            shift = (position - (len(keys) - 1) / 2) * size * 1.1
            _sign(axes, (lon, lat), shift, marker=sign, color=group.colour, markersize=size)
        if not small:
            _name(axes, str(name), (lon, lat), str(rows["label"].iloc[0]), (len(keys) - 1) * 3.0)


def _sign(axes: Axes, point: tuple[float, float], shift: float, **style: Any) -> None:
    """Draw a sign, moved sideways by a number of points so that two can share a place."""
    from matplotlib.transforms import ScaledTranslation

    moved = ScaledTranslation(shift / 72, 0, axes.figure.dpi_scale_trans)
    axes.plot(
        *point, transform=axes.transData + moved, linestyle="", markeredgecolor="white",
        markeredgewidth=0.5, zorder=3, **style,
    )  # fmt: skip


def _name(axes: Axes, name: str, point: tuple[float, float], side: str, wider: float) -> None:
    """Write a place's name beside its signs, `wider` points further out where there are two."""
    across, up, horizontal, vertical = _SIDES[side]
    offset = (across + math.copysign(wider, across) if across else 0, up)
    axes.annotate(
        name, point, offset, textcoords="offset points", ha=horizontal, va=vertical, fontsize=7.5,
        color=_TEXT, zorder=4,
    )  # fmt: skip


def _key(axes: Axes, lang: str, groups: Sequence[Group]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker=sign, color=group.colour, linestyle="", label=group.label[lang])
        for group, sign in zip(groups, _SIGNS, strict=False)
    ]
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=len(handles),
        fontsize=8.5, handletextpad=0.3, borderaxespad=0.2,
    )  # fmt: skip
