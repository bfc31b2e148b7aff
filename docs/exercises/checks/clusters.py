"""Checks of exercise 2: how often three methods find an effect that is not there."""

from checks import Rules, check, near


@check
def task_1(rejected: float) -> Rules:
    """The truth is zero, and four studies in ten find something. Colleagues of one unit resemble
    each other, and the formula believes that each of them is news.
    """
    yield isinstance(rejected, float) and 0 <= rejected <= 1, "give a share of the simulations."
    yield rejected < 0.6, "that many are *not* significant. Which side of .05 do you count?"
    yield rejected > 0.1, "rather few: is the covariance here the plain one, people as independent?"
    yield near(rejected, 0.385, 0.02), "use `simulate(seed)` for the seeds 0-199, and all of them."


@check
def task_2(rejected: float) -> Rules:
    """Better, and still nearly three times too often: the usual sandwich needs many clusters, and here
    three units carry one side of the comparison.
    """
    yield isinstance(rejected, float) and 0 <= rejected <= 1, "give a share of the simulations."
    yield rejected < 0.3, "no better than before: does the fit know which unit each person is in?"
    yield rejected > 0.08, "so few? That is not statsmodels' `cov_type='cluster'` by itself."
    yield near(rejected, 0.135, 0.02), "use the seeds 0-199, groups = the unit."


@check
def task_3(rejected: float, df: float) -> Rules:
    """CR2 with Satterthwaite's degrees of freedom keeps its promise, and the degrees of freedom say
    how little there is to know the spread by: a few, from hundreds of people.
    """
    yield isinstance(rejected, float) and 0 <= rejected <= 1, "give a share of the simulations."
    yield rejected < 0.1, "too many still. Which reference distribution gives your p-value?"
    yield near(rejected, 0.035, 0.02), "use `models.cr2(fit, unit)` and its p-value on seeds 0-199."
    yield df < 100, "those degrees of freedom count people. The estimate of CR2 has its own: `.df`."
    yield near(df, 5.037, 0.01), "that is not the `.df` of `visits` in `simulate(0)`."


@check
def task_4(effective: float) -> Rules:
    """Sixty people of one unit weigh as fifteen strangers. More of them would add next to nothing:
    with ever so many it stays below 20. More units would.
    """
    yield isinstance(effective, float | int) and effective > 0, "give one positive number."
    yield effective <= 60, "nobody counts for more than one person. Divide, don't multiply."
    yield not near(effective, 60 / 4, 0.01), "a person is not alike to herself: how many others?"
    yield not near(effective, 60 / 3.95**0.5, 0.01), "the design effect is of variances; no root."
    yield near(effective, 60 / 3.95, 0.01), "the design effect is 1 + (m - 1) · ICC."
