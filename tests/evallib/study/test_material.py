"""The tables the edition brings along, and how they are read."""

import pytest

from evallib.errors import DataError
from evallib.study.codelists import read
from evallib.study.definition import read_definition


def test_texts_come_as_pairs_in_place(tmp_path):
    table = "id,text_da,text_en,page\na,Ja,Yes,7\nnone,Nej,No,\n"
    (tmp_path / "x.csv").write_text(table, encoding="utf-8")
    frame = read("x", tmp_path)
    assert list(frame.columns) == ["id", "text", "page"]
    assert [text["en"] for text in frame["text"]] == ["Yes", "No"]
    assert frame["id"].tolist() == ["a", "none"]  # a code, not a missing value
    assert frame["page"].isna().tolist() == [False, True]


def test_a_wrong_name_is_told_the_right_ones():
    with pytest.raises(DataError, match=r"'interview' .* codelists/elements, .*interviews"):
        read("interview")


def test_interviews_cover_every_route_with_every_kind():
    frame = read("interviews")
    routes = [route.number for route in read_definition().routes]
    own = frame.dropna(subset="route")
    pairs = set(zip(own["route"].astype(int), own["kind"], strict=True))
    assert pairs >= {(route, kind) for route in routes for kind in ("driver", "barrier", "lever")}
    assert set(frame["kind"]) <= {"driver", "barrier", "lever", "change"}
    assert frame["page"].between(1, read_definition().study.extract_pages).all()
    assert not frame.duplicated(["route", "text"]).any()


def test_the_sources_are_those_the_definition_counts():
    frame = read("sources")
    assert len(frame) == read_definition().fieldwork.sources
    assert frame["id"].is_unique
    assert set(frame["kind"]) == {"qualitative", "quantitative"}


def test_every_municipality_has_a_place_inside_the_outline():
    places, outline = read("geo/seats").set_index("municipality"), read("geo/denmark")
    named = {name for unit in read_definition().units for name in unit.municipalities}
    assert set(places.index) == named
    for axis in ("lon", "lat"):
        assert places[axis].between(outline[axis].min(), outline[axis].max()).all()


def test_rings_of_the_outline_are_closed():
    ends = read("geo/denmark").groupby("ring")[["lon", "lat"]]
    assert ends.first().equals(ends.last())
