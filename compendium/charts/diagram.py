"""Flow charts and theories of change, drawn from tables of groups, nodes and edges.

What leads to what is content, not drawing: an evaluator must be able to correct an arrow without
touching code, and a reader who cannot see the drawing must get the same from its text. So a diagram
is data with labels in both languages, this module places it, and the alt text (`alt.diagram`) is
read off the same rows. The size of the texts fixes the layout, so a diagram is drawn once per
language. Labels are real text; boxes never overlap, and an arrow runs only between neighbours, so
none can pass behind a box.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve

from compendium.chapter.catalogue import SOURCE, translator
from compendium.charts.look import INK, SMALL, SOFT, WIDTH
from compendium.charts.wrapping import wrapped
from compendium.errors import ExhibitError, nearest
from evallib.settings import project

_GAP = 0.5  # between columns: room for arrows
_PAD = 0.09  # between a box's edge and its text
_BETWEEN = 0.24  # between boxes of a column, at least: room for an arrow down
_LEADING = 0.155  # from line to line
_SHADE = {"step": 0.16, "frame": 0.0, "result": 0.07, "effect": 0.34}  # of the colour, on white
_GREY = "#efefef"  # of a frame

Box = tuple[float, float, float, float]  # left, top, width, height
Point = tuple[float, float]


@dataclass(frozen=True)
class Group:
    """A stage of the diagram: its place from the left (0 first), heading and kind of boxes."""

    id: str
    column: int
    label: str
    tone: str


@dataclass(frozen=True)
class Node:
    """A box: the group it stands in, its text, and the page it rests on."""

    id: str
    group: str
    label: str
    page: int


@dataclass(frozen=True)
class Diagram:
    """Groups, nodes and edges, each in the order of its file."""

    name: str
    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]  # source and target

    @property
    def pages(self) -> str:
        """The pages the boxes rest on, such as "16, 17, 22"."""
        return ", ".join(map(str, sorted({node.page for node in self.nodes})))

    def members(self, group: Group) -> list[Node]:
        """The nodes of a group, top to bottom."""
        return [node for node in self.nodes if node.group == group.id]


def read_diagram(name: str, folder: Path | None = None) -> Diagram:
    """Read one diagram from groups.csv, nodes.csv and edges.csv of a folder.

    Raises ExhibitError for an unknown name, a node without its group, a group without nodes, an
    edge without its nodes, and an edge that would have to pass behind a box.

    >>> len(read_diagram("course_route1").edges) > 5
    True
    """
    folder = folder or project() / "data" / "diagrams"
    files = [folder / f"{table}.csv" for table in ("groups", "nodes", "edges")]
    tables = [pd.read_csv(file, dtype=str, keep_default_na=False) for file in files]
    groups, nodes, edges = (t[t["diagram"] == name].to_dict("records") for t in tables)
    if not groups:
        raise ExhibitError(
            f"there is no diagram `{name}`; {nearest(name, set(tables[0]['diagram']))}"
        )
    diagram = Diagram(
        name,
        tuple(Group(r["group"], int(r["column"]), r["label_en"], r["tone"]) for r in groups),
        tuple(Node(r["node"], r["group"], r["label_en"], int(r["page"])) for r in nodes),
        tuple((r["source"], r["target"]) for r in edges),
    )
    fault = next(_faults(diagram), None)
    if fault:
        raise ExhibitError(f"diagram `{name}`: {fault}")
    return diagram


def diagram(content: Diagram, colour: str) -> Callable[[str], Figure]:
    """Return what draws a diagram in a language, for `figure("course", …)`.

    >>> diagram(read_diagram("course_route2"), "#D55E00")("da").axes[0].texts[0].get_text()
    'Før opskrivningen'
    """
    return partial(draw, content, colour)


def draw(diagram: Diagram, colour: str, lang: str = SOURCE) -> Figure:
    """Draw a diagram from left to right; `colour` tints the boxes according to their group's tone.

    Raises ExhibitError for a word too long for its box: give it soft hyphens in the file.
    """
    say = translator(lang)
    columns = 1 + max(group.column for group in diagram.groups)
    width = (WIDTH - 0.02 - (columns - 1) * _GAP) / columns
    lines: dict[Group | Node, list[str]] = {
        node: wrapped(say(node.label), width - 2 * _PAD, SMALL) for node in diagram.nodes
    }
    lines |= {g: wrapped(say(g.label), width, SMALL, bold=True) for g in diagram.groups}
    tops, height = _tops(diagram, lines)
    figure = Figure(figsize=(WIDTH, height), layout="none")  # type: ignore[arg-type]
    axes = figure.add_subplot()
    figure.subplots_adjust(0, 0, 1, 1)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    boxes: dict[str, Box] = {}
    for group in diagram.groups:
        left = 0.01 + group.column * (width + _GAP)
        _write(axes, (left, tops[group]), lines[group], fontweight=600)
        for node in diagram.members(group):
            boxes[node.id] = (left, tops[node], width, _tall(node, lines[node]))
            _box(axes, boxes[node.id], lines[node], _fill(colour, group.tone))
    for start, end in _ports(diagram, boxes):
        _arrow(axes, start, end)
    return figure


def _tall(item: Group | Node, lines: Sequence[str]) -> float:
    """The height of a heading or a box, in inches."""
    return len(lines) * _LEADING + (2 * _PAD if isinstance(item, Node) else 0.1)


def _tops(
    diagram: Diagram, lines: Mapping[Group | Node, Sequence[str]]
) -> tuple[dict[Group | Node, float], float]:
    """Place headings and boxes: columns start level, and share the height of the tallest."""
    columns: dict[int, list[Group | Node]] = defaultdict(list)
    for group in diagram.groups:
        columns[group.column] += [group, *diagram.members(group)]
    tall = {item: _tall(item, lines[item]) for item in lines}
    below = {item: _BETWEEN if isinstance(item, Node) else 0 for item in lines}
    first = max(tall[items[0]] for items in columns.values())
    needs = [first + sum(tall[i] + below[i] for i in items[1:]) for items in columns.values()]
    tops = {}
    for items, need in zip(columns.values(), needs, strict=True):
        nodes = sum(isinstance(item, Node) for item in items)
        spare = (max(needs) - need) / nodes / 2
        y = first - tall[items[0]]
        for item in items:
            around = spare if isinstance(item, Node) else 0
            tops[item] = y + around
            y += tall[item] + below[item] + 2 * around
    return tops, max(needs) - _BETWEEN + 0.02


def _ports(diagram: Diagram, boxes: Mapping[str, Box]) -> list[tuple[Point, Point]]:
    """Where each arrow leaves and arrives: spread over the side in the order of the other ends."""
    middle = {node: top + height / 2 for node, (_, top, _, height) in boxes.items()}
    sides: dict[tuple[str, int], list[Any]] = defaultdict(list)  # -1 left, 1 right
    for edge in diagram.edges:
        for me, other in (edge, edge[::-1]):
            step = boxes[other][0] - boxes[me][0]
            sides[me, (step > 0) - (step < 0)].append((middle[other], edge))
    found: dict[Any, Point] = {}
    for (me, side), others in sides.items():
        left, top, width, height = boxes[me]
        x = left + width / 2 * (1 + side)  # the left edge, the middle or the right edge
        for rank, (level, edge) in enumerate(sorted(others), start=1):
            if side:
                y = top + height * (0.15 + 0.7 * rank / (len(others) + 1))
            else:  # within a column, from box to box
                y = top + height if level > middle[me] else top
            found[edge, me] = (x, y)
    return [(found[edge, edge[0]], found[edge, edge[1]]) for edge in diagram.edges]


def _box(axes: Axes, box: Box, lines: Sequence[str], fill: str) -> None:
    left, top, width, height = box
    shape = "round,pad=0,rounding_size=0.05"
    style: dict[str, Any] = {"facecolor": fill, "edgecolor": "#8a8f94", "linewidth": 0.7}
    axes.add_patch(FancyBboxPatch((left, top), width, height, boxstyle=shape, **style))
    _write(axes, (left + _PAD, top + _PAD), lines)


def _write(axes: Axes, start: Point, lines: Sequence[str], **style: Any) -> None:
    for number, line in enumerate(lines):
        y = start[1] + (number + 0.5) * _LEADING
        axes.text(start[0], y, line, fontsize=SMALL, va="center_baseline", color=INK, **style)


def _arrow(axes: Axes, start: Point, end: Point) -> None:
    """Draw an arrow: straight down or up, curved from column to column."""
    bend = (end[0] - start[0]) * 0.55
    points = [start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end]
    path = Curve(points, [Curve.MOVETO, *[Curve.CURVE4] * 3]) if bend else Curve([start, end])
    axes.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle="-|>,head_length=4,head_width=2", mutation_scale=1, shrinkA=0,
            shrinkB=0, linewidth=0.9, color=SOFT,
        )
    )  # fmt: skip


def _fill(colour: str, tone: str) -> str:
    if tone == "frame":
        return _GREY
    red, green, blue = (1 - _SHADE[tone] * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def _faults(diagram: Diagram) -> Iterator[str]:
    """Say what is wrong with a diagram; what comes after a fault may rest on its being mended."""
    groups = {group.id: group for group in diagram.groups}
    for node in diagram.nodes:
        if node.group not in groups:
            yield f"node `{node.id}` is in no group; {nearest(node.group, groups)}"
    for group in diagram.groups:
        if group.tone not in _SHADE:
            yield f"unknown tone `{group.tone}`; {nearest(group.tone, _SHADE)}"
        if not diagram.members(group):
            yield f"group `{group.id}` has no node; add one"
    column = {node.id: groups[node.group].column for node in diagram.nodes}
    neighbours = [{a.id, b.id} for g in diagram.groups for a, b in pairwise(diagram.members(g))]
    for source, target in diagram.edges:
        for end in (source, target):
            if end not in column:
                yield f"an edge names `{end}`; {nearest(end, column)}"
        step = abs(column[target] - column[source])
        if step > 1 or (step == 0 and {source, target} not in neighbours):
            yield (
                f"the edge {source} - {target} would pass behind a box; join neighbours only, or "
                "move a node"
            )
