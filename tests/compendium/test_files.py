"""Files are written whole or not at all, and one build at a time holds a folder."""

import errno
import os
import sys
import tempfile
from pathlib import Path

import pytest

from compendium import files
from compendium.errors import BuildError


def test_a_file_that_was_not_finished_is_not_there(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "result.json"
    files.write(path, "old")

    def break_off(self, data):
        self.write_text("hal")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    monkeypatch.setattr(Path, "write_bytes", break_off)
    with pytest.raises(OSError, match="No space"):
        files.write(path, "new, and longer")
    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["result.json"]


def test_one_at_a_time_holds_a_lock(tmp_path):
    with (
        files.locked(tmp_path / "lock"),
        pytest.raises(BuildError, match="another build"),
        files.locked(tmp_path / "lock"),
    ):
        pass
    with files.locked(tmp_path / "lock"):
        pass


def test_the_same_data_give_the_same_text():
    assert files.dumps({"b": 1, "a": ["æ"]}) == files.dumps({"a": ["æ"], "b": 1})
    assert "æ" in files.dumps("æ")


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_scratch_folder_is_private_and_goes_with_its_use():
    with files.scratch_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_scratch_folders_of_killed_processes_are_swept_and_others_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("compendium-dead", "compendium-notes", "other"):
        (tmp_path / name).mkdir()
    for name in ("compendium-dead", "other"):
        (tmp_path / name / ".held").touch()
        os.utime(tmp_path / name / ".held", (0, 0))
    with files.scratch_folder() as running:
        os.utime(running / ".held", (0, 0))
        files.sweep()
        assert running.is_dir()
    assert {path.name for path in tmp_path.iterdir()} == {"compendium-notes", "other"}
