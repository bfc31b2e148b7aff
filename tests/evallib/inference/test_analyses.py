"""The declared comparisons: complete, in order, and proof against a family that shrinks."""

import re

import pandas as pd
import pytest

from evallib.errors import DataError, EstimationError, EvalError
from evallib.inference.analyses import COLUMNS, read_analyses
from evallib.inference.assignments import permutation
from evallib.inference.decisions import verdicts
from evallib.inference.estimate import t_estimate
from evallib.inference.families import Joint
from evallib.study.definition import read_definition

MINIMAL = """
[[families]]
id = "routes"
chapter = 7
kind = "report"
page = 7
margin = "share"
test = "CR2"
adjustment = "Holm"
outcome.da = "Andel"
outcome.en = "Share"
population.da = "Alle"
population.en = "Everybody"
analyses = [
  { id = "x.1v2", pair = [1, 2], da = "1 mod 2", en = "1 against 2" },
  { id = "x.1v3", pair = [1, 3], da = "1 mod 3", en = "1 against 3", kind = "addition" },
  { id = "x.age", da = "Alder", en = "Age" },
]
"""


def read(tmp_path, text=MINIMAL):
    path = tmp_path / "analyses.toml"
    path.write_text(text, encoding="utf-8")
    return read_analyses(path)


def estimate(value, level=0.95):
    return t_estimate(value, 0.02, 20.0, n=900, clusters=22, level=level, method="by hand")


def exchanged():
    frame = pd.DataFrame({"unit": list("ABCDEFG") * 2, "used": [1, 1, 0, 0, 0, 0, 0] * 2})
    frame["y"] = [9, 8, 1, 2, 3, 1, 2, 8, 8, 2, 1, 3, 2, 2.5]
    return permutation(frame, "y", "used", "unit")


def test_every_family_of_the_repository_is_complete():
    frame = read_analyses().frame
    assert tuple(frame.columns) == COLUMNS
    words = ["outcome", "population", "contrast"]
    assert frame[words].map(lambda text: len(text) > 3).all(axis=None)
    assert set(frame["kind"]) == {"report", "addition"}
    # the source's conclusions have a page within it, ours have none
    assert frame.loc[frame["kind"] == "report", "page"].between(1, 24).all()
    assert frame.loc[frame["kind"] == "addition", "page"].isna().all()
    same = ["chapter", "margin", "test", "outcome", "population"]
    assert frame.groupby("family")[same].nunique().eq(1).all(axis=None)
    assert set(frame["test"]) == {"CR2", "permutation"}


def test_comparisons_of_routes_name_the_two():
    frame = read_analyses().frame
    routes = {route.number for route in read_definition().routes}
    versus = {row.id: re.fullmatch(r".+\.(\d)v(\d)", row.id) for row in frame.itertuples()}
    paired = frame.set_index("id")
    found = 0
    for name, parts in versus.items():
        if parts:
            pair = (paired.loc[name, "a"], paired.loc[name, "b"])
            assert pair == (int(parts[1]), int(parts[2])), name
            assert set(pair) <= routes, name
            assert paired.loc[name, "contrast"] == f"Route {pair[0]} against Route {pair[1]}"
            found += 1
    assert found > 20
    assert frame[["a", "b"]].isna().nunique(axis=1).eq(1).all()  # both or neither


def test_margins_come_from_the_definition():
    margins = read_definition().margins
    frame = read_analyses().frame.set_index("id")["margin"]
    assert frame["hours.1v2"] == margins.hours
    assert frame["age.satisfaction"] == margins.score
    assert frame["share.2v1"] == margins.share


def test_family_keeps_the_order_and_marks_of_the_file(tmp_path):
    family = read(tmp_path).family("routes")
    assert family["id"].tolist() == ["x.1v2", "x.1v3", "x.age"]
    assert family["kind"].tolist() == ["report", "addition", "report"]
    assert family["page"].astype("object").tolist() == [7, pd.NA, 7]
    assert family["contrast"].tolist() == ["1 against 2", "1 against 3", "Age"]
    assert set(family["outcome"]) == {"Share"}
    assert set(family["population"]) == {"Everybody"}
    assert set(family["test"]) == {"CR2"}
    assert set(family["chapter"]) == {7}
    assert family["margin"].tolist() == [0.05, 0.05, 0.05]
    with pytest.raises(DataError, match=r"no family 'hours'; the file declares routes\."):
        read(tmp_path).family("hours")


def test_pairs_are_the_groups_of_each_comparison():
    analyses = read_analyses()
    assert analyses.pairs("routes_shift") == {
        "shift.1v2": (1, 2), "shift.1v3": (1, 3), "shift.2v3": (2, 3),
    }  # fmt: skip
    assert analyses.pairs("routes_shift", among=[3, 2]) == {"shift.2v3": (2, 3)}
    assert analyses.pairs("routes_start", among=(1, 2)) == {"share0.2v1": (2, 1)}
    assert analyses.pairs("routes_shift", among=[1]) == {}
    assert analyses.pairs("groups_work")["groups.age"] == ("50_plus", "30_49")


def test_a_comparison_of_no_two_groups_has_no_pair(tmp_path):
    pairs = read(tmp_path).pairs("routes")
    assert pairs == {"x.1v2": (1, 2), "x.1v3": (1, 3)}
    assert {type(group) for pair in pairs.values() for group in pair} == {int}


def test_verdicts_of_a_family_are_those_of_the_rule(tmp_path):
    tests = {"x.1v2": estimate(0.06), "x.1v3": estimate(0.0), "x.age": estimate(0.2)}
    told = read(tmp_path).verdicts("routes", tests)
    assert told == verdicts(tests, 0.05)
    assert list(told) == list(tests)


def test_a_family_cannot_shrink_after_looking(tmp_path):
    told = read(tmp_path).verdicts("routes", {"x.1v2": estimate(0.05)})
    assert told["x.1v2"].comparisons == 3
    assert told["x.1v2"].p == pytest.approx(3 * estimate(0.05).p_value())
    assert (told["x.1v2"].decision, told["x.1v2"].margin) == ("unclear", 0.05)
    assert read(tmp_path).verdicts("routes", {}) == {}


def test_what_was_not_declared_is_no_comparison(tmp_path):
    tests = {"x.1v2": estimate(0.05), "x.pay": estimate(0.1), "x.age2": estimate(0.1)}
    with pytest.raises(EstimationError, match=r"^Family 'routes' does not declare x\.age2, x\.pay"):
        read(tmp_path).verdicts("routes", tests)
    with pytest.raises(DataError, match="no family 'hours'"):
        read(tmp_path).verdicts("hours", {})


@pytest.mark.filterwarnings("ignore:With 7 units the test cannot reject")
def test_a_family_is_tested_as_it_declares(tmp_path):
    by_units = MINIMAL.replace('test = "CR2"', 'test = "permutation"')
    told = read(tmp_path, by_units).verdicts("routes", {"x.age": exchanged()})
    assert told["x.age"].raw == pytest.approx(1 / 21)
    assert told["x.age"].p == pytest.approx(3 / 21)
    with pytest.raises(EstimationError, match="declares the test permutation; give"):
        read(tmp_path, by_units).verdicts("routes", {"x.age": estimate(0.1)})
    mixed = {"x.1v2": estimate(0.1), "x.age": exchanged()}
    for declared in (MINIMAL, by_units):
        with pytest.raises(EstimationError, match="declares the test"):
            read(tmp_path, declared).verdicts("routes", mixed)
    with pytest.raises(EstimationError, match=r"'routes' declares the test CR2; give tests of it"):
        read(tmp_path).verdicts("routes", {"x.age": exchanged()})
    joint = Joint({"a": estimate(0.1), "b": estimate(0.0)})
    assert read(tmp_path).verdicts("routes", {"x.age": joint})["x.age"].value == 0.1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('margin = "share"', 'margin = "points"', "'routes' has margin 'points'; evaluation.toml"),
        ('kind = "report"', 'kind = "ours"', "kind of 'x.1v2' is 'ours'"),
        ('kind = "addition"', 'kind = "ours"', "kind of 'x.1v3' is 'ours'"),
        ('test = "CR2"', 'test = "guess"', "test of family 'routes' is 'guess'"),
        ('adjustment = "Holm"', 'adjustment = "none"', "adjustment of family 'routes' is 'none'"),
        ('id = "x.1v3"', 'id = "x.1v2"', "'x.1v2' is declared twice"),
        ("pair = [1, 2]", "pair = [1]", r"pair of 'x.1v2' is \[1\]; name two groups"),
        ("pair = [1, 2]", "pair = [1, 2, 3]", r"pair of 'x.1v2' is \[1, 2, 3\]"),
        ("chapter = 7", "", "lacks 'chapter'"),
        ("page = 7", "", "lacks 'page'"),
        ('test = "CR2"', "", "lacks 'test'"),
        ('population.en = "Everybody"', "", "lacks 'en'"),
        ('population.da = "Alle"\npopulation.en = "Everybody"', "", "lacks 'population'"),
        ("[[families]]", "[[families]", "not readable as TOML"),
    ],
)
def test_faults_are_named(tmp_path, old, new, message):
    with pytest.raises(EvalError, match=message):
        read(tmp_path, MINIMAL.replace(old, new, 1))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no analyses\.toml"):
        read_analyses(tmp_path / "analyses.toml")
