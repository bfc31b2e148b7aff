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
from registers import BENEFITS, made

from evallib.study.checks import Findings
from evallib.study.contract import week_column, weeks_between
from evallib.study.definition import read_definition
from evallib.study.register import (
    layout,
    months,
    open_register,
    open_wide,
    parse_code,
    parse_degree,
    read_register,
)
from evallib.study.register_rules import Window, check_window

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
    assert [fault.rule for fault in report.faults] == ["degree_scale"]


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


def scaled(tmp_path, degrees, n=30, **declared):
    """The register of n people with these degrees, and its faults, each month a row of cells."""
    cells = {f"grad_2016_{m:02d}": [row[i % len(row)] for i in range(n)]
             for m, row in enumerate(degrees, 1)}  # fmt: skip
    weeks = [week_column(day) for day in weeks_between(date(2016, 1, 7), date(2016, 3, 31))]
    frame = pd.DataFrame({"person_id": [f"Q{i}" for i in range(n)], **dict.fromkeys(weeks, "111")})
    frame = frame.assign(**cells, branche_2016_01="620100")
    frame.to_parquet(tmp_path / "dream.parquet")
    file = open_wide(tmp_path / "dream.parquet")
    findings = Findings(read_definition().rules)
    people = frame["person_id"].tolist()
    register = read_register(
        file, people, layout(file.columns), findings, full_time_hours=160.0, **declared
    )
    return register, findings.report("x").faults


def test_the_resolution_of_degrees_is_carried_along(tmp_path):
    register, faults = scaled(tmp_path, [["0.25", "1"], ["0.5", ""]])
    assert faults == ()
    assert register.resolution == pytest.approx(1.6)  # two decimals of 160 hours
    register, _ = scaled(tmp_path, [["25", "100"], ["50.5", ""]])
    assert register.resolution == pytest.approx(0.16)  # three decimals once divided
    register, _ = scaled(tmp_path, [["", ""]])
    assert np.isnan(register.resolution)


@pytest.mark.parametrize(
    ("cells", "scale", "hours", "told"),
    [
        (["1", "0.25"], 1, [160, 40], ""),
        (["100", "25"], 100, [160, 40], ""),
        (["100", "25"], 1, [160, 40], "expected 1, found 100"),
        (["1", "0.25"], 100, [160, 40], "expected 100, found 1"),
        (["160", "160", "40"], 160, [160, 160, 40], ""),
        (["37", "37", "9.25"], 37, [160, 160, 40], ""),
        (["100", "100", "25"], 160, [160, 160, 40], "expected 160, found 100"),
        (["1", "1", "0.25"], 37, [160, 160, 40], "expected 37, found 1"),
        (["", ""], 37, [np.nan, np.nan], ""),
    ],
)
def test_full_time_is_what_is_declared_unless_the_values_say_otherwise(
    tmp_path, cells, scale, hours, told
):
    register, faults = scaled(tmp_path, [cells], degree_scale=scale)
    np.testing.assert_allclose(register.hours[: len(cells), 0], hours)
    assert [(f.rule, f.detail) for f in faults] == ([("degree_scale", told)] if told else [])


@pytest.mark.parametrize(
    ("full", "scale", "decimals", "told"),
    [
        (1, 1, 2, ""),
        (1, 1, 3, "expected 3, found 2"),
        (1, 1, 1, "expected 1, found 2"),
        (100, 100, 0, ""),
        (100, 1, 2, ""),  # read as percent, which have two decimals less
        (100, 1, 4, "expected 2, found 0"),
        (160, 160, 1, ""),
        (np.pi, np.pi, 4, "expected 4, found 9"),
    ],
)
def test_decimals_are_held_against_those_declared(tmp_path, full, scale, decimals, told):
    cells = [f"{full * part:.9f}" for part in (1, 1, 0.25, 0.37, 0.81)]
    _, faults = scaled(tmp_path, [cells], 1000, degree_scale=scale, degree_decimals=decimals)
    assert [f.detail for f in faults if f.rule == "degree_decimals"] == ([told] if told else [])


@pytest.mark.parametrize(
    ("degrees", "rule", "column"),
    [
        ([["160.33", "80"]], "degree_measure", "grad_2016_01"),
        ([["37", "37", "20"]], "degree_measure", "grad_2016_01"),
        ([["1000", "1000", "500"]], "degree_measure", "grad_2016_01"),
        ([["1", "0.5"], ["100", "50"]], "degree_measure", "grad_2016_02"),
        ([["1"] * 29 + ["99"]], "impossible_hours", "grad_YYYY_MM"),
    ],
)
def test_degrees_on_no_scale_or_on_two_are_refused(tmp_path, degrees, rule, column):
    register, _ = scaled(tmp_path, degrees)
    findings = Findings(read_definition().rules)
    window = Window("dream", register.thursdays, register.codes, register.firsts,
                    register.hours / 160.0, register.industry)  # fmt: skip
    check_window(window, lambda codes: codes < 0, 160.0, findings)
    found = {fault.rule: fault for fault in findings.report("x").fatal}
    assert found[rule].column == column


def test_follow_up_ends_with_the_last_month_whose_hours_are_in(tmp_path):
    register, faults = scaled(tmp_path, [["1"], ["0.5"], [""]])
    assert [(fault.rule, fault.column) for fault in faults] == [("hours_lag", "grad_2016_03")]
    assert register.firsts[-1] == pd.Timestamp("2016-02-01")
    assert register.hours.shape == register.industry.shape == (30, 2)
    few, _ = scaled(tmp_path, [["1"], ["0.5"], [""]], n=5)  # five people may all be out of work
    assert few.firsts[-1] == pd.Timestamp("2016-03-01")


@pytest.mark.parametrize("rule", ["any", "most", "last", "latest"])
def test_a_study_counts_months_as_the_register_does(tmp_path, rule):
    wide = made(np.random.default_rng(5), people=40, weeks=60, lost=3)
    wide.to_parquet(tmp_path / "dream.parquet")
    file = open_wide(tmp_path / "dream.parquet")
    register = read_register(
        file, wide["person_id"].tolist(), layout(file.columns),
        Findings(read_definition().rules), full_time_hours=160.0,
    )  # fmt: skip
    whole = months(open_register(tmp_path / "dream.parquet"), rule).to_pandas()
    status = whole.pivot(index="person_id", columns="month", values="status").fillna("none")
    names = np.array(BENEFITS.groups)[register.status(rule, BENEFITS)]
    assert names.tolist() == status.loc[register.people].to_numpy().tolist()
