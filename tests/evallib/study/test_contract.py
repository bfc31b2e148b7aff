"""The page everybody goes by: names of columns, the mark of a made-up study, and a light import."""

import subprocess
import sys
from datetime import date

import pytest

from evallib.errors import DataError
from evallib.study.contract import is_standin, month_of, week_of


def test_weeks_and_months_of_columns():
    assert week_of("y_1553") == date(2015, 12, 31)
    assert week_of("y_9132") == date(1991, 8, 8)
    assert week_of("y_1653") is None  # 2016 has 52 weeks
    assert month_of("Branche_2012_07") == ("branche", date(2012, 7, 1))
    assert month_of("grad_2012_13") is None
    assert month_of("grade_2012_01") is None


@pytest.mark.parametrize(
    ("sheet", "made_up"),
    [("standin = true\n", True), ("standin = 1\n", False), ('name = "x"\n', False), (None, False)],
)
def test_only_a_study_that_says_so_is_made_up(tmp_path, sheet, made_up):
    if sheet is not None:
        (tmp_path / "study.toml").write_text(sheet)
    assert is_standin(tmp_path) is made_up


def test_a_sheet_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "study.toml").write_text("standin = ")
    with pytest.raises(DataError, match=r"study\.toml is not readable as TOML.*Correct"):
        is_standin(tmp_path)


def test_contract_needs_nothing_but_the_standard_library():
    code = "import sys, evallib.study.contract; print({'pandas', 'numpy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
