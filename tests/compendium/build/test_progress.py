"""What a build tells while it runs: plain lines, one line in place, or nothing."""

import io

import pytest

from compendium.build import progress
from compendium.build.progress import InPlace, Lines, Progress

STEPS = ["data check", "chapter 1", "chapter 2", "chapter 7", "report da pdf"]


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def told(kind, clock):
    stream = io.StringIO()
    teller = kind(stream)
    teller.expect(STEPS, {"data check": 2.0, "chapter 1": 10.0, "chapter 7": 20.0})
    teller.begin("data check")
    clock[0] = 2
    teller.end("data check")
    teller.end("chapter 2")  # unchanged: it never began
    teller.begin("chapter 7", "x.py changed")
    teller.cell("chapter 7", 1, 81)
    clock[0] = 4
    teller.begin("chapter 1")
    teller.cell("chapter 1", 1, 18)
    teller.cell("chapter 7", 40, 81)
    return teller, stream


def test_plain_lines_say_each_step_once_with_its_place_and_last_time(clock):
    teller, stream = told(Lines, clock)
    teller.end("chapter 7")
    teller.end("chapter 1")
    teller.begin("report da pdf")
    assert stream.getvalue().splitlines() == [
        "   0 s  data check, 2 s last time",
        "   2 s  chapter 7 (2 of 3), 20 s last time: x.py changed",
        "   4 s  chapter 1 (3 of 3), 10 s last time",
        "   4 s  report da pdf",
    ]


def test_one_line_in_place_shows_all_that_runs(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    teller, stream = told(InPlace, clock)
    last = stream.getvalue().rpartition("\r\x1b[K")[2]
    assert last == "4 s · chapter 7 (2 of 3), cell 40 of 81; chapter 1 (3 of 3), cell 1 of 18"
    teller.close()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_it_says_what_is_left_when_all_times_are_known(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    teller = InPlace(io.StringIO())
    teller.expect(["chapter 1", "chapter 7"], {"chapter 1": 10.0, "chapter 7": 20.0})
    teller.begin("chapter 7")
    teller.begin("chapter 1")
    clock[0] = 5
    teller.cell("chapter 1", 2, 18)
    # 30 s of work, of which each of the two has done 5: 20 s for two at once
    assert "5 s, about 10 s left · " in teller.stream.getvalue()
    clock[0] = 40
    teller.cell("chapter 1", 3, 18)
    assert "left" not in teller.stream.getvalue().rpartition("\r")[2]


def test_a_line_fits_the_terminal(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = io.StringIO()
    teller = InPlace(stream)
    teller.expect(STEPS, {})
    teller.begin("report da pdf")
    assert len(stream.getvalue()) == len("\r\x1b[K") + 19


def test_quiet_tells_nothing(capsys):
    teller = Progress()
    teller.expect(STEPS, {})
    teller.begin("chapter 1")
    teller.cell("chapter 1", 1, 2)
    teller.end("chapter 1")
    teller.close()
    assert capsys.readouterr() == ("", "")
