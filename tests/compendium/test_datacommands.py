"""The commands on a delivery: their exit codes, and what they say."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mini_project import SOURCE, copied, edit, rebuilt
from registers import made

from compendium.cli import main
from compendium.run.datacheck import spoken_of
from evallib.study.contract import SHEET
from evallib.study.declared import EVERY

TABLES = SOURCE / "data" / "standin"
OURS = ["--definition", str(SOURCE / "data" / "evaluation.toml")]


def test_a_sound_delivery_and_a_spoilt_one(tmp_path, capsys):
    assert main(["data", "validate", str(TABLES), *OURS]) == 0
    assert capsys.readouterr().out == "no faults found\n"
    shutil.copytree(TABLES, tmp_path / "spoilt")
    edit(tmp_path / "spoilt" / "survey.csv", lambda text: text.replace("Enhed 01", "Enhed 1"))
    assert main(["data", "validate", str(tmp_path / "spoilt"), "--lang", "da", *OURS]) == 2
    said = capsys.readouterr().out
    assert "regel unknown_unit" in said
    assert "tæt på Enhed 01" in said


def test_what_is_counted_is_told_by_check(tmp_path, capsys):
    folder = copied(tmp_path / "mini").root
    edit(
        folder / "data" / "standin" / "participants.csv", lambda text: text.replace(",m,", ",,", 2)
    )
    assert main(["check"], root=folder) == 0
    said = capsys.readouterr().out
    assert "2 of 44, 4.5% · rule blank_value" in said
    assert said.endswith("no faults found\n")


def test_what_is_counted_is_told_after_every_build(tmp_path, capsys):
    folder = rebuilt(tmp_path / "mini").root
    edit(
        folder / "data" / "standin" / "participants.csv", lambda text: text.replace(",m,", ",,", 2)
    )
    for _ in range(2):
        assert main(["--lang", "en"], root=folder) == 0
        assert "2 of 44, 4.5% · rule blank_value" in capsys.readouterr().out


def test_parts_of_a_table_wake_its_chapters():
    names = ("survey_2016.xlsx", "SURVEY.csv.gz", "study.toml", "surveyed.csv")
    told = [spoken_of(Path(name)) for name in names]
    assert told == ["survey", "survey", "study", "surveyed"]


def test_empty_tables_are_written_once(tmp_path, capsys):
    assert main(["data", "template", str(tmp_path / "new")]) == 0
    assert "dream.csv" in capsys.readouterr().out
    assert main(["data", "template", str(tmp_path / "new")]) == 2
    assert "already" in capsys.readouterr().err


def test_a_codebook_is_csv(capsys):
    assert main(["data", "describe", str(TABLES), *OURS]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["table,column,value,n", "participants,,rows,44"]


def test_tables_are_converted(tmp_path, capsys):
    shutil.copytree(TABLES, tmp_path / "study")
    assert main(["data", "convert", str(tmp_path / "study"), *OURS]) == 0
    made = pd.read_parquet(tmp_path / "study" / "parquet" / "participants.parquet")
    assert len(made) == 44
    kept = tmp_path / "study" / "parquet"
    assert kept.stat().st_mode & 0o077 == 0
    assert {path.name for path in kept.iterdir()} == {*(f"{name}.parquet" for name in EVERY), SHEET}
    assert main(["data", "validate", str(kept), *OURS]) == 0
    assert "participants.parquet" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["validate", "describe", "convert"])
def test_no_folder_is_said(tmp_path, capsys, action):
    assert main(["data", action, str(tmp_path / "gone")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_months_on_spark_are_those_on_duckdb(tmp_path, spark_python, monkeypatch):
    monkeypatch.setattr("compendium.datacommands.SPARK", spark_python)
    frame = made(np.random.default_rng(3), people=20, weeks=30)
    frame.to_csv(tmp_path / "any.csv", index=False)
    rows = {}
    for backend in ("duckdb", "pyspark"):
        out = tmp_path / backend
        given = ["--out", str(out), "--rule", "most", "--backend", backend, *OURS]
        assert main(["data", "months", str(tmp_path / "any.csv"), *given]) == 0
        rows[backend] = pd.concat(map(pd.read_parquet, out.iterdir()))
        rows[backend]["month"] = pd.to_datetime(rows[backend]["month"]).astype("datetime64[us]")
    here, there = (frame.sort_values(["person_id", "month"], ignore_index=True)
                   for frame in rows.values())  # fmt: skip
    assert here["hours"].notna().any()
    pd.testing.assert_frame_equal(here, there, check_dtype=False, check_exact=True)


def test_hours_of_a_register_are_those_of_the_definition(tmp_path, capsys):
    wide = tmp_path / "any.csv"
    pd.DataFrame({"pnr": ["a"], "y_1601": ["111"], "grad_2016_01": ["50"]}).to_csv(wide)
    text = (SOURCE / "data" / "evaluation.toml").read_text("utf-8")
    text = text.replace("full_time_hours = 160.33", "full_time_hours = 150.0")
    rules = tmp_path / "evaluation.toml"
    rules.write_text(f"{text}\n[register]\ndegree_scale = 100\n", encoding="utf-8")
    found = []
    for n, more in enumerate((["--definition", str(rules)], ["--full-time", "2"])):
        assert main(["data", "months", str(wide), "--out", str(tmp_path / str(n)), *more]) == 0
        found += pd.concat(map(pd.read_parquet, (tmp_path / str(n)).iterdir()))["hours"].tolist()
    assert found == [75.0, 100.0]
    rules.write_text("[study]\n", encoding="utf-8")
    given = ["--out", str(tmp_path / "no"), "--definition", str(rules)]
    assert main(["data", "months", str(wide), *given]) == 2
    assert "evaluation.toml: the key" in capsys.readouterr().err


def test_tables_of_a_whole_register(tmp_path, capsys):
    wide = pd.DataFrame({"PNR": ["a"], "y_1601": ["111"], "y_1602": [""], "y_1603": ["111"]})
    wide.to_csv(tmp_path / "any.csv", index=False)
    (tmp_path / "dates.csv").write_text("person_id,date\na,2016-01-19\n")
    made = {}
    for action, *more in (
        ("months", "--rule", "any"),
        ("spells", "--gap", "1"),
        ("history", "--dates", str(tmp_path / "dates.csv")),
    ):
        out = tmp_path / action
        given = ["data", action, str(tmp_path / "any.csv"), "--out", str(out), *more]
        assert main(given) == 0
        assert out.stat().st_mode & 0o777 == 0o700
        made[action] = pd.read_parquet(out)
        assert main(given) == 2  # nothing is written over
    assert made["months"]["status"].tolist() == ["unemployment_benefit"]
    assert made["spells"]["weeks"].tolist() == [3]
    assert made["history"]["weeks_unemployment_benefit"].tolist() == [1]
    assert {p.name for p in tmp_path.iterdir()} == {"any.csv", "dates.csv", *made}
    assert main(["data", "history", str(tmp_path / "any.csv"), "--out", str(tmp_path / "h")]) == 2
    assert "--dates FILE" in capsys.readouterr().err
