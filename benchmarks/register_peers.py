"""What a careful analyst would write by hand to do what `register.py` measures.

Each function reads a register and writes the same columns as ours. DuckDB and pandas run in the
project's environment; `register_polars.py` and `register_datatable.R` in their own.
"""
# ruff: noqa: S608  # the queries are made of names of columns

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from evallib.study.contract import month_of, week_of

COHORT = 3630


def code_table() -> Iterator[tuple[int, int, str]]:
    """Code, place in the hierarchy, name, for every code of three digits."""
    import numpy as np

    from evallib.study.codelists import read_codelist

    benefits = read_codelist()
    for code, group in enumerate(benefits.group(np.arange(1000, dtype=np.int32))):
        yield code, int(group) or len(benefits.groups), benefits.groups[group]


def _duckdb(path: Path) -> tuple[Any, list[str], list[str]]:
    import duckdb

    made = duckdb.connect()
    made.execute("create table codes(code smallint, rank tinyint, name varchar)")
    rows = ",".join(f"({code},{rank},'{name}')" for code, rank, name in code_table())
    made.execute(f"insert into codes values {rows}")
    made.execute("create table names as select distinct rank, name from codes")
    columns = [
        r[0] for r in made.execute(f"describe select * from read_parquet('{path}')").fetchall()
    ]
    weeks = [name for name in columns if week_of(name)]
    degrees = [name for name in columns if name.startswith("grad")]
    made.execute("create table months(name varchar, month date)")
    pairs = [(n, week_of(n).replace(day=1)) for n in weeks] + [(n, month_of(n)[1]) for n in degrees]
    made.executemany("insert into months values (?, ?)", pairs)
    return made, weeks, degrees


def _long(path: Path, columns: list[str], value: str) -> str:
    names = ", ".join(columns)
    return (
        f"(select * from (select person_id, {names} from read_parquet('{path}')) "
        f"unpivot include nulls ({value} for name in ({names})))"
    )


def unpivot_months(path: Path, out: Path) -> None:
    """UNPIVOT, join, group: the first of the hierarchy in any week."""
    made, weeks, degrees = _duckdb(path)
    status = (
        f"select person_id, month, min(rank) rank from {_long(path, weeks, 'code')} x "
        "join months using (name) join codes on codes.code = coalesce(x.code, 0) group by all"
    )
    _write_unpivoted(made, path, out, status, degrees)


def unpivot_most(path: Path, out: Path) -> None:
    """UNPIVOT, join, group twice: the group of most weeks."""
    made, weeks, degrees = _duckdb(path)
    status = (
        "select person_id, month, arg_max(rank, n * 64 - rank) rank from "
        f"(select person_id, month, rank, count(*) n from {_long(path, weeks, 'code')} x "
        "join months using (name) join codes on codes.code = coalesce(x.code, 0) group by all) "
        "group by all"
    )
    _write_unpivoted(made, path, out, status, degrees)


def _write_unpivoted(made: Any, path: Path, out: Path, status: str, degrees: list[str]) -> None:
    hours = (
        f"select person_id, month, nullif(degree, 0) * 160.33 as hours "
        f"from {_long(path, degrees, 'degree')} join months using (name)"
    )
    made.execute(
        f"copy (select s.person_id, s.month, n.name status, h.hours from ({status}) s "
        f"join ({hours}) h using (person_id, month) join names n using (rank)) "
        f"to '{out / 'months.parquet'}' (format parquet)"
    )


def rowwise_months(path: Path, out: Path) -> None:
    """The same row by row in SQL written by hand: a struct a month, one unnest."""
    made, weeks, _ = _duckdb(path)
    made.execute("create table look as select list(rank order by code) ranks from codes")
    by_month: dict[date, list[str]] = {}
    for name in weeks:
        by_month.setdefault(week_of(name).replace(day=1), []).append(name)
    cells = ", ".join(
        f"{{'month': date '{month}', 'degree': grad_{month:%Y_%m}, 'rank': least("
        + ", ".join(f"ranks[coalesce({name}, 0) + 1]" for name in names)
        + ")}"
        for month, names in by_month.items()
    )
    made.execute(
        "copy (select person_id, cell.month, n.name status, "
        "nullif(cell.degree, 0) * 160.33 as hours "
        f"from (select person_id, unnest([{cells}]) cell from read_parquet('{path}'), look) "
        f"join names n on n.rank = cell.rank) to '{out / 'months.parquet'}' (format parquet)"
    )


def pandas_months(path: Path, out: Path) -> None:
    """Melt, map, group."""
    import pandas as pd

    wide = pd.read_parquet(path)
    weeks = [name for name in wide if week_of(name)]
    table = list(code_table())
    month = {name: pd.Timestamp(week_of(name).replace(day=1)) for name in weeks}
    long = wide.melt("person_id", weeks, "week", "code")
    long["rank"] = long["code"].fillna(0).map({code: rank for code, rank, _ in table})
    long["month"] = long["week"].map(month)
    status = long.groupby(["person_id", "month"])["rank"].min()
    degrees = [name for name in wide if name.startswith("grad")]
    hours = wide.melt("person_id", degrees, "name", "degree")
    hours["month"] = hours["name"].map({n: pd.Timestamp(month_of(n)[1]) for n in degrees})
    hours["hours"] = hours["degree"].where(hours["degree"] > 0) * 160.33
    made = hours.merge(status.reset_index(), on=["person_id", "month"])
    made["status"] = made["rank"].map({rank: name for _, rank, name in table})
    made[["person_id", "month", "status", "hours"]].to_parquet(out / "months.parquet")


def sql_cohort(path: Path, _: Path) -> None:
    """Some people's rows in SQL written by hand, parsed, with the keys that occur twice."""
    import duckdb
    import numpy as np

    made = duckdb.connect()
    source = f"read_parquet('{path}')"
    if path.suffix == ".csv":
        names = path.open().readline().strip().split(",")
        kinds = dict.fromkeys(names, "VARCHAR")
        source = f"read_csv('{path}', auto_detect=false, header=true, delim=',', columns={kinds})"
    made.execute("create table people as select 'Q' || lpad((i*50)::varchar, 8, '0') person_id "
                 f"from range({COHORT}) t(i)")  # fmt: skip
    columns = [r[0] for r in made.execute(f"describe select * from {source}").fetchall()]
    cells = ", ".join(
        f"try_cast({name} as {'double' if name.startswith('grad') else 'integer'}) {name}"
        for name in columns
        if name != "person_id"
    )
    found = made.execute(
        f"select person_id, {cells} from {source} where person_id in (select person_id from people)"
    ).to_arrow_table()
    if path.suffix != ".csv":  # who would parse a text twice?
        made.execute(f"select count(*) - count(distinct person_id) from {source}").fetchall()
    np.column_stack([found[name].to_numpy() for name in columns[1:158]])
