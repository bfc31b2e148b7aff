"""Flow charts and theories of change, drawn from tables of groups, nodes and edges.

What leads to what is content, not drawing: an evaluator must be able to correct an arrow without
touching code, and a reader who cannot see the drawing must get the same from its text. So a diagram
is data with labels in both languages, this module places it, and the alt text is read off the same
rows. Labels are real text; boxes never overlap, and an arrow runs only between neighbours, so none
can pass behind a box.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from compendium.errors import ExhibitError, nearest
from compendium.formatting import LANGUAGES
from compendium.wrapping import plain, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

READS = ("data/diagrams/*.csv",)
FOLDER = Path(__file__).resolve().parent.parent / "data" / "diagrams"

Tone = Literal["step", "frame", "result", "effect"]

WIDTH = 6.3  # inches: the text block of the page
_GAP = 0.5  # between columns: room for arrows
_PAD = 0.09  # between a box's edge and its text
_BETWEEN = 0.24  # between boxes of a column, at least: room for an arrow down
_LEADING = 0.155  # from line to line
_SIZE = 8.5  # points
_INK, _EDGE = "#1c1f23", "#5f6368"
_SHADE = {"step": 0.16, "frame": 0.0, "result": 0.07, "effect": 0.34}  # of the colour, on white
_GREY = "#efefef"
_ARROWS = {"da": "Pilene", "en": "The arrows"}


@dataclass(frozen=True)
class Group:
    """A stage of the diagram: its place from the left (0 first), heading and kind of boxes."""

    id: str
    column: int
    label: Mapping[str, str]
    tone: Tone


@dataclass(frozen=True)
class Node:
    """A box: the group it stands in, its text per language, and the page it rests on."""

    id: str
    group: str
    label: Mapping[str, str]
    page: int


@dataclass(frozen=True)
class Diagram:
    """Groups, nodes and edges (source, target), each in the order of its file."""

    name: str
    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]

    def column(self, node: str) -> int:
        """The column a node stands in."""
        group = next(n.group for n in self.nodes if n.id == node)
        return next(g.column for g in self.groups if g.id == group)

    @property
    def pages(self) -> str:
        """The pages the boxes rest on, such as "16, 17, 22"."""
        return ", ".join(map(str, sorted({node.page for node in self.nodes})))

    def members(self, group: str) -> list[Node]:
        """The nodes of a group, top to bottom."""
        return [node for node in self.nodes if node.group == group]


def read_diagram(name: str, folder: Path = FOLDER) -> Diagram:
    """Read one diagram from groups.csv, nodes.csv and edges.csv of a folder.

    Raises ExhibitError for an unknown name, a node without its group, a group without nodes, an
    edge without its nodes, and an edge that would have to pass behind a box.

    >>> len(read_diagram("course_route1").edges) > 5
    True
    """
    rows = {table: _rows(folder / f"{table}.csv") for table in ("groups", "nodes", "edges")}
    known = {row["diagram"] for row in rows["groups"]}
    if name not in known:
        raise ExhibitError(f"there is no diagram `{name}`; {nearest(name, known)}")
    mine = {table: [r for r in lines if r["diagram"] == name] for table, lines in rows.items()}
    diagram = Diagram(
        name,
        tuple(
            Group(r["group"], int(r["column"]), _both(r), _tone(name, r["tone"]))
            for r in mine["groups"]
        ),
        tuple(Node(r["node"], r["group"], _both(r), int(r["page"])) for r in mine["nodes"]),
        tuple((r["source"], r["target"]) for r in mine["edges"]),
    )
    _check(diagram)
    return diagram


def draw(diagram: Diagram, lang: str, colour: str) -> Figure:
    """Draw a diagram from left to right; `colour` tints the boxes according to their group's tone.

    Raises ExhibitError for a word too long for its box: give it soft hyphens in the file.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    width = _box_width(diagram)
    texts = {node.id: wrapped(node.label[lang], width - 2 * _PAD, _SIZE) for node in diagram.nodes}
    heads = {g.id: wrapped(g.label[lang], width, _SIZE, bold=True) for g in diagram.groups}
    boxes, headings, height = _places(diagram, texts, heads, width)
    with rc_context({"figure.constrained_layout.use": False}):  # the boxes know their places
        figure = Canvas(figsize=(WIDTH, height))
    axes = figure.add_subplot()
    figure.subplots_adjust(0, 0, 1, 1)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    for group in diagram.groups:
        _lines(axes, headings[group.id], heads[group.id], fontweight=600)
        for node in diagram.members(group.id):
            _box(axes, boxes[node.id], texts[node.id], _fill(colour, group.tone))
    for (source, target), (start, end) in _ports(diagram, boxes).items():
        _arrow(axes, start, end, diagram.column(source) == diagram.column(target))
    return figure


def diagram_alt(diagram: Diagram) -> dict[str, str]:
    """Say a diagram in words: its groups with their boxes, then what leads to what."""
    texts = {}
    for lang in LANGUAGES:
        label = {node.id: plain(node.label[lang]) for node in diagram.nodes}
        stages = [
            f"{plain(group.label[lang])}: "
            + "; ".join(label[node.id] for node in diagram.members(group.id))
            for group in diagram.groups
        ]
        targets = defaultdict(list)
        for source, target in diagram.edges:
            targets[source].append(label[target])
        arrows = [f"{label[source]} → {', '.join(ends)}" for source, ends in targets.items()]
        texts[lang] = f"{'. '.join(stages)}. {_ARROWS[lang]}: {'; '.join(arrows)}."
    return texts


Box = tuple[float, float, float, float]  # left, top, width, height
Point = tuple[float, float]


def _places(
    diagram: Diagram,
    texts: Mapping[str, Sequence[str]],
    heads: Mapping[str, Sequence[str]],
    width: float,
) -> tuple[dict[str, Box], dict[str, Point], float]:
    """Place boxes and headings: columns start level, and share the height of the tallest."""
    tall = {key: len(lines) * _LEADING + 2 * _PAD for key, lines in texts.items()}
    high = {key: len(lines) * _LEADING + 0.1 for key, lines in heads.items()}
    columns: dict[int, list[Group]] = defaultdict(list)
    for group in diagram.groups:
        columns[group.column].append(group)
    top = max(high[groups[0].id] for groups in columns.values())
    needs = {
        column: sum(high[g.id] for g in groups[1:])
        + sum(tall[n.id] + _BETWEEN for g in groups for n in diagram.members(g.id))
        for column, groups in columns.items()
    }
    height = top + max(needs.values())
    boxes: dict[str, Box] = {}
    headings: dict[str, Point] = {}
    for column, groups in columns.items():
        left = 0.01 + column * (width + _GAP)
        nodes = sum(len(diagram.members(group.id)) for group in groups)
        spare = (height - top - needs[column]) / nodes / 2
        y = top - high[groups[0].id]
        for group in groups:
            headings[group.id] = (left, y)
            y += high[group.id]
            for node in diagram.members(group.id):
                boxes[node.id] = (left, y + spare, width, tall[node.id])
                y += tall[node.id] + _BETWEEN + 2 * spare
    return boxes, headings, height - _BETWEEN + 0.02


def _ports(
    diagram: Diagram, boxes: Mapping[str, Box]
) -> dict[tuple[str, str], tuple[Point, Point]]:
    """Where each arrow leaves and arrives: spread over the side in the order of the other ends."""
    sides: dict[tuple[str, str], list[tuple[float, tuple[str, str]]]] = defaultdict(list)
    for edge in diagram.edges:
        for me, other in (edge, edge[::-1]):
            step = diagram.column(other) - diagram.column(me)
            side = "right" if step > 0 else "left" if step < 0 else "across"
            sides[me, side].append((_middle(boxes[other]), edge))
    found: dict[tuple[tuple[str, str], str], Point] = {}
    for (me, side), others in sides.items():
        left, top, width, height = boxes[me]
        for rank, (level, edge) in enumerate(sorted(others), start=1):
            if side == "across":
                y = top + height if level > _middle(boxes[me]) else top
                found[edge, me] = (left + width / 2, y)
            else:
                y = top + height * (0.15 + 0.7 * rank / (len(others) + 1))
                found[edge, me] = (left + width if side == "right" else left, y)
    return {edge: (found[edge, edge[0]], found[edge, edge[1]]) for edge in diagram.edges}


def _middle(box: Box) -> float:
    return box[1] + box[3] / 2


def _box(axes: Axes, box: Box, lines: Sequence[str], fill: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    left, top, width, height = box
    style: dict[str, Any] = {"facecolor": fill, "edgecolor": "#8a8f94", "linewidth": 0.7}
    shape = "round,pad=0,rounding_size=0.05"
    axes.add_patch(FancyBboxPatch((left, top), width, height, boxstyle=shape, **style))
    _lines(axes, (left + _PAD, top + _PAD), lines)


def _lines(axes: Axes, start: Point, lines: Sequence[str], **style: Any) -> None:
    for number, line in enumerate(lines):
        y = start[1] + (number + 0.5) * _LEADING
        axes.text(start[0], y, line, fontsize=_SIZE, va="center_baseline", color=_INK, **style)


def _arrow(axes: Axes, start: Point, end: Point, down: bool) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    bend = (end[0] - start[0]) * 0.55
    points = [start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end]
    path = Curve([start, end]) if down else Curve(points, [Curve.MOVETO, *[Curve.CURVE4] * 3])
    style: dict[str, Any] = {
        "arrowstyle": "-|>,head_length=4,head_width=2",
        "linewidth": 0.9,
        "color": _EDGE,
    }
    axes.add_patch(FancyArrowPatch(path=path, mutation_scale=1, shrinkA=0, shrinkB=0, **style))


def _fill(colour: str, tone: Tone) -> str:
    from matplotlib.colors import to_hex, to_rgb

    if tone == "frame":
        return _GREY
    red, green, blue = (1 - _SHADE[tone] * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def _box_width(diagram: Diagram) -> float:
    columns = 1 + max(group.column for group in diagram.groups)
    return (WIDTH - 0.02 - (columns - 1) * _GAP) / columns


def _check(diagram: Diagram) -> None:
    groups = {group.id: [node.id for node in diagram.members(group.id)] for group in diagram.groups}
    for node in diagram.nodes:
        if node.group not in groups:
            hint = nearest(node.group, groups)
            raise ExhibitError(f"diagram `{diagram.name}`: node `{node.id}` is in no group; {hint}")
    for group, members in groups.items():
        if not members:
            raise ExhibitError(f"diagram `{diagram.name}`: group `{group}` has no node; add one")
    known = [node.id for node in diagram.nodes]
    neighbours = {pair for members in groups.values() for pair in pairwise(members)}
    for edge in diagram.edges:
        for end in edge:
            if end not in known:
                raise ExhibitError(
                    f"diagram `{diagram.name}`: an edge names `{end}`; {nearest(end, known)}"
                )
        step = abs(diagram.column(edge[1]) - diagram.column(edge[0]))
        if step > 1 or (step == 0 and not {edge, edge[::-1]} & neighbours):
            raise ExhibitError(
                f"diagram `{diagram.name}`: the edge {edge[0]} - {edge[1]} would pass behind a "
                "box; join neighbours only, or move a node"
            )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _both(row: Mapping[str, str]) -> dict[str, str]:
    return {lang: row[f"label_{lang}"] for lang in LANGUAGES}


def _tone(name: str, tone: str) -> Tone:
    if tone not in get_args(Tone):
        hint = nearest(tone, get_args(Tone))
        raise ExhibitError(f"diagram `{name}`: unknown tone `{tone}`; {hint}")
    return cast(Tone, tone)
