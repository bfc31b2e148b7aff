"""No fault is silent: all the list has is done to a small study, and must be told as it says.

What is told names no person and no cell, and speaks no library's words.
"""

import re

import pytest
from faults import ALL
from small_study import Delivery, definition, tables, write

from evallib.study.contract import RULES, TABLES
from evallib.study.declared import EVERY
from evallib.study.study import validate

CASES = [
    pytest.param(kind, *case, id=f"{kind}: {case[0]}")
    for kind, cases in ALL.items()
    for case in cases
]


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    return write(tmp_path_factory.mktemp("small") / "study")


def spoilt(source, tmp_path, change):
    """A copy of the study with a change; which tables tell of it."""
    delivery = Delivery(tmp_path / "study", source)
    change(delivery)
    delivery.close()
    return delivery.folder


def looked_at(kind, source, folder):
    """Reading the register takes longest; where it was not touched it is left out."""
    same = (folder / "dream.csv").is_file() and (
        (folder / "dream.csv").read_bytes() == (source / "dream.csv").read_bytes()
    )
    return list(TABLES) if same and kind != "keys" else EVERY


@pytest.mark.parametrize(("kind", "name", "change", "severity", "rule"), CASES)
def test_a_fault_is_told(source, tmp_path, kind, name, change, severity, rule):
    folder = spoilt(source, tmp_path, change)
    report = validate(folder, definition(), looked_at(kind, source, folder))
    told = {(fault.rule, fault.severity) for fault in report.faults}
    if severity == "same":
        assert not report.faults, report.whole()
    else:
        assert (rule, severity) in told, report.whole() or "nothing"
        if severity != "fatal":
            assert not report.fatal, report.whole()
    assert_says_nothing_of_people(report, folder)


def assert_says_nothing_of_people(report, folder):
    text = report.whole() + report.whole("da")
    keys = {*tables()["participants"]["person_id"], *tables()["survey"]["respondent"]}
    assert not keys & set(re.findall(r"\w+", text))
    assert not re.search(r"Error|Exception|Traceback|errno|0x[0-9a-f]{6}", text), text
    assert "check_failed" not in text
    for planted in ("Anna", "12 34 56 78", "0101701234", "Ehned", "Udtræk"):
        assert planted not in text
    assert str(folder) not in report.whole()


def test_nothing_is_told_of_a_sound_study(source):
    assert validate(source, definition()).faults == ()


def test_every_rule_has_a_fault():
    planted = {case[3] for cases in ALL.values() for case in cases}
    # `read_as` is told in test_forms.py; `check_failed` is for what nobody foresaw.
    assert set(RULES) - planted == {"read_as", "check_failed"}


def test_no_fault_is_listed_twice():
    names = [(kind, case[0]) for kind, cases in ALL.items() for case in cases]
    assert len(names) == len(set(names)) >= 200
