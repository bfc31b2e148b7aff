"""Empty tables that only lack rows, and a codebook that shows no few people."""

import pandas as pd
import pytest
from small_study import Delivery, write

from evallib.errors import DataError
from evallib.study.codebook import FEW, contract_text, describe, template
from evallib.study.contract import RULES, TABLES
from evallib.study.definition import read_definition
from evallib.study.study import validate


def test_empty_tables_have_every_column(tmp_path):
    definition = read_definition()
    written = template(tmp_path / "new", definition)
    assert len(written) == len(TABLES) + 2
    report = validate(tmp_path / "new", definition, tables=list(TABLES))
    assert {fault.rule for fault in report.faults} == {"no_rows"}
    header = pd.read_csv(tmp_path / "new" / "dream.csv").columns
    assert {"person_id", "y_1553", "y_1708", "grad_2012_12", "branche_2017_02"} <= set(header)
    with pytest.raises(DataError, match=r"participants\.csv.* already"):
        template(tmp_path / "new", definition)


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_contract_in_words_has_every_column_and_rule(language):
    text = contract_text(language)
    for table in TABLES.values():
        assert f"## {table.name}" in text
        assert all(f"| {column.name} |" in text for column in table.columns)
    assert all(f"**{name}**" in text for name in RULES)


def test_a_codebook_shows_no_few_people_and_no_free_text(tmp_path):
    delivery = Delivery(tmp_path / "study", write(tmp_path / "source"))
    people = delivery["participants"]
    people.loc[:2, "gender"] = ""
    people.loc[3, "project"] = "Anna"
    people.loc[4, "education"] = "0101701234"
    delivery.close()
    table = describe(delivery.folder, read_definition())
    shown = table[table["table"] == "participants"].set_index(["column", "value"])["n"]
    assert shown["", "rows"] == "320"
    assert shown["gender", "blank"] == FEW
    assert sum(shown["gender"] == FEW) == 2, "one hidden count alone could be worked out"
    assert shown["project", "other"] == FEW
    assert not table["value"].str.contains("Anna|0101701234|P0").any()
    numbers = pd.to_numeric(table["n"], errors="coerce").dropna()
    assert not numbers.between(1, 4).any()
    assert "dream" in set(table["table"])
