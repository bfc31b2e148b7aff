"""The report's chart forms: one visual language for every chapter.

A group's curve carries its name at its end instead of a legend, its interval as a band, and under
the axis the number of people behind each month: that number falls with time, and a reader must see
it fall. Colours and names come from the definition file, so a route looks the same everywhere.
Charts know frames, labels and languages; they compute nothing. What all forms share stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from compendium.chapter.formatting import LANGUAGES, bare, full, words

Text = Mapping[str, str]  # one text per language

WIDTH = 6.3  # inches: the text block of the page, so that type in figures keeps its size
MARKS = "os^Dv"  # a second sign beside colour
INK, SOFT = "#1c1f23", "#5f6368"


@dataclass(frozen=True)
class Group:
    """How one group is shown: its key in the frame, its name per language and its colour."""

    key: Any
    label: Text
    colour: str


Groups = Sequence[Group]
Curves = Sequence[tuple[Group, pd.DataFrame]]  # each group with its rows, by month


def curve_chart(
    frame: pd.DataFrame,
    lang: str,
    groups: Groups,
    *,
    unit: str,
    x_label: Text,
    y_label: Text,
    people: bool = True,
) -> Figure:
    """Draw one curve per group against months, with its band and the people behind each point.

    `frame` has the columns group, month, n and estimate, and for bands low, high and clusters;
    `unit` is the unit of estimate, low and high. `people=False` leaves the numbers out, where they
    are the curve itself.
    """
    curves = with_rows(frame.sort_values("month"), groups)
    strip = 0.16 * len(curves) + 0.2 if people else 0
    figure = Figure(figsize=(WIDTH, 3.2 + strip), layout="constrained")
    if people:
        axes, numbers = figure.subplots(2, 1, height_ratios=[3.2, strip], sharex=True)
        _numbers(numbers, curves, lang)
    else:
        axes = figure.subplots()
    for mark, (group, rows) in zip(MARKS, curves, strict=False):
        x, colour = rows["month"], group.colour
        if "low" in rows:
            axes.fill_between(x, rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(x, rows["estimate"], color=colour, marker=mark, markersize=3.5, linewidth=1.6)
    months = sorted(frame["month"].unique())
    axes.set(xlim=(months[0] - 0.4, months[-1] + 0.4), ylim=(0, None), xticks=months)
    axes.set(xlabel=x_label[lang], ylabel=y_label[lang])
    axes.tick_params(axis="x", labelbottom=True)
    local_ticks(axes.yaxis, unit, lang)
    _name_ends(axes, curves, lang)
    return figure


def curve_alt(frame: pd.DataFrame, groups: Groups, *, unit: str, what: Text) -> Text:
    """Say in words what a curve chart shows: each group's first and last point.

    `what` names the quantity per language; the frame is the one that is drawn.
    """

    def parts(lang: str) -> Iterator[str]:
        for group, rows in with_rows(frame.sort_values("month"), groups):
            curve = rows.set_index("month")["estimate"]
            yield f"{group.label[lang]}: {from_to(curve, unit, lang)}"

    return told(what, parts)


def with_rows(
    frame: pd.DataFrame, groups: Groups, column: str = "group"
) -> list[tuple[Group, pd.DataFrame]]:
    """Pair each group with its rows of the frame; a group that has none is not shown."""
    pairs = [(group, frame[frame[column] == group.key]) for group in groups]
    return [(group, rows) for group, rows in pairs if len(rows)]


def told(what: Text, parts: Callable[[str], Iterable[str]], joint: str = "; ") -> Text:
    """Say in each language what is shown and its parts, one of which may end with a stop already.

    >>> told({"da": "Vi", "en": "Who"}, lambda lang: ["a", f"{lang} etc."])
    {'da': 'Vi. a; da etc.', 'en': 'Who. a; en etc.'}
    """
    texts = {lang: joint.join(parts(lang)).removesuffix(".") for lang in LANGUAGES}
    return {lang: f"{what[lang]}. {text}." for lang, text in texts.items()}


def from_to(curve: pd.Series, unit: str, lang: str, decimals: int | None = None) -> str:
    """Say the first and the last number of a series that has months as its index, in order."""
    first, last = (
        words(lang)["curve_point"].format(value=full(number, unit, lang, decimals), month=month)
        for month, number in curve.iloc[[0, -1]].items()
    )
    return str(words(lang)["curve_ends"].format(first=first, last=last))


def local_ticks(axis: Any, unit: str, lang: str, decimals: int = 0) -> None:
    """Write an axis's numbers as the language does, with a percent sign where they are shares."""
    sign = "\N{NO-BREAK SPACE}%" if unit == "share" else ""
    axis.set_major_formatter(FuncFormatter(lambda x, _: bare(x, unit, lang, decimals) + sign))


def unframed(axes: Axes) -> None:
    """Take away the lines of the axes and the grid."""
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _name_ends(axes: Axes, curves: Curves, lang: str) -> None:
    """Write each group's name beside its curve's end, moved apart where two would touch."""
    ends = sorted(curves, key=lambda curve: float(curve[1]["estimate"].iloc[-1]))
    texts = [_end_label(group, rows, lang) for group, rows in ends]
    levels = [float(rows["estimate"].iloc[-1]) for _, rows in ends]
    lines = max(text.count("\n") for text in texts) + 1
    gap = (axes.get_ylim()[1] - axes.get_ylim()[0]) * (0.03 + 0.065 * lines)
    places = list(accumulate(levels, lambda below, level: max(level, below + gap)))
    moved = sum(places) / len(places) - sum(levels) / len(levels)  # as far up as down in all
    for text, level, place, (group, rows) in zip(texts, levels, places, ends, strict=True):
        axes.annotate(
            text, (rows["month"].iloc[-1], level), (axes.get_xlim()[1] + 0.1, place - moved),
            color=group.colour, va="center", fontweight=600, annotation_clip=False,
        )  # fmt: skip


def _end_label(group: Group, rows: pd.DataFrame, lang: str) -> str:
    """A group's name, and how many units its band rests on where it has one."""
    if "low" not in rows or "clusters" not in rows:
        return group.label[lang]
    units = int(rows["clusters"].min())
    return f"{group.label[lang]}\n{words(lang)['curve_units'].format(n=units)}"


def _numbers(axes: Axes, curves: Curves, lang: str) -> None:
    """Set the number of people behind each point under its month, a line per group."""
    for line, (group, rows) in enumerate(curves):
        style: dict[str, Any] = {"fontsize": 7, "color": group.colour}
        for month, n in zip(rows["month"], rows["n"], strict=True):
            text = bare(n, "count", lang)
            axes.annotate(text, (month, line), ha="center", va="center", **style)
    axes.set(ylim=(len(curves) - 0.5, -0.5), yticks=[])
    axes.set_title(words(lang)["people"], loc="left", fontsize=7, fontweight="normal", pad=2)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    unframed(axes)
