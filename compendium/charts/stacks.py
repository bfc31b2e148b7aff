"""What a whole consists of, month by month: stacked areas.

Areas lie on each other without gaps and fill the whole. Each is named at its right end, of several
panels beside the last.
"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from seaborn.utils import relative_luminance

from compendium.chapter import gate
from compendium.chapter.drawing import NUMBER, on_narrow
from compendium.chapter.text import number, text
from compendium.charts.look import BESIDE, apart, figure_of, note
from compendium.charts.ticks import number_axis
from compendium.errors import ExhibitError, nearest

_THICK = 0.07  # share of the whole from which an area has room for its number


def stack(ax: Axes, shares: pd.DataFrame, colours: Mapping[str, str], *, title: str = "") -> None:
    """Draw the share of each state by month as areas that fill the whole.

    Parameters
    ----------
    ax
        Empty axes; a chart of several groups has a panel for each.
    shares
        Fractions, (months x states); those of a month add to one, and a missing one is none.
    colours
        Colours by state, in the order the areas lie in, from the bottom to the top.
    title
        The group, if there are several.

    Raises
    ------
    ExhibitError
        A state has no colour.
    """
    if lost := [str(state) for state in shares.columns if state not in colours]:
        raise ExhibitError(f"no colour for the state {lost[0]}; {nearest(lost[0], colours)}")
    shares = shares.reindex(columns=list(colours)).fillna(0)
    for month, row in shares.iterrows():
        gate.add_up(row, float(str(month)))
    ax.stackplot(
        shares.index, shares.T.to_numpy(), colors=list(colours.values()), labels=list(colours),
        edgecolor="white", linewidth=0.8,
    )  # fmt: skip
    sizes = shares.iloc[-1]
    middles = (sizes.cumsum() - sizes / 2).tolist()
    for size, middle, colour in zip(sizes, middles, colours.values(), strict=True):
        if size >= _THICK:
            place, shown = (shares.index[-1] - 0.15, middle), number(size, "share", 0)
            note(ax, text("{n}", n=shown), place, ha="right", color=ink(colour), gid=NUMBER)
    ax.set(xlim=shares.index[[0, -1]], ylim=(0, 1), xticks=shares.index[::2], title=title)
    ax.grid(visible=False)
    number_axis(ax.xaxis, "count")
    number_axis(ax.yaxis, "share")
    names = [
        note(ax, name, (1, place), (5, 0), at=BESIDE)
        for name, place in zip(colours, apart(ax, middles), strict=True)
    ]
    cell = ax.get_subplotspec()
    for name in names if cell and not cell.is_last_col() else ():
        name.set_visible(False)
        on_narrow(figure_of(ax), name.set_visible, True)  # where panels stand below each other


def joined(shares: pd.DataFrame, least: float, rest: str) -> pd.DataFrame:
    """Join the states that never reach a share of the whole, which nobody would see, in one.

    Parameters
    ----------
    shares
        Fractions, (months x states), of all panels.
    least
        The least share that is shown by itself in any month.
    rest
        Name of what is joined.

    Examples
    --------
    >>> joined(pd.DataFrame({"Work": [0.95, 0.9], "Away": [0.02, 0.04], "Study": [0.03, 0.06]}),
    ...        0.05, "Other").columns.tolist()
    ['Work', 'Study', 'Other']
    """
    thin = shares.columns[shares.max() < least]
    kept = shares.drop(columns=thin)
    return kept.assign(**{rest: shares[thin].sum(axis=1)}) if len(thin) else kept


def ink(colour: str) -> str:
    """Black or white, whichever can be read on a colour (relative luminance as in WCAG).

    >>> ink("#0072B2"), ink("#F0E442")
    ('white', 'black')
    """
    return "white" if relative_luminance(colour) < 0.179 else "black"
