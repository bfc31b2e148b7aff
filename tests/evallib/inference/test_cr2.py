"""Clustered covariances: what defines each of them. (Against R: test_covariance.py.)"""

import numpy as np
import pandas as pd
import pytest
from frozen import people

from evallib.errors import EvalError
from evallib.inference.cr2 import covariance, least_squares

PEOPLE = people()
CODES = pd.factorize(PEOPLE["unit"])[0]
X = np.column_stack([np.ones(420), PEOPLE[["visits", "homework", "age"]]])
HOURS = PEOPLE["hours"].to_numpy()


def jackknife(x, y, codes, coefficients, kept):
    """Sum of squares of what leaving each cluster out does; its own dummy left out with it."""
    without = []
    for code in range(codes.max() + 1):
        rows = codes != code
        columns = x[rows].any(axis=0)
        slopes = np.linalg.lstsq(x[rows][:, columns], y[rows])[0]
        without.append(slopes[:kept] - coefficients[:kept])
    return np.array(without).T @ np.array(without)


def test_least_squares_solves_the_normal_equations():
    fit = least_squares(X, HOURS, CODES)
    assert X.T @ (HOURS - X @ fit.coefficients) == pytest.approx(np.zeros(4), abs=1e-6)
    assert fit.covariance.kind == "CR2"
    assert (fit.covariance.n, fit.covariance.clusters) == (420, 17)
    assert fit.covariance.matrix == pytest.approx(fit.covariance.matrix.T)


def test_cr3_is_the_jackknife_over_clusters():
    fit = least_squares(X[:, [0, 3]], HOURS, CODES, "CR3")
    expected = jackknife(X[:, [0, 3]], HOURS, CODES, fit.coefficients, 2)
    assert fit.covariance.matrix == pytest.approx(expected, rel=1e-9)


def test_cr3_of_a_cluster_with_its_own_dummy_is_the_jackknife():
    """For CR3 clubSandwich inverts a singular matrix; leaving units out does not."""
    lone = (CODES == 15).astype(float)
    x = np.column_stack([X[:, [0, 2, 3]], lone])
    fit = least_squares(x, HOURS, CODES, "CR3")
    expected = jackknife(x, HOURS, CODES, fit.coefficients, 3)
    assert np.diag(fit.covariance.matrix)[:3] == pytest.approx(np.diag(expected), rel=1e-9)
    assert fit.covariance.rests_on(np.eye(4)[3]) == 15
    assert fit.covariance.rests_on(np.eye(4)[2]) is None


def test_cr2_is_unbiased_when_errors_are_independent():
    inverse = np.linalg.inv(X.T @ X)
    # E(V) for unit variance: sum over people of the covariance from residuals of each unit vector
    hat = np.eye(420) - X @ inverse @ X.T
    expected = sum(covariance(X, X * hat[:, [i]], CODES, "CR2").matrix for i in range(420))
    assert expected == pytest.approx(inverse, rel=1e-8)


def test_satterthwaite_of_equal_clusters_is_the_number_of_clusters_less_one():
    fit = least_squares(np.ones((30, 1)), np.arange(30.0), np.arange(30) % 10)
    assert fit.covariance.df(np.ones(1)) == pytest.approx(9)


def test_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(EvalError, match="kind is 'CR5'; choose one of 'CR1', 'CR2', 'CR3', 'CR1S'"):
        least_squares(X, HOURS, CODES, "CR5")
