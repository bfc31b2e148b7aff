"""Frames of people, which on real data are shown by their shape alone.

A cell that ends in a frame, a print of one or a log line put rows of people into a notebook. Where
data are not made up the kernel of a chapter therefore shows of such a frame how many rows it has,
and its columns with their types. It stops a slip: who wants the rows can still write them out.
"""

from __future__ import annotations

from typing import Any

from evallib.study.contract import PERSON

STARTUP = "from compendium.chapter.people import hide_rows; hide_rows()\n"
"""What a kernel runs before its first cell, where people are to be hidden."""


def hide_rows() -> None:
    """Have pandas show frames of people by their shape, from now on, in this process."""
    import pandas as pd

    def hiding(shown: Any) -> Any:
        def show(frame: Any) -> Any:
            return shape_of(frame) if has_people(frame) else shown(frame)

        return show

    kinds: tuple[Any, ...] = (pd.DataFrame, pd.Series)
    for kind in kinds:
        kind.__repr__ = hiding(kind.__repr__)
    kinds[0]._repr_html_ = hiding(kinds[0]._repr_html_)


def has_people(frame: Any) -> bool:
    """Tell whether the rows of a frame or a series are people, by their key.

    >>> import pandas as pd
    >>> has_people(pd.DataFrame({"person_id": ["a"]})), has_people(pd.Series([1], name="n"))
    (True, False)
    """
    columns = frame.columns if hasattr(frame, "columns") else [frame.name]
    names = [*columns, *frame.index.names]
    return any(PERSON in str(name) or str(name) in ("respondent", "birth_date") for name in names)


def shape_of(frame: Any) -> str:
    """Return what may be seen of a frame of people.

    >>> import pandas as pd
    >>> shape_of(pd.DataFrame({"person_id": ["a", "b"], "age": [31, 47]}))
    '2 rows of people: person_id (str), age (int64)'
    """
    kinds = frame.dtypes.items() if hasattr(frame, "columns") else [(frame.name, frame.dtype)]
    columns = ", ".join(f"{name} ({kind})" for name, kind in kinds)
    return f"{len(frame)} rows of people: {columns}"
