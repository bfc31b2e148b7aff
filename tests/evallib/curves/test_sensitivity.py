"""The other readings: each is the estimate it says it is, and ours is the report's own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evallib import curves
from evallib.cohort.panel import person_months
from evallib.curves.sensitivity import readings
from evallib.errors import EstimationError
from evallib.study.codelists import read
from evallib.study.register import Register

PEOPLE = 160


@pytest.fixture
def study(tiny_study):
    """People of eight units on two routes whose work and benefits come and go at random."""
    draw = np.random.default_rng(11)
    names = [f"Q{i:03d}" for i in range(PEOPLE)]
    referred = pd.to_datetime("2016-03-01") + pd.to_timedelta(draw.integers(0, 60, PEOPLE), "D")
    participants = pd.DataFrame(
        {
            "person_id": names,
            "route": np.where(np.arange(PEOPLE) < 90, 1, 3),
            "project": [f"Enhed {i % 8:02d}" for i in range(PEOPLE)],
            "referred_on": referred,
            "started_on": referred + pd.to_timedelta(draw.integers(0, 40, PEOPLE), "D"),
        }
    )
    firsts = pd.date_range("2016-01-01", "2017-02-01", freq="MS")
    thursdays = pd.date_range("2016-01-07", "2017-02-23", freq="7D")
    hours = draw.choice([np.nan, 12.0, 60.0, 150.0], (PEOPLE, len(firsts)), p=[0.5, 0.1, 0.1, 0.3])
    hours[draw.random(PEOPLE) < 0.3] = np.nan
    codes = draw.choice([0, 111], (PEOPLE, len(thursdays))).astype(np.int32)
    register = Register(
        people=pd.Index(names, dtype="str"),
        thursdays=thursdays,
        codes=codes,
        firsts=firsts,
        hours=hours,
        industry=np.zeros(hours.shape, dtype=np.int32),
    )
    return replace(tiny_study, participants=participants, register=register)


@pytest.fixture
def told(study):
    rows = readings(study, 6, routes=[1, 3])
    return rows.set_index(["assumption", "reading", "route"])["estimate"]


def test_ours_are_the_main_numbers(study, told):
    panel = person_months(study, routes=[1, 3])
    share = curves.share(panel).at(1, 6)
    ours = told["employed", "ours", 1]
    assert (ours.value, ours.low, ours.high) == pytest.approx((share.value, share.low, share.high))
    assert told["time_zero", "ours", 3].value == told["employed", "ours", 3].value
    assert told["shift_baseline", "ours", 3].value == curves.shift(panel).at(3, 6).value
    assert told["ever_base", "ours", 1].value == curves.ever_share(panel)[1].value


def test_stricter_readings_are_never_larger(told):
    for route in (1, 3):
        ours = told["employed", "ours", route].value
        assert told["employed", "work_week", route].value <= ours
        assert told["employed", "no_benefit", route].value < ours
        assert (
            told["ever_base", "without_month_0", route].value
            <= told["ever_base", "ours", route].value
        )
        assert (
            told["hours_base", "everybody", route].value < told["hours_base", "ours", route].value
        )
        assert (
            told["benefit_month", "any_week", route].value
            >= told["benefit_month", "ours", route].value
        )


def test_every_assumption_is_a_listed_one(told):
    assert set(told.index.get_level_values("assumption")) <= set(read("assumptions")["id"])


def test_every_reading_has_a_name(told):
    listed = read("codelists/readings").set_index(["assumption", "reading"]).index
    assert set(told.index.droplevel("route")) == set(listed)


def test_a_month_nobody_reaches_is_refused(tiny_study):
    with pytest.raises(EstimationError, match="Route 2 is followed to month 3, not to 9"):
        readings(tiny_study, 9)
