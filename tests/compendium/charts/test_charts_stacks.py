"""Stacked areas: they fill the whole, and their words say what is drawn."""

import pandas as pd
import pytest

from compendium.charts.curves import Group
from compendium.charts.stacks import stack_alt, stack_chart

PANELS = [Group(1, {"da": "Jobklubber", "en": "Job clubs"}, "#0072B2")]
STATES = [
    Group("work", {"da": "Arbejde", "en": "Work"}, "#0072B2"),
    Group("away", {"da": "Ude", "en": "Away"}, "#777777"),
    Group("benefit", {"da": "Ydelse", "en": "Benefit"}, "#F0E442"),
]


@pytest.fixture
def frame():
    rows = [
        (1, 0, "work", 0.2),
        (1, 0, "benefit", 0.8),
        (1, 1, "work", 0.46),
        (1, 1, "benefit", 0.54),
    ]
    return pd.DataFrame(rows, columns=["group", "month", "state", "estimate"])


def test_areas_fill_the_panel(frame):
    axes = stack_chart(frame, "da", PANELS, STATES, x_label={"da": "Måned", "en": "Month"}).axes[0]
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in axes.collections]
    assert tops[0] == pytest.approx(0.46)
    assert tops[-1] == pytest.approx(1)
    assert [text.get_text() for text in axes.texts] == [
        "46\N{NO-BREAK SPACE}pct.",
        "54\N{NO-BREAK SPACE}pct.",
    ]


def test_words_give_both_ends_of_every_state(frame):
    told = stack_alt(frame, PANELS, STATES, {"da": "Forsørgelse", "en": "Support"})
    assert (
        "work from 20\N{NO-BREAK SPACE}% in month 0 to 46\N{NO-BREAK SPACE}% in month 1"
        in told["en"]
    )
    assert "ude fra 0\N{NO-BREAK SPACE}pct." in told["da"]
