"""What was to be compared, and how it is judged, as written down beforehand.

Whether a result is the report's or ours, which others it belongs with, how it is tested and which
difference would be too small to matter must not be decided after seeing it. The file decides;
chapters read, and sentence, table and summary show one verdict.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from evallib.errors import DataError, EstimationError, one_of
from evallib.inference.assignments import Permutation
from evallib.inference.decisions import Comparison, Verdict, verdicts
from evallib.inference.inversion import Inversion
from evallib.inference.wild import WildBootstrap
from evallib.settings import project
from evallib.study.definition import Definition, read_definition

COLUMNS = (
    "id", "family", "kind", "chapter", "page", "margin", "test", "outcome", "population",
    "contrast", "a", "b",
)  # fmt: skip

Kind = Literal["report", "addition"]
Rule = Literal["CR2", "permutation", "wild bootstrap"]
"""How a family is tested: by its intervals, by exchanging whole units, by the wild bootstrap."""
Adjustment = Literal["Holm"]
_KINDS = {"permutation": Permutation, "wild bootstrap": WildBootstrap}


@dataclass(frozen=True)
class Analyses:
    """The declared comparisons: `frame` has one row each, with the columns `COLUMNS`.

    `margin` is a number in the outcome's unit (shares as fractions); `page` is missing for
    additions; `a` and `b` are the two groups of a comparison of groups.
    """

    frame: pd.DataFrame

    def family(self, name: str) -> pd.DataFrame:
        """The comparisons of one family, in the order of the file."""
        rows = self.frame[self.frame["family"] == name]
        if rows.empty:
            names = ", ".join(self.frame["family"].unique())
            raise DataError(f"There is no family '{name}'; the file declares {names}.")
        return rows.reset_index(drop=True)

    def pairs(self, name: str, among: Collection[object] | None = None) -> dict[str, Any]:
        """The two groups of each comparison of a family by its id, both of them `among` these.

        >>> read_analyses().pairs("routes_start", among=[1, 2])
        {'share0.2v1': (2, 1)}
        """
        rows = self.family(name).dropna(subset=["a", "b"])
        pairs = dict(zip(rows["id"], zip(rows["a"], rows["b"], strict=True), strict=True))
        return {key: two for key, two in pairs.items() if among is None or set(two) <= set(among)}

    def verdicts(self, name: str, tests: Mapping[str, Comparison]) -> dict[str, Verdict]:
        """What the comparisons of a family may be said to show (`decisions.verdicts`).

        `tests` are comparisons by id, of the kind the family declares. One that is declared and
        not among them, say because a route was left out, still counts in the adjustment.
        """
        rows = self.family(name)
        unknown = sorted(set(tests) - set(rows["id"]))
        if unknown:
            raise EstimationError(
                f"Family '{name}' does not declare {', '.join(unknown)}; add them to the file of "
                "analyses before looking at the result."
            )
        rule = str(rows["test"].iloc[0])
        kind = _KINDS.get(rule)
        fits = (
            isinstance(t, kind) if kind else not isinstance(t, Inversion) for t in tests.values()
        )
        if not all(fits):
            raise EstimationError(f"Family '{name}' declares the test {rule}; give tests of it.")
        return verdicts(tests, float(rows["margin"].iloc[0]), len(rows))


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

    References
    ----------
    `data/analyses.toml`: the comparisons, each with its page or marked as an addition.

    Examples
    --------
    >>> read_analyses().family("routes_shift")["margin"].tolist()
    [0.05, 0.05, 0.05]
    """
    path = project() / "data" / "analyses.toml" if path is None else path
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
    # A route is an integer also where others of the column are missing.
    frame[["a", "b"]] = pd.DataFrame([row[-2:] for row in rows], dtype=object)
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
    one_of(str(family["test"]), Rule, f"test of family '{name}'")
    one_of(str(family["adjustment"]), Adjustment, f"adjustment of family '{name}'")
    rows: list[tuple[object, ...]] = []
    for analysis in family["analyses"]:
        kind = one_of(analysis.get("kind", family["kind"]), Kind, f"kind of '{analysis['id']}'")
        page = family["page"] if kind == "report" else None
        facts = (kind, family["chapter"], page, margins[margin], family["test"])
        words = (outcome["en"], family["population"]["en"], analysis["en"])
        pair = analysis.get("pair", (None, None))
        if len(pair) != 2:
            raise DataError(f"pair of '{analysis['id']}' is {pair}; name two groups.")
        rows.append((analysis["id"], name, *facts, *words, *pair))
    return rows
