"""Where a run's files are, and what its processes are told."""

from pathlib import Path

import pytest

from compendium.workspace import ROOT, Workspace


@pytest.mark.parametrize(
    ("choices", "folder"),
    [
        ({}, "outputs"),
        ({"chapters": (7,)}, "outputs/custom/7"),
        ({"chapters": (4, 7), "parameters": {"level": "0.9"}}, "outputs/custom/4,7,level=0.9"),
        ({"parameters": {"routes": "[1, 2]"}}, "outputs/custom/routes=1,2"),
        ({"parameters": {"name": "../../x"}}, "outputs/custom/name=....x"),
    ],
)
def test_a_reader_s_choices_have_a_folder_of_their_own(tmp_path, choices, folder):
    assert Workspace(tmp_path, **choices).out == tmp_path / folder


def test_only_the_study_of_the_workspace_itself_is_made(tmp_path):
    assert Workspace().makes_standin
    assert not Workspace(data_dir=tmp_path).makes_standin
    assert not Workspace(tmp_path).makes_standin


def test_a_path_is_told_the_same_wherever_it_lies(tmp_path):
    workspace = Workspace(tmp_path)
    assert workspace.relative(tmp_path / "notebooks" / "x.ipynb") == "notebooks/x.ipynb"
    assert workspace.relative(ROOT / "compendium" / "cli.py") == "…/compendium/cli.py"
    assert workspace.relative(Path("/elsewhere/x")) == str(Path("/elsewhere/x"))


def test_what_a_user_has_set_for_python_reaches_no_chapter(monkeypatch):
    for name in ("PYTHONSTARTUP", "MPLCONFIGDIR", "LANG", "EVALUATION_SETTINGS", "IPYTHONDIR"):
        monkeypatch.setenv(name, "somebody's")
    monkeypatch.setenv("HOME_OF_MINE", "kept")
    environment = Workspace().environment()
    assert "somebody's" not in environment.values()
    assert environment["HOME_OF_MINE"] == "kept"
    assert environment["PYTHONHASHSEED"] == "0"
