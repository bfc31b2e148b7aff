"""Holds the register's expressions on Spark, in local mode, against DuckDB; prints what it did.

It runs in the environment of requirements-spark.lock: `python tests/support/spark_results.py`.
"""

import sys
import tempfile
import warnings
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import ibis  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from registers import made  # noqa: E402

from evallib.study.register import StatusRule, history, months, open_register, spells  # noqa: E402


def results(table):
    """Every expression on one table, by name, as frames in one order."""
    for rule in StatusRule.__args__:
        yield f"months, {rule}", months(table, rule, industry=True), ["person_id", "month"]
    yield "spells", spells(table), ["person_id", "start"]
    yield "spells, gaps bridged", spells(table, gap=2), ["person_id", "start"]
    people = [f"Q{n}" for n in range(0, 60, 2)]
    days = [date(2016, 3, 1) + timedelta(days=n) for n in range(len(people))]
    dates = pd.DataFrame({"person_id": people, "date": days})
    yield "history", history(table, dates, weeks=20, months=4), ["person_id"]


def comparable(expression, order):
    """The rows in order, dates as times and missing values alike, whatever the engine."""
    frame = expression.order_by(order).to_pandas()
    for name in {"month", "start", "end"} & set(frame):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frame.astype(object).where(frame.notna(), None)


def main():
    warnings.simplefilter("ignore")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.driver.memory", "2g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dream.parquet"
        made(np.random.default_rng(1), people=60, weeks=30, lost=3).to_parquet(path)
        spark = open_register(path, backend=ibis.pyspark.connect(session))
        for one, two in zip(results(open_register(path)), results(spark), strict=True):
            here, there = comparable(*one[1:]), comparable(*two[1:])
            assert len(here)
            pd.testing.assert_frame_equal(here, there, check_dtype=False, check_exact=True)
            sys.stdout.write(f"{one[0]}: {len(here)} rows, the same on both\n")
    session.stop()


if __name__ == "__main__":
    main()
