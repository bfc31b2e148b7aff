"""Many numbers by one call, and numbers of other chapters."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from compendium import compare, fact, record, recorded, value
from compendium.chapter import exhibits
from compendium.chapter.payloads import MIME
from compendium.errors import ExhibitError
from compendium.run.executed import values
from evallib.errors import VARIABLE
from evallib.settings import settings

POINTS = pd.DataFrame(
    {
        "group": [1, 1, 2],
        "month": [0, 1, 0],
        "n": [10, 8, 5],
        "clusters": [3, 3, 2],
        "estimate": [0.1, 0.2, 0.3],
        "low": [0.0, 0.1, 0.2],
        "high": [0.2, 0.3, 0.4],
    }
)


def curve(by="route"):
    return SimpleNamespace(frame=POINTS, by=by, time="month", level=0.9, function="ours.share")


def test_a_curve_is_recorded_point_by_point_in_one_output(sent):
    shown = record("share", curve())
    assert shown["route"].tolist() == [1, 1, 2]
    (output,) = sent
    assert output.payload["unit"] == "share"
    point = output.payload["values"]["share.route1.month1"]
    assert point == {
        "value": 0.2, "low": 0.1, "high": 0.3, "clusters": 3, "level": 0.9, "n": 8,
        "function": "ours.share", "basis": "measured",
    }  # fmt: skip
    assert output.text == "share, 3 numbers: share.route1.month0 … share.route2.month0"


def test_a_curve_of_everyone_has_no_group_in_its_ids(sent):
    record("share", SimpleNamespace(**vars(curve("")) | {"frame": POINTS.iloc[:2]}))
    assert list(sent[0].payload["values"]) == ["share.month0", "share.month1"]


def test_a_column_of_a_frame_is_recorded_by_a_pattern(sent):
    record("n.route{group}.month{month}", POINTS, "count", column="n")
    assert sent[0].payload["values"]["n.route2.month0"]["value"] == 5


def test_a_mapping_gives_its_values_back(sent):
    made = record("ever.route{}", {1: 0.5, 2: 0.25}, "share")
    assert made[2].id == "ever.route2"
    pairs = pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    assert record("n.{}.route{}", pairs, "count")["b", 2].id == "n.b.route2"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: record("n.{grup}", POINTS, "count", column="n"), "did you mean `group`"),
        (lambda: record("n.{group}", POINTS, "count", column="m"), "no column `m`"),
        (lambda: record("n.{group}", POINTS, "count", column="n"), "two numbers would be `n.1`"),
        (lambda: record("a b.{}", {1: 2}, "count"), "is no id"),
    ],
)
def test_what_cannot_be_recorded_is_refused(call, message):
    with pytest.raises(ExhibitError, match=message):
        call()


@pytest.fixture
def other_chapter(tmp_path, monkeypatch):
    """A folder of results in which chapter 7 recorded what is given."""

    def of(*payloads):
        outputs = [{"data": {MIME: payload}} for payload in payloads]
        cell = {"cell_type": "code", "id": "c1", "metadata": {}, "outputs": outputs}
        (tmp_path / "values").mkdir()
        (tmp_path / "values" / "07.json").write_text(json.dumps(values({"cells": [cell]}, 7)))

    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"out": str(tmp_path)}))
    monkeypatch.setenv(VARIABLE, str(file))
    settings.cache_clear()
    yield of
    monkeypatch.undo()
    settings.cache_clear()


def test_recorded_gives_back_what_another_chapter_recorded(sent, other_chapter):
    verdict = SimpleNamespace(
        value=0.2, low=0.1, high=0.3, decision="lower", margin=0.05, comparisons=3
    )
    pairs = {"gap.1v2": ("here", "there")}
    gaps = compare("gap", {"gap.1v2": verdict}, "The share", pairs, "points", addition=False)
    count = fact("count", 2, "count", higher="{size} more.", lower="Fewer.", equal="As many.")
    record("share", curve())
    other_chapter(*(output.payload for output in sent))
    gap = exhibits.OWN["gap.1v2"]
    exhibits.OWN.clear()
    for made in (gaps, gap, count):
        again = recorded(made.id)
        assert again == made
        assert again.payload["chapter"] == 7
    assert (gap.within, gap.comparisons, gap.addition, gap.judged) == ("gap", 3, False, True)
    assert recorded("share.route1.month1").high == 0.3
    with pytest.raises(ExhibitError, match="did you mean `gap`"):
        recorded("gab")


def test_recorded_gives_back_what_this_chapter_recorded_too(sent, other_chapter):
    other_chapter({"kind": "value", "id": "n", "unit": "count", "value": 1})
    assert recorded("n").value == 1
    own = value("n", 2, "count")
    record("share", curve())
    assert recorded("n") is own
    assert recorded("share.route2.month0").value == 0.3


def test_two_exhibits_of_a_chapter_cannot_share_an_id():
    payload = {"kind": "value", "id": "n", "unit": "count", "value": 1}
    outputs = [{"data": {MIME: payload}}] * 2
    cell = {"cell_type": "code", "id": "c", "metadata": {}, "outputs": outputs}
    with pytest.raises(ExhibitError, match="two exhibits have the id `n`"):
        values({"cells": [cell]}, 7)
