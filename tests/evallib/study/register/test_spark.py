"""One expression, two engines: Spark gives the same rows as DuckDB."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "support" / "spark_results.py"


def test_spark_gives_what_duckdb_gives(spark_python):
    python = str(spark_python)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    # Spark's workers are started by name: they must be of the same environment.
    kept |= {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python}
    done = subprocess.run(
        [python, str(SCRIPT)], env=kept, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("the same on both") == 8
