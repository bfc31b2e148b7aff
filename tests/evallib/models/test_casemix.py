"""Contrasts at the same mix of people: against R, by hand, and with known truth."""

import numpy as np
import pandas as pd
import pytest
from frozen import frozen, people

from evallib.cohort.people import Trait
from evallib.errors import DataError, EstimationError, EvalError
from evallib.inference.estimate import Estimate
from evallib.inference.means import contrast
from evallib.models.balance import coded, composition, overlap, standardised_differences
from evallib.models.casemix import explain_away, standardised_contrast

REFERENCE = frozen("inference")
SURVEY = frozen("survey")
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


@pytest.mark.parametrize("population", ["both", "first", "second"])
def test_own_slopes_are_g_computation(population):
    """Against R: predictions for everybody of the population, and clubSandwich's CR2."""
    covariates = ["age", "education"]
    found = standardised_contrast(
        PEOPLE, "hours", "route", 1, 2, "unit", covariates, population=population
    )
    assert found.value == pytest.approx(SURVEY[f"g-computation {population}"][0], rel=1e-9)
    told = [found.value, found.se, found.df]
    assert told == pytest.approx(SURVEY[f"own slopes {population}"], rel=1e-9)
    assert f"to the mix of {population}, own slopes" in found.method
    # and by brute force: a fit in either route, and two predictions for the same people
    none = PEOPLE["education"] == "none"
    x = np.column_stack([np.ones(420), PEOPLE["age"], PEOPLE["long"], none])
    route = PEOPLE["route"].to_numpy()
    fits = [np.linalg.lstsq(x[route == r], PEOPLE["hours"][route == r])[0] for r in (1, 2)]
    whose = x[{"both": route > 0, "first": route == 1, "second": route == 2}[population]]
    assert found.value == pytest.approx((whose @ fits[0] - whose @ fits[1]).mean())


def test_common_slopes_give_every_population_one_contrast():
    for population in ("both", "first", "second"):
        found = standardised_contrast(
            PEOPLE, "hours", "route", 1, 2, "unit", ["age", "education"],
            population=population, slopes="common",
        )  # fmt: skip
        told = [found.value, found.se, found.df]
        assert told == pytest.approx(SURVEY["common slopes"], rel=1e-9)
        assert "to any mix, common slopes" in found.method


def test_the_other_way_round_is_the_same_contrast():
    ahead = standardised_contrast(
        PEOPLE, "hours", "route", 1, 2, "unit", ["age"], population="first"
    )
    back = standardised_contrast(
        PEOPLE, "hours", "route", 2, 1, "unit", ["age"], population="second"
    )
    assert (ahead.value, ahead.low) == pytest.approx((-back.value, -back.high))


def test_own_slopes_of_five_units_rest_on_no_single_one():
    """Seven covariates and units as many and as large as those of the routes compared."""
    rng = np.random.default_rng(3)
    sizes = [40, 30, 25, 20, 13, *rng.integers(20, 80, 17)]
    frame = pd.DataFrame({"unit": np.repeat(np.arange(22), sizes)})
    frame["route"] = np.where(frame["unit"] < 5, 2, 1)
    n = len(frame)
    covariates = ["age", "gender", "education", "months", "prior", "entry"]
    frame["age"], frame["months"] = rng.normal(44, 13, n), rng.exponential(12, n)
    frame["gender"], frame["education"] = rng.integers(0, 2, n), rng.choice(list("abcde"), n)
    frame["prior"], frame["entry"] = rng.integers(0, 37, n), rng.integers(0, 6, n)
    frame["y"] = rng.integers(-1, 2, n)
    found = standardised_contrast(frame, "y", "route", 1, 2, "unit", covariates)
    raw = contrast(frame, "y", "route", 1, 2, "unit")
    assert 3 < found.df < 6
    assert found.df == pytest.approx(raw.df, abs=0.7)


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
    with pytest.raises(EvalError, match="population is 'all'; choose one of 'both', 'first'"):
        standardised_contrast(PEOPLE, "hours", "route", 1, 2, "unit", ["age"], population="all")


def test_gaps_may_not_take_the_second_unit_of_a_group():
    few = PEOPLE[PEOPLE["unit"].isin(["U08", "U09", "U13", "U14"])]
    holes = few.assign(age=few["age"].mask(few["unit"] == "U09"))
    with pytest.raises(EstimationError, match=r"Group 1 of column 'route' has 1 cluster \(U08\)"):
        standardised_contrast(holes, "hours", "route", 1, 2, "unit", ["age"], slopes="common")


def test_infinite_values_are_refused_by_name():
    far = PEOPLE.assign(age=PEOPLE["age"].mask(PEOPLE.index < 3, np.inf))
    match = "covariate 'age' is missing, infinite or no number for 3 of 420"
    with pytest.raises(DataError, match=match):
        standardised_contrast(far, "hours", "route", 1, 2, "unit", ["age"])
    with pytest.raises(DataError, match=match):
        overlap(far, "route", 1, 2, ["age"])
    with pytest.raises(DataError, match=match):
        standardised_differences(far, "route", 1, 2, ["age"])
    worst = PEOPLE.assign(hours=PEOPLE["hours"].mask(PEOPLE.index == 0, -np.inf))
    with pytest.raises(DataError, match="column 'hours' is missing, infinite"):
        standardised_contrast(worst, "hours", "route", 1, 2, "unit", ["age"])


@pytest.mark.parametrize("balance", [standardised_differences, overlap])
def test_a_group_is_compared_with_another_that_is_there(balance):
    with pytest.raises(EstimationError, match="Column 'route' has no group 3; it has 1, 2"):
        balance(PEOPLE, "route", 1, 3, ["age"])
    with pytest.raises(EstimationError, match="Group 2 is compared with itself"):
        balance(PEOPLE, "route", 2, 2, ["age"])
    with pytest.raises(DataError, match="no column 'wages'"):
        balance(PEOPLE, "route", 1, 2, ["wages"])


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
    # nobody to judge by in one group: told by the row of those who lack it
    gone = frame.assign(age=frame["age"].mask(frame["route"] == 2))
    table = standardised_differences(gone, "route", 1, 2, ["age"]).set_index("level")
    assert table["difference"].isna().tolist() == [True, False]
    assert table.loc["missing", ["a", "b"]].tolist() == [0, 1]


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
    assert table[[1, 2, 3]].map(float).to_numpy().tolist() == [[0.75, 0.5, 0.0], [0.25, 0.5, 1.0]]
    assert table["gap"].tolist() == pytest.approx([0.75 / np.sqrt(3 / 32)] * 2)
    assert composition(people[people["route"] == 1], traits)["gap"].isna().all()
    with pytest.raises(DataError, match="Column 'route' is empty in 1 of 8 rows"):
        composition(people.assign(route=people["route"].mask(people.index == 0)), traits)


# --- what an unmeasured difference would need


def test_explaining_a_contrast_away_by_hand():
    table = explain_away(EXAMPLE, gaps=[0.2, 0.5])
    assert table["needed"].tolist() == pytest.approx([0.5, 0.2])
    assert table["needed_limit"].tolist() == pytest.approx([0.2, 0.08])
    assert explain_away(UNCLEAR)["needed_limit"].tolist() == [0, 0, 0, 0]
    with pytest.raises(EstimationError, match="above 0, up to 1"):
        explain_away(EXAMPLE, gaps=[0])
