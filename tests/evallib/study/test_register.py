"""Registers as owners deliver them: every quirk gives the same matrices as a clean delivery."""

from datetime import date

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from evallib.cohort.person_months import person_months
from evallib.study.checks import Findings
from evallib.study.contract import month_of, week_column, week_of, weeks_between
from evallib.study.formats import open_wide
from evallib.study.register import layout, parse_code, parse_degree, read_register
from evallib.study.study import load, validate

PEOPLE = ["Q2", "Q1", "Q4"]


def nasty(cells=str):
    """Three weeks over the turn of a 53-week year, two months; Q3 is no participant."""
    blank = "" if cells is str else None
    return pd.DataFrame(
        {
            "PNR": ["Q1", "Q2", "Q3", "Q4"],
            "family_id": ["111", "111", "111", "111"],
            "Y_1552": [cells(111), cells(890), cells(111), blank],
            "y_1553": [cells(111), blank, cells(111), blank],
            "y_1601": [blank, cells(651), cells(111), blank],
            "grad_2015_12": [cells(1), blank, cells(1), blank],
            "GRAD_2016_01": [blank, cells(1), cells(1), blank],
            "branche_2015_12": [cells(11100), blank, blank, blank],
            "branche_2016_01": [blank, cells(620100), blank, blank],
        }
    )


CODES = [[890, 0, 651], [111, 111, 0], [0, 0, 0]]
HOURS = [[np.nan, 160.0], [160.0, np.nan], [np.nan, np.nan]]
INDUSTRY = [[0, 620100], [11100, 0], [0, 0]]


def read(path, **options):
    file = open_wide(path)
    findings = Findings({})
    register = read_register(
        file, PEOPLE, layout(file.columns), findings, full_time_hours=160.0, **options
    )
    return register, findings.report("x")


def assert_clean(register):
    assert register.people.tolist() == PEOPLE
    assert register.codes.tolist() == CODES
    np.testing.assert_array_equal(register.hours, HOURS)
    assert register.industry.tolist() == INDUSTRY


def write_comma(frame, folder):
    frame.to_csv(folder / "dream.csv", index=False)
    return folder / "dream.csv"


def write_semicolon(frame, folder):
    frame = frame.replace({"1": "1,000", "111": " 111", "": "."})
    frame.to_csv(folder / "dream.csv", index=False, sep=";", encoding="utf-8-sig")
    return folder / "dream.csv"


def write_mixed(frame, folder):
    frame = frame.replace({"890": "890.0", "": "NA"}).sample(frac=1, random_state=1)
    frame.rename(columns=str.lower).to_csv(folder / "dream.csv", index=False)
    return folder / "dream.csv"


def write_parquet(frame, folder):
    frame.to_parquet(folder / "dream.parquet")
    return folder / "dream.parquet"


def write_numeric_parquet(_, folder):
    return write_parquet(nasty(float), folder)


def write_stata(_, folder):
    pyreadstat.write_dta(nasty(float), folder / "dream.dta")
    return folder / "dream.dta"


def write_spss(frame, folder):
    pyreadstat.write_sav(frame, folder / "dream.sav")
    return folder / "dream.sav"


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


@pytest.mark.parametrize("write", [write_comma, write_stata])
def test_repeated_people_by_row(tmp_path, write):
    frame = nasty() if write is write_comma else nasty(float)
    doubled = pd.concat([frame, frame.iloc[[2, 0]]])
    path = tmp_path / ("dream.csv" if write is write_comma else "dream.dta")
    if write is write_comma:
        doubled.to_csv(path, index=False)
    else:
        pyreadstat.write_dta(doubled, path)
    first = 2 if write is write_comma else 1
    assert open_wide(path).repeated("PNR") == [first + row for row in (0, 2, 4, 5)]


def test_tidy_frames(tmp_path):
    register, _ = read(write_comma(nasty(), tmp_path))
    assert register.weeks.to_numpy().tolist() == [
        ["Q2", pd.Timestamp("2015-12-24"), 890],
        ["Q2", pd.Timestamp("2016-01-07"), 651],
        ["Q1", pd.Timestamp("2015-12-24"), 111],
        ["Q1", pd.Timestamp("2015-12-31"), 111],
    ]
    months = register.months.set_index(["person_id", "calendar"])
    assert len(months) == 6
    assert months.loc[("Q1", pd.Timestamp("2015-12-01")), "industry"] == "011100"
    assert months["industry"].isna().sum() == 4


def test_degree_in_percent_is_divided_and_noted(tmp_path):
    frame = nasty().replace({"1": "100"})
    register, report = read(write_comma(frame, tmp_path))
    assert_clean(register)
    assert [fault.rule for fault in report.faults] == ["degree_in_percent"]
    told, silent = read(write_comma(frame, tmp_path), grad_scale="percent")
    assert_clean(told)
    assert silent.faults == ()
    kept, _ = read(write_comma(frame, tmp_path), grad_scale="fraction")
    assert np.nanmax(kept.hours) == 16_000


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


def test_weeks_and_months_of_columns():
    assert week_of("y_1553") == date(2015, 12, 31)
    assert week_of("y_9132") == date(1991, 8, 8)
    assert week_of("y_1653") is None  # 2016 has 52 weeks
    assert month_of("Branche_2012_07") == ("branche", date(2012, 7, 1))
    assert month_of("grad_2012_13") is None
    assert month_of("grade_2012_01") is None


def test_cells_are_read_by_meaning():
    assert [parse_code(c) for c in ("111", " 111", "111.0", "111,0", 111, 111.0)] == [111] * 6
    assert [parse_code(c) for c in ("", " ", ".", "NA", "nan", None, "0")] == [0] * 7
    assert [parse_code(c) for c in ("11A", "-1", "1.5", "inf")] == [-1] * 4
    assert [parse_degree(c) for c in ("0,75", ".5", 1, "1.03")] == [0.75, 0.5, 1.0, 1.03]
    assert np.isnan([parse_degree(c) for c in ("", ".", None)]).all()
    assert [parse_degree(c) for c in ("full", "-0.2")] == [-1.0, -1.0]


@pytest.mark.parametrize("ending", ["parquet", "dta", "sav"])
def test_a_whole_study_in_another_format(tables, tmp_path, tiny_study, ending):
    folder = tmp_path / ending
    folder.mkdir()
    for name, table in tables.items():
        frame = table.astype(str)
        if name == "participants":
            frame = frame.rename(columns=str.upper)
            frame["REFERRED_ON"] = pd.to_datetime(frame["REFERRED_ON"]).dt.date
        if ending == "parquet":
            frame.to_parquet(folder / f"{name.upper()}.parquet")
        else:
            write = {"dta": pyreadstat.write_dta, "sav": pyreadstat.write_sav}[ending]
            write(frame, folder / f"{name}.{ending}")
    assert validate(folder).faults == ()
    study = load(folder)
    assert not study.is_standin
    pd.testing.assert_frame_equal(study.participants, tiny_study.participants)
    pd.testing.assert_frame_equal(study.survey, tiny_study.survey)
    pd.testing.assert_frame_equal(person_months(study), person_months(tiny_study))


def test_people_outside_the_study_never_leave_the_file(tmp_path):
    file = open_wide(write_comma(nasty(), tmp_path))
    rows = file.rows("PNR", ["Q1"], ["y_1553"])
    assert rows.people == ["Q1"]
    assert rows.cells.column_names == ["__key", "y_1553"]
    assert rows.cells.num_rows == 1
