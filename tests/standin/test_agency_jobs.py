"""Jobs with temp agencies go with the route that finds them, and with nothing else.

Read off the tables with plain pandas; an agency's code is of division 78.
"""

import pandas as pd
import pytest

import standin
from standin.process import read_table


def agency_months(tables):
    """Each person, and whether they had work, temp work and a place on the books after referral."""
    people = tables["participants"].set_index("person_id")
    register = tables["dream"].set_index("person_id").reindex(people.index)
    degree, industry = (register.filter(regex=f"^{kind}_") for kind in ("grad", "branche"))
    month = pd.PeriodIndex(degree.columns.str[5:].str.replace("_", "-"), freq="M")
    referred = people["referred_on"].dt.to_period("M").to_numpy()
    after = month.to_numpy() > referred[:, None]
    work = degree.notna().to_numpy() & after
    agency = work & industry.apply(lambda codes: codes.str.startswith("78")).to_numpy()
    return people.assign(
        work=work.any(axis=1), agency=agency.any(axis=1), signed=people["started_on"].notna()
    )


@pytest.fixture(scope="module", params=[read_table("study")["seed"], 1, 77])
def seed(request):
    return request.param


@pytest.fixture(scope="module")
def tables(seed):
    return standin.draw_tables(seed)


def test_some_on_the_books_never_get_a_temp_job_and_most_who_work_do(tables):
    people = agency_months(tables)
    signed = people[(people["route"] == 2) & people["signed"]]
    dont_know, dissatisfied = 0.24, 0.21  # p. 6, of those who answered
    assert dont_know < (~signed["agency"]).mean() < dont_know + dissatisfied + 0.05
    assert signed.loc[signed["work"], "agency"].mean() > 0.5
    others = people[(people["route"] != 2) | ~people["signed"]]
    assert others["agency"].groupby(others["route"]).mean().max() < 0.12


def test_only_the_industry_of_jobs_found_on_the_books_is_drawn_for_it(tables, seed, monkeypatch):
    monkeypatch.setattr(standin, "agency_jobs", lambda lives, *_: lives)
    without = standin.draw_tables(seed)
    for name in tables.keys() - {"dream"}:
        pd.testing.assert_frame_equal(tables[name], without[name])
    now, before = (each["dream"].set_index("person_id") for each in (tables, without))
    industry = now.columns[now.columns.str.startswith("branche_")]
    pd.testing.assert_frame_equal(now.drop(columns=industry), before.drop(columns=industry))
    changed = now[industry].where(now[industry] != before[industry]).stack().dropna()
    assert set(changed) == {"782000"}
    person, column = (changed.index.get_level_values(level) for level in (0, 1))
    who = tables["participants"].set_index("person_id").loc[person]
    assert set(who["route"]) == {2}
    month = pd.PeriodIndex(column.str[8:].str.replace("_", "-"), freq="M")
    assert (month > pd.PeriodIndex(who["referred_on"], freq="M")).all()
    assert (month >= pd.PeriodIndex(who["started_on"], freq="M")).all()  # so all had started
