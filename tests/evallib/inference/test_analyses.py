"""The declared comparisons: complete, in order, and proof against a family that shrinks."""

import pytest

from evallib.errors import DataError, EstimationError, EvalError
from evallib.inference.analyses import read_analyses
from evallib.study.definition import read_definition

MINIMAL = """
[[families]]
id = "routes"
chapter = 7
kind = "report"
page = 7
margin = "share"
model = "contrast"
outcome.da = "Andel"
outcome.en = "Share"
analyses = [
  { id = "x", da = "1 mod 2", en = "1 against 2" },
  { id = "y", da = "1 mod 3", en = "1 against 3", kind = "addition" },
]
"""


def read(tmp_path, text):
    path = tmp_path / "analyses.toml"
    path.write_text(text, encoding="utf-8")
    return read_analyses(path)


def test_every_family_of_the_repository_is_complete():
    frame = read_analyses().frame
    words = ["outcome", "contrast"]
    assert frame[words].map(lambda text: len(text) > 3).all(axis=None)
    assert set(frame["kind"]) == {"report", "addition"}
    # the source's conclusions have a page within it, ours have none
    assert frame.loc[frame["kind"] == "report", "page"].between(1, 24).all()
    assert frame.loc[frame["kind"] == "addition", "page"].isna().all()
    assert frame.groupby("family")[["chapter", "margin"]].nunique().eq(1).all(axis=None)


def test_margins_come_from_the_definition():
    margins = read_definition().margins
    analyses = read_analyses()
    assert analyses.margin("hours.1v2") == margins.hours
    assert analyses.margin("age.satisfaction") == margins.score
    with pytest.raises(DataError, match=r"'wages\.1v2' is not declared"):
        analyses.margin("wages.1v2")


def test_family_keeps_the_order_and_marks_of_the_file(tmp_path):
    family = read(tmp_path, MINIMAL).family("routes")
    assert family["id"].tolist() == ["x", "y"]
    assert family["kind"].tolist() == ["report", "addition"]
    assert family["contrast"].tolist() == ["1 against 2", "1 against 3"]
    assert set(family["outcome"]) == {"Share"}
    assert family["margin"].tolist() == [0.05, 0.05]
    with pytest.raises(DataError, match=r"no family 'hours'; the file"):
        read(tmp_path, MINIMAL).family("hours")


def test_holm_runs_over_the_whole_family(tmp_path):
    analyses = read(tmp_path, MINIMAL)
    table = analyses.holm("routes", {"x": 0.01, "y": 0.04})
    assert table["adjusted"].tolist() == [0.02, 0.04]
    assert table["family_size"].tolist() == [2, 2]
    assert table["contrast"].tolist() == ["1 against 2", "1 against 3"]
    with pytest.raises(EstimationError, match="'y'"):
        analyses.holm("routes", {"x": 0.01})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('margin = "share"', 'margin = "points"', "'routes' has margin 'points'"),
        ('kind = "report"', 'kind = "ours"', "kind of 'x' is 'ours'"),
        ('model = "contrast"', 'model = "guess"', "model of family 'routes' is 'guess'"),
        ('id = "y"', 'id = "x"', "'x' is declared twice"),
        ("chapter = 7", "", "lacks 'chapter'"),
        ("page = 7", "", "lacks 'page'"),
        ("[[families]]", "[[families]", "not readable as TOML"),
    ],
)
def test_faults_are_named(tmp_path, old, new, message):
    with pytest.raises(EvalError, match=message):
        read(tmp_path, MINIMAL.replace(old, new, 1))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no analyses\.toml"):
        read_analyses(tmp_path / "analyses.toml")
