"""Checks of exercise 3: what the order of units is worth."""

from functools import cache

import numpy as np
import pandas as pd

from checks import Rules, check, near
from evallib import inference, load, projects


@cache
def answers() -> pd.DataFrame:
    """The answers on satisfaction on route 1, without don't-know."""
    survey = load().survey
    return projects.scores(survey[survey["route"] == 1], "satisfaction", "project", dont_know=[9])


@check
def task_1(means: pd.Series) -> Rules:
    """A mean of each unit. The distance from best to worst looks large; hold on to it."""
    right = answers().groupby("project")["satisfaction"].mean()
    yield isinstance(means, pd.Series), "give a Series: a mean for each unit."
    yield set(means.index) == set(right.index), "its index should be the units of route 1."
    told = means.reindex(right.index)
    yield (
        (told >= right - 1e-9).all() and not (told > right + 0.05).any(),
        "some means are too high. What does the answer 9 stand for?",
    )
    yield near(told, right), "not those means. Are all answers in, and only answers?"


@check
def task_2(by_chance: float) -> Rules:
    """That far apart lie units between which there is *no* difference at all."""
    sizes = answers().groupby("project").size()
    yield isinstance(by_chance, float) and by_chance > 0, "give one number: a mean distance."
    yield by_chance > 0.3, "that is no distance from the best to the worst; a spread, perhaps?"
    yield (
        by_chance < 1.5,
        "that is near the distance in the data. Are the answers dealt out anew, unit by unit?",
    )
    yield near(by_chance, 0.804, 0.02), f"mean over the seeds 0-199, all {len(sizes)} units."


@check
def task_3(small_on_top: float) -> Rules:
    """Five of seventeen units have so few answers, and they come first far more often than they
    should: not that they are better, they are less certain. They come last as often.
    """
    yield isinstance(small_on_top, float) and 0 <= small_on_top <= 1, "give a share."
    yield (
        not near(small_on_top, 5 / 17, 0.005),
        "that is the share of units that are small. How often is one of them first?",
    )
    yield near(small_on_top, 0.52, 0.02), "for each seed: the best unit, and whether it is small."


@check
def task_4(shrunken: pd.Series) -> Rules:
    """Each mean moves towards the whole, the fewer its answers the further. It is wrong less often;
    it is still no ranking, since the order hardly changes.
    """
    frame = inference.unit_scores(answers(), "satisfaction", "project").frame.set_index("unit")
    yield isinstance(shrunken, pd.Series), "give a Series with the units as index."
    yield set(shrunken.index) == set(frame.index), "its index should be the units."
    told = shrunken.reindex(frame.index)
    yield not near(told, frame["raw"]), "those are the raw means; which column is shrunken?"
    yield (
        told.std() > 0.01,
        "all units are alike now: shrinkage draws towards the mean, not onto it.",
    )
    yield (
        near(told, frame["shrunken"], 0.005),
        "all units moved by the same part. Should 14 answers give way as much as 133?",
    )


@check
def task_5(could_be_best: int) -> Rules:
    """So many could be the best. At the other end the picture is clear: a few units lie apart, which
    is a finding; who is third from the top is none.
    """
    yield isinstance(could_be_best, int | np.integer), "give a whole number of units."
    yield could_be_best > 1, "only one? That is how many *are* best in the data, not in the draws."
    yield could_be_best < 7, "so many? Count units whose interval of ranks reaches the top rank."
    yield could_be_best in (3, 4), "take the 5th to 95th percentile of each unit's rank."
