"""Which printed numbers the study was made to fit: told beside its tables, for the report.

The data are not made of the claims. The targets stand in parameters.toml, which names the claims
each parameter answers; this module reads data/published/claims.csv when all is drawn, only to say
under which id such a number is shown. A direction or a range leaves the number to a parameter of
ours, so exact numbers alone are listed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from standin.process import read_table

OURS = "ours"
CLAIMS = Path(__file__).parents[1] / "data" / "published" / "claims.csv"
_ROWS = {"approaches": "element", "fidelity": "requirement"}
"""The tables whose rows carry their own basis, and the column that names a row."""
_EXACT = ("count", "number", "percent")


def bases() -> Iterator[tuple[str, list[str]]]:
    """Every parameter by its path in the file and the claims it answers, none if it is ours."""
    named = list(leaves(read_table("basis")))
    for table, key in _ROWS.items():
        named += [(f"{table}.{row[key]}", row["basis"]) for row in read_table(table)]
    yield from ((name, [] if claims == OURS else list(claims)) for name, claims in named)


def leaves(table: Mapping[str, Any], *path: str) -> Iterator[tuple[str, Any]]:
    """What a TOML table holds, by dotted path.

    >>> list(leaves({"milestone": {"started": [1929]}, "spread": 0.25}))
    [('milestone.started', [1929]), ('spread', 0.25)]
    """
    for key, item in table.items():
        if isinstance(item, Mapping):
            yield from leaves(item, *path, key)
        else:
            yield ".".join([*path, key]), item


def printed() -> pd.DataFrame:
    """The exact numbers the study fits: value_id, claim, parameter, and least and most.

    `least` and `most` are what is printed as that number, in the unit it is recorded in: a share is
    a fraction.
    """
    frame = pd.read_csv(CLAIMS, dtype="str", keep_default_na=False)
    frame = frame[(frame["calibrated"] == "yes") & frame["kind"].isin(_EXACT)]
    answer = pd.DataFrame(bases(), columns=["parameter", "id"]).explode("id")
    scale = frame["unit"].isin(["percent", "points"]).map({True: 0.01, False: 1.0})
    number = pd.to_numeric(frame["value"], errors="coerce")  # a range is no number
    half = frame["rounding"].astype(float) / 2
    found = pd.DataFrame(
        {
            "value_id": frame["value_id"],
            "claim": frame["id"],
            "parameter": frame["id"].map(answer.groupby("id")["parameter"].agg(" ".join)),
            "least": ((number - half) * scale).round(6),
            "most": ((number + half) * scale).round(6),
        }
    )
    return found.dropna(subset="least")
