"""Shares with an interval, in the simplest way."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float
    clusters: int
    level: float = 0.95


def share(rows: list[dict[str, str]], level: float = 0.95) -> Estimate:
    n = len(rows)
    part = sum(row["employed"] == "1" for row in rows) / n
    half = 1.96 * sqrt(part * (1 - part) / n)
    return Estimate(part, part - half, part + half, len({row["unit"] for row in rows}), level)
