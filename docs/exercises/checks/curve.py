"""Checks of exercise 1: the share in work, the first job, and what lies between them."""

from functools import cache

import pandas as pd

from checks import Rules, check, near, one_of
from evallib import cohort, curves, load


@cache
def job_clubs() -> pd.DataFrame:
    """The people of route 1, month by month."""
    return cohort.person_months(load(), routes=[1])


@check
def task_1(in_work: pd.Series) -> Rules:
    """Occupancy: who is in the state now, among those one can see now."""
    right = curves.share(job_clubs(), by=None).frame["estimate"]
    together = job_clubs().groupby("month")["employed"].sum() / job_clubs()["person_id"].nunique()
    ever = curves.ever(job_clubs(), by=None).frame["estimate"]
    yield isinstance(in_work, pd.Series), "give a Series with one share for each month."
    yield list(in_work.index) == list(right.index), "its index should be the months, from 0 on."
    yield in_work.between(0, 1).all(), "a share lies between 0 and 1."
    yield (
        not near(in_work, together),
        "you divide by everybody referred. Can someone referred last be seen in month 9 at all?",
    )
    yield (
        not near(in_work, ever, 0.002),
        "your curve counts everybody from the first job on, so it can only rise. What becomes of someone who had a job and lost it?",
    )
    yield near(in_work, right), "the shares are not those of the months. Who is counted, and when?"


@check
def task_2(first_job: float) -> Rules:
    """It answers when people have their first job, allowing for those not followed so long."""
    event = curves.incidence(job_clubs(), by=None, at_risk_from_start=True).frame
    right = event.set_index("month")["estimate"][9]
    had = job_clubs().query("employed").groupby("person_id")["month"].min()
    last = job_clubs().groupby("person_id")["month"].max()
    raw = (had <= 9).sum() / len(last)
    yield isinstance(first_job, float), "give one number, a share."
    yield 0 < first_job < 1, "a share lies between 0 and 1."
    yield (
        not near(first_job, 1 - right, 0.002),
        "that is the share still waiting. The question is about those who have had a job.",
    )
    yield (
        not near(first_job, raw, 0.002),
        (
            "that is the plain share with a job so far; those who left sight early count as if they "
            "never got one. What do they still say about the months they were seen?"
        ),
    )
    yield (
        first_job < right + 0.1,
        (
            "that is too high. Are those who never had a job while seen in the calculation, censored "
            "at their last month, or have they dropped out or become events?"
        ),
    )
    yield near(first_job, right, 0.002), "not that number. Which month is each person's time?"


@check
def task_3(left: float) -> Rules:
    """Add it to the share in work and you have the share who ever worked: nothing else is between
    the two among people followed equally long. Kaplan-Meier counts those who left as still there.
    """
    seen = job_clubs().groupby("person_id").filter(lambda rows: rows["month"].max() >= 9)
    seen = seen[seen["month"] <= 9].pivot(index="person_id", columns="month", values="employed")
    gone = seen.any(axis=1) & ~seen[9]
    yield isinstance(left, float) and 0 < left < 1, "give one share, between 0 and 1."
    yield (
        not near(left, gone.sum() / seen.any(axis=1).sum()),
        (
            "you divide by those who have worked. To bridge two shares of everybody followed, what must "
            "it be a share of?"
        ),
    )
    yield (
        not near(left, gone.sum() / job_clubs()["person_id"].nunique()),
        "some of those you divide by cannot be seen in month 9. Keep those who can.",
    )
    yield near(left, gone.mean()), "not that number: in work in some month 0-9, and not in month 9."


@check
def task_4(choice: str) -> Rules:
    """The question is about a state in a month, so it is a share in work and not an event."""
    yield from one_of(
        choice,
        {
            "b": "Kaplan-Meier's curve counts a person from the first job on, for good. Does the "
            "minister ask who has ever had one?",
            "c": "hours are another question, and a mean among those in work leaves the rest out.",
        },
    )
