"""The commands on a delivery of data: empty tables, a report of all faults, a codebook, Parquet.

`python run_all.py data template|validate|describe|convert DIR`, and on any wide register, which
need not be a study's, `data months|spells|history REGISTER --out DIR`. What they do is evallib's;
here stands how it is called and told.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from compendium.errors import Arguments, DataFaultError, ParameterError
from compendium.workspace import ROOT

if TYPE_CHECKING:
    from evallib.study.contract import Language
    from evallib.study.definition import Definition

HELP = """What to do with the folder: `template` writes empty tables and the contract into it,
`validate` reports all faults of the tables in it, `describe` prints a codebook with counts (CSV),
`convert` writes the tables as Parquet into DIR/parquet. Of a register, a file or a folder of files
with other columns each, `months`, `spells` and `history` write a table of everybody as Parquet into
the folder --out."""
WIDE = ("months", "spells", "history")
SPARK = ROOT / ".venv-spark" / "bin" / "python"
"""Where CONTRIBUTING.md has the lock of Spark installed."""


def run(arguments: Sequence[str]) -> int:
    """Run `data ACTION DIR`; returns the exit code: 2 if the data cannot be used."""
    parser = Arguments(prog="python run_all.py data", description=HELP)
    parser.add_argument("action", choices=(*ACTIONS, *WIDE))
    parser.add_argument("folder", type=Path, metavar="DIR")
    add = parser.add_argument_group("months, spells and history").add_argument
    add("--out", type=Path, help="a new folder for the table")
    add("--rule", default="last", help="which week a month counts as (last): any, most, last, ...")
    add("--gap", type=int, default=0, help="weeks without a benefit a spell may bridge (0)")
    add("--dates", type=Path, help="CSV of person_id and date, which a history comes before")
    add("--full-time", type=float, help="paid hours at a degree of 1 (what the definition says)")
    add("--backend", choices=("duckdb", "pyspark"), default="duckdb", help="what computes it")
    parser.add_argument("--lang", choices=("en", "da"), default="en", help="language (en)")
    parser.add_argument("--definition", type=Path, metavar="FILE", help="data/evaluation.toml")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    options = parser.parse_args(list(arguments))
    from evallib.errors import EvalError

    try:
        if options.action in WIDE:
            return _wide(options, arguments)
        if options.action != "template" and not options.folder.is_dir():
            raise ParameterError(f"{options.folder}: there is no such folder")
        from evallib.study.definition import read_definition

        definition = read_definition(options.definition)
        return ACTIONS[options.action](options.folder, definition, options.lang)
    except EvalError as error:
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

    sys.stdout.write(describe(folder, definition).to_csv(index=False, lineterminator="\n"))
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


def _wide(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Write a table of everybody in a register, on DuckDB or on Spark."""
    if not options.folder.exists():
        raise ParameterError(f"{options.folder}: there is no such register")
    if options.out is None or options.out.exists():
        raise ParameterError("--out DIR: name a folder that is not there yet")
    if options.action == "history" and options.dates is None:
        raise ParameterError("--dates FILE: a history needs the dates it comes before")
    if options.full_time is None:
        options.full_time = _full_time(options.definition)
    if options.backend == "pyspark" and find_spec("pyspark") is None:
        if not SPARK.exists():
            raise ParameterError(
                "--backend pyspark needs requirements-spark.lock installed in .venv-spark; "
                "CONTRIBUTING.md says how"
            )
        # The definition is read here: what reads it is no part of the lock of Spark.
        hours = f"--full-time={options.full_time}"
        command = [str(SPARK), "-m", "compendium", "data", *arguments, hours]
        spark = os.environ | {"PYSPARK_PYTHON": str(SPARK), "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, env=spark, check=False).returncode
    from evallib.study.register import open_register

    with TemporaryDirectory(prefix="register-", dir=options.out.absolute().parent) as typed:
        backend = None
        if options.backend == "pyspark":
            import ibis.backends.pyspark  # with the session that Spark's own settings describe

            backend = ibis.pyspark.connect()
        table = open_register(options.folder, keep=Path(typed), backend=backend)
        _write(options.action, table, options)
    _tell(str(options.out))
    return 0


def _full_time(definition: Path | None) -> float:
    """Paid hours at a degree of 1 as delivered, by the definition; the usual if it has none."""
    from evallib.errors import given
    from evallib.study.contract import FULL_TIME_HOURS
    from evallib.study.definition import read_definition

    rules = read_definition(definition)
    hours = rules.study.full_time_hours
    return (hours if given(hours) else FULL_TIME_HOURS) / rules.register.degree_scale


def _write(action: str, table: Any, options: argparse.Namespace) -> None:
    import pandas as pd

    from evallib.study.register import history, spells, write_months

    if action == "months":
        write_months(table, options.out, options.rule, full_time_hours=options.full_time)
    elif action == "spells":
        _written(spells(table, gap=options.gap), options.out / "spells.parquet")
    else:
        dates = pd.read_csv(options.dates, dtype="str")
        made = history(table, dates, full_time_hours=options.full_time)
        _written(made, options.out / "history.parquet")


def _written(expression: Any, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True)
    expression.get_backend().to_parquet(expression, str(path.absolute()))


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


ACTIONS = {
    "template": _template,
    "validate": _validate,
    "describe": _describe,
    "convert": _convert,
}
