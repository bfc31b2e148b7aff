"""polars at what `register.py` measures: unpivot, join, group; in an environment of its own."""

import json
import sys
import time
from pathlib import Path

import polars as pl

start = time.perf_counter()
path, out, what, table = sys.argv[1:]
codes = json.loads(Path(table).read_text())
wide = pl.scan_parquet(path)
names = wide.collect_schema().names()
weeks = [n for n in names if n in codes["months"] and n.startswith("y_")]
degrees = [n for n in names if n.startswith("grad")]
look = pl.LazyFrame(
    {"code": list(range(1000)), "rank": codes["ranks"], "status": codes["names"]},
    schema={"code": pl.Int16, "rank": pl.Int8, "status": pl.String},
)


def month(column: str, chosen: list[str]) -> pl.Expr:
    """The month each column name belongs to."""
    dates = pl.Series([codes["months"][n] for n in chosen]).str.to_date()
    return pl.col(column).replace_strict(chosen, dates, return_dtype=pl.Date)


if what == "months":
    long = wide.select("person_id", *weeks).unpivot(
        weeks, index="person_id", variable_name="week", value_name="code"
    )
    status = (
        long.with_columns(month=month("week", weeks), code=pl.col("code").fill_null(0))
        .join(look, on="code")
        .group_by("person_id", "month")
        .agg(pl.col("rank").min())
    )
    hours = (
        wide.select("person_id", *degrees)
        .unpivot(degrees, index="person_id", variable_name="name", value_name="degree")
        .select(
            "person_id",
            month=month("name", degrees),
            hours=pl.when(pl.col("degree") > 0).then(pl.col("degree") * 160.33),
        )
    )
    made = (
        status.join(hours, on=["person_id", "month"])
        .join(look.select("rank", "status").unique(), on="rank")
        .drop("rank")
    )
else:
    place = {n: k for k, n in enumerate(weeks)}
    made = (
        wide.select("person_id", *weeks)
        .unpivot(weeks, index="person_id", variable_name="week", value_name="code")
        .with_columns(
            week=pl.col("week").replace_strict(
                weeks, list(range(len(weeks))), return_dtype=pl.Int16
            ),
            code=pl.col("code").fill_null(0),
        )
        .join(look, on="code", how="left")
        .sort("person_id", "week")
        .with_columns(
            new=(pl.col("rank") != pl.col("rank").shift(1))
            | (pl.col("person_id") != pl.col("person_id").shift(1))
        )
        .with_columns(run=pl.col("new").fill_null(True).cum_sum())
        .group_by("run")
        .agg(
            pl.col("person_id", "status").first(),
            start=pl.col("week").min(),
            end=pl.col("week").max(),
        )
    )
made.collect(engine="streaming" if what == "months" else "auto").write_parquet(out)
mb = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
taken = {"s": time.perf_counter() - start, "cpu": time.process_time(), "mb": mb}
print(json.dumps(taken))
