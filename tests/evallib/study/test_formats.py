"""One study in every format owners deliver, and only the rows and columns asked for."""

import pandas as pd
import pyreadstat
import pytest
from deliveries import nasty, write_comma, write_stata

from evallib.study.formats import open_wide


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


def test_people_outside_the_study_never_leave_the_file(tmp_path):
    file = open_wide(write_comma(nasty(), tmp_path))
    rows = file.rows("PNR", ["Q1"], ["y_1553"])
    assert rows.people == ["Q1"]
    assert rows.cells.column_names == ["__key", "y_1553"]
    assert rows.cells.num_rows == 1
