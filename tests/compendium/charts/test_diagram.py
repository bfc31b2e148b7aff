"""Diagrams from data: what is drawn is what the tables say, and nothing covers anything."""

import re
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from compendium.chapter.catalogue import translator
from compendium.chapter.drawing import drawn
from compendium.charts.diagram import Diagram, diagram, draw, read_diagram
from compendium.errors import ExhibitError
from evallib.settings import DATA

FOLDER = DATA / "diagrams"
NAMES = ("course_route1", "course_route2", "course_route3", "theory_route1")
GROUPS = "diagram,group,column,tone,label_da,label_en\n"
NODES = "diagram,group,node,page,label_da,label_en\n"
EDGES = "diagram,source,target\n"


def written(folder: Path, groups: str, nodes: str, edges: str) -> Path:
    for name, text in (
        ("groups", GROUPS + groups),
        ("nodes", NODES + nodes),
        ("edges", EDGES + edges),
    ):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def three_columns(folder: Path, edges: str, tone: str = "step") -> Diagram:
    groups = "".join(f"d,g{n},{n},{tone},Fase {n},Stage {n}\n" for n in range(3))
    nodes = "".join(f"d,g{n // 2},n{n},7,Kasse {n},Box {n}\n" for n in range(6))
    return read_diagram("d", written(folder, groups, nodes, edges))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_reports_diagrams_draw_every_box_and_arrow(name: str, lang: str) -> None:
    content = read_diagram(name)
    figure = draw(content, "#0072B2", lang)
    axes = figure.axes[0]
    boxes = [p for p in axes.patches if isinstance(p, FancyBboxPatch)]
    assert len(boxes) == len(content.nodes)
    assert sum(isinstance(p, FancyArrowPatch) for p in axes.patches) == len(content.edges)
    for one, other in combinations([box.get_bbox() for box in boxes], 2):
        assert one.x1 < other.x0 or other.x1 < one.x0 or one.y1 < other.y0 or other.y1 < one.y0
    width, height = figure.get_size_inches()
    for box in boxes:
        assert (box.get_bbox().min >= 0).all()
        assert (box.get_bbox().max <= (width, height)).all()


@pytest.mark.parametrize("lang", ["da", "en"])
def test_text_stays_inside_its_box(lang: str) -> None:
    figure = draw(read_diagram("theory_route1"), "#0072B2", lang)
    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.axes[0]
    boxes = [p.get_window_extent(renderer) for p in axes.patches if isinstance(p, FancyBboxPatch)]
    for text in axes.texts:
        if text.get_fontweight() == 600:  # headings stand above the boxes
            continue
        extent = text.get_window_extent(renderer)
        assert any(box.contains(*extent.min) and box.contains(*extent.max) for box in boxes), text


def test_labels_are_text_in_the_svg_and_its_bytes_repeat() -> None:
    drawing = diagram(read_diagram("course_route2"), "#D55E00")
    first, second = (
        drawn(drawing, "course", "da", translator("da"), mark="assumed") for _ in range(2)
    )
    assert first == second
    assert re.search(r"<text[^>]*>Vikarjob</text>", first.svg)


def test_every_label_has_its_own_danish() -> None:
    say = translator("da")
    for table in ("groups", "nodes"):
        rows = pd.read_csv(FOLDER / f"{table}.csv", dtype=str)
        assert [say(label) for label in rows["label_en"]] == rows["label_da"].tolist()


def test_pages_are_those_of_the_boxes() -> None:
    assert read_diagram("course_route2").pages == "10"


def test_an_unknown_diagram_is_named_with_the_nearest() -> None:
    with pytest.raises(ExhibitError, match="did you mean `course_route1`"):
        read_diagram("course_rute1")


def test_neighbours_may_be_joined(tmp_path: Path) -> None:
    joined = three_columns(tmp_path, "d,n0,n1\nd,n1,n2\nd,n4,n3\n")
    assert joined.edges == (("n0", "n1"), ("n1", "n2"), ("n4", "n3"))
    draw(joined, "#0072B2")


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ("d,n0,n4\n", "pass behind a box"),
        ("d,n0,n9\n", "an edge names `n9`"),
    ],
)
def test_a_wrong_edge_is_refused(tmp_path: Path, edges: str, message: str) -> None:
    with pytest.raises(ExhibitError, match=message):
        three_columns(tmp_path, edges)


def test_a_wrong_tone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExhibitError, match="unknown tone `stepp`; did you mean `step`"):
        three_columns(tmp_path, "", tone="stepp")


def test_groups_and_nodes_must_fit_together(tmp_path: Path) -> None:
    groups = "d,a,0,step,A,A\nd,b,1,step,B,B\n"
    with pytest.raises(ExhibitError, match="group `b` has no node"):
        read_diagram("d", written(tmp_path, groups, "d,a,n,1,N,N\n", ""))
    with pytest.raises(ExhibitError, match="node `n` is in no group"):
        read_diagram("d", written(tmp_path, groups, "d,c,n,1,N,N\n", ""))


def test_every_diagram_of_the_files_is_checked_here() -> None:
    rows = (FOLDER / "groups.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {row.partition(",")[0] for row in rows} == set(NAMES)
