"""The definition file is read strictly: a misspelt rule must not pass for a default."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from evallib.errors import DataError, EvalError
from evallib.settings import DATA
from evallib.study.codelists import read
from evallib.study.definition import read_definition

DEFINITION = DATA / "evaluation.toml"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("horizon = 10 ", "", r"the key routes\[0\].horizon is missing; add it"),
        (
            "horizon = 10 ",
            "horizont = 10 ",
            r"the key routes\[0\].horizont is unknown; write horizon",
        ),
        ("[margins]", "[margins]\nweight = 1.0", r"the key margins.weight is unknown; remove it"),
        (
            "degree_scale = 1 ",
            "degree_scale = 0 ",
            r"'register.degree_scale' is 0; write greater than 0",
        ),
        (
            "horizon = 10 ",
            'horizon = "ten" ',
            r"'routes\[0\].horizon' is 'ten'; write a valid integer",
        ),
        (
            "horizon = 10 ",
            "horizon = true ",
            r"'routes\[0\].horizon' is True; write a valid integer",
        ),
        (
            "[rules]",
            '[rules]\nmissing_week = "ignored"',
            "'rules.missing_week' is 'ignored'; write 'fatal', 'counted' or 'resolved'",
        ),
        ("[rules]", '[rules]\nmissing_weak = "counted"', "does not have: missing_weak"),
        (
            "[columns]",
            '[columns.people]\nage = "alder"',
            "'columns.people' names a table or column",
        ),
        ("[columns]", '[columns.survey]\nheight = "hoejde"', "'columns.survey' names a table or"),
        ("[columns]", '[columns.dream]\ny_1201 = "uge1"', "'columns.dream' names a table or"),
        ('"Gentofte", "Faxe"', '"Gentofte", "Faxxe"', "do not name the same units: Faxe, Faxxe"),
        ("number = 2", "number = 1", "a route stands twice"),
        ('"2015-12" ', '"2017-12" ', "lies after"),
        ("yellow_from = 0.10", "yellow_from = 0.30", "yellow_from <= red_above"),
        ("silent_gap = 0.1 ", "", "the key checks.silent_gap is missing; add it"),
        ("icc = 0.05 ", "icc = 1.05 ", "'power' needs 0.5 < power < 1, 0 <= icc < 1"),
        ("power = 0.8 ", "power = 0.5 ", "'power' needs 0.5 < power < 1"),
        ("hours = 60.0 ", "hours = 0.0 ", "standard deviations > 0"),
        ("rise = 0.6 ", "", "the key power.sd.rise is missing; add it"),
        ("rise = 0.6 ", "rise = 0.6\nweeks = 2.0 ", "the key power.sd.weeks is unknown; remove"),
        ("[study]", "[study", "not readable as TOML"),
        (
            'label.da = "Unge med uddannelse"\nlabel.en = "The young with an education"',
            'label = "Unge"',
            r"'target_groups\[0\].label' is 'Unge'; write the text under .da and under .en",
        ),
    ],
)
def test_a_fault_of_the_definition_names_its_key(tmp_path: Path, old: str, new: str, message: str):
    text = DEFINITION.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "evaluation.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        read_definition(path)
    assert str(caught.value).startswith("evaluation.toml") or "TOML" in message


def test_a_missing_definition_says_what_to_do(tmp_path: Path):
    with pytest.raises(DataError, match=r"no definition file gone.toml; restore it to data"):
        read_definition(tmp_path / "gone.toml")


def test_an_unknown_route_is_an_error():
    with pytest.raises(EvalError, match="route is 4; choose one of 1, 2, 3"):
        read_definition().route(4)


def test_a_light_needs_something_to_fall_short_of():
    with pytest.raises(DataError, match="expected number is 0"):
        read_definition().traffic_light.light(3, 0)


def test_full_time_is_37_hours_a_week():
    assert read_definition().study.full_time_hours == round(37 * 52 / 12, 2)


def test_target_groups_cover_every_age_once():
    groups = read_definition().target_groups
    assert all(a.age_to + 1 == b.age_from for a, b in pairwise(groups))


def test_the_definition_points_to_assumptions_that_exist():
    named = re.findall(r"assumption (\w+)", DEFINITION.read_text(encoding="utf-8"))
    assert named
    assert set(named) <= set(read("assumptions")["id"])
