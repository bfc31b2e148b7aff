"""Rows with names: bars with intervals, answers on a scale, units and what they did, zones.

Numbers stand at the marks, colour is never the only sign, and what a reader might be led astray by
is built in: don't-know stands apart from the scale it is no part of, and a unit's mean beside its
shrunken one, on the band where chance alone would put a unit that is like all others.
"""

from collections.abc import Sequence
from functools import partial
from itertools import groupby

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from compendium.chapter import gate
from compendium.chapter.basis import basis_of
from compendium.chapter.drawing import NUMBER, PRINTED, on_narrow
from compendium.chapter.formatting import words
from compendium.chapter.text import number, text
from compendium.charts import look
from compendium.charts.look import BAND, INK, SMALL, SOFT, key, unit_name
from compendium.charts.ticks import RowTicks, number_axis

_SCALE = ("#8c4a0b", "#dfb580", "#e6e6e6", "#8fc1c0", "#1b6e6a")
"""From the worst answer to the best, in colours that colour-blind readers can tell apart."""

_APART = 0.03  # share of the width that keeps don't-know away from the scale
_THIN, _THIN_NARROW = 0.03, 0.06  # a part with less of the width has no room for its number
_LINE = 0.16  # inches from line to line
_NAMES = 1.45  # inches for names on a narrow screen, at most


def rows(ax: Axes, names: Sequence[str] = (), *, beside: float = 2.0, pitch: float = 0.29) -> None:
    """Make named rows of a chart's y axis: the first on top, the figure as high as they need.

    Parameters
    ----------
    ax
        Axes of which row 0, 1, … stand at y = 0, 1, …, as categories do.
    names
        Their names; left out, those the axis has.
    beside
        Inches for the names; longer ones are broken into lines.
    pitch
        Inches from row to row, at least.

    Raises
    ------
    ExhibitError
        A word is wider than the room for names.
    """
    if len(names):
        ax.set_yticks(range(len(names)), names)
    places = list(ax.get_yticks())
    ax.yaxis.set_major_formatter(RowTicks(ax.yaxis.get_major_formatter(), beside, SMALL))
    figure = look.figure_of(ax)
    figure.set_figheight(_height(ax, pitch) + 0.75)
    on_narrow(figure, _narrow_rows, ax, pitch)
    ax.set_ylim(len(places) - 0.45, -0.55)
    ax.set_ylabel("")
    ax.tick_params(axis="y", labelsize=SMALL, labelcolor=INK)
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)


def _height(ax: Axes, pitch: float) -> float:
    """Inches that rows need, the one whose name has most lines before all."""
    places = list(ax.get_yticks())
    names = ax.yaxis.get_major_formatter().format_ticks(places)
    return len(places) * max(pitch, (max(n.count("\n") for n in names) + 1) * _LINE + 0.1)


def _narrow_rows(ax: Axes, pitch: float) -> None:
    """Break the names into shorter lines, on paper added for them."""
    ticks, before = ax.yaxis.get_major_formatter(), _height(ax, pitch)
    ticks.width = min(ticks.width, _NAMES)  # type: ignore[attr-defined]
    look.add_paper(ax, _height(ax, pitch) - before)


def finish_bars(
    ax: Axes, frame: pd.DataFrame, unit: str, *, y: str, x: str = "estimate",
    decimals: int | None = None,
) -> None:  # fmt: skip
    """Give the bars of `sns.barplot` names beside them, intervals, and their numbers at the ends.

    Parameters
    ----------
    ax
        Axes with horizontal bars in the frame's order, drawn with `errorbar=None`.
    frame
        The rows that were drawn; with low and high where there are intervals, and with printed
        where the source has some of the numbers: the other bars are hollow.
    unit, decimals
        How `x` is shown.
    y, x
        The columns that hold the bars' names and lengths.

    Raises
    ------
    ExhibitError
        Two rows have one name.
    """
    look.one_row_each(frame, y)  # or seaborn has averaged some
    rows(ax)
    places, ends = range(len(frame)), frame[x]
    if "low" in frame:
        reach = [frame[x] - frame["low"], frame["high"] - frame[x]]
        ax.errorbar(frame[x], places, xerr=reach, fmt="none", ecolor=INK, elinewidth=1, capsize=2.5)
        ends = frame["high"].fillna(frame[x])
    printed = np.asarray(frame.get("printed", np.zeros(len(frame))), bool)
    hollow = ~printed & printed.any()
    for place, bar, size, end in zip(places, ax.patches, frame[x], ends, strict=False):
        shown = text("{n}°" if hollow[place] else "{n}", n=number(size, unit, decimals))
        look.note(ax, shown, (end, place), (5, 0), gid=NUMBER)
        if hollow[place]:
            bar.set(edgecolor=bar.get_facecolor(), facecolor="white", linewidth=1.2)
        elif printed[place]:
            bar.set_label(PRINTED)
    ax.set_xlim(0, float(ends.max()) * 1.14 or 1)
    number_axis(ax.xaxis, unit)


def answers(ax: Axes, shares: pd.DataFrame, *, apart: str, ids: pd.DataFrame | None = None) -> None:
    """Draw the answers of each group as one bar of the whole, don't-know apart at its right end.

    Parameters
    ----------
    ax
        Empty axes.
    shares
        Fractions of all who answered, (groups x answers): a row per group, a column per answer from
        the worst to the best, each under its name. Numbers in the bars are per cent.
    apart
        The column that is outside the scale; it is drawn last.
    ids
        Ids of the numbers, as `shares`, where some are printed in the source and others assumed.
    """
    scale = [answer for answer in shares.columns if answer != apart]
    left = np.zeros(len(shares))
    for answer, colour in zip([*scale, apart], [*_SCALE[: len(scale)], "white"], strict=True):
        sizes = shares[answer].fillna(0).to_numpy()
        start = left + (_APART if answer == apart else 0)
        for row, (size, begins) in enumerate(zip(sizes, start, strict=True)):
            gate.add_up([size], row, begins)
        ax.barh(
            range(len(shares)), sizes, left=start, height=0.66, facecolor=colour, edgecolor=SOFT,
            linewidth=0.6, label=answer,
        )  # fmt: skip
        for row in np.flatnonzero(sizes >= _THIN).tolist():
            ink = "white" if colour in (_SCALE[0], _SCALE[-1]) else INK
            shown = text("{n}", n=number(100 * sizes[row], "number", 0))
            middle = start[row] + sizes[row] / 2
            known = ids is not None and basis_of(ids[answer].iloc[row], sizes[row]) != "assumed"
            gid = None if known else NUMBER
            told = look.note(ax, shown, (middle, row), ha="center", color=ink, gid=gid)
            if sizes[row] < _THIN_NARROW:
                on_narrow(look.figure_of(ax), told.set_visible, False)
        left += sizes
    rows(ax, list(shares.index))
    ax.set(xlim=(-0.004, 1.004 + _APART), xticks=[])
    look.unframed(ax)
    key(ax)


def units(ax: Axes, frame: pd.DataFrame, *, centre: float, colour: str) -> None:
    """Draw each unit's mean and shrunken mean on the band where an average unit's mean may lie.

    Parameters
    ----------
    ax
        Empty axes.
    frame
        A row per unit, in this order: unit, n, raw, shrunken, shrunken_low, shrunken_high,
        chance_low and chance_high, all but the first two on one scale of points.
    centre
        The mean of all, as a dashed line with its number.
    colour
        Of the shrunken means.
    """
    told, places = words("en"), range(len(frame))
    wide = frame["chance_high"] - frame["chance_low"]
    ax.barh(
        places, wide, left=frame["chance_low"], height=0.86, color=BAND, zorder=0,
        label=told["unit_chance"],
    )  # fmt: skip
    mean = text("{what}: {n}", what=told["unit_centre"], n=number(centre, "score"))
    look.reference(ax, centre, mean, gid=NUMBER)
    ax.hlines(places, frame["shrunken_low"], frame["shrunken_high"], color=colour, linewidth=1.8)
    ax.plot(frame["shrunken"], places, "o", color=colour, label=told["unit_shrunken"])
    ax.plot(
        frame["raw"], places, "D", label=told["unit_mean"], markerfacecolor="white",
        markeredgecolor=INK, markersize=5,
    )  # fmt: skip
    pairs = zip(frame["unit"], frame["n"], strict=True)
    rows(ax, [unit_name(unit, n) for unit, n in pairs])
    number_axis(ax.xaxis, "score", decimals=1)
    key(ax, columns=2)


def matrix(ax: Axes, chosen: pd.DataFrame, *, colour: str) -> None:
    """Mark who chose what: a column per unit, a row per choice under its heading.

    Parameters
    ----------
    ax
        Empty axes.
    chosen
        True or false, (units x choices); the columns are pairs of heading and name, and neighbours
        of one heading share it.
    colour
        Of the marks.
    """
    lines: list[tuple[str, np.ndarray | None]] = []
    for heading, pairs in groupby(chosen.columns, key=lambda pair: pair[0]):
        lines += [(heading, None), *((pair[1], chosen[pair].to_numpy(bool)) for pair in pairs)]
    rows(ax, [name for name, _ in lines], beside=2.75, pitch=0.23)
    for row, (_, marks) in enumerate(lines):
        if marks is None:
            ax.get_yticklabels()[row].set_fontweight(600)
            continue
        ax.axhline(row, color=BAND, linewidth=0.7, zorder=0)
        hits = np.flatnonzero(marks)
        if len(hits):  # a layout takes a line without points for one at the figure's corner
            ax.plot(hits, [row] * len(hits), "s", color=colour, markersize=6.5, clip_on=False)
    ax.set_xlim(-0.6, len(chosen) - 0.4)
    ax.set_xticks(range(len(chosen)), [unit_name(u) for u in chosen.index], rotation=90)
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0, labelsize=SMALL - 1)
    look.unframed(ax)


def levels(ax: Axes, frame: pd.DataFrame, *, order: Sequence[str]) -> None:
    """Show how far each unit met each requirement: coloured cells that say it in words, too.

    Parameters
    ----------
    ax
        Empty axes.
    frame
        Names of levels, (units x requirements); the columns are the requirements' short names.
    order
        The levels from the best to the worst, three at most.
    """
    colours = dict(zip(order, (_SCALE[3], _SCALE[1], _SCALE[0]), strict=False))
    for column, name in enumerate(frame):
        for row, level in enumerate(frame[name]):
            colour = colours[level]
            ax.barh(row, 0.96, left=column - 0.48, height=0.88, color=colour)
            ink = "white" if colour == _SCALE[0] else INK
            ax.text(column, row, level, ha="center", va="center", color=ink, fontsize=SMALL)
    rows(ax, [unit_name(unit) for unit in frame.index], beside=1.5, pitch=0.25)
    ax.set_xlim(-0.5, len(frame.columns) - 0.5)
    ax.set_xticks(range(len(frame.columns)), list(frame.columns))
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0, labelsize=SMALL, labelcolor=INK)
    on_narrow(look.figure_of(ax), partial(ax.tick_params, axis="x", labelrotation=90))
    look.unframed(ax)


def zones(ax: Axes, frame: pd.DataFrame) -> None:
    """Lay named zones under results on a scale around zero, such as those of a traffic light.

    A traffic light in a table says only which side of a limit a result fell on. Here the zones lie
    on the scale itself, so that a reader sees how close to a limit a result came.

    Parameters
    ----------
    ax
        Axes with the results, by row.
    frame
        A row per zone: zone (its name), low and high (infinite if open), colour.
    """
    ends = frame[["low", "high"]].to_numpy(float)
    held = [*ends[np.isfinite(ends)], *ax.dataLim.intervalx]
    edge = 0.08 + max(abs(end) for end in held)
    within = ends.clip(-edge, edge)
    for name, colour, (low, high) in zip(frame["zone"], frame["colour"], within, strict=True):
        ax.axvspan(low, high, color=colour, alpha=0.22, linewidth=0, zorder=0)
        middle, style = (low + high) / 2, {"ha": "center", "va": "bottom", "fontweight": 600}
        look.note(ax, name, (middle, 1), (0, 3), at=look.OVER_AXES, **style)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    ax.grid(visible=False)
    ax.set_xlim(-edge, edge)
    limits = np.abs(ends[np.isfinite(ends)])
    ax.set_xticks(np.unique([0, *limits, *-limits]))  # what a reader reads off
    on_narrow(look.figure_of(ax), ax.set_xticks, np.unique([*limits, *-limits]))
    number_axis(ax.xaxis, "share")
