"""Regressions and their covariances: against R, against leaving clusters out, against bad input."""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from frozen import frozen, people
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evallib.errors import DataError, EstimationError, EstimationWarning, EvalError
from evallib.inference.cr2 import covariance, least_squares
from evallib.models.design import design
from evallib.models.effects import average_effects, proportional_odds
from evallib.models.regression import logit, ols, ordered_logit

REFERENCE = frozen("inference")
PEOPLE = people()
TERMS = ["visits", "homework", "age", "education"]
R_NAMES = {
    "constant": "(Intercept)",
    "education: long": "educationlong",
    "education: none": "educationnone",
}
FITS = {"ols": (ols, "hours"), "logit": (logit, "employed")}
X = sm.add_constant(
    PEOPLE[["visits", "homework", "age"]].assign(
        long=PEOPLE["education"] == "long", none=PEOPLE["education"] == "none"
    )
).astype(float)


@pytest.mark.parametrize("model", ["ols", "logit"])
@pytest.mark.parametrize("kind", ["CR1", "CR1S", "CR2", "CR3"])
def test_clustered_covariances_match_clubsandwich(model, kind):
    fit_model, outcome = FITS[model]
    fit = fit_model(PEOPLE, outcome, TERMS, cluster="unit", kind=kind)
    for position, name in enumerate(fit.names):
        short = R_NAMES.get(name, name)
        estimate = fit.estimate(name)
        direction = np.eye(len(fit.names))[position]
        assert estimate.value == pytest.approx(REFERENCE[f"{model} coef {short}"][0], abs=1e-10)
        assert estimate.se == pytest.approx(REFERENCE[f"{model} {kind} se {short}"][0], abs=1e-10)
        satterthwaite = REFERENCE[f"{model} {kind} df {short}"][0]
        assert fit.covariance.satterthwaite(direction) == pytest.approx(satterthwaite, abs=1e-10)
        assert estimate.df == (16 if kind.startswith("CR1") else pytest.approx(satterthwaite))


@pytest.mark.parametrize("model", ["ols", "logit"])
@pytest.mark.parametrize("kind", ["HC1", "model"])
def test_unclustered_covariances_match_r(model, kind):
    fit_model, outcome = FITS[model]
    fit = fit_model(PEOPLE, outcome, TERMS, kind=kind)
    for name in fit.names:
        expected = REFERENCE[f"{model} {kind} se {R_NAMES.get(name, name)}"][0]
        assert fit.estimate(name).se == pytest.approx(expected, abs=1e-10)
        assert fit.estimate(name).df == 414


def test_hc1_of_a_logit_is_hc1():
    fit = logit(PEOPLE, "employed", TERMS, kind="HC1")
    hc0 = sm.Logit(PEOPLE["employed"], X).fit(disp=0, cov_type="HC0").bse
    assert fit.frame["se"].to_numpy() == pytest.approx(
        hc0.to_numpy() * np.sqrt(420 / 414), rel=1e-6
    )


def test_cr1s_is_the_default_of_statsmodels():
    fit = ols(PEOPLE, "hours", TERMS, cluster="unit", kind="CR1S")
    theirs = sm.OLS(PEOPLE["hours"], X).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(PEOPLE["unit"])[0]}
    )
    assert fit.frame["se"].to_numpy() == pytest.approx(theirs.bse.to_numpy(), abs=1e-10)


def test_cr3_is_the_jackknife_over_clusters():
    fit = ols(PEOPLE, "hours", ["age"], cluster="unit", kind="CR3")
    x, y = sm.add_constant(PEOPLE[["age"]]).to_numpy(float), PEOPLE["hours"].to_numpy()
    without = [
        np.linalg.lstsq(x[PEOPLE["unit"] != unit], y[PEOPLE["unit"] != unit])[0]
        for unit in PEOPLE["unit"].unique()
    ]
    deviations = np.array(without) - fit.coefficients
    assert fit.covariance.matrix == pytest.approx(deviations.T @ deviations, rel=1e-9)


def test_cr2_is_unbiased_when_errors_are_independent():
    codes = pd.factorize(PEOPLE["unit"])[0]
    x, n = X.to_numpy(), len(PEOPLE)
    inverse = np.linalg.inv(x.T @ x)
    # E(V) for unit variance: sum over people of the covariance from residuals of each unit vector
    hat = np.eye(n) - x @ inverse @ x.T
    expected = sum(covariance(x, x * hat[:, [i]], codes, "CR2").matrix for i in range(n))
    assert expected == pytest.approx(inverse, rel=1e-8)


def test_ordered_logit_matches_polr():
    fit = ordered_logit(PEOPLE, "satisfaction", TERMS, kind="model")
    for name in fit.design.names:
        short = R_NAMES.get(name, name)
        assert fit.estimate(name).value == pytest.approx(
            REFERENCE[f"polr coef {short}"][0], abs=1e-5
        )
        assert fit.estimate(name).se == pytest.approx(REFERENCE[f"polr se {short}"][0], abs=1e-5)
    for cut in range(1, 5):
        threshold = fit.estimate(f"satisfaction <= {cut}")
        name = f"{cut}|{cut + 1}"
        assert threshold.value == pytest.approx(REFERENCE[f"polr threshold {name}"][0], abs=1e-5)
        # polr() differentiates twice numerically, in steps that do not suit the thresholds
        assert threshold.se == pytest.approx(REFERENCE[f"polr se {name}"][0], abs=5e-5)


def test_ordered_logit_scores_and_information_are_derivatives():
    """The covariances stand on the scores and root rows, so both are checked numerically."""
    from evallib.models.likelihood import _bounds, _ordered_pieces

    x = X.to_numpy()[:, 1:] / [1, 1, 50, 1, 1]
    ranks = PEOPLE["satisfaction"].to_numpy(int) - 1
    upper, lower = _bounds(x, ranks)
    theta = np.array([0.1, -0.2, 0.3, 0.2, -0.1, -2.5, -1.4, -0.3, 1.0])

    def limits(at):
        return (
            np.where(ranks < 4, upper @ at, np.inf),
            np.where(ranks > 0, lower @ at, -np.inf),
        )

    def loglike(at):
        high, low = limits(at)
        return np.log(1 / (1 + np.exp(-high)) - 1 / (1 + np.exp(-low)))

    score, root = _ordered_pieces(*limits(theta), upper, lower)
    steps = np.eye(9) * 1e-5
    slopes = [(loglike(theta + h) - loglike(theta - h)) / 2e-5 for h in steps]
    assert score == pytest.approx(np.column_stack(slopes), abs=1e-8)
    bends = [
        _ordered_pieces(*limits(theta - h), upper, lower)[0].sum(axis=0)
        - _ordered_pieces(*limits(theta + h), upper, lower)[0].sum(axis=0)
        for h in steps
    ]
    assert root.T @ root == pytest.approx(np.column_stack(bends) / 2e-5, rel=1e-5, abs=1e-5)


def test_clustered_ordered_logit_matches_statsmodels():
    fit = ordered_logit(PEOPLE, "satisfaction", TERMS, cluster="unit", kind="CR1S")
    model = OrderedModel(PEOPLE["satisfaction"].to_numpy(), X.to_numpy()[:, 1:], distr="logit")
    theirs = model.fit(
        start_params=np.r_[fit.coefficients[:6], np.log(np.diff(fit.coefficients[5:]))],
        method="bfgs",
        gtol=1e-8,
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": fit.clusters},
    )
    # statsmodels differentiates twice numerically
    assert fit.frame["se"].to_numpy()[:5] == pytest.approx(theirs.bse[:5], rel=1e-4)


def test_ordered_logit_of_three_answers_on_any_scale():
    three = PEOPLE.assign(answer=np.digitize(PEOPLE["satisfaction"], [3, 5]) / 2)
    fit = ordered_logit(three, "answer", ["age"], cluster="unit")
    whole = ordered_logit(
        three.assign(answer=three["answer"] * 2), "answer", ["age"], cluster="unit"
    )
    assert fit.levels == (0, 0.5, 1)
    assert fit.names == ("age", "answer <= 0", "answer <= 0.5")
    assert whole.names == ("age", "answer <= 0", "answer <= 1")
    assert fit.coefficients == pytest.approx(whole.coefficients)


def test_ordered_logit_refuses_two_answers():
    with pytest.raises(DataError, match=r"2 answers \(0, 1\).*Use logit"):
        ordered_logit(PEOPLE, "employed", ["visits"], cluster="unit")


def test_ordered_logit_takes_an_ordered_categorical():
    words = ["bad", "poor", "fair", "good", "best"]
    named = PEOPLE.assign(
        satisfaction=pd.Categorical.from_codes(
            PEOPLE["satisfaction"] - 1, [*words, "unused"], ordered=True
        )
    )
    fit = ordered_logit(named, "satisfaction", ["age"], cluster="unit")
    numbers = ordered_logit(PEOPLE, "satisfaction", ["age"], cluster="unit")
    assert fit.levels == tuple(words)
    assert fit.names[1:] == tuple(f"satisfaction <= {word}" for word in words[:-1])
    assert fit.coefficients == pytest.approx(numbers.coefficients)
    assert proportional_odds(fit).brant == pytest.approx(proportional_odds(numbers).brant)


# --- tables


def test_table_is_data_with_its_convention():
    fit = ols(PEOPLE, "hours", TERMS, cluster="unit", level=0.9)
    table = fit.frame.set_index("term")
    assert list(table.index) == ["constant", *fit.design.names]
    assert table.loc["visits", "clusters_with"] == 3
    assert np.isnan(table.loc["age", "clusters_with"])
    assert np.isnan(table.loc["constant", "clusters_with"])
    assert set(table["method"]) == {"ols, CR2, t with Satterthwaite df"}
    assert table.loc["visits", "n"] == 420
    assert table.loc["visits", "clusters"] == 17
    estimate = fit.estimate("visits")
    assert table.loc["visits", "low"] == estimate.low
    assert estimate.level == 0.9
    assert ols(PEOPLE, "hours", TERMS, cluster="unit").estimate("visits").level == 0.95
    for model, (fit_model, outcome) in FITS.items():
        fitted = fit_model(PEOPLE, outcome, ["age"], cluster="unit")
        assert (fitted.model, fitted.outcome, fitted.levels) == (model, outcome, ())
        assert fitted.cluster_names[:2] == ("U01", "U02")


def test_rows_without_a_unit_are_dropped_only_where_units_count():
    holes = PEOPLE.assign(unit=PEOPLE["unit"].mask(PEOPLE["unit"] == "U02"))
    assert ols(holes, "hours", ["age"], cluster="unit").design.dropped == {"unit": 12}
    assert ols(holes, "hours", ["age"], kind="HC1").estimate("age").n == 420
    fit = ols(PEOPLE, "hours", ["age"], cluster="unit", kind="HC1")
    assert fit.covariance.clusters == 420
    assert np.isnan(fit.frame["clusters_with"]).all()


@pytest.mark.parametrize(
    ("kind", "words"), [("CR1S", "G-1"), ("HC1", "n-k"), ("CR3", "Satterthwaite")]
)
def test_method_names_the_reference(kind, words):
    assert ols(PEOPLE, "hours", ["age"], cluster="unit", kind=kind).method == (
        f"ols, {kind}, t with {words} df"
    )


def test_combination_of_coefficients():
    fit = ols(PEOPLE, "hours", TERMS, cluster="unit")
    difference = fit.combination({"education: long": 1, "education: none": -1})
    turned = PEOPLE["education"].cat.reorder_categories(["none", "long", "vocational"])
    again = ols(PEOPLE.assign(education=turned), "hours", TERMS, cluster="unit")
    other = again.estimate("education: long")
    assert difference.value == pytest.approx(other.value)
    assert difference.se == pytest.approx(other.se)
    assert difference.df == pytest.approx(other.df)
    with pytest.raises(EstimationError, match="no regressor 'wages'; it has constant, visits"):
        fit.combination({"wages": 1})


def test_gaps_are_dropped_and_counted():
    holes = PEOPLE.assign(age=PEOPLE["age"].mask(PEOPLE["age"] > 60))
    fit = ols(holes, "hours", TERMS, cluster="unit")
    lost = int((PEOPLE["age"] > 60).sum())
    assert fit.design.dropped == {"age": lost}
    assert fit.estimate("age").n == 420 - lost
    assert ols(PEOPLE, "hours", TERMS, cluster="unit").design.dropped == {}


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(140)), st.sampled_from(["CR1", "CR2", "CR3"]))
def test_order_of_rows_changes_nothing(order, kind):
    few = PEOPLE.iloc[::3].reset_index(drop=True)
    for fit_model, outcome in FITS.values():
        base = fit_model(few, outcome, ["homework", "age"], cluster="unit", kind=kind).frame
        other = fit_model(
            few.iloc[list(order)], outcome, ["homework", "age"], cluster="unit", kind=kind
        ).frame
        numbers = ["value", "se", "df"]
        assert other[numbers].to_numpy() == pytest.approx(base[numbers].to_numpy(), rel=1e-7)


# --- average effects


def test_average_effects_match_statsmodels():
    """A derivative for numbers, a difference for 0/1 columns: get_margeff(dummy=True)."""
    fit = logit(PEOPLE, "employed", ["visits", "homework", "age"], kind="model")
    theirs = (
        sm.Logit(PEOPLE["employed"], X.iloc[:, :4]).fit(disp=0, tol=1e-12).get_margeff(dummy=True)
    )
    ours = average_effects(fit)
    assert ours["term"].tolist() == ["visits", "homework", "age"]
    assert ours["value"].to_numpy() == pytest.approx(theirs.margeff, abs=1e-9)
    assert ours["se"].to_numpy() == pytest.approx(theirs.margeff_se, abs=1e-9)


def test_average_effect_of_a_category_is_against_its_reference():
    fit = logit(PEOPLE, "employed", TERMS, cluster="unit")
    beta = fit.coefficients

    def mean(level):
        x = X.assign(long=float(level == "long"), none=float(level == "none")).to_numpy()
        return (1 / (1 + np.exp(-x @ beta))).mean()

    ours = average_effects(fit).set_index("term")
    for level in ("long", "none"):
        expected = mean(level) - mean("vocational")
        assert ours.loc[f"education: {level}", "value"] == pytest.approx(expected, abs=1e-12)


def test_average_effects_of_an_ordered_logit_move_probabilities():
    fit = ordered_logit(PEOPLE, "satisfaction", TERMS, cluster="unit")
    table = average_effects(fit)
    assert table["answer"].unique().tolist() == [">= 2", ">= 3", ">= 4", ">= 5"]
    assert len(table) == 4 * 5
    by = table.set_index(["term", "answer"])
    slopes, thresholds = fit.coefficients[:5], fit.coefficients[5:]
    x = X.to_numpy()[:, 1:]

    def share(visits, cut):
        moved = np.column_stack([np.full(420, visits), x[:, 1:]])
        return (1 / (1 + np.exp(thresholds[cut] - moved @ slopes))).mean()

    for cut, answer in enumerate([">= 2", ">= 3", ">= 4", ">= 5"]):
        row = by.loc[("visits", answer)]
        assert row["value"] == pytest.approx(share(1, cut) - share(0, cut), abs=1e-12)
    older = by.loc[("age", ">= 4")]
    step = (
        (1 / (1 + np.exp(thresholds[2] - (x + np.eye(5)[2] * h) @ slopes))).mean()
        for h in (1e-4, -1e-4)
    )
    assert older["value"] == pytest.approx((next(step) - next(step)) / 2e-4, abs=1e-7)


def test_delta_method_gradient_is_the_derivative_of_the_effect():
    from dataclasses import replace

    from evallib.models.effects import _effect

    fit = logit(PEOPLE, "employed", TERMS, cluster="unit")
    one, none = np.ones((420, 1)), np.empty((420, 0))
    for position in range(5):
        _, gradient = _effect(fit, position, one, none)
        for j, h in enumerate(np.eye(6) * 1e-5):
            up, down = (
                _effect(
                    replace(fit, coefficients=fit.coefficients + sign * h), position, one, none
                )[0]
                for sign in (1, -1)
            )
            assert gradient[j] == pytest.approx((up - down) / 2e-5, abs=1e-7)


def test_average_effects_of_least_squares_are_its_coefficients():
    with pytest.raises(EstimationError, match="average effects already"):
        average_effects(ols(PEOPLE, "hours", ["age"], cluster="unit"))


# --- proportional odds


def test_brant_matches_the_formula_in_r():
    check = proportional_odds(ordered_logit(PEOPLE, "satisfaction", TERMS, kind="model"))
    assert check.brant == pytest.approx(REFERENCE["brant"][0], rel=1e-8)
    assert check.brant_df == 15
    # the chi-square on 15 degrees of freedom exceeds 23.3163 this often
    assert check.brant_p == pytest.approx(0.0777, abs=2e-4)


def test_cut_slopes_are_those_of_separate_logits():
    check = proportional_odds(ordered_logit(PEOPLE, "satisfaction", TERMS, cluster="unit"))
    slopes = check.slopes.set_index(["term", "answer"])
    assert len(slopes) == 20
    for cut in (2, 5):
        alone = logit(
            PEOPLE.assign(high=(PEOPLE["satisfaction"] >= cut) * 1),
            "high",
            TERMS,
            cluster="unit",
            kind="CR3",
        )
        joint = proportional_odds(
            ordered_logit(PEOPLE, "satisfaction", TERMS, cluster="unit", kind="CR3")
        )
        row = joint.slopes.set_index(["term", "answer"]).loc[("visits", f"satisfaction >= {cut}")]
        assert row["value"] == pytest.approx(alone.estimate("visits").value, abs=1e-9)
        assert row["se"] == pytest.approx(alone.estimate("visits").se, rel=1e-9)
        assert row["df"] == pytest.approx(alone.estimate("visits").df, rel=1e-9)
    spread = check.tests.set_index("term").loc["age", "value"]
    ends = (
        slopes.loc[("age", "satisfaction >= 5"), "value"],
        slopes.loc[("age", "satisfaction >= 2"), "value"],
    )
    assert spread == pytest.approx(ends[0] - ends[1])
    assert (check.tests["adjusted"] >= check.tests["p"]).all()


def test_a_slope_that_turns_is_found():
    rng = np.random.default_rng(1)
    n = 3000
    frame = pd.DataFrame(
        {"unit": np.arange(n) % 20, "x": rng.normal(size=n), "z": rng.normal(size=n)}
    )
    spread = rng.logistic(size=n) * np.exp(0.5 * frame["x"])  # x widens the answers
    frame["answer"] = np.digitize(spread + 0.5 * frame["z"], [-1.5, 0, 1.5])
    tests = proportional_odds(ordered_logit(frame, "answer", ["x", "z"], cluster="unit")).tests
    p = tests.set_index("term")["adjusted"]
    assert p["x"] < 1e-6
    assert p["z"] > 0.01


def test_the_check_is_for_ordered_logits():
    with pytest.raises(EstimationError, match="of a fit by ols"):
        proportional_odds(ols(PEOPLE, "hours", ["age"], cluster="unit"))


# --- coding


def test_coding_of_categories():
    frame = pd.DataFrame(
        {"plain": list("baccb"), "flag": [True, False, True, False, True], "y": range(5)}
    )
    plain = design(frame, ["plain", "flag"])
    assert plain.names == ("plain: a", "plain: c", "flag")  # b and c tie: b comes first
    assert plain.terms == ("plain", "plain", "flag")
    assert plain.matrix[:, 1].tolist() == [0, 0, 1, 1, 0]
    assert plain.matrix[:, 2].tolist() == [1, 0, 1, 0, 1]
    declared = frame.assign(plain=pd.Categorical(frame["plain"], ["z", "c", "b", "a"]))
    assert design(declared, ["plain"]).names == ("plain: b", "plain: a")


# --- bad input


def test_a_collinear_column_is_named():
    more = PEOPLE.assign(months=PEOPLE["age"] * 12, both=PEOPLE["visits"] + PEOPLE["homework"])
    with pytest.raises(EstimationError, match="'months' is a combination"):
        ols(more, "hours", ["age", "visits", "months"], cluster="unit")
    with pytest.raises(EstimationError, match="'both' is a combination"):
        logit(more, "employed", ["visits", "homework", "age", "both"], cluster="unit")
    with pytest.raises(EstimationError, match="'one' has one value"):
        ols(PEOPLE.assign(one=1), "hours", ["one"], cluster="unit")
    with pytest.raises(EstimationError, match=r"'word' is 'x' in every row"):
        ols(PEOPLE.assign(word="x"), "hours", ["word"], cluster="unit")
    with pytest.raises(EstimationError, match="too few rows"):
        ols(PEOPLE.iloc[:3], "hours", ["hours", "age", "satisfaction"], kind="model")


def test_no_complete_row_is_refused():
    with pytest.raises(DataError, match=r"No row has all of age, hours.*'age': 420"):
        ols(PEOPLE.assign(age=np.nan), "hours", ["age"], kind="HC1")
    with pytest.raises(DataError, match="no column 'wages'"):
        ols(PEOPLE, "hours", ["wages"], cluster="unit")


def test_separation_is_named():
    with pytest.raises(EstimationError, match=r"'employed': .*answer.* separate"):
        logit(
            PEOPLE.assign(answer=PEOPLE["employed"] * 2),
            "employed",
            ["age", "answer"],
            cluster="unit",
        )
    # quasi-separation: nobody under 25 is employed, others mixed
    young = PEOPLE.assign(young=(PEOPLE["age"] < 25) * 1)
    young.loc[young["young"] == 1, "employed"] = 0
    with pytest.raises(EstimationError, match=r"young separate"):
        logit(young, "employed", ["visits", "age", "young"], cluster="unit")
    split = PEOPLE.assign(top=(PEOPLE["satisfaction"] >= 4) * 1)
    with pytest.raises(EstimationError, match="ordered logit of 'satisfaction': top"):
        ordered_logit(split, "satisfaction", ["age", "top"], cluster="unit")


def test_outcome_of_a_logit_is_two_valued():
    with pytest.raises(DataError, match="both 0 and 1"):
        logit(PEOPLE, "satisfaction", ["age"], cluster="unit")
    with pytest.raises(DataError, match="both 0 and 1"):
        logit(PEOPLE.assign(employed=1), "employed", ["age"], cluster="unit")


def test_covariance_is_checked():
    with pytest.raises(EvalError, match="kind is 'CR5'; choose one of 'model', 'HC1', 'CR1'"):
        ols(PEOPLE, "hours", ["age"], cluster="unit", kind="CR5")
    with pytest.raises(EstimationError, match="CR2 needs cluster="):
        ols(PEOPLE, "hours", ["age"])
    with pytest.raises(EstimationError, match="rests on 1 cluster"):
        ols(PEOPLE[PEOPLE["unit"] == "U16"], "hours", ["age"], cluster="unit")


LONE = PEOPLE.assign(lone=(PEOPLE["unit"] == "U16") * 1)


@pytest.mark.parametrize(("model", "name"), [("ols", "lone"), ("logit", "lone logit")])
def test_a_unit_with_its_own_dummy_leaves_the_others_as_in_clubsandwich(model, name):
    fit_model, outcome = FITS[model]
    fit = fit_model(LONE, outcome, ["homework", "age", "lone"], cluster="unit")
    for term in ("homework", "age"):
        estimate = fit.estimate(term)
        assert estimate.se == pytest.approx(REFERENCE[f"{name} CR2 se {term}"][0], abs=1e-10)
        assert estimate.df == pytest.approx(REFERENCE[f"{name} CR2 df {term}"][0], abs=1e-9)


def test_cr3_of_a_unit_with_its_own_dummy_is_the_jackknife():
    """For CR3 clubSandwich inverts a singular matrix; leaving units out does not."""
    fit = ols(LONE, "hours", ["homework", "age", "lone"], cluster="unit", kind="CR3")
    x = sm.add_constant(LONE[["homework", "age", "lone"]]).to_numpy(float)
    deviations = []
    for unit in LONE["unit"].unique():
        kept, columns = (LONE["unit"] != unit).to_numpy(), slice(0, 3 if unit == "U16" else 4)
        without = np.linalg.lstsq(x[kept, columns], LONE["hours"].to_numpy()[kept])[0]
        deviations.append(without[1:3] - fit.coefficients[1:3])
    expected = np.sqrt((np.array(deviations) ** 2).sum(axis=0))
    with pytest.warns(EstimationWarning, match="U16"):
        se = fit.frame["se"].to_numpy()[1:3]
    assert se == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", ["CR1", "CR2", "CR3"])
@pytest.mark.parametrize("model", ["ols", "logit"])
def test_a_term_of_one_cluster_has_no_interval_and_says_so(kind, model):
    fit_model, outcome = FITS[model]
    fit = fit_model(LONE, outcome, ["lone", "age"], cluster="unit", kind=kind)
    with pytest.warns(EstimationWarning, match="'lone' cannot be told from cluster U16"):
        lone = fit.estimate("lone")
    assert np.isnan([lone.se, lone.low, lone.high, lone.df]).all()
    assert np.isfinite(fit.estimate("age").se)


def test_newton_that_leads_nowhere_is_refused():
    from evallib.models.likelihood import Pieces, _maximum

    with pytest.raises(EstimationError, match=r"a model: the maximum .* not reached"):
        _maximum(np.zeros(1), lambda at: Pieces(np.ones((1, 1)), np.ones((1, 1))), "a model")


def test_least_squares_solves_the_normal_equations():
    codes = pd.factorize(PEOPLE["unit"])[0]
    fit = least_squares(X.to_numpy(), PEOPLE["hours"].to_numpy(), codes, "model")
    ours = ols(PEOPLE, "hours", TERMS, kind="model")
    assert fit.coefficients == pytest.approx(ours.coefficients)
    assert fit.covariance.matrix == pytest.approx(ours.covariance.matrix)
    assert fit.residuals == pytest.approx(PEOPLE["hours"] - X.to_numpy() @ fit.coefficients)
    default = least_squares(X.to_numpy(), PEOPLE["hours"].to_numpy(), codes).covariance
    assert default.kind == "CR2"
    pairs = itertools.product(range(6), repeat=2)
    assert all(
        fit.covariance.matrix[i, j] == pytest.approx(fit.covariance.matrix[j, i]) for i, j in pairs
    )
