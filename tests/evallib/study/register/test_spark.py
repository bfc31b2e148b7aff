"""One expression, two engines: Spark gives the same rows as DuckDB."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
OWN = ROOT / ".venv-spark" / "bin" / "python"


def test_spark_gives_what_duckdb_gives():
    python = os.environ.get("SPARK_PYTHON") or (str(OWN) if OWN.exists() else "")
    if not python:
        lacking = "no environment of requirements-spark.lock; CONTRIBUTING.md says how to make it"
        told = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        told(lacking)
    script = ROOT / "tests" / "support" / "spark_results.py"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    # Spark's workers are started by name: they must be of the same environment.
    kept |= {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python}
    done = subprocess.run(
        [python, str(script)], env=kept, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("the same on both") == 8
