"""What a whole consists of, month by month: stacked areas, one small panel per group.

One panel per group and the same order and colours in each, so that a reader compares shapes. The
states lie on each other without gaps and fill the whole; thin ones are named in the key alone.
The chart knows frames, labels and languages; it computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from compendium.charts import WIDTH, Group, local_ticks
from compendium.formatting import LANGUAGES, full, words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_THICK = 0.07  # share of the panel from which an area has room for its number


def stack_chart(
    frame: pd.DataFrame,
    lang: str,
    panels: Sequence[Group],
    states: Sequence[Group],
    *,
    x_label: Mapping[str, str],
) -> Figure:
    """Draw the share of each state by month as areas that fill the whole, a panel per group.

    `frame` has the columns group, month, state and estimate (a fraction; in each month of a group
    they add to one); states lie in the order given, the first at the bottom.
    """
    from matplotlib.figure import Figure as Canvas
    from matplotlib.patches import Patch

    figure = Canvas(figsize=(WIDTH, 3.7), layout="constrained")
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, panel in zip(grid, panels, strict=True):
        shares = _wide(frame, panel, states)
        colours = [state.colour for state in states]
        areas = {"edgecolor": "white", "linewidth": 0.5}
        axes.stackplot(shares.index, shares.T.to_numpy(), colors=colours, **areas)
        _ends(axes, shares, states, lang)
        axes.set_title(panel.label[lang], color=panel.colour)
        axes.set_xlim(shares.index.min(), shares.index.max())
        axes.set_xticks(shares.index[::2])
        axes.set_ylim(0, 1)
        axes.grid(visible=False)
        local_ticks(axes.yaxis, "share", lang)
    grid[len(panels) // 2].set_xlabel(x_label[lang])
    patches = [Patch(facecolor=s.colour, label=s.label[lang]) for s in states[::-1]]
    figure.legend(handles=patches, loc="outside lower left", ncols=3, fontsize=8, handlelength=1.1)
    return figure


def stack_alt(
    frame: pd.DataFrame, panels: Sequence[Group], states: Sequence[Group], what: Mapping[str, str]
) -> dict[str, str]:
    """Say a chart of stacked areas in words: each group's shares in its first and last month."""
    texts = {}
    for lang in LANGUAGES:
        told = []
        for panel in panels:
            shares = _wide(frame, panel, states)
            lines = []
            for state in states:
                ends = [
                    words(lang)["curve_point"].format(
                        value=full(shares.loc[month, state.key], "share", lang, 0), month=month
                    )
                    for month in (shares.index.min(), shares.index.max())
                ]
                line = words(lang)["curve_ends"].format(first=ends[0], last=ends[1])
                lines.append(f"{state.label[lang].lower()} {line}")
            told.append(f"{panel.label[lang]}: {', '.join(lines)}")
        texts[lang] = f"{what[lang]}. {'; '.join(told)}."
    return texts


def _wide(frame: pd.DataFrame, panel: Group, states: Sequence[Group]) -> pd.DataFrame:
    """A panel's shares, (months, states) in the order of `states`; a state nobody is in is 0."""
    rows = frame[frame["group"] == panel.key]
    wide = rows.pivot_table(index="month", columns="state", values="estimate", aggfunc="sum")
    shares: pd.DataFrame = wide.reindex(columns=[state.key for state in states]).fillna(0)
    return shares


def _ends(axes: Axes, shares: pd.DataFrame, states: Sequence[Group], lang: str) -> None:
    """Write the last month's percentage into each area that has room for it."""
    left, last = 0.0, shares.iloc[-1]
    for state in states:
        size = float(last[state.key])
        if size >= _THICK:
            place = (shares.index.max() - 0.15, left + size / 2)
            text = full(size, "share", lang, 0)
            axes.annotate(text, place, ha="right", va="center", fontsize=8, color=ink(state.colour))
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
