"""Run the chapters and render the report; the names a chapter uses."""

from compendium.chapter.exhibits import (
    Column,
    figure,
    finding,
    recorded,
    recorded_curve,
    records,
    table,
    value,
)

__all__ = [
    "Column",
    "figure",
    "finding",
    "recorded",
    "recorded_curve",
    "records",
    "table",
    "value",
]
