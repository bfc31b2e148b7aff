"""Measures the register's reading against what a careful analyst would write by hand.

    python benchmarks/register.py                     200,000 people x 157 weeks, all peers
    python benchmarks/register.py --people 1000000    more people
    python benchmarks/register.py --weeks 1300 --people 100000 --only months window

Every run is a process of its own, with its memory the peak of that process; times are medians of
five, taken in turn, from the call to the last byte written, imports included. Peers read the same
file and write the same columns. polars runs if POLARS_PYTHON names a Python that has it (`uv venv`,
`uv pip install polars`), data.table if Rscript and the package are there. The last line is one JSON
object; "months_vs_unpivot_months" is our time over the peer's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
from register_peers import COHORT, code_table  # noqa: E402

from evallib.study.contract import month_column, month_of, week_column, week_of  # noqa: E402

CODES = (0, 111, 130, 140, 211, 433, 621, 651, 730, 740, 774, 781, 810, 870, 881, 890, 997)
WEIGHTS = (43, 16, 6, 4, 2, 1, 4, 8, 4, 1, 2, 4, 1, 1, 2, 3, 1)
DEGREES = (1.0, 0.81, 0.86, 0.54, 0.2, 1.08)
STEP = 50_000


def make(path: Path, people: int, weeks: int) -> None:
    """A register with spells of 13 weeks and jobs of 9 months on average, from one seed."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    first = date(2014, 1, 2) if weeks < 300 else date(1992, 1, 2)
    days = [first + timedelta(weeks=n) for n in range(weeks)]
    months = sorted({day.replace(day=1) for day in days})
    share = np.array(WEIGHTS) / sum(WEIGHTS)

    def lasting(n: int, length: int, mean: int) -> "np.typing.NDArray[np.intp]":
        begins = rng.random((n, length)) < 1 / mean
        begins[:, 0] = True
        return np.maximum.accumulate(np.where(begins, np.arange(length), 0), axis=1)

    writer = None
    for start in range(0, people, STEP):
        n = min(STEP, people - start)
        each = np.arange(n)[:, None]
        codes = rng.choice(CODES, (n, weeks), p=share)[each, lasting(n, weeks, 13)]
        jobs = lasting(n, len(months), 9)
        paid = (rng.random(jobs.shape) < 0.45)[each, jobs]
        degrees = rng.choice(DEGREES, jobs.shape)[each, jobs]
        trades = (rng.integers(1, 99, jobs.shape) * 10_000 + 100)[each, jobs]
        columns = {"person_id": pa.array([f"Q{start + k:08d}" for k in range(n)])}
        for k, day in enumerate(days):
            columns[week_column(day)] = pa.array(codes[:, k].astype("int16"), mask=codes[:, k] == 0)
        for k, month in enumerate(months):
            columns[month_column("grad", month)] = pa.array(degrees[:, k], mask=~paid[:, k])
            text = np.char.zfill(trades[:, k].astype(str), 6)
            columns[month_column("branche", month)] = pa.array(text, mask=~paid[:, k])
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()


# Ours.


def ours_months(path: Path, out: Path, rule: str = "any") -> None:
    """People by months with the status of the rule."""
    from evallib.study.register import open_register, write_months

    write_months(open_register(path), out, rule)


def ours_most(path: Path, out: Path) -> None:
    """The same with the status of most weeks."""
    ours_months(path, out, "most")


def ours_window(path: Path, out: Path) -> None:
    """The months of the last 52 weeks."""
    from evallib.study.register import layout, open_register, write_months

    table = open_register(path)
    last = max(layout(table.columns).weeks)
    write_months(table, out, "any", first=(last - timedelta(weeks=52)).replace(day=1))


def ours_spells(path: Path, out: Path) -> None:
    """Everybody's spells."""
    from evallib.study.register import open_register, spells

    table = open_register(path)
    table.get_backend().to_parquet(spells(table), out / "spells.parquet")


def ours_cohort(path: Path, _: Path) -> None:
    """The codes and degrees of some people, as `load` reads them."""
    from evallib.study.checks import Findings
    from evallib.study.register import layout, open_wide, read_register

    file = open_wide(path)
    people = [f"Q{n:08d}" for n in range(0, COHORT * 50, 50)]
    read_register(file, people, layout(file.columns), Findings(), full_time_hours=160.33)


def peak() -> float:
    """The most memory this process had, in megabytes; `ru_maxrss` begins with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measured(name: str, path: Path, out: Path) -> dict[str, float]:
    """Seconds and megabytes of one run in this process."""
    import register_peers

    out.mkdir()
    run: Callable[[Path, Path], None] = globals().get(name) or getattr(register_peers, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        run(path, out)
        seconds = time.perf_counter() - start
    return {"s": seconds, "cpu": time.process_time(), "mb": peak()}


def child(name: str, path: Path, tables: Path) -> dict[str, float]:
    """The same in a process of its own."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        out = Path(folder) / "out"
        if name.startswith("polars_"):
            script = ROOT / "benchmarks" / "register_polars.py"
            command = [os.environ["POLARS_PYTHON"], str(script), str(path), str(out)]
            command += [name.removeprefix("polars_"), str(tables)]
        elif name.startswith("datatable_"):
            csv = path.with_suffix(".csv")
            script = ROOT / "benchmarks" / "register_datatable.R"
            lists = [str(tables.with_name(f"{part}.csv")) for part in ("codes", "months")]
            command = ["Rscript", str(script), str(csv), *lists, str(out)]
        else:
            command = [sys.executable, __file__, "--run", name, str(path), str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1][:200]}")
            return {}
        said = done.stdout.strip().splitlines()[-1]
        return json.loads(said) if said.startswith("{") else {"s": float(said), "mb": 0.0}


def write_tables(path: Path) -> Path:
    """The code list and the months of the columns, for peers in other environments."""
    import pyarrow.parquet as pq

    columns = pq.read_schema(path).names
    months = {name: str(week_of(name).replace(day=1)) for name in columns if week_of(name)}
    months |= {name: str(month_of(name)[1]) for name in columns if month_of(name)}
    codes = list(code_table())
    tables = path.with_name("tables.json")
    content = {"months": months, "ranks": [c[1] for c in codes], "names": [c[2] for c in codes]}
    tables.write_text(json.dumps(content))
    lines = [f"{code},{rank},{name}" for code, rank, name in codes]
    tables.with_name("codes.csv").write_text("\n".join(["code,rank,name", *lines]))
    lines = [f"{name},{month}" for name, month in months.items()]
    tables.with_name("months.csv").write_text("\n".join(["name,month", *lines]))
    return tables


TASKS = {
    "months": ("ours_months", "unpivot_months", "rowwise_months", "polars_months", "pandas_months",
               "datatable_months"),
    "most": ("ours_most", "unpivot_most"),
    "spells": ("ours_spells", "polars_spells"),
    "cohort": ("ours_cohort", "sql_cohort"),
    "window": ("ours_window",),
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    given.add_argument("--people", type=int, default=200_000)
    given.add_argument("--weeks", type=int, default=157)
    given.add_argument("--repeats", type=int, default=5)
    given.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS))
    given.add_argument("--without", nargs="*", default=[], help="contenders to leave out")
    given.add_argument("--csv", action="store_true", help="the cohort from CSV")
    chosen = given.parse_args()
    if chosen.run:
        name, path, out = chosen.run
        print(json.dumps(measured(name, Path(path), Path(out))))
        return
    with tempfile.TemporaryDirectory(prefix="register-") as folder:
        path = Path(folder) / "dream.parquet"
        make(path, chosen.people, chosen.weeks)
        print(json.dumps(compared(path, chosen)))


def compared(path: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Medians of all contenders, taken in turn, and ours against each."""
    tables = write_tables(path)
    left_out = set(chosen.without)
    if "POLARS_PYTHON" not in os.environ:
        left_out |= {"polars_months", "polars_spells"}
    names = [n for task in chosen.only for n in TASKS[task] if n not in left_out]
    if chosen.csv or "datatable_months" in names:
        import duckdb

        made = f"copy (from read_parquet('{path}')) to '{path.with_suffix('.csv')}' (header)"
        duckdb.sql(made)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(chosen.repeats):
        for name in names:
            csv = chosen.csv and name in TASKS["cohort"]
            runs[name] += [run for run in [child(name, path.with_suffix(".csv") if csv else path,
                                                 tables)] if run]  # fmt: skip
    figures: dict[str, Any] = {"people": chosen.people, "weeks": chosen.weeks}
    for name, taken in runs.items():
        if taken:
            figures[f"{name}_s"] = round(statistics.median(run["s"] for run in taken), 2)
            figures[f"{name}_cpu"] = round(statistics.median(run.get("cpu", 0) for run in taken), 2)
            figures[f"{name}_mb"] = round(statistics.median(run["mb"] for run in taken))
            print(f"{name}: {figures[f'{name}_s']} s, {figures[f'{name}_mb']} MB", flush=True)
    for task in chosen.only:
        ours, *peers = (name for name in TASKS[task] if f"{name}_s" in figures)
        for peer in peers:
            figures[f"{task}_vs_{peer}"] = round(figures[f"{ours}_s"] / figures[f"{peer}_s"], 2)
    return figures


if __name__ == "__main__":
    main()
