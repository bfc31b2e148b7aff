"""The report's chart forms: one visual language for every chapter.

A group's curve carries its name at its end instead of a legend, its interval as a band, and under
the axis the number of people behind each month: that number falls with time, and a reader must see
it fall. Colours and names come from the definition file, so a route looks the same everywhere.
Charts know frames, labels and languages; they compute nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compendium.formatting import LANGUAGES, bare, full, words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 6.3  # inches: the text block of the page, so that type in figures keeps its size
_MARKS = ("o", "s", "^", "D", "v")  # a second sign beside colour


@dataclass(frozen=True)
class Group:
    """How one group is shown: its key in the frame, its name per language and its colour."""

    key: Any
    label: Mapping[str, str]
    colour: str


def curve_chart(
    frame: pd.DataFrame,
    lang: str,
    groups: Sequence[Group],
    *,
    unit: str,
    x_label: Mapping[str, str],
    y_label: Mapping[str, str],
    people: bool = True,
) -> Figure:
    """Draw one curve per group against months, with its band and the people behind each point.

    `frame` has the columns group, month, n and estimate, and for bands low, high and clusters;
    `unit` is the unit of estimate, low and high. `people=False` leaves the numbers out, where they
    are the curve itself.
    """
    from matplotlib.figure import Figure as Canvas

    shown = [group for group in groups if (frame["group"] == group.key).any()]
    strip = 0.16 * len(shown) + 0.2 if people else 0
    figure = Canvas(figsize=(WIDTH, 3.2 + strip), layout="constrained")
    if people:
        axes, numbers = figure.subplots(2, 1, height_ratios=[3.2, strip], sharex=True)
        _numbers(numbers, frame, shown, lang)
    else:
        axes = figure.subplots()
    for mark, group in zip(_MARKS, shown, strict=False):
        _curve(axes, frame[frame["group"] == group.key], group, mark)
    months = sorted(frame["month"].unique())
    axes.set_xlim(months[0] - 0.4, months[-1] + 0.4)
    axes.set_xticks(months)
    axes.set_xlabel(x_label[lang])
    axes.set_ylabel(y_label[lang])
    axes.set_ylim(bottom=0)
    axes.tick_params(axis="x", labelbottom=True)
    local_ticks(axes.yaxis, unit, lang)
    _name_ends(axes, frame, shown, lang)
    return figure


def curve_alt(
    frame: pd.DataFrame, groups: Sequence[Group], *, unit: str, what: Mapping[str, str]
) -> dict[str, str]:
    """Say in words what a curve chart shows: each group's first and last point.

    `what` names the quantity per language; the frame is the one that is drawn.
    """
    texts = {}
    for lang in LANGUAGES:
        parts = []
        for group in groups:
            rows = frame[frame["group"] == group.key].sort_values("month")
            if len(rows):
                ends = [
                    words(lang)["curve_point"].format(
                        value=full(row["estimate"], unit, lang), month=int(row["month"])
                    )
                    for _, row in rows.iloc[[0, -1]].iterrows()
                ]
                line = words(lang)["curve_ends"].format(first=ends[0], last=ends[1])
                parts.append(f"{group.label[lang]}: {line}")
        texts[lang] = f"{what[lang]}. {'; '.join(parts)}."
    return texts


def local_ticks(axis: Any, unit: str, lang: str, decimals: int = 0) -> None:
    """Write an axis's numbers as the language does, with a percent sign where they are shares."""
    from matplotlib.ticker import FuncFormatter

    sign = "\N{NO-BREAK SPACE}%" if unit == "share" else ""
    axis.set_major_formatter(FuncFormatter(lambda x, _: bare(x, unit, lang, decimals) + sign))


def _curve(axes: Axes, rows: pd.DataFrame, group: Group, mark: str) -> None:
    rows = rows.sort_values("month")
    if "low" in rows:
        band: dict[str, Any] = {"color": group.colour, "alpha": 0.15, "linewidth": 0}
        axes.fill_between(rows["month"], rows["low"], rows["high"], **band)
    line: dict[str, Any] = {
        "color": group.colour,
        "marker": mark,
        "markersize": 3.5,
        "linewidth": 1.6,
    }
    axes.plot(rows["month"], rows["estimate"], **line)


def _name_ends(axes: Axes, frame: pd.DataFrame, groups: Sequence[Group], lang: str) -> None:
    """Write each group's name beside its curve's end, moved apart where two would touch."""
    right = axes.get_xlim()[1] + 0.1
    lines = max(_end_label(frame, group, lang).count("\n") for group in groups) + 1
    gap = (axes.get_ylim()[1] - axes.get_ylim()[0]) * (0.03 + 0.065 * lines)
    ends = []
    for group in groups:
        last = frame[frame["group"] == group.key].sort_values("month").iloc[-1]
        ends.append((float(last["estimate"]), float(last["month"]), group))
    ends.sort(key=lambda end: end[0])
    places: list[float] = []
    for level, _, _ in ends:
        places.append(max(level, places[-1] + gap) if places else level)
    moved = sum(places) / len(ends) - sum(level for level, _, _ in ends) / len(ends)
    for place, (level, month, group) in zip(places, ends, strict=True):
        axes.annotate(
            _end_label(frame, group, lang),
            (month, level),
            xytext=(right, place - moved),  # as far up as down in all
            color=group.colour,
            va="center",
            fontweight=600,
            annotation_clip=False,
        )


def _end_label(frame: pd.DataFrame, group: Group, lang: str) -> str:
    """A group's name, and how many units its band rests on where it has one."""
    if "low" not in frame or "clusters" not in frame:
        return group.label[lang]
    units = int(frame.loc[frame["group"] == group.key, "clusters"].min())
    return f"{group.label[lang]}\n{words(lang)['curve_units'].format(n=units)}"


def _numbers(axes: Axes, frame: pd.DataFrame, groups: Sequence[Group], lang: str) -> None:
    """Set the number of people behind each point under its month, a line per group."""
    axes.set_ylim(len(groups) - 0.5, -0.5)
    for line, group in enumerate(groups):
        rows = frame[frame["group"] == group.key]
        style: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "fontsize": 7,
            "color": group.colour,
        }
        for month, n in zip(rows["month"], rows["n"], strict=True):
            axes.annotate(bare(n, "count", lang), (month, line), **style)
    axes.set_yticks([])
    axes.set_title(words(lang)["people"], loc="left", fontsize=7, fontweight="normal", pad=2)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="x", length=0, labelbottom=False)
