"""What was to be compared, as written down beforehand.

Whether a result is the report's or ours, which others it belongs with, and which difference would
be too small to matter must not be decided after seeing it. The file decides; chapters read.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from evallib.errors import DataError, one_of
from evallib.inference.families import holm
from evallib.settings import DATA
from evallib.study.definition import Definition, read_definition

DEFAULT = DATA / "analyses.toml"
COLUMNS = (
    "id", "family", "kind", "chapter", "page", "margin", "model", "outcome", "contrast",
)  # fmt: skip

Kind = Literal["report", "addition"]
Method = Literal["contrast", "standardised contrast", "regression"]


@dataclass(frozen=True)
class Analyses:
    """The declared comparisons: `frame` has one row each, with the columns `COLUMNS`.

    `margin` is a number in the outcome's unit (shares as fractions); `page` is missing for
    additions.
    """

    frame: pd.DataFrame

    def family(self, name: str) -> pd.DataFrame:
        """The comparisons of one family, in the order of the file."""
        rows = self.frame[self.frame["family"] == name]
        if rows.empty:
            names = ", ".join(self.frame["family"].unique())
            raise DataError(f"There is no family '{name}'; the file declares {names}.")
        return rows.reset_index(drop=True)

    def margin(self, analysis: str) -> float:
        """The difference of no practical size of one comparison."""
        rows = self.frame[self.frame["id"] == analysis]
        if rows.empty:
            raise DataError(f"'{analysis}' is not declared; add it to the file of analyses first.")
        return float(rows["margin"].iloc[0])

    def holm(self, name: str, p_values: dict[str, float]) -> pd.DataFrame:
        """Holm's adjustment over a whole family: its rows with p, adjusted and family_size."""
        rows = self.family(name)
        adjusted = holm(p_values, rows["id"].tolist())
        return rows.assign(**{c: adjusted[c] for c in ("p", "adjusted", "family_size")})


def read_analyses(path: Path | None = None, definition: Definition | None = None) -> Analyses:
    """Read the declared comparisons.

    Parameters
    ----------
    path
        The file; data/analyses.toml if left out.
    definition
        Has the margins; that of data/evaluation.toml if left out.

    Returns
    -------
    Analyses
        One row per comparison, its words in English.

    Raises
    ------
    DataError
        The file is missing or unreadable, or a family or key is missing, unknown or there twice;
        the message names it.

    Examples
    --------
    >>> read_analyses().margin("shift.1v2")
    0.05
    """
    path = DEFAULT if path is None else path
    margins = (definition or read_definition()).margins
    try:
        families = tomllib.loads(path.read_text(encoding="utf-8"))["families"]
        rows = [row for family in families for row in _rows(family, vars(margins))]
    except FileNotFoundError as error:
        raise DataError(f"There is no {path.name}; restore it to data/.") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path.name} is not readable as TOML: {error}. Correct it.") from error
    except KeyError as error:
        raise DataError(f"{path.name}: a family or analysis lacks {error}; add the key.") from error
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"page": "Int64"})
    if (twice := frame["id"].duplicated()).any():
        raise DataError(f"{path.name}: '{frame.loc[twice, 'id'].iloc[0]}' is declared twice.")
    return Analyses(frame)


def _rows(family: dict[str, Any], margins: dict[str, float]) -> list[tuple[object, ...]]:
    """One row per comparison of a family, checked."""
    name, margin, outcome = family["id"], family["margin"], family["outcome"]
    if margin not in margins:
        raise DataError(
            f"family '{name}' has margin {margin!r}; evaluation.toml has {', '.join(margins)}."
        )
    one_of(str(family["model"]), Method, f"model of family '{name}'")
    rows: list[tuple[object, ...]] = []
    for analysis in family["analyses"]:
        kind = one_of(analysis.get("kind", family["kind"]), Kind, f"kind of '{analysis['id']}'")
        page = family["page"] if kind == "report" else None
        facts = (kind, family["chapter"], page, margins[margin], family["model"])
        rows.append((analysis["id"], name, *facts, outcome["en"], analysis["en"]))
    return rows
