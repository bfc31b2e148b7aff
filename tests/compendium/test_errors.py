"""Errors say what to do: the nearest name, and what the system's own errors mean here."""

import errno

import pytest

from compendium.errors import StorageError, explained, nearest


def test_the_nearest_name_is_offered_or_all():
    assert nearest("rotes", ["routes", "level"]) == "did you mean `routes`?"
    assert nearest("x", [f"name{i:02d}" for i in range(13)]).endswith("name11 …")
    assert nearest("x", []) == "known names: none"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full (x): make room"),
        (errno.EACCES, "the results cannot be written (x)"),
        (errno.EROFS, "the results cannot be written (x)"),
        (errno.EPIPE, ""),
    ],
)
def test_what_the_system_says_is_told_if_it_is_about_room_or_permission(number, said):
    error = OSError(number, "…", "x")
    told = explained(error)
    assert (told is error) == (not said)
    assert isinstance(told, StorageError) == bool(said)
    assert not said or str(told).startswith(said)


def test_a_report_that_a_viewer_holds_on_windows_is_told_as_that():
    error = PermissionError(errno.EACCES, "…", "report.pdf")
    error.winerror = 32  # what Windows adds
    told = explained(error)
    assert isinstance(told, StorageError)
    assert str(told).startswith("a file of the results (report.pdf) is open in another program")
