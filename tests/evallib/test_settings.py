"""The choices of a run, read once from one file."""

import pytest

from evallib.errors import VARIABLE, EvalError
from evallib.settings import DATA, data_folder, settings


def test_without_a_file_nothing_is_chosen(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    settings.cache_clear()
    assert settings() == {}
    assert data_folder() == DATA / "standin"


def test_a_file_is_read_once(with_settings, tmp_path):
    with_settings(data="a folder", tables=["survey"])
    assert settings()["tables"] == ["survey"]
    assert str(data_folder()) == "a folder"
    assert data_folder(tmp_path) == tmp_path
    (tmp_path / "settings.json").unlink()
    assert str(data_folder()) == "a folder"


@pytest.mark.parametrize("text", [None, "{", "[1, 2]", "3"])
def test_a_file_that_cannot_be_used_is_named(with_settings, tmp_path, text):
    with_settings()
    path = tmp_path / "settings.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(EvalError, match=rf"settings\.json.* cannot be read: .*{VARIABLE}"):
        settings()
