"""Of the folder of a study, a build names the tables alone: what else lies there is not its own."""

import json

import pytest
from mini_project import copied, edit, run, states

from compendium.errors import TranslationError


def test_the_crate_names_no_file_beside_the_tables(tmp_path):
    workspace = copied(tmp_path / "mini")
    (workspace.data / "letter to P-1207.docx").write_text("mine")
    (workspace.data / "people_raw.csv").write_text("mine")
    assert "failed" not in states(workspace).values()
    crate = (workspace.out / "ro-crate-metadata.json").read_text("utf-8")
    named = [e["@id"] for e in json.loads(crate)["@graph"] if "study" in e["@id"]]
    assert "arcp://name,study/people.csv" in named
    assert "letter" not in crate
    assert "people_raw" not in crate


@pytest.mark.parametrize("title", ['{ en = "A study" }', '{ da = "Et studie" }', '"A study"', "1"])
def test_a_title_in_one_language_is_told_before_anything_runs(tmp_path, title):
    workspace = copied(tmp_path / "mini")
    path = workspace.root / "data" / "evaluation.toml"
    edit(path, lambda text: text.replace('title.da = "Et lille studie"\n', ""))
    edit(path, lambda text: text.replace('title.en = "A small study"', f"title = {title}"))
    with pytest.raises(TranslationError, match=r"data/evaluation\.toml: \[study\] needs title\.da"):
        run(workspace)
