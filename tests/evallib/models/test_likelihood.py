"""What is read off a fit: against R, against numerical derivatives, and where there is no fit."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from frozen import frozen, people
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evallib.errors import DataError, EstimationError
from evallib.models.likelihood import _limits, _ordered_pieces, identified, likelihood

REFERENCE = frozen("inference")
PEOPLE = people()
TERMS = "visits + homework + age + education"
R_NAMES = {"education[T.long]": "educationlong", "education[T.none]": "educationnone"}


def ordered(frame=PEOPLE, terms=TERMS, outcome="satisfaction", method="newton"):
    model = OrderedModel.from_formula(f"{outcome} ~ {terms}", frame, distr="logit")
    return model.fit(method=method, disp=False)


def logit(frame, terms):
    return smf.logit(f"employed ~ {terms}", frame).fit(disp=False)


def test_ordered_logit_matches_polr():
    found = likelihood(ordered())
    se = np.sqrt(np.diag(np.linalg.inv(found.root.T @ found.root)))
    for name, value, spread in zip(found.names[:5], found.params, se, strict=False):
        short = R_NAMES.get(name, name)
        assert value == pytest.approx(REFERENCE[f"polr coef {short}"][0], abs=1e-5)
        assert spread == pytest.approx(REFERENCE[f"polr se {short}"][0], abs=1e-5)
    for cut in range(1, 5):
        place = found.names.index(f"satisfaction <= {cut}")
        name = f"{cut}|{cut + 1}"
        assert found.params[place] == pytest.approx(
            REFERENCE[f"polr threshold {name}"][0], abs=1e-5
        )
        # polr() differentiates twice numerically, in steps that do not suit the thresholds
        assert se[place] == pytest.approx(REFERENCE[f"polr se {name}"][0], abs=5e-5)


def test_ordered_logit_scores_and_information_are_derivatives():
    """The covariances stand on the scores and root rows, so both are checked numerically."""
    x = PEOPLE[["visits", "homework", "age"]].to_numpy() / [1, 1, 50]
    ranks = PEOPLE["satisfaction"].to_numpy(int) - 1
    upper, lower = _limits(x, ranks)
    theta = np.array([0.1, -0.2, 0.3, -2.5, -1.4, -0.3, 1.0])

    def limits(at):
        return (
            np.where(ranks < 4, upper @ at, np.inf),
            np.where(ranks > 0, lower @ at, -np.inf),
        )

    def loglike(at):
        high, low = limits(at)
        return np.log(1 / (1 + np.exp(-high)) - 1 / (1 + np.exp(-low)))

    score, root = _ordered_pieces(*limits(theta), upper, lower)
    steps = np.eye(7) * 1e-5
    slopes = [(loglike(theta + h) - loglike(theta - h)) / 2e-5 for h in steps]
    assert score == pytest.approx(np.column_stack(slopes), abs=1e-8)
    bends = [
        _ordered_pieces(*limits(theta - h), upper, lower)[0].sum(axis=0)
        - _ordered_pieces(*limits(theta + h), upper, lower)[0].sum(axis=0)
        for h in steps
    ]
    assert root.T @ root == pytest.approx(np.column_stack(bends) / 2e-5, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("make", [ordered, lambda: logit(PEOPLE, TERMS)])
def test_scores_vanish_at_the_maximum(make):
    found = likelihood(make())
    assert found.score.sum(axis=0) == pytest.approx(np.zeros(len(found.names)), abs=1e-5)


def test_information_of_a_logit_is_that_of_statsmodels():
    fit = logit(PEOPLE, TERMS)
    found = likelihood(fit)
    assert found.root.T @ found.root == pytest.approx(-fit.model.hessian(fit.params))


def test_thresholds_of_answers_on_any_scale():
    half = PEOPLE.assign(answer=np.digitize(PEOPLE["satisfaction"], [3, 5]) / 2)
    found = likelihood(ordered(half, "age", "answer"))
    whole = likelihood(ordered(half.assign(answer=half["answer"] * 2), "age", "answer"))
    assert found.names == ("age", "answer <= 0", "answer <= 0.5")
    assert whole.names == ("age", "answer <= 0", "answer <= 1")
    assert found.params == pytest.approx(whole.params)


def test_ordered_logit_takes_an_ordered_categorical():
    words = ["bad", "poor", "fair", "good", "best"]
    answer = pd.Categorical.from_codes(PEOPLE["satisfaction"] - 1, words, ordered=True)
    found = likelihood(ordered(PEOPLE.assign(answer=answer), "age", "answer"))
    assert found.names[1:] == tuple(f"answer <= {word}" for word in words[:-1])
    assert found.params == pytest.approx(likelihood(ordered(terms="age")).params)


# --- fits that are none


def test_a_collinear_column_is_named():
    more = PEOPLE.assign(months=PEOPLE["age"] * 12, both=PEOPLE["visits"] + PEOPLE["homework"])
    with pytest.warns(sm.tools.sm_exceptions.SingularMatrixWarning):
        fit = smf.ols("hours ~ age + visits + months", more).fit()
    with pytest.raises(EstimationError, match="'months' is a combination"):
        likelihood(fit)
    with pytest.raises(EstimationError, match="'both' is a combination"):
        likelihood(logit(more, "visits + homework + age + both"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1, 2, 3], "one": [1, 1, 1]}, None),  # the constant
        ({"constant": [1, 1, 1], "one": [2, 2, 2]}, "'one' has one value in all 3 rows used here"),
        ({"constant": [1, 1, 1], "never": [0, 0, 0]}, "'never' has one value"),
        ({"a": [1, 2, 3], "never": [0, 0, 0]}, "'never' has one value"),
        ({"constant": [1, 1, 1], "a": [1, 2, 3], "b": [2, 4, 6]}, "'b' is a combination"),
        ({"constant": [1, 1], "a": [1, 2], "b": [5, 4]}, r"too few rows \(2\)"),
        ({"a": [1, 2, 3], "b": [2, 4, 6]}, "'b' is a combination"),
        ({"a": [1, 2, 3], "b": [2, 3, 4]}, None),  # without a constant they are two
    ],
)
def test_columns_that_are_not_identified(columns, message):
    matrix = np.column_stack(list(columns.values())).astype(float)
    if message is None:
        identified(matrix, list(columns))
    else:
        with pytest.raises(EstimationError, match=message):
            identified(matrix, list(columns), " here")


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ModelWarning")
def test_separation_is_named():
    answer = PEOPLE.assign(answer=PEOPLE["employed"] * 2)
    with pytest.raises(EstimationError, match=r"'employed': .*answer.* separate"):
        likelihood(logit(answer, "age + answer"))
    # quasi-separation: nobody under 25 is employed, others mixed
    young = PEOPLE.assign(young=(PEOPLE["age"] < 25) * 1)
    young.loc[young["young"] == 1, "employed"] = 0
    with pytest.raises(EstimationError, match=r": young separate"):
        likelihood(logit(young, "visits + age + young"))
    split = PEOPLE.assign(top=(PEOPLE["satisfaction"] >= 4) * 1)
    with pytest.raises(EstimationError, match=r"fit of 'satisfaction': top, .* separate"):
        likelihood(ordered(split, "age + top", method="bfgs"))


def test_a_fit_that_stopped_short_is_refused():
    with pytest.warns(sm.tools.sm_exceptions.ConvergenceWarning):
        short = smf.logit("employed ~ age", PEOPLE).fit(disp=False, method="bfgs", maxiter=1)
    with pytest.raises(EstimationError, match="has not reached the maximum"):
        likelihood(short)
    assert len(likelihood(ordered(method="bfgs")).params) == 9


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ModelWarning")
@pytest.mark.parametrize("shift", [1e8, 1e9])
def test_a_column_far_from_zero_is_named_where_statsmodels_got_it_wrong(shift):
    rng = np.random.default_rng(1)
    x = rng.normal(size=420)
    frame = pd.DataFrame({"x": x, "far": x + shift, "y": -0.1 * x + rng.normal(size=420) / 10})
    message = "has not reached .* Column 'far' has values up to 1e.0[89].* Subtract its mean"
    fit = smf.ols("y ~ far", frame).fit()
    assert abs(fit.params["far"]) < 1e-7  # the truth is -.1
    with pytest.raises(EstimationError, match=message):
        likelihood(fit)
    both = smf.logit("z ~ far", frame.assign(z=(frame["y"] > 0) * 1)).fit(disp=False)
    with pytest.raises(EstimationError, match=message):
        likelihood(both)
    near = smf.ols("y ~ moved", frame.assign(moved=x + 1e6)).fit()
    assert likelihood(near).params[1] == pytest.approx(smf.ols("y ~ x", frame).fit().params["x"])


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ModelWarning")
def test_a_date_in_nanoseconds_is_refused_by_name():
    day = pd.Timestamp("2016-01-01").value + PEOPLE["age"] * 86_400 * 10**9
    for method in ("pinv", "qr"):
        fit = smf.ols("hours ~ visits + day", PEOPLE.assign(day=day)).fit(method=method)
        with pytest.raises(EstimationError, match=r"'hours': Column 'day' .* 1\.46e\+18.*months"):
            likelihood(fit)
    with pytest.raises(EstimationError, match="Column 'day'"):
        likelihood(logit(PEOPLE.assign(day=day), "visits + day"))


def test_a_column_of_billions_that_was_fitted_well_is_taken():
    rich = PEOPLE.assign(income=PEOPLE["age"] * 1e8)
    found = likelihood(smf.ols("hours ~ income", rich).fit(method="qr"))
    plain = likelihood(smf.ols("hours ~ age", PEOPLE).fit())
    assert found.params * [1, 1e8] == pytest.approx(plain.params)


def test_infinite_numbers_are_refused():
    endless = PEOPLE.assign(hours=PEOPLE["hours"].where(PEOPLE.index > 1, np.inf))
    with np.errstate(invalid="ignore"):
        fit = smf.ols("hours ~ age", endless).fit()
    with pytest.raises(DataError, match=r"'hours': the outcome is .*infinite in 2 of 420 rows"):
        likelihood(fit)
    endless = PEOPLE.assign(age=PEOPLE["age"].where(PEOPLE.index > 1, np.inf))
    with pytest.raises(sm.tools.sm_exceptions.MissingDataError, match="inf"):
        smf.ols("hours ~ age", endless)


@pytest.mark.parametrize("hours", [0.0, 1 / 3, 5e5, 7 - 0.3 * PEOPLE["age"]])
def test_residuals_that_are_rounding_are_none(hours):
    found = likelihood(smf.ols("hours ~ age + visits", PEOPLE.assign(hours=hours)).fit())
    assert not found.score.any()
    noise = PEOPLE.assign(hours=hours + PEOPLE["hours"] * 1e-3)
    assert likelihood(smf.ols("hours ~ age + visits", noise).fit()).score.any()


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.SpecificationWarning")
def test_answers_in_alphabetical_order_are_refused(declared):
    told = PEOPLE["satisfaction"].map(dict(enumerate(["worst", "poor", "fair", "good", "best"], 1)))
    answer = pd.Series(pd.Categorical(told, ordered=declared), name="answer")
    fit = OrderedModel(answer, PEOPLE[["age"]], distr="logit").fit(method="newton", disp=False)
    with pytest.raises(DataError, match=r"'answer': .* alphabetical .*best, fair.*ordered=True"):
        likelihood(fit)
    if declared:
        with pytest.raises(DataError, match="alphabetical"):
            likelihood(ordered(PEOPLE.assign(answer=answer), "age", "answer"))


def test_answers_that_begin_with_numbers_are_in_order():
    words = ["1 bad", "2 poor", "3 fair", "4 good", "5 best"]
    answer = pd.Categorical.from_codes(PEOPLE["satisfaction"] - 1, words, ordered=True)
    found = likelihood(ordered(PEOPLE.assign(answer=answer), "age", "answer"))
    assert found.params == pytest.approx(likelihood(ordered(terms="age")).params)


@pytest.mark.filterwarnings("ignore")
def test_an_answer_that_nobody_gave_is_refused():
    words = ["bad", "poor", "medium", "fair", "good", "best"]
    codes = (PEOPLE["satisfaction"] - 1).map({0: 0, 1: 1, 2: 3, 3: 4, 4: 5})
    answer = pd.Series(pd.Categorical.from_codes(codes, words, ordered=True), name="answer")
    fit = OrderedModel(answer, PEOPLE[["age"]], distr="logit").fit(method="bfgs", disp=False)
    with pytest.raises(DataError, match=r"nobody gave the answer medium, .*remove_unused"):
        likelihood(fit)


def test_an_outcome_that_is_no_yes_or_no_is_refused():
    with pytest.raises(DataError, match="both 0 and 1"):
        likelihood(logit(PEOPLE.assign(employed=PEOPLE["employed"] / 2), "age"))


def test_other_models_are_refused():
    probit = smf.probit("employed ~ age", PEOPLE).fit(disp=False)
    with pytest.raises(EstimationError, match=r"is by Probit\. Clusters are known for OLS, WLS"):
        likelihood(probit)
    normal = OrderedModel.from_formula("satisfaction ~ age", PEOPLE, distr=stats.norm)
    with pytest.raises(EstimationError, match="is by OrderedModel"):
        likelihood(normal.fit(method="bfgs", disp=False))
