"""Every specification stands in its place, with its options under it and our own set apart."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from compendium.charts.look import BAND
from compendium.charts.specifications import specifications, specifications_alt

FRAME = pd.DataFrame({
    "approach": "Visits", "position": [1, 2, 3], "value": [0.1, 0.2, 0.4],
    "low": [0.0, None, 0.3], "high": [0.2, None, 0.5], "ours": [False, True, False],
    "outcome": ["share", "hours", "hours"], "model": ["singly", "singly", "together"],
})  # fmt: skip
OPTIONS = pd.DataFrame(
    [
        ("outcome", "hours", "Outcome", "Hours"),
        ("outcome", "share", "Outcome", "Share"),
        ("model", "singly", "Model", "One at a time"),
        ("model", "together", "Model", "All at once"),
    ],
    columns=["dimension", "option", "heading", "label"],
)


@pytest.fixture
def axes():
    fig, axes = plt.subplots(2, 2, sharex="col", sharey="row")
    for above, below in axes.T:
        specifications(above, below, FRAME, OPTIONS, colour="#0072B2")
    yield axes
    plt.close(fig)


def test_the_curve_has_every_value_and_ours_apart(axes):
    lines = {line.get_label(): line.get_xydata().tolist() for line in axes[0, 1].lines}
    assert lines["Another reading, with its interval"] == [[1, 0.1], [2, 0.2], [3, 0.4]]
    assert lines["This edition’s own reading"] == [[2, 0.2]]
    ours = [line for line in axes[0, 1].lines if line.get_marker() == "D"]
    assert [line.get_color() for line in ours] == ["#0072B2"]
    zero = axes[0, 0].lines[0]
    assert set(zero.get_ydata()) == {0}


def test_marks_stand_in_the_row_of_their_option(axes):
    names = [label.get_text() for label in axes[1, 0].get_yticklabels()]
    assert names == ["Outcome", "Hours", "Share", "Model", "One at a time", "All at once"]
    marked = {
        (int(y), x)
        for line in axes[1, 1].lines
        if line.get_marker() == "|"
        for x, y in line.get_xydata()
    }
    assert marked == {(1, 2), (1, 3), (2, 1), (4, 1), (4, 2), (5, 3)}
    own = {tuple(p) for q in axes[1, 1].lines if q.get_marker() == "D" for p in q.get_xydata()}
    assert own == {(2, 1), (2, 4)}
    bold = [label.get_fontweight() for label in axes[1, 0].get_yticklabels()]
    assert bold == [600, 400, 400, 600, 400, 400]
    assert axes[1, 0].get_ylim()[0] > axes[1, 0].get_ylim()[1], "the first option on top"
    rows = [q for q in axes[1, 0].lines if q.get_color() == BAND]
    assert sorted({int(q.get_ydata()[0]) for q in rows}) == [1, 2, 4, 5]


def test_the_words_say_the_ends_and_where_ours_lies():
    told = specifications_alt(FRAME, "Differences", by="approach")
    assert told == (
        "Differences. Visits: 3 readings from 0.1 to 0.4, this edition’s own 0.2, number 2 from "
        "below."
    )
    assert list(told.data.columns) == list(FRAME.columns)
