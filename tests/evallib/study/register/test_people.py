"""Registers as owners deliver them: every quirk gives the same matrices as a clean delivery."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from deliveries import (
    nasty,
    write_comma,
    write_mixed,
    write_numeric_parquet,
    write_parquet,
    write_semicolon,
    write_spss,
    write_stata,
)

from evallib.study.checks import Findings
from evallib.study.contract import week_column, weeks_between
from evallib.study.definition import read_definition
from evallib.study.register import layout, open_wide, parse_code, parse_degree, read_register

PEOPLE = ["Q2", "Q1", "Q4"]


CODES = [[890, 0, 651], [111, 111, 0], [0, 0, 0]]
HOURS = [[np.nan, 160.0], [160.0, np.nan], [np.nan, np.nan]]
INDUSTRY = [[0, 620100], [11100, 0], [0, 0]]


def read(path):
    file = open_wide(path)
    findings = Findings(read_definition().rules)
    register = read_register(file, PEOPLE, layout(file.columns), findings, full_time_hours=160.0)
    return register, findings.report("x")


def assert_clean(register):
    assert register.people.tolist() == PEOPLE
    assert register.codes.tolist() == CODES
    np.testing.assert_array_equal(register.hours, HOURS)
    assert register.industry.tolist() == INDUSTRY


@pytest.mark.parametrize(
    "write",
    [
        write_comma,
        write_semicolon,
        write_mixed,
        write_parquet,
        write_numeric_parquet,
        write_stata,
        write_spss,
    ],
)
def test_every_delivery_gives_the_same_matrices(tmp_path, write):
    register, report = read(write(nasty(), tmp_path))
    assert_clean(register)
    assert report.faults == ()


def test_tidy_frames(tmp_path):
    register, _ = read(write_comma(nasty(), tmp_path))
    months = register.months.set_index(["person_id", "calendar"])
    assert len(months) == 6
    assert months.loc[("Q1", pd.Timestamp("2015-12-01")), "industry"] == "011100"
    assert months["industry"].isna().sum() == 4


def test_degree_in_percent_is_divided_and_noted(tmp_path):
    frame = nasty().replace({"1": "100"})
    register, report = read(write_comma(frame, tmp_path))
    assert_clean(register)
    assert [fault.rule for fault in report.faults] == ["degree_in_percent"]


def test_layout_knows_weeks_of_all_years_and_no_others():
    found = layout(["person_id", "y_9201", "y_9253", "y_0453", "family_id", "my_1601", "y_16011"])
    assert list(found.weeks) == [date(1992, 1, 2), date(1992, 12, 31), date(2004, 12, 30)]
    assert found.key == "person_id"
    assert not found.complete


def test_missing_weeks_are_found_and_named():
    days = weeks_between(date(2014, 12, 20), date(2017, 2, 20))
    columns = [week_column(day) for day in days]
    assert "y_1553" in columns
    assert layout(columns).missing_weeks() == []
    columns.remove("y_1553")
    columns.remove("y_1601")
    assert layout(columns).missing_weeks() == ["y_1553", "y_1601"]


def test_a_month_is_complete_with_the_week_of_its_last_thursday():
    weeks = [week_column(day) for day in weeks_between(date(2016, 1, 4), date(2017, 2, 23))]
    months = [f"grad_2016_{m:02d}" for m in range(1, 13)] + ["grad_2017_01", "grad_2017_02"]
    assert layout([*weeks, *months]).last_complete_month() == date(
        2017, 2, 1
    )  # y_1708: 23 February
    assert layout([*weeks[:-1], *months]).last_complete_month() == date(2017, 1, 1)
    assert layout([*weeks, *months[:-1]]).last_complete_month() == date(2017, 1, 1)
    assert layout([*weeks, *months]).last_complete_month(date(2016, 12, 29)) == date(2016, 12, 1)


def test_cells_are_read_by_meaning():
    assert [parse_code(c) for c in ("111", " 111", "111.0", "111,0", 111, 111.0)] == [111] * 6
    assert [parse_code(c) for c in ("", " ", ".", "NA", "nan", None, "0")] == [0] * 7
    assert [parse_code(c) for c in ("11A", "-1", "1.5", "inf")] == [-1] * 4
    assert [parse_degree(c) for c in ("0,75", ".5", 1, "1.03")] == [0.75, 0.5, 1.0, 1.03]
    assert np.isnan([parse_degree(c) for c in ("", ".", None)]).all()
    assert [parse_degree(c) for c in ("full", "-0.2")] == [-1.0, -1.0]
