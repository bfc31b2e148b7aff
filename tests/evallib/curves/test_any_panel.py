"""Every estimator takes any panel: foreign names and weeks; and none takes bad rows."""

import warnings

import numpy as np
import pandas as pd
import pytest
from panels import (
    DATED,
    EVERY,
    FOREIGN,
    FROM_START,
    OURS,
    UNGROUPED,
    WHOLE,
    followed,
    weekly,
)

from evallib import curves
from evallib.curves.curve import Curve
from evallib.errors import DataError, EstimationError, EstimationWarning
from evallib.inference.estimate import Estimate

PANEL = followed()
NUMBERS = {name for name, (outcome, _) in EVERY.items() if outcome == "hours"} | {
    "shift", "paired shift", "drift", "share band", "change band", "difference in share",
    "difference in share, band", "difference in change", "difference in change, band",
}  # fmt: skip
STATES = {"occupancy", "expected_months"}
EVENTS = {n for n, (outcome, _) in EVERY.items() if outcome} - NUMBERS - STATES


def run(name, panel, columns):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        return EVERY[name][1](panel, columns)


def plain(result):
    """A result without the names of columns."""
    if isinstance(result, dict):
        return {key: plain(one) for key, one in result.items()}
    if isinstance(result, Curve):
        back = result.frame.rename(columns={"week": "month"})
        return back, result.level, result.method.replace("week", "month")
    if isinstance(result, pd.DataFrame):
        ours = {theirs: name for name, theirs in FOREIGN.items()}
        return result.rename(columns=ours).drop(columns="calendar", errors="ignore")
    return result


def assert_same(one, other):
    if isinstance(one, pd.DataFrame | pd.Series):
        (pd.testing.assert_frame_equal if one.ndim == 2 else pd.testing.assert_series_equal)(
            one, other, check_dtype=False
        )
    elif isinstance(one, dict | tuple):
        assert type(one) is type(other)
        assert len(one) == len(other)
        pairs = zip(one.values(), other.values(), strict=True) if isinstance(one, dict) else None
        for a, b in pairs or zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one == other


def test_every_estimator_of_the_room_is_here():
    called = {call.__name__ for call in (getattr(curves, n) for n in curves.__all__)}
    names = {"thresholds", "sustained", "states", "risk_set", "fixed_cohort"}
    names |= {"share", "mean", "ever", "ever_share", "shift", "simultaneous", "difference"}
    names |= {"occupancy", "expected_months", "incidence", "drift", "standardised"}
    assert called == names | {"readings"}  # which are of a study


@pytest.mark.parametrize("name", EVERY)
def test_weeks_under_foreign_names_give_the_same(name):
    ours, theirs = run(name, PANEL, OURS), run(name, weekly(PANEL), FOREIGN)
    assert_same(plain(ours), plain(theirs))
    for curve in theirs.values() if isinstance(theirs, dict) else [theirs]:
        if isinstance(curve, Curve):
            assert curve.time == curve.frame.columns[1] == "week"
            assert curve.by == "arm"


@pytest.mark.parametrize("name", EVERY)
def test_names_that_stand_inside_are_free(name):
    """Columns may be called what the rows are called inside, each with another meaning."""
    inside = ["unit", "outcome", "time", "group", "entry", "calendar", "person", "first", "x"]
    names = dict(zip(OURS, inside, strict=True))
    assert_same(
        plain(run(name, PANEL, OURS)),
        plain(_renamed(run(name, PANEL.rename(columns=names), names), names)),
    )


def _renamed(result, names):
    back = {theirs: ours for ours, theirs in names.items()}
    if isinstance(result, Curve):
        columns = list(result.frame.columns)
        columns[1] = "month"
        return Curve(result.frame.set_axis(columns, axis=1), "", result.level, result.method)
    if isinstance(result, dict):
        return {key: _renamed(one, names) for key, one in result.items()}
    if isinstance(result, pd.DataFrame):
        if "n" in result:  # a risk set: group, time, n, clusters
            return result.set_axis(["group", "month", "n", "clusters"], axis=1)
        return result.rename(columns=back)
    return result


@pytest.mark.parametrize("name", sorted(set(EVERY) - {n for n in EVERY if "band" in n}))
def test_people_as_clusters(name):
    """Ninety people who are their own clusters."""
    few = PANEL[PANEL["person_id"].isin([f"P{i}" for i in range(90)])]
    made = run(name, few, OURS | {"project": "person_id"})
    if isinstance(made, Curve):
        there = few.merge(made.frame[["month"]].drop_duplicates())
        both = there.groupby("month")["person_id"].nunique()
        assert made.frame.groupby("month")["clusters"].sum().le(both).all()
        assert (made.frame["clusters"] > 5).all()


@pytest.mark.parametrize("name", EVERY)
def test_the_order_and_labels_of_rows_change_nothing(name):
    if name == "fixed_cohort":
        return  # gives rows of the panel back, in their order
    mixed = PANEL.sample(frac=1, random_state=3)
    made = plain(run(name, mixed, OURS))
    if isinstance(made, pd.Series):
        made = made.sort_index()
    assert_same(plain(run(name, PANEL, OURS)), made) if name != "sustained" else None
    twice = PANEL.set_axis([0] * len(PANEL))
    made = plain(run(name, twice, OURS))
    if isinstance(made, pd.Series):
        assert made.tolist() == run(name, PANEL, OURS).tolist()
    else:
        assert_same(plain(run(name, PANEL, OURS)), made)


# --- what is refused, by every estimator it would mislead


def changed(column, rows, value):
    def change(panel):
        bad = panel.astype({column: object}) if value is None else panel.copy()
        if isinstance(value, float):
            bad = bad.astype({column: float})
        bad.loc[bad.index[list(rows)], column] = value
        return bad

    return change


def less(condition):
    return lambda panel: panel[~panel.eval(condition, engine="python")]


GROUPED = set(EVERY) - UNGROUPED
BAD = {
    "months before 0": (
        lambda p: p.assign(month=p["month"] - 1), EVERY,
        r"'month' is no whole number from 0; count from 0: 240 of \d+ rows \(month -1\)",
    ),
    "half months": (
        lambda p: p.assign(month=p["month"] + 0.5), EVERY, r"'month' is no whole number from 0",
    ),
    "no month": (
        changed("month", [4, 7], np.nan), EVERY, r"'month' is empty; fill it in: 2 of \d+ rows\.",
    ),
    "an endless month": (changed("month", [4], np.inf), EVERY, r"whole number.*\(month inf\)"),
    "dates as months": (
        lambda p: p.assign(month=p["calendar"]), EVERY, "'month' is no whole number",
    ),
    "rows twice": (
        lambda p: pd.concat([p, p.head(3)], ignore_index=True), EVERY,
        r"'person_id' is there again; keep one row each: 3 of \d+ rows \(month 0, 1, 2\)",
    ),
    "no person": (changed("person_id", [1, 2, 3], None), EVERY, r"'person_id' is empty.*: 3 of"),
    "no unit": (changed("project", [6, 9], None), GROUPED, r"'project' is empty.*: 2 of"),
    "no group": (changed("route", [6], np.nan), GROUPED, r"'route' is empty.*: 1 of"),
    "a person in two groups": (
        lambda p: p.assign(route=p["route"].where((p["person_id"] != "P3") | (p["month"] > 0), 9)),
        GROUPED, r"'person_id' is in several of 'route'; keep one: 6 of",
    ),
    "no event": (
        changed("employed", [8, 9], np.nan), EVENTS,
        r"'employed' is not 0 or 1; recode it, or leave these rows out: 2 of \d+ rows \(month 2, 3",
    ),
    "an event of 2": (changed("employed", [8], 2.0), EVENTS, r"'employed' is not 0 or 1.*: 1 of"),
    "an event in words": (
        lambda p: p.assign(employed=p["employed"].map({True: "yes", False: "no"})), EVENTS,
        "'employed' is not 0 or 1",
    ),
    "no number": (
        lambda p: changed("hours", [5], np.nan)(changed("employed", [5], np.nan)(p)), NUMBERS,
        r"'(hours|employed)' is no finite number.*: 1 of \d+ rows \(month 5\)",
    ),
    "an endless number": (
        lambda p: changed("hours", [5], np.inf)(changed("employed", [5], np.inf)(p)), NUMBERS,
        r"'(hours|employed)' is no finite number",
    ),
    "no state": (changed("employed", [8, 9], None), STATES, r"'employed' is empty; give.*: 2 of"),
    "no benefit": (changed("benefit", [8], None), {"states"}, r"'benefit' is empty.*: 1 of"),
    "no exit": (
        changed("away", [8], np.nan), {"incidence with exits"}, r"'away' is not 0 or 1.*: 1 of",
    ),
    "no among": (
        changed("employed", [8], np.nan), {"mean among"}, r"'employed' is not 0 or 1.*: 1 of",
    ),
    "no calendar": (changed("calendar", [8], None), DATED, r"'calendar' is empty.*: 1 of"),
    "a calendar that stands": (
        lambda p: p.assign(calendar=5), DATED, "calendar of 240 people does not count on with 'mon",
    ),
    "a calendar of words": (
        lambda p: p.assign(calendar="May"), DATED, "calendar of 240 people does not count",
    ),
    "gaps": (
        less("person_id == 'P3' and month == 2"), WHOLE,
        r"'person_id' has gaps before these rows or does not.*: 3 of \d+ rows \(month 3, 4, 5",
    ),
    "no start": (
        less("person_id == 'P3' and month == 0"), FROM_START,
        r"'person_id' has no row at time 0; leave these people out.*: 5 of",
    ),
    "a late start": (
        less("person_id == 'P3' and month == 0"), WHOLE, r"or does not start at 0.*: 5 of",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "name"),
    [(fault, name) for fault, (_, names, _) in BAD.items() for name in sorted(names)],
)
def test_bad_panels_are_refused_with_the_rows(fault, name):
    change, _, message = BAD[fault]
    with pytest.raises(DataError, match=message):
        run(name, change(PANEL), OURS)


@pytest.mark.parametrize("name", EVERY)
def test_no_rows_and_no_column(name):
    with pytest.raises(EstimationError, match="The panel has no rows"):
        run(name, PANEL.head(0), OURS)
    for column in ["person_id", "month"] + ["project", "route"] * (name in GROUPED):
        with pytest.raises(DataError, match=f"no column '{column}'"):
            run(name, PANEL.drop(columns=column), OURS)


def test_all_faults_are_told_at_once():
    bad = changed("employed", [3], np.nan)(changed("project", [6], None)(PANEL))
    with pytest.raises(DataError, match=r"'project' is empty.*'employed' is not 0 or 1"):
        curves.share(pd.concat([bad, bad.head(1)]))


def test_what_does_not_matter_is_not_asked():
    """Gaps and late starts are no fault of what does not chain a person's months."""
    late = PANEL[(PANEL["month"] > 0) & (PANEL["month"] != 3)]
    free = set(EVERY) - WHOLE - FROM_START
    assert len(free) == 13
    for name in free - {"drift"}:  # which is asked for month 0
        run(name, late, OURS)
    early = PANEL[PANEL["month"] != 3]
    for name in FROM_START:
        assert isinstance(run(name, early, OURS), Curve | dict)


def test_estimates_are_of_those_who_are_there():
    """Units and people reported are those of the month, for every curve."""
    there = PANEL.groupby(["route", "month"]).agg(
        n=("person_id", "size"), clusters=("project", "nunique")
    )
    for name in ("share", "shift", "occupancy", "incidence from the start", "standardised"):
        frame = run(name, PANEL, OURS).frame.set_index(["group", "month"])
        assert frame["n"].tolist() == there["n"].tolist(), name
        assert frame["clusters"].tolist() == there["clusters"].tolist(), name
    assert isinstance(run("ever_share", PANEL, OURS)[1], Estimate)
