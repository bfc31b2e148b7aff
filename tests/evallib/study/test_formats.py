"""One study in every format owners deliver, and only the rows and columns asked for."""

import gc
import tempfile

import pandas as pd
import pyreadstat
import pytest
from deliveries import nasty, write_comma, write_stata

from evallib.study.register import open_wide


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
    assert rows.cells.column_names == ["key", "y_1553"]
    assert rows.cells.num_rows == 1


def test_what_does_not_fit_in_memory_is_private_and_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    file = open_wide(write_comma(nasty(), tmp_path))
    assert file.repeated("PNR") is not None
    (place,) = tmp_path.glob("evallib-*")
    set_to = file.connection.execute("select current_setting('temp_directory')")
    assert set_to.fetchall() == [(str(place),)]
    assert place.stat().st_mode & 0o077 == 0
    del file, set_to
    gc.collect()
    assert not place.exists()
    assert not (tmp_path / ".tmp").exists()
