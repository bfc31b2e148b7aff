"""What all estimators of a panel share: any column names, any level, errors that name the place."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit
from test_curves import simulated

from evallib.curves import bands, entry, occupancy, outcomes
from evallib.curves import shares as curves
from evallib.curves.replicates import jackknife_se
from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference import estimate as inference

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
        lambda panel, hours, **o: without(outcomes.thresholds, "person")(panel, [30], hours, **o)[
            30
        ],
        "hours",
    ),
    "composition": (only(without(outcomes.composition, "person"), "True"), "employed"),
    "occupancy": (only(occupancy.occupancy, "True"), "employed"),
    "incidence": (occupancy.incidence, "employed"),
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
    assert list(frame.columns) == [
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
    for make in (curves.ever_share, lambda p, o, **k: occupancy.expected_months(p, "True", o, **k)):
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
    area = occupancy.expected_months(panel, "True", "employed", until=2)[1]
    curve = occupancy.occupancy(panel, "employed")["True"]
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


def test_bootstrap_takes_seed_draws_and_names(panel):
    plain = bands.bootstrap(panel, draws=50)
    other = bands.bootstrap(
        panel.rename(columns=NAMES), "works", "arm", "unit", draws=50, person="who"
    )
    assert list(plain) == [1, 2]
    for group, draws in plain.items():
        np.testing.assert_array_equal(draws, other[group])
    assert (bands.bootstrap(panel, draws=50, seed=2)[1] != plain[1]).any()
    assert bands.bootstrap(panel)[1].shape == (999, 6)
    change = bands.bootstrap(panel, draws=50, kind="change")[1]
    np.testing.assert_allclose(change[:, 0], 0)
    with pytest.raises(EstimationError, match="group 1"):
        bands.bootstrap(panel.assign(project="U0"))


def test_bands_need_every_month_in_nearly_every_draw(panel):
    # One unit alone reaches month 5: a third of the draws miss it.
    rare = panel[(panel["month"] < 5) | (panel["project"] == "U0")]
    with pytest.raises(EstimationError, match=r"of the bootstrap samples of group 1 nobody"):
        bands.simultaneous(rare)


def test_fewest_clusters_is_ten(panel):
    assert bands.simultaneous(panel).at(1, 0).clusters == 10
    with pytest.raises(EstimationError, match="Group 1 has 9 clusters"):
        bands.simultaneous(panel[panel["project"] != "U0"])


def test_jackknife_of_a_share_by_hand():
    # Units with sums 1, 2, 0 of 2, 2, 2: leaving one out gives 2/4, 1/4, 3/4; their mean is 1/2.
    rows = [("A", 1), ("A", 0), ("B", 1), ("B", 1), ("C", 0), ("C", 0)]
    frame = pd.DataFrame(rows, columns=["project", "employed"]).assign(
        month=0, person_id=list("abcdef")
    )
    statistic = bands.statistic_of(frame, "employed", "project", "person_id", "share", "it")
    assert jackknife_se(statistic)[0] == pytest.approx(np.sqrt(2 / 3 * (1 / 16 + 1 / 16)))


def test_outcomes_take_any_names(panel):
    renamed = panel.rename(columns=NAMES)
    made = outcomes.sustained(panel)
    other = outcomes.sustained(renamed, "works", person="who")
    assert made["sustained"].tolist() == other["sustained"].tolist()
    assert made.index.tolist() == list(range(len(made)))
    one = outcomes.sustained(panel, months=1)
    ordered = panel.sort_values(["person_id", "month"])
    assert one["sustained"].tolist() == ordered["employed"].tolist()
    assert list(made.columns) == [*panel.columns, "sustained"]
    benefits = renamed.assign(paid="sickness")
    state = outcomes.states(benefits, outcome="works", benefit="paid")
    assert state.eq("work").equals(renamed["works"])
    assert state.name == "state"


def test_fixed_cohort_takes_any_name_and_keeps_order(panel):
    made = entry.fixed_cohort(panel.rename(columns=NAMES), 5, person="who")
    assert made.index.tolist() == list(range(len(made)))
    assert made["who"].tolist() == entry.fixed_cohort(panel, 5)["person_id"].tolist()
    assert made.groupby("who").size().eq(6).all()


def test_exits_end_the_wait(panel):
    # Whoever is away is so from the start: they never wait.
    made = occupancy.incidence(panel, exits="away").frame
    plain = occupancy.incidence(panel[~panel["away"]]).frame
    pd.testing.assert_frame_equal(made, plain)
