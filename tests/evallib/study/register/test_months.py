"""People by months, against the same rules followed week by week in plain Python."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phases import NO_SHRINKING
from registers import BENEFITS, HOURS, groups_by_week, made, row_of, status

from evallib.errors import DataError, EvalError
from evallib.study.register import StatusRule, months, write_months

RULES = StatusRule.__args__


def found(wide, *args, **options):
    rows = months(ibis.memtable(wide), *args, full_time_hours=HOURS, **options)
    return rows.order_by("person_id", "month").to_pandas()


def named(cells):
    return [None if pd.isna(cell) else cell for cell in cells]


@settings(max_examples=6, deadline=None, phases=NO_SHRINKING)
@given(
    seed=st.integers(0, 10**6), rule=st.sampled_from(RULES), lost=st.integers(0, 6),
    first=st.dates(date(1991, 8, 1), date(2020, 1, 1)), day=st.integers(1, 28),
)  # fmt: skip
def test_status_hours_and_industry_are_those_of_the_rules(seed, rule, lost, first, day):
    wide = made(np.random.default_rng(seed), first=first, lost=lost)
    rows = found(wide, rule, day=day, industry=True)
    for person, part in rows.groupby("person_id"):
        row = row_of(wide, person)
        weeks = groups_by_week(row)
        calendar = [pd.Timestamp(month).date() for month in part["month"]]
        assert named(part["status"]) == [status(weeks, month, rule, day) for month in calendar]
        degrees = [row[f"grad_{month:%Y_%m}"] or None for month in calendar]
        assert named(part["hours"]) == [degree and degree * HOURS for degree in degrees]
        assert part["industry"].tolist() == [row[f"branche_{month:%Y_%m}"] for month in calendar]


def test_week_53_the_turn_of_the_year_and_the_1990s():
    wide = pd.DataFrame(
        {"pnr": ["a"], "y_9253": [111], "y_9301": [890], "y_1552": [111], "y_1553": [0],
         "y_1601": [651], "y_1653": [130]}
    )  # fmt: skip
    rows = found(wide, "last")
    assert rows["month"].astype(str).str[:7].tolist() == [
        "1992-12",
        "1993-01",
        "2015-12",
        "2016-01",
    ]
    assert rows["status"].tolist() == [
        "unemployment_benefit",
        "sickness_benefit",
        "none",
        "education",
    ]
    assert found(wide, "any")["status"].tolist()[2] == "unemployment_benefit"


@pytest.mark.parametrize(
    ("code", "group"),
    [(997, "left_register"), (999, "left_register"), (996, "unknown"), (433, "unknown"),
     (-1, "unknown"), (-999, "unknown"), (1000, "unknown"), (30_000, "unknown"), (0, "none"),
     (None, "none")],
)  # fmt: skip
def test_exits_unknown_codes_and_blanks_are_told_apart(code, group):
    wide = pd.DataFrame({"pnr": ["a"], "y_1601": pd.array([code], dtype="Int32")})
    assert found(wide)["status"].tolist() == [group]


def test_ties_go_by_the_hierarchy_and_no_benefit_comes_last():
    wide = pd.DataFrame(
        {"pnr": ["a"], "y_1601": [890], "y_1602": [111], "y_1603": [0], "y_1604": [0]}
    )
    assert found(wide, "most")["status"].tolist() == ["none"]
    assert found(wide.drop(columns="y_1604"), "most")["status"].tolist() == ["unemployment_benefit"]
    assert found(wide, "latest")["status"].tolist() == ["unemployment_benefit"]
    assert BENEFITS.groups.index("unemployment_benefit") < BENEFITS.groups.index("sickness_benefit")


def test_months_without_a_delivered_week_are_missing_not_blank():
    wide = pd.DataFrame({"pnr": ["a"], "y_1601": [111], "grad_2016_02": [1.0]})
    rows = found(wide)
    assert named(rows["status"]) == ["unemployment_benefit", None]
    assert rows["hours"].tolist()[1] == HOURS


def test_text_as_it_is_delivered():
    wide = pd.DataFrame({"PNR": [" a "], "Y_1601": ["111,0"], "GRAD_2016_01": ["0,5"]})
    rows = found(wide)
    assert rows[["person_id", "status", "hours"]].to_numpy().tolist() == [
        ["a", "unemployment_benefit", 80.0]
    ]


def test_chunks_of_months_give_the_same_as_one_pass(tmp_path):
    wide = made(np.random.default_rng(3), people=40, weeks=60)
    table = ibis.memtable(wide)
    with pytest.raises(EvalError, match="rule is 'first'"):
        months(table, "first")
    file = tmp_path / "wide[1].parquet"
    wide.to_parquet(file)
    from evallib.study.register import open_register

    chunked = write_months(
        open_register(file), tmp_path / "months", "most", chunk=5, full_time_hours=HOURS
    )
    assert (tmp_path / "months").stat().st_mode & 0o777 == 0o700
    assert len(list((tmp_path / "months").iterdir())) == 3
    pd.testing.assert_frame_equal(
        ibis.read_parquet(chunked).order_by("person_id", "month").to_pandas(), found(wide, "most")
    )


def test_a_register_without_a_key_says_so():
    with pytest.raises(DataError, match="no column person_id"):
        months(ibis.memtable(pd.DataFrame({"y_1601": [111]})))
