"""What all estimators of curves share: levels, labels, methods, errors that name the place."""

import warnings
from importlib import import_module

import pandas as pd
import pytest
from panels import CURVES, OURS, followed

from evallib import curves
from evallib.curves import entry, moves, spells
from evallib.errors import EstimationError, EstimationWarning
from evallib.inference.means import contrast


@pytest.fixture(scope="module")
def panel():
    return followed()


@pytest.fixture(params=CURVES)
def estimator(request):
    def run(panel, **options):
        names = OURS | {"route": options.pop("by")} if "by" in options else OURS
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EstimationWarning)
            return CURVES[request.param][1](panel, names, **options)

    return run


def test_level_widens_and_is_kept(panel, estimator):
    narrow, usual, named = (
        estimator(panel, level=0.8),
        estimator(panel),
        estimator(panel, level=0.95),
    )
    pd.testing.assert_frame_equal(usual.frame, named.frame)
    assert (narrow.level, usual.level) == (0.8, 0.95)
    later = usual.frame["se"] > 1e-12
    assert later.sum() >= 2
    widths = [(c.frame["high"] - c.frame["low"])[later] for c in (narrow, usual)]
    assert (widths[0] < widths[1]).all()
    with pytest.raises(EstimationError, match=r"level is 95"):
        estimator(panel, level=95)


def test_the_index_is_plain_and_groups_are_sorted(panel, estimator):
    frame = estimator(panel).frame
    assert frame.index.tolist() == list(range(len(frame)))
    assert frame["group"].is_monotonic_increasing
    assert set(frame["group"]) == {1, 2}
    assert [c for c in frame.columns if c not in ("k", "largest")] == [
        "group", "month", "n", "clusters", "estimate", "se", "df", "low", "high",
    ]  # fmt: skip


def test_everyone_together(panel, estimator):
    together = estimator(panel, by=None).frame
    alone = estimator(panel.assign(route=5)).frame
    assert set(together["group"]) == {"all"}
    pd.testing.assert_frame_equal(together.drop(columns="group"), alone.drop(columns="group"))


def test_one_cluster_names_the_group(panel, estimator):
    lone = panel.assign(project=panel["project"].where(panel["route"] == 1, "U0"))
    with pytest.raises(EstimationError, match=r"group 2.* 1 cluster|1 cluster: group 2|2 has 1 cl"):
        estimator(lone)


def test_at_gives_back_the_row(panel, estimator):
    curve = estimator(panel)
    row = curve.frame.iloc[-1]
    made = curve.at(row["group"], row["month"])
    got = (made.value, made.low, made.high, made.se, made.df, made.n, made.clusters, made.level)
    names = ["estimate", "low", "high", "se", "df", "n", "clusters"]
    assert got == (*(row[name] for name in names), 0.95)
    assert made.method == curve.method
    assert curve.what


def test_curves_know_their_columns_and_their_function(panel, estimator):
    curve = estimator(panel)
    assert (curve.by, curve.time) == ("route", "month")
    assert estimator(panel, by=None).by == ""
    room, _, name = curve.function.rpartition(".")
    assert callable(getattr(import_module(room), name))
    assert curve.at(1, curve.frame["month"].max()).function == curve.function


@pytest.mark.filterwarnings("ignore:.*they are taken to stay")
def test_the_outermost_function_is_named(panel):
    assert curves.share(panel).function == "evallib.curves.shares.share"
    limits = spells.thresholds(panel, [30])  # made by share
    assert limits[30].function == "evallib.curves.spells.thresholds"
    first = moves.incidence(panel)  # made by occupancy
    assert first.function == "evallib.curves.moves.incidence"
    assert curves.ever_share(panel)[1].function == "evallib.curves.shares.ever_share"


@pytest.mark.filterwarnings("ignore:.*they are taken to stay")
def test_methods_and_names_of_curves(panel):
    made = {name: make(panel, OURS) for name, (_, make) in CURVES.items()}
    assert made["share"].what == "the share employed"
    assert made["mean"].what == "mean hours"
    assert made["mean among"].what == "mean hours among employed"
    assert made["ever"].what == "the share ever employed"
    assert made["shift"].what == "the shift in employed"
    assert made["occupancy"].what == "occupancy of True"
    assert made["incidence"].what == "first employed"
    assert made["drift"].what == "entry drift of employed"
    assert made["standardised"].what == "entry-standardised share employed"
    assert made["share band"].what == "share of employed"
    assert made["share"].method == "mean, CR2, t with Satterthwaite df"
    assert made["occupancy"].method == "cluster jackknife, t with Satterthwaite df"
    assert "sup-t, studentised cluster bootstrap (99 draws)" in made["share band"].method
    assert made["drift"].method == "least squares, CR2, t with Satterthwaite df"
    shifts = ("shift", "paired shift", "change band")
    assert all((made[name].bounds, made[name].difference) == ((-1, 1), True) for name in shifts)
    free = ("mean", "mean among", "drift")
    assert all((made[name].bounds, made[name].difference) == (None, False) for name in free)
    rest = set(made) - set(shifts) - set(free)
    assert all((made[name].bounds, made[name].difference) == ((0, 1), False) for name in rest)
    for name in rest:
        frame = made[name].frame
        assert frame["low"].min() >= 0
        assert frame["high"].max() <= 1


def test_single_estimates_take_levels(panel):
    for make in (curves.ever_share, lambda p, o, **k: moves.expected_months(p, "True", o, **k)):
        plain = make(panel, "employed", level=0.8)
        assert list(plain) == [1, 2]
        assert plain[1].level == 0.8
        assert plain[1].high < make(panel, "employed")[1].high
        lone = panel.assign(project=panel["project"].where(panel["route"] == 1, "U0"))
        with pytest.raises(EstimationError, match=r"2.* 1 cluster"):
            make(lone, "employed")
        assert list(make(panel, "employed", by=None)) == ["all"]


def test_expected_months_until(panel):
    area = moves.expected_months(panel, "True", "employed", until=2)[1]
    curve = moves.occupancy(panel, "employed")["True"]
    assert area.value == pytest.approx(sum(curve.at(1, month).value for month in range(3)))
    assert area.n == panel.loc[panel["route"] == 1, "person_id"].nunique()
    assert area.bounds == (0, 3)
    assert area.df == curve.at(1, 2).df
    assert 0 <= area.low < area.value < area.high <= 3
    with pytest.raises(EstimationError, match="followed to month 5, not to -1"):
        moves.expected_months(panel, "True", "employed", until=-1)


def test_drift_between_two_entry_months_is_the_contrast(panel):
    two = panel[(panel["calendar"].dt.month - panel["month"]).isin([1, 2])]
    cell = two[(two["month"] == 1) & (two["route"] == 1)]
    late = cell.assign(late=cell["calendar"].dt.month == 3)
    expected = contrast(late, "employed", "late", True, False, "project")
    made = entry.drift(two, times=(1,)).at(1, 1)
    for field in ("value", "se", "df", "low", "high", "n", "clusters"):
        assert getattr(made, field) == pytest.approx(getattr(expected, field)), field


def test_sustained_keeps_the_panel_in_order(panel):
    made = spells.sustained(panel.sample(frac=1, random_state=1))
    assert made.index.tolist() == list(range(len(made)))
    assert list(made.columns) == [*panel.columns, "sustained"]
    one = spells.sustained(panel, length=1)
    ordered = panel.sort_values(["person_id", "month"])
    assert one["sustained"].tolist() == ordered["employed"].tolist()


def test_states_put_work_first(panel):
    state = spells.states(panel.assign(benefit="sickness"))
    assert state.eq("work").equals(panel["employed"])
    assert state.name == "state"


def test_fixed_cohort_keeps_order(panel):
    made = entry.fixed_cohort(panel, 5)
    assert made.index.tolist() == list(range(len(made)))
    assert made.groupby("person_id").size().eq(6).all()


@pytest.mark.filterwarnings("ignore:.*they are taken to stay")
def test_exits_end_the_wait(panel):
    # Whoever is away is so from the start: they never wait.
    made = moves.incidence(panel, exits="away").frame
    plain = moves.incidence(panel[~panel["away"]]).frame
    pd.testing.assert_frame_equal(made, plain)
