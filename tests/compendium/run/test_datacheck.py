"""The data check: what it says of tables that can be used, that cannot, and of its own failure."""

import pytest
from mini_project import SOURCE, Workspace, copied, edit

from compendium.errors import BuildError, DataFaultError
from compendium.run import datacheck
from evallib.settings import DATA
from evallib.study import study


def test_tables_that_keep_their_contract_pass():
    datacheck.run(Workspace(SOURCE))


def test_a_fault_of_the_data_is_the_report_of_all_of_them(tmp_path):
    workspace = copied(tmp_path / "mini")
    edit(workspace.data / "participants.csv", lambda text: text.replace("birth_date", "born"))
    (workspace.data / "survey.csv").unlink()
    with pytest.raises(
        DataFaultError, match=r"(?s)birth_date.*survey\.csv|survey\.csv.*birth_date"
    ):
        datacheck.run(workspace)


def test_an_error_of_the_check_is_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "must_hold", lambda *_: 1 / 0)
    assert datacheck.check(tmp_path, DATA / "evaluation.toml") == {
        "error": "ZeroDivisionError",
        "text": "division by zero",
    }


def test_a_check_that_ends_by_itself_is_told():
    class Ended:
        def wait(self):
            return 0

    with pytest.raises(BuildError, match="the data check ended by itself"):
        datacheck.run(Workspace(SOURCE), lambda *_: Ended())
