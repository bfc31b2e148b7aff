"""Results against a scale cut into named zones, such as a traffic light.

A traffic light in a table says only which side of a limit a result fell on. Here the zones lie on
the scale itself, in colour and by name, so that a reader sees how close to a limit a result came.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.chapter.formatting import full
from compendium.charts.curves import WIDTH, Groups, Text, local_ticks, told, with_rows

_SIGNS = "oDs"


@dataclass(frozen=True)
class Zone:
    """A part of the scale: its key in the frame, its ends (infinite if open), name and colour."""

    key: str
    low: float
    high: float
    label: Text
    colour: str


def zone_chart(
    frame: pd.DataFrame, lang: str, zones: Sequence[Zone], series: Groups, *, x_label: Text
) -> Figure:
    """Draw one line per label with a sign per series, on a scale of shares cut into zones.

    `frame` has the columns label ({"da", "en"} texts), series (a key) and value; labels stand in
    the order they first occur in.
    """
    labels = list(dict.fromkeys(text[lang] for text in frame["label"]))
    shown = with_rows(frame, series, "series")
    figure = Figure(figsize=(WIDTH, 0.34 * len(labels) + 1.25), layout="constrained")
    axes = figure.subplots()
    ends = [abs(end) for zone in zones for end in (zone.low, zone.high) if math.isfinite(end)]
    edge = 0.08 + max(frame["value"].abs().max(), *ends)
    axes.set(xlim=(-edge, edge), ylim=(len(labels) - 0.4, -0.6))
    _zones(axes, lang, zones, edge)
    for (group, rows), sign in zip(shown, _SIGNS, strict=False):
        lines = [labels.index(text[lang]) for text in rows["label"]]
        axes.plot(
            rows["value"], lines, sign, label=group.label[lang], markerfacecolor=group.colour,
            markeredgecolor="#222222", markersize=6, linestyle="",
        )  # fmt: skip
    axes.axvline(0, color="#222222", linewidth=0.8, zorder=1)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel(x_label[lang])
    local_ticks(axes.xaxis, "share", lang)
    figure.legend(loc="outside lower center", ncols=len(shown), fontsize=8.5)
    return figure


def zone_alt(frame: pd.DataFrame, zones: Sequence[Zone], series: Groups, what: Text) -> Text:
    """Say in words what a zone chart shows: each value and its zone (the frame's column zone)."""
    named = {zone.key: zone.label for zone in zones}

    def parts(lang: str) -> Iterator[str]:
        for group, rows in with_rows(frame, series, "series"):
            points = [
                f"{label[lang]} {full(number, 'share', lang)} ({named[zone][lang].lower()})"
                for label, number, zone in rows[["label", "value", "zone"]].to_numpy()
            ]
            yield f"{group.label[lang]}: {'; '.join(points)}"

    return told(what, parts, ". ")


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
