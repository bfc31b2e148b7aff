"""A register that comes in several files, such as one a year."""

import numpy as np
import pandas as pd
import pytest
from registers import made

from evallib.errors import DataError
from evallib.study.delivery import UnreadableError, find
from evallib.study.register import in_several, months, open_register, open_wide


def years(tmp_path, wide, without=()):
    """The register in two files, people of `without` not in the second."""
    later = [name for name in wide if name.startswith("y_16") or "_2016_" in name]
    first = wide.drop(columns=later)
    second = wide.loc[~wide["person_id"].isin(without), ["person_id", *later]]
    folder = tmp_path / "dream"
    folder.mkdir()
    first.to_csv(folder / "2015.csv", index=False)
    second.sample(frac=1, random_state=1).to_parquet(folder / "2016.parquet")
    return folder


def test_the_columns_of_a_person_are_joined(tmp_path):
    wide = made(np.random.default_rng(2), people=20, weeks=30)
    folder = years(tmp_path, wide)
    wide.to_parquet(tmp_path / "whole.parquet")

    def result(path):
        return months(open_register(path), "most").order_by("person_id", "month").to_pandas()

    pd.testing.assert_frame_equal(result(folder), result(tmp_path / "whole.parquet"))
    rows = open_wide(find(tmp_path, "dream").read).rows("person_id", ["Q7", "Q3"], ["y_1602"])
    expected = wide.set_index("person_id")["y_1602"].astype("float").fillna(0)
    assert rows.people == ["Q7", "Q3"]
    assert rows.cells["y_1602"].to_pylist() == [int(expected[q]) for q in rows.people]


def test_who_is_not_in_every_file_is_kept(tmp_path):
    wide = made(np.random.default_rng(2), people=20, weeks=30)
    table = open_register(years(tmp_path, wide, without=["Q4"]))
    found = table.to_pandas().set_index("person_id")
    assert len(found) == 20
    assert pd.isna(found.loc["Q4", "y_1602"])
    late = months(table).filter(lambda t: t.month >= "2016-02-01").to_pandas()
    assert set(late.loc[late["person_id"] == "Q4", "status"]) == {"none"}


def test_a_week_in_two_files_and_a_person_twice_are_refused(tmp_path):
    wide = made(np.random.default_rng(2), people=5, weeks=30)
    folder = years(tmp_path, wide)
    wide[["person_id", "y_1552"]].to_csv(folder / "more.csv", index=False)
    paths = find(tmp_path, "dream").read
    assert in_several(paths) == ["y_1552"]
    with pytest.raises(DataError, match="more than one file has y_1552"):
        open_register(folder)
    pd.DataFrame({"person_id": ["Q1", "Q1"], "y_1701": [0, 111]}).to_csv(
        folder / "more.csv", index=False
    )
    with pytest.raises(UnreadableError, match=r"more\.csv has a person in more than one row"):
        open_wide(paths)
