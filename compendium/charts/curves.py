"""What seaborn's curves lack: bands of given intervals, names at the ends, the people behind.

A curve carries its name at its end instead of a legend, its interval as a band, and under the axis
stand in words what the band is, and the number of people behind each month: that number falls with
time, and a reader must see it fall. What is measured stands over the axis, where reading begins.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from compendium.chapter.codebook import label
from compendium.chapter.drawing import OVER, PRINTED, on_narrow
from compendium.chapter.formatting import words
from compendium.chapter.output import need_columns
from compendium.chapter.text import number, text
from compendium.charts import look
from compendium.charts.look import MARKS, SMALL, Group, Palette, figure_of, groups
from compendium.charts.ticks import number_axis

_LINE = 11.5  # points from line to line of what stands under the axis
_TINY = 8  # points: its type
_MANY = 7  # ticks; of more, a narrow screen has room for every other
_UNDER = "under"  # marks the first text of such a line


def finish_curves(  # noqa: PLR0913 - the names of three columns
    ax: Axes, frame: pd.DataFrame, unit: str, *, hue: str = "route", x: str = "month",
    y: str = "estimate", palette: Palette = None, people: bool = True, zero: bool = True,
) -> None:  # fmt: skip
    """Give the curves of `sns.lineplot` what a reader of results needs.

    Signs beside colours, bands where there are intervals, an axis in the unit, a tick per month,
    names at the ends and the people behind each month.

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
    zero
        False has the axis begin at the last tick below all that is drawn, and says so under it:
        for curves that would else lie flat far above nothing.

    Raises
    ------
    ExhibitError
        A column is missing, or a group has several rows at one x.
    """
    places = sorted(frame[x].unique())
    if "low" in frame:
        band(ax, frame, hue=hue, x=x, palette=palette)
    start = 0.0 if zero else float(max(t for t in ax.get_yticks() if t <= ax.dataLim.y0))
    ax.set(xlim=(places[0] - 0.4, places[-1] + 0.4), ylim=(start, None), xticks=places)
    if start:
        told = text(words("en")["axis_start"], n=number(start, unit, 0, of="public"))
        _under(ax, {0: told}, "axes fraction")
    number_axis(ax.xaxis, "count")
    number_axis(ax.yaxis, unit)
    name_ends(ax, frame, hue=hue, x=x, y=y, palette=palette)
    if people and "n" in frame:
        people_behind(ax, frame, hue=hue, x=x, palette=palette)


def band(
    ax: Axes, frame: pd.DataFrame, *, hue: str = "route", x: str = "month",
    palette: Palette = None, simultaneous: bool = False,
) -> None:  # fmt: skip
    """Draw the intervals of a frame, its columns low and high, as a band around each curve.

    Under the axis stands in words what the band is; its `level` is a column of the frame. A
    `simultaneous` one, which holds the whole curve, is drawn as dotted lines, so that it can
    stand around a pointwise one.

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
    need_columns(frame, ["low", "high"], "band")
    for _, colour, rows in groups(frame, hue, x, palette):
        area = ax.fill_between(rows[x], rows["low"], rows["high"], alpha=0.15, linewidth=0)
        if simultaneous:
            area.set(facecolor="none", edgecolor=colour, alpha=1, linewidth=1, linestyle=":")
        else:
            area.set_color(colour)
    level = frame["level"].max() if "level" in frame else None
    kind = ("simultaneous" if simultaneous else "pointwise") + ("_plain" if level is None else "")
    told = text(words("en")["bands"][kind], level=number(level, "share", 0))
    if told not in [line.get_text() for line in ax.texts]:
        _under(ax, {0: told}, "axes fraction")


def name_ends(
    ax: Axes, frame: pd.DataFrame, *, hue: str = "route", x: str = "month", y: str = "estimate",
    palette: Palette = None,
) -> None:  # fmt: skip
    """Write each group's name, and how many units its band rests on, beside its curve's end.

    The curve gets a sign of its own beside its colour; where the column `printed` says that the
    source has some of the numbers, only theirs is filled. On a narrow screen the names stand over
    the axes, the highest first.
    """
    ax.yaxis.label.set_gid(OVER)
    for line, mark in zip(ax.lines, MARKS, strict=False):
        line.set(marker=mark, markersize=4, markeredgewidth=0, linewidth=1.6)
    if "printed" in frame and set(frame["printed"]) == {True, False}:
        for line in ax.lines:
            line.set(markerfacecolor="white", markeredgewidth=1, markeredgecolor=line.get_color())
        for mark, (_, colour, rows) in zip(MARKS, groups(frame, hue, x, palette), strict=False):
            told = rows[rows["printed"]]
            ax.plot(told[x], told[y], mark, color=colour, markersize=5.5, label=PRINTED)
    shown = groups(frame.dropna(subset=[y]), hue, x, palette)
    curves = {group.name: line for group, line in zip(shown, ax.lines, strict=False)}
    ends = sorted(shown, key=lambda group: group.rows[y].iloc[-1])
    names = [_end(group, "\n") for group in ends]
    lines = max(name.count("\n") for name in names) + 1
    places = look.apart(ax, [float(group.rows[y].iloc[-1]) for group in ends], lines)
    beside = [
        look.note(ax, name, (1, place), (5, 0), at=look.BESIDE, color=group.colour, fontweight=600)
        for name, place, group in zip(names, places, ends, strict=True)
    ]
    above = {_end(group, ", "): curves[group.name] for group in reversed(ends)}
    on_narrow(figure_of(ax), _names_above, ax, beside, above)


def _names_above(ax: Axes, beside: list[Annotation], above: dict[str, Line2D]) -> None:
    """Move the names of curves from their ends to a legend under what is measured."""
    for name in beside:
        name.set_visible(False)
    legend = ax.legend(
        above.values(), above, loc="lower left", bbox_to_anchor=(-0.12, 1), fontsize=SMALL,
        title=ax.get_ylabel(), alignment="left", borderaxespad=0.2, borderpad=0, labelspacing=0.3,
    )  # fmt: skip
    legend.get_title().set_fontsize(ax.yaxis.label.get_fontsize())
    ax.set_ylabel("")
    ticks = list(ax.get_xticks())
    if len(ticks) > _MANY:
        ax.set_xticks(ticks[::2])
        for told in ax.findobj(Annotation):
            told.set_visible(told.get_visible() and told.xy[0] not in ticks[1::2])
    look.add_paper(ax, 0.17 * len(above))


def people_behind(
    ax: Axes, frame: pd.DataFrame, *, hue: str = "route", x: str = "month", palette: Palette = None
) -> None:
    """Write the number of people, column n, under each month, and make the figure higher by it."""
    ax.set_xticks(sorted(frame[x].unique()))
    _under(ax, {0: text(words("en")["people"], time=label(x))}, "axes fraction")
    for _, colour, rows in groups(frame, hue, x, palette):
        told = {
            place: text("{n}", n=number(n, "count"))
            for place, n in zip(rows[x], rows["n"], strict=True)
        }
        _under(ax, told, "data", ha="center", color=colour)


def _under(ax: Axes, line: Mapping[float, str], across: str, **style: Any) -> None:
    """Write a line of small type under the axis, each text at its place, on paper added for it."""
    label = ax.xaxis.label  # whose place only a drawing knows
    lines = 1 + sum(text.get_gid() == _UNDER for text in ax.texts)
    look.add_paper(ax, (_LINE + (3 if lines == 1 else 0)) / 72)
    for place, said in line.items():
        at = {"at": (across, label), "fontsize": _TINY, **style}
        told = look.note(ax, said, (place, 0), (0, -_LINE * lines), **at)
        told.set_gid(_UNDER if place == next(iter(line)) else "")


def _end(group: Group, joint: str) -> str:
    """A group's name, and how many units its band rests on where it has one."""
    if not {"low", "clusters"} <= set(group.rows):
        return text("{name}", name=group.name)
    units = text(words("en")["curve_units"], n=int(group.rows["clusters"].min()))
    return text(f"{{name}}{joint}{{units}}", name=group.name, units=units)
