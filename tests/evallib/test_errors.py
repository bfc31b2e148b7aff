"""Errors name what is wrong and what there is instead."""

import re
from typing import Literal

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from evallib.errors import DataError, EvalError, need_columns, one_of


def test_an_option_is_among_those_there_are():
    assert one_of("a", Literal["a", "b"], "kind") == "a"
    with pytest.raises(EvalError, match="kind is 'c'; choose one of 'a', 'b'"):
        one_of("c", Literal["a", "b"], "kind")


def test_missing_columns_are_named_with_those_there_are():
    frame = pd.DataFrame({"x": [1]})
    need_columns(frame, ["x"])
    with pytest.raises(DataError, match="no column 'y', 'z'; it has 'x'"):
        need_columns(frame, ["y", "x", "z"])


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(shell, capsys, cell: str) -> str:
    """Run a cell as a notebook does, and return what it writes."""
    shell.run_cell(cell)
    return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)


def test_a_notebook_shows_its_own_lines_and_the_sentence(shell, capsys):
    cell = """
import pandas as pd
from evallib.errors import need_columns

def mine(frame):
    need_columns(frame, ["y"])

mine(pd.DataFrame({"x": [1]}))
"""
    told = shown(shell, capsys, cell)
    assert told.count("Cell In") == 2
    assert "errors.py" not in told
    assert "no column 'y'; it has 'x'" in told.splitlines()[-1]


def test_a_build_reads_the_whole_traceback(shell, capsys, with_settings):
    with_settings()
    told = shown(shell, capsys, "from evallib.errors import one_of\none_of('c', ['a'], 'kind')")
    assert "errors.py" in told


def test_errors_of_exhibits_are_shown_so_too(shell, capsys):
    told = shown(shell, capsys, "from compendium import value\nvalue('a b', 1, 'count')")
    assert told.count("Cell In") == 1
    assert "exhibits.py" not in told
