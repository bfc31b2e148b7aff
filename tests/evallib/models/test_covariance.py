"""Covariances of fits by statsmodels: against R, by index, and against bad input."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from frozen import frozen, people
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evallib.errors import DataError, EstimationError, EstimationWarning, EvalError
from evallib.models.covariance import clustered, coefficients, cr2, side_by_side

REFERENCE = frozen("inference")
PEOPLE = people()
TERMS = "visits + homework + age + education"
R_NAMES = {
    "Intercept": "(Intercept)",
    "education[T.long]": "educationlong",
    "education[T.none]": "educationnone",
}


def linear(frame=PEOPLE, terms=TERMS, **options):
    return smf.ols(f"hours ~ {terms}", frame).fit(**options)


def logit(frame=PEOPLE, terms=TERMS):
    return smf.logit(f"employed ~ {terms}", frame).fit(disp=False)


def ordered(frame=PEOPLE, terms=TERMS):
    model = OrderedModel.from_formula(f"satisfaction ~ {terms}", frame, distr="logit")
    return model.fit(method="newton", disp=False)


FITS = {"ols": linear, "logit": logit}


@pytest.mark.parametrize("model", ["ols", "logit"])
@pytest.mark.parametrize("kind", ["CR1", "CR1S", "CR2", "CR3"])
def test_clustered_covariances_match_clubsandwich(model, kind):
    fit = FITS[model]()
    result = clustered(fit, PEOPLE["unit"], kind=kind)
    assert list(result) == list(fit.params.index)
    for position, (name, estimate) in enumerate(result.items()):
        short = R_NAMES.get(name, name)
        direction = np.eye(len(result))[position]
        assert estimate.value == pytest.approx(REFERENCE[f"{model} coef {short}"][0], abs=1e-10)
        assert estimate.se == pytest.approx(REFERENCE[f"{model} {kind} se {short}"][0], abs=1e-10)
        satterthwaite = REFERENCE[f"{model} {kind} df {short}"][0]
        assert result.covariance.satterthwaite(direction) == pytest.approx(satterthwaite, abs=1e-10)
        assert estimate.df == (16 if kind.startswith("CR1") else pytest.approx(satterthwaite))


def test_cr2_is_what_it_says_and_clustered_is_cr1():
    fit = linear()
    assert cr2(fit, PEOPLE["unit"]).covariance.kind == "CR2"
    assert clustered(fit, PEOPLE["unit"]).covariance.kind == "CR1"
    assert cr2(fit, PEOPLE["unit"])["age"].level == 0.95
    assert cr2(fit, PEOPLE["unit"], 0.9)["age"].level == 0.9


@pytest.mark.parametrize("model", ["ols", "logit"])
def test_statsmodels_own_covariances_match_r(model):
    fit = FITS[model]()
    result = coefficients(fit, level=0.9)
    for name, estimate in result.items():
        expected = REFERENCE[f"{model} model se {R_NAMES.get(name, name)}"][0]
        assert estimate.se == pytest.approx(expected, abs=1e-10)
        assert [estimate.low, estimate.high] == pytest.approx(fit.conf_int(0.1).loc[name].tolist())
        assert estimate.p_value() == pytest.approx(fit.pvalues[name])
        assert (estimate.n, estimate.clusters) == (420, 420)


def test_the_covariance_chosen_in_fit_is_taken():
    result = coefficients(linear(cov_type="HC1", use_t=True))
    for name, estimate in result.items():
        expected = REFERENCE[f"ols HC1 se {R_NAMES.get(name, name)}"][0]
        assert estimate.se == pytest.approx(expected, abs=1e-10)
        assert estimate.df == 414
    groups = {"groups": pd.factorize(PEOPLE["unit"])[0]}
    theirs = coefficients(linear(cov_type="cluster", cov_kwds=groups, use_t=True))
    ours = clustered(linear(), PEOPLE["unit"], kind="CR1S")
    for column in ("se", "df", "low"):
        assert theirs.frame[column].tolist() == pytest.approx(ours.frame[column].tolist())


def test_weighted_least_squares_is_that_of_the_weighted_columns():
    weights = 1 + PEOPLE["age"] / 50
    fit = smf.wls("hours ~ homework + age", PEOPLE, weights=weights).fit()
    x = sm.add_constant(PEOPLE[["homework", "age"]]).mul(np.sqrt(weights), axis=0)
    by_hand = cr2(sm.OLS(PEOPLE["hours"] * np.sqrt(weights), x).fit(), PEOPLE["unit"])
    result = cr2(fit, PEOPLE["unit"])
    for name in ("homework", "age"):
        assert result[name].se == pytest.approx(by_hand[name].se)
        assert result[name].df == pytest.approx(by_hand[name].df)


def test_clustered_ordered_logit_matches_statsmodels():
    fit = ordered()
    codes = pd.factorize(PEOPLE["unit"])[0]
    theirs = fit.model.fit(
        start_params=fit.params,
        method="bfgs",
        gtol=1e-8,
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": codes},
    )
    result = clustered(fit, PEOPLE["unit"], kind="CR1S")
    # statsmodels differentiates twice numerically
    assert result.frame["se"].to_numpy()[:5] == pytest.approx(theirs.bse.to_numpy()[:5], rel=1e-4)


# --- groups are matched to the rows of the fit


def test_groups_are_matched_by_index():
    mixed = PEOPLE.sample(frac=1, random_state=1)
    holes = mixed.assign(age=mixed["age"].mask(mixed["age"] > 60))
    kept = holes.dropna(subset=["age"])
    fit = linear(holes)
    base = cr2(linear(kept), kept["unit"].to_numpy()).frame
    for groups in (PEOPLE["unit"], holes["unit"], kept["unit"], kept["unit"].tolist()):
        pd.testing.assert_frame_equal(cr2(fit, groups).frame, base)


def test_groups_that_cannot_be_matched_are_refused():
    fit = linear()
    with pytest.raises(DataError, match="20 of its 420 rows are not in the index"):
        cr2(fit, PEOPLE["unit"].iloc[:400])
    twice = PEOPLE["unit"].set_axis(np.repeat(np.arange(210), 2))
    with pytest.raises(DataError, match="the index repeats itself"):
        cr2(linear(PEOPLE.assign(age=PEOPLE["age"].mask(PEOPLE["age"] > 60))), twice)
    with pytest.raises(DataError, match="has 420 rows and groups has 3"):
        cr2(fit, ["a", "b", "c"])
    with pytest.raises(DataError, match=r"12 rows of The fit of 'hours' have no cluster"):
        cr2(fit, PEOPLE["unit"].mask(PEOPLE["unit"] == "U02"))
    with pytest.raises(EstimationError, match="rests on 1 cluster"):
        cr2(fit, np.repeat("U01", 420))
    with pytest.raises(EvalError, match="kind is 'CR5'; choose one of 'CR1', 'CR2'"):
        clustered(fit, PEOPLE["unit"], kind="CR5")


def test_a_frame_whose_index_repeats_itself_is_matched_row_by_row():
    again = PEOPLE.set_axis(np.repeat(np.arange(210), 2))
    pd.testing.assert_frame_equal(
        cr2(linear(again), again["unit"]).frame, cr2(linear(), PEOPLE["unit"]).frame
    )


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(140)), st.sampled_from(["CR1", "CR2", "CR3"]))
def test_order_of_rows_changes_nothing(order, kind):
    few = PEOPLE.iloc[::3].reset_index(drop=True)
    for fit in FITS.values():
        base = clustered(fit(few, "homework + age"), few["unit"], kind=kind).frame
        other = clustered(fit(few.iloc[list(order)], "homework + age"), few["unit"], kind=kind)
        numbers = ["estimate", "se", "df"]
        assert other.frame[numbers].to_numpy() == pytest.approx(base[numbers].to_numpy(), rel=1e-7)


# --- what has no interval


@pytest.mark.parametrize("hours", [0.0, 1 / 3, 5e5])
def test_an_outcome_without_spread_has_no_p_value(hours):
    fit = linear(PEOPLE.assign(hours=hours), "age + visits")
    for result in (cr2(fit, PEOPLE["unit"]), clustered(fit, PEOPLE["unit"]), coefficients(fit)):
        with pytest.warns(EstimationWarning, match="'?visits'? does not vary"):
            estimate = result["visits"]
        assert estimate.se == 0
        assert estimate.low == estimate.high == estimate.value == pytest.approx(0, abs=1e-9)
        assert np.isnan(estimate.p_value())


def test_a_level_that_is_none_is_refused_at_once():
    for make in (cr2, clustered):
        with pytest.raises(EstimationError, match="level is 95"):
            make(linear(), PEOPLE["unit"], level=95)
    with pytest.raises(EstimationError, match="level is 95"):
        coefficients(linear(), level=95)


def test_statsmodels_own_covariance_needs_a_fit_that_is_one():
    far = PEOPLE.assign(age=PEOPLE["age"] + 1e11)
    with pytest.warns(sm.tools.sm_exceptions.SingularMatrixWarning):
        fit = linear(far, "age")
    with pytest.raises(EstimationError, match=r"Column 'age' has values up to 1e\+11"):
        coefficients(fit)
    probit = smf.probit("employed ~ age", PEOPLE).fit(disp=False)
    assert coefficients(probit)["age"].se == pytest.approx(probit.bse["age"])


# --- tables


def test_table_is_data():
    result = cr2(linear(), PEOPLE["unit"], level=0.9)
    table = result.frame.set_index("term")
    assert list(table.index) == list(result.names)
    long = PEOPLE.loc[PEOPLE["education"] == "long", "unit"].nunique()
    counts = table["clusters_with"].drop("education[T.none]").dropna()
    assert counts.to_dict() == {"education[T.long]": long, "visits": 3, "homework": 8}
    assert set(table["n"]) == {420}
    assert set(table["clusters"]) == {17}
    estimate = result["visits"]
    row = table.loc["visits", ["estimate", "low", "high", "se", "df", "p"]]
    assert row.tolist() == [
        estimate.value,
        estimate.low,
        estimate.high,
        estimate.se,
        estimate.df,
        estimate.p_value(),
    ]
    assert estimate.function == "evallib.models.covariance.cr2"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (clustered(linear(), PEOPLE["unit"], kind="CR1S"), "OLS, CR1S, t with G-1 df"),
        (cr2(logit(), PEOPLE["unit"]), "Logit, CR2, t with Satterthwaite df"),
        (coefficients(linear()), "OLS, nonrobust, t with n-k df"),
        (coefficients(logit()), "Logit, nonrobust, normal"),
    ],
)
def test_method_names_the_reference(result, words):
    assert result["age"].method == words


def test_combination_of_coefficients():
    result = cr2(linear(), PEOPLE["unit"])
    difference = result.combination({"education[T.long]": 1, "education[T.none]": -1})
    turned = PEOPLE["education"].cat.reorder_categories(["none", "long", "vocational"])
    other = cr2(linear(PEOPLE.assign(education=turned)), PEOPLE["unit"])["education[T.long]"]
    assert difference.value == pytest.approx(other.value)
    assert difference.se == pytest.approx(other.se)
    assert difference.df == pytest.approx(other.df)
    with pytest.raises(EstimationError, match=r"no term 'wages'; it has Intercept, education\[T"):
        result.combination({"wages": 1})
    assert "wages" not in result
    assert dict(result)["age"] == result["age"]


def test_gaps_are_left_out():
    holes = PEOPLE.assign(age=PEOPLE["age"].mask(PEOPLE["age"] > 60), satisfaction=np.nan)
    result = cr2(linear(holes), holes["unit"])
    lost = int((PEOPLE["age"] > 60).sum())
    assert result["age"].n == 420 - lost


def test_results_stand_side_by_side():
    fit = linear()
    fits = {"people": coefficients(fit), "units": cr2(fit, PEOPLE["unit"])}
    table = side_by_side(fits).set_index("term")
    assert table.index.tolist() == [name for name in fit.params.index if name != "Intercept"]
    row = table.loc["visits"]
    assert row["people"].value == pytest.approx(row["units"].value)
    assert (row["people_df"], row["units_df"]) == (414, row["units"].df)
    assert (row["n"], row["clusters_with"]) == (420, 3)
    assert side_by_side({"a": cr2(ordered(), PEOPLE["unit"])})["term"].tolist() == list(table.index)
    with pytest.raises(EstimationError, match="same terms"):
        side_by_side({**fits, "other": coefficients(linear(terms="age"))})


# --- a unit that carries a term alone

LONE = PEOPLE.assign(lone=(PEOPLE["unit"] == "U16") * 1)


@pytest.mark.parametrize(("model", "name"), [("ols", "lone"), ("logit", "lone logit")])
def test_a_unit_with_its_own_dummy_leaves_the_others_as_in_clubsandwich(model, name):
    result = cr2(FITS[model](LONE, "homework + age + lone"), LONE["unit"])
    for term in ("homework", "age"):
        assert result[term].se == pytest.approx(REFERENCE[f"{name} CR2 se {term}"][0], abs=1e-10)
        assert result[term].df == pytest.approx(REFERENCE[f"{name} CR2 df {term}"][0], abs=1e-9)


@pytest.mark.parametrize("kind", ["CR1", "CR2", "CR3"])
@pytest.mark.parametrize("model", ["ols", "logit"])
def test_a_term_of_one_cluster_has_no_interval_and_says_so(kind, model):
    result = clustered(FITS[model](LONE, "lone + age"), LONE["unit"], kind=kind)
    with pytest.warns(EstimationWarning, match="'lone' cannot be told from cluster U16"):
        lone = result["lone"]
    assert np.isnan([lone.se, lone.low, lone.high, lone.df]).all()
    assert np.isfinite(result["age"].se)
