"""What all chart forms share: sizes, signs and colours, the groups of a frame, and the key."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, cast

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from compendium.chapter.drawing import on_narrow
from compendium.chapter.formatting import words
from compendium.chapter.output import need_columns
from compendium.chapter.text import text
from compendium.errors import ExhibitError, nearest

WIDTH = 6.3  # inches: the text block of the page, so that type in figures keeps its size
MARKS = "os^Dv"  # a second sign beside colour
INK, SOFT, BAND = "#1c1f23", "#5f6368", "#e2e2e2"
BESIDE, OVER_AXES = ("axes fraction", "data"), ("data", "axes fraction")  # places of notes
SMALL = 9  # points: names and numbers in a chart

Palette = Mapping[str, str] | Sequence[str] | None
"""Colours by name, or what else seaborn takes, given out in the order names first occur."""


class Group(NamedTuple):
    """A group of a frame: its name, its colour and its rows."""

    name: str
    colour: str
    rows: pd.DataFrame


def groups(frame: pd.DataFrame, hue: str, x: str, palette: Palette = None) -> list[Group]:
    """Return the groups of a frame as they are drawn, one row per x.

    Parameters
    ----------
    frame
        Rows to draw, with the columns `hue` and `x`.
    hue, x
        The columns that hold the groups' names and the places on the axis.
    palette
        Colours by name.

    Returns
    -------
    list of Group
        In the order names first occur, each with its rows by `x`.

    Raises
    ------
    ExhibitError
        A column or a colour is missing, or a group has several rows at one x: seaborn would
        average them and draw a band of its own, from random draws.

    Examples
    --------
    >>> frame = pd.DataFrame({"route": ["Job clubs", "Job clubs"], "month": [1, 0]})
    >>> [(group.name, list(group.rows["month"])) for group in groups(frame, "route", "month")]
    [('Job clubs', [0, 1])]
    """
    one_row_each(frame, hue, x)
    names = list(dict.fromkeys(frame[hue]))
    if not isinstance(palette, Mapping):
        import seaborn as sns

        given = sns.color_palette(palette, len(names)).as_hex()
        palette = dict(zip(names, given, strict=True))
    if lost := [str(name) for name in names if name not in palette]:
        raise ExhibitError(f"the palette has no colour for {lost[0]}; {nearest(lost[0], palette)}")
    return [Group(n, palette[n], frame[frame[hue] == n].sort_values(x)) for n in names]


def one_row_each(frame: pd.DataFrame, *columns: str) -> None:
    """Refuse a frame with several rows of the same values in some columns, or without a column.

    >>> one_row_each(pd.DataFrame({"route": ["Job clubs"] * 2, "month": [0, 0]}), "route", "month")
    Traceback (most recent call last):
    compendium.errors.ExhibitError: several rows for Job clubs, 0; draw one row each, of one result
    """
    need_columns(frame, columns, 'what is drawn, as in hue="route"')
    twice = frame.loc[frame.duplicated(list(columns)), list(columns)]
    if len(twice):
        which = ", ".join(map(str, twice.iloc[0]))
        raise ExhibitError(f"several rows for {which}; draw one row each, of one result")


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that axes stand in."""
    return cast(Figure, ax.get_figure(root=True))


def add_paper(ax: Axes, inches: float) -> None:
    """Make the figure that axes stand in higher."""
    figure_of(ax).set_figheight(figure_of(ax).get_figheight() + inches)


def apart(ax: Axes, levels: Sequence[float], lines: int = 1) -> list[float]:
    """Return where names of so many lines stand beside rising levels without touching each other.

    They are moved as far up as down in all, in the limits the axes have by then.
    """
    low, high = ax.get_ylim()
    room = (0.09 + 0.165 * lines) / (figure_of(ax).get_figheight() - 1)  # of the axes' height
    gap = room * (high - low)
    places = list(accumulate(levels, lambda below, level: max(level, below + gap)))
    moved = (sum(places) - sum(levels)) / len(places)
    return [place - moved for place in places]


def unframed(ax: Axes) -> None:
    """Take away the lines of the axes and the grid."""
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def key(ax: Axes, *, columns: int = 3) -> None:
    """Explain signs and colours in a legend under the figure, read from line to line.

    Parameters
    ----------
    ax
        Axes with labelled artists; a legend inside them is taken away.
    columns
        How many names stand beside each other.
    """
    handles, _ = ax.get_legend_handles_labels()
    if legend := ax.get_legend():
        legend.remove()
    figure_of(ax).legends.clear()  # of a copy, a legend cannot take itself away
    handles = [handle for column in range(columns) for handle in handles[column::columns]]
    figure_of(ax).legend(
        handles=handles, loc="outside lower left", ncols=columns, fontsize=SMALL, handlelength=1.4
    )
    if columns > 1:
        on_narrow(figure_of(ax), _narrow_key, ax, columns - 1, len(handles))


def _narrow_key(ax: Axes, columns: int, names: int) -> None:
    """Set the key in fewer columns, on paper added for its lines."""
    more = -(-names // columns) - -(-names // (columns + 1))
    add_paper(ax, 0.2 * more)
    key(ax, columns=columns)


def note(
    ax: Axes, words: str, place: tuple[float, float], moved: tuple[float, float] = (0, 0), *,
    at: Any = "data", **style: Any,
) -> Annotation:  # fmt: skip
    """Write words at a place of axes, moved by points to the right and up, outside them too."""
    given: dict[str, Any] = {"va": "center", "fontsize": SMALL, "annotation_clip": False} | style
    return ax.annotate(words, place, moved, xycoords=at, textcoords="offset points", **given)


def reference(ax: Axes, x: float, label: str, **style: Any) -> None:
    """Draw a dashed line at a value of the horizontal axis, its label over its upper end.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> reference(ax, 3.7, "Common mean")
    >>> ax.texts[0].get_text()
    'Common mean'
    >>> plt.close(fig)
    """
    ax.axvline(x, color=SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    placed = {"ha": "center", "va": "bottom", "color": SOFT} | style
    note(ax, label, (x, 1), (0, 3), at=OVER_AXES, **placed)


def unit_name(name: str, n: int | None = None) -> str:
    """Return the name of a municipal unit as it is shown, with the number of people in it.

    A stand-in's pseudonym is translated, the name of a municipality is not.

    >>> unit_name("Enhed 07"), unit_name("Enhed 07", 1021), unit_name("Odder")
    ('Unit 07', 'Unit 07 (n = 1,021)', 'Odder')
    """
    told = words("en")
    pseudonym = name.removeprefix("Enhed ")
    shown = text(told["unit"], unit=pseudonym) if pseudonym != name else text("{unit}", unit=name)
    return shown if n is None else text("{unit} (n = {n})", unit=shown, n=int(n))
