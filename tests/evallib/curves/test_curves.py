"""What all estimators of a panel share: any column names and level, errors that name the place.

And how often their intervals hold the truth, from the committed simulation.
"""

import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from panels import simulated
from scipy.special import stdtrit
from simulations import score_curves as simulation

from evallib.curves import bands, entry, moves, spells
from evallib.curves import shares as curves
from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference import estimate as inference

SIMULATIONS = Path(__file__).parents[2] / "simulations"

NAMES = {
    "person_id": "who",
    "route": "arm",
    "project": "unit",
    "employed": "works",
    "calendar": "when",
    "hours": "time",
}
GIVEN = {"person": "who", "by": "arm", "cluster": "unit"}


@pytest.fixture(scope="module")
def panel():
    frame = simulated(21, 160, 10)
    start = frame["person_id"].str[1:].astype(int) % 4
    months = pd.PeriodIndex.from_ordinals(552 + start + frame["month"], freq="M")  # 2016-01 is 552
    hours = frame["employed"] * (20.0 + 7 * start)
    two = frame["person_id"].str[1:].astype(int) % 3 == 0
    return frame.assign(
        route=np.where(two, 2, 1), calendar=months.to_timestamp(), hours=hours, away=start == 3
    )


def only(mapping, key):
    return lambda *arguments, **options: mapping(*arguments, **options)[key]


def without(function, *names):
    """The function, deaf to options it does not have."""
    return lambda panel, *arguments, **options: function(
        panel, *arguments, **{k: v for k, v in options.items() if k not in names}
    )


CURVES = {
    "share": (without(curves.share, "person"), "employed"),
    "mean": (without(curves.mean, "person"), "hours"),
    "ever": (curves.ever, "employed"),
    "shift": (curves.shift, "employed"),
    "paired shift": (lambda *a, **o: curves.shift(*a, baseline="risk_set", **o), "employed"),
    "thresholds": (
        lambda panel, hours, **o: without(spells.thresholds, "person")(panel, [30], hours, **o)[30],
        "hours",
    ),
    "occupancy": (only(moves.occupancy, "True"), "employed"),
    "incidence": (moves.incidence, "employed"),
    "simultaneous": (bands.simultaneous, "employed"),
    "occupancy band": (
        lambda *a, **o: bands.simultaneous(*a, kind="occupancy", **o),
        "employed",
    ),
    "change band": (lambda *a, **o: bands.simultaneous(*a, kind="change", **o), "employed"),
    "standardised": (entry.standardised, "employed"),
    "drift": (
        lambda panel, outcome, **o: without(entry.drift, "person")(panel, (0, 2), outcome, **o),
        "employed",
    ),
}
WITH_CALENDAR = {"standardised", "drift"}


@pytest.fixture(params=CURVES)
def estimator(request):
    make, outcome = CURVES[request.param]

    def run(panel, *, renamed=False, **options):
        if renamed:
            options |= GIVEN | ({"calendar": "when"} if request.param in WITH_CALENDAR else {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EstimationWarning)
            return make(panel, NAMES[outcome] if renamed else outcome, **options)

    return run


def test_any_column_names(panel, estimator):
    renamed = panel.rename(columns=NAMES)
    pd.testing.assert_frame_equal(
        estimator(renamed, renamed=True, level=0.8).frame, estimator(panel, level=0.8).frame
    )


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
    assert [c for c in frame.columns if c != "k"] == [
        "group", "month", "n", "clusters", "estimate", "se", "df", "low", "high",
    ]  # fmt: skip


def test_everyone_together(panel, estimator):
    together = estimator(panel, by=None).frame
    alone = estimator(panel.assign(route=5)).frame
    assert set(together["group"]) == {"all"}
    pd.testing.assert_frame_equal(together.drop(columns="group"), alone.drop(columns="group"))


def test_one_cluster_names_the_group(panel, estimator):
    lone = panel.assign(project=panel["project"].where(panel["route"] == 1, "U0"))
    with pytest.raises(EstimationError, match=r"group 2.* 1 cluster"):
        estimator(lone)


def test_a_missing_column_is_named(panel, estimator):
    with pytest.raises(DataError, match=r"no column 'month'"):
        estimator(panel.drop(columns="month"))


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


def test_the_outermost_function_is_named(panel):
    assert curves.share(panel).function == "evallib.curves.shares.share"
    limits = spells.thresholds(panel, [30])  # made by share
    assert limits[30].function == "evallib.curves.spells.thresholds"
    first = moves.incidence(panel)  # made by occupancy
    assert first.function == "evallib.curves.moves.incidence"
    assert curves.ever_share(panel)[1].function == "evallib.curves.shares.ever_share"


def test_time_may_be_counted_in_something_else(panel):
    weeks = panel.rename(columns={"month": "week"})
    curve = curves.share(weeks, time="week")
    assert curve.time == "week"
    pd.testing.assert_frame_equal(
        curve.frame.rename(columns={"week": "month"}), curves.share(panel).frame
    )
    assert curve.at(1, 2) == curves.share(panel).at(1, 2)
    with pytest.raises(EstimationError, match="weeks 0-5 for group 1, not week 9"):
        curve.at(1, 9)


def test_methods_and_names_of_curves(panel):
    made = {name: make(panel, outcome) for name, (make, outcome) in CURVES.items()}
    assert made["share"].what == "the share employed"
    assert made["mean"].what == "mean hours"
    assert curves.mean(panel, among="employed").what == "mean hours among employed"
    assert made["ever"].what == "the share ever employed"
    assert made["shift"].what == "the shift in employed"
    assert made["occupancy"].what == "occupancy of True"
    assert made["incidence"].what == "first employed"
    assert made["drift"].what == "entry drift of employed"
    assert made["standardised"].what == "entry-standardised share employed"
    assert made["simultaneous"].what == "share of employed"
    assert made["share"].method == "cluster-robust CR1 (G/(G-1)), t(G-1)"
    assert made["occupancy"].method == "cluster jackknife ((G-1)/G), t(G-1)"
    assert "sup-t, studentised cluster bootstrap (999 draws)" in made["simultaneous"].method
    assert made["drift"].method.startswith("CR2, t(")


def test_single_estimates_take_names_and_levels(panel):
    renamed = panel.rename(columns=NAMES)
    for make in (curves.ever_share, lambda p, o, **k: moves.expected_months(p, "True", o, **k)):
        plain, other = (
            make(panel, "employed", level=0.8),
            make(renamed, "works", level=0.8, **GIVEN),
        )
        assert plain == other
        assert list(plain) == [1, 2]
        assert plain[1].level == 0.8
        assert plain[1].high < make(panel, "employed")[1].high
        lone = panel.assign(project=panel["project"].where(panel["route"] == 1, "U0"))
        with pytest.raises(EstimationError, match=r"2.* 1 cluster"):
            make(lone, "employed")


def test_expected_months_until(panel):
    area = moves.expected_months(panel, "True", "employed", until=2)[1]
    curve = moves.occupancy(panel, "employed")["True"]
    assert area.value == pytest.approx(sum(curve.at(1, month).value for month in range(3)))
    assert area.n == panel.loc[panel["route"] == 1, "person_id"].nunique()
    assert area.high - area.value == pytest.approx(stdtrit(area.df, 0.975) * area.se)


def test_drift_between_two_entry_months_is_the_contrast(panel):
    two = panel[(panel["calendar"].dt.month - panel["month"]).isin([1, 2])]
    cell = two[(two["month"] == 1) & (two["route"] == 1)]
    late = cell.assign(late=cell["calendar"].dt.month == 3)
    expected = inference.contrast(late, "employed", "late", True, False, "project")
    made = entry.drift(two, months=(1,)).at(1, 1)
    for field in ("value", "se", "df", "low", "high", "n", "clusters"):
        assert getattr(made, field) == pytest.approx(getattr(expected, field)), field


def test_spells_take_any_names(panel):
    renamed = panel.rename(columns=NAMES)
    made = spells.sustained(panel)
    other = spells.sustained(renamed, "works", person="who")
    assert made["sustained"].tolist() == other["sustained"].tolist()
    assert made.index.tolist() == list(range(len(made)))
    one = spells.sustained(panel, months=1)
    ordered = panel.sort_values(["person_id", "month"])
    assert one["sustained"].tolist() == ordered["employed"].tolist()
    assert list(made.columns) == [*panel.columns, "sustained"]
    benefits = renamed.assign(paid="sickness")
    state = spells.states(benefits, outcome="works", benefit="paid")
    assert state.eq("work").equals(renamed["works"])
    assert state.name == "state"


def test_fixed_cohort_takes_any_name_and_keeps_order(panel):
    made = entry.fixed_cohort(panel.rename(columns=NAMES), 5, person="who")
    assert made.index.tolist() == list(range(len(made)))
    assert made["who"].tolist() == entry.fixed_cohort(panel, 5)["person_id"].tolist()
    assert made.groupby("who").size().eq(6).all()


def test_exits_end_the_wait(panel):
    # Whoever is away is so from the start: they never wait.
    made = moves.incidence(panel, exits="away").frame
    plain = moves.incidence(panel[~panel["away"]]).frame
    pd.testing.assert_frame_equal(made, plain)


# --- how often intervals hold the truth


@pytest.fixture(scope="module")
def scored():
    return pd.read_csv(SIMULATIONS / "coverage.csv").set_index(
        ["method", "clusters", "month", "unit_sd"]
    )["coverage"]


@pytest.mark.parametrize("method", ["pointwise", "pointwise, occupancy"])
@pytest.mark.parametrize("unit_sd", simulation.UNIT_SD)
def test_pointwise_coverage_at_17_units(scored, method, unit_sd):
    months = [scored[method, 17, month, unit_sd] for month in range(simulation.MONTHS)]
    assert min(months) >= 0.92
    assert max(months) <= 0.98


@pytest.mark.parametrize("method", ["simultaneous", "simultaneous, occupancy"])
@pytest.mark.parametrize("unit_sd", simulation.UNIT_SD)
def test_simultaneous_bands_hold_the_whole_curve(scored, method, unit_sd):
    assert scored[method, 17, -1, unit_sd] >= 0.93
    assert scored[method, 10, -1, unit_sd] >= 0.93


def test_what_is_not_taken_is_worse(scored):
    for unit_sd in simulation.UNIT_SD:
        assert scored["simultaneous, fixed error", 17, -1, unit_sd] < 0.92
    wide = simulation.UNIT_SD[1]
    assert scored["pointwise, people as units", 17, -1, wide] < scored["pointwise", 17, -1, wide]


def test_entry_standardised_repairs_drift():
    bias = pd.read_csv(SIMULATIONS / "bias.csv").set_index(["estimator", "drift"])["bias"]
    drift = simulation.DRIFT
    assert abs(bias["entry-standardised", drift]) < 0.02
    assert bias["share of those observed", drift] < bias["Aalen-Johansen", drift] < -0.05
    for estimator in ("share of those observed", "Aalen-Johansen", "entry-standardised"):
        assert abs(bias[estimator, 0.0]) < 0.01
    assert bias["first job (Kaplan-Meier)", 0.0] > 0.15


def test_a_small_part_run_again():
    scored = simulation.coverage(25, simulation.UNIT_SD[0], seed=4)
    by = scored.set_index(["method", "clusters", "month"])["coverage"]
    pointwise = [by["pointwise", 17, month] for month in range(simulation.MONTHS)]
    assert sum(pointwise) / len(pointwise) > 0.88
    assert by["simultaneous", 17, -1] >= 0.8
    assert by["simultaneous", 17, -1] >= by["pointwise", 17, -1]
    off = simulation.bias(4, simulation.DRIFT).set_index("estimator")["bias"]
    assert abs(off["entry-standardised"]) < abs(off["share of those observed"]) / 2
