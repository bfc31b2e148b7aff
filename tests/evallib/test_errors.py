"""Errors name what is wrong and what there is instead."""

from typing import Literal

import pandas as pd
import pytest

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
