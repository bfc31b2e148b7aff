"""All readings of what an approach goes with: each is the estimate it says it is."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from evallib.cohort.outcomes import afterwards
from evallib.errors import DataError, EstimationError
from evallib.inference.means import contrast
from evallib.projects.elements import with_approaches
from evallib.projects.specification import DIMENSIONS, specifications
from evallib.study.codelists import read

WANTED = ["place.out", "meetings.two"]
OURS = ("hours_all", "all", "any_hour", "singly", "units")
OPTIONS = read("codelists/specifications")


@pytest.fixture(scope="module")
def panel():
    """Ten units of eight people, followed for six months; work beside a benefit is common."""
    rng = np.random.default_rng(2)
    person = np.arange(80)
    frame = pd.DataFrame({"person_id": np.repeat(person, 6), "month": np.tile(np.arange(6), 80)})
    frame["project"] = [f"U{i % 10}" for i in frame["person_id"]]
    frame["route"] = 1
    frame["employed"] = rng.random(480) < 0.25 + 0.05 * frame["month"] + (
        0.2 * frame["project"].isin(["U0", "U1", "U2"])
    )
    frame["hours"] = np.where(frame["employed"], rng.integers(10, 160, 480), 0.0)
    frame["benefit"] = np.where(rng.random(480) < 0.4, "none", "unemployment_benefit")
    return frame


@pytest.fixture(scope="module")
def elements():
    rows = [
        (1, f"U{i}", element, option)
        for i in range(10)
        for element, option in (
            ("place", "out" if i < 3 else "in"),
            ("meetings", "two" if i % 2 else "one"),
        )
    ]
    return pd.DataFrame(rows, columns=["route", "project", "element", "approach"])


@pytest.fixture(scope="module")
def told(panel, elements):
    return specifications(panel, elements, 1, WANTED, first=2)


def one(told, approach, *options):
    rows = told[
        (told["approach"] == approach) & (told[list(DIMENSIONS)] == list(options)).all(axis=1)
    ]
    return rows.iloc[0]


def test_every_combination_of_the_list_stands_once_for_each_approach(told):
    assert tuple(OPTIONS["dimension"].unique()) == DIMENSIONS
    every = int(OPTIONS.groupby("dimension").size().prod())
    assert told.groupby("approach").size().to_dict() == dict.fromkeys(WANTED, every)
    assert not told.duplicated(["approach", *DIMENSIONS]).any()


def test_specifications_are_in_order_within_the_approaches_asked_for(told):
    assert list(dict.fromkeys(told["approach"])) == WANTED
    for _, own in told.groupby("approach"):
        assert own["value"].is_monotonic_increasing
        assert own["position"].tolist() == list(range(1, len(own) + 1))


def test_ours_is_the_contrast_the_chapter_shows(told, panel, elements):
    people = with_approaches(afterwards(panel), elements, 1, WANTED)
    for approach in WANTED:
        ours = told[told["ours"] & (told["approach"] == approach)]
        assert ours[list(DIMENSIONS)].to_numpy().tolist() == [list(OURS)]
        column = approach.replace(".", "_")
        shown = contrast(people, "hours", column, 1, 0, "project")
        made = ours["estimate"].item()
        assert [made.value, made.low, made.high, made.df] == pytest.approx(
            [shown.value, shown.low, shown.high, shown.df]
        )
        sd = people["hours"].std()
        assert ours[["value", "low", "high", "sd"]].iloc[0].tolist() == pytest.approx(
            [shown.value / sd, shown.low / sd, shown.high / sd, sd]
        )


def test_each_option_is_what_it_says(told, panel):
    """Differences in means by hand, from people's own months."""
    after = panel[panel["month"] >= 1]
    alone = after["benefit"] == "none"
    strict = after.assign(employed=after["employed"] & alone, hours=after["hours"] * alone)
    rows = {
        ("hours_all", "all", "any_hour"): after.groupby("person_id")["hours"].mean(),
        ("hours_all", "first", "any_hour"): after[after["month"] <= 2]
        .groupby("person_id")["hours"].mean(),
        ("hours_employed", "all", "any_hour"): after[after["employed"]]
        .groupby("person_id")["hours"].mean(),
        ("share", "all", "any_hour"): after.groupby("person_id")["employed"].mean(),
        ("share", "all", "without_benefit"): strict.groupby("person_id")["employed"].mean(),
        ("hours_all", "first", "without_benefit"): strict[strict["month"] <= 2]
        .groupby("person_id")["hours"].mean(),
        ("hours_employed", "all", "without_benefit"): strict[strict["employed"]]
        .groupby("person_id")["hours"].mean(),
    }  # fmt: skip
    for options, y in rows.items():
        out = y.index.to_numpy() % 10 < 3
        expected = y[out].mean() - y[~out].mean()
        for covariance in ("units", "people"):
            row = one(told, "place.out", *options, "singly", covariance)
            assert row["estimate"].value == pytest.approx(expected)
            assert row["value"] == pytest.approx(expected / y.std())
            assert row["estimate"].n == len(y)


def test_models_and_covariances_are_those_of_statsmodels(told, panel, elements):
    people = with_approaches(afterwards(panel), elements, 1, WANTED)
    fit = smf.ols("hours ~ place_out + meetings_two", people).fit()
    row = one(told, "place.out", "hours_all", "all", "any_hour", "together", "people")
    assert row["estimate"].value == pytest.approx(fit.params["place_out"])
    assert row["estimate"].se == pytest.approx(fit.bse["place_out"])
    clustered = one(told, "place.out", "hours_all", "all", "any_hour", "together", "units")
    assert clustered["estimate"].value == pytest.approx(fit.params["place_out"])
    assert clustered["estimate"].clusters == 10
    assert clustered["estimate"].df < 10


def test_level_reaches_every_interval(panel, elements, told):
    wide = specifications(panel, elements, 1, WANTED, first=2, level=0.99)
    assert ((wide["high"] - wide["low"]) > (told["high"] - told["low"])).all()


def test_what_cannot_be_specified_is_refused(panel, elements):
    with pytest.raises(DataError, match="no column 'benefit'"):
        specifications(panel.drop(columns="benefit"), elements, 1, WANTED, first=2)
    with pytest.raises(DataError, match=r"'place.up' is chosen by no unit"):
        specifications(panel, elements, 1, ["place.up"], first=2)
    with pytest.raises(EstimationError, match="'hours_all' is the same for all 80 people"):
        specifications(panel.assign(hours=5.0), elements, 1, WANTED, first=2)
