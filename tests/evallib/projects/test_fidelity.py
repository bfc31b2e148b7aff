"""How far each project kept to what is required."""

import pandas as pd
import pytest

from evallib.errors import DataError
from evallib.projects.fidelity import fidelity_matrix


def test_fidelity_matrix():
    names = ["route", "project", "requirement", "level", "reason"]
    rows = pd.DataFrame(
        [
            (1, "A", "sessions", "full", None),
            (1, "A", "mixed", "partial", "split"),
            (1, "B", "mixed", "full", None),
        ],
        columns=names,
    )
    levels = fidelity_matrix(rows)
    assert levels.loc[(1, "A")].to_dict() == {"mixed": "partial", "sessions": "full"}
    assert pd.isna(levels.loc[(1, "B"), "sessions"])
    assert fidelity_matrix(rows, "reason").loc[(1, "A"), "mixed"] == "split"
    with pytest.raises(DataError, match="project B on route 1 is assessed twice on 'mixed'"):
        fidelity_matrix(pd.concat([rows, rows.tail(1)]))
