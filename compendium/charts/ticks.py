"""Ticks that know the languages: numbers with each language's marks, names broken into lines.

A figure is drawn once and written in two languages. Numbers on an axis then need no more than a
formatter that is told which; names are translated first and broken afterwards.
"""

from collections.abc import Callable
from typing import Any

from matplotlib.axis import Axis
from matplotlib.ticker import Formatter

from compendium.chapter.formatting import bare, checked_unit
from compendium.charts.wrapping import wrapped


class NumberTicks(Formatter):
    """Writes numbers in a unit as readers of `lang` expect them."""

    lang = "en"

    def __init__(self, unit: str, decimals: int = 0) -> None:
        self.unit, self.decimals = unit, decimals

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one number."""
        del pos
        sign = "\N{NO-BREAK SPACE}%" if self.unit == "share" else ""
        return bare(x, self.unit, self.lang, self.decimals) + sign


class RowTicks(Formatter):
    """Writes the names another formatter gives, broken into lines of at most `width` inches.

    `say` is what turns a name into the language of a drawing; who draws sets it.
    """

    say: Callable[[str], str]

    def __init__(self, inner: Formatter, width: float, size: float) -> None:
        self.inner, self.width, self.size = inner, width, size
        self.say = str

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one name."""
        return self._broken(self.inner(x, pos))

    def format_ticks(self, values: list[float]) -> list[str]:
        """Write all names."""
        return [self._broken(name) for name in self.inner.format_ticks(values)]

    def set_locs(self, locs: Any) -> None:
        """Hand on where the ticks stand."""
        self.inner.set_locs(locs)

    def _broken(self, name: str) -> str:
        return "\n".join(wrapped(self.say(name), self.width, self.size))


def number_axis(axis: Axis, unit: str, decimals: int = 0) -> None:
    r"""Write the numbers on an axis as the reader's language does.

    Parameters
    ----------
    axis
        `ax.xaxis` or `ax.yaxis`.
    unit
        A unit of measure of the codebook: "share" is written in per cent, with its sign.
    decimals
        How many.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> number_axis(ax.yaxis, "share")
    >>> ax.yaxis.get_major_formatter()(0.4)
    '40\xa0%'
    >>> plt.close(fig)
    """
    axis.set_major_formatter(NumberTicks(checked_unit(unit), decimals))
