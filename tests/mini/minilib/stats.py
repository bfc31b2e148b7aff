"""Shares with an interval, in the simplest way."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float
    clusters: int
    decision: str
    level: float = 0.95
    margin: float = 0.05


def share(rows: list[dict[str, str]], level: float = 0.95) -> Estimate:
    n = len(rows)
    part = sum(row["employed"] == "1" for row in rows) / n
    half = 1.96 * sqrt(part * (1 - part) / n)
    units = len({row["unit"] for row in rows})
    decision = "higher" if part > half else "unclear"
    return Estimate(part, part - half, part + half, units, decision, level)
