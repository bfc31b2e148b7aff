"""What a whole consists of, month by month: stacked areas, one small panel per group.

One panel per group and the same order and colours in each, so that a reader compares shapes. The
states lie on each other without gaps and fill the whole; thin ones are named in the key alone.
The chart knows frames, labels and languages; it computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from compendium.chapter.formatting import full
from compendium.charts.curves import WIDTH, Groups, Text, from_to, local_ticks, told, with_rows

_THICK = 0.07  # share of the panel from which an area has room for its number


def stack_chart(
    frame: pd.DataFrame,
    lang: str,
    panels: Groups,
    states: Groups,
    *,
    x_label: Text,
) -> Figure:
    """Draw the share of each state by month as areas that fill the whole, a panel per group.

    `frame` has the columns group, month, state and estimate (a fraction; in each month of a group
    they add to one); states lie in the order given, the first at the bottom.
    """
    shown = with_rows(frame, panels)
    colours = [state.colour for state in states]
    figure = Figure(figsize=(WIDTH, 3.7), layout="constrained")
    grid = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, (panel, rows) in zip(grid, shown, strict=True):
        shares = _wide(rows, states)
        areas = shares.T.to_numpy()
        axes.stackplot(shares.index, areas, colors=colours, edgecolor="white", linewidth=0.5)
        _name_sizes(axes, shares, colours, lang)
        axes.set_title(panel.label[lang], color=panel.colour)
        axes.set(xlim=shares.index[[0, -1]], ylim=(0, 1), xticks=shares.index[::2])
        axes.grid(visible=False)
        local_ticks(axes.yaxis, "share", lang)
    grid[len(shown) // 2].set_xlabel(x_label[lang])
    patches = [Patch(facecolor=s.colour, label=s.label[lang]) for s in states[::-1]]
    figure.legend(handles=patches, loc="outside lower left", ncols=3, fontsize=8, handlelength=1.1)
    return figure


def stack_alt(frame: pd.DataFrame, panels: Groups, states: Groups, what: Text) -> Text:
    """Say a chart of stacked areas in words: each group's shares in its first and last month."""

    def parts(lang: str) -> Iterator[str]:
        for panel, rows in with_rows(frame, panels):
            shares = _wide(rows, states)
            lines = [
                f"{state.label[lang].lower()} {from_to(shares[state.key], 'share', lang, 0)}"
                for state in states
            ]
            yield f"{panel.label[lang]}: {', '.join(lines)}"

    return told(what, parts)


def _wide(rows: pd.DataFrame, states: Groups) -> pd.DataFrame:
    """A panel's shares, (months, states) in the order of `states`; a state nobody is in is 0."""
    wide = rows.pivot_table(index="month", columns="state", values="estimate", aggfunc="sum")
    shares: pd.DataFrame = wide.reindex(columns=[state.key for state in states]).fillna(0)
    return shares


def _name_sizes(axes: Axes, shares: pd.DataFrame, colours: Sequence[str], lang: str) -> None:
    """Write the last month's percentage into each area that has room for it."""
    left = 0.0
    for size, colour in zip(shares.iloc[-1], colours, strict=True):
        if size >= _THICK:
            place = (shares.index[-1] - 0.15, left + size / 2)
            text = full(size, "share", lang, 0)
            axes.annotate(text, place, ha="right", va="center", fontsize=8, color=ink(colour))
        left += size


def ink(colour: str) -> str:
    """Black or white, whichever can be read on a colour (relative luminance as in WCAG).

    >>> ink("#0072B2"), ink("#F0E442")
    ('white', 'black')
    """
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if luminance < 0.179 else "black"
