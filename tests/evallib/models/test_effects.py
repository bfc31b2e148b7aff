"""Average effects and the check of proportional odds: against statsmodels and by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from frozen import people
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evallib import models
from evallib.errors import EstimationError, EvalError
from evallib.models.covariance import clustered, coefficients, cr2
from evallib.models.effects import _effect, average_effects, proportional_odds

PEOPLE = people()
TERMS = "visits + homework + age + education"
NUMBERS = ["visits", "homework", "age"]


def logit(terms=TERMS, frame=PEOPLE, outcome="employed"):
    return smf.logit(f"{outcome} ~ {terms}", frame).fit(disp=False)


def ordered(terms=TERMS, frame=PEOPLE, outcome="satisfaction"):
    model = OrderedModel.from_formula(f"{outcome} ~ {terms}", frame, distr="logit")
    return model.fit(method="newton", disp=False)


def design(result):
    return pd.DataFrame(result.fit.model.exog, columns=result.fit.model.exog_names[:6])


def test_average_effects_match_statsmodels():
    """A derivative for numbers, a difference for 0/1 columns: get_margeff(dummy=True)."""
    fit = logit("visits + homework + age")
    theirs = fit.get_margeff(dummy=True)
    ours = average_effects(coefficients(fit))
    assert ours["term"].tolist() == NUMBERS
    assert [e.value for e in ours["estimate"]] == pytest.approx(theirs.margeff, abs=1e-9)
    assert [e.se for e in ours["estimate"]] == pytest.approx(theirs.margeff_se, abs=1e-9)


def test_average_effect_of_a_category_is_against_its_reference():
    result = cr2(logit(), PEOPLE["unit"])

    def mean(level):
        moved = design(result)
        for name in ("long", "none"):
            moved[f"education[T.{name}]"] = float(level == name)
        return (1 / (1 + np.exp(-moved.to_numpy() @ result.params))).mean()

    ours = average_effects(result).set_index("term")["estimate"]
    for level in ("long", "none"):
        expected = mean(level) - mean("vocational")
        assert ours[f"education[T.{level}]"].value == pytest.approx(expected, abs=1e-12)


def test_average_effects_of_an_ordered_logit_move_probabilities():
    result = cr2(ordered(), PEOPLE["unit"])
    table = average_effects(result)
    assert table["answer"].unique().tolist() == [">= 2", ">= 3", ">= 4", ">= 5"]
    assert len(table) == 4 * 5
    by = table.set_index(["term", "answer"])["estimate"]
    x = result.fit.model.exog
    names = list(result.names[:5])
    slopes, thresholds = result.params[:5], result.params[5:]

    def share(moved, cut):
        return (1 / (1 + np.exp(thresholds[cut] - moved @ slopes))).mean()

    def visits(number):
        moved = x.copy()
        moved[:, names.index("visits")] = number
        return moved

    for cut, answer in enumerate([">= 2", ">= 3", ">= 4", ">= 5"]):
        expected = share(visits(1), cut) - share(visits(0), cut)
        assert by["visits", answer].value == pytest.approx(expected, abs=1e-12)
    step = np.eye(5)[names.index("age")] * 1e-4
    expected = (share(x + step, 2) - share(x - step, 2)) / 2e-4
    assert by["age", ">= 4"].value == pytest.approx(expected, abs=1e-7)


def test_delta_method_gradient_is_the_derivative_of_the_effect():
    result = cr2(logit(), PEOPLE["unit"])
    x, none = result.fit.model.exog, np.empty((420, 0))
    for term in result.names[1:]:
        _, gradient = _effect(result, term, x, none)
        for j, h in enumerate(np.eye(6) * 1e-5):
            up, down = (
                _effect(replace(result, params=result.params + sign * h), term, x, none)[0]
                for sign in (1, -1)
            )
            assert gradient[j] == pytest.approx((up - down) / 2e-5, abs=1e-7)


def test_a_fit_without_a_covariance_is_told_how_to_get_one():
    for function in (models.average_effects, models.proportional_odds):
        with pytest.raises(EvalError, match=r"`result` is of type .*; give a fit with its covari"):
            function(logit("visits + age"))


def test_average_effects_that_do_not_exist_are_refused():
    linear = cr2(smf.ols("hours ~ age", PEOPLE).fit(), PEOPLE["unit"])
    with pytest.raises(EstimationError, match="average effects already"):
        average_effects(linear)
    with pytest.raises(EstimationError, match="interaction visits:age"):
        average_effects(cr2(logit("visits * age"), PEOPLE["unit"]))


# --- proportional odds


@pytest.mark.parametrize("kind", ["CR1", "CR2", "CR3"])
def test_difference_between_cuts_is_that_of_separate_logits(kind):
    table = proportional_odds(clustered(ordered(), PEOPLE["unit"], kind=kind))
    table = table.set_index("term")["estimate"]
    low, high = (
        clustered(
            logit(frame=PEOPLE.assign(above=(PEOPLE["satisfaction"] >= cut) * 1), outcome="above"),
            PEOPLE["unit"],
            kind=kind,
        )
        for cut in (2, 5)
    )
    for term in low.names[1:]:
        assert table[term].value == pytest.approx(high[term].value - low[term].value, abs=1e-9)


def test_spread_of_a_difference_is_the_jackknife():
    """CR3's analogue: one Newton step from the fit, each unit left out in turn."""
    result = clustered(ordered("age"), PEOPLE["unit"], kind="CR3")
    estimate = proportional_odds(result)["estimate"].iloc[0]
    x = np.column_stack([np.ones(420), PEOPLE["age"]])
    moves = []
    for unit in PEOPLE["unit"].unique():
        keep = (PEOPLE["unit"] != unit).to_numpy()
        ends = []
        for cut in (2, 5):
            y = (PEOPLE["satisfaction"] >= cut).to_numpy(float)
            beta = logit("age", PEOPLE.assign(y=y), "y").params.to_numpy()
            p = 1 / (1 + np.exp(-x @ beta))
            information = (x[keep] * (p * (1 - p))[keep, None]).T @ x[keep]
            ends.append(np.linalg.solve(information, x[keep].T @ (y - p)[keep])[1])
        moves.append(ends[1] - ends[0])
    assert estimate.se == pytest.approx(np.sqrt(np.sum(np.square(moves))), rel=1e-8)


def test_a_slope_that_turns_is_found():
    rng = np.random.default_rng(1)
    n = 3000
    frame = pd.DataFrame(
        {"unit": np.arange(n) % 20, "x": rng.normal(size=n), "z": rng.normal(size=n)}
    )
    spread = rng.logistic(size=n) * np.exp(0.5 * frame["x"])  # x widens the answers
    frame["answer"] = np.digitize(spread + 0.5 * frame["z"], [-1.5, 0, 1.5])
    table = proportional_odds(cr2(ordered("x + z", frame, "answer"), frame["unit"]))
    p = table.set_index("term")["adjusted"]
    assert p["x"] < 1e-6
    assert p["z"] > 0.01
    assert (table["adjusted"] >= table["p"]).all()


def test_the_check_is_for_ordered_logits_with_clusters():
    with pytest.raises(EstimationError, match="ordered logit with clusters"):
        proportional_odds(cr2(logit("age"), PEOPLE["unit"]))
    with pytest.raises(EstimationError, match="ordered logit with clusters"):
        proportional_odds(coefficients(ordered("age")))
