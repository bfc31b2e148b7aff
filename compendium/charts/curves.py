"""What seaborn's curves lack: bands of given intervals, names at the ends, the people behind.

A curve carries its name at its end instead of a legend, its interval as a band, and under the axis
the number of people behind each month: that number falls with time, and a reader must see it fall.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from compendium.chapter.formatting import words
from compendium.chapter.text import number, text
from compendium.charts.look import MARKS, Group, Palette, figure_of, groups
from compendium.charts.ticks import number_axis

_LINE = 11  # points from line to line of the people behind each month
_TINY = 7  # points: their type


def finish_curves(
    ax: Axes, frame: pd.DataFrame, unit: str, *, hue: str = "route", x: str = "month",
    y: str = "estimate", palette: Palette = None, people: bool = True,
) -> None:  # fmt: skip
    """Give the curves of `sns.lineplot` what a reader of results needs.

    Signs beside colours, bands where there are intervals, an axis from zero in the unit, a tick per
    month, names at the ends and the people behind each month.

    Parameters
    ----------
    ax
        Axes that hold the curves, drawn with `errorbar=None, legend=False`.
    frame
        The rows that were drawn, one per `x` and `hue`; for bands low, high and clusters, for the
        people n.
    unit
        The unit of measure of `y`.
    hue, x, y, palette
        As given to seaborn.
    people
        False where the curve itself is a number of people.

    Raises
    ------
    ExhibitError
        A column is missing, or a group has several rows at one x.
    """
    places = sorted(frame[x].unique())
    if "low" in frame:
        band(ax, frame, hue=hue, x=x, palette=palette)
    ax.set(xlim=(places[0] - 0.4, places[-1] + 0.4), ylim=(0, None), xticks=places)
    number_axis(ax.xaxis, "count")
    number_axis(ax.yaxis, unit)
    name_ends(ax, frame, hue=hue, x=x, y=y, palette=palette)
    if people and "n" in frame:
        people_behind(ax, frame, hue=hue, x=x, palette=palette)


def band(
    ax: Axes, frame: pd.DataFrame, *, hue: str = "route", x: str = "month", palette: Palette = None
) -> None:
    """Draw the intervals of a frame, its columns low and high, as a band around each curve.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> shown = pd.DataFrame({"route": "Job clubs", "month": [0, 1], "low": [0.1, 0.2],
    ...                       "high": [0.2, 0.4]})
    >>> fig, ax = plt.subplots()
    >>> band(ax, shown)
    >>> len(ax.collections)
    1
    >>> plt.close(fig)
    """
    for _, colour, rows in groups(frame, hue, x, palette):
        ax.fill_between(rows[x], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)


def name_ends(
    ax: Axes, frame: pd.DataFrame, *, hue: str = "route", x: str = "month", y: str = "estimate",
    palette: Palette = None,
) -> None:  # fmt: skip
    """Write each group's name, and how many units its band rests on, beside its curve's end.

    The curve gets a sign of its own beside its colour. Names are moved apart where two would touch,
    in the limits the axes have by then.
    """
    for line, mark in zip(ax.lines, MARKS, strict=False):
        line.set(marker=mark, markersize=4, markeredgewidth=0, linewidth=1.6)
    shown = groups(frame.dropna(subset=[y]), hue, x, palette)
    ends = sorted(shown, key=lambda group: group.rows[y].iloc[-1])
    names = [_end(group) for group in ends]
    levels = [float(group.rows[y].iloc[-1]) for group in ends]
    low, high = ax.get_ylim()
    lines = max(name.count("\n") for name in names) + 1
    room = (0.075 + 0.16 * lines) / (figure_of(ax).get_figheight() - 0.7)  # of the axes' height
    gap = room * (high - low)
    places = list(accumulate(levels, lambda below, level: max(level, below + gap)))
    moved = sum(places) / len(places) - sum(levels) / len(levels)  # as far up as down in all
    for name, place, group in zip(names, places, ends, strict=True):
        ax.annotate(
            name, (1, place - moved), (5, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", color=group.colour, fontweight=600,
            annotation_clip=False,
        )  # fmt: skip


def people_behind(
    ax: Axes, frame: pd.DataFrame, *, hue: str = "route", x: str = "month", palette: Palette = None
) -> None:
    """Write the number of people, column n, under each month, and make the figure higher by it."""
    ax.set_xticks(sorted(frame[x].unique()))
    figure, shown = figure_of(ax), groups(frame, hue, x, palette)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + (_LINE * (len(shown) + 1) + 3) / 72)
    style: dict[str, Any] = {
        "textcoords": "offset points", "va": "center", "fontsize": _TINY, "annotation_clip": False,
    }  # fmt: skip
    label = ax.xaxis.label  # whose place only a drawing knows
    ax.annotate(
        words("en")["people"], (0, 0), (0, -_LINE), xycoords=("axes fraction", label), **style
    )
    for line, (_, colour, rows) in enumerate(shown, start=2):
        for place, n in zip(rows[x], rows["n"], strict=True):
            ax.annotate(
                text("{n}", n=number(n, "count")), (place, 0), (0, -_LINE * line),
                xycoords=("data", label), ha="center", color=colour, **style,
            )  # fmt: skip


def _end(group: Group) -> str:
    """A group's name, and how many units its band rests on where it has one."""
    if not {"low", "clusters"} <= set(group.rows):
        return text("{name}", name=group.name)
    units = text(words("en")["curve_units"], n=int(group.rows["clusters"].min()))
    return text("{name}\n{units}", name=group.name, units=units)
