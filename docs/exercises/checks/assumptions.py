"""Checks of exercise 5: what moves when a word is read another way."""

from functools import cache

import pandas as pd

from checks import Rules, check, near, one_of
from evallib import cohort, curves, load


@cache
def other_readings() -> pd.Series:
    """Month 9 under every reading that can be computed."""
    frame = curves.readings(load(), 9)
    frame["value"] = [estimate.value for estimate in frame["estimate"]]
    return frame.set_index(["assumption", "reading", "route"])["value"].sort_index()


@check
def task_1(work_week: pd.Series) -> Rules:
    """The shares fall by up to two points, and no month of any person has changed."""
    right = other_readings()["employed", "work_week"]
    ours = other_readings()["employed", "ours"]
    yield isinstance(work_week, pd.Series), "give a Series: a share for each route."
    yield list(work_week.index) == list(right.index), "its index should be the routes 1, 2, 3."
    yield not near(work_week, ours), "that is the reading of the report: one paid hour is enough."
    yield (
        work_week.max() < 0.8,
        "so many? A share of those in work; take everybody seen in month 9.",
    )
    yield work_week.max() > 0.5, "so few? Month 9 alone, and hours of a week, not of a month."
    yield near(work_week, right), "not those shares: at least `week` hours, in month 9."


@check
def task_2(moves: pd.Series) -> Rules:
    """Which assumption matters is not seen from how it sounds. *Employed* in one paid hour carries
    far more than the exact day that months are counted from.
    """
    shares = ["employed", "ever_base", "shift_baseline", "time_zero", "benefit_month"]
    ours = other_readings().xs("ours", level="reading")
    away = (other_readings() - ours).abs().groupby("assumption").max()[shares] * 100
    yield isinstance(moves, pd.Series), "give a Series: a number for each assumption."
    yield set(moves.index) == set(shares), "its index should be the five assumptions in `shares`."
    told = moves[shares]
    yield (told >= 0).all(), "a distance has no sign."
    yield not near(told, away / 100), "in percentage points, please: 12 and not .12."
    yield (
        near(told, away, 0.01),
        "for each assumption the largest distance of any reading and route.",
    )


@check
def task_3(same: dict[str, bool]) -> Rules:
    """About 69 per cent is what *ever in work* gives by the report's reading, and not by the one
    that asks who came *into* work. The number is right, and the word decides what it means.
    """
    panel = cohort.person_months(load()).pivot(
        index="person_id", columns="month", values="employed"
    )
    seen = panel == True  # noqa: E712 - months not seen are missing
    after = seen.loc[:, 1:].any(axis=1)
    share = {
        "ours": seen.any(axis=1).mean(),
        "without_month_0": after.mean(),
        "not_at_referral": after[~seen[0]].mean(),
    }
    right = {name: round(100 * value) == 69 for name, value in share.items()}
    yield isinstance(same, dict), "give a dict: {reading: True or False}."
    yield set(same) == set(right), f"its readings should be {', '.join(right)}."
    yield (
        bool(same["ours"]),
        "by the report's reading the number must come out again. Who is counted?",
    )
    yield (
        same["not_at_referral"] is not True,
        "not_at_referral leaves those out who were in work in month 0, above and below the line.",
    )
    yield {k: bool(v) for k, v in same.items()} == right, "compare whole per cents: round, then ==."


@check
def task_4(lead: pd.Series) -> Rules:
    """The lead shrinks under every other reading and turns under none. A conclusion that survives every
    reading is worth more than one with a small p-value under a single one.
    """
    shares = other_readings().unstack("route").loc[["employed", "time_zero"]]
    right = ((shares[2] - shares[1]) * 100).droplevel("assumption").drop("ours")
    right["ours"] = (shares[2] - shares[1])["employed", "ours"] * 100
    yield isinstance(lead, pd.Series), "give a Series: a number for each reading."
    yield set(lead.index) == set(right.index), f"its index should be {', '.join(right.index)}."
    told = lead[right.index]
    yield not near(told, -right, 0.01), "the other way round: temp-agency work less job clubs."
    yield not near(told, right / 100), "in percentage points, please."
    yield near(told, right, 0.01), "route 2 less route 1, in month 9, under each reading."


@check
def task_5(choice: str) -> Rules:
    """An interval is drawn under one reading. What another reading would give is not in it; that
    must be shown beside it, as the table of readings in chapter 8 does.
    """
    yield from one_of(
        choice,
        {
            "a": "the interval tells how far units drawn anew could move the number. Would the word "
            "*employed* be drawn anew with them?",
            "b": "more people make the interval narrower. Do they settle what a word means?",
        },
    )
