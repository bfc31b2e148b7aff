"""Groups benefit codes by a list kept as data.

Nobody should have to read code to see which benefit a code was taken for, or edit code to take a
newer list.
"""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NONE, UNKNOWN = "none", "unknown"
"""Group of a week without a benefit, and of a code the list does not have."""
READS = ("data/codelists/benefits.csv",)
BENEFITS = Path(__file__).resolve().parents[2] / "data" / "codelists" / "benefits.csv"


@dataclass(frozen=True)
class CodeList:
    """Ranges of benefit codes and the group of each: (code_from, code_to, group)."""

    ranges: tuple[tuple[int, int, str], ...]

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """All groups: "none", those of the list in its order, "unknown".

        Where two groups fill equally much of a month the earlier one stands, as in the ministry's
        own hierarchy.
        """
        named = (group for _, _, group in self.ranges if group not in (NONE, UNKNOWN))
        return (NONE, *dict.fromkeys(named), UNKNOWN)

    def group(self, codes: NDArray[np.int32]) -> NDArray[np.int8]:
        """Positions in `groups` of an array of codes (0 = no benefit); same shape.

        >>> benefits = CodeList(((111, 113, "unemployment"),))
        >>> [benefits.groups[i] for i in benefits.group(np.array([0, 112, 433]))]
        ['none', 'unemployment', 'unknown']
        """
        highest = max(int(codes.max(initial=0)), *(last for _, last, _ in self.ranges))
        table = np.full(highest + 2, self.groups.index(UNKNOWN), dtype=np.int8)
        table[0] = 0
        for first, last, group in self.ranges:
            table[first : last + 1] = self.groups.index(group)
        # Code -1 (a cell that is no code) reads the last entry, which no range reaches.
        return table[codes]


def read_codelist(path: Path = BENEFITS) -> CodeList:
    """Read a code list with columns code_from, code_to and group; other columns are ignored.

    A later row overrides an earlier one where ranges overlap.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(int(r["code_from"]), int(r["code_to"]), r["group"]) for r in csv.DictReader(lines)]
    return CodeList(tuple(rows))
