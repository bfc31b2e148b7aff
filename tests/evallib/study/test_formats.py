"""One study in every format owners deliver, and only the rows and columns asked for."""

import gc
import tempfile

import pandas as pd
import pyreadstat
import pytest
from deliveries import nasty, write_comma, write_stata

from evallib.cohort.panel import person_months
from evallib.study.register import open_wide
from evallib.study.study import load, validate


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
    assert rows.cells.column_names == ["key", "y_1553"]
    assert rows.cells.num_rows == 1


def test_what_does_not_fit_in_memory_is_private_and_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    file = open_wide(write_comma(nasty(), tmp_path))
    assert file.repeated("PNR") is not None
    (place,) = tmp_path.glob("evallib-*")
    set_to = file._table.get_backend().raw_sql("select current_setting('temp_directory')")
    assert set_to.fetchall() == [(str(place),)]
    assert place.stat().st_mode & 0o077 == 0
    del file, set_to
    gc.collect()
    assert not place.exists()
    assert not (tmp_path / ".tmp").exists()
