"""Register files: which one is read, what is settled as it is, and what is kept of it."""

import pandas as pd
import pyreadstat
import pytest
from deliveries import nasty, write_comma, write_numeric_parquet, write_spss, write_stata
from hypothesis import given
from hypothesis import strategies as st

from evallib.errors import DataError
from evallib.study.checks import Findings
from evallib.study.definition import read_definition
from evallib.study.delivery import UnreadableError
from evallib.study.register import (
    check_register,
    convert,
    layout,
    months,
    open_register,
    open_wide,
    parse_code,
    parse_degree,
)
from evallib.study.register.cells import code, degree

TYPED = [["Q1", 111, 111, 0], ["Q2", 890, 0, 651], ["Q3", 111, 111, 111], ["Q4", 0, 0, 0]]
WEEKS = ["person_id", "y_1552", "y_1553", "y_1601"]


@pytest.mark.parametrize("write", [write_comma, write_stata, write_spss, write_numeric_parquet])
def test_every_format_is_converted_to_the_same_typed_columns(tmp_path, write):
    kept = tmp_path / "kept"
    table = open_register(convert(write(nasty(), tmp_path), kept))
    assert "family_id" not in table.columns
    assert table.select(WEEKS).order_by("person_id").to_pandas().to_numpy().tolist() == TYPED
    kinds = {str(kind) for name, kind in table.schema().items() if name.startswith("y_")}
    assert kinds == {"int32"}
    assert kept.stat().st_mode & 0o777 == 0o700


def test_a_file_is_converted_once_until_its_content_changes(tmp_path):
    kept = tmp_path / "kept"
    path = write_comma(nasty(), tmp_path)
    first = convert(path, kept)
    made = first.stat().st_mtime_ns
    path.touch()
    assert convert(path, kept) == first
    assert first.stat().st_mtime_ns == made
    write_comma(nasty().replace({"890": "111"}), tmp_path)
    second = convert(path, kept)
    assert second != first
    assert list(kept.iterdir()) == [second]


def test_a_large_text_and_a_statistical_file_are_kept_where_the_caller_says(tmp_path, monkeypatch):
    monkeypatch.setattr("evallib.study.register.conversion._SMALL", 0)
    path = write_comma(nasty(), tmp_path)
    file = open_wide(path, tmp_path / "kept")
    assert file.path.name == path.name
    rows = file.rows("person_id", ["Q2", "Q1"], ["y_1552"])
    assert rows.cells["y_1552"].to_pylist() == [890, 111]
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize("folder", ["b[1]", "a*", "q?", "r=1", "it's", "{c,d}"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_nothing_in_a_path_is_taken_for_a_pattern(tmp_path, folder, ending):
    for name, week in ((folder, "890"), ("b1", "111"), ("ab", "111"), ("c", "111")):
        (tmp_path / name).mkdir()
        frame = pd.DataFrame({"person_id": ["Q1"], "y_1601": [week]})
        path = tmp_path / name / f"dream.{ending}"
        frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    path = tmp_path / folder / f"dream.{ending}"
    assert open_wide(path).rows("person_id", ["Q1"], ["y_1601"]).cells["y_1601"].to_pylist() == [
        "890"
    ]
    assert open_register(path).columns in (["person_id", "y_1601"], ("person_id", "y_1601"))
    assert int(open_register(path).to_pandas()["y_1601"][0]) == 890


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("names", [("y_1601", "Y_1601"), ("pnr", "person_id")])
def test_a_column_twice_is_one_if_equal_and_reported_if_not(tmp_path, names, ending):
    def write(second):
        frame = pd.DataFrame({"pnr": ["111"], "y_1601": ["111"], "y_1602": ["0"]})
        frame = frame.assign(again=[second]).rename(columns={"again": names[1]})
        path = tmp_path / f"dream.{ending}"
        frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
        return path

    path = write("111")
    assert open_wide(path).differing() == []
    assert len(open_register(path).columns) == 3
    path = write("890")
    file = open_wide(path)
    findings = Findings(read_definition().rules)
    check_register(file, layout(file.columns), findings)
    told = [fault for fault in findings.report("x").faults if fault.rule == "columns_differ"]
    assert len(told) == 1
    assert layout([names[1]]).columns == [names[1]] or told[0].column == "person_id"
    with pytest.raises(DataError, match=r"cells differ|cannot be read"):
        open_register(path)


@pytest.mark.parametrize("kind", [float, int])
def test_keys_delivered_as_numbers(tmp_path, kind):
    frame = pd.DataFrame({"person_id": [kind(12), kind(7)], "y_1601": [111.0, None]})
    for path in (tmp_path / "dream.parquet", tmp_path / "dream.dta"):
        write = frame.to_parquet if path.suffix == ".parquet" else None
        write(path) if write else pyreadstat.write_dta(frame, path)
        assert open_wide(path).rows("person_id", ["7", "12"], ["y_1601"]).people == ["7", "12"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_stands_around_a_key_is_no_part_of_it(tmp_path, ending):
    keys = ["Q1", " Q2", "\tQ3", "Q4 \t", "\t Q5\t", "Q\t6"]
    frame = pd.DataFrame({"person_id": keys, "y_1601": ["111"] * 6})
    path = tmp_path / f"dream.{ending}"
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    bare = sorted(key.strip() for key in keys)
    assert open_wide(path).rows("person_id", bare, ["y_1601"]).people == bare
    assert sorted(months(open_register(path)).to_pandas()["person_id"]) == bare


def test_what_is_no_register_is_unreadable(tmp_path):
    path = tmp_path / "dream.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(UnreadableError):
        open_wide(path)
    with pytest.raises(DataError, match=r"dream\.parquet cannot be read"):
        open_register(path)


CELL = st.one_of(
    st.sampled_from(["", " ", ".", "NA", "nan", "111", " 111", "111.0", "111,0", "0111", "11A",
                     "-1",
                     "1e3", "1.5", "inf", "99999999999", "0", "0,75", ".5", "1.", "-0.2", "full"]),
    st.from_regex(r"\A[0-9]{0,7}[.,]?[0-9]{0,3}\Z"),
    st.text("0123456789.,-e aN", max_size=8),
)  # fmt: skip


def test_a_cell_means_the_same_in_an_expression_and_alone():
    import ibis

    @given(cells=st.lists(CELL, min_size=200, max_size=200))
    def equal(cells):
        table = ibis.memtable(pd.DataFrame({"cell": pd.Series(cells, dtype="str")}))
        found = table.select(code=code(table["cell"]), degree=degree(table["cell"])).to_pandas()
        assert found["code"].tolist() == [parse_code(cell) for cell in cells]
        pd.testing.assert_series_equal(
            found["degree"], pd.Series([parse_degree(cell) for cell in cells], name="degree")
        )

    from hypothesis import HealthCheck, settings

    settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))(equal)()
