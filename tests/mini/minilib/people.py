"""Reads the mini project's own table."""

import csv
from pathlib import Path

from evallib.settings import settings


def load() -> list[dict[str, str]]:
    with Path(settings()["data"], "people.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
