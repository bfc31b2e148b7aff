"""The commands on a delivery of data: empty tables, a report of all faults, a codebook, Parquet.

`python run_all.py data template|validate|describe|convert DIR`. What they do is evallib's; here
stands how it is called and told.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from compendium.errors import DataFaultError, ParameterError

if TYPE_CHECKING:
    from evallib.study.contract import Language
    from evallib.study.definition import Definition

HELP = """What to do with the folder: `template` writes empty tables and the contract into it,
`validate` reports all faults of the tables in it, `describe` prints a codebook with counts (CSV),
`convert` writes the tables as Parquet into DIR/parquet."""


def run(arguments: Sequence[str]) -> int:
    """Run `data ACTION DIR`; returns the exit code: 2 if the data cannot be used."""
    parser = argparse.ArgumentParser(prog="python run_all.py data", description=HELP)
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--lang", choices=("en", "da"), default="en", help="language (en)")
    parser.add_argument("--definition", type=Path, metavar="FILE", help="data/evaluation.toml")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    options = parser.parse_args(list(arguments))
    if options.action != "template" and not options.folder.is_dir():
        raise ParameterError(f"{options.folder}: there is no such folder")
    from evallib.errors import DataError
    from evallib.study.definition import read_definition

    try:
        definition = read_definition(options.definition)
        return ACTIONS[options.action](options.folder, definition, options.lang)
    except DataError as error:
        raise DataFaultError(str(error)) from error


def _template(folder: Path, definition: Definition, language: Language) -> int:
    from evallib.study.codebook import template

    for path in template(folder, definition, language):
        _tell(str(path))
    return 0


def _validate(folder: Path, definition: Definition, language: Language) -> int:
    from evallib.study.study import validate

    report = validate(folder, definition)
    sound = {"en": "no faults found", "da": "ingen fejl fundet"}
    _tell(report.whole(language) or sound[language])
    return 2 if report.fatal else 0


def _describe(folder: Path, definition: Definition, _: Language) -> int:
    from evallib.study.codebook import describe

    table = describe(folder, definition)
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(table.columns)
    lines.writerows(table.itertuples(index=False, name=None))
    return 0


def _convert(folder: Path, definition: Definition, _: Language) -> int:
    """Write the tables as Parquet, each once; the register in chunks, by its own room."""
    from evallib.study.contract import REGISTER, SHEET, TABLES
    from evallib.study.delivery import find
    from evallib.study.register import convert
    from evallib.study.study import load, must_hold

    must_hold(folder, definition)
    made = folder / "parquet"
    made.mkdir(mode=0o700, exist_ok=True)
    study = load(folder, definition, tables=list(TABLES))
    for name, table in TABLES.items():
        frame, months = getattr(study, name), [c.name for c in table.columns if c.kind == "month"]
        frame = frame.assign(**{month: frame[month].dt.strftime("%Y-%m") for month in months})
        frame.to_parquet(made / f"{name}.parquet", index=False)
        _tell(str(made / f"{name}.parquet"))
    if (folder / SHEET).is_file():
        shutil.copy(folder / SHEET, made / SHEET)
    files = find(folder, REGISTER)
    _tell(f"{files.name} …")
    named = definition.columns.get(REGISTER, {})
    renamed = {theirs.strip().lower(): ours for ours, theirs in named.items()}
    with TemporaryDirectory(prefix="making-", dir=made) as scratch:
        typed = convert(files.read, Path(scratch), renamed=renamed)
        typed.replace(made / f"{REGISTER}.parquet")
    _tell(str(made / f"{REGISTER}.parquet"))
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


ACTIONS: dict[str, Callable[[Path, Definition, Language], int]] = {
    "template": _template,
    "validate": _validate,
    "describe": _describe,
    "convert": _convert,
}
