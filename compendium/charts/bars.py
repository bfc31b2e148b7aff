"""Chart forms for answers and units: bars, stacked answers, unit means, and who chose what.

They follow `compendium.charts.curves`: numbers stand at the marks, colour is never the only sign,
and what a reader might be led astray by is built in. Don't-know stands apart from the scale it is
no part of, and a unit's mean beside its shrunken one, on the band where chance alone would put a
unit that is like all others. The charts know frames, labels and languages; they compute nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.chapter.formatting import bare, full, words
from compendium.charts.curves import INK, SOFT, WIDTH, Text, local_ticks, told, unframed
from compendium.charts.wrapping import wrapped

Labels = Mapping[Any, Text]
Choices = Sequence[tuple[Text, Text]]  # heading and name

_SCALE = ("#8c4a0b", "#dfb580", "#e6e6e6", "#8fc1c0", "#1b6e6a")
"""From the worst answer to the best, in colours that colour-blind readers can tell apart."""

_BESIDE = 2.0  # inches for the names beside a chart
_ROOM = 0.03  # share of the width that keeps don't-know away from the scale
_NARROW = 0.045  # a part of a bar with less than this of the width is too narrow for its number
_BAND = "#e2e2e2"
_SIZE = 8.5  # points
_LINE = 0.15  # inches from line to line


def unit_labels(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the names of units per language: a stand-in's pseudonyms are translated.

    >>> unit_labels(["Enhed 07"])["Enhed 07"]["en"]
    'Unit 07'
    """
    return {name: {"da": name, "en": name.replace("Enhed ", "Unit ", 1)} for name in names}


def bar_chart(
    frame: pd.DataFrame,
    lang: str,
    labels: Labels,
    *,
    unit: str,
    colour: str,
    x_label: Text,
    decimals: int | None = None,
) -> Figure:
    """Draw a horizontal bar per row, its number at the end, and its interval if the row has one.

    `frame` has the columns key and estimate, and for intervals low and high; `labels` names the
    keys. Rows stand in the frame's order.
    """
    figure, axes = _rows([labels[key][lang] for key in frame["key"]])
    rows, numbers = range(len(frame)), frame["estimate"]
    axes.barh(rows, numbers, height=0.62, color=colour, alpha=0.85)
    ends = numbers
    if "low" in frame:
        reach = [numbers - frame["low"], frame["high"] - numbers]
        axes.errorbar(numbers, rows, xerr=reach, fmt="none", ecolor=INK, elinewidth=1, capsize=2.5)
        ends = frame["high"].fillna(numbers)
    for row, number, end in zip(rows, numbers, ends, strict=True):
        text = bare(number, unit, lang, decimals)
        axes.annotate(text, (end, row), (5, 0), textcoords="offset points", va="center")
    axes.set(xlim=(0, float(ends.max()) * 1.14 or 1), xlabel=x_label[lang])
    local_ticks(axes.xaxis, unit, lang)
    return figure


def bar_alt(frame: pd.DataFrame, labels: Labels, *, unit: str, what: Text) -> Text:
    """Say a bar chart in words: what it shows, then each row with its number."""
    bars = list(zip(frame["key"], frame["estimate"], strict=True))
    return told(
        what, lambda lang: (f"{labels[key][lang]}: {full(n, unit, lang)}" for key, n in bars)
    )


@dataclass(frozen=True)
class Answers:
    """The answers of a scale from the worst to the best, and don't-know; each with its name."""

    scale: Mapping[int, Text]
    unsure: int
    unsure_label: Text

    @property
    def labels(self) -> dict[int, Text]:
        """All answers in the order they stand in."""
        return {**self.scale, self.unsure: self.unsure_label}

    def shares(self, frame: pd.DataFrame, labels: Labels) -> pd.DataFrame:
        """Return the shares, (groups x answers) in order; 0 where nobody gave an answer."""
        wide = frame.pivot_table(index="group", columns="answer", values="share", fill_value=0)
        return wide.reindex(index=list(labels), columns=list(self.labels), fill_value=0)


def answer_chart(frame: pd.DataFrame, lang: str, labels: Labels, answers: Answers) -> Figure:
    """Draw the answers of each group as one bar of the whole, don't-know apart at its right end.

    `frame` has the columns group, answer and share (a fraction of all who answered); `labels` names
    the groups, which stand in its order. Numbers in the bars are percent.
    """
    figure, axes = _rows([text[lang] for text in labels.values()])
    colours = [*_SCALE, "white"]  # don't-know is outside the scale
    for row, shares in enumerate(answers.shares(frame, labels).to_numpy()):
        left = 0.0
        for answer, colour, size in zip(answers.labels, colours, shares, strict=True):
            apart = _ROOM if answer == answers.unsure else 0
            axes.barh(
                row, size, left=left + apart, height=0.66, facecolor=colour, edgecolor=SOFT,
                linewidth=0.6, label=answers.labels[answer][lang],
            )  # fmt: skip
            if size >= _NARROW:
                ink = "white" if colour in (_SCALE[0], _SCALE[-1]) else INK
                place, text = (left + apart + size / 2, row), bare(size, "share", lang, 0)
                axes.text(*place, text, ha="center", va="center", color=ink, fontsize=_SIZE)
            left += size
    axes.set(xlim=(-0.004, 1.004 + _ROOM), xticks=[])
    unframed(axes)
    bars = [axes.containers[place] for place in (0, 3, 1, 4, 2, 5)]  # a legend fills its columns
    figure.legend(handles=bars, loc="outside lower left", ncols=3, fontsize=_SIZE, handlelength=1.1)
    return figure


def answer_alt(frame: pd.DataFrame, labels: Labels, answers: Answers, what: Text) -> Text:
    """Say a chart of answers in words: each group's share of each answer, the best first."""
    shares = answers.shares(frame, labels)
    order = [*reversed(list(answers.scale)), answers.unsure]

    def parts(lang: str) -> Iterator[str]:
        for group, row in shares.iterrows():
            lines = [
                f"{answers.labels[a][lang].lower()} {full(row[a], 'share', lang)}" for a in order
            ]
            yield f"{labels[group][lang]}: {', '.join(lines)}"

    return told(what, parts)


def unit_chart(
    frame: pd.DataFrame,
    lang: str,
    labels: Labels,
    *,
    centre: float,
    colour: str,
    x_label: Text,
    key: Mapping[str, Text],
) -> Figure:
    """Draw each unit's raw and shrunken mean on the band where an average unit's raw mean may lie.

    `frame` has the columns unit, n, raw, shrunken, shrunken_low, shrunken_high, chance_low and
    chance_high, all but n on one scale of points; rows stand in its order. `centre` is the mean of
    all; `key` says "raw", "shrunken" and "chance" in words.
    """
    pairs = zip(frame["unit"], frame["n"], strict=True)
    figure, axes = _rows([f"{labels[u][lang]} (n = {bare(n, 'count', lang)})" for u, n in pairs])
    rows, low, named = range(len(frame)), frame["chance_low"], {k: key[k][lang] for k in key}
    wide = frame["chance_high"] - low
    axes.barh(rows, wide, height=0.86, left=low, color=_BAND, zorder=0, label=named["chance"])
    axes.axvline(centre, color=SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.hlines(rows, frame["shrunken_low"], frame["shrunken_high"], color=colour, linewidth=1.8)
    axes.plot(frame["shrunken"], rows, "o", color=colour, label=named["shrunken"])
    axes.plot(
        frame["raw"], rows, "D", label=named["raw"], markerfacecolor="white",
        markeredgecolor=INK, markersize=5,
    )  # fmt: skip
    axes.set_xlabel(x_label[lang])
    axes.grid(visible=False)
    local_ticks(axes.xaxis, "score", lang, decimals=1)
    figure.legend(loc="outside lower left", ncols=3, fontsize=_SIZE, handlelength=1.4)
    return figure


def unit_alt(frame: pd.DataFrame, labels: Labels, what: Text) -> Text:
    """Say a chart of unit means in words: how many units, and the ends of the shrunken means."""
    means = frame.set_index("unit")["shrunken"].sort_values()

    def parts(lang: str) -> Iterator[str]:
        (bottom, low), (top, high) = (
            (labels[unit][lang], full(mean, "score", lang))
            for unit, mean in means.iloc[[0, -1]].items()
        )
        yield _units(len(means), lang)
        yield words(lang)["unit_ends"].format(top=top, high=high, bottom=bottom, low=low)

    return told(what, parts)


def choice_chart(
    chosen: pd.DataFrame, lang: str, units: Labels, choices: Choices, *, colour: str
) -> Figure:
    """Draw who chose what as a matrix: a column per unit, a row per choice under its heading.

    `chosen` is true or false, (units x choices) in the order of `choices`, which are pairs of
    heading and name; neighbours with one heading share it.
    """
    lines: list[tuple[str, Any]] = []
    pairs = zip(choices, chosen.to_numpy(bool).T, strict=True)
    for heading, members in groupby(pairs, key=lambda pair: pair[0][0][lang]):
        lines += [(heading, None), *((name[lang], marks) for (_, name), marks in members)]
    figure, axes = _rows([text for text, _ in lines], beside=_BESIDE + 0.6, pitch=0.23)
    for row, (_, marks) in enumerate(lines):
        if marks is None:
            axes.get_yticklabels()[row].set_fontweight(600)
            continue
        axes.axhline(row, color=_BAND, linewidth=0.7, zorder=0)
        hits = marks.nonzero()[0]
        axes.plot(hits, [row] * len(hits), "s", color=colour, markersize=6.5, clip_on=False)
    axes.set_xlim(-0.6, len(chosen) - 0.4)
    axes.set_xticks(range(len(chosen)), [units[unit][lang] for unit in chosen.index], rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0)
    unframed(axes)
    return figure


def choice_alt(chosen: pd.DataFrame, choices: Choices, what: Text) -> Text:
    """Say a matrix in words: how many of the units made each choice."""
    counts = list(zip(choices, chosen.to_numpy(bool).sum(axis=0), strict=True))
    among = {lang: f"{text} ({_units(len(chosen), lang)})" for lang, text in what.items()}
    return told(
        among,
        lambda lang: (
            f"{heading[lang]}, {name[lang]}: {bare(count, 'count', lang)}"
            for (heading, name), count in counts
        ),
    )


def _units(n: int, lang: str) -> str:
    return str(words(lang)["curve_units"].format(n=bare(n, "count", lang)))


def _rows(
    names: Sequence[str], *, beside: float = _BESIDE, pitch: float = 0.29
) -> tuple[Figure, Axes]:
    """Return axes with a named row per name, the first on top, as high as the names need."""
    broken = [wrapped(name, beside, _SIZE) for name in names]
    tallest = max(len(lines) for lines in broken)
    height = len(names) * max(pitch, tallest * _LINE + 0.08) + 0.75
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_yticks(range(len(names)), ["\n".join(lines) for lines in broken], color=INK)
    axes.tick_params(axis="y", labelsize=_SIZE)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    return figure, axes
