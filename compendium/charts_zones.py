"""Results against a scale cut into named zones, such as a traffic light.

A traffic light in a table says only which side of a limit a result fell on. Here the zones lie on
the scale itself, in colour and by name, so that a reader sees how close to a limit a result came.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compendium.charts import WIDTH, Group, local_ticks
from compendium.formatting import LANGUAGES, full

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIGNS = ("o", "D", "s")


@dataclass(frozen=True)
class Zone:
    """A part of the scale: its key in the frame, its ends (infinite if open), name and colour."""

    key: str
    low: float
    high: float
    label: Mapping[str, str]
    colour: str


def zone_chart(
    frame: pd.DataFrame,
    lang: str,
    zones: Sequence[Zone],
    series: Sequence[Group],
    *,
    x_label: Mapping[str, str],
) -> Figure:
    """Draw one line per label with a sign per series, on a scale of shares cut into zones.

    `frame` has the columns label ({"da", "en"} texts), series (a key) and value; labels stand in
    the order they first occur in.
    """
    from matplotlib.figure import Figure as Canvas

    labels = _labels(frame, lang)
    figure = Canvas(figsize=(WIDTH, 0.34 * len(labels) + 1.25), layout="constrained")
    axes = figure.subplots()
    edge = 0.08 + max(abs(frame["value"]).max(), *(abs(end) for end in _limits(zones)))
    axes.set_xlim(-edge, edge)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    _zones(axes, lang, zones, edge)
    names = [text[lang] for text in frame["label"]]
    for group, sign in zip(series, _SIGNS, strict=False):
        rows = [names[i] for i in range(len(frame)) if frame["series"].iloc[i] == group.key]
        values = frame.loc[frame["series"] == group.key, "value"]
        axes.plot(
            values, [labels.index(name) for name in rows], sign, label=group.label[lang],
            markerfacecolor=group.colour, markeredgecolor="#222222", markersize=6, linestyle="",
        )  # fmt: skip
    axes.axvline(0, color="#222222", linewidth=0.8, zorder=1)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel(x_label[lang])
    local_ticks(axes.xaxis, "share", lang)
    figure.legend(loc="outside lower center", ncols=len(series), fontsize=8.5)
    return figure


def zone_alt(
    frame: pd.DataFrame, zones: Sequence[Zone], series: Sequence[Group], what: Mapping[str, str]
) -> dict[str, str]:
    """Say in words what a zone chart shows: each value and its zone (the frame's column zone)."""
    named = {zone.key: zone.label for zone in zones}
    texts = {}
    for lang in LANGUAGES:
        parts = []
        for group in series:
            rows = frame[frame["series"] == group.key]
            told = [
                f"{label[lang]} {full(number, 'share', lang)} ({named[zone][lang].lower()})"
                for label, number, zone in zip(
                    rows["label"], rows["value"], rows["zone"], strict=True
                )
            ]
            if told:
                parts.append(f"{group.label[lang]}: {'; '.join(told)}")
        texts[lang] = f"{what[lang]}. {'. '.join(parts)}."
    return texts


def _labels(frame: pd.DataFrame, lang: str) -> list[str]:
    return list(dict.fromkeys(text[lang] for text in frame["label"]))


def _limits(zones: Sequence[Zone]) -> list[float]:
    ends = [end for zone in zones for end in (zone.low, zone.high)]
    return [end for end in ends if math.isfinite(end)]


def _zones(axes: Axes, lang: str, zones: Sequence[Zone], edge: float) -> None:
    """Lay the zones under the scale, each with its name above."""
    for zone in zones:
        low, high = max(zone.low, -edge), min(zone.high, edge)
        axes.axvspan(low, high, color=zone.colour, alpha=0.22, linewidth=0, zorder=0)
        axes.annotate(
            zone.label[lang], ((low + high) / 2, 1), (0, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", fontsize=8, fontweight=600,
        )  # fmt: skip
    axes.grid(visible=False)
