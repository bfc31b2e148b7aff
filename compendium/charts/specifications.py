"""What a result is under every reading of the words: a curve over the readings it rests on.

One number hides that another reading would have given another. So all of them stand in the order of
their size, and under each a mark says which readings it is made of; our own is set apart by colour
and sign, so that a reader sees whether it is one of many or the extreme.

References
----------
Simonsohn, Simmons and Nelson (2020), Specification curve analysis. Nature Human Behaviour 4,
1208-1214.
"""

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from compendium.chapter.drawing import on_narrow
from compendium.chapter.formatting import words
from compendium.chapter.text import Text, listed, number, text
from compendium.charts.look import BAND, INK, SMALL, SOFT, figure_of
from compendium.charts.ticks import RowTicks, number_axis

_NAMES = 2.4  # inches beside the marks


def specifications(
    above: Axes, below: Axes, frame: pd.DataFrame, options: pd.DataFrame, *, colour: str
) -> None:
    """Draw one result under every specification, and under it which options each one has.

    Parameters
    ----------
    above, below
        Empty axes over each other, of one width; names of options stand beside the left-most.
    frame
        A row per specification: position (from 1, by size), value, low and high (missing where
        there is no interval), ours (true or false), and a column per dimension with the option.
    options
        A row per option, dimensions together: dimension, option, heading and label.
    colour
        Of our own specification.
    """
    told, own = words("en"), frame[frame["ours"]]
    above.axhline(0, color=INK, linewidth=0.8)
    above.vlines(frame["position"], frame["low"], frame["high"], color=BAND, linewidth=2, zorder=1)
    above.vlines(own["position"], own["low"], own["high"], color=colour, linewidth=1.2)
    above.plot(
        frame["position"], frame["value"], ".", color=SOFT, markersize=4,
        label=told["specification_other"],
    )  # fmt: skip
    style: dict[str, Any] = {"color": colour, "markersize": 6, "linestyle": "none", "marker": "D"}
    above.plot(own["position"], own["value"], label=told["specification_ours"], **style)
    above.set(xlim=(0, len(frame) + 1), xticks=[])
    above.grid(axis="x", visible=False)
    number_axis(above.yaxis, "number", 1)
    _marks(below, frame, options, style)


def _marks(ax: Axes, frame: pd.DataFrame, options: pd.DataFrame, style: dict[str, Any]) -> None:
    """Mark the options of each specification, a row per option under its heading."""
    names: list[str] = []
    for heading, group in options.groupby("heading", sort=False):
        names.append(str(heading))
        for dimension, option, label in group[["dimension", "option", "label"]].to_numpy():
            has = frame[frame[dimension] == option]
            ax.axhline(len(names), color=BAND, linewidth=0.6, zorder=0)
            ax.plot(has["position"], [len(names)] * len(has), "|", color=SOFT, markersize=5)
            own = has[has["ours"]]
            ax.plot(own["position"], [len(names)] * len(own), **style)
            names.append(label)
    ax.set(ylim=(len(names) - 0.5, -0.6), xlim=(0, len(frame) + 1), xticks=[])
    ax.set_yticks(range(len(names)), names)
    ax.yaxis.set_major_formatter(RowTicks(ax.yaxis.get_major_formatter(), _NAMES, SMALL))
    ax.tick_params(axis="y", labelsize=SMALL, labelcolor=INK, length=0)
    on_narrow(figure_of(ax), partial(ax.tick_params, axis="y", labelsize=SMALL - 1))
    for name, shown in zip(names, ax.get_yticklabels(), strict=False):  # shared: one has them
        shown.set_fontweight(600 if name in set(options["heading"]) else 400)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def specifications_alt(frame: pd.DataFrame, what: str, *, by: str, unit: str = "number") -> Text:
    """Say curves of specifications in words: of each its ends, and where our own one lies.

    >>> frame = pd.DataFrame({"name": "Visits", "position": [1, 2], "value": [0.1, 0.2],
    ...                       "ours": [False, True]})
    >>> specifications_alt(frame, "Differences", by="name")[:45]
    'Differences. Visits: 2 readings from 0.1 to 0'
    """
    parts = []
    for name, rows in frame.groupby(by, sort=False):
        own = rows[rows["ours"]].iloc[0]
        ends = {"low": rows["value"].min(), "high": rows["value"].max(), "ours": own["value"]}
        numbers = {key: number(size, unit, 1) for key, size in ends.items()}
        counts = {"n": len(rows), "place": int(own["position"])}
        said = text(words("en")["specification_ends"], **numbers, **counts)
        parts.append(text("{name}: {told}", name=str(name), told=said))
    described = text("{what}. {parts}.", what=what, parts=listed(parts, "; "))
    described.data = frame[[c for c in frame.columns if c != "estimate"]]
    return described
