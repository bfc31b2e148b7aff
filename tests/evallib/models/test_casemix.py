"""Contrasts at the same mix of people: against R, by hand, and with known truth."""

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people

from evallib.cohort.people import Trait
from evallib.errors import DataError, EstimationError, EvalError
from evallib.inference.estimate import Estimate, contrast
from evallib.models.casemix import (
    coded,
    composition,
    explain_away,
    overlap,
    standardised_contrast,
    standardised_differences,
)

REFERENCE = frozen("inference")
PEOPLE = people().assign(long=lambda f: (f["education"] == "long") * 1)
EXAMPLE = Estimate(-0.10, -0.16, -0.04, 0.03, 12, 900, 22, 0.95, "")
UNCLEAR = Estimate(0.10, -0.02, 0.22, 0.06, 12, 900, 22, 0.95, "")


@pytest.mark.parametrize("slopes", ["own", "common"])
def test_standardised_contrast_matches_clubsandwich(slopes):
    found = standardised_contrast(
        PEOPLE, "employed", "route", 1, 2, "unit", ["age", "long"], slopes=slopes
    )
    name = f"{slopes} slopes"
    assert found.value == pytest.approx(REFERENCE[f"{name} coef first"][0], abs=1e-10)
    assert found.se == pytest.approx(REFERENCE[f"{name} CR2 se first"][0], abs=1e-10)
    assert found.df == pytest.approx(REFERENCE[f"{name} CR2 df first"][0], abs=1e-10)
    assert (found.n, found.clusters) == (420, 17)
    assert found.function == "evallib.models.casemix.standardised_contrast"


def test_own_slopes_are_two_predictions_for_the_same_people():
    found = standardised_contrast(PEOPLE, "hours", "route", 1, 2, "unit", ["age", "long"])
    x = np.column_stack([np.ones(420), PEOPLE["age"], PEOPLE["long"]])
    means = []
    for route in (1, 2):
        own = (PEOPLE["route"] == route).to_numpy()
        means.append((x @ np.linalg.lstsq(x[own], PEOPLE["hours"][own])[0]).mean())
    assert found.value == pytest.approx(means[0] - means[1])


def two_routes(effect: float, n: int = 4000) -> pd.DataFrame:
    """Route 1 gets older people; age lowers the outcome."""
    rng = np.random.default_rng(5)
    route = rng.integers(1, 3, n)
    age = rng.normal(45 - 5 * (route == 2), 8)
    y = 60 - age + effect * (route == 1) + rng.normal(0, 5, n)
    unit = (route - 1) * 10 + rng.integers(0, 10, n)
    return pd.DataFrame({"route": route, "age": age, "y": y, "unit": unit})


def test_standardising_removes_a_measured_difference():
    frame = two_routes(effect=2)
    raw = contrast(frame, "y", "route", 1, 2, "unit")
    same = standardised_contrast(frame, "y", "route", 1, 2, "unit", ["age"], level=0.99)
    assert raw.value == pytest.approx(-3, abs=0.6)
    assert same.value == pytest.approx(2, abs=0.6)
    assert same.low < 2 < same.high
    assert same.level == 0.99


def test_rows_with_gaps_are_counted():
    holes = PEOPLE.assign(age=PEOPLE["age"].mask(PEOPLE["age"] > 60))
    lost = int((PEOPLE["age"] > 60).sum())
    found = standardised_contrast(holes, "hours", "route", 1, 2, "unit", ["age"], slopes="common")
    assert found.n == 420 - lost
    assert f"{lost} rows with gaps left out" in found.method
    with pytest.raises(DataError, match="No row has all of age, long"):
        standardised_contrast(
            holes.assign(age=np.nan), "hours", "route", 1, 2, "unit", ["age", "long"]
        )
    with pytest.raises(DataError, match="no column 'wages'"):
        standardised_contrast(holes, "hours", "route", 1, 2, "unit", ["wages"])


def test_an_index_that_repeats_itself_changes_nothing():
    again = PEOPLE.set_axis(np.repeat(np.arange(210), 2))
    for frame in (PEOPLE, again):
        found = standardised_contrast(frame, "hours", "route", 1, 2, "unit", ["age", "education"])
        assert found.value == pytest.approx(
            standardised_contrast(
                PEOPLE, "hours", "route", 1, 2, "unit", ["age", "education"]
            ).value
        )
        assert len(overlap(frame, "route", 1, 2, ["age"]).scores) == 420


def test_categories_are_coded_against_the_first_in_the_alphabet():
    frame = pd.DataFrame(
        {"plain": list("baccb"), "flag": [True, False, True, False, True], "age": range(5)}
    )
    table = coded(frame, ["plain", "flag", "age"])
    assert sorted(table.columns) == ["age", "flag", "plain: b", "plain: c"]
    assert table["plain: c"].tolist() == [0, 0, 1, 1, 0]
    assert table["flag"].tolist() == [1, 0, 1, 0, 1]
    declared = frame.assign(plain=pd.Categorical(frame["plain"], ["z", "c", "b", "a"]))
    assert coded(declared, ["plain"]).columns.tolist() == ["plain: b", "plain: c"]


def test_a_category_missing_in_one_group_is_named():
    lone = PEOPLE.assign(rare=((PEOPLE["route"] == 1) & (PEOPLE["age"] > 55)) * 1)
    with pytest.raises(EstimationError, match=r"'rare' has one value .*group 2.*slopes='common'"):
        standardised_contrast(lone, "hours", "route", 1, 2, "unit", ["age", "rare"])
    with pytest.raises(EvalError, match="'own', 'common'"):
        standardised_contrast(PEOPLE, "hours", "route", 1, 2, "unit", ["age"], slopes="one")


def test_more_covariates_than_units_are_refused():
    few = PEOPLE[PEOPLE["unit"].isin(["U08", "U09", "U13", "U14"])]
    traits = few.assign(trait=(few["unit"] == "U08") * 1)
    with pytest.raises(EstimationError, match=r"cannot be told from cluster U0[89]"):
        standardised_contrast(traits, "hours", "route", 1, 2, "unit", ["trait"], slopes="common")


# --- balance and overlap


def test_standardised_differences_by_hand():
    frame = pd.DataFrame(
        {
            "route": [1, 1, 1, 1, 2, 2, 2, 2],
            "age": [30.0, 40, 50, 60, 40, 50, 60, np.nan],
            "edu": ["none", "long", "long", "long", "none", "none", "long", "long"],
        }
    )
    table = standardised_differences(frame, "route", 1, 2, ["age", "edu"]).set_index(
        ["covariate", "level"]
    )
    # means 45 and 50, variances 500/3 and 100
    assert table.loc[("age", ""), "difference"] == pytest.approx(-5 / np.sqrt((500 / 3 + 100) / 2))
    assert table.loc[("age", "missing"), ["a", "b"]].tolist() == [0, 0.25]
    # shares 3/4 and 1/2
    expected = 0.25 / np.sqrt((3 / 16 + 1 / 4) / 2)
    assert table.loc[("edu", "long"), "difference"] == pytest.approx(expected)
    assert table.loc[("edu", "none"), "difference"] == pytest.approx(-expected)
    assert ("edu", "missing") not in table.index


def test_groups_without_spread_are_alike_or_infinitely_apart():
    frame = pd.DataFrame({"route": [1, 1, 2, 2], "same": ["x"] * 4, "own": ["a", "a", "b", "b"]})
    table = standardised_differences(frame, "route", 1, 2, ["same", "own"]).set_index(
        ["covariate", "level"]
    )
    assert table.loc[("same", "x"), "difference"] == 0
    assert table.loc[("own", "a"), "difference"] == np.inf
    assert table.loc[("own", "b"), "difference"] == -np.inf


def test_overlap_counts_who_has_no_counterpart():
    rng = np.random.default_rng(6)
    alike = pd.DataFrame({"route": np.repeat([1, 2], 300), "age": rng.normal(40, 8, 600)})
    apart = alike.assign(age=alike["age"] + 20 * (alike["route"] == 1))
    near, far = (overlap(frame, "route", 1, 2, ["age"]) for frame in (alike, apart))
    assert near.frame["share_outside"].max() < 0.05
    assert far.frame["share_outside"].min() > 0.2
    assert near.frame["effective"].min() > 280
    assert far.frame["effective"].max() < 150
    row = far.frame.set_index("group").loc[1]
    own = far.scores.loc[far.scores["group"] == 1, "propensity"]
    other = far.scores.loc[far.scores["group"] == 2, "propensity"]
    assert row["outside"] == ((own > other.max()) | (own < other.min())).sum()
    assert (row["low"], row["high"]) == (own.min(), own.max())
    assert row["n"] == 300
    weight = (1 - own) / own
    assert row["effective"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert far.scores.index.equals(apart.index)


def test_no_overlap_at_all_is_refused():
    frame = pd.DataFrame({"route": np.repeat([1, 2], 30), "age": np.arange(60.0)})
    with pytest.raises(EstimationError, match=r"propensity to be 1 rather than 2.*age.* separate"):
        overlap(frame, "route", 1, 2, ["age"])


def test_composition_by_hand():
    people = pd.DataFrame({"route": [1, 1, 1, 1, 2, 2, 3, 3], "sex": list("mmmwmwww")})
    traits = [Trait("sex", "Gender", {"m": "Men", "w": "Women", "x": "Other"})]
    table = composition(people, traits)
    assert table["label"].tolist() == ["Men", "Women"]
    assert table[[1, 2, 3]].to_numpy().tolist() == [[0.75, 0.5, 0.0], [0.25, 0.5, 1.0]]
    assert table["gap"].tolist() == pytest.approx([0.75 / np.sqrt(3 / 32)] * 2)
    assert composition(people[people["route"] == 1], traits)["gap"].isna().all()


# --- what an unmeasured difference would need


def test_explaining_a_contrast_away_by_hand():
    table = explain_away(EXAMPLE, gaps=[0.2, 0.5])
    assert table["needed"].tolist() == pytest.approx([0.5, 0.2])
    assert table["needed_limit"].tolist() == pytest.approx([0.2, 0.08])
    assert explain_away(UNCLEAR)["needed_limit"].tolist() == [0, 0, 0, 0]
    with pytest.raises(EstimationError, match="above 0, up to 1"):
        explain_away(EXAMPLE, gaps=[0])
