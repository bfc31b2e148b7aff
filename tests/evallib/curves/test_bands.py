"""Simultaneous bands and differences of curves: what they are made of, and where refused."""

import math

import numpy as np
import pandas as pd
import pytest
from panels import followed, simulated
from scipy import stats

from evallib import curves
from evallib.curves import bands
from evallib.curves.base import base_of
from evallib.curves.resampling import Difference, bootstrap_weights, jackknife, studentised
from evallib.errors import EstimationError, EstimationWarning, EvalError
from evallib.inference.estimate import within
from evallib.inference.frames import panel_of
from evallib.inference.means import contrast

FULL = simulated(11, 240, 12)
NAMES = {"by": "route", "cluster": "project", "person": "person_id", "time": "month"}


def rows_of(panel, **options):
    return panel_of(panel, "employed", "event", **NAMES, **options)


@pytest.fixture(scope="module")
def pair():
    """Two groups of ten units, six of which work in both."""
    return followed()


# --- a band


def test_a_band_is_one_multiple_of_the_jackknife_error_in_the_range_of_a_share():
    made = bands.simultaneous(FULL)
    np.testing.assert_allclose(
        made.frame["estimate"], curves.share(FULL).frame["estimate"], atol=1e-12
    )
    (rows,), base = base_of(rows_of(FULL), [1], "month")
    statistic = bands.statistic_of(rows, "share", base)
    _, se = jackknife(statistic, 12)
    np.testing.assert_allclose(made.frame["se"], se, atol=1e-15)
    draws = bootstrap_weights(np.zeros(12, dtype=int), 999, bands.SEED)
    times = np.sort(studentised(statistic, draws).max(axis=1))[949]  # the 950th: 95 % are not above
    assert times > 2.2  # wider than t(11) pointwise
    for row in made.frame.itertuples():
        limits = within(row.estimate, row.se, times, (0, 1), row.n)
        assert (row.low, row.high) == pytest.approx(limits)


def test_a_band_of_numbers_is_the_curve_and_as_much_on_either_side():
    made = bands.simultaneous(FULL.assign(hours=FULL["employed"] * 80.0), "hours")
    times = (made.frame["high"] - made.frame["estimate"]) / made.frame["se"]
    below = (made.frame["estimate"] - made.frame["low"]) / made.frame["se"]
    np.testing.assert_allclose([times, below], times[0])
    share = bands.simultaneous(FULL).frame
    np.testing.assert_allclose(made.frame["se"], 80 * share["se"])
    assert (made.bounds, made.difference) == (None, False)


def test_same_seed_same_band_and_higher_level_wider():
    assert bands.simultaneous(FULL).frame.equals(bands.simultaneous(FULL).frame)
    wide = bands.simultaneous(FULL, level=0.99).frame
    assert (wide["high"] > bands.simultaneous(FULL).frame["high"]).all()


def test_what_is_asked_of_one_month_of_a_band_is_of_this_month():
    one = bands.simultaneous(FULL).at(1, 2)
    alone = one.at(0.95)
    assert one.low < alone.low < alone.high < one.high
    assert one.p_value(0.5) == alone.p_value(0.5)


@pytest.mark.parametrize("kind", ["change", "occupancy", "standardised"])
def test_other_curves(pair, kind):
    one = pair[pair["route"] == 1]
    made = bands.simultaneous(one, kind=kind, draws=199).frame
    expected = {
        "change": lambda: curves.shift(one, baseline="risk_set"),
        "occupancy": lambda: curves.occupancy(one, "employed")["True"],
        "standardised": lambda: curves.standardised(one),
    }[kind]().frame
    np.testing.assert_allclose(made["estimate"], expected["estimate"], atol=1e-12)
    if kind == "change":
        assert tuple(made.loc[0, ["estimate", "low", "high"]]) == (0, 0, 0)
        assert made["low"].min() < 0
    else:
        np.testing.assert_allclose(made["se"], expected["se"], atol=1e-12)
        np.testing.assert_allclose(made["df"], expected["df"])
    later = made[made["month"] > 0]
    assert (later["high"] - later["low"] > (expected["high"] - expected["low"])[1:]).all()


def test_a_band_of_months_that_start_late():
    made = bands.simultaneous(curves.sustained(FULL), "sustained", draws=199).frame
    assert made["month"].tolist() == [2, 3, 4, 5]
    assert made["low"].notna().all()


def test_refused_below_ten_clusters_with_the_reason():
    few = FULL[FULL["project"].isin([f"U{i}" for i in range(5)])]
    with pytest.raises(EstimationError, match=r"5 clusters.*only 126 distinct bootstrap samples"):
        bands.simultaneous(few)
    assert math.comb(9, 5) == 126
    ten = simulated(21, 160, 10)
    assert bands.simultaneous(ten).at(1, 0).clusters == 10
    with pytest.raises(EstimationError, match="Group 1 has 9 clusters"):
        bands.simultaneous(ten[ten["project"] != "U0"])
    with pytest.raises(EvalError, match="kind is 'level'; choose one of 'share', 'change', 'occ"):
        bands.simultaneous(FULL, kind="level")
    with pytest.raises(EstimationError, match="level is 95"):
        bands.simultaneous(FULL, level=95)


@pytest.mark.parametrize("kind", ["share", "occupancy"])
@pytest.mark.parametrize("units", [["U0"], ["U0", "U1"]])
def test_bands_need_every_month_in_nearly_every_draw(kind, units):
    rare = FULL[(FULL["month"] < 5) | FULL["project"].isin(units)]
    if kind == "occupancy" and len(units) == 2:
        return  # who is no longer seen stays, so that every draw has the month
    with pytest.raises(EstimationError, match=r"of the bootstrap samples of group 1 nobody"):
        bands.simultaneous(rare, kind=kind)


def test_a_curve_that_never_varies_has_no_band():
    with pytest.raises(EstimationError, match=r"100% of the bootstrap samples.*nobody differs"):
        bands.simultaneous(FULL[FULL["month"] == 0], kind="change")


def test_person_level_interval_ignores_the_units():
    person = curves.share(FULL, cluster="person_id").at(1, 0)
    p, n = person.value, person.n
    # The textbook binomial standard error, with n - 1.
    assert person.se == pytest.approx(math.sqrt(p * (1 - p) / (n - 1)))
    assert person.df == pytest.approx(n - 1)
    assert person.clusters == n == 240


# --- differences


@pytest.mark.parametrize(("a", "b"), [(1, 2), (2, 1)])
def test_a_difference_in_shares_is_the_contrast_of_each_month(pair, a, b):
    made = curves.difference(pair, "employed", a, b)
    first = pair[pair["month"] == 0].set_index("person_id")["employed"].astype(float)
    change = curves.difference(pair, "employed", a, b, kind="change")
    for month, cell in pair.groupby("month"):
        rows = cell.assign(gain=cell["employed"] - cell["person_id"].map(first))
        expected = contrast(rows, "employed", "route", a, b, "project")
        one = made.at(f"{a} - {b}", month)
        assert_equal(one, expected)
        assert_equal(one.at(0.9), expected.at(0.9))
        assert one.p_value(0.1) == pytest.approx(expected.p_value(0.1))
        assert one.equivalence(0.2) == pytest.approx(expected.equivalence(0.2))
        assert one.method == expected.method
        if month > 0:
            expected = contrast(rows, "gain", "route", a, b, "project")
            assert_equal(change.at(f"{a} - {b}", month), expected)
    assert (made.bounds, made.difference) == ((-1, 1), True)
    assert (change.bounds, change.difference) == ((-2, 2), True)
    assert tuple(change.frame.loc[0, ["estimate", "se", "low", "high"]]) == (0, 0, 0, 0)


def assert_equal(one, other):
    for field in ("value", "se", "df", "low", "high", "n", "clusters", "level"):
        assert getattr(one, field) == pytest.approx(getattr(other, field)), field


def curve_of_group(panel, kind):
    if kind == "occupancy":
        return curves.occupancy(panel, "employed")["True"].frame["estimate"].to_numpy()
    return curves.standardised(panel).frame["estimate"].to_numpy()


@pytest.mark.filterwarnings("ignore::evallib.errors.EstimationWarning")
@pytest.mark.parametrize("kind", ["occupancy", "standardised"])
def test_a_difference_of_chained_curves_leaves_out_a_unit_of_both_at_once(pair, kind):
    made = curves.difference(pair, "employed", 1, 2, kind=kind)
    off = {}
    value = 0.0
    for sign, route in ((1, 1), (-1, 2)):
        one = pair[pair["route"] == route]
        value = value + sign * curve_of_group(one, kind)
        left = {u: curve_of_group(one[one["project"] != u], kind) for u in one["project"].unique()}
        middle = np.mean(list(left.values()), axis=0)
        for unit, estimate in left.items():
            scaled = np.sqrt(1 - 1 / len(left)) * (estimate - middle)
            off[unit] = off.get(unit, 0) + sign * scaled
    assert len(off) == 14  # six of which are in both
    np.testing.assert_allclose(made.frame["estimate"], value, atol=1e-12)
    se = np.sqrt(sum(np.square(one) for one in off.values()))
    np.testing.assert_allclose(made.frame["se"], se, atol=1e-7)
    naive = curves.difference(pair, "employed", 1, 2).frame
    for column in ("n", "clusters", "df"):
        np.testing.assert_allclose(made.frame[column], naive[column])
    half = stats.t.ppf(0.975, made.frame["df"]) * made.frame["se"]
    np.testing.assert_allclose(made.frame["high"] - made.frame["estimate"], half)


@pytest.mark.parametrize("kind", ["share", "change", "occupancy", "standardised"])
def test_a_band_of_a_difference(pair, kind):
    made = curves.difference(pair, "employed", 1, 2, kind=kind, simultaneous=True, draws=199)
    apart = curves.difference(pair, "employed", 1, 2, kind=kind).frame
    np.testing.assert_allclose(made.frame["estimate"], apart["estimate"], atol=1e-12)
    for column in ("n", "clusters", "df"):
        np.testing.assert_allclose(made.frame[column][1:], apart[column][1:])
    later = made.frame[made.frame["month"] > 0]
    times = (later["high"] - later["estimate"]) / later["se"]
    np.testing.assert_allclose(times, times.iloc[0])
    np.testing.assert_allclose((later["estimate"] - later["low"]) / later["se"], times)
    assert times.iloc[0] > stats.t.ppf(0.975, later["df"]).max()
    back = curves.difference(pair, "employed", 2, 1, kind=kind, simultaneous=True, draws=199)
    np.testing.assert_allclose(back.frame["estimate"], -made.frame["estimate"], atol=1e-12)
    np.testing.assert_allclose(back.frame["se"], made.frame["se"], atol=1e-12)
    assert made.method == (
        "simultaneous over months: sup-t, studentised cluster bootstrap (199 draws)"
    )


def test_a_band_of_a_difference_draws_units_of_both_groups_once(pair):
    made = curves.difference(pair, "employed", 1, 2, simultaneous=True, draws=199)
    (one, two), base = base_of(rows_of(pair), [1, 2], "month")
    parts = [bands.statistic_of(rows, "share", base) for rows in (one, two)]
    members = np.array([[u in set(rows["unit"]) for rows in (one, two)] for u in range(14)])
    assert members.sum(axis=0).tolist() == [10, 10]
    statistic = Difference(*parts, members)
    draws = bootstrap_weights(members @ [2, 1], 199, bands.SEED)
    # Kinds of units in the order of their codes: the second group alone, the first alone, both.
    times = np.sort(studentised(statistic, draws).max(axis=1))[189]
    row = made.frame.iloc[3]
    assert row["high"] - row["estimate"] == pytest.approx(times * row["se"])


def test_differences_are_of_months_both_groups_have(pair):
    longer = pair[(pair["month"] < 4) | (pair["route"] == 1)]
    assert curves.difference(longer, "employed", 1, 2).frame["month"].tolist() == [0, 1, 2, 3]
    chained = curves.difference(longer, "employed", 2, 1, kind="occupancy").frame
    assert chained["month"].tolist() == [0, 1, 2, 3]
    never = pair[(pair["month"] == 0) == (pair["route"] == 1)]
    with pytest.raises(EstimationError, match="no month in which both of group '1 - 2' are obs"):
        curves.difference(never, "employed", 1, 2)


def test_a_difference_that_one_unit_carries_has_no_interval(pair):
    rare = pair[(pair["month"] < 4) | (pair["route"] == 1) | (pair["project"] == "U12")]
    for kind in ("share", "change", "occupancy", "standardised"):
        with pytest.warns(
            EstimationWarning, match="carries what .* '1 - 2': U12 in month 4, U12 in month 5. The"
        ):
            made = curves.difference(rare, "employed", 1, 2, kind=kind)
        whole = curves.difference(pair[pair["month"] < 4], "employed", 1, 2, kind=kind).frame
        late = made.frame[made.frame["month"] > 3]
        assert late[["se", "df", "low", "high"]].isna().all(axis=None), kind
        assert late["estimate"].notna().all()
        assert made.frame[made.frame["month"] < 4]["low"].notna().all()
        if kind in ("share", "change"):
            pd.testing.assert_frame_equal(made.frame.head(4), whole)
        if kind == "share":
            cell = rare[rare["month"] == 4].groupby("route")["employed"].mean()
            assert late["estimate"].iloc[0] == pytest.approx(cell[1] - cell[2])
            assert late["clusters"].tolist() == [11, 11]
    with pytest.raises(EstimationError, match=r"group 1 or 2 nobody is observed .* or one cluster"):
        curves.difference(rare, "employed", 1, 2, kind="occupancy", simultaneous=True, draws=99)


def test_differences_refuse_what_they_cannot_compare(pair):
    few = pair[(pair["route"] == 1) | pair["project"].isin(["U10", "U11"])]
    assert curves.difference(few, "employed", 1, 2, kind="occupancy").at("1 - 2", 0).value
    with pytest.raises(EstimationError, match="Group 2 has 2 clusters"):
        curves.difference(few, "employed", 1, 2, simultaneous=True)
    with pytest.raises(EstimationError, match="Group 2 has 2 clusters"):
        curves.difference(few, "employed", 2, 1, simultaneous=True)
    lone = pair[(pair["route"] == 1) | (pair["project"] == "U10")]
    with pytest.raises(EstimationError, match=r"Group 2 of column 'route' has 1 cluster \(U10\)"):
        curves.difference(lone, "employed", 1, 2)
    with pytest.raises(EstimationError, match="Column 'route' has no group 7; it has 1, 2"):
        curves.difference(pair, "employed", 1, 7)
    with pytest.raises(EstimationError, match="Group 1 is compared with itself"):
        curves.difference(pair, "employed", 1, 1)
    with pytest.raises(EvalError, match="kind is 'effect'"):
        curves.difference(pair, "employed", 1, 2, kind="effect")


def test_a_difference_in_hours_has_no_bounds(pair):
    made = curves.difference(pair, "hours", 1, 2)
    assert (made.bounds, made.difference) == (None, True)
    hours = pair[pair["month"] == 2]
    expected = contrast(hours, "hours", "route", 1, 2, "project")
    assert made.at("1 - 2", 2).high == pytest.approx(expected.high)
    assert made.what == "difference in share of hours"
