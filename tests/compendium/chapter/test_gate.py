"""Under the rules of release a chapter shows what may be seen, and else is stopped."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from compendium import compare, figure, number, record, table, text, value
from compendium.chapter import gate
from compendium.charts import alt, band
from compendium.errors import ExhibitError
from evallib import proportion
from evallib.inference.estimate import t_estimate

CURVE = pd.DataFrame(
    {"month": [0, 1, 2], "estimate": [41 / 104, 44 / 104, 52 / 100], "n": [104, 104, 100],
     "k": [41, 44, 52], "low": [0.2, 0.3, 0.4], "high": [0.5, 0.6, 0.7], "clusters": 17,
     "level": 0.95}
)  # fmt: skip


@pytest.fixture
def release(with_settings):
    with_settings(release=True)
    gate.rules.cache_clear()
    yield
    plt.close("all")
    gate.rules.cache_clear()
    for store in (gate._PASSED, gate._PLACES, gate._POINTS):
        store.clear()


@pytest.fixture
def shown(release):
    return record("share.month{month}", CURVE, "share").assign(route="Job clubs")


def draw(frame, column="estimate"):
    fig, ax = plt.subplots()
    sns.lineplot(frame, x="month", y=column, ax=ax)
    return fig, ax


def shown_as(frame, drawing, **more):
    told = alt.curves(frame, "Share in work", "share")
    figure("f", drawing, **{"caption": "A curve", "alt": told} | more)


def test_a_value_and_what_is_said_of_it_are_rounded(release, sent):
    people = value("referred.total", 3630, "count")
    assert (people.value, people.rule, repr(people)) == (3627, "rounded", "3,627")
    assert sent[0].payload["value"] == 3627
    assert "3,627" in text("{n} people", n=people)


def test_a_share_keeps_no_count_behind_it(release, sent):
    rate = value("response.route1", proportion(1651, 2231))
    assert (rate.value, rate.n, rate.k) == (1653 / 2229, 2229, None)
    assert "k" not in sent[0].payload


def test_what_is_recorded_comes_back_as_it_may_be_seen(shown):
    assert shown["estimate"].tolist() == [39 / 105, 45 / 105, 51 / 99]
    assert shown["n"].tolist() == [105, 105, 99]
    assert shown["k"].tolist() == [39, 45, 51]
    assert "se" not in shown


def test_an_ordinary_run_is_left_alone():
    frame = record("share.month{month}", CURVE, "share")
    assert frame["estimate"].tolist() == CURVE["estimate"].tolist()
    assert frame["k"].tolist() == [41, 44, 52]


def test_a_curve_drawn_from_what_was_recorded_is_shown(shown, sent):
    fig, ax = draw(shown)
    band(ax, shown)
    shown_as(shown, fig)
    assert sent[-1].payload["kind"] == "figure"


def test_a_curve_drawn_from_the_exact_frame_is_refused(shown):
    exact = CURVE.assign(route="Job clubs")
    with pytest.raises(ExhibitError, match="coordinate of its lines has not passed"):
        shown_as(shown, draw(exact)[0])
    with pytest.raises(ExhibitError, match="has not passed the gate"):
        shown_as(exact, draw(shown)[0])  # ... and so is one that is told of


def test_a_number_at_another_place_is_refused(shown):
    moved = shown.assign(month=[0.5, 1.5, 2.5])
    with pytest.raises(ExhibitError, match="coordinate of its lines"):
        shown_as(shown, draw(moved)[0])


@pytest.mark.parametrize(
    "estimating",
    [
        lambda ax: ax.hist([3, 4, 4, 9]),
        lambda ax: ax.boxplot([3, 4, 4, 9]),
        lambda ax: sns.kdeplot(x=[3.0, 4, 4, 9], ax=ax),
        lambda ax: sns.regplot(x=[1.0, 2, 3, 4], y=[3.0, 4, 4, 9], ax=ax),
        lambda ax: ax.hexbin([3, 4, 4, 9], [3, 4, 4, 9], gridsize=3),
        lambda ax: ax.pie([3, 17, 5]),
        lambda ax: ax.imshow(np.array([[3, 17], [5, 4]])),
        lambda ax: ax.contourf(np.array([[3.0, 17.0], [5.0, 4.0]])),
        lambda ax: ax.scatter([1, 2], [17, 23]),
        lambda ax: ax.bar(["a", "b"], [17, 23]),
        lambda ax: ax.step([1, 2], [17, 23]),
        lambda ax: ax.errorbar([0], [39 / 105], yerr=[0.123]),
        lambda ax: ax.pcolormesh(np.array([[3.0, 17.0], [5.0, 4.0]])),
        lambda ax: ax.quiver([0, 1], [17, 23], [1, 1], [1, 1]),
        lambda ax: ax.annotate(text("{n}", n=23), (0, 0)),
        lambda ax: ax.bar(["Aarhus"], [4]),
        lambda ax: ax.hlines(1, 0, 4),
        lambda ax: ax.axhline(0.4),
        lambda ax: ax.plot([0, 1], [0.4, 0.4], transform=ax.transAxes),
        lambda ax: ax.table([["4"]]),
        lambda ax: ax.figure.add_artist(plt.Line2D([0, 1], [0.4, 0.4])),
    ],
)
def test_what_counts_while_it_draws_is_refused(shown, estimating):
    fig, ax = plt.subplots()
    estimating(ax)
    with pytest.raises(ExhibitError):
        shown_as(shown, fig)


def test_what_counts_units_is_drawn_as_it_is(release, sent):
    fig, ax = plt.subplots()
    ax.scatter([1, 2], [17, 23])
    figure("f", fig, caption="Units", alt="Units by what they did.", of="units")
    assert sent[-1].payload["of"] == "units"


def test_cells_are_rounded_or_left_out(release, sent):
    frame = pd.DataFrame({"route": ["Job clubs"], "n": [104], "share": [0.4], "units": [17]})
    table("t", frame, caption="What it is")
    row = sent[-1].payload["rows"][0]
    assert row[1]["value"] == 105
    assert row[2]["hidden"] == "support"
    assert row[3] == 17
    assert ".." in sent[-1].more["text/html"]
    assert "0.4" not in sent[-1].more["text/html"]


def test_a_text_names_what_its_numbers_count(release, sent):
    frame = pd.DataFrame({"route": ["Job clubs"], "units": [17]})
    table("t", frame, caption="All {n}", values={"n": number(3, "count", of="public")})
    with pytest.raises(ExhibitError, match="has not passed the gate"):
        table("t", frame, caption="All {n}", values={"n": 3})


def test_an_unlabelled_number_in_a_cells_text_is_refused(release):
    frame = pd.DataFrame({"route": [text("Job clubs ({n})", n=3)], "units": [17]})
    with pytest.raises(ExhibitError, match="has not passed the gate"):
        table("t", frame, caption="What it is")


@pytest.mark.parametrize("told", ["Planted 4", "bar of 4 persons"])
def test_a_digit_in_a_plain_text_is_refused(release, told):
    frame = pd.DataFrame({"route": ["Job clubs"], "units": [17]})
    with pytest.raises(ExhibitError, match="holds a digit that nobody recorded"):
        table("t", frame, caption=told)
    with pytest.raises(ExhibitError, match="holds a digit that nobody recorded"):
        table("t", frame.assign(route=told), caption="What it is", units={"route": "name"})


def test_a_bare_count_is_rounded_though_its_number_has_passed(release, sent):
    value("units.total", 4, "count")
    frame = pd.DataFrame({"route": ["Job clubs"], "n": [4]})
    table("t", frame, caption="What it is")
    assert sent[-1].payload["rows"][0][1]["value"] == 3


def test_a_verdict_is_of_the_exact_number_and_its_size_of_the_released(release, sent):
    gap = t_estimate(0.05124, 0.01, 20, n=1000, clusters=17, level=0.95, method="")
    verdict = pytest.importorskip("evallib.inference.decisions").decide(gap, 0.02)
    compare("share.1v2", {"share.1v2.month9": verdict}, "The share",
            {"share.1v2.month9": (text("here"), text("there"))}, "points")  # fmt: skip
    told = next(out.payload for out in sent if out.payload["id"] == "share.1v2.month9")
    assert told["decision"] == verdict.decision == "higher"
    assert told["value"] != gap.value
