"""Reads and checks the mini project's one table."""

import csv
import os
from pathlib import Path

READS = ("data/evaluation.toml",)


class DataError(Exception):
    """The table cannot be used."""


def load() -> list[dict[str, str]]:
    with Path(os.environ["EVALLIB_DATA"], "people.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def validate(folder: Path) -> None:
    path = folder / "people.csv"
    if not path.is_file():
        raise DataError("people.csv is missing")
    if "employed" not in path.read_text("utf-8").splitlines()[0]:
        raise DataError("people.csv: column `employed` is missing\npeople.csv: nothing else")
