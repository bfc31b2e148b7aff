"""Chart forms for answers and units: bars, stacked answers, unit means, and who chose what.

They follow `compendium.charts`: numbers stand at the marks, colour is never the only sign, and what
a reader might be led astray by is built in. Don't-know stands apart from the scale it is no part
of, and a unit's mean beside its shrunken one, on the band where chance alone would put a unit that
is like all others. The charts know frames, labels and languages; they compute nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from compendium.charts import WIDTH, local_ticks
from compendium.formatting import LANGUAGES, bare, full
from compendium.wrapping import wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Labels = Mapping[Any, Mapping[str, str]]

DIVERGING = ("#8c4a0b", "#dfb580", "#e6e6e6", "#8fc1c0", "#1b6e6a")
"""From the worst answer to the best, in colours that colour-blind readers can tell apart."""

_BESIDE = 2.0  # inches for the names beside a chart
_ROOM = 0.03  # share of the width that keeps don't-know away from the scale
_NARROW = 0.045  # a part of a bar with less than this of the width is too narrow for its number
_INK, _SOFT, _BAND = "#1c1f23", "#5f6368", "#e2e2e2"
_TEXT = 8.5  # points
_LINE = 0.15  # inches from line to line
_WORDS = {
    "units": {"da": "{n} enheder", "en": "{n} units"},
    "ends": {
        "da": "højest ligger {top} med {high}, lavest {bottom} med {low}",
        "en": "{top} is highest with {high}, {bottom} lowest with {low}",
    },
}


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
    x_label: Mapping[str, str],
    decimals: int | None = None,
) -> Figure:
    """Draw a horizontal bar per row, its number at the end, and its interval if the row has one.

    `frame` has the columns key and estimate, and for intervals low and high; `labels` names the
    keys. Rows stand in the frame's order.
    """
    names = [wrapped(labels[key][lang], _BESIDE, _TEXT) for key in frame["key"]]
    figure, axes = _rows(names)
    axes.barh(range(len(frame)), frame["estimate"], height=0.62, color=colour, alpha=0.85)
    ends = frame["estimate"]
    if "low" in frame:
        reach = [frame["estimate"] - frame["low"], frame["high"] - frame["estimate"]]
        whisker: dict[str, Any] = {"fmt": "none", "ecolor": _INK, "elinewidth": 1, "capsize": 2.5}
        axes.errorbar(frame["estimate"], range(len(frame)), xerr=reach, **whisker)
        ends = frame["high"].fillna(ends)
    for row, (number, end) in enumerate(zip(frame["estimate"], ends, strict=True)):
        text = bare(number, unit, lang, decimals)
        axes.annotate(text, (end, row), (5, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, float(ends.max()) * 1.14 or 1)
    axes.set_xlabel(x_label[lang])
    local_ticks(axes.xaxis, unit, lang)
    return figure


def bar_alt(
    frame: pd.DataFrame, labels: Labels, *, unit: str, what: Mapping[str, str]
) -> dict[str, str]:
    """Say a bar chart in words: what it shows, then each row with its number."""
    texts = {}
    for lang in LANGUAGES:
        told = [
            f"{labels[key][lang]}: {full(number, unit, lang)}"
            for key, number in zip(frame["key"], frame["estimate"], strict=True)
        ]
        texts[lang] = _told(what[lang], told)
    return texts


@dataclass(frozen=True)
class Answers:
    """The answers of a scale from the worst to the best, and don't-know; each with its name."""

    scale: Mapping[int, Mapping[str, str]]
    unsure: int
    unsure_label: Mapping[str, str]

    @property
    def labels(self) -> dict[int, Mapping[str, str]]:
        """All answers in the order they stand in."""
        return {**self.scale, self.unsure: self.unsure_label}


def answer_chart(frame: pd.DataFrame, lang: str, labels: Labels, answers: Answers) -> Figure:
    """Draw the answers of each group as one bar of the whole, don't-know apart at its right end.

    `frame` has the columns group, answer and share (a fraction of all who answered); `labels` names
    the groups, which stand in its order. Numbers in the bars are percent.
    """
    shares = frame.pivot_table(index="group", columns="answer", values="share", fill_value=0)
    shares = shares.reindex(index=list(labels), columns=list(answers.labels), fill_value=0)
    figure, axes = _rows([wrapped(text[lang], _BESIDE, _TEXT) for text in labels.values()])
    for row, (_, parts) in enumerate(shares.iterrows()):
        left = 0.0
        for colour, answer in zip(DIVERGING, answers.scale, strict=True):
            _part(axes, row, left, float(parts[answer]), colour, lang)
            left += float(parts[answer])
        _part(axes, row, left + _ROOM, float(parts[answers.unsure]), "white", lang)
    axes.set_xlim(-0.004, 1.004 + _ROOM)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    _key(figure, lang, answers)
    return figure


def answer_alt(
    frame: pd.DataFrame, labels: Labels, answers: Answers, what: Mapping[str, str]
) -> dict[str, str]:
    """Say a chart of answers in words: each group's share of each answer, the best first."""
    texts = {}
    for lang in LANGUAGES:
        lines = []
        for group, text in labels.items():
            rows = frame[frame["group"] == group]
            share = dict(zip(rows["answer"], rows["share"], strict=True))
            order = [*reversed(list(answers.scale)), answers.unsure]
            told = [
                f"{answers.labels[a][lang].lower()} {full(share.get(a, 0.0), 'share', lang)}"
                for a in order
            ]
            lines.append(f"{text[lang]}: {', '.join(told)}")
        texts[lang] = _told(what[lang], lines)
    return texts


def unit_chart(
    frame: pd.DataFrame,
    lang: str,
    labels: Labels,
    *,
    centre: float,
    colour: str,
    x_label: Mapping[str, str],
    key: Mapping[str, Mapping[str, str]],
) -> Figure:
    """Draw each unit's raw and shrunken mean on the band where an average unit's raw mean may lie.

    `frame` has the columns unit, n, raw, shrunken, shrunken_low, shrunken_high, chance_low and
    chance_high, all but n on one scale of points; rows stand in its order. `centre` is the mean of
    all; `key` says "raw", "shrunken" and "chance" in words.
    """
    names = [[f"{labels[u][lang]} (n = {bare(n, 'count', lang)})"] for u, n in _pairs(frame)]
    figure, axes = _rows(names)
    rows = list(range(len(frame)))
    band: dict[str, Any] = {
        "height": 0.86,
        "color": _BAND,
        "zorder": 0,
        "label": key["chance"][lang],
    }
    axes.barh(rows, frame["chance_high"] - frame["chance_low"], left=frame["chance_low"], **band)
    axes.axvline(centre, color=_SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.hlines(rows, frame["shrunken_low"], frame["shrunken_high"], color=colour, linewidth=1.8)
    axes.plot(frame["shrunken"], rows, "o", color=colour, label=key["shrunken"][lang])
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": _INK, "markersize": 5}
    axes.plot(frame["raw"], rows, "D", label=key["raw"][lang], **hollow)
    axes.set_xlabel(x_label[lang])
    axes.grid(visible=False)
    local_ticks(axes.xaxis, "score", lang, decimals=1)
    figure.legend(loc="outside lower left", ncols=3, fontsize=_TEXT, handlelength=1.4)
    return figure


def unit_alt(frame: pd.DataFrame, labels: Labels, what: Mapping[str, str]) -> dict[str, str]:
    """Say a chart of unit means in words: how many units, and the ends of the shrunken means."""
    ranked = frame.sort_values("shrunken")
    ends = {"top": ranked["unit"].iloc[-1], "bottom": ranked["unit"].iloc[0]}
    texts = {}
    for lang in LANGUAGES:
        names = {end: labels[unit][lang] for end, unit in ends.items()}
        levels = {
            "high": full(frame["shrunken"].max(), "score", lang),
            "low": full(frame["shrunken"].min(), "score", lang),
        }
        count = _WORDS["units"][lang].format(n=bare(len(frame), "count", lang))
        spread = _WORDS["ends"][lang].format(**names, **levels)
        texts[lang] = _told(what[lang], [count, spread])
    return texts


def choice_chart(
    chosen: pd.DataFrame,
    lang: str,
    units: Labels,
    choices: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
    *,
    colour: str,
) -> Figure:
    """Draw who chose what as a matrix: a column per unit, a row per choice under its heading.

    `chosen` is true or false, (units x choices) in the order of `choices`, which are pairs of
    heading and name; neighbours with one heading share it.
    """
    lines: list[tuple[str, int | None]] = []
    order = groupby(enumerate(choices), key=lambda pair: pair[1][0][lang])
    for heading, members in order:
        lines += [(heading, None), *((choices[i][1][lang], i) for i, _ in members)]
    names = [wrapped(text, _BESIDE + 0.6, _TEXT) for text, _ in lines]
    figure, axes = _rows(names, pitch=0.23)
    for row, (_, choice) in enumerate(lines):
        if choice is None:
            axes.get_yticklabels()[row].set_fontweight(600)
            continue
        axes.axhline(row, color=_BAND, linewidth=0.7, zorder=0)
        marks = chosen.iloc[:, choice].to_numpy(bool)
        hits = [column for column, mark in enumerate(marks) if mark]
        axes.plot(hits, [row] * len(hits), "s", color=colour, markersize=6.5, clip_on=False)
    axes.set_xlim(-0.6, len(chosen) - 0.4)
    axes.set_xticks(range(len(chosen)), [units[unit][lang] for unit in chosen.index], rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


def choice_alt(
    chosen: pd.DataFrame,
    choices: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
    what: Mapping[str, str],
) -> dict[str, str]:
    """Say a matrix in words: how many of the units made each choice."""
    counts = chosen.to_numpy(bool).sum(axis=0)
    texts = {}
    for lang in LANGUAGES:
        told = [
            f"{heading[lang]}, {name[lang]}: {bare(count, 'count', lang)}"
            for (heading, name), count in zip(choices, counts, strict=True)
        ]
        units = _WORDS["units"][lang].format(n=bare(len(chosen), "count", lang))
        texts[lang] = _told(f"{what[lang]} ({units})", told)
    return texts


def _told(what: str, parts: Sequence[str]) -> str:
    """Join what is shown and its parts; a part may end with an abbreviation's stop already."""
    return f"{what}. {'; '.join(parts).removesuffix('.')}."


def _rows(names: Sequence[Sequence[str]], pitch: float = 0.29) -> tuple[Figure, Axes]:
    """Return axes with a named row per name, the first on top, as high as the names need."""
    from matplotlib.figure import Figure as Canvas

    tallest = max(len(lines) for lines in names)
    height = len(names) * max(pitch, tallest * _LINE + 0.08) + 0.75
    figure = Canvas(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_yticks(range(len(names)), ["\n".join(lines) for lines in names], color=_INK)
    axes.tick_params(axis="y", labelsize=_TEXT)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    return figure, axes


def _part(axes: Axes, row: int, left: float, size: float, colour: str, lang: str) -> None:
    """Draw one answer's part of a bar, with its percentage where there is room for it."""
    dark = colour in (DIVERGING[0], DIVERGING[-1])
    style: dict[str, Any] = {
        "facecolor": "white" if colour == "none" else colour,
        "edgecolor": _SOFT,
    }
    axes.barh(row, size, left=left, height=0.66, linewidth=0.6, **style)
    if size >= _NARROW:
        ink = "white" if dark else _INK
        text = bare(size, "share", lang, 0)
        axes.text(left + size / 2, row, text, ha="center", va="center", color=ink, fontsize=_TEXT)


def _key(figure: Figure, lang: str, answers: Answers) -> None:
    from matplotlib.patches import Patch

    colours = [*DIVERGING, "white"]
    patches = [
        Patch(facecolor=colour, edgecolor=_SOFT, linewidth=0.6, label=text[lang])
        for colour, text in zip(colours, answers.labels.values(), strict=True)
    ]
    by_row = [patches[place] for column in range(3) for place in (column, column + 3)]
    style: dict[str, Any] = {"ncols": 3, "fontsize": _TEXT, "handlelength": 1.1}
    figure.legend(handles=by_row, loc="outside lower left", **style)


def _pairs(frame: pd.DataFrame) -> list[tuple[Any, Any]]:
    return list(zip(frame["unit"], frame["n"], strict=True))
